r"""What is usually wrong with the probabilities that a function has for pixels.

Probabilities of discrete images are at most 1, and so is their sum. Of a few pixels it is added up
over all images. Of more, q(x) is made of what log d(x|z) does where one pixel at a time takes other
values: the very distribution, if pixels are independent given z, and a distribution in any case.
For images drawn from it E d(x|z) / q(x) <= 1, so that products of such ratios prove that d is none
(`rdneural.theory.mistakes`): a mean over pixels, a loss without its constant, grey pixels in a
likelihood of zeros and ones.

Of a density of pixels, which may be of any size, nothing is proved: there are *hints*.
"""

import math
from collections.abc import Callable
from itertools import product

import torch
from torch import Tensor

from rdneural.models.function_model import FunctionImages
from rdneural.models.functions import FourFunctions
from rdneural.theory.mass import MOST_PIXELS

SLACK = 1e-3
"""Nats that a log-density may be off by rounding; also how far a sum may be off one."""

EVIDENCE = math.log(1e6)
"""Nats that cannot add up by chance more often than once in 10^6 times."""

SURE = "proved, but for a chance of 1e-6"

CODES, DRAWS = 2, 64
"""Codes at which images are drawn, and how many at each."""

LEVELS, CHANGED, LOOKED = 8, 1024, 4096
"""Values of a pixel that are looked at, pixels that are changed one by one (others stay as they
are), and images that this takes at each code, at most."""

MOST_VALUES = 256
"""Values that a pixel of discrete images has, at most."""

Pairs = Callable[[Tensor], Tensor]
"""log d(x|z) of images (N, ...) at one code, (N,)."""


def check_pixels(functions: FourFunctions, images: Tensor, some: Tensor, z: Tensor) -> None:
    """Raise where probabilities of pixels are none: of `some` images, and codes of these."""
    log_d = functions.of_decoder(some, z)
    if log_d.max() > SLACK:
        raise ValueError(
            f"log_d must be at most 0, got {log_d.max().item():.4g} (proved): a probability above "
            "1, by a wrong sign, or a density of pixels, which discrete=False is for"
        )
    values, pixels = images.unique(), images[0].numel()
    if len(values) > MOST_VALUES:
        raise ValueError(
            f"images must have at most {MOST_VALUES} values where discrete=True, got "
            f"{len(values)}; a density of pixels takes discrete=False"
        )
    if len(values) == 2 and pixels <= MOST_PIXELS:
        _check_sums(functions, values, z[: CODES if pixels <= 12 else 1], pixels)
    elif len(values) > 1:
        _check_draws(functions, values, some[:CODES], z, pixels)


def _check_sums(functions: FourFunctions, values: Tensor, z: Tensor, pixels: int) -> None:
    """Add up the probabilities of all images."""
    grid = torch.tensor(list(product(range(2), repeat=pixels)), device=values.device)
    table = FunctionImages(functions, z).pairwise_log_prob(values[grid])
    mass = table.logsumexp(1).exp()
    if ((mass - 1).abs() <= SLACK).all():
        return
    worst = mass[(mass - 1).abs().argmax()].item()
    of_mean = ((pixels * table).logsumexp(1).abs() < SLACK).all()
    raise ValueError(
        f"log_d must be of probabilities that sum to 1 over all {len(grid)} images, got "
        f"{worst:.4g} (proved){_guess(bool(of_mean), pixels) if worst > 1 else ''}"
    )


