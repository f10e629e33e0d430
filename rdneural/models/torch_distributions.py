"""`torch.distributions` rebuilt from other parameters: picked, joined, widened, in double.

A distribution of that package is a tree of parts with tensors as parameters, whose first axis is
the batch. What is done to a batch is done to each tensor of the tree.
"""

from collections.abc import Callable, Sequence
from copy import copy
from typing import Any

import torch
from torch import Tensor, distributions

Made = distributions.Distribution
Join = Callable[[Sequence[Tensor]], Tensor]
"""What makes one tensor of those that stand at the same place in each of several distributions."""

INSTEAD = {
    "logits": ("probs",),
    "scale_tril": ("covariance_matrix", "precision_matrix"),
}
"""Parameters that say the same as others; a distribution takes only one of them."""


def rebuilt(parts: Sequence[Made], join: Join) -> Made:
    """Return the distribution whose parameters are those of several, joined.

    They must be of one make. Transforms are taken from the first, and must not have a batch of
    their own but for affine ones.

    Raises
    ------
    ValueError
        where a distribution cannot be taken apart.

    Examples
    --------
    >>> codes = distributions.Independent(distributions.Normal(torch.zeros(4, 2), 1.0), 1)
    >>> rebuilt([codes], lambda tensors: tensors[0][:3]).batch_shape
    torch.Size([3])
    """
    first = parts[0]
    if isinstance(first, distributions.Independent):
        base = rebuilt([part.base_dist for part in parts], join)  # type: ignore[attr-defined]
        return distributions.Independent(base, first.reinterpreted_batch_ndims, validate_args=False)
    if isinstance(first, distributions.MixtureSameFamily):
        return distributions.MixtureSameFamily(
            rebuilt([part._mixture_distribution for part in parts], join),  # type: ignore[attr-defined,arg-type]
            rebuilt([part._component_distribution for part in parts], join),  # type: ignore[attr-defined]
            validate_args=False,
        )
    names = _parameters(first)
    if isinstance(first, distributions.TransformedDistribution) and not names:
        base = rebuilt([part.base_dist for part in parts], join)  # type: ignore[attr-defined]
        of_each = zip(*(part.transforms for part in parts), strict=True)  # type: ignore[attr-defined]
        return distributions.TransformedDistribution(
            base,
            [_transform(list(same), first.batch_shape, join) for same in of_each],
            validate_args=False,
        )
    if not names:
        raise ValueError(f"{type(first).__name__} must have tensors as parameters, got none")
    joined = {name: join([getattr(part, name) for part in parts]) for name in names}
    kind: Any = type(first)
    try:
        made: Made = kind(**joined, validate_args=False)
    except TypeError:  # it wants more than its constraints name
        return _copied(parts, join)
    return made


def _copied(parts: Sequence[Made], join: Join) -> Made:
    """Return a copy of the first of several distributions with all its tensors of a batch joined.

    Tensors without the batch's axes are the same for all, and are widened with the others.
    """
    first, batch = parts[0], parts[0].batch_shape
    made = copy(first)
    kept = {name: getattr(first, name) for name in vars(first)}
    precision = None
    for name, value in kept.items():
        if isinstance(value, Made):
            kept[name] = rebuilt([getattr(part, name) for part in parts], join)
        elif isinstance(value, Tensor) and value.shape[: len(batch)] == batch and len(batch):
            kept[name] = join([getattr(part, name) for part in parts])
            precision = kept[name].dtype
    for name, value in kept.items():
        shared = isinstance(value, Tensor) and value is getattr(first, name)
        if shared and precision is not None and value.is_floating_point():
            kept[name] = value.to(precision)
    kept["_batch_shape"] = join([torch.zeros(part.batch_shape) for part in parts]).shape
    kept["_validate_args"] = False
    vars(made).update(kept)
    return made


def _parameters(made: Made) -> list[str]:
    """Return the names of the tensors that a distribution is made of, each of them needed."""
    asked: Any = made.arg_constraints  # of Uniform a property
    known = {n for n in asked if isinstance(getattr(made, n, None), Tensor)}
    for kept, others in INSTEAD.items():
        if kept in known:
            known -= set(others)
    return sorted(known)


def _transform(
    same: list[distributions.Transform], batch: torch.Size, join: Join
) -> distributions.Transform:
    first = same[0]
    if isinstance(first, distributions.ComposeTransform):
        of_each = zip(*(t.parts for t in same), strict=True)  # type: ignore[attr-defined]
        return distributions.ComposeTransform([_transform(list(t), batch, join) for t in of_each])
    if isinstance(first, distributions.AffineTransform):
        loc, scale = (
            join([getattr(t, name) for t in same])
            if isinstance(getattr(first, name), Tensor)
            and getattr(first, name).shape[: len(batch)] == batch
            else getattr(first, name)
            for name in ("loc", "scale")
        )
        return distributions.AffineTransform(loc, scale, event_dim=first.event_dim)
    return first


def widest(made: Made, factor: Tensor) -> Made | None:
    """Return a distribution with its scales times `factor`; None where it has none.

    That is one of a location and a scale (normal, Laplace, Student's t), or independent ones.
    """
    if isinstance(made, distributions.Independent):
        base = widest(made.base_dist, factor)
        if base is None:
            return None
        return distributions.Independent(base, made.reinterpreted_batch_ndims, validate_args=False)
    names = _parameters(made)
    if not {"loc", "scale"} <= set(names):
        return None
    kept = {name: getattr(made, name) for name in names}
    kind: Any = type(made)
    found: Made = kind(**kept | {"scale": kept["scale"] * factor}, validate_args=False)
    return found


def is_elementary(made: Made) -> bool:
    """Return whether a distribution has no parameters but those of its tree: no networks."""
    if isinstance(made, distributions.Independent):
        return is_elementary(made.base_dist)
    if isinstance(made, distributions.TransformedDistribution) and not _parameters(made):
        known = all(type(t).__module__.startswith("torch.") for t in made.transforms)
        return known and is_elementary(made.base_dist)
    return True


def precision_of(made: Made) -> torch.dtype:
    """Return the format of a distribution's parameters."""
    if isinstance(made, distributions.MixtureSameFamily):
        return precision_of(made.component_distribution)
    if isinstance(made, distributions.Independent):
        return precision_of(made.base_dist)
    if isinstance(made, distributions.TransformedDistribution) and not _parameters(made):
        return precision_of(made.base_dist)
    kinds = (getattr(made, name).dtype for name in _parameters(made))
    return next((kind for kind in kinds if kind.is_floating_point), torch.get_default_dtype())


def is_density(made: Made) -> bool:
    """Return whether a distribution is one of real numbers, which has no probabilities."""
    return not made.support.is_discrete  # type: ignore[union-attr]
