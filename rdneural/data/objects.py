"""Own images that are objects of Python: arrays, tensors, data sets as torchvision has them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from rdneural.data.folders import grey_of_picture
from rdneural.data.found import WHOLE, Found, found_among
from rdneural.records.layout import SPLITS


def found_in(value: Any, name: str) -> Found:  # noqa: ANN401  (whatever users have)
    """Return the images in an object of Python.

    It is an array or a tensor; a pair (images, labels); a triple (train, valid, test), each of them
    images or such a pair; a dict, as of the arrays of an `.npz`, whose `train`, `valid` and `test`
    may be such pairs; or has `len` and `[i]`, which gives a picture, an array or a tensor, or a
    pair of such and its label.

    Raises
    ------
    TypeError
        where it is none of these.

    Examples
    --------
    >>> found = found_in((np.zeros((3, 2, 2)), [0, 1, 1]), "made")
    >>> found.parts[""].shape, found.labels[""].tolist()
    ((3, 2, 2), [0, 1, 1])
    """
    if isinstance(value, Mapping):
        return found_among(name, dict(_named(value, name)))
    if isinstance(value, tuple) and len(value) == len(SPLITS):
        pairs = {split: _pair(each, name) for split, each in zip(SPLITS, value, strict=True)}
    else:
        pairs = {WHOLE: _pair(value, name)}
    labels = {part: labels for part, (_, labels) in pairs.items() if labels is not None}
    parts = {part: images for part, (images, _) in pairs.items()}
    return Found(name, parts, labels if len(labels) == len(parts) else {})


def _named(value: Mapping[Any, Any], name: str) -> Iterator[tuple[str, Any]]:
    """Yield arrays by name; what stands for a split may be a pair, or a data set with labels."""
    for key, each in value.items():
        if key not in SPLITS:
            yield str(key), _array(each)
            continue
        images, labels = _pair(each, f"{name}[{key!r}]")
        yield key, images
        if labels is not None:
            yield f"{key}_labels", labels


def _pair(value: Any, name: str) -> tuple[Any, Any]:  # noqa: ANN401
    """Return images and labels, None where there are no labels."""
    if isinstance(value, tuple) and len(value) == 2:
        images, labels = value
        return _array(images), _array(labels)
    if _is_array(value):
        return _array(value), None
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return _items(value, name)
    if hasattr(value, "__len__") and hasattr(value, "__getitem__"):
        return _items(value, name)
    raise TypeError(
        f"data must be an array, a tensor, (train, valid, test), a dict, a data set with len and "
        f"[i], or a place, got {type(value).__name__}"
    )


def _items(dataset: Any, name: str) -> tuple[Any, Any]:  # noqa: ANN401
    """Return the images of a data set, and its labels where every item has one."""
    if len(dataset) == 0:
        raise ValueError(f"{name} must hold images, got none")
    items = [dataset[index] for index in range(len(dataset))]
    paired = all(isinstance(item, tuple | list) and len(item) == 2 and np.ndim(_array(item[1])) == 0
                 for item in items)  # fmt: skip
    images = [_image(item[0] if paired else item, f"{name}[{i}]") for i, item in enumerate(items)]
    sizes = sorted({image.shape for image in images})
    if len(sizes) > 1:
        raise ValueError(f"{name} must have images of one size, got {sizes[0]} and {sizes[-1]}")
    labels = np.array([_array(item[1]) for item in items]) if paired else None
    return np.stack(images), labels


def _image(value: Any, name: str) -> Any:  # noqa: ANN401
    return grey_of_picture(value, name) if hasattr(value, "convert") else np.asarray(_array(value))


def _is_array(value: Any) -> bool:  # noqa: ANN401
    return hasattr(value, "__array__") or hasattr(value, "detach")


def _array(value: Any) -> Any:  # noqa: ANN401
    """Return an array as it is, a tensor as an array on this machine."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    return value if isinstance(value, np.ndarray) else np.asarray(value)
