"""Own images that a function makes: `faces.py:load` of a file, or `package.module:load`.

It takes no arguments and returns whatever `rdneural.data.own.read_own` takes: an array, (train,
valid, test), or a dict of arrays, with labels or without.
"""

import importlib
import importlib.util
import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any


def call(place: str, name: str) -> Any:  # noqa: ANN401  (anything that it returns)
    """Return what a function of a Python file, or of a module, returns.

    Raises
    ------
    ValueError
        where there is no such file, module or function, or it fails.

    Examples
    --------
    >>> call("nowhere.py", "load")
    Traceback (most recent call last):
    ValueError: nowhere.py:load must be a function of a file, got no file nowhere.py
    """
    function = _function(place, name)
    try:
        return function()
    except Exception as error:
        raise ValueError(
            f"{place}:{name} must return images, got {type(error).__name__}: {error}"
        ) from error


def _function(place: str, name: str) -> Callable[[], Any]:
    rule = f"{place}:{name} must be a function of a {'file' if _is_file(place) else 'module'}"
    if _is_file(place) and not os.path.isfile(place):
        raise ValueError(f"{rule}, got no file {place}")
    try:
        module = _of_file(Path(place)) if _is_file(place) else importlib.import_module(place)
    except Exception as error:
        raise ValueError(f"{rule}, got {type(error).__name__}: {error}") from error
    function = getattr(module, name, None)
    if not callable(function):
        raise ValueError(f"{rule}, got no function {name} in it")
    return function


def _is_file(place: str) -> bool:
    return place.endswith(".py")


def _of_file(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"rdlatent_own_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module
