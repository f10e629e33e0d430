"""Conditioned models: gates that start as nothing, fold into weights, and keep images apart."""

import math

import pytest
import torch

from rdneural.models import conditioned
from rdneural.models.build import LatentModel, build_model
from rdneural.models.conditioned import (
    ConditionedModel,
    conditioned_layers,
    folded,
    spread_log_betas,
)
from rdneural.models.layers import Spread
from rdneural.records.sizes import SIZES
from tests.make.models import PAIRWISE_FAMILIES

TINY = SIZES["tiny"]
LOW, HIGH = 0.05, 20.0
SAME = 1e-10
"""Relative, in float64: the same sums in another order."""

SLOPES = (0.1, 1.0, 1.0, 5.0)


@pytest.fixture(autouse=True)
def double():
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def _model(family, *, trained=True):
    """Return a model whose gates, if it is as if trained, are far from 1."""
    torch.manual_seed(1)
    model = ConditionedModel(family, TINY, low=LOW, high=HIGH)
    if trained:
        for parameter in model.gates.parameters():
            torch.nn.init.normal_(parameter, std=0.1)
    return model


def _images(count=4):
    generator = torch.Generator().manual_seed(2)
    return torch.randint(0, 2, (count, 1, 4, 4), generator=generator).double()


def _noise(count=4):
    return torch.randn(count, TINY.dim, generator=torch.Generator().manual_seed(3))


def _logs(betas=SLOPES):
    return torch.tensor(betas).log()


def _close(a, b):
    return torch.allclose(a, b, rtol=SAME, atol=SAME)


@pytest.mark.parametrize("family", PAIRWISE_FAMILIES)
def test_before_training_every_slope_has_the_unconditional_model(family):
    model = _model(family, trained=False)
    plain = build_model(family, TINY)
    weights = model.state_dict()
    plain.load_state_dict({name: weights[name] for name in plain.state_dict()})
    found = model(_images(), _noise(), log_beta=_logs())
    expected = plain(_images(), _noise())
    assert _close(found.rate, expected.rate)
    assert _close(found.distortion, expected.distortion)


@pytest.mark.parametrize("family", PAIRWISE_FAMILIES)
def test_the_model_at_a_slope_is_the_pass_at_that_slope(family):
    model = _model(family)
    found = model(_images(), _noise(), log_beta=_logs())
    assert not _close(found.rate, _model(family, trained=False)(_images(), _noise()).rate)
    for k, beta in enumerate(SLOPES):
        at_beta = model.at(beta)
        assert type(at_beta) is LatentModel
        alone = at_beta(_images()[k : k + 1], _noise()[k : k + 1])
        assert _close(alone.rate, found.rate[k : k + 1])
        assert _close(alone.distortion, found.distortion[k : k + 1])
        code, rate = at_beta.encode(_images()[k : k + 1], _noise()[k : k + 1])
        codes, rates = model.encode(_images(), _noise(), log_beta=_logs())
        assert _close(code[0], codes[k])
        assert _close(rate[0], rates[k])


@pytest.mark.parametrize("family", ["---", "-+-", "-+v", "++v", "+-+"])
def test_images_that_share_slopes_have_the_terms_and_gradients_of_each_by_itself(
    family, monkeypatch
):
    logs, found = _logs((0.1, 5.0, 5.0, 0.1, 0.1, 5.0, 0.1, 5.0, 5.0)), []
    for few in (conditioned.FEW, len(logs)):
        monkeypatch.setattr(conditioned, "FEW", few)
        model = _model(family)
        terms = model(_images(9), _noise(9), log_beta=logs)
        (terms.rate * logs.exp() + terms.distortion).square().sum().backward()
        found.append([terms.rate, terms.distortion, *(p.grad for p in model.parameters())])
    assert all(_close(a, b) for a, b in zip(*found, strict=True))


@pytest.mark.parametrize("family", ["---", "-+-", "-+v", "++v", "+-+"])
def test_an_image_s_terms_move_with_its_own_slope_alone(family):
    model, logs = _model(family), _logs((0.1, 0.3, 2.0, 5.0)).requires_grad_()
    terms = model(_images(), _noise(), log_beta=logs)
    for term in (terms.rate, terms.distortion):
        for k in range(len(logs)):
            (gradient,) = torch.autograd.grad(term[k], logs, retain_graph=True)
            others = torch.arange(len(logs)) != k
            assert (gradient[others] == 0).all()
            assert gradient[k] != 0


@pytest.mark.parametrize("beta", [LOW, 0.3, HIGH])
def test_pixels_do_not_see_later_ones_at_any_slope(beta):
    model = _model("-+-")
    at_beta = model.at(beta)
    decoded = at_beta.decoder(_noise(1))
    jacobian = torch.autograd.functional.jacobian(
        lambda x: decoded.logits_of(x.view(1, 1, 4, 4)).flatten(), _images(1).flatten()
    )
    assert (jacobian.triu() == 0).all()
    assert (jacobian != 0).any()


