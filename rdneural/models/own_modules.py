"""Modules around encoders, decoders and marginals of others, and models that have them.

What an own part returns is made a distribution as ours are: of codes by `own_codes`, of images by
`own_images`. The first call of each tells what it can and cannot do, before any training.
"""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from rdneural.models.code_distributions import DiagonalNormal
from rdneural.models.encoders import spread_of
from rdneural.models.marginals import Marginal
from rdneural.models.own_codes import codes_of, spread_out
from rdneural.models.own_images import OwnImages, images_of
from rdneural.models.own_parts import Make, made_part
from rdneural.models.torch_distributions import Made, is_density
from rdneural.records.names import OWN_PART, PARTS
from rdneural.records.sizes import Sizes


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
