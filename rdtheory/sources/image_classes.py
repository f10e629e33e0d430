r"""What class an image of a source that can be enumerated is of: p(y|x), exactly.

    toy            the hidden class z\* that made it
    bars           rows or columns; the empty and the full image are either
    ising          whether most pixels are 0 or 1; as many of both are either
    templates      which glyph it was before its pixels were flipped

With them the most that a code of each rate can tell of the class is the information curve of
`rdtheory.bottleneck`, and what a model's code does tell is a sum (`rdneural.theory.classes`).
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from rdtheory.checks import Array
from rdtheory.sources.binary import ImageSource
from rdtheory.sources.mixtures import NOISE, glyphs
from rdtheory.toy.source import toy_source

Integers = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class ImageClasses:
    """The classes of a source's images.

    Parameters
    ----------
    names : K texts
    posterior : (X, K) p(y|x), a row for each image of the source

    Examples
    --------
    >>> from rdtheory.sources.images import named_image_source
    >>> classes = image_classes(named_image_source("bars:2x2"))
    >>> classes.names, classes.posterior.tolist()  # empty, two rows, full, two columns
    (('rows', 'columns'), [[0.5, 0.5], [1.0, 0.0], [1.0, 0.0], [0.5, 0.5], [0.0, 1.0], [0.0, 1.0]])
    """

    names: tuple[str, ...]
    posterior: Array

    def draw(self, letters: Integers, *, seed: int = 0) -> Integers:
        """Return a class y ~ p(y|x) of each of the letters (N,), (N,) int64."""
        uniform = np.random.default_rng(seed).random((len(letters), 1))
        below: Integers = (self.posterior[letters].cumsum(1)[:, :-1] <= uniform).sum(1)
        return below


def image_classes(source: ImageSource) -> ImageClasses:
    """Return the classes of a named source (`rdtheory.sources.images.named_image_source`).

    Raises
    ------
    ValueError
        where nothing is known of the classes of its images.

    Examples
    --------
    >>> from rdtheory.sources.images import named_image_source
    >>> image_classes(named_image_source("templates:3x3")).posterior.sum(1).min().round(12)
    np.float64(1.0)
    """
    family, images = source.name.partition(":")[0], source.images
    if family == "toy":
        return ImageClasses(("0", "1"), toy_source().posterior)
    if family == "bars":
        rows = (images == images[:, :, :1]).all((1, 2))
        columns = (images == images[:, :1]).all((1, 2))
        return ImageClasses(("rows", "columns"), _shared(rows, columns))
    if family == "ising":
        ones = images.mean((1, 2), dtype=float)
        return ImageClasses(("zeros", "ones"), _shared(ones <= 0.5, ones >= 0.5))
    if family == "templates":
        noise = float(source.name.rpartition("noise=")[2]) if "noise=" in source.name else NOISE
        flipped = (images[:, None] != glyphs(source.side)).sum((2, 3))  # (X, K)
        posterior = softmax(flipped * (np.log(noise) - np.log1p(-noise)), axis=1)
        return ImageClasses(("row", "column", "diagonal", "ring"), posterior)
    raise ValueError(f"classes must be of toy, bars, ising or templates, got {source.name}")


def _shared(first: Truths, second: Truths) -> Array:
    """Return p(y|x) of two classes (X,) of truth values, halves where an image is of both."""
    both = np.stack([first, second], axis=1).astype(float)
    found: Array = both / both.sum(axis=1, keepdims=True)
    return found
