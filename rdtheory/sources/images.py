r"""Sources of small binary images that can be enumerated: every p\*(x) is known exactly.

A source is a list of images x of side x side pixels, zeros and ones, with a mass p\*(x) for each.
Entropy, and the rate and distortion of a model, are then finite sums, and what a neural model
reaches can be held against what is possible.

    toy            the toy source, each bin drawn as five bits of a Gray code
    bars           rows or columns that are all of one colour
    ising          neighbours that like to agree, at the critical temperature unless told otherwise
    templates      four glyphs with a few pixels flipped

Sources: Ising, *Zeitschrift fuer Physik* 31 (1925); Onsager, *Physical Review* 65 (1944), for the
critical temperature; MacKay, *Information Theory, Inference, and Learning Algorithms* (2003),
chapters 31 (Ising) and 43 (bars and stripes).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from rdtheory.checks import Array, check_array, check_count, check_number, check_pmf
from rdtheory.information import entropy
from rdtheory.toy.source import toy_source

Images = npt.NDArray[np.uint8]

CRITICAL_TEMPERATURE = 2 / math.log(1 + math.sqrt(2))
"""Where the endless square lattice of unit coupling begins to order: Onsager (1944)."""

NOISE = 0.05

LEAST_MASS = float(np.finfo(np.float64).tiny)
"""The least normal float64: below it digits are lost, and soon all of them."""

MOST_STRENGTH = 1e300
"""Of coupling / temperature, so that no sum over neighbours overflows."""

TOY_SIDE = 4
TOY_BITS = 5

MIXTURE_SIDES = range(2, 5)
ISING_SIDES = range(2, 5)
BAR_SIDES = range(2, 9)
GLYPH_SIDES = range(3, 5)  # from side 3 on a ring has an inside


@dataclass(frozen=True, eq=False)
class ImageSource:
    r"""A source of binary images whose whole distribution is known.

    Parameters
    ----------
    name : how results call it; of a named source the text that `named_image_source` reads
    images : (X, side, side) uint8, zeros and ones, no image twice; kept as a read-only copy
    p_x : (X,) the source p\*(x), positive

    Raises
    ------
    TypeError
        where `name` is no text, `images` no array of uint8, or `p_x` holds no numbers.
    ValueError
        where the images are not square, not of zeros and ones, or one comes twice, or p_x is not
        a distribution, has another length, or has a letter without mass.

    Examples
    --------
    >>> corner = np.array([[[0, 0], [0, 0]], [[1, 0], [0, 0]]], np.uint8)
    >>> source = ImageSource("corner", corner, [0.75, 0.25])
    >>> source.side, round(source.entropy, 6)
    (2, 0.562335)
    >>> source.sample(8, seed=1)[:, 0, 0]
    array([0, 1, 0, 1, 0, 0, 1, 0], dtype=uint8)
    """

    name: str
    images: Images
    p_x: Array

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise TypeError(f"name must be text, got {type(self.name).__name__}")
        images = _check_images(self.images)
        p_x = check_pmf("p_x", self.p_x)
        if p_x.size != len(images):
            raise ValueError(f"p_x must have one mass per image, {len(images)}, got {p_x.size}")
        if not p_x.all():
            raise ValueError(f"p_x must be positive, got p_x[{int(np.argmin(p_x))}] = 0.0")
        images.flags.writeable = p_x.flags.writeable = False
        object.__setattr__(self, "images", images)
        object.__setattr__(self, "p_x", p_x)

    @property
    def side(self) -> int:
        """Pixels along an edge."""
        return int(self.images.shape[-1])

    @property
    def entropy(self) -> float:
        r"""H = -sum_x p\*(x) log p\*(x) in nats."""
        return entropy(self.p_x)

    def sample(self, count: int, *, seed: int = 0) -> Images:
        """Return independent draws, uint8 (count, side, side).

        Raises `ValueError` where `count` is below 1 or `seed` negative.
        """
        random = np.random.default_rng(check_count("seed", seed, low=0))
        letters = random.choice(len(self.p_x), size=check_count("count", count), p=self.p_x)
        return self.images[letters]

    def padded(self, side: int) -> "ImageSource":
        """Return the source with zero rows below and zero columns to the right, of equal entropy.

        The name stays. Raises `ValueError` where `side` is below that of the images.

        Examples
        --------
        >>> bars_and_stripes(2).padded(3).images[1].tolist()
        [[0, 0, 0], [1, 1, 0], [0, 0, 0]]
        """
        more = check_count("side", side, low=self.side) - self.side
        if more == 0:
            return self
        wide = np.pad(self.images, ((0, 0), (0, more), (0, more)))
        return ImageSource(self.name, wide, self.p_x)


# -- families -------------------------------------------------------------------------------------


def toy_images() -> ImageSource:
    r"""Return the toy source of `rdtheory.toy.source` as 4x4 images.

    Bin j is drawn as its reflected Gray code, j XOR floor(j / 2): five bits, the most significant
    first, in the first five pixels of the raster. So neighbouring bins differ in one pixel. All
    other pixels are 0.

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
    pixels[:, :TOY_BITS] = _bits(bins ^ (bins >> 1), TOY_BITS)
    return ImageSource("toy", pixels.reshape(-1, TOY_SIDE, TOY_SIDE), p_x)


