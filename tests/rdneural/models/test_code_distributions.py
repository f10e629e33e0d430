"""Densities of codes are densities, and draws are draws from them.

Densities are held against definitions: torch.distributions, the change of variables with autograd's
Jacobian, and sums over a grid of the plane. Statistical tests fix their seed and allow four
standard errors.
"""

import copy
import math

import pytest
import torch
from torch import nn

from rdneural.models.code_distributions import (
    LOG_TWO_PI,
    AutoregressiveFlow,
    DiagonalNormal,
    InverseFlow,
    NormalMixture,
    fixed_point,
)
from rdneural.models.encoders import ENCODERS, FlowEncoder
from rdneural.models.layers import MADE
from rdneural.models.marginals import MARGINALS
from rdneural.records.sizes import Sizes
from tests.make.codes import close, hold_draws_against_density, made_steps, normal
from tests.tolerances import IDENTITY, PAIRWISE, STANDARD_ERRORS

CPU = torch.device("cpu")
FLAT = Sizes(
    side=4, dim=2, features=2, deep_features=4, top_features=6, made_hidden=(8, 8), pseudo_inputs=5
)

encoders = pytest.mark.parametrize("encoder_name", list(ENCODERS))
marginals = pytest.mark.parametrize("marginal_name", list(MARGINALS))
dims = pytest.mark.parametrize("dim", [1, 2, 5])


def reference(base):
    return torch.distributions.Independent(torch.distributions.Normal(base.mean, base.scale), 1)


def log_det(function, point):
    """Return log |det| of the Jacobian of a map of (dim,) to (dim,), by autograd."""
    return torch.linalg.slogdet(torch.autograd.functional.jacobian(function, point))[1]


# -- diagonal normals -----------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(3,), (4, 3), (2, 4, 1)], ids=str)
def test_a_diagonal_normal_scores_as_torch_does(shape):
    base = normal(*shape)
    z = 3 * torch.randn(6, *shape, dtype=torch.float64)
    close(base.log_prob(z), reference(base).log_prob(z))


def test_a_normal_of_one_code_scores_batches_of_any_shape():
    base = normal(3)
    z = torch.randn(5, 2, 3, dtype=torch.float64)
    close(base.log_prob(z), reference(base).log_prob(z))
    assert base.log_prob(z).shape == (5, 2)


@pytest.mark.parametrize("shape", [(3,), (4, 3)], ids=str)
def test_the_draws_of_a_normal_have_its_mean_and_scale(shape):
    torch.manual_seed(1)
    base, count = normal(*shape), 40_000
    noise = (base.sample(count) - base.mean) / base.scale
    assert noise.shape == (count, *shape)
    # 3 or 12 coordinates, two moments each: no excess of 4 is expected in 24 standard normals
    assert noise.mean(0).abs().max() < STANDARD_ERRORS / math.sqrt(count)
    assert (noise.square().mean(0) - 1).abs().max() < STANDARD_ERRORS * math.sqrt(2 / count)


# -- flows against the change of variables --------------------------------------------------------


@dims
def test_a_draw_of_an_inverse_flow_comes_with_the_density_of_its_inversion(dim):
    torch.manual_seed(2)
    flow = InverseFlow(normal(50, dim), made_steps(dim))
    z, log_prob = flow.rsample_with_log_prob()
    close(log_prob, flow.log_prob(z))


