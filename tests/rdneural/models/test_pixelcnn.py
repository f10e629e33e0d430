"""No pixel sees itself or later ones, and the images of a decoder have probabilities.

Of 4 x 4 pixels there are 65,536 images: sums over all of them are exact. Statistical tests fix
their seed and allow four standard errors.
"""

import math
from functools import cache

import pytest
import torch
from torch import nn

from rdneural.models import pixel_distributions
from rdneural.models.decoders import DECODERS, DeconvDecoder, PixelDecoder
from rdneural.models.pixel_distributions import AutoregressiveImages, BernoulliImages
from rdneural.models.pixelcnn import PixelCNN
from rdneural.records.sizes import Sizes
from tests.tolerances import FLOAT32_LOG_PROB, IDENTITY, SOFTPLUS, STANDARD_ERRORS

sides = pytest.mark.parametrize("side", [4, 8, 12])
levels = pytest.mark.parametrize("levels", [1, 2, 3])
decoders = pytest.mark.parametrize("name", list(DECODERS))
codes = pytest.mark.parametrize("seed", [0, 1])


def small(side=4, levels=2, layers=1):
    return Sizes(
        side=side,
        dim=3,
        features=3,
        deep_features=6,
        pixel_features=3,
        pixel_layers=layers,
        pixel_levels=levels,
    )


def random_net(side, levels, *, layers=1):
    """Return a float64 network with weights of unit gain and no zero bias."""
    torch.manual_seed(100 * side + levels)
    net = PixelCNN(small(side, levels, layers)).double()
    for parameter in net.parameters():
        fan_in = max(1, parameter[0].numel())
        nn.init.normal_(parameter, std=1 / math.sqrt(fan_in))
    return net


def random_inputs(count, side):
    x = torch.rand(count, 1, side, side, dtype=torch.float64)
    return x, torch.randn(count, 1, side, side, dtype=torch.float64)


def jacobians(net, side):
    """Return d logit i / d pixel j and d logit i / d code j, each (pixels, pixels).

    Image i of the batch carries the gradient of logit i, all at another point.
    """
    pixels = side**2
    x, code = random_inputs(pixels, side)
    x.requires_grad_()
    code.requires_grad_()
    logits = net(x, code).flatten(1)
    logits.diagonal().sum().backward()
    return x.grad.flatten(1), code.grad.flatten(1)


# -- which pixel sees which -----------------------------------------------------------------------


@pytest.mark.parametrize("layers", [1, 2])
@sides
@levels
def test_no_logit_has_a_gradient_by_its_own_pixel_or_a_later_one(side, levels, layers):
    by_pixel, _ = jacobians(random_net(side, levels, layers=layers), side)
    assert torch.equal(by_pixel.triu(), torch.zeros_like(by_pixel))


