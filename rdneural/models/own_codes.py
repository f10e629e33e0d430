"""Distributions of codes of `torch.distributions`, as those of our own encoders and marginals.

What the methods are is said in `rdneural.models.code_distributions`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, distributions

from rdneural.models.code_distributions import DiagonalNormal
from rdneural.models.layers import widened
from rdneural.models.torch_distributions import (
    Made,
    is_elementary,
    precision_of,
    rebuilt,
    widest,
)

METHODS = {
    "encoder": ("log_prob", "rsample_with_log_prob"),
    "marginal": ("log_prob", "sample"),
}
"""What a distribution that is none of `torch.distributions` must have, to be trained with."""


@dataclass(frozen=True)
class TorchCodes:
    """A distribution of `torch.distributions` over codes (dim,), or a batch of them.

    Log-densities are float64 where it is `wide`; networks in transforms compute as they do.
    """

    made: Made
    wide: bool = False

    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log-density of codes."""
        found = self.made.log_prob(z.to(precision_of(self.made)))
        return found.double() if self.wide else widened(found)

    def pairwise_log_prob(self, z: Tensor) -> Tensor:
        """Return the log-density of codes (S, dim) under each of the batch (B, dim), as (S, B).

        A code that a distribution cannot give has none: minus infinity.
        """
        unchecked = TorchCodes(rebuilt([self.made], lambda tensors: tensors[0]), self.wide)
        return unchecked.log_prob(z[:, None]).nan_to_num(
            nan=-math.inf, posinf=math.inf, neginf=-math.inf
        )

    def rsample_with_log_prob(self, noise: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Draw one code from each of the batch; return it and its log-density."""
        if noise is not None:
            raise ValueError("noise must be None: codes of own distributions are drawn by them")
        if not torch.is_grad_enabled():
            z = self.made.sample()
        elif self.made.has_rsample:
            z = self.made.rsample()
        else:
            raise ValueError(
                f"encoder must return a distribution that has rsample, for gradients to flow "
                f"through its codes, got {_shown(self.made)}"
            )
        return (z.double() if self.wide else z), self.log_prob(z)

    @torch.no_grad()
    def sample(self, count: int) -> Tensor:
        """Draw `count` codes, (count, *batch, dim)."""
        z = self.made.sample((count,))
        return z.double() if self.wide else z

    def picked(self, indices: Tensor) -> "TorchCodes":
        """Return the batch of the distributions with these indices."""
        return TorchCodes(rebuilt([self.made], lambda tensors: tensors[0][indices]), self.wide)

    def joined(self, others: Sequence["TorchCodes"]) -> "TorchCodes":
        """Return the batch of this one's distributions and then those of others."""
        made = [self.made, *(other.made for other in others)]
        return TorchCodes(rebuilt(made, lambda tensors: torch.cat(list(tensors))), self.wide)

    def double(self) -> "TorchCodes":
        """Return the same distributions, with codes in float64."""
        if not is_elementary(self.made):
            return TorchCodes(self.made, wide=True)
        return TorchCodes(rebuilt([self.made], lambda tensors: tensors[0].double()), wide=True)

    def mode(self) -> Tensor:
        """Return the code of greatest density of each of the batch, or its mean.

        Of a transformed one it is where that of its base ends up, or a draw if that has neither.
        """
        found = _mode(self.made)
        return found.double() if self.wide else found


def _mode(made: Made) -> Tensor:
    if isinstance(made, distributions.Independent):
        return _mode(made.base_dist)
    if isinstance(made, distributions.TransformedDistribution):
        try:
            z = _mode(made.base_dist)
        except ValueError:
            z = made.sample()
        for transform in made.transforms:
            z = transform(z)
        return z
    for name in ("mode", "mean"):
        try:
            found: Tensor = getattr(made, name)
        except NotImplementedError:
            continue
        if found.isfinite().all():
            return found
    raise ValueError(f"encoder must return a distribution with a mode or a mean, got {made}")


def codes_of(found: Any, *, part: str, batch: int | None) -> Any:  # noqa: ANN401
    """Return what an own encoder or marginal returned as a distribution of codes.

    Parameters
    ----------
    found
        of `torch.distributions`, or something that has what `METHODS` names.
    part
        "encoder" or "marginal", for messages.
    batch
        how many images it is of; None of a marginal, which has no batch.

    Raises
    ------
    TypeError
        where it is no distribution.
    ValueError
        where its shapes are not those of one code (dim,) for each image.

    Examples
    --------
    >>> normal = distributions.Normal(torch.zeros(3, 2), torch.ones(3, 2))
    >>> codes_of(distributions.Independent(normal, 1), part="encoder", batch=3).mode().shape
    torch.Size([3, 2])
    >>> codes_of(normal, part="encoder", batch=3)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: encoder must return codes ..., got Normal of batch (3, 2) and event (): wrap ...
    """
    if not isinstance(found, Made):
        missing = [name for name in METHODS[part] if not callable(getattr(found, name, None))]
        if missing:
            raise TypeError(
                f"{part} must return a distribution of torch.distributions, or one with "
                f"{' and '.join(METHODS[part])}, got {type(found).__name__}"
            )
        ours = getattr(found, "double", None) is not None
        return found if ours else PlainCodes(found, part)
    wanted = () if batch is None else (batch,)
    if found.batch_shape != wanted or len(found.event_shape) != 1:
        hint = ": wrap it in Independent(..., 1)" if len(found.event_shape) == 0 else ""
        raise ValueError(
            f"{part} must return codes of batch {wanted} and event (dim,), "
            f"got {_shown(found)}{hint}"
        )
    found = rebuilt([found], lambda tensors: _full(tensors[0])) if is_elementary(found) else found
    base = found.base_dist if isinstance(found, distributions.Independent) else None
    if isinstance(base, distributions.Normal):
        return DiagonalNormal(base.loc, base.scale)
    return TorchCodes(found)


@dataclass(frozen=True)
class PlainCodes:
    """A distribution of somebody's own class, which has what `METHODS` names and maybe more.

    What it has not is said in one line where it is asked for. In `double` codes are float64 and the
    distribution is asked in float32.
    """

    made: Any
    part: str
    wide: bool = False

    def log_prob(self, z: Tensor) -> Tensor:
        """Return the log-density of codes."""
        found: Tensor = self.made.log_prob(z.float() if self.wide else z)
        return found.double() if self.wide else found

    def sample(self, count: int) -> Tensor:
        """Draw codes, (count, dim)."""
        z: Tensor = self._asked("sample")(count)
        return z.double() if self.wide else z

    def rsample_with_log_prob(self, noise: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Draw one code from each of the batch; return it and its log-density."""
        draw = self._asked("rsample_with_log_prob")
        z, log_prob = draw() if noise is None else draw(noise)
        return (z.double(), log_prob.double()) if self.wide else (z, log_prob)

    def pairwise_log_prob(self, z: Tensor) -> Tensor:
        """Return the log-density of codes (S, dim) under each of the batch, as (S, B)."""
        found: Tensor = self._asked("pairwise_log_prob")(z.float() if self.wide else z)
        return found.double() if self.wide else found

    def picked(self, indices: Tensor) -> "PlainCodes":
        """Return the batch of the distributions with these indices."""
        return PlainCodes(self._asked("picked")(indices), self.part, self.wide)

    def joined(self, others: Sequence["PlainCodes"]) -> "PlainCodes":
        """Return the batch of this one's distributions and then those of others."""
        made = self._asked("joined")([other.made for other in others])
        return PlainCodes(made, self.part, self.wide)

    def double(self) -> "PlainCodes":
        """Return the same distributions, with codes in float64."""
        return PlainCodes(self.made, self.part, wide=True)

    def mode(self) -> Tensor:
        """Return the code of greatest density of each of the batch."""
        z: Tensor = self._asked("mode")()
        return z.double() if self.wide else z

    def _asked(self, name: str) -> Any:  # noqa: ANN401
        method = getattr(self.made, name, None)
        if not callable(method):
            raise ValueError(
                f"{self.part} must return a distribution with {name} for this, "
                f"got {type(self.made).__name__} without"
            )
        return method


def spread_out(codes: Any, factor: Tensor) -> Any:  # noqa: ANN401  (what codes_of returns)
    """Return a distribution of codes with its scales times `factor`; as it is where it has none."""
    if isinstance(codes, DiagonalNormal):
        return DiagonalNormal(codes.mean, codes.scale * factor)
    if isinstance(codes, TorchCodes):
        wide = widest(codes.made, factor)
        return codes if wide is None else TorchCodes(wide, codes.wide)
    return codes


def _full(tensor: Tensor) -> Tensor:
    """Return numbers that networks computed in bfloat16 in float32."""
    return tensor.float() if tensor.dtype in (torch.bfloat16, torch.float16) else tensor


def _shown(made: Made) -> str:
    kind = type(made).__name__
    return f"{kind} of batch {tuple(made.batch_shape)} and event {tuple(made.event_shape)}"