def bars_and_stripes(side: int = 4) -> ImageSource:
    r"""Return all images of constant rows and all of constant columns, each equally likely.

    There are 2^side of either kind, and the empty and the full one are both: H is
    log(2^(side + 1) - 2). First come the images of constant rows, then the rest of those of
    constant columns, each by the binary number of their colours. MacKay (2003), chapter 43. Raises
    `ValueError` where `side` is not in 2..8.

    Examples
    --------
    >>> source = bars_and_stripes()
    >>> source.name, len(source.images), round(source.entropy, 6)  # log 30
    ('bars:4x4', 30, 3.401197)
    """
    side = _check_side(side, BAR_SIDES)
    colours = _bits(np.arange(2**side), side)
    rows = np.repeat(colours[:, :, None], side, axis=2)
    images = np.concatenate([rows, rows[1:-1].transpose(0, 2, 1)])
    return ImageSource(f"bars:{side}x{side}", images, np.full(len(images), 1 / len(images)))


def ising(
    side: int, *, coupling: float = 1.0, temperature: float = CRITICAL_TEMPERATURE
) -> ImageSource:
    r"""Return the Ising model on a square with free boundaries, spins s = 2x - 1.

        p(x) = exp(K sum_(i, j neighbours) s_i s_j) / Z,    K = coupling / temperature,

    where Z sums over all 2^(side^2) images. They come in the order of the binary number that their
    pixels make in raster order. A positive coupling makes neighbours agree, a negative one differ.

    Parameters
    ----------
    side : 2, 3 or 4: 16, 512 or 65,536 images
    coupling : any finite number
    temperature : above 0

    Raises
    ------
    ValueError
        where an argument is out of range, or coupling / temperature so large that a mass is below
        2.2e-308, where float64 loses digits.

    Examples
    --------
    >>> source = ising(2, temperature=2.0)
    >>> print(round(source.p_x[0], 6))  # exp(4/2) / ((2 cosh 1/2)^4 + (2 sinh 1/2)^4)
    0.273175
    """
    side = _check_side(side, ISING_SIDES)
    coupling, temperature = _check_coupling(coupling, temperature)
    log_weights = coupling / temperature * _bonds(side)
    p_x = np.exp(log_weights - logsumexp(log_weights))
    seen = f"coupling = {coupling:g} and temperature = {temperature:g}"
    _check_masses(p_x, "coupling / temperature", seen)
    defaults = {"coupling": (coupling, 1.0), "temperature": (temperature, CRITICAL_TEMPERATURE)}
    return ImageSource(_name("ising", side, defaults), _all_images(side), p_x)


