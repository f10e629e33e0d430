"""Small decoders of 4x4 pixels, and the 65,536 images that there are of them."""

import math
from functools import cache

import torch
from torch import nn

from rdneural.models.decoders import DECODERS, DeconvDecoder
from rdneural.models.pixel_distributions import BernoulliImages
from rdneural.records.sizes import Sizes


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
def log_probs_of_all(name):
    """Return the log-probability of every image at the first code, (65536,)."""
    decoder, chunks = random_decoder(name), all_images().split(8192)
    return torch.cat([images_of(decoder, 0, len(x)).log_prob(x) for x in chunks])


def known_chain():
    """Return images in which each pixel copies the one before it, in raster order, with 0.8."""

    def logits_of(x):
        before = nn.functional.pad(x.flatten(1), (1, 0))[:, :-1]
        return (math.log(4) * (2 * before - 1)).view_as(x)

    return logits_of
