"""R and D of a model on the splits of a data set."""

from collections.abc import Mapping

from rdneural.data.images import ImageData
from rdneural.measures.images import as_tensor, spread_subset
from rdneural.measures.rates import measure
from rdneural.models.build import LatentModel
from rdneural.records.layout import SPLITS
from rdneural.records.measured import Measured

MEASURED_IMAGES = {"train": 2_000, "valid": 1_000, "test": None}
"""Images of each split that a run measures itself on, None for all; `evaluate` takes all."""


def measure_splits(
    model: LatentModel,
    data: ImageData,
    *,
    samples: int = 1,
    counts: Mapping[str, int | None] = MEASURED_IMAGES,
    seed: int = 0,
) -> dict[str, Measured]:
    """Measure a model on every split, or on `counts` images of it."""
    device = next(model.parameters()).device
    found = {}
    for split in SPLITS:
        images = spread_subset(as_tensor(data.split(split)), counts.get(split)).to(device)
        found[split] = measure(model, images, samples=samples, seed=seed)
    return found
