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

from rdneural.code_distributions import (
    AutoregressiveFlow,
    DiagonalNormal,
    InverseFlow,
    NormalMixture,
    fixed_point,
)
from rdneural.encoders import ENCODERS, FlowEncoder
from rdneural.layers import MADE
from rdneural.marginals import MARGINALS
from rdneural.sizes import Sizes
from tests.tolerances import IDENTITY, QUADRATURE, STANDARD_ERRORS

CPU = torch.device("cpu")
FLAT = Sizes(
    side=4, dim=2, features=2, deep_features=4, top_features=6, made_hidden=(8, 8), pseudo_inputs=5
)

encoders = pytest.mark.parametrize("encoder_name", list(ENCODERS))
marginals = pytest.mark.parametrize("marginal_name", list(MARGINALS))
dims = pytest.mark.parametrize("dim", [1, 2, 5])


def normal(*shape, seed=0):
    """Return a batch of diagonal normals far from N(0, I), in float64."""
    generator = torch.Generator().manual_seed(seed)
    mean = 2 * torch.randn(*shape, generator=generator, dtype=torch.float64)
    scale = torch.randn(*shape, generator=generator, dtype=torch.float64).exp()
    return DiagonalNormal(mean.requires_grad_(), scale.requires_grad_())


def made_steps(dim, *, seed=0, count=4):
    """Return steps of a flow far from the identity, in float64."""
    torch.manual_seed(seed)
    steps = [MADE(dim, (12, 12), backwards=k % 2 == 1).double() for k in range(count)]
    for step in steps:
        for parameter in step.parameters():
            nn.init.normal_(parameter, std=0.5)
    return steps


def reference(base):
    return torch.distributions.Independent(torch.distributions.Normal(base.mean, base.scale), 1)


def log_det(function, point):
    """Return log |det| of the Jacobian of a map of (dim,) to (dim,), by autograd."""
    return torch.linalg.slogdet(torch.autograd.functional.jacobian(function, point))[1]


def close(found, expected, *, atol=IDENTITY):
    torch.testing.assert_close(found, expected, rtol=IDENTITY, atol=atol)


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


def plane(draws, *, points=801):
    """Return a grid (points^2, 2) that holds the draws with a margin, and the area of a cell.

    The axes are those in which the draws are uncorrelated, since a flow may stretch the plane.
    """
    axes = torch.linalg.cholesky(torch.cov(draws.T))
    along = torch.linalg.solve(axes, draws.T)
    low, high = along.min(1).values, along.max(1).values
    margin = 0.3 * (high - low)
    lines = [
        torch.linspace(a, b, points, dtype=torch.float64)
        for a, b in zip((low - margin).tolist(), (high + margin).tolist(), strict=True)
    ]
    area = torch.det(axes).item() * math.prod((line[1] - line[0]).item() for line in lines)
    return torch.cartesian_prod(*lines) @ axes.T, area


FUNCTIONS = {
    "first": lambda z, _: z[:, 0],
    "second": lambda z, _: z[:, 1],
    "squares": lambda z, _: z.square().sum(1),
    "product": lambda z, _: z[:, 0] * z[:, 1],
    "wave": lambda z, _: torch.sin(2 * z[:, 0] + z[:, 1]),
    "quadrant": lambda z, _: torch.sigmoid(5 * z[:, 0]) * torch.sigmoid(5 * z[:, 1]),
    "density": lambda _, log_prob: log_prob,
}


def hold_draws_against_density(distribution, draws):
    """Assert that the density sums to one and that means of draws are integrals of the density."""
    grid, area = plane(draws)
    with torch.no_grad():
        on_grid, of_draws = distribution.log_prob(grid), distribution.log_prob(draws)
    mass = on_grid.exp() * area
    assert mass.sum().item() == pytest.approx(1.0, abs=QUADRATURE)
    mean = (mass[:, None] * grid).sum(0)
    scale = (mass[:, None] * (grid - mean).square()).sum(0).sqrt()
    for name, function in FUNCTIONS.items():
        values = function((draws - mean) / scale, of_draws)
        error = values.std().item() / math.sqrt(len(draws))
        on_plane = mass * function((grid - mean) / scale, on_grid)
        allowed = STANDARD_ERRORS * error + QUADRATURE * on_plane.abs().sum().item()
        assert abs(values.mean() - on_plane.sum()) < allowed, name


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
