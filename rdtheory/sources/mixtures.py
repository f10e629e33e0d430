"""Mixtures of images of independent pixels, enumerated; four glyphs with a few pixels flipped."""

import math

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array, check_array, check_number, check_pmf
from rdtheory.sources.binary import ImageSource, all_images, check_masses, check_side, name_of

NOISE = 0.05

MIXTURE_SIDES = range(2, 5)
GLYPH_SIDES = range(3, 5)  # from side 3 on a ring has an inside


def bernoulli_mixture(
    templates: npt.ArrayLike, weights: npt.ArrayLike | None = None, *, name: str = "mixture"
) -> ImageSource:
    r"""Return the mixture of K images of independent pixels.

    It is over all 2^(side^2) images.

        p(x) = sum_k w_k prod_i t_ki^x_i (1 - t_ki)^(1 - x_i)

    They come in the order of the binary number that their pixels make in raster
    order.

    Parameters
    ----------
    templates : (K, side, side) probabilities t that a pixel is 1, in (0, 1), of
        side 2, 3 or 4
    weights : (K,) masses w of the templates; equal where not given
    name : how results call the source; `named_image_source` does not read it

    Raises
    ------
    ValueError
        where the shapes do not fit, a probability is not in (0, 1), the weights
        are not a distribution, or a mass p(x) is below 2.2e-308, where float64
        loses digits.

    Examples
    --------
    >>> first, second = [[0.9, 0.1], [0.1, 0.1]], [[0.1, 0.1], [0.1, 0.9]]
    >>> source = bernoulli_mixture([first, second])
    >>> print(round(source.p_x[0b1000], 6))  # (0.9^4 + 0.1^2 0.9^2) / 2
    0.3321
    """
    templates, weights = _check_mixture(templates, weights)
    p_x = _mixture(np.log(templates), np.log1p(-templates), weights)
    check_masses(p_x, "templates", f"from {templates.min():g} to {templates.max():g}")
    return ImageSource(name, all_images(templates.shape[-1]), p_x)


def templates(side: int, *, noise: float = NOISE) -> ImageSource:
    r"""Return the mixture of four glyphs, each pixel flipped with chance `noise`.

    The glyphs are equally likely. The glyphs are a horizontal and a vertical
    bar through the middle (below and right of it where the side is even), the
    main diagonal, and the ring of all border pixels.

    Raises `ValueError` where `side` is not 3 or 4, `noise` is not in (0, 0.5),
    or so small that a mass is below 2.2e-308, where float64 loses digits.

    Examples
    --------
    >>> source = templates(3)
    >>> likeliest = source.images[np.argsort(source.p_x)[-4:]]
    >>> sorted(likeliest.sum(axis=(1, 2)).tolist())  # three bars and a ring
    [3, 3, 3, 8]
    """
    side = check_side(side, GLYPH_SIDES)
    inside = {"low": math.ulp(0.0), "high": math.nextafter(0.5, 0.0)}
    noise = check_number("noise", noise, **inside, rule="in (0, 0.5)")
    shapes = glyphs(side)
    # in logarithms, since 1 - noise may round to 1
    log_kept, log_flipped = math.log1p(-noise), math.log(noise)
    log_on = np.where(shapes, log_kept, log_flipped)
    log_off = np.where(shapes, log_flipped, log_kept)
    p_x = _mixture(log_on, log_off, np.full(len(shapes), 1 / len(shapes)))
    check_masses(p_x, "noise", f"{noise:g}")
    name = name_of("templates", side, {"noise": (noise, NOISE)})
    return ImageSource(name, all_images(side), p_x)


def _mixture(log_on: Array, log_off: Array, weights: Array) -> Array:
    """Return p(x) of pixels with log-probabilities (K, side, side) of being 1 and of being 0."""
    count, side, _ = log_on.shape
    pixels = all_images(side).reshape(-1, side**2)
    p_x = np.zeros(len(pixels))
    for k in range(count):  # one at a time, for the memory's sake
        p_x += weights[k] * np.exp(pixels @ log_on[k].ravel() + (1 - pixels) @ log_off[k].ravel())
    return p_x


def glyphs(side: int) -> npt.NDArray[np.bool_]:
    """Return the four glyphs of `templates`, (4, side, side).

    Examples
    --------
    >>> glyphs(3)[2].astype(int).tolist()
    [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    """
    row, column = np.indices((side, side))
    edge = (0, side - 1)
    ring = np.isin(row, edge) | np.isin(column, edge)
    return np.array([row == side // 2, column == side // 2, row == column, ring])


def _check_mixture(templates: npt.ArrayLike, weights: npt.ArrayLike | None) -> tuple[Array, Array]:
    templates = check_array("templates", templates, ndim=3)
    count, height, width = templates.shape
    if height != width or height not in MIXTURE_SIDES:
        rule = f"(any, side, side) with side in {MIXTURE_SIDES[0]}..{MIXTURE_SIDES[-1]}"
        raise ValueError(f"templates must have shape {rule}, got {templates.shape}")
    wrong = (templates <= 0) | (templates >= 1)
    if wrong.any():
        i, j, k = (int(i) for i in np.argwhere(wrong)[0])
        seen = f"templates[{i}, {j}, {k}] = {templates[i, j, k]}"
        raise ValueError(f"templates must be in (0, 1), got {seen}")
    weights = np.full(count, 1 / count) if weights is None else check_pmf("weights", weights)
    if weights.size != count:
        raise ValueError(f"weights must have one mass per template, {count}, got {weights.size}")
    return templates, weights
