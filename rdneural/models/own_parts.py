"""Encoders, decoders and marginals of others, by name or by where their class is.

A part is a module whose forward returns a distribution: an encoder of images (B, 1, H, W) in
[0, 1], a decoder of codes (B, dim), a marginal of nothing, or of the encoder where it takes one
argument. It is made by its class, or by a function, which is given the `Sizes` of the model where
it takes an argument: `sizes.dim` and `sizes.frame` are what it has to fit.
"""

import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rdneural.models.code_distributions import DiagonalNormal
from rdneural.models.encoders import spread_of
from rdneural.models.marginals import Marginal
from rdneural.models.own_codes import codes_of, spread_out
from rdneural.models.own_images import OwnImages, images_of
from rdneural.models.torch_distributions import Made, is_density
from rdneural.records.names import OWN_PART, PARTS
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
    """
    _known["decoder"][name] = make


def register_marginal(name: str, make: Make) -> None:
    """Let `marginal="name"` stand for what a class or a function makes.

    It returns m(z), as `register_encoder` has it for e(z|x).
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


# -- modules around them ---------------------------------------------------------------------------


class OwnEncoder(nn.Module):
    """An encoder of others: its distributions as ours are, and wider where a rate is settled.

    `dim` is that of its codes, which a first image tells.
    """

    spread: Tensor

    def __init__(self, own: nn.Module, sizes: Sizes) -> None:
        super().__init__()
        self.own, self.frame = own, sizes.shape
        self.register_buffer("spread", torch.zeros(()))
        codes = tried(own, lambda: self._codes(torch.zeros(2, 1, *self.frame)), "encoder")
        z = tried(own, codes.rsample_with_log_prob, "encoder")[0]
        if z.dim() != 2 or len(z) != 2:
            raise ValueError(f"encoder must draw codes (B, dim), got {tuple(z.shape)} of 2 images")
        self.dim = z.shape[1]
        self.widens = spread_out(codes, torch.ones(())) is not codes

    def forward(self, x: Tensor) -> Any:  # noqa: ANN401
        """Return the distribution of codes of images (B, 1, side, side) in [0, 1]."""
        height, width = self.frame
        codes = self._codes(x[..., :height, :width])
        return spread_out(codes, self.spread.exp()) if self.widens else codes

    def _codes(self, x: Tensor) -> Any:  # noqa: ANN401
        return codes_of(self.own(x), part="encoder", batch=len(x))

    @property
    def log_spread(self) -> Tensor | None:
        """The number that widens its distributions: ours where they have scales, else its own."""
        return self.spread if self.widens else spread_of(self.own)

    @property
    def normal(self) -> "OwnEncoder":
        """Itself, where its distributions are normal, as a VampPrior wants."""
        return self

    def trained(self, x: Tensor) -> DiagonalNormal:
        """Return its normals as training left them; `ValueError` where they are none."""
        height, width = self.frame
        codes = self._codes(x[..., :height, :width])
        if not isinstance(codes, DiagonalNormal):
            raise ValueError(
                "marginal v must have an encoder of independent normals, "
                f"got {type(getattr(codes, 'made', codes)).__name__}"
            )
        return codes


class OwnDecoder(nn.Module):
    """A decoder of others: its distributions as ours are."""

    def __init__(self, own: nn.Module, sizes: Sizes) -> None:
        super().__init__()
        self.own, self.frame, self.side = own, sizes.shape, sizes.side
        found = tried(own, lambda: self(torch.zeros(2, sizes.dim)), "decoder")
        self.differential = isinstance(found.made, Made) and is_density(found.made)
        x = torch.zeros(2, 1, self.side, self.side)
        check_log_prob(tried(own, lambda: found.log_prob(x), "decoder"), 2, "decoder")

    def start_at(self, mean: float) -> None:
        """Let pixels start at about probability `mean`, where it knows how to."""
        if callable(getattr(self.own, "start_at", None)):
            self.own.start_at(mean)  # type: ignore[operator]

    def forward(self, z: Tensor) -> OwnImages:
        """Return the distribution of images given codes (B, dim)."""
        return images_of(self.own(z), count=len(z), frame=self.frame, side=self.side)