@sides
@levels
def test_no_logit_changes_with_its_own_pixel_or_a_later_one(side, levels):
    net = random_net(side, levels)
    x, code = random_inputs(1, side)
    before = net(x, code).flatten()
    for pixel in range(0, side**2, 1 + side // 3):
        changed = x.clone().flatten(2)
        changed[..., pixel:] = float("nan")  # not even multiplied by zero
        found = net(changed.view_as(x), code).flatten()
        torch.testing.assert_close(found[: pixel + 1], before[: pixel + 1], rtol=0, atol=1e-12)


@sides
@levels
def test_every_logit_sees_the_pixel_to_its_left_and_the_one_above(side, levels):
    by_pixel, _ = jacobians(random_net(side, levels), side)
    sees = (by_pixel != 0).view(side, side, side, side)
    for row in range(side):
        for column in range(side):
            assert column == 0 or sees[row, column, row, column - 1]
            assert row == 0 or sees[row, column, row - 1, column]


@sides
@levels
def test_every_logit_sees_the_pixel_above_to_the_right(side, levels):
    # the blind spot of a single masked stream
    by_pixel, _ = jacobians(random_net(side, levels), side)
    sees = (by_pixel != 0).view(side, side, side, side)
    assert all(
        sees[row, column, row - 1, column + 1]
        for row in range(1, side)
        for column in range(side - 1)
    )


@pytest.mark.parametrize(
    ("side", "levels", "share"),
    [(4, 1, 1.0), (4, 2, 1.0), (4, 3, 1.0), (8, 2, 1.0), (8, 3, 1.0), (12, 3, 0.98)],
)
def test_the_last_logits_see_nearly_all_earlier_pixels(side, levels, share):
    # halved streams tell a pixel of an odd row nothing of its own row, which it sees ten pixels far
    by_pixel, _ = jacobians(random_net(side, levels, layers=2), side)
    earlier = torch.ones(side**2, side**2).tril(-1).bool()
    assert (by_pixel[earlier] != 0).double().mean() >= share
    assert (by_pixel[-1, :-1] != 0).double().mean() >= share


@sides
@levels
def test_every_logit_sees_the_code_at_its_own_pixel(side, levels):
    _, by_code = jacobians(random_net(side, levels), side)
    assert (by_code.diagonal() != 0).all()


@sides
@levels
def test_every_dimension_of_the_code_moves_every_logit(side, levels):
    torch.manual_seed(0)
    decoder = PixelDecoder(small(side, levels)).double()
    x = torch.rand(side**2, 1, side, side, dtype=torch.float64).round()
    z = torch.randn(side**2, 3, dtype=torch.float64, requires_grad=True)
    decoder(z).logits_of(x).flatten(1).diagonal().sum().backward()
    assert (z.grad != 0).all()


@sides
@levels
def test_the_first_rows_have_the_logits_that_they_have_without_the_others(side, levels):
    net = random_net(side, levels)
    assert net.row_step == 2 ** (levels - 1)
    x, code = random_inputs(2, side)
    whole = net(x, code)
    for rows in range(net.row_step, side, net.row_step):
        cropped = net(x[:, :, :rows], code[:, :, :rows])
        torch.testing.assert_close(cropped, whole[:, :, :rows], rtol=0, atol=1e-12)


@sides
@pytest.mark.parametrize("levels", [2, 3])
def test_what_is_told_besides_lets_no_logit_see_its_own_pixel_or_a_later_one(side, levels):
    """`own` may be seen at a pixel itself and not before; what is told of all sizes, everywhere."""
    torch.manual_seed(side + levels)
    net = PixelCNN(small(side, levels), own=2).double()
    for parameter in net.parameters():
        nn.init.normal_(parameter, std=1 / math.sqrt(max(1, parameter[0].numel())))
    pixels = side**2
    x, code = random_inputs(pixels, side)
    own = torch.randn(pixels, 2, side, side, dtype=torch.float64)
    sizes = [torch.randn(pixels, 6, side >> k, side >> k, dtype=torch.float64)
             for k in range(levels)]  # fmt: skip
    told = [x, own, *sizes]
    for tensor in told:
        tensor.requires_grad_()
    logits = net(x, code, sizes[1:], sizes[:-1], own).flatten(1)
    by_x, by_own, *by_sizes = torch.autograd.grad(logits.diagonal().sum(), told)
    assert by_x.flatten(1).triu().abs().max() == 0
    for part in by_own.unbind(1):
        assert part.flatten(1).triu(1).abs().max() == 0
        assert (part.flatten(1).diagonal() != 0).all()
    assert all(gradient.abs().max() > 0 for gradient in by_sizes)


def test_images_of_a_batch_do_not_meet():
    net = random_net(8, 3)
    x, code = random_inputs(3, 8)
    together = net(x, code)
    alone = torch.cat([net(x[i : i + 1], code[i : i + 1]) for i in range(3)])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("side", "levels", "multiple"),
    [(0, 1, 4), (-4, 1, 4), (6, 1, 4), (10, 3, 4), (12, 4, 8), (28, 4, 8)],
)
def test_sizes_that_cannot_be_halved_are_refused(side, levels, multiple):
    with pytest.raises(
        ValueError, match=rf"^side must be a positive multiple of {multiple}, got {side}$"
    ):
        small(side, levels)


# -- probabilities of all images ------------------------------------------------------------------


