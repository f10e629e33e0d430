"""The average of weights is its recursion, and the model is left as it was."""

import pytest
import torch
from torch import nn

from rdneural.training.averaging import WeightAverage, copy_into

decays = pytest.mark.parametrize("decay", [0.0, 0.5, 0.995])


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.Conv2d(2, 3, 1)).double()


def values(model):
    return {name: p.detach().clone() for name, p in model.named_parameters()}


def move(model):
    with torch.no_grad():
        for p in model.parameters():
            p.add_(torch.randn_like(p))


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[n], other[n]) for n in one)


@decays
def test_the_average_is_its_recursion(decay):
    model = network()
    average = WeightAverage(model, decay)
    expected = values(model)
    for step in range(60):
        move(model)
        average.update(step)
        keep = min(decay, (1 + step) / (10 + step))
        now = values(model)
        expected = {name: keep * expected[name] + (1 - keep) * now[name] for name in now}
    for name, value in expected.items():
        torch.testing.assert_close(average.averages[name], value, rtol=1e-12, atol=1e-12)


def test_an_average_that_forgets_all_is_the_weights():
    model = network()
    average = WeightAverage(model, 0.0)
    move(model)
    average.update(3)
    assert same(average.averages, values(model))


def test_the_average_begins_at_the_weights_and_is_no_view_of_them():
    model = network()
    before = values(model)
    average = WeightAverage(model, 0.9)
    move(model)
    assert same(average.averages, before)


def test_the_average_of_weights_that_stand_still_is_the_weights():
    model = network()
    average = WeightAverage(model, 0.9)
    for step in range(20):
        average.update(step)
    assert same(average.averages, values(model))


def moved_average():
    model = network()
    average = WeightAverage(model, 0.9)
    move(model)
    average.update(5)
    return model, average


def test_within_the_block_the_model_has_the_average_and_after_it_its_weights():
    model, average = moved_average()
    before = values(model)
    addresses = [p.data_ptr() for p in model.parameters()]
    with average.in_place():
        assert same(values(model), average.averages)
        assert not same(values(model), before)
    assert same(values(model), before)
    assert [p.data_ptr() for p in model.parameters()] == addresses  # the optimiser's own tensors


def test_an_exception_in_the_block_leaves_the_weights_as_they_were():
    model, average = moved_average()
    before, averages = values(model), {n: a.clone() for n, a in average.averages.items()}
    with pytest.raises(KeyError, match="within"), average.in_place():
        raise KeyError("within")
    assert same(values(model), before)
    assert same(average.averages, averages)


def test_weights_changed_in_the_block_do_not_reach_the_average():
    model, average = moved_average()
    averages = {n: a.clone() for n, a in average.averages.items()}
    with average.in_place():
        move(model)
    assert same(average.averages, averages)


def test_gradients_survive_the_block():
    model, average = moved_average()
    weight = model[0].weight
    weight.square().sum().backward()
    before = weight.grad.clone()
    with average.in_place():
        pass
    assert torch.equal(weight.grad, before)
    assert weight.requires_grad


def test_weights_keep_their_layout_in_memory():
    model = nn.Conv2d(4, 4, 3).to(memory_format=torch.channels_last)
    average = WeightAverage(model, 0.9)
    with average.in_place():
        assert model.weight.is_contiguous(memory_format=torch.channels_last)
    assert average.averages["weight"].stride() == model.weight.stride()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({}, r"^w must have shape \(2, 3\), got nothing$"),
        ({"w": torch.zeros(3, 2)}, r"^w must have shape \(2, 3\), got shape \(3, 2\)$"),
        ({"w": torch.zeros(3)}, r"^w must have shape \(2, 3\), got shape \(3,\)$"),
    ],
)
def test_values_that_do_not_fit_are_refused(given, message):
    with pytest.raises(ValueError, match=message):
        copy_into({"w": torch.ones(2, 3)}, given)
