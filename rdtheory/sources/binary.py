r"""A source of small binary images that can be enumerated, so that p\*(x) is known exactly."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array, check_count, check_pmf
from rdtheory.information import entropy

Images = npt.NDArray[np.uint8]

LEAST_MASS = float(np.finfo(np.float64).tiny)
"""The least normal float64: below it digits are lost, and soon all of them."""


@dataclass(frozen=True, eq=False)
class ImageSource:
    r"""A source of binary images whose whole distribution is known.

    Parameters
    ----------
    name : how results call it; of a named source the text that
        `named_image_source` reads
    images : (X, side, side) uint8, zeros and ones, no image twice; kept as a
        read-only copy
    p_x : (X,) the source p\*(x), positive

    Raises
    ------
    TypeError
        where `name` is no text, `images` no array of uint8, or `p_x` holds no
        numbers.
    ValueError
        where the images are not square, not of zeros and ones, or one comes
        twice, or p_x is not a distribution, has another length, or has a letter
        without mass.

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
        """Return the source with rows of zeros below and columns to the right.

        Its entropy is the same. The name stays. Raises `ValueError` where
        `side` is below that of the images.

        Examples
        --------
        >>> images = np.array([[[0, 0], [1, 1]]], np.uint8)
        >>> bar = ImageSource("bar", images, [1.0])
        >>> bar.padded(3).images[0].tolist()
        [[0, 0, 0], [1, 1, 0], [0, 0, 0]]
        """
        more = check_count("side", side, low=self.side) - self.side
        if more == 0:
            return self
        wide = np.pad(self.images, ((0, 0), (0, more), (0, more)))
        return ImageSource(self.name, wide, self.p_x)


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


# -- what makers of such sources share -------------------------------------------------------------


def binary_digits(numbers: npt.NDArray[np.int64], count: int) -> Images:
    """Return the last `count` binary digits of each number, the most significant first."""
    return (numbers[:, None] >> np.arange(count - 1, -1, -1) & 1).astype(np.uint8)


def all_images(side: int) -> Images:
    """Return all 2^(side^2) images, in the order of the number that their raster makes."""
    return binary_digits(np.arange(2 ** (side**2)), side**2).reshape(-1, side, side)


def check_side(side: int, sides: range) -> int:
    """Return `side` as an integer that is among `sides`."""
    side = check_count("side", side, low=sides[0])
    if side not in sides:
        raise ValueError(f"side must be an integer of at most {sides[-1]}, got {side}")
    return side


def check_masses(p_x: Array, argument: str, seen: str) -> None:
    """Refuse masses that have lost digits; `argument` made them, and `seen` is what it was."""
    if p_x.min() < LEAST_MASS:
        rule = f"leave no mass below {LEAST_MASS:.2g}, where float64 loses digits"
        raise ValueError(f"{argument} must {rule}, got {seen}, which leaves {p_x.min():.2g}")


def name_of(family: str, side: int, arguments: dict[str, tuple[float, float]]) -> str:
    """Return a source's shortest name that says all: what differs from its default, few digits."""
    told = {name: value for name, (value, usual) in arguments.items() if value != usual}
    texts = (f"{name}={_text(value)}" for name, value in told.items())
    return ":".join([family, f"{side}x{side}", *texts])


def _text(value: float) -> str:
    short = f"{value:g}"
    return short if float(short) == value else repr(value)