def all_images():
    """Return the 65,536 images of 4 x 4 pixels."""
    numbers = torch.arange(2**16)
    bits = (numbers[:, None] >> torch.arange(16)) & 1
    return bits.to(torch.float64).view(-1, 1, 4, 4)


def last_convolution(decoder):
    return [layer for layer in decoder.modules() if type(layer) is nn.Conv2d][-1]


def random_decoder(name, dtype=torch.float64):
    """Return a decoder whose pixels are neither fair coins nor certain."""
    torch.manual_seed(5)
    decoder = DECODERS[name](small()).double()
    if name == "+":
        for parameter in decoder.pixels.parameters():
            nn.init.normal_(parameter, std=1 / math.sqrt(max(1, parameter[0].numel())))
    else:
        nn.init.normal_(last_convolution(decoder).bias)
        last_convolution(decoder).weight.data.mul_(1000)  # so small an image lets little through
    return decoder.to(dtype)


def code_of(seed, count=1, dtype=torch.float64):
    """Return one code, `count` times."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(1, 3, generator=generator, dtype=torch.float64).expand(count, -1).to(dtype)


@torch.no_grad()
def images_of(decoder, seed, count, dtype=torch.float64):
    """Return the decoder's distribution at one code, `count` times."""
    if isinstance(decoder, DeconvDecoder):  # the same logits for all, in one pass
        logits = decoder(code_of(seed, 1, dtype)).logits
        return BernoulliImages(logits.expand(count, -1, -1, -1))
    return decoder(code_of(seed, count, dtype))


@cache
@torch.no_grad()
def log_probs_of_all(name, seed):
    """Return the log-probability of every image at one code, (65536,)."""
    decoder, chunks = random_decoder(name), all_images().split(8192)
    return torch.cat([images_of(decoder, seed, len(x)).log_prob(x) for x in chunks])


@decoders
@codes
def test_the_probabilities_of_all_images_sum_to_one(name, seed):
    log_probs = log_probs_of_all(name, seed)
    assert log_probs.shape == (65_536,)
    assert log_probs.exp().sum().item() == pytest.approx(1.0, abs=IDENTITY)
    assert log_probs.std() > 0.5  # not fair coins, which sum to one by themselves


@decoders
def test_probabilities_depend_on_the_code(name):
    apart = log_probs_of_all(name, 0) - log_probs_of_all(name, 1)
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
@codes
def test_images_are_drawn_with_their_probabilities(name, seed):
    count = 6000
    log_probs = log_probs_of_all(name, seed)
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
    log_probs = log_probs_of_all("+", 0)
    weights, x = log_probs.exp(), all_images().flatten(1)
    mean = weights @ x
    covariance = (x - mean).T @ (weights[:, None] * (x - mean))
    assert (covariance - covariance.diag().diag()).abs().max() > 0.01


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
    distribution = AutoregressiveImages(logits_of, 4, 4, 1, torch.device("cpu"))
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


def known_chain():
    """Return images in which each pixel copies the one before it, in raster order, with 0.8."""

    def logits_of(x):
        before = nn.functional.pad(x.flatten(1), (1, 0))[:, :-1]
        return (math.log(4) * (2 * before - 1)).view_as(x)

    return logits_of


def test_the_log_probability_is_the_sum_over_the_chain():
    images = AutoregressiveImages(known_chain(), 2, 2, 1, torch.device("cpu"))
    x = torch.tensor([[0.0, 0.0, 1.0, 1.0], [1.0, 0.0, 1.0, 0.0]]).view(2, 1, 2, 2)
    expected = torch.tensor([3 * math.log(0.8) + math.log(0.2), 4 * math.log(0.2)])
    torch.testing.assert_close(images.log_prob(x), expected)


def test_a_chain_is_drawn_pixel_by_pixel():
    torch.manual_seed(4)
    count = 5000
    drawn = AutoregressiveImages(known_chain(), count, 4, 2, torch.device("cpu")).sample()
    before = nn.functional.pad(drawn.flatten(1), (1, 0))[:, :-1]
    copied = (drawn.flatten(1) == before).double()
    error = math.sqrt(0.8 * 0.2 / count)
    assert (copied.mean(0) - 0.8).abs().max() < STANDARD_ERRORS * error


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
