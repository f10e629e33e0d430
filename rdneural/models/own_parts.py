"""Encoders, decoders and marginals of others, by name or by where their class is.

A part is a module whose forward returns a distribution: an encoder of images (B, 1, H, W) in [0,
1], a decoder of codes (B, dim), a marginal of nothing, or of the encoder where it takes one
argument (`own_modules` puts them together with ours). It is made by its class, or by a function,
which is given the `Sizes` of the model where it takes an argument: `sizes.dim` and `sizes.frame`
are what it has to fit.
"""

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from torch import nn

from rdneural.records.names import PARTS
from rdneural.records.parts import place_of_part
from rdneural.records.sizes import Sizes

Make = Callable[..., nn.Module]
"""A class, or a function, that returns a part."""

_known: dict[str, dict[str, Make]] = {part: {} for part in PARTS}


def register_encoder(name: str, make: Make) -> None:
    """Let `encoder="name"` stand for the encoder that a class or a function makes.

    What it makes is a module that returns e(z|x) of images (N, 1, H, W), a
    distribution. A name that is registered again stands for the new one.

    Examples
    --------
    >>> import torch
    >>> register_encoder("same", torch.nn.Identity)
    >>> found_part("encoder", "same").__name__
    'Identity'
    """
    _known["encoder"][name] = make


def register_decoder(name: str, make: Make) -> None:
    """Let `decoder="name"` stand for the decoder that a class or a function makes.

    It returns d(x|z) of codes (N, dim), as `register_encoder` has it for
    e(z|x).

    Examples
    --------
    >>> import torch
    >>> register_decoder("same", torch.nn.Identity)
    >>> found_part("decoder", "same").__name__
    'Identity'
    """
    _known["decoder"][name] = make


def register_marginal(name: str, make: Make) -> None:
    """Let `marginal="name"` stand for what a class or a function makes.

    It returns m(z), as `register_encoder` has it for e(z|x).

    Examples
    --------
    >>> import torch
    >>> register_marginal("same", torch.nn.Identity)
    >>> found_part("marginal", "same").__name__
    'Identity'
    """
    _known["marginal"][name] = make


def found_part(part: str, where: str) -> Make:
    """Return what makes a part: of a registered name, `module:Class` or `file.py:Class`.

    Raises
    ------
    ValueError
        where there is none.

    Examples
    --------
    >>> found_part("encoder", "torch.nn:Identity").__name__
    'Identity'
    >>> found_part("decoder", "nowhere:Decoder")
    Traceback (most recent call last):
    ValueError: decoder must be a registered name, module:Class or file.py:Class that can be \
imported here, or be given again to rdneural.load, got nowhere:Decoder: No module named 'nowhere'
    """
    if where in _known[part]:
        return _known[part][where]
    place, _, name = where.rpartition(":")
    try:
        if not place:
            raise ImportError(f"nothing is registered as {where!r}")
        found: Any = _module(place)
        for attribute in name.split("."):
            found = getattr(found, attribute)
        if not callable(found):
            raise TypeError(f"{name} is no class or function")
    except Exception as error:  # whatever importing a stranger's file may raise
        raise ValueError(
            f"{part} must be a registered name, module:Class or file.py:Class that can be imported "
            f"here, or be given again to rdneural.load, got {where}: "
            f"{' '.join(str(error).split()) or type(error).__name__}"
        ) from error
    made: Make = found
    return made


def _module(place: str) -> Any:  # noqa: ANN401
    if not place.endswith(".py"):
        return importlib.import_module(place)
    path = Path(place).resolve()
    name = f"_rdneural_part_{abs(hash(str(path)))}"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        if spec is None or spec.loader is None or not path.is_file():
            raise ImportError(f"no file {place}")
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[name]
            raise
    return sys.modules[name]


def named_part(part: str, given: Any) -> str:  # noqa: ANN401
    """Return the name under which a part is kept: of a name, a class, a function or a module.

    A module is copied for every model that is made; where its class is not at hand it is not
    there, as every class that a notebook defines.

    Raises
    ------
    TypeError
        where it is none of them.
    """
    if isinstance(given, str):
        return place_of_part(given)
    if isinstance(given, nn.Module):
        kind = type(given)
        name = f"{kind.__module__}:{kind.__qualname__}"
        _known[part][name] = _copies(given)
        return name
    if not callable(given):
        raise TypeError(
            f"{part} must be a name, a class, a function or a module, got {type(given).__name__}"
        )
    name = f"{given.__module__}:{given.__qualname__}"
    _known[part][name] = given
    return name


def stand_for(part: str, name: str, given: Any) -> None:  # noqa: ANN401
    """Let a class, a function or a module be what a run calls by this name, in this process."""
    _known[part][name] = found_part(part, named_part(part, given))


def _copies(module: nn.Module) -> Make:
    from copy import deepcopy

    kept = deepcopy(module)
    return lambda: deepcopy(kept)


def _takes_sizes(make: Make) -> bool:
    """Return whether something must have, or knows by name, the sizes that a part has to fit."""
    free = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return any(
        p.name == "sizes" or (p.default is p.empty and p.kind not in free)
        for p in inspect.signature(make).parameters.values()
    )


def made_part(part: str, where: str, sizes: Sizes) -> nn.Module:
    """Return a part as its class makes it; raises as `found_part` does."""
    make = found_part(part, where)
    try:
        takes = _takes_sizes(make)
        found = make(sizes) if takes else make()
    except Exception as error:
        raise ValueError(
            f"{part} must be made by {where}() or {where}(sizes), "
            f"got {type(error).__name__}: {' '.join(str(error).split())}"
        ) from error
    if not isinstance(found, nn.Module):
        raise TypeError(f"{part} must be a torch.nn.Module, got {type(found).__name__}")
    return found