@dims
def test_an_inverse_flow_has_the_density_of_the_change_of_variables(dim):
    base, steps = normal(dim), made_steps(dim)

    def forward(noise):
        u = base.mean + base.scale * noise
        for step in steps:
            u = u + step(u)
        return u

    flow = InverseFlow(base, steps)
    for seed in range(5):
        noise = torch.randn(dim, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        of_noise = -0.5 * (noise.square() + math.log(2 * math.pi)).sum()
        close(flow.log_prob(forward(noise)), of_noise - log_det(forward, noise))


@dims
def test_an_inverse_flow_maps_the_noise_that_it_drew(dim):
    base, steps = normal(6, dim), made_steps(dim)
    torch.manual_seed(3)
    z, log_prob = InverseFlow(base, steps).rsample_with_log_prob()
    for step in reversed(steps):  # solve coordinate by coordinate, as the masks say
        order = range(dim - 1, -1, -1) if step is steps[1] or step is steps[3] else range(dim)
        u = torch.zeros_like(z)
        for i in order:
            u = torch.cat([u[:, :i], (z - step(u))[:, i : i + 1], u[:, i + 1 :]], 1)
        z = u
    close(reference(base).log_prob(z), log_prob)


@dims
def test_an_autoregressive_flow_has_the_density_of_the_change_of_variables(dim):
    steps = made_steps(dim)
    flow = AutoregressiveFlow(steps, torch.zeros(dim))

    def to_noise(z):
        for step in steps:
            z = z - step(z)
        return z

    for seed in range(5):
        z = 3 * torch.randn(dim, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
        of_noise = -0.5 * (to_noise(z).square() + math.log(2 * math.pi)).sum()
        close(flow.log_prob(z), of_noise + log_det(to_noise, z))


@dims
def test_scoring_an_autoregressive_flow_recovers_the_noise_it_drew(dim):
    steps = made_steps(dim)
    in_float32 = [copy.deepcopy(step).float() for step in steps]
    torch.manual_seed(4)
    z = AutoregressiveFlow(in_float32, torch.zeros(dim)).sample(40)
    for step in in_float32:
        z = z - step(z)
    torch.manual_seed(4)
    # codes of up to a hundred after four steps, each in float32: 100 * 6e-8 * ten or so sums
    torch.testing.assert_close(z.detach(), torch.randn(40, dim), rtol=0.0, atol=1e-3)


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("backwards", [False, True])
def test_a_fixed_point_is_one(sign, backwards):
    torch.manual_seed(5)
    step = MADE(7, (9, 9), backwards=backwards).double()
    start = torch.randn(30, 7, dtype=torch.float64)
    u = fixed_point(step, start, sign=sign)
    close(u, start + sign * step(u))
    assert (u - start).abs().max() > 0.1


def test_a_flow_of_no_steps_is_its_base():
    base = normal(4, 3)
    z = torch.randn(4, 3, dtype=torch.float64)
    close(InverseFlow(base, []).log_prob(z), reference(base).log_prob(z))
    standard = torch.distributions.Normal(0.0, 1.0).log_prob(z).sum(-1)
    close(AutoregressiveFlow([], torch.zeros(3)).log_prob(z), standard)


# -- every code under every distribution of a batch -----------------------------------------------


def batch_of(name, dim, *, count=9, seed=0):
    base = normal(count, dim, seed=seed)
    return {"normal": base, "flow": InverseFlow(base, made_steps(dim))}[name]


def base_of(distribution):
    return distribution.base if isinstance(distribution, InverseFlow) else distribution


encoder_distributions = pytest.mark.parametrize("name", ["normal", "flow"])


def pair_by_pair(distribution, z):
    """Return log_prob of every code under every one of the batch, by itself, (S, B)."""
    count = len(base_of(distribution).mean)
    alone = [distribution.picked(torch.tensor([k])) for k in range(count)]
    return torch.stack([one.log_prob(z) for one in alone], 1)


@encoder_distributions
@dims
@pytest.mark.parametrize("codes", [1, 4])
def test_pairs_score_as_each_does_by_itself(name, dim, codes):
    distribution = batch_of(name, dim)
    z = 3 * torch.randn(codes, dim, dtype=torch.float64)
    found = distribution.pairwise_log_prob(z)
    assert found.shape == (codes, 9)
    assert found.dtype == torch.float64
    close(found, pair_by_pair(distribution, z))


@encoder_distributions
def test_the_pairs_of_a_batch_of_one_are_its_log_prob(name):
    distribution = batch_of(name, 3, count=1)
    z = torch.randn(5, 3, dtype=torch.float64)
    close(distribution.pairwise_log_prob(z)[:, 0], distribution.log_prob(z))


@pytest.mark.parametrize("scale", [1e-4, 1e-2, 1.0])
@pytest.mark.parametrize("far", [0.0, 1.0, 1e3, 1e6])
def test_pairs_are_off_by_the_rounding_of_squared_distances_in_scales(scale, far):
    """Means lie about in 10 units around a point that may be as far as it likes."""
    generator = torch.Generator().manual_seed(15)
    mean = 10 * torch.randn(12, 4, generator=generator, dtype=torch.float64) + far
    base = DiagonalNormal(mean, torch.full_like(mean, scale))
    z = torch.cat([mean, mean + scale * torch.randn(12, 4, generator=generator).double()])
    reach = (z[:, None] - mean.mean(0)).square().sum(-1) + (mean - mean.mean(0)).square().sum(-1)
    # the place itself is a float too: a code is known to far * 2.2e-16
    allowed = PAIRWISE * (reach / scale**2 + far * reach.sqrt() / scale**2) + IDENTITY
    off = (base.pairwise_log_prob(z) - base.log_prob(z[:, None])).abs()
    assert (off <= allowed).all()


def test_scales_may_differ_by_many_orders():
    generator = torch.Generator().manual_seed(16)
    mean = torch.randn(12, 4, generator=generator, dtype=torch.float64)
    scale = 10.0 ** torch.linspace(-3, 3, 48, dtype=torch.float64).view(12, 4)
    base = DiagonalNormal(mean, scale)
    z = (mean + scale * torch.randn(12, 4, generator=generator).double())[[0, 11, 5]]
    terms = ((z[:, None] - mean.mean(0)).abs() + (mean - mean.mean(0)).abs()) / scale
    off = (base.pairwise_log_prob(z) - base.log_prob(z[:, None])).abs()
    assert (off <= PAIRWISE * terms.square().sum(-1) + IDENTITY).all()


@encoder_distributions
def test_gradients_of_pairs_are_those_of_each_by_itself(name):
    weights = torch.randn(4, 9, dtype=torch.float64)
    gradients = []
    for score in (lambda d, z: d.pairwise_log_prob(z), pair_by_pair):
        distribution = batch_of(name, 3)
        torch.manual_seed(17)
        z = torch.randn(4, 3, dtype=torch.float64, requires_grad=True)
        (weights * score(distribution, z)).sum().backward()
        base = base_of(distribution)
        gradients.append((z.grad, base.mean.grad, base.scale.grad))
    for found, expected in zip(*gradients, strict=True):
        close(found, expected, atol=1e3 * IDENTITY)  # gradients are up to a thousand


@encoder_distributions
@pytest.mark.parametrize("indices", [[0], [3, 3, 8, 1], []], ids=str)
def test_what_is_picked_is_each_by_its_number(name, indices):
    distribution = batch_of(name, 3)
    picked = distribution.picked(torch.tensor(indices, dtype=torch.int64))
    assert type(picked) is type(distribution)
    z = torch.randn(len(indices), 3, dtype=torch.float64)
    every = distribution.log_prob(z[:, None])  # (S, B)
    expected = every[torch.arange(len(indices)), indices]
    close(picked.log_prob(z), expected)
    close(picked.mode(), distribution.mode()[indices])


@encoder_distributions
def test_batches_may_be_picked_from_more_than_once_and_scored_before(name):
    distribution = batch_of(name, 3)
    z = torch.randn(5, 3, dtype=torch.float64)
    whole = distribution.pairwise_log_prob(z)  # what is kept of it must not be handed on
    part = distribution.picked(torch.tensor([2, 7, 4])).picked(torch.tensor([1, 0]))
    close(part.pairwise_log_prob(z), whole[:, [7, 2]])


@encoder_distributions
@dims
def test_the_mode_has_the_greatest_density(name, dim):
    distribution = batch_of(name, dim)
    mode = distribution.mode()
    assert mode.shape == (9, dim)
    torch.manual_seed(18)
    of_mode = distribution.log_prob(mode)
    for radius in (1e-3, 0.1, 1.0, 10.0):
        around = mode + radius * torch.randn(500, 9, dim, dtype=torch.float64)
        assert (distribution.log_prob(around) <= of_mode + IDENTITY).all()
    drawn = distribution.sample(500)
    assert (distribution.log_prob(drawn) <= of_mode + IDENTITY).all()


@encoder_distributions
def test_the_density_at_the_mode_is_that_of_a_normal_at_its_mean(name):
    distribution = batch_of(name, 4)
    scale = base_of(distribution).scale
    close(distribution.log_prob(distribution.mode()), -(scale.log() + LOG_TWO_PI / 2).sum(-1))


# -- mixtures -------------------------------------------------------------------------------------


def mixture(*, count=6, dim=3):
    torch.manual_seed(6)
    log_weights = torch.log_softmax(2 * torch.randn(count, dtype=torch.float64), 0)
    return NormalMixture(log_weights.requires_grad_(), normal(count, dim))


def reference_mixture(found):
    return torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(logits=found.log_weights), reference(found.components)
    )


@pytest.mark.parametrize("shape", [(), (7,), (4, 5)], ids=str)
def test_a_mixture_scores_as_torch_does(shape):
    found = mixture()
    z = 4 * torch.randn(*shape, 3, dtype=torch.float64)
    close(found.log_prob(z), reference_mixture(found).log_prob(z))


def test_a_mixture_far_from_every_component_has_a_finite_density():
    found = mixture()
    z = torch.full((2, 3), 1e4, dtype=torch.float64)
    close(found.log_prob(z), reference_mixture(found).log_prob(z))
    assert found.log_prob(z).isfinite().all()


def test_the_draws_of_a_mixture_have_its_mean_and_variance():
    torch.manual_seed(7)
    found, count = mixture(), 40_000
    z = found.sample(count)
    assert z.shape == (count, 3)
    expected = reference_mixture(found)
    squares = (z - expected.mean).square()
    errors = (z.mean(0) - expected.mean) / (expected.variance / count).sqrt()
    assert errors.abs().max() < STANDARD_ERRORS
    errors = (squares.mean(0) - expected.variance) / (squares.std(0) / math.sqrt(count))
    assert errors.abs().max() < STANDARD_ERRORS


# -- what the networks return, in two dimensions --------------------------------------------------


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


@encoders
@marginals
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
def test_an_encoder_sums_to_one_and_its_draws_follow_it(encoder_name):
    torch.manual_seed(9)
    encoder = far_from_the_start(ENCODERS[encoder_name](FLAT))
    with torch.no_grad():
        distribution = encoder(torch.rand(1, 1, 4, 4, dtype=torch.float64))
    draws = distribution.sample(20_000)
    assert draws.shape == (20_000, 1, 2)
    hold_draws_against_density(distribution, draws[:, 0])


@encoders
def test_draws_with_and_without_gradient_are_of_one_distribution(encoder_name):
    torch.manual_seed(10)
    encoder = far_from_the_start(ENCODERS[encoder_name](FLAT))
    image = torch.rand(1, 1, 4, 4, dtype=torch.float64)
    with torch.no_grad():
        drawn, log_prob = encoder(image.expand(4000, -1, -1, -1)).rsample_with_log_prob()
        distribution = encoder(image)
    close(log_prob, distribution.log_prob(drawn))
    hold_draws_against_density(distribution, drawn)


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


def test_the_gradient_of_a_draw_is_that_of_mean_plus_scale_times_noise():
    base = normal(2, 3)
    torch.manual_seed(12)
    z, _ = base.rsample_with_log_prob()
    noise = ((z - base.mean) / base.scale).detach()
    weights = torch.randn_like(noise)
    (weights * z).sum().backward()
    close(base.mean.grad, weights)
    close(base.scale.grad, weights * noise)


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


DISTRIBUTIONS = {
    "normal": lambda: normal(3),
    "inverse flow": lambda: InverseFlow(normal(3), made_steps(3)),
    "autoregressive flow": lambda: AutoregressiveFlow(
        made_steps(3), torch.zeros(3, dtype=torch.float64)
    ),
    "mixture": mixture,
}


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_float64_in_is_float64_out(name):
    distribution = DISTRIBUTIONS[name]()
    z = torch.randn(4, 3, dtype=torch.float64)
    assert distribution.log_prob(z).dtype == torch.float64
    assert distribution.sample(4).dtype == torch.float64


@encoders
@marginals
def test_log_densities_are_float32_where_networks_compute_in_bfloat16(marginal_name, encoder_name):
    torch.manual_seed(14)
    encoder, marginal = ENCODERS[encoder_name](FLAT), MARGINALS[marginal_name](FLAT)
    with torch.autocast("cpu", torch.bfloat16):
        z, log_e = encoder(torch.rand(3, 1, 4, 4)).rsample_with_log_prob()
        log_m = marginal(encoder).log_prob(z)
    assert (z.dtype, log_e.dtype, log_m.dtype) == (torch.float32,) * 3
