"""Densities of codes are densities, and draws are draws from them.

Densities are held against definitions: torch.distributions, the change of variables with autograd's
Jacobian, and sums over a grid of the plane. Statistical tests fix their seed and allow four
standard errors.
"""

import copy
import math

import pytest
import torch

from rdneural.models.code_distributions import (
    AutoregressiveFlow,
    InverseFlow,
    NormalMixture,
    fixed_point,
)
from rdneural.models.layers import MADE
from tests.make.codes import close, made_steps, normal, reference
from tests.tolerances import STANDARD_ERRORS

dims = pytest.mark.parametrize("dim", [1, 2, 5])


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


# -- gradients and precision ----------------------------------------------------------------------


def test_the_gradient_of_a_draw_is_that_of_mean_plus_scale_times_noise():
    base = normal(2, 3)
    torch.manual_seed(12)
    z, _ = base.rsample_with_log_prob()
    noise = ((z - base.mean) / base.scale).detach()
    weights = torch.randn_like(noise)
    (weights * z).sum().backward()
    close(base.mean.grad, weights)
    close(base.scale.grad, weights * noise)


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
