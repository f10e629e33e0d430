"""Distributions of images score single images, chains of pixels, and every pair with a code."""

import math

import pytest
import torch
from torch import nn

from rdneural.models import pixel_distributions
from rdneural.models.decoders import DECODERS
from rdneural.models.pixel_distributions import AutoregressiveImages, BernoulliImages
from rdneural.models.pixelcnn import PixelCNN
from rdneural.records.sizes import SIZES
from tests.make.pixels import all_images, known_chain, random_decoder
from tests.tolerances import FLOAT32_LOG_PROB, IDENTITY, SOFTPLUS, STANDARD_ERRORS

UNASKED = PixelCNN(SIZES["tiny"])
"""A network that a chain known otherwise has no use for."""

decoders = pytest.mark.parametrize("name", list(DECODERS))


# -- the distributions themselves -----------------------------------------------------------------


def test_independent_pixels_score_as_torch_does():
    torch.manual_seed(3)
    logits = 5 * torch.randn(6, 1, 4, 4, dtype=torch.float64)
    x = torch.rand(6, 1, 4, 4, dtype=torch.float64).round()
    expected = torch.distributions.Bernoulli(logits=logits).log_prob(x).sum((1, 2, 3))
    torch.testing.assert_close(BernoulliImages(logits).log_prob(x), expected)


def test_extreme_logits_have_finite_log_probabilities():
    logits = torch.tensor([1e4, -1e4], dtype=torch.float64).view(2, 1, 1, 1)
    wrong = BernoulliImages(logits).log_prob((logits < 0).double())
    assert wrong.tolist() == [-1e4, -1e4]


# -- every image given every code -----------------------------------------------------------------


def pair_by_pair(distribution_of, z, x):
    """Return log_prob of every image given every code, by itself, (S, N)."""
    each = [[distribution_of(c[None]).log_prob(image[None])[0] for image in x] for c in z]
    return torch.tensor(each)


@decoders
@pytest.mark.parametrize(("count", "images"), [(1, 1), (3, 5), (5, 1)])
@torch.no_grad()
def test_pairs_score_as_each_does_by_itself(name, count, images):
    decoder = random_decoder(name)
    z = torch.randn(count, 3, dtype=torch.float64)
    x = all_images()[torch.randint(2**16, (images,))]
    found = decoder(z).pairwise_log_prob(x)
    assert found.shape == (count, images)
    assert found.dtype == torch.float64
    expected = pair_by_pair(decoder, z, x).double()
    torch.testing.assert_close(found, expected, rtol=0, atol=FLOAT32_LOG_PROB)
    torch.testing.assert_close(found[:1, 0], decoder(z[:1]).log_prob(x[:1]), rtol=0, atol=SOFTPLUS)


@decoders
@torch.no_grad()
def test_pairs_are_exact_in_float64(name):
    decoder, x = random_decoder(name), all_images()[::4099]
    z = torch.randn(4, 3, dtype=torch.float64)
    found = decoder(z).pairwise_log_prob(x)
    for k, code in enumerate(z):
        expected = decoder(code.expand(len(x), -1)).log_prob(x)
        torch.testing.assert_close(found[k], expected, rtol=0, atol=SOFTPLUS)


@decoders
@torch.no_grad()
def test_pairs_are_float32_where_networks_are(name):
    decoder, x = random_decoder(name, torch.float32), all_images()[::4099].float()
    z = torch.randn(4, 3)
    found = decoder(z).pairwise_log_prob(x)
    assert found.dtype == torch.float32
    exact = random_decoder(name)(z.double()).pairwise_log_prob(x.double())
    torch.testing.assert_close(found.double(), exact, rtol=0, atol=FLOAT32_LOG_PROB)


@pytest.mark.parametrize("pairs", [1, 3, 4, 8, 10**6])
@torch.no_grad()
def test_no_more_pairs_than_allowed_are_in_a_pass(monkeypatch, pairs):
    seen = []
    chain = known_chain()

    def logits_of(x):
        seen.append(len(x))
        return chain(x)

    x = all_images()[::9001]
    distribution = AutoregressiveImages(logits_of, 4, 4, UNASKED, torch.device("cpu"))
    monkeypatch.setattr(pixel_distributions, "PAIRS", pairs)
    found = distribution.pairwise_log_prob(x)
    assert max(seen) <= max(4, pairs)  # one image of each code at the least
    assert sum(seen) == 4 * len(x)
    alone = AutoregressiveImages(chain, len(x), 4, 1, torch.device("cpu")).log_prob(x)
    torch.testing.assert_close(found, alone.expand(4, -1))


@torch.no_grad()
def test_pairs_of_bytes_are_pairs_of_floats():
    x = all_images()[::9001]
    for name in DECODERS:
        distribution = random_decoder(name)(torch.randn(2, 3, dtype=torch.float64))
        of_bytes = distribution.pairwise_log_prob(x.to(torch.uint8))
        torch.testing.assert_close(of_bytes, distribution.pairwise_log_prob(x))


@pytest.mark.parametrize("size", [30.0, 1e4])
def test_extreme_logits_have_finite_and_right_pairs(size):
    """Certain pixels cost nothing, and each wrong one its logit."""
    signs = torch.tensor([1.0, -1.0, 1.0, 1.0], dtype=torch.float64).view(1, 1, 2, 2)
    numbers = torch.arange(16)
    x = ((numbers[:, None] >> torch.arange(4)) & 1).double().view(-1, 1, 2, 2)
    found = BernoulliImages(size * signs).pairwise_log_prob(x)[0]
    wrong = ((2 * x - 1) != signs).sum((1, 2, 3))
    torch.testing.assert_close(found, -size * wrong.double(), rtol=IDENTITY, atol=SOFTPLUS)


def test_pairs_of_nearly_certain_pixels_are_exact_in_float64():
    logits = torch.linspace(-40, 40, 16, dtype=torch.float64).view(1, 1, 4, 4)
    x = all_images()[::4099]
    distribution = BernoulliImages(logits)
    expected = BernoulliImages(logits.expand(len(x), -1, -1, -1)).log_prob(x)
    found = distribution.pairwise_log_prob(x)[0]
    torch.testing.assert_close(found, expected, rtol=0, atol=SOFTPLUS)


def test_the_log_probability_is_the_sum_over_the_chain():
    images = AutoregressiveImages(known_chain(), 2, 2, UNASKED, torch.device("cpu"))
    x = torch.tensor([[0.0, 0.0, 1.0, 1.0], [1.0, 0.0, 1.0, 0.0]]).view(2, 1, 2, 2)
    expected = torch.tensor([3 * math.log(0.8) + math.log(0.2), 4 * math.log(0.2)])
    torch.testing.assert_close(images.log_prob(x), expected)


def test_a_chain_is_drawn_pixel_by_pixel():
    torch.manual_seed(4)
    count = 5000
    drawn = AutoregressiveImages(known_chain(), count, 4, UNASKED, torch.device("cpu")).sample()
    before = nn.functional.pad(drawn.flatten(1), (1, 0))[:, :-1]
    copied = (drawn.flatten(1) == before).double()
    error = math.sqrt(0.8 * 0.2 / count)
    assert (copied.mean(0) - 0.8).abs().max() < STANDARD_ERRORS * error
