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
from rdneural.records.settings import RunSettings
from rdneural.theory.mistakes import check_functions

FEW = 256
"""Training images that parts are tried on."""


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
    frame, side = model.sizes.frame, model.sizes.side
    x = real_pixels(spread_subset(images, FEW), frame).float()
    try:
        check_functions(_functions(model, x, side), x, discrete=not model.differential)
    except ValueError as error:
        raise ValueError(f"own parts of {settings.model} must be distributions: {error}") from error


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
