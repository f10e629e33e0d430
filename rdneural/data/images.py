"""A set of binary images in three splits."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rdneural.records.layout import SPLITS
from rdtheory.checks import check_choice, check_count

Images = npt.NDArray[np.uint8]


INK_OF_BLOCK = 4
"""A pixel of `downsampled` is 1 where at least one in four pixels of its block is: half would wipe
out the thin strokes, and leave 46 of the 65,536 images of 4x4 pixels among MNIST's 10,000."""


@dataclass(frozen=True, eq=False)
class ImageData:
    """Images of zeros and ones on a square canvas, uint8 (N, side, side) for each split.

    Attributes
    ----------
    name : what the images are, as results and figures print it
    train, valid, test : (N, side, side), N of each split its own
    warning : one line to print wherever a result on these images is, or None for published data
    frame : height and width of the images, at the top left of the canvas; None where they fill it
    levels : values that pixels have: k / (levels - 1), float32 where they are more than 0 and 1
    grey : (N, side, side) float32, chances by which training images are drawn anew each epoch

    Raises
    ------
    TypeError
        where a split is no array of uint8.
    ValueError
        where one is empty, not square, of another size than the rest, or not of zeros and ones, or
        of ones beyond the frame.

    Examples
    --------
    >>> import numpy as np
    >>> corner = np.zeros((1, 2, 2), np.uint8)
    >>> corner[0, 0, 0] = 1
    >>> data = ImageData("corner", train=corner, valid=1 - corner, test=corner)
    >>> data.side
    2
    >>> data.split("valid").tolist()
    [[[0, 1], [1, 1]]]
    """

    name: str
    train: Images
    valid: Images
    test: Images
    warning: str | None = None
    frame: tuple[int, int] | None = None
    levels: int = 2
    grey: npt.NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        side = np.shape(self.train)[-1:]
        for split in SPLITS:
            _check_images(
                split, getattr(self, split), side=side[0] if side else 0, levels=self.levels
            )
            if self.frame is not None:
                _check_frame(split, getattr(self, split), *self.frame)
        if self.grey is not None and self.grey.shape != self.train.shape:
            raise ValueError(
                f"grey must have the shape of train, {self.train.shape}, got {self.grey.shape}"
            )

    @property
    def side(self) -> int:
        """Pixels along an edge of the canvas."""
        return int(self.train.shape[-1])

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the images."""
        return self.frame or (self.side, self.side)

    def split(self, name: str) -> Images:
        """Return the images of `train`, `valid` or `test`."""
        images: Images = getattr(self, check_choice("split", name, SPLITS))
        return images

    def downsampled(self, side: int) -> "ImageData":
        """Return the images at `side` x `side` pixels, for models that must be tiny.

        Each is cut into equal blocks; a block becomes 1 where a quarter of its pixels or more are.

        Examples
        --------
        >>> import numpy as np
        >>> images = np.array([[[1, 0, 0, 0], [0, 0, 0, 0], [1, 1, 0, 0], [1, 1, 0, 0]]], np.uint8)
        >>> tiny = ImageData("made", train=images, valid=images, test=images).downsampled(2)
        >>> tiny.name, tiny.train.tolist()
        ('made-2x2', [[[1, 0], [1, 0]]])
        """
        if self.frame is not None:
            raise ValueError(f"side must be that of own images, {self.side}, got {side}")
        if self.side % check_count("side", side) or side == self.side:
            raise ValueError(f"side must divide {self.side} and be below it, got {side}")
        shrunk = f"shrunk by us from {self.side}x{self.side} to {side}x{side} pixels"
        warnings = [self.warning] if self.warning else []
        name = f"{self.name}-{side}x{side}"
        return ImageData(
            name,
            train=_shrunk(self.train, side),
            valid=_shrunk(self.valid, side),
            test=_shrunk(self.test, side),
            warning="; ".join([*warnings, f"{name}: {shrunk}, never comparable with full images"]),
        )


def _shrunk(images: Images, side: int) -> Images:
    block = images.shape[-1] // side
    ink = images.reshape(-1, side, block, side, block).sum(axis=(2, 4), dtype=np.int64)
    return (ink * INK_OF_BLOCK >= block**2).astype(np.uint8)


def _check_images(name: str, images: Images, *, side: int, levels: int) -> None:
    kind = np.uint8 if levels == 2 else np.float32
    if not isinstance(images, np.ndarray) or images.dtype != kind:
        raise TypeError(f"{name} must be an array of {kind.__name__}, got {_kind(images)}")
    if images.ndim != 3 or images.shape[1:] != (side, side) or 0 in images.shape:
        raise ValueError(f"{name} must have shape (any, {side}, {side}), got {images.shape}")
    if images.max() > 1 or images.min() < 0:
        rule = "zeros and ones" if levels == 2 else "values in [0, 1]"
        raise ValueError(f"{name} must hold {rule}, got {images.max()}")


def _check_frame(name: str, images: Images, height: int, width: int) -> None:
    side = images.shape[-1]
    if not (0 < height <= side and 0 < width <= side):
        raise ValueError(f"frame must lie in {side}x{side} pixels, got {height}x{width}")
    if images[:, height:].any() or images[:, :, width:].any():
        raise ValueError(f"{name} must be 0 beyond the frame of {height}x{width} pixels, got ones")


def _kind(value: object) -> str:
    return str(value.dtype) if isinstance(value, np.ndarray) else type(value).__name__
