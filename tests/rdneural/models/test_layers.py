"""A MADE depends on what comes before and on nothing else; gated layers let the signal through."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from rdneural.models.layers import MADE, Cropped, Gated, MaskedLinear, Spread, widened
from tests.tolerances import SAME_FORMULA

both_directions = pytest.mark.parametrize("backwards", [False, True], ids=["forwards", "backwards"])
sizes_and_widths = pytest.mark.parametrize(
    ("size", "hidden"),
    [
        (1, (4,)),
        (2, (1,)),
        (2, (5, 5)),
        (3, ()),
        (5, (2,)),
        (5, (3, 2, 3)),
        (5, (4, 4)),
        (6, (5, 17, 6)),
        (8, (7, 7, 7)),
        (8, (64,)),
        (9, (3, 40)),
    ],
    ids=str,
)


def random_made(size, hidden, backwards, *, seed=0):
    """Return a float64 MADE; biases far from zero keep some ReLU of every degree alive."""
    torch.manual_seed(seed)
    made = MADE(size, hidden, backwards=backwards).double()
    for parameter in made.parameters():
        nn.init.normal_(parameter)
    return made


def dependence(made, size, points=64):
    """Return |d output i / d input j|, (size, size), summed over random points."""
    x = 3 * torch.randn(points, size, dtype=torch.float64)
    jacobian = torch.func.vmap(torch.func.jacrev(made))(x)
    return jacobian.abs().sum(0)


def connected(size, hidden, backwards):
    """Return from which input j a path leads to output i, (size, size)."""
    made = random_made(size, hidden, backwards)
    for parameter in made.parameters():
        parameter.data.abs_()  # positive weights and inputs: no ReLU closes, no two paths cancel
    x = torch.rand(size, dtype=torch.float64)
    return torch.autograd.functional.jacobian(made, x) > 0


def may_depend(size, backwards):
    """Return which output i may depend on which input j: on those strictly before it."""
    before = torch.ones(size, size).tril(-1).bool()
    return before.flip(0, 1) if backwards else before


# -- masks ----------------------------------------------------------------------------------------


@both_directions
@sizes_and_widths
def test_no_output_of_a_made_depends_on_its_own_input_or_on_later_ones(size, hidden, backwards):
    found = dependence(random_made(size, hidden, backwards), size)
    forbidden = ~may_depend(size, backwards)
    assert found[forbidden].tolist() == [0.0] * int(forbidden.sum())


@both_directions
@pytest.mark.parametrize(
    ("size", "hidden"),
    [(2, (1,)), (3, ()), (5, (4,)), (5, (4, 4)), (6, (5, 17, 6)), (8, (7, 7, 7)), (8, (64, 64))],
    ids=str,
)
def test_every_allowed_pair_is_connected_where_layers_are_wide_enough(size, hidden, backwards):
    assert torch.equal(connected(size, hidden, backwards), may_depend(size, backwards))


@both_directions
@pytest.mark.parametrize("hidden", [(2,), (3, 2, 3), (1, 30)], ids=str)
def test_a_made_of_narrow_layers_still_sees_the_first_input(hidden, backwards):
    first = 5 if backwards else 0
    others = [i for i in range(6) if i != first]
    assert connected(6, hidden, backwards)[others, first].all()


@both_directions
def test_the_first_output_of_a_made_is_a_constant(backwards):
    made = random_made(5, (12, 12), backwards)
    first = made(torch.randn(50, 5, dtype=torch.float64))[:, 4 if backwards else 0]
    assert first.unique().numel() == 1


def test_the_two_directions_are_one_network_read_from_either_end():
    one, other = random_made(5, (8,), False), random_made(5, (8,), True)
    other.layers[0].weight.data = one.layers[0].weight.data.flip(1)
    other.layers[0].bias.data = one.layers[0].bias.data
    other.layers[2].weight.data = one.layers[2].weight.data.flip(0)
    other.layers[2].bias.data = one.layers[2].bias.data.flip(0)
    x = torch.randn(7, 5, dtype=torch.float64)
    torch.testing.assert_close(other(x.flip(1)).flip(1), one(x), rtol=SAME_FORMULA, atol=1e-12)


def test_a_masked_weight_is_never_read_and_gets_no_gradient():
    mask = torch.tensor([[1.0, 0.0, 1.0], [0.0, 0.0, 1.0]])
    layer = MaskedLinear(mask).double()
    x = torch.randn(4, 3, dtype=torch.float64)
    before = layer(x)
    before.square().sum().backward()
    assert torch.equal(layer.weight.grad != 0, mask.bool())
    layer.weight.data[mask == 0] = 1e6
    assert torch.equal(layer(x), before)


def test_masks_are_no_parameters_and_travel_in_no_checkpoint():
    made = MADE(4, (8,))
    assert {name.rsplit(".", 1)[-1] for name in made.state_dict()} == {"weight", "bias"}


# -- gated layers ---------------------------------------------------------------------------------


def test_a_gated_layer_is_the_product_of_value_and_sigmoid_of_gate():
    torch.manual_seed(0)
    gated = Gated(lambda: nn.Linear(6, 5)).double()
    x = torch.randn(9, 6, dtype=torch.float64)
    value = x.numpy() @ gated.value.weight.detach().numpy().T + gated.value.bias.detach().numpy()
    gate = x.numpy() @ gated.gate.weight.detach().numpy().T + gated.gate.bias.detach().numpy()
    np.testing.assert_allclose(
        gated(x).detach().numpy(), value / (1 + np.exp(-gate)), rtol=SAME_FORMULA, atol=1e-13
    )


def moment_after(layers):
    """Return the second moment after so many infinitely wide gated layers, from 1.

    Value and gate are then independent normals of variances 4 m and m, so that the next moment is
    4 m E sigmoid(sqrt(m) g)^2.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    moment = 1.0
    for _ in range(layers):
        open_gate = np.sum(weights / (1 + np.exp(-math.sqrt(moment) * nodes)) ** 2)
        moment *= 4 * open_gate / math.sqrt(2 * math.pi)
    return moment


