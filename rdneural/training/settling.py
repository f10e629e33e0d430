"""The last steps of training: refine the encoder's means, and meet a rate that was asked for.

What refines the means (`rdneural.models.refinement`) has a rate of its own, the best of a few on
training images.

Training for a rate holds the rate of noisy batches and moving weights; what is kept is an average
of weights, and its rate is a few per cent off. One number, by which all scales of the encoder are
multiplied, puts that right. Training ended where D + beta R is stationary in it, so to first order
it trades D for R at the slope -beta: along the frontier.
"""

import math

import torch
from scipy.optimize import brentq
from torch import Tensor

from rdneural.machine.seeding import seeded
from rdneural.models.build import LatentModel
from rdneural.models.encoders import refinement_of, spread_of

RATES = (0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1)
"""Of a refinement that are tried; without one where none makes D + beta R less."""

MOST = 0.2
"""Scales are multiplied by exp(-0.2) to exp(0.2): a rate further off is left so, to be seen."""


@torch.no_grad()
def settle_refinement(
    model: LatentModel, images: Tensor, *, steps: int, beta: float, seed: int = 0, batch: int = 500
) -> None:
    """Set the `refinement` of an encoder: so many steps at the slope, at the best of `RATES`.

    The best has the least mean D + beta R of the images; codes are made of the same noise for all.
    """
    refinement = refinement_of(model.encoder)
    assert refinement is not None  # which is checked before a training begins

    def cost(rate: float) -> float:
        refinement.copy_(torch.tensor([steps, rate, beta]))
        total = 0.0
        with seeded(seed):
            for chunk in images.split(batch):
                terms = model(chunk.float())
                total += (terms.distortion + beta * terms.rate).double().sum().item()
        return total if math.isfinite(total) else math.inf

    costs = {rate: cost(rate) for rate in (0.0, *RATES)}
    best = min(costs, key=costs.__getitem__)
    refinement.copy_(torch.tensor([steps, best, beta]) if best else torch.zeros(3))


@torch.no_grad()
def settle_rate(
    model: LatentModel, images: Tensor, target: float, *, seed: int = 0, batch: int = 500
) -> float | None:
    """Set the encoder's `log_spread` so that the mean rate of images is the target.

    The same codes are drawn for every value tried, so that the rate is a continuous function of it.
    Where no value within `MOST` of the one that is there meets the target, the nearest end is set.

    Returns
    -------
    float or None
        by how much `log_spread` was changed; None where the encoder has none, which then stays as
        it is.
    """
    spread = spread_of(model.encoder)
    if spread is None:
        return None
    trained = spread.item()

    def miss(value: float) -> float:
        spread.fill_(trained + value)
        total = 0.0
        with seeded(seed):
            for chunk in images.split(batch):
                total += model.encode(chunk.float())[1].double().sum().item()
        return total / len(images) - target

    begun = miss(0.0)
    end = MOST if begun > 0 else -MOST  # wider scales cost less
    left = miss(end)
    if begun * left < 0 and math.isfinite(begun * left):
        found = float(brentq(miss, 0.0, end, xtol=5e-4))
    else:
        found = end if abs(left) < abs(begun) else 0.0
    spread.fill_(trained + found)
    return found
