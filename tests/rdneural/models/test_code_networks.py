"""What encoders and marginals return, in two dimensions: densities, and draws from them.

Statistical tests fix their seed and allow four standard errors.
"""

import copy
import math

import pytest
import torch
from torch import nn

from rdneural.models.encoders import ENCODERS, FlowEncoder
from rdneural.models.marginals import MARGINALS
from rdneural.records.sizes import Sizes
from tests.make.codes import close, hold_draws_against_density

FLAT = Sizes(
    side=4, dim=2, features=2, deep_features=4, top_features=6, made_hidden=(8, 8), pseudo_inputs=5
)

encoders = pytest.mark.parametrize("encoder_name", list(ENCODERS))
marginals = pytest.mark.parametrize("marginal_name", list(MARGINALS))


def far_from_the_start(module):
    """Scale a network up until its distributions are far from N(0, I)."""
    for name, parameter in module.named_parameters():
        if "steps" in name:
            nn.init.normal_(parameter, std=0.8)
        if "mean" in name:
            parameter.data.mul_(20)
    return module.double()


def marginal_and_encoder(marginal_name, encoder_name):
    torch.manual_seed(8)
    encoder = far_from_the_start(ENCODERS[encoder_name](FLAT))
    marginal = far_from_the_start(MARGINALS[marginal_name](FLAT))
    if marginal_name == "v":
        nn.init.normal_(marginal.logits)
        first = next(layer for layer in encoder.modules() if isinstance(layer, nn.Conv2d))
        nn.init.normal_(first.weight, std=2.0)  # so that pseudo-inputs differ
    return marginal, encoder


@pytest.mark.parametrize(
    ("marginal_name", "encoder_name"), [("-", "-"), ("+", "-"), ("v", "-"), ("v", "+")]
)
def test_a_marginal_sums_to_one_and_its_draws_follow_it(marginal_name, encoder_name):
    marginal, encoder = marginal_and_encoder(marginal_name, encoder_name)
    distribution = marginal(encoder)
    of_draws = distribution
    if marginal_name == "+":
        of_draws = copy.deepcopy(marginal).float()(encoder)
    draws = of_draws.sample(20_000).double()
    assert draws.shape == (20_000, 2)
    hold_draws_against_density(distribution, draws)


@encoders
def test_an_encoder_sums_to_one_and_draws_follow_it_with_and_without_gradient(encoder_name):
    torch.manual_seed(9)
    encoder = far_from_the_start(ENCODERS[encoder_name](FLAT))
    image = torch.rand(1, 1, 4, 4, dtype=torch.float64)
    with torch.no_grad():
        distribution = encoder(image)
        draws = distribution.sample(20_000)
        drawn, log_prob = encoder(image.expand(4000, -1, -1, -1)).rsample_with_log_prob()
    assert draws.shape == (20_000, 1, 2)
    close(log_prob, distribution.log_prob(drawn))
    hold_draws_against_density(distribution, draws[:, 0], drawn)


def test_the_test_flow_is_far_from_the_identity():
    marginal, encoder = marginal_and_encoder("+", "-")
    with torch.no_grad():
        z = torch.randn(2000, 2, dtype=torch.float64)
        moved = marginal(encoder).log_prob(z) + 0.5 * (z.square() + math.log(2 * math.pi)).sum(1)
    assert moved.abs().mean() > 1.0


def test_the_test_mixture_has_components_apart():
    marginal, encoder = marginal_and_encoder("v", "-")
    components = marginal(encoder).components
    assert components.mean.std(0).min() > components.scale.max()


def test_the_mixture_of_a_flow_encoder_is_of_its_normals_before_the_flow():
    marginal, encoder = marginal_and_encoder("v", "+")
    assert isinstance(encoder, FlowEncoder)
    z = torch.randn(20, 2, dtype=torch.float64)
    of_each = torch.stack(
        [encoder.normal(x[None]).log_prob(z) for x in marginal.pseudo_inputs.clamp(0, 1)], 1
    )
    weights = torch.softmax(marginal.logits, 0)
    close(marginal(encoder).log_prob(z), (weights * of_each.exp()).sum(1).log())


# -- gradients and precision ----------------------------------------------------------------------


@encoders
def test_gradients_flow_through_draws_of_an_encoder_but_not_through_samples(encoder_name):
    torch.manual_seed(11)
    encoder = ENCODERS[encoder_name](FLAT).double()
    distribution = encoder(torch.rand(3, 1, 4, 4, dtype=torch.float64))
    z, log_prob = distribution.rsample_with_log_prob()
    (z.square().sum() + log_prob.sum()).backward()
    assert all(p.grad is not None and p.grad.any() for p in encoder.parameters())
    assert not distribution.sample(2).requires_grad


@encoders
@marginals
def test_samples_of_marginals_have_no_gradient_and_scores_do(marginal_name, encoder_name):
    torch.manual_seed(13)
    encoder, marginal = ENCODERS[encoder_name](FLAT), MARGINALS[marginal_name](FLAT)
    distribution = marginal(encoder)
    z = distribution.sample(3)
    assert not z.requires_grad
    distribution.log_prob(z.requires_grad_()).sum().backward()
    assert z.grad.any()
    assert all(p.grad is not None and p.grad.any() for p in marginal.parameters())


@encoders
@marginals
def test_log_densities_are_float32_where_networks_compute_in_bfloat16(marginal_name, encoder_name):
    torch.manual_seed(14)
    encoder, marginal = ENCODERS[encoder_name](FLAT), MARGINALS[marginal_name](FLAT)
    with torch.autocast("cpu", torch.bfloat16):
        z, log_e = encoder(torch.rand(3, 1, 4, 4)).rsample_with_log_prob()
        log_m = marginal(encoder).log_prob(z)
    assert (z.dtype, log_e.dtype, log_m.dtype) == (torch.float32,) * 3