def _check_draws(
    functions: FourFunctions, values: Tensor, some: Tensor, z: Tensor, pixels: int
) -> None:
    """Hold probabilities against those of independent pixels, at images drawn of these."""
    count = min(len(values), LEVELS, max(2, LOOKED // pixels))
    spread = torch.linspace(0, len(values) - 1, count)
    levels = values[spread.round().long().to(values.device)]
    found, of_mean = [], []
    for k in range(len(some)):
        x, code = some[k : k + 1], z[k : k + 1]

        def log_d(part: Tensor, code: Tensor = code) -> Tensor:
            return FunctionImages(functions, code).pairwise_log_prob(part)[0]

        found.append(_ratios(log_d, x, levels))
        of_mean.append(_ratios(lambda part: pixels * log_d(part), x, levels))
    ratios = torch.cat(found)
    if (ratios - SLACK).sum() > EVIDENCE:
        scaled = torch.cat(of_mean).mean().abs() < 0.1 * ratios.mean().abs()
        raise ValueError(
            f"log_d must be of probabilities that sum to 1 at most, got about "
            f"exp({ratios.mean().item():.4g}) ({SURE}){_guess(bool(scaled), pixels)}"
        )


def _ratios(log_d: Pairs, x: Tensor, levels: Tensor) -> Tensor:
    """Return log d(x'|z) - log q(x') of images x' that are drawn from q, near an image x."""
    pixels = torch.randperm(x.numel(), device=x.device)[:CHANGED]
    changed = x.flatten().repeat(len(pixels), len(levels), 1)
    changed[torch.arange(len(pixels), device=x.device), :, pixels] = levels
    log_q = log_d(changed.view(-1, *x.shape[1:])).view(len(pixels), len(levels)).log_softmax(1)
    drawn = torch.multinomial(log_q.exp(), DRAWS, replacement=True)  # (pixels, DRAWS)
    images = x.flatten().repeat(DRAWS, 1)
    images[:, pixels] = levels[drawn].T
    return log_d(images.view(-1, *x.shape[1:])) - log_q.gather(1, drawn).sum(0)


def _guess(of_mean: bool, pixels: int) -> str:
    if of_mean:
        return f": is it a mean over the {pixels} pixels?"
    return ": is a constant left out, or are images no values that it has?"


# -- densities of pixels --------------------------------------------------------------------------


def density_hints(functions: FourFunctions, some: Tensor, z: Tensor) -> list[str]:
    r"""Return hints from how log d(x|z) bends with each pixel.

    Of independent normals log d = c - sum_i (x_i - mu_i)^2 / 2 s_i^2, so that two more numbers a
    pixel say s_i and mu_i, and c must be -sum_i log(s_i sqrt(2 pi)).
    """
    wide, pixels = some.double().std().item(), some[0].numel()
    if not some.is_floating_point() or wide == 0 or pixels > CHANGED:
        return []
    x = some[:1].double()
    steps = (wide * torch.eye(pixels, dtype=x.dtype, device=x.device)).view(-1, *x.shape[1:])

    def log_d(part: Tensor) -> Tensor:
        return FunctionImages(functions, z[:1]).pairwise_log_prob(part)[0]

    try:
        here, up, down = log_d(x), log_d(x + steps), log_d(x - steps)
        further = log_d(x + 2 * steps)
    except ValueError:  # pixels have bounds, and beyond them the function has no number
        return []
    slope, bend = (up - down) / 2, up + down - 2 * here  # in units of `wide`
    if (bend >= 0).any():
        return []
    tolerance = SLACK * (1 + here.abs())
    normal = (here + 2 * slope + 2 * bend - further).abs() <= tolerance + 0.01 * bend.abs()
    together = log_d(x + steps[:2].sum(0, keepdim=True)) - (here + (up - here)[:2].sum())
    mean = f"is log_d a mean over the {pixels} pixels? (a hint)"
    if normal.all() and (together.abs() <= tolerance).all():

        def log_mass(scale: int) -> float:
            logs = math.log(wide) + 0.5 * (math.log(2 * math.pi) - (-bend * scale).log())
            return float((scale * here + logs + 0.5 * scale * slope.square() / -bend).sum()
                         - scale * (pixels - 1) * here)  # fmt: skip

        found, little = log_mass(1), 0.01 * pixels + 0.1
        if abs(found) <= little:
            return []
        said = mean if abs(log_mass(pixels)) <= little else "is a constant left out? (a hint)"
        return [
            "log_d looks like independent normal pixels, and then integrates to "
            f"exp({found:.4g}) and not to 1: {said}"
        ]
    scales = (-bend).rsqrt().median().item()
    if scales <= 4:
        return []
    return [
        f"log_d changes with a pixel as if noise were {scales:.3g} times as wide as pixels vary: "
        f"{mean}"
    ]
