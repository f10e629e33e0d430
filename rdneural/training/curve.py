"""Training a whole curve at once: one conditioned model, each image of a batch at its own slope.

The loop is that of `rdneural.training.loop`: everything random in step k is a function of the seed
and k, so that a resumed run equals an unbroken one.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rdneural.machine.device import autocast
from rdneural.machine.seeding import seeded
from rdneural.models.build import Terms
from rdneural.models.conditioned import ConditionedModel
from rdneural.records.curves import (
    HIGH,
    LOW,
    NUMBERS,
    CurveSettings,
    check_range,
    curve_of,
    middle,
)
from rdneural.records.identity import check_place
from rdneural.records.layout import CHECKPOINT
from rdneural.records.plan import Plan
from rdneural.records.settings import RunSettings
from rdneural.training.averaging import copy_into
from rdneural.training.checkpoints import digest_of_weights, read_checkpoint
from rdneural.training.defaults import complete_settings
from rdneural.training.dropout import dropout
from rdneural.training.learner import Learner, Trained
from rdneural.training.loop import train
from rdneural.training.options import PLAIN, LoopOptions
from rdneural.training.rounding import weights_in
from rdneural.training.state import settings_of


def make_settings(
    *,
    low: float = LOW,
    high: float = HIGH,
    slopes: int | None = None,
    power: float | None = None,
    widening: float | None = None,
    **asked: Any,  # noqa: ANN401  (see complete_settings)
) -> CurveSettings:
    """Return the settings of a curve: what is asked for, else what is recommended."""
    check_range(low, high)
    run = complete_settings(beta=middle(low, high), **asked)
    return curve_of(run, low, high, slopes=slopes, power=power, widening=widening)


class CurveObjective:
    """The mean over images of (D + beta R) (1 + beta)^-power, over the mean of the weights.

    It has the state that a checkpoint keeps, by which a curve is only resumed as what it was.
    """

    def __init__(self, settings: CurveSettings) -> None:
        self.settings = settings

    @property
    def beta(self) -> float:
        """The middle of the range."""
        return middle(self.settings.low, self.settings.high)

    @property
    def slope(self) -> float:
        """The middle of the range."""
        return self.beta

    @property
    def exact_rate(self) -> None:
        """None is asked for."""

    def loss_of(self, terms: Terms, log_beta: Tensor) -> Tensor:
        """Return the loss of images whose slopes are given, (B,)."""
        beta = log_beta.exp()
        weight = (1 + beta) ** -self.settings.power
        return (weight * (terms.distortion + beta * terms.rate)).mean() / weight.mean()

    def loss(self, rate: Tensor, distortion: Tensor) -> Tensor:
        """Return D + beta R at the middle of the range."""
        return distortion + self.beta * rate

    def update(self, rate: float) -> None:
        """Learn nothing."""

    def state(self) -> dict[str, float]:
        """Return the settings that a run has none of."""
        return self.settings.numbers()

    def restore(self, state: dict[str, float]) -> None:
        """Raise `ValueError` where a kept state is of other settings."""
        for name, value in self.settings.numbers().items():
            if state[name] != value:
                raise ValueError(f"{name} must be {state[name]:g} to resume, got {value:g}")


def draw_log_betas(settings: CurveSettings, count: int, *, done: float = 1.0) -> Tensor:
    """Draw the slopes of a batch, (count,) logarithms: one in each of equal parts of the range.

    Each alone is uniform over its part, so that an image, whose place in a batch is random, meets
    every slope alike. `done` is the share of the training that is over: before `widening` of it
    is, the range ends below `high`. torch's generator is used.
    """
    open_ = 1.0 if done >= settings.widening else done / settings.widening
    parts = min(settings.slopes, count)
    shares = (torch.arange(parts) + torch.rand(parts)) / parts
    drawn = math.log(settings.low) + open_ * math.log(settings.high / settings.low) * shares
    return drawn[torch.arange(count) * parts // count]


def train_curve(
    settings: CurveSettings,
    train_images: Tensor,
    valid_images: Tensor,
    place: Path,
    *,
    grey: Tensor | None = None,
    resume: bool = False,
    options: LoopOptions = PLAIN,
) -> Trained:
    """Train a conditioned model; leave `checkpoint.safetensors` and `history.csv` in `place`.

    Parameters, files and errors are those of `rdneural.training.loop.train`. Rates and distortions
    in the history are means over images and slopes; its `beta` is the middle of the range.
    """

    def make(run: RunSettings, plan: Plan, images: Tensor, digest: str, place: Path) -> Learner:
        model = ConditionedModel(run.model, run.sizes, low=settings.low, high=settings.high)
        model.to(run.device)
        model.start_at(images.float())
        return Learner(run, plan, model, CurveObjective(settings), images=digest, place=place)

    return train(
        settings.run, train_images, valid_images, place, grey=grey, resume=resume, options=options,
        make=make, step=take_curve_step,
    )  # fmt: skip


def take_curve_step(learner: Learner, forward: Callable[[Tensor], Terms], x: Tensor) -> None:
    """Make a step with images x (B, 1, side, side), at slopes that are drawn for them.

    It seeds torch's generator. `DivergedError` where the terms or their gradients are not finite.
    """
    objective, model = learner.objective, learner.model
    assert isinstance(objective, CurveObjective)
    assert isinstance(model, ConditionedModel)  # which takes slopes, as `forward` does not
    torch.manual_seed(learner.step_seed)
    done = learner.progress.step / learner.plan.steps
    log_beta = draw_log_betas(objective.settings, len(x), done=done).to(x.device)
    settings = learner.settings
    with autocast(settings), dropout(model, settings.dropout):
        terms = model(x, log_beta=log_beta)
    objective.loss_of(terms, log_beta).backward()
    norm = learner.condition_gradients()
    learner.step(terms.rate.mean().item(), terms.distortion.mean().item(), norm.item())


def load_curve(place: Path) -> tuple[ConditionedModel, CurveSettings]:
    """Return the conditioned model that a curve's checkpoint keeps, and its settings.

    Raises
    ------
    ValueError
        where the checkpoint is missing, broken or of no curve, or a `curve.json` beside it is of
        another.
    """
    path = place / CHECKPOINT
    stored = read_checkpoint(path)
    run = replace(settings_of(stored, path), device="cpu")
    try:
        low, high, *others = (stored.numbers["objective"][name] for name in NUMBERS)
        settings = CurveSettings(run, low, high, *others)
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path} must hold a curve, got {error!r}") from error
    with seeded(0):  # the numbers that it starts with are of no account
        model = ConditionedModel(run.model, run.sizes, low=low, high=high)
    weights = weights_in(stored)
    check_place(place, digest_of_weights(weights))
    copy_into(model.state_dict(keep_vars=True), weights)
    return model.eval(), settings
