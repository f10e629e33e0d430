"""What names images in the settings of a run: a published set, a source, or own images."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rdneural.data.images import ImageData
from rdneural.data.load import has_files
from rdneural.data.own import frame_of, read_own, remember
from rdneural.data.places import is_own_place
from rdneural.records.own import LATER_OF_OWN, OWN
from rdneural.records.settings import DATASETS, check_source, is_source, place_of_data


def naming(
    data: Any,  # noqa: ANN401  (a name, a place, or whatever users have)
    *,
    where: str = "auto",
    binarise: str | None = None,
    split_seed: int = 0,
    name: str = "images",
) -> dict[str, Any]:
    """Return the entries of `RunSettings` that name images.

    Parameters
    ----------
    data
        `mnist`, `omniglot`, `mnist5k`, a source such as `bars:4x4`, a directory with the files of
        mnist or omniglot, or whatever `rdneural.data.own.read_own` takes. An object is made binary
        and kept in memory, under a place that this process alone knows.
    where
        a directory with the files of a published set, or "auto".
    binarise, split_seed, name
        of own images, as of `read_own`; those of others have none.

    Raises
    ------
    TypeError
        where an object is nothing that could hold images.
    ValueError
        where a name is unknown, or own images are not usable as far as that can be seen at once.

    Examples
    --------
    >>> naming("mnist5k")["data"], naming("bars:4x4")["dataset"]
    ('mnist5k', 'bars:4x4')
    """
    found: dict[str, Any] = {**LATER_OF_OWN, "data": where}
    rule: dict[str, Any] = {"binarise": binarise, "split_seed": split_seed}
    if not isinstance(data, str | os.PathLike):
        if isinstance(data, ImageData):  # binary, and in splits
            rule = _only_own(rule)
        images = read_own(data, binarise=binarise, split_seed=split_seed, name=name)
        return found | rule | {"dataset": OWN, "data": remember(images), "frame": images.shape}
    data = os.fspath(data)
    published = _published(data)
    if published is not None:
        return found | _only_own(rule) | published
    if not is_own_place(data):
        try:
            check_source(data)
        except ValueError as error:
            place = "" if is_source(data) else ", and no place with images"
            raise ValueError(f"{error}{place}") from error
        return found | _only_own(rule) | {"dataset": data}
    return found | rule | {"dataset": OWN, "data": place_of_data(data), "frame": frame_of(data)}


def _published(data: str) -> dict[str, str] | None:
    """Return the set and the place of published images, None where a name is of no such."""
    if data == "mnist5k":
        return {"dataset": "mnist", "data": data}
    if data in DATASETS:
        return {"dataset": data}
    if not is_source(data) and Path(data).is_dir():
        for dataset in DATASETS:
            if has_files(dataset, Path(data)):
                return {"dataset": dataset, "data": data}
    return None


def _only_own(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return nothing; `ValueError` where a rule of own images is asked for with others."""
    for name, value in rule.items():
        if value != LATER_OF_OWN[name]:
            raise ValueError(f"{name} goes with own images, got {value}")
    return {}
