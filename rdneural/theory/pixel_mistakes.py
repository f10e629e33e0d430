"""What is usually wrong with the probabilities that a function has for pixels.

Probabilities of discrete images are at most 1, and so is the sum of them over any images: over all
of a few pixels, or over all that some pixels of an image can be with the others as they are. A mean
over pixels is far above that. This is proved by adding up.

Of a density of pixels, which may be of any size, nothing is proved: there are *hints*.
"""

import math
from itertools import product

import torch
from torch import Tensor

from rdneural.models.function_model import FunctionImages
from rdneural.models.functions import FourFunctions
from rdneural.theory.mass import MOST_PIXELS

SLACK = 1e-3
"""Nats that a log-density may be off by rounding; also how far a sum may be off one."""

LISTED = 1024
"""Images that a sum is taken over, at most, where not all can be listed."""

MOST_VALUES = 256
"""Values that a pixel of discrete images has, at most."""


# -- probabilities of pixels ----------------------------------------------------------------------


def check_pixels(functions: FourFunctions, images: Tensor, some: Tensor, z: Tensor) -> None:
    """Sum probabilities over images: all of them, or those that differ in some pixels."""
    log_d = functions.of_decoder(some, z)
    if log_d.max() > SLACK:
        raise ValueError(
            f"log_d must be at most 0, got {log_d.max().item():.4g} (proved): a probability above "
            "1, by a wrong sign, or a density of pixels, which discrete=False is for"
        )
    values = images.unique()
    if len(values) > MOST_VALUES:
        raise ValueError(
            f"images must have at most {MOST_VALUES} values where discrete=True, got "
            f"{len(values)}; a density of pixels takes discrete=False"
        )
    pixels = images[0].numel()
    if len(values) == 2 and pixels <= MOST_PIXELS:
        x = _every(values, pixels)
        mass = _masses(functions, z[: 4 if pixels <= 12 else 1], x)
        if not ((mass - 1).abs() <= SLACK).all():
            worst = mass[(mass - 1).abs().argmax()].item()
            scaled = pixels * FunctionImages(functions, z[:1]).pairwise_log_prob(x)
            exact = abs(scaled.exp().sum().item() - 1) < SLACK
            raise ValueError(
                f"log_d must be of probabilities that sum to 1 over all {len(x)} images, got "
                f"{worst:.4g} (proved)" + (f": it is a mean over the {pixels} pixels" if exact
                                           else _pixels_guess(worst, pixels))
            )  # fmt: skip
        return
    if len(values) < 2:
        return
    changing = (images.flatten(1) != images.flatten(1)[:1]).any(0).nonzero()[:, 0]
    count = min(len(changing), max(1, int(math.log(LISTED) / math.log(len(values)))))
    for k in range(min(4, len(some))):
        picked = changing[torch.randperm(len(changing), device=changing.device)[:count]]
        listed = _every(values, count)
        x = some[k].flatten().repeat(len(listed), 1)
        x[:, picked] = listed
        total = _masses(functions, z[k : k + 1], x).item()
        if total > 1 + SLACK:
            raise ValueError(
                f"log_d must be of probabilities that sum to 1 at most, got {total:.4g} over "
                f"{len(x)} images that differ in {count} of {pixels} pixels (proved)"
                f"{_pixels_guess(total, pixels)}"
            )


def _pixels_guess(mass: float, pixels: int) -> str:
    if mass < 1:
        return ""
    return f": is it a mean over the {pixels} pixels, or are images no values that it has?"


def _every(values: Tensor, pixels: int) -> Tensor:
    """Return every row of `pixels` values."""
    grid = torch.tensor(list(product(range(len(values)), repeat=pixels)), device=values.device)
    return values[grid]


def _masses(functions: FourFunctions, z: Tensor, x: Tensor) -> Tensor:
    return FunctionImages(functions, z).pairwise_log_prob(x).logsumexp(1).exp()


# -- densities of pixels --------------------------------------------------------------------------


def density_hints(functions: FourFunctions, some: Tensor, z: Tensor) -> list[str]:
    r"""Return hints from how log d(x|z) bends with each pixel.

    Of independent normals log d = c - sum_i (x_i - mu_i)^2 / 2 s_i^2, so that two more numbers a
    pixel say s_i and mu_i, and c must be -sum_i log(s_i sqrt(2 pi)).
    """
    wide = some.double().std().item()
    if not some.is_floating_point() or wide == 0:
        return []
    x, pixels = some[:1].double(), some[0].numel()
    picked = torch.randperm(pixels)[:LISTED]
    steps = torch.zeros(len(picked), pixels, dtype=torch.float64, device=x.device)
    steps[torch.arange(len(picked)), picked] = wide
    steps = steps.view(-1, *x.shape[1:])

    def log_d(part: Tensor) -> Tensor:
        return FunctionImages(functions, z[:1]).pairwise_log_prob(part)[0]

    here, up, down, further = log_d(x), log_d(x + steps), log_d(x - steps), log_d(x + 2 * steps)
    slope, bend = (up - down) / 2, up + down - 2 * here  # in units of `wide`
    tolerance = SLACK * (1 + here.abs())
    if (bend >= 0).any():
        return []
    scales = (-bend).rsqrt()
    if scales.median() > 4:
        return [
            f"a pixel that is moved by a standard deviation of pixels changes log_d by "
            f"{(0.5 * bend.median()).abs().item():.2g} nats, as if noise were "
            f"{scales.median().item():.3g} times as wide: is log_d a mean over the {pixels} "
            "pixels? (a hint)"
        ]
    normal = (here + 2 * slope + 2 * bend - further).abs() <= tolerance + 0.01 * bend.abs()
    together = log_d(x + steps[:2].sum(0, keepdim=True)) - (here + (up - here)[:2].sum())
    if len(picked) < pixels or not normal.all() or (together.abs() > tolerance).any():
        return []
    log_mass = (
        here
        + (
            math.log(wide)
            + 0.5 * math.log(2 * math.pi)
            + scales.log()
            + 0.5 * slope.square() / -bend
        ).sum()
    )
    if log_mass.abs().item() > 0.01 * pixels + 0.1:
        return [
            f"log_d looks like independent normal pixels, and then integrates to "
            f"exp({log_mass.item():.4g}) and not to 1: is a constant left out? (a hint)"
        ]
    return []
