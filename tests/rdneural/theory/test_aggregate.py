"""The aggregated posterior is the mixture of all encoders, whichever way it is summed up.

Statistical tests fix their seed and allow four standard errors.
"""

import math

import numpy as np
import pytest
import torch

from rdneural.models.code_distributions import DiagonalNormal, InverseFlow
from rdneural.theory import aggregate
from rdneural.theory.aggregate import AggregatedPosterior, aggregated_posterior
from rdneural.theory.densities import encoded
from rdneural.theory.evaluation import as_images
from rdtheory.sources.images import bars_and_stripes, named_image_source
from tests.make.codes import close, hold_draws_against_density, made_steps, normal
from tests.make.models import lively
from tests.tolerances import FLOAT32_LOG_PROB, ROUNDING, STANDARD_ERRORS, WIDE_CODES

ENCODERS = {
    "normal": lambda dim, count: normal(count, dim),
    "flow": lambda dim, count: InverseFlow(normal(count, dim), made_steps(dim)),
}

encoders = pytest.mark.parametrize("name", ENCODERS)


def masses(count, *, seed=0):
    return torch.from_numpy(np.random.default_rng(seed).dirichlet(np.ones(count)))


def posterior(name="normal", *, dim=3, count=7):
    return AggregatedPosterior(ENCODERS[name](dim, count), masses(count))


def codes(count, dim=3, *, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return 3 * torch.randn(count, dim, generator=generator, dtype=torch.float64)


def one_by_one(found, z):
    """Return p(x) e(z|x) of every code and every image, (S, X), each by itself."""
    return torch.stack(
        [
            p * found.encoder.picked(torch.tensor([k])).log_prob(z).exp()
            for k, p in enumerate(found.p_x)
        ],
        1,
    )


# -- densities ------------------------------------------------------------------------------------


@encoders
@pytest.mark.parametrize("dim", [1, 2, 5])
def test_it_is_the_sum_over_all_images(name, dim):
    found, z = posterior(name, dim=dim), codes(20, dim)
    expected = one_by_one(found, z)
    close(found.log_joint(z).exp(), expected, atol=0)
    close(found.log_prob(z), expected.sum(1).log())
    close(found.responsibilities(z), expected / expected.sum(1, keepdim=True))


def test_of_normals_it_scores_as_torch_s_mixture():
    found, z = posterior(), codes(30)
    base = found.encoder
    expected = torch.distributions.MixtureSameFamily(
        torch.distributions.Categorical(found.p_x),
        torch.distributions.Independent(torch.distributions.Normal(base.mean, base.scale), 1),
    )
    close(found.log_prob(z), expected.log_prob(z))


@encoders
def test_responsibilities_sum_to_one_however_far_the_code(name):
    found = posterior(name)
    z = torch.cat([codes(20), 1e4 * codes(20)])
    of_images = found.responsibilities(z)
    assert of_images.shape == (40, 7)
    assert (of_images >= 0).all()
    close(of_images.sum(1), torch.ones(40, dtype=torch.float64))
    assert found.log_prob(z).isfinite().all()


@encoders
def test_an_image_without_mass_has_no_part_in_it(name):
    whole = ENCODERS[name](3, 6)
    p_x = torch.tensor([0.25, 0.0, 0.25, 0.5, 0.0, 0.0], dtype=torch.float64)
    kept = p_x.nonzero()[:, 0]
    found = AggregatedPosterior(whole, p_x)
    left = AggregatedPosterior(whole.picked(kept), p_x[kept])
    z = codes(20)
    close(found.log_prob(z), left.log_prob(z))
    assert (found.responsibilities(z)[:, p_x == 0] == 0).all()


@encoders
def test_it_integrates_to_one_and_its_draws_follow_it(name):
    torch.manual_seed(3)
    found = posterior(name, dim=2, count=4)
    draws = found.sample(20_000)
    assert draws.shape == (20_000, 2)
    hold_draws_against_density(found, draws)


@pytest.mark.parametrize("pairs", [1, 6, 14, 20, 42, 10**6])
def test_no_more_pairs_than_allowed_are_in_memory_at_once(monkeypatch, pairs):
    """Two codes at the least, and an even number of them, so that no pair of draws is cut apart."""
    found, z = posterior(), codes(20)
    expected = found.log_prob(z)
    monkeypatch.setattr(aggregate, "PAIRS", pairs)
    parts = found.chunks(z)
    assert torch.equal(torch.cat(parts), z)
    assert max(len(part) for part in parts) <= max(2, pairs // 7)
    assert all(len(part) % 2 == 0 for part in parts)
    close(found.log_prob(z), expected)


# -- draws ----------------------------------------------------------------------------------------


@encoders
def test_a_draw_of_each_letter_comes_with_its_own_density(name):
    torch.manual_seed(4)
    found = posterior(name)
    letters = torch.tensor([0, 3, 3, 6, 1])
    z, log_e = found.draw(letters)
    assert z.shape == (5, 3)
    assert not z.requires_grad
    own = found.log_joint(z).gather(1, letters[:, None])[:, 0] - found.p_x[letters].log()
    torch.testing.assert_close(own, log_e, rtol=0, atol=WIDE_CODES)


def test_letters_are_drawn_as_often_as_they_are_likely():
    torch.manual_seed(5)
    count, p_x = 20_000, masses(5)
    centres = 100 * torch.arange(5, dtype=torch.float64)[:, None]
    found = AggregatedPosterior(DiagonalNormal(centres, torch.ones_like(centres)), p_x)
    letters = (found.sample(count)[:, 0] / 100).round().long()
    shares = torch.bincount(letters, minlength=5) / count
    errors = (p_x * (1 - p_x) / count).sqrt()
    assert ((shares - p_x).abs() <= STANDARD_ERRORS * errors).all()


def test_gradients_reach_the_encoder_through_its_density():
    found = posterior()
    found.log_prob(codes(5)).sum().backward()
    assert found.encoder.mean.grad.any()
    assert found.encoder.scale.grad.any()


# -- of a model -----------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["---", "+--"])
def test_of_a_model_it_is_the_mean_of_its_encoders(family):
    model = lively(family)
    images = as_images(bars_and_stripes(4), model)
    found = aggregated_posterior(model, images)
    torch.manual_seed(6)
    z = found.sample(12)
    of_each = torch.stack([model.encoder(x[None]).log_prob(z.float()) for x in images], 1)
    expected = of_each.double().logsumexp(1) - math.log(len(images))
    torch.testing.assert_close(found.log_prob(z), expected, rtol=0, atol=FLOAT32_LOG_PROB)
    assert found.log_prob(z).dtype == torch.float64


def test_a_model_s_images_may_have_masses():
    source, model = named_image_source("ising:2x2"), lively("---")
    images, p_x = as_images(source, model), torch.from_numpy(source.p_x.copy())
    found, z = aggregated_posterior(model, images, p_x), codes(12, 4)
    close(found.p_x, p_x)
    expected = (encoded(model, images).pairwise_log_prob(z).exp() * p_x).sum(1)
    close(found.log_prob(z).exp(), expected, atol=ROUNDING)


def test_masses_in_float32_are_widened():
    model = lively("---")
    images = as_images(bars_and_stripes(2), model)
    found = aggregated_posterior(model, images, torch.full((6,), 1 / 6))
    assert found.p_x.dtype == torch.float64
