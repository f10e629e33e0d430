"""Images that were handed over in Python, kept in a file so that other processes find them."""

from pathlib import Path
from typing import Any

import numpy as np

from rdneural.data.found import WHOLE, Found
from rdneural.data.objects import found_in
from rdneural.records.places import check_name
from rdtheory.results import write_arrays


def kept_images_of(
    images: Any,  # noqa: ANN401  (whatever `found_in` takes)
    directory: Path,
    name: str = "images",
    *,
    overwrite: bool = False,
) -> Path:
    """Write images that are an object as NAME.npz in a directory; return where.

    What is there already must be the same, unless it may be overwritten. Raises as
    `rdneural.data.own.read_own` does.

    Examples
    --------
    >>> import tempfile
    >>> from rdneural.data.own import read_own
    >>> with tempfile.TemporaryDirectory() as place:
    ...     path = kept_images_of(np.eye(9).reshape(9, 3, 3), Path(place), "dots")
    ...     read_own(path).name
    'dots (e82daebe)'
    """
    arrays = _arrays(found_in(images, check_name(name)))
    path = directory / f"{name}.npz"
    if path.exists():
        with np.load(path, allow_pickle=False) as stored:
            same = stored.files == list(arrays) and all(
                np.array_equal(stored[key], value) for key, value in arrays.items()
            )
        if same:
            return path
        if not overwrite:
            raise ValueError(f"data must be the images that {path} keeps, got others")
    write_arrays(path, arrays, overwrite=overwrite)
    return path


def _arrays(found: Found) -> dict[str, Any]:
    """Return images and labels by the names that `rdneural.data.found.found_among` knows."""
    arrays = {}
    for part, images in found.parts.items():
        arrays["images" if part == WHOLE else part] = np.asarray(images)
    for part, labels in found.labels.items():
        arrays["labels" if part == WHOLE else f"{part}_labels"] = np.asarray(labels)
    if found.shape is not None:
        arrays["shape"] = np.array(found.shape)
    return arrays