def ising_log_partition(
    side: int, *, coupling: float = 1.0, temperature: float = CRITICAL_TEMPERATURE
) -> float:
    r"""Return log Z of `ising`, log sum_x exp(K sum_(i, j neighbours) s_i s_j), by enumeration.

    Parameters are those of `ising`. Raises `ValueError` where one is out of range; no coupling is
    too large here, up to a coupling / temperature of 1e300.

    Examples
    --------
    >>> log_z = ising_log_partition(2, temperature=2.0)  # neighbours form a ring of four
    >>> np.isclose(log_z, np.log((2 * np.cosh(0.5)) ** 4 + (2 * np.sinh(0.5)) ** 4))
    np.True_
    """
    side = _check_side(side, ISING_SIDES)
    coupling, temperature = _check_coupling(coupling, temperature)
    return float(logsumexp(coupling / temperature * _bonds(side)))


def bernoulli_mixture(
    templates: npt.ArrayLike, weights: npt.ArrayLike | None = None, *, name: str = "mixture"
) -> ImageSource:
    r"""Return the mixture of K images of independent pixels, over all 2^(side^2) images.

        p(x) = sum_k w_k prod_i t_ki^x_i (1 - t_ki)^(1 - x_i)

    They come in the order of the binary number that their pixels make in raster order.

    Parameters
    ----------
    templates : (K, side, side) probabilities t that a pixel is 1, in (0, 1), of side 2, 3 or 4
    weights : (K,) masses w of the templates; equal where not given
    name : how results call the source; `named_image_source` does not read it

    Raises
    ------
    ValueError
        where the shapes do not fit, a probability is not in (0, 1), the weights are not a
        distribution, or a mass p(x) is below 2.2e-308, where float64 loses digits.

    Examples
    --------
    >>> source = bernoulli_mixture([[[0.9, 0.1], [0.1, 0.1]], [[0.1, 0.1], [0.1, 0.9]]])
    >>> print(round(source.p_x[0b1000], 6))  # (0.9^4 + 0.1^2 0.9^2) / 2
    0.3321
    """
    templates, weights = _check_mixture(templates, weights)
    p_x = _mixture(np.log(templates), np.log1p(-templates), weights)
    _check_masses(p_x, "templates", f"from {templates.min():g} to {templates.max():g}")
    return ImageSource(name, _all_images(templates.shape[-1]), p_x)


def templates(side: int, *, noise: float = NOISE) -> ImageSource:
    r"""Return the mixture of four glyphs, equally likely, each pixel flipped with chance `noise`.

    The glyphs are a horizontal and a vertical bar through the middle (below and right of it where
    the side is even), the main diagonal, and the ring of all border pixels.

    Raises `ValueError` where `side` is not 3 or 4, `noise` is not in (0, 0.5), or so small that a
    mass is below 2.2e-308, where float64 loses digits.

    Examples
    --------
    >>> source = templates(3)
    >>> likeliest = source.images[np.argsort(source.p_x)[-4:]]
    >>> sorted(likeliest.sum(axis=(1, 2)).tolist())  # three bars and a ring
    [3, 3, 3, 8]
    """
    side = _check_side(side, GLYPH_SIDES)
    inside = {"low": math.ulp(0.0), "high": math.nextafter(0.5, 0.0)}
    noise = check_number("noise", noise, **inside, rule="in (0, 0.5)")
    glyphs = _glyphs(side)
    # in logarithms, since 1 - noise may round to 1
    log_kept, log_flipped = math.log1p(-noise), math.log(noise)
    log_on = np.where(glyphs, log_kept, log_flipped)
    log_off = np.where(glyphs, log_flipped, log_kept)
    p_x = _mixture(log_on, log_off, np.full(len(glyphs), 1 / len(glyphs)))
    _check_masses(p_x, "noise", f"{noise:g}")
    name = _name("templates", side, {"noise": (noise, NOISE)})
    return ImageSource(name, _all_images(side), p_x)


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

    The families are `toy`, `bars:KxK`, `ising:KxK` (arguments `coupling`, `temperature`) and
    `templates:KxK` (argument `noise`). The name of the source tells only the arguments that are not
    the defaults.

    Raises
    ------
    TypeError
        where `text` is none.
    ValueError
        where the family is unknown, the size missing or out of range, an argument unknown, given
        twice, or no number, or its value out of range.

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