class OwnMarginal(Marginal, nn.Module):
    """A marginal of others: its distribution as ours is."""

    def __init__(self, own: nn.Module, sizes: Sizes, encoder: nn.Module) -> None:
        super().__init__()
        self.own, self.frame = own, sizes.shape
        self.takes_encoder = bool(inspect.signature(own.forward).parameters)
        z = torch.zeros(2, sizes.dim)
        check_log_prob(tried(own, lambda: self(encoder).log_prob(z), "marginal"), 2, "marginal")

    def start_at(self, images: Tensor) -> None:
        """Take what images tell of good starting values, where it knows how to."""
        if callable(getattr(self.own, "start_at", None)):
            height, width = self.frame
            self.own.start_at(images[..., :height, :width])  # type: ignore[operator]

    def forward(self, encoder: nn.Module) -> Any:  # noqa: ANN401
        """Return the distribution of codes."""
        found = self.own(encoder) if self.takes_encoder else self.own()
        return codes_of(found, part="marginal", batch=None)


def tried(own: nn.Module, call: Callable[[], Any], part: str) -> Any:  # noqa: ANN401
    """Return what a part returns of a first call, after which it is as it was.

    Raises
    ------
    ValueError, TypeError
        where it fails, with the part's name.
    """
    modes = {module: module.training for module in own.modules()}
    own.eval()  # so that statistics of batches stay as they are
    try:
        with torch.no_grad(), torch.random.fork_rng(devices=[]):
            return call()
    except (TypeError, ValueError) as error:
        if str(error).startswith((part, "marginal v")):
            raise
        raise _failed(part, own, error) from error
    except Exception as error:
        raise _failed(part, own, error) from error
    finally:
        for module, mode in modes.items():
            module.training = mode


def _failed(part: str, own: nn.Module, error: Exception) -> ValueError:
    reason = " ".join(str(error).split())[:200]
    return ValueError(
        f"{part} must take what it is given and return a distribution, "
        f"got {type(own).__name__}: {type(error).__name__}: {reason}"
    )


def check_log_prob(log_prob: Any, count: int, part: str) -> None:  # noqa: ANN401
    """Raise `ValueError` where log-probabilities are not one finite number each."""
    if not isinstance(log_prob, Tensor) or log_prob.shape != (count,):
        seen = tuple(log_prob.shape) if isinstance(log_prob, Tensor) else type(log_prob).__name__
        raise ValueError(
            f"{part} must give a log-probability for each of a batch, a sum over its pixels or "
            f"dimensions, ({count},), got {seen}"
        )


def own_parts(
    family: str, sizes: Sizes, given: Mapping[str, str], ours: Mapping[str, Mapping[str, Make]]
) -> tuple[Sizes, tuple[nn.Module, nn.Module, nn.Module]]:
    """Return encoder, decoder and marginal of a family that has own parts, and the sizes they have.

    Parameters
    ----------
    family
        such as `o+v`: `o` for the parts that are `given` by name.
    ours
        our own parts by their signs.
    """
    signs = dict(zip(PARTS, family, strict=True))

    def part(name: str) -> nn.Module:
        if signs[name] != OWN_PART:
            return ours[name][signs[name]](sizes)
        return made_part(name, given[name], sizes)

    encoder = part("encoder")
    if signs["encoder"] == OWN_PART:
        encoder = OwnEncoder(encoder, sizes)
        sizes = replace(sizes, dim=encoder.dim)
    decoder = part("decoder")
    if signs["decoder"] == OWN_PART:
        decoder = OwnDecoder(decoder, sizes)
    marginal = part("marginal")
    if signs["marginal"] == OWN_PART:
        marginal = OwnMarginal(marginal, sizes, encoder)
    return sizes, (encoder, decoder, marginal)
