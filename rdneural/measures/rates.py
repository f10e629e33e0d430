"""Rate and distortion of a model on a set of images, with standard errors."""

import torch
from torch import Tensor

from rdneural.machine.seeding import seeded
from rdneural.measures.estimates import plain
from rdneural.models.build import LatentModel
from rdneural.records.measured import Measured
from rdtheory.checks import check_count, check_seed


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
    return Measured(
        **plain(rate).as_dict("rate"), **plain(distortion).as_dict("distortion"),
        **plain(rate + distortion).as_dict("elbo"), images=len(images), latent_samples=samples,
    )  # fmt: skip