def _name(family: str, side: int, arguments: dict[str, tuple[float, float]]) -> str:
    """Return the shortest text that says all: what differs from its default, in few digits."""
    told = {name: value for name, (value, usual) in arguments.items() if value != usual}
    texts = (f"{name}={_text(value)}" for name, value in told.items())
    return ":".join([family, f"{side}x{side}", *texts])


def _text(value: float) -> str:
    short = f"{value:g}"
    return short if float(short) == value else repr(value)


# -- on checked arguments -------------------------------------------------------------------------


def _bits(numbers: npt.NDArray[np.int64], count: int) -> Images:
    """Return the last `count` binary digits of each number, the most significant first."""
    return (numbers[:, None] >> np.arange(count - 1, -1, -1) & 1).astype(np.uint8)


def _all_images(side: int) -> Images:
    return _bits(np.arange(2 ** (side**2)), side**2).reshape(-1, side, side)


def _bonds(side: int) -> Array:
    """Return sum_(i, j neighbours) s_i s_j of all images, (2^(side^2),)."""
    spins = 2 * _all_images(side).astype(np.int8) - 1
    down = (spins[:, 1:] * spins[:, :-1]).sum(axis=(1, 2))
    right = (spins[:, :, 1:] * spins[:, :, :-1]).sum(axis=(1, 2))
    return (down + right).astype(np.float64)


def _mixture(log_on: Array, log_off: Array, weights: Array) -> Array:
    """Return p(x) of pixels with log-probabilities (K, side, side) of being 1 and of being 0."""
    count, side, _ = log_on.shape
    pixels = _all_images(side).reshape(-1, side**2)
    p_x = np.zeros(len(pixels))
    for k in range(count):  # one at a time, for the memory's sake
        p_x += weights[k] * np.exp(pixels @ log_on[k].ravel() + (1 - pixels) @ log_off[k].ravel())
    return p_x


def _glyphs(side: int) -> npt.NDArray[np.bool_]:
    row, column = np.indices((side, side))
    edge = (0, side - 1)
    ring = np.isin(row, edge) | np.isin(column, edge)
    return np.array([row == side // 2, column == side // 2, row == column, ring])


def _check_images(images: Images) -> Images:
    """Return a copy of `images`."""
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8:
        kind = images.dtype if isinstance(images, np.ndarray) else type(images).__name__
        raise TypeError(f"images must be an array of uint8, got {kind}")
    shape = images.shape
    if images.ndim != 3 or shape[1] != shape[2] or 0 in shape:
        raise ValueError(f"images must have shape (any, side, side), got {shape}")
    if images.max() > 1:
        raise ValueError(f"images must hold zeros and ones, got {images.max()}")
    packed = np.packbits(images.reshape(len(images), -1), axis=1)
    first: dict[bytes, int] = {}
    for i, image in enumerate(packed):
        if (j := first.setdefault(image.tobytes(), i)) != i:
            raise ValueError(f"images must differ from each other, got images {j} and {i} equal")
    return images.copy()


def _check_side(side: int, sides: range) -> int:
    side = check_count("side", side, low=sides[0])
    if side not in sides:
        raise ValueError(f"side must be an integer of at most {sides[-1]}, got {side}")
    return side


def _check_coupling(coupling: float, temperature: float) -> tuple[float, float]:
    coupling = check_number("coupling", coupling) + 0.0  # no -0
    rule = "a finite number above 0"
    temperature = check_number("temperature", temperature, low=math.ulp(0.0), rule=rule)
    strength = coupling / temperature
    check_number("coupling / temperature", strength, low=-MOST_STRENGTH, high=MOST_STRENGTH)
    return coupling, temperature


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


def _check_masses(p_x: Array, argument: str, seen: str) -> None:
    if p_x.min() < LEAST_MASS:
        rule = f"leave no mass below {LEAST_MASS:.2g}, where float64 loses digits"
        raise ValueError(f"{argument} must {rule}, got {seen}, which leaves {p_x.min():.2g}")
