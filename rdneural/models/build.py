"""Models by the names of their families: `-+v`, `split:98`, `coarse:7`, `bits-:32`."""

from collections.abc import Mapping

import torch

from rdneural.models.bits import BitsModel
from rdneural.models.coarse import CoarseModel
from rdneural.models.latent import LatentModel, Terms
from rdneural.models.split import SplitModel
from rdneural.records.names import FAMILIES, check_family, discrete_of
from rdneural.records.sizes import Sizes


def build_model(family: str, sizes: Sizes, own: Mapping[str, str] | None = None) -> LatentModel:
    """Return a model of a family, with channels last in memory, as convolutions like it.

    `own` says where the parts are that are not ours, of a family such as `o+v`.

    Raises
    ------
    ValueError
        where there is no such family at this size, or an own part is not to be had.
    TypeError
        where an own part is no module, or returns no distribution.
    """
    discrete = discrete_of(check_family(family, sizes.side, sizes.frame))
    model: LatentModel
    if own:
        return LatentModel.of_own_parts(family, sizes, own)
    if discrete is None:
        model = LatentModel(family, sizes)
    elif discrete.kind == "split":
        model = SplitModel(family, sizes, discrete.size)
    elif discrete.kind == "coarse":
        model = CoarseModel(family, sizes, discrete.size)
    else:
        model = BitsModel(family, sizes, discrete.kind[-1], discrete.size)
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return model


__all__ = ["FAMILIES", "LatentModel", "Terms", "build_model", "check_family"]
