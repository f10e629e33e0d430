"""The images of a decoder have probabilities, and are drawn with them.

Of 4 x 4 pixels there are 65,536 images: sums over all of them are exact. Statistical tests fix
their seed and allow four standard errors.
"""

import math

import pytest
import torch
from torch import nn

from rdneural.models.decoders import DECODERS
from rdneural.records.sizes import Sizes
from tests.make.pixels import (
    all_images,
    code_of,
    images_of,
    last_convolution,
    log_probs_of_all,
    random_decoder,
    small,
)
from tests.tolerances import IDENTITY, STANDARD_ERRORS

decoders = pytest.mark.parametrize("name", list(DECODERS))


@decoders
def test_the_probabilities_of_all_images_sum_to_one(name):
    log_probs = log_probs_of_all(name)
    assert log_probs.shape == (65_536,)
    assert log_probs.exp().sum().item() == pytest.approx(1.0, abs=IDENTITY)
    assert log_probs.std() > 0.5  # not fair coins, which sum to one by themselves


@decoders
def test_probabilities_depend_on_the_code(name):
    some = all_images()[::4099]
    of_another = images_of(random_decoder(name), 1, len(some)).log_prob(some)
    apart = log_probs_of_all(name)[::4099] - of_another
    assert apart.abs().max() > 0.1


STATISTICS = {
    **{f"pixel {i}": (lambda x, _, i=i: x[:, i]) for i in range(16)},
    "neighbours": lambda x, _: (x[:, 0:15] * x[:, 1:16]).sum(1),
    "below": lambda x, _: (x[:, 0:12] * x[:, 4:16]).sum(1),
    "ends": lambda x, _: x[:, 0] * x[:, 15],
    "ink": lambda x, _: x.sum(1).square(),
    "parity": lambda x, _: x.sum(1) % 2,
    "log-probability": lambda _, log_prob: log_prob,
}


@decoders
def test_images_are_drawn_with_their_probabilities(name):
    count, seed = 2000, 0
    log_probs = log_probs_of_all(name)
    torch.manual_seed(seed)
    in_float32 = random_decoder(name, torch.float32)
    drawn = images_of(in_float32, seed, count, torch.float32).sample()
    assert drawn.shape == (count, 1, 4, 4)
    assert set(drawn.unique().tolist()) == {0.0, 1.0}
    x = drawn.flatten(1).double()
    of_drawn = log_probs[(x * 2.0 ** torch.arange(16)).sum(1).long()]
    weights, every = log_probs.exp(), all_images().flatten(1)
    for statistic, function in STATISTICS.items():
        values = function(every, log_probs)
        mean = (weights * values).sum()
        error = (weights * (values - mean).square()).sum().sqrt() / math.sqrt(count)
        assert abs(function(x, of_drawn).mean() - mean) < STANDARD_ERRORS * error, statistic


def test_pixels_of_the_autoregressive_decoder_depend_on_one_another():
    log_probs = log_probs_of_all("+")
    weights, x = log_probs.exp(), all_images().flatten(1)
    mean = weights @ x
    covariance = (x - mean).T @ (weights[:, None] * (x - mean))
    assert (covariance - covariance.diag().diag()).abs().max() > 0.01


@decoders
def test_a_decoder_starts_at_the_mean_pixel(name):
    torch.manual_seed(6)
    decoder = DECODERS[name](Sizes(side=8, dim=3, features=4, deep_features=8, pixel_features=8))
    decoder.start_at(0.13)
    nn.init.zeros_(last_convolution(decoder).weight)
    found = (decoder(torch.randn(2, 3)).log_prob(torch.ones(2, 1, 8, 8)) / 64).exp()
    torch.testing.assert_close(found, torch.full((2,), 0.13), rtol=1e-5, atol=0)


@decoders
@pytest.mark.parametrize("mean", [0.0, 1.0])
def test_a_decoder_starts_finite_where_all_pixels_are_alike(name, mean):
    decoder = DECODERS[name](small())
    decoder.start_at(mean)
    x = torch.full((2, 1, 4, 4), mean)
    assert decoder(torch.randn(2, 3)).log_prob(x).isfinite().all()


@decoders
@pytest.mark.parametrize("count", [1, 3])
def test_a_decoder_draws_one_image_of_each_code_without_gradient(name, count):
    drawn = DECODERS[name](small())(torch.randn(count, 3)).sample()
    assert drawn.shape == (count, 1, 4, 4)
    assert not drawn.requires_grad


@decoders
def test_float64_codes_have_float64_log_probabilities(name):
    assert random_decoder(name)(code_of(0)).log_prob(all_images()[:1]).dtype == torch.float64


@pytest.mark.parametrize("name", ["-", "+"])
@pytest.mark.parametrize("dtype", [torch.uint8], ids=str)
def test_images_of_bytes_score_as_images_of_floats(name, dtype):
    distribution = random_decoder(name)(code_of(0, 4))
    x = all_images()[[0, 7, 1000, 65_535]]
    torch.testing.assert_close(distribution.log_prob(x.to(dtype)), distribution.log_prob(x))