@pytest.mark.parametrize("layers", [1, 4, 7])
def test_a_stack_of_gated_layers_lets_the_signal_through_as_theory_says(layers):
    torch.manual_seed(1)
    width = 1000  # the moment of a layer is then off by about sqrt(10 / 1000), 10 % of itself
    stack = nn.Sequential(*(Gated(lambda: nn.Linear(width, width)) for _ in range(layers)))
    with torch.no_grad():
        moment = stack(torch.randn(50, width)).square().mean().item()
    assert moment == pytest.approx(moment_after(layers), rel=0.1 * layers)
    assert 1 / 10 < moment < 10


@pytest.mark.parametrize(
    "make",
    [
        lambda: nn.Conv2d(24, 24, 5),
        lambda: nn.Conv2d(24, 24, 5, stride=2),
        lambda: nn.ConvTranspose2d(24, 24, 5, padding=4),
        lambda: nn.ConvTranspose2d(24, 24, 5, stride=2, padding=4),
        lambda: nn.ConvTranspose2d(24, 24, 4, padding=3),
        lambda: nn.Sequential(nn.ConvTranspose2d(24, 24, 4, padding=3), Cropped(20)),
    ],
    ids=["conv", "conv stride 2", "convT", "convT stride 2", "convT 4", "cropped"],
)
def test_a_gated_convolution_keeps_the_moment_away_from_the_border(make):
    torch.manual_seed(2)
    with torch.no_grad():
        moment = Gated(make)(torch.randn(16, 24, 24, 24)).square().mean().item()
    # 24 x 25 x 24 weights a layer: their mean square is off by sqrt(2 / 14400), 1.2 %, and that of
    # each of 24 channels by 6 %, of two factors; 10 % are more than four of the mean's errors
    assert moment == pytest.approx(moment_after(1), rel=0.1)


def test_spreading_one_pixel_keeps_the_moment():
    torch.manual_seed(3)
    with torch.no_grad():
        moment = Gated(lambda: Spread(64, 64, 7))(torch.randn(256, 64)).square().mean().item()
    assert moment == pytest.approx(moment_after(1), rel=0.1)


def test_spread_is_a_transposed_convolution_of_one_pixel():
    torch.manual_seed(4)
    spread = Spread(5, 3, 7).double()
    torch.nn.init.normal_(spread.bias)
    x = torch.randn(2, 5, dtype=torch.float64)
    weight = spread.linear.weight.view(3, 7, 7, 5).permute(3, 0, 1, 2)  # inputs, outputs, 7, 7
    expected = torch.nn.functional.conv_transpose2d(x[:, :, None, None], weight)
    torch.testing.assert_close(spread(x), expected + spread.bias)


# -- small things ---------------------------------------------------------------------------------


def test_cropped_keeps_the_first_rows_and_columns():
    x = torch.arange(2 * 5 * 6).view(1, 2, 5, 6)
    assert torch.equal(Cropped(4)(x), x[:, :, :4, :4])


@pytest.mark.parametrize(
    ("given", "returned"),
    [
        (torch.bfloat16, torch.float32),
        (torch.float16, torch.float32),
        (torch.float32, torch.float32),
        (torch.float64, torch.float64),
    ],
    ids=str,
)
def test_widened_is_float32_at_least(given, returned):
    x = torch.tensor([1.5, -2.0], dtype=given)
    assert widened(x).dtype == returned
    assert widened(x).tolist() == [1.5, -2.0]
