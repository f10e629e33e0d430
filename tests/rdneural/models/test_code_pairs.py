"""Every code under every distribution of a batch, and which codes are the likeliest."""

import pytest
import torch

from rdneural.models.code_distributions import LOG_TWO_PI, DiagonalNormal, InverseFlow
from tests.make.codes import close, made_steps, normal
from tests.tolerances import IDENTITY, PAIRWISE

dims = pytest.mark.parametrize("dim", [1, 2, 5])


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