@pytest.mark.parametrize("beta", [LOW, 1.0, HIGH])
def test_a_pixelcnn_s_probabilities_of_all_images_sum_to_one(beta):
    at_beta = _model("-+-").at(beta)
    bits = torch.arange(2**8)[:, None] >> torch.arange(8) & 1  # all first halves of an image
    images = torch.cat([bits, torch.zeros(2**8, 8)], 1).view(-1, 1, 4, 4)
    logits = at_beta.decoder(_noise(1)).logits_of(images).flatten(1)[:, :8]
    halves = torch.distributions.Bernoulli(logits=logits).log_prob(images.flatten(1)[:, :8])
    assert torch.logsumexp(halves.sum(1), 0).abs() < 1e-9  # two hundred terms in float64


def test_slopes_that_nobody_gives_are_spread_over_the_range():
    logs = spread_log_betas(LOW, HIGH, 4)
    width = math.log(HIGH / LOW) / 4
    expected = [math.log(LOW) + width * (k + 0.5) for k in range(4)]
    assert _close(logs, torch.tensor(expected))
    model = _model("---")
    found, given = model(_images(), _noise()), model(_images(), _noise(), log_beta=logs)
    assert torch.equal(found.rate, given.rate)


@pytest.mark.parametrize(
    ("layer", "x"),
    [
        (torch.nn.Linear(3, 5), (2, 3)),
        (torch.nn.Conv2d(3, 5, 3, stride=2, padding=1), (2, 3, 4, 4)),
        (torch.nn.ConvTranspose2d(3, 5, 3, stride=2), (2, 3, 4, 4)),
        (Spread(3, 5, 2), (2, 3)),
    ],
    ids=["linear", "convolution", "transposed", "spread"],
)
def test_folded_weights_scale_and_shift_channels(layer, x):
    layer = layer.double()
    torch.nn.init.normal_(layer.bias)
    x = torch.randn(x, generator=torch.Generator().manual_seed(4))
    scale, shift = torch.linspace(0.5, 2.0, 5), torch.linspace(-1.0, 1.0, 5)
    before = layer(x)
    weights = folded(layer, scale, shift)
    shape = (1, 5, *(1,) * (before.dim() - 2))
    found = torch.func.functional_call(layer, weights, (x,))
    assert _close(found, before * scale.view(shape) + shift.view(shape))


@pytest.mark.parametrize("family", ["---", "-+v", "+++"])
def test_every_weight_depends_on_the_slope_but_the_marginal_s_own(family):
    at_low, at_high = (_model(family).at(beta).state_dict() for beta in (LOW, HIGH))
    same = {name for name in at_low if torch.equal(at_low[name], at_high[name])}
    kept = {"encoder.log_spread", "encoder.normal.log_spread",
            "marginal.pseudo_inputs", "marginal.logits"}  # fmt: skip
    assert same <= kept


@pytest.mark.parametrize("family", ["---", "-+v"])
def test_every_weight_gets_a_gradient(family):
    model = _model(family)
    terms = model(_images(), log_beta=_logs())
    (terms.distortion + terms.rate).mean().backward()
    missing = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert missing == []


def test_models_at_slopes_share_nothing_with_each_other():
    model = _model("---")
    one, other = model.at(0.1), model.at(0.1)
    for name, layer in conditioned_layers(one):
        assert layer.bias.data_ptr() != other.get_submodule(name).bias.data_ptr()
    before = other(_images(), _noise()).rate
    with torch.no_grad():
        for parameter in one.parameters():
            parameter.zero_()
    assert torch.equal(other(_images(), _noise()).rate, before)


def test_a_part_by_itself_has_no_slope():
    model = _model("---")
    with pytest.raises(RuntimeError, match=r"use at\(beta\)"):
        model.encoder(_images())
    model(_images())  # and a pass leaves none behind
    with pytest.raises(RuntimeError, match=r"use at\(beta\)"):
        model.decoder(_noise())


@pytest.mark.parametrize("beta", [0.0, LOW / 1.001, HIGH * 1.001, math.nan, math.inf])
def test_slopes_out_of_the_range_are_refused(beta):
    with pytest.raises(ValueError, match=r"beta must be in \[0.05, 20\], got"):
        _model("---").at(beta)


@pytest.mark.parametrize(
    ("low", "high"), [(0.0, 1.0), (1.0, 1.0), (2.0, 1.0), (1.0, math.inf), (math.nan, 1.0)]
)
def test_a_range_must_be_one(low, high):
    with pytest.raises(ValueError, match="range of beta must have 0 < low < high"):
        ConditionedModel("---", TINY, low=low, high=high)


def test_other_families_are_refused():
    with pytest.raises(ValueError, match="model must be one of ---,"):
        ConditionedModel("coarse:2", TINY, low=LOW, high=HIGH)
