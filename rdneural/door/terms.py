"""R, D and R + D as a run says them in Python."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rdneural.measures.estimates import Estimate


@dataclass(frozen=True)
class Terms:
    """R, D and R + D of some images, in nats per image, each with its standard error."""

    rate: Estimate
    distortion: Estimate
    elbo: Estimate
    images: int

    def __repr__(self) -> str:
        """Return a line."""
        return f"R {self.rate}, D {self.distortion}, R + D {self.elbo} nats, {self.images:,} images"


def terms_in(found: Mapping[str, Any]) -> Terms:
    """Return what `run.json` has of a split."""
    numbers = {
        name: Estimate(found[name], found[f"{name}_se"]) for name in ("rate", "distortion", "elbo")
    }
    return Terms(**numbers, images=found["images"])
