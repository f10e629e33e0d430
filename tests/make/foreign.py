"""Models as four functions: one in closed form, one of codes that name letters, and our own."""

import math
from dataclasses import dataclass

import torch
from torch.distributions import Categorical as Weights
from torch.distributions import MixtureSameFamily, Normal

from rdneural.models.latent import LatentModel

HALF_LOG = 0.5 * math.log(2 * math.pi)


@dataclass(frozen=True)
class LinearNormal:
    """x ~ N(0, I) in `dim` dimensions, z = gain x + noise, m wide, d(x|z) around back z."""

    dim: int = 2
    gain: float = 0.8
    noise: float = 0.5
    wide: float = 1.1
    back: float = 0.9
    blur: float = 0.6

    def data(self, count, *, seed=0):
        return torch.randn(count, self.dim, generator=torch.Generator().manual_seed(seed))

    def sample(self, x):
        return self.gain * x + self.noise * torch.randn_like(x)

    def log_e(self, z, x):
        return Normal(self.gain * x, self.noise).log_prob(z).sum(1)

    def log_m(self, z):
        return Normal(0.0, self.wide).log_prob(z).sum(1)

    def log_d(self, x, z):
        return Normal(self.back * z, self.blur).log_prob(x).sum(1)

    @property
    def rate(self):
        share = (self.gain**2 + self.noise**2) / self.wide**2
        return self.dim * (math.log(self.wide / self.noise) + (share - 1) / 2)

    @property
    def distortion(self):
        square = (1 - self.gain * self.back) ** 2 + (self.back * self.noise) ** 2
        return self.dim * (HALF_LOG + math.log(self.blur) + square / (2 * self.blur**2))

    @property
    def information(self):
        return self.dim / 2 * math.log(1 + (self.gain / self.noise) ** 2)

    @property
    def code_length(self):
        """E -log p(x), where p(x) = N(0, (back wide)^2 + blur^2)."""
        variance = (self.back * self.wide) ** 2 + self.blur**2
        return self.dim * (HALF_LOG + 0.5 * math.log(variance) + 0.5 / variance)


class Letters:
    """Codes N(index of the letter, scale), and a decoder that is sure of the nearest one's image.

    With letters far apart in scales R is H, D is 0, and I_e = H.
    """

    def __init__(self, source, *, scale=0.05, mass=1.0):
        self.images = torch.tensor(source.images).float()
        self.weights = torch.tensor(source.p_x)
        self.scale, self.mass = scale, mass

    def sample(self, x):
        return self._centre(x) + self.scale * torch.randn(len(x), 1)

    def log_e(self, z, x):
        return Normal(self._centre(x), self.scale).log_prob(z)[:, 0]

    def log_m(self, z):
        count = torch.arange(len(self.images))
        letters = Normal(count.to(z), torch.full_like(count, self.scale, dtype=z.dtype))
        mixture = MixtureSameFamily(Weights(self.weights.to(z)), letters)
        return mixture.log_prob(z[:, 0]) + math.log(self.mass)

    def log_d(self, x, z):
        letter = z[:, 0].round().long().clamp(0, len(self.images) - 1)
        logits = 30.0 * (2 * self.images[letter] - 1)
        return -torch.nn.functional.softplus(logits * (1 - 2 * x)).flatten(1).sum(1)

    def _centre(self, x):
        same = (x.flatten(1)[:, None] == self.images.flatten(1)).all(-1)
        return same.float().argmax(1, keepdim=True).float()


class OwnParts:
    """A model of ours, of which only four functions are shown."""

    def __init__(self, model: LatentModel):
        self.model = model

    def sample(self, x):
        return self.model.encoder(x).rsample_with_log_prob()[0]

    def log_e(self, z, x):
        return self.model.encoder(x).log_prob(z)

    def log_m(self, z):
        return self.model.marginal(self.model.encoder).log_prob(z)

    def log_d(self, x, z):
        return self.model.decoder(z).log_prob(x)


def four(model, **changed):
    """Return the functions of a model by name, some of them changed."""
    names = ("sample", "log_e", "log_m", "log_d")
    return {name: getattr(model, name) for name in names} | changed
