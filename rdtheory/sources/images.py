r"""Sources of small binary images that can be enumerated: every p\*(x) is known exactly.

A source is a list of images x of side x side pixels, zeros and ones, with a mass p\*(x) for each.
Entropy, and the rate and distortion of a model, are then finite sums, and what a neural model
reaches can be held against what is possible.

    toy            the toy source, each bin drawn as five bits of a Gray code
    bars           rows or columns that are all of one colour
    ising          neighbours that like to agree, at the critical temperature unless told otherwise
    templates      four glyphs with a few pixels flipped

Source: MacKay, *Information Theory, Inference, and Learning Algorithms* (2003), chapter 43, for the
bars; the others name theirs in `lattice`, `mixtures` and `rdtheory.toy.source`.
"""

from collections.abc import Callable

import numpy as np

from rdtheory.sources.binary import ImageSource, binary_digits, check_side
from rdtheory.sources.lattice import (
    CRITICAL_TEMPERATURE,
    ISING_SIDES,
    ising,
    ising_log_partition,
)
from rdtheory.sources.mixtures import GLYPH_SIDES, bernoulli_mixture, templates
from rdtheory.toy.source import toy_source

__all__ = [
    "CRITICAL_TEMPERATURE",
    "FAMILIES",
    "ImageSource",
    "bars_and_stripes",
    "bernoulli_mixture",
    "ising",
    "ising_log_partition",
    "named_image_source",
    "templates",
    "toy_images",
]

TOY_SIDE = 4
TOY_BITS = 5

BAR_SIDES = range(2, 9)


def toy_images() -> ImageSource:
    r"""Return the toy source of `rdtheory.toy.source` as 4x4 images.

    Bin j is drawn as its reflected Gray code, j XOR floor(j / 2): five bits,
    the most significant first, in the first five pixels of the raster. So
    neighbouring bins differ in one pixel. All other pixels are 0.

    Examples
    --------
    >>> source = toy_images()
    >>> source.images[6, :2].tolist()  # 6 = 00110 has the Gray code 00101
    [[0, 0, 1, 0], [1, 0, 0, 0]]
    >>> f"{source.entropy:.9f}"
    '3.217788332'
    """
    p_x = toy_source().p_x
    bins = np.arange(p_x.size)
    pixels = np.zeros((p_x.size, TOY_SIDE**2), np.uint8)
    pixels[:, :TOY_BITS] = binary_digits(bins ^ (bins >> 1), TOY_BITS)
    return ImageSource("toy", pixels.reshape(-1, TOY_SIDE, TOY_SIDE), p_x)


def bars_and_stripes(side: int = 4) -> ImageSource:
    r"""Return all images of constant rows or constant columns, equally likely.

    There are 2^side of either kind, and the empty and the full one are both: H
    is log(2^(side + 1) - 2). First come the images of constant rows, then the
    rest of those of constant columns, each by the binary number of their
    colours. MacKay (2003), chapter 43. Raises `ValueError` where `side` is not
    in 2..8.

    Examples
    --------
    >>> source = bars_and_stripes()
    >>> source.name, len(source.images), round(source.entropy, 6)  # log 30
    ('bars:4x4', 30, 3.401197)
    """
    side = check_side(side, BAR_SIDES)
    colours = binary_digits(np.arange(2**side), side)
    rows = np.repeat(colours[:, :, None], side, axis=2)
    images = np.concatenate([rows, rows[1:-1].transpose(0, 2, 1)])
    return ImageSource(f"bars:{side}x{side}", images, np.full(len(images), 1 / len(images)))


# -- sources by name ------------------------------------------------------------------------------

FAMILIES: dict[str, tuple[Callable[..., ImageSource], range, tuple[str, ...], str]] = {
    "toy": (toy_images, range(0), (), "toy"),
    "bars": (bars_and_stripes, BAR_SIDES, (), "bars:4x4"),
    "ising": (ising, ISING_SIDES, ("coupling", "temperature"), "ising:4x4:temperature=2"),
    "templates": (templates, GLYPH_SIDES, ("noise",), "templates:4x4:noise=0.1"),
}
"""Of each family the maker, its sides, its arguments, and an example."""


def named_image_source(text: str) -> ImageSource:
    r"""Return the source that a text names: FAMILY[:KxK][:argument=value...].

    The families are `toy`, `bars:KxK`, `ising:KxK` (arguments `coupling`,
    `temperature`) and `templates:KxK` (argument `noise`). The name of the
    source tells only the arguments that are not the defaults.

    Raises
    ------
    TypeError
        where `text` is none.
    ValueError
        where the family is unknown, the size missing or out of range, an
        argument unknown, given twice, or no number, or its value out of range.

    Examples
    --------
    >>> named_image_source("ising:3x3:temperature=1.50:coupling=1").name
    'ising:3x3:temperature=1.5'
    """
    if not isinstance(text, str):
        raise TypeError(f"source must be text, got {type(text).__name__}")
    family, *parts = text.split(":")
    if family not in FAMILIES:
        known = ", ".join(example for *_, example in FAMILIES.values())
        raise ValueError(f"source must be like {known}, got {text!r}")
    make, sides, known_arguments, example = FAMILIES[family]
    seen = f"as in {example}, got {text!r}"
    if not sides:
        return make(**_read_arguments(family, parts, known_arguments, seen))
    sizes = {f"{side}x{side}": side for side in sides}
    if not parts or parts[0] not in sizes:
        rule = f"a size from {sides[0]}x{sides[0]} to {sides[-1]}x{sides[-1]}"
        raise ValueError(f"source {family} must have {rule}, {seen}")
    return make(sizes[parts[0]], **_read_arguments(family, parts[1:], known_arguments, seen))


def _read_arguments(
    family: str, parts: list[str], known: tuple[str, ...], seen: str
) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in parts:
        argument, equals, value = part.partition("=")
        if not equals or argument not in known or argument in found:
            rule = f"no argument but {' and '.join(known)}, each once" if known else "nothing more"
            raise ValueError(f"source {family} must have {rule}, {seen}")
        try:
            found[argument] = float(value)
        except ValueError as error:
            rule = f"a number for {argument}"
            raise ValueError(f"source {family} must have {rule}, {seen}") from error
    return found
