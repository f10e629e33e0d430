"""Names of families: the paper's twelve, those whose code is discrete, those with own parts."""

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from itertools import product

FAMILIES = tuple("".join(parts) for parts in product("-+", "-+", "-+v"))
"""Names of the twelve families: encoder, decoder, marginal."""

DISCRETE = ("split:K", "coarse:S", "bits-:K", "bits+:K")
"""How the families with discrete codes are named."""

FIXED = ("split", "coarse")
"""Kinds whose encoder is a fixed map, and so has the rate that it has."""

CODED, AUTOREGRESSIVE = "d", "a"
"""The signs of the encoder and of the marginal of a discrete code."""

PARTS = ("encoder", "decoder", "marginal")
"""The parts of a model, in the order of their signs."""

OWN_PART = "o"
"""The sign of a part that is not ours: `o+v` has an own encoder."""

MOST_BITS = 4096


@dataclass(frozen=True)
class Discrete:
    """What the name of a family with a discrete code says.

    Attributes
    ----------
    kind
        `split`, `coarse`, `bits-` or `bits+`.
    size
        K pixels of a split, a side of S pixels, or K bits.
    """

    kind: str
    size: int


def discrete_of(family: str) -> Discrete | None:
    """Return what a name such as `coarse:7` says, None for one of the twelve."""
    match = re.fullmatch(r"(split|coarse|bits[-+]):(0|[1-9]\d{0,5})", family)
    return None if match is None else Discrete(match[1], int(match[2]))


def is_family(name: object) -> bool:
    """Return whether something read is a family's name: `-+v`, `split:98`, `bits-:32`, `o+v`."""
    if not isinstance(name, str):
        return False
    return name in FAMILIES or discrete_of(name) is not None or bool(own_parts_of(name))


def own_parts_of(family: str) -> tuple[str, ...]:
    """Return which parts of a family are not ours: of `o+v` the encoder.

    Examples
    --------
    >>> own_parts_of("o-o"), own_parts_of("-+v")
    (('encoder', 'marginal'), ())
    """
    if re.fullmatch(r"[-+o][-+o][-+vo]", family) is None:
        return ()
    return tuple(part for part, sign in zip(PARTS, family, strict=True) if sign == OWN_PART)


def check_family(family: str, side: int | None = None, frame: tuple[int, int] | None = None) -> str:
    """Return the name of a family, or raise `ValueError`.

    With `side` also where images of side x side pixels, or of a `frame` (height, width) within
    them, cannot have such a code.
    """
    found = discrete_of(family)
    if not is_family(family):
        known = ", ".join((*FAMILIES, *DISCRETE))
        raise ValueError(f"model must be one of {known}, got {family!r}")
    if found is None:
        return family
    if found.kind.startswith("bits") and not 1 <= found.size <= MOST_BITS:
        raise ValueError(f"model must have from 1 to {MOST_BITS} bits, got {family!r}")
    if side is None:
        return family
    height, width = frame or (side, side)
    if found.kind == "split" and found.size > height * width:
        raise ValueError(f"model must split off at most {height * width} pixels, got {family!r}")
    if found.kind == "coarse" and found.size not in coarse_sides(side)[1:]:
        allowed = ", ".join(f"coarse:{s}" for s in coarse_sides(side)[1:])
        raise ValueError(f"model must be one of {allowed} at {side}x{side} pixels, got {family!r}")
    return family


def coarse_sides(side: int) -> tuple[int, ...]:
    """Return the sides of an image and of its coarser ones: each half the one before, down to 4.

    An image that is that small has a coarser one all the same.

    Examples
    --------
    >>> coarse_sides(28), coarse_sides(4)
    ((28, 14, 7, 4), (4, 2))
    """
    sides = [side, (side + 1) // 2]
    while sides[-1] > 4:
        sides.append((sides[-1] + 1) // 2)
    return tuple(sides)


def code_of(family: str) -> str | None:
    """Return the kind of a discrete code, whatever decodes it; None for one of the twelve.

    Examples
    --------
    >>> code_of("split:98"), code_of("bits-:32"), code_of("-+v")
    ('split', 'bits', None)
    """
    found = discrete_of(family)
    return None if found is None else found.kind.rstrip("-+")


def parts_of(family: str) -> tuple[str, str, str]:
    """Return the signs of a family's encoder, decoder and marginal.

    Examples
    --------
    >>> parts_of("-+v"), parts_of("split:98"), parts_of("bits-:32")
    (('-', '+', 'v'), ('d', '+', 'a'), ('d', '-', 'a'))
    """
    if discrete_of(family) is None:
        encoder, decoder, marginal = tuple(check_family(family))
        return encoder, decoder, marginal
    return CODED, "+" if is_autoregressive(family) else "-", AUTOREGRESSIVE


def is_autoregressive(family: str) -> bool:
    """Return whether the decoder of a family sees pixels before it."""
    found = discrete_of(check_family(family))
    return family[1] == "+" if found is None else found.kind != "bits-"


def has_fixed_rate(family: str) -> bool:
    """Return whether the code of a family is a fixed map of the image."""
    found = discrete_of(check_family(family))
    return found is not None and found.kind in FIXED


def chosen_families(models: str) -> tuple[str, ...]:
    """Return the families that names and patterns, with commas between them, stand for.

    Patterns and "all" are of the twelve families; others are named one by one.
    """
    if models == "all":
        return FAMILIES
    chosen: dict[str, None] = {}
    for pattern in map(str.strip, models.split(",")):
        found = [family for family in FAMILIES if fnmatchcase(family, pattern)]
        if not found and is_family(pattern):
            found = [check_family(pattern)]
        if not found:
            known = ", ".join((*FAMILIES, *DISCRETE))
            raise ValueError(f"model must be one of {known} or a pattern, got {pattern!r}")
        chosen |= dict.fromkeys(found)
    return tuple(chosen)


def order_of(model: str) -> tuple[int, str, int]:
    """Return where a model stands among others: the twelve, then discrete codes by kind and size.

    Examples
    --------
    >>> sorted(["split:98", "bits-:8", "split:8", "-+v", "---"], key=order_of)
    ['---', '-+v', 'bits-:8', 'split:8', 'split:98']
    """
    found = discrete_of(model)
    if found is not None:
        return len(FAMILIES), found.kind, found.size
    if own_parts_of(model):
        return len(FAMILIES) + 1, model, 0
    return FAMILIES.index(model), "", 0
