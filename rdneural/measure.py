"""Rate and distortion of a model on a set of images, with standard errors."""

import math
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from rdneural.model import LatentModel
from rdneural.seeding import check_seed, seeded
from rdtheory.checks import check_count


@dataclass(frozen=True)
class Measured:
    """Means over images, nats each, and their standard errors.

    The errors are those of a mean over images, each the mean of its latent samples, so they hold
    both the choice of images and the noise of the codes. `elbo` is R + D (the paper's -ELBO).
    """

    rate: float
    rate_se: float
    distortion: float
    distortion_se: float
    elbo: float
    elbo_se: float
    images: int
    latent_samples: int

    def as_dict(self) -> dict[str, float]:
        """Return the fields as JSON has them."""
        return asdict(self)


@torch.no_grad()
def terms_of(
    model: LatentModel, images: Tensor, *, samples: int = 1, seed: int = 0, batch: int = 250
) -> tuple[Tensor, Tensor]:
    """Return rate and distortion of each image, averaged over `samples` codes: (N,) float64 each.

    The codes depend on `seed` and `batch`; torch's generators are left as they were.

    Raises
    ------
    ValueError
        if `samples` or `batch` is below 1, or there are no images.
    """
    check_count("samples", samples)
    check_count("batch", batch)
    check_count("number of images", len(images))
    rates, distortions = [], []
    with seeded(check_seed(seed)):
        for chunk in images.split(batch):
            x = chunk.to(torch.get_default_dtype())
            rate = torch.zeros(len(x), dtype=torch.float64, device=x.device)
            distortion = torch.zeros_like(rate)
            for _ in range(samples):
                terms = model(x)
                rate += terms.rate
                distortion += terms.distortion
            rates.append(rate / samples)
            distortions.append(distortion / samples)
    return torch.cat(rates), torch.cat(distortions)


def measure(
    model: LatentModel, images: Tensor, *, samples: int = 1, seed: int = 0, batch: int = 250
) -> Measured:
    """Measure a model on images (N, 1, side, side) of zeros and ones.

    Raises
    ------
    ValueError
        if a rate or a distortion is not finite.
    """
    rate, distortion = terms_of(model, images, samples=samples, seed=seed, batch=batch)
    if not (rate.isfinite().all() and distortion.isfinite().all()):
        raise ValueError("the model's rate and distortion must be finite, got NaN or infinity")
    (r, r_se), (d, d_se), (e, e_se) = map(mean_and_error, (rate, distortion, rate + distortion))
    return Measured(r, r_se, d, d_se, e, e_se, len(images), samples)


def mean_and_error(values: Tensor) -> tuple[float, float]:
    """Return the mean and its standard error; of a single value the error is 0, being unknown."""
    count = len(values)
    error = values.std().item() / math.sqrt(count) if count > 1 else 0.0
    return values.mean().item(), error


def spread_subset(images: Tensor, count: int) -> Tensor:
    """Return `count` images spread evenly over all of them, or all where there are no more.

    The first ones will not do: the first thousand test images of static MNIST hold more ink.
    """
    if len(images) <= count:
        return images
    return images[torch.arange(count) * len(images) // count]
