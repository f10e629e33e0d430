"""Own parts are held to what they must be before anything is trained: distributions, and not less.

A mean over pixels, a density that is none, or a part that mixes the rows of a batch would be
trained without a word, and its R and D would be no code lengths.
"""

import torch
from torch import Tensor

from rdneural.machine.seeding import mixed_seed, seeded
from rdneural.measures.images import spread_subset
from rdneural.models.build import LatentModel, build_model
from rdneural.models.frames import on_canvas, real_pixels
from rdneural.models.functions import FourFunctions
from rdneural.models.own_codes import TorchCodes
from rdneural.models.torch_distributions import is_density
from rdneural.records.settings import RunSettings
from rdneural.theory.mistakes import check_functions

FEW = 256
"""Training images that parts are tried on."""

DRAWS = 64
"""Codes that a marginal is to draw."""

WORDS = {
    "log_e": "log_prob of the encoder", "log_m": "log_prob of the marginal",
    "log_d": "log_prob of the decoder", "discrete=False": "likelihood='normal'",
}  # fmt: skip
"""What the functions are called here whose mistakes are looked for."""


def check_own_parts(settings: RunSettings, images: Tensor) -> None:
    """Raise `ValueError` where the own parts of a run are no distributions of images and codes.

    The model is made as training makes it, and tried on some images (N, 1, side, side) by
    `rdneural.theory.mistakes`. Nothing is done where all parts are ours.
    """
    if not settings.own_parts:
        return
    with seeded(mixed_seed(settings.seed, "model")):
        model = build_model(settings.model, settings.sizes, settings.own_parts).eval()
        model.start_at(images.float())
    _check_draws(model)
    frame, side = model.sizes.frame, model.sizes.side
    x = real_pixels(spread_subset(images, FEW), frame).float()
    try:
        check_functions(_functions(model, x, side), x, discrete=not model.differential)
    except ValueError as error:
        said = str(error)
        for function, words in WORDS.items():
            said = said.replace(function, words)
        raise ValueError(f"own parts of {settings.model} must be distributions: {said}") from error


@torch.no_grad()
def _check_draws(model: LatentModel) -> None:
    """Raise `ValueError` where the marginal draws no codes, or the decoder no images."""
    with seeded(0):
        z = model.marginal(model.encoder).sample(DRAWS)
        if not isinstance(z, Tensor) or len(z) != DRAWS or not z.isfinite().all():
            seen = z if not isinstance(z, Tensor) else tuple(z.shape)
            seen = "NaN or infinity" if isinstance(z, Tensor) and len(z) == DRAWS else seen
            raise ValueError(f"marginal must draw {DRAWS} finite codes, got {seen}")
        x = model.decoder(z.reshape(DRAWS, -1).float()).sample()
    if not x.isfinite().all():
        raise ValueError("decoder must draw finite images, got NaN or infinity")
    side = model.sizes.side
    with seeded(0):
        codes = model.encoder(torch.zeros(2, 1, side, side))
    kinds = [is_density(found.made) if isinstance(found, TorchCodes) else True
             for found in (codes, model.marginal(model.encoder))]  # fmt: skip
    if kinds[0] and not kinds[1]:
        raise ValueError("marginal must be a density, as the encoder is, got one of whole numbers")


def _functions(model: LatentModel, x: Tensor, side: int) -> FourFunctions:
    """Return a model as the four functions of images within the frame."""

    def sample(x: Tensor) -> Tensor:
        z: Tensor = model.encoder(on_canvas(x, side)).rsample_with_log_prob()[0]
        return z

    def log_e(z: Tensor, x: Tensor) -> Tensor:
        found: Tensor = model.encoder(on_canvas(x, side)).log_prob(z)
        return found

    def log_m(z: Tensor) -> Tensor:
        found: Tensor = model.marginal(model.encoder).log_prob(z)
        return found

    def log_d(x: Tensor, z: Tensor) -> Tensor:
        found: Tensor = model.decoder(z).log_prob(on_canvas(x, side))
        return found

    with torch.no_grad(), seeded(0):
        z = sample(x[:2])
    return FourFunctions(sample, log_e, log_m, log_d, image_like=x[0], code_like=z[0])
