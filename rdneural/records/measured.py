"""What is measured of a model on a set of images."""

from dataclasses import asdict, dataclass


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
