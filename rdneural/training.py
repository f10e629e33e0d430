"""Training, to be read from top to bottom: data, model, optimiser, step, validate, save.

Everything random in step k is a function of the seed and k, so a checkpoint needs no state of a
generator, and a run that was resumed equals one that was not, bit for bit on a CPU.
"""

import hashlib
import math
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from tqdm import tqdm

from rdneural.averaging import WeightAverage, copy_into
from rdneural.encoders import normal_of
from rdneural.interruption import deferred_interruption
from rdneural.measure import measure, spread_subset
from rdneural.model import LatentModel, build_model
from rdneural.objectives import FixedBeta, Objective, RatePenalty, TargetRate
from rdneural.seeding import mixed_seed, seeded
from rdneural.settings import RunSettings
from rdneural.settling import settle_rate
from rdneural.state import CHECKPOINT, Progress, TrainingState

VALIDATIONS = 12
"""Validations in a run, at least; a long run has one an epoch."""

SETTLING_IMAGES = 10_000
"""Training images on which a target rate is met at the end."""

HISTORY = (
    "step", "epoch", "seconds", "beta", "learning_rate", "gradient_norm",
    "train_rate", "train_distortion", "train_elbo", "valid_rate", "valid_distortion", "valid_elbo",
)  # fmt: skip
"""Columns of a run's history; `elbo` is R + D, train_* are means since the row before."""


class DivergedError(ValueError):
    """Training met a loss or a gradient that is not finite."""


@dataclass(frozen=True)
class Trained:
    """A trained model (its averaged weights in place) and how it came about."""

    model: LatentModel
    progress: Progress
    final_beta: float
    steps: int


def train(
    settings: RunSettings,
    train_images: Tensor,
    valid_images: Tensor,
    place: Path,
    *,
    resume: bool = False,
    checkpoint_seconds: float = 120.0,
    stop_after: int | None = None,
    bar: bool = True,
) -> Trained:
    """Train a model and leave `checkpoint.safetensors` in `place`.

    Parameters
    ----------
    settings
        what to train, and how.
    train_images, valid_images
        uint8 tensors (N, 1, side, side) of zeros and ones; they are moved to the device whole.
    place
        directory of the checkpoint.
    resume
        go on from the checkpoint that is there.
    checkpoint_seconds
        time between checkpoints.
    stop_after
        leave off after this step, as an interruption would, with a checkpoint.
    bar
        show a bar of the progress where stderr is a terminal.

    Raises
    ------
    DivergedError
        where a loss or gradient is not finite; the last checkpoint stays.
    ValueError
        where the checkpoint to resume from is missing, broken or of other settings.
    """
    device = torch.device(settings.device)
    train_images, valid_images = train_images.to(device), valid_images.to(device)
    batch = min(settings.batch, len(train_images))
    epoch_steps = len(train_images) // batch
    steps = max(1, round(settings.epochs * epoch_steps))
    validate_every = min(epoch_steps, max(1, steps // VALIDATIONS))

    digest = hashlib.sha256(train_images.numpy(force=True).tobytes()).hexdigest()

    with seeded(mixed_seed(settings.seed, "model")), deferred_interruption() as interruption:
        model = build_model(settings.model, settings.sizes).to(device)
        model.start_at(train_images.float())
        forward = torch.compile(model) if settings.compiled else model
        optimiser = torch.optim.AdamW(
            model.parameters(),
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
            fused=True,
        )
        average = WeightAverage(model, min(settings.ema, 1 - 10 / max(steps, 20)))
        objective = make_objective(settings, epoch_steps)
        state = TrainingState(settings, digest, average, optimiser, objective)
        if resume:
            state.restore(place / CHECKPOINT)
        progress = state.progress

        last_saved = time.perf_counter()
        begun = last_saved - progress.seconds
        hidden = None if bar else True  # None: where there is no terminal
        shown = tqdm(
            total=steps, initial=progress.step, unit="step", disable=hidden, smoothing=0.05
        )
        order = torch.empty(0)
        while progress.step < steps and not progress.stopped_early:
            step_begun = time.perf_counter()
            epoch, within = divmod(progress.step, epoch_steps)
            if within == 0 or not len(order):
                order = _permutation(settings.seed, epoch, len(train_images)).to(device)
            picked = order[within * batch : (within + 1) * batch]
            torch.manual_seed(mixed_seed(settings.seed, "step", progress.step))

            learning_rate = learning_rate_at(settings, progress.step, steps)
            for group in optimiser.param_groups:
                group["lr"] = learning_rate
            with autocast(settings):
                terms = forward(train_images[picked].float())  # (B,) rate, (B,) distortion
            rate, distortion = terms.rate.mean(), terms.distortion.mean()
            objective.loss(rate, distortion).backward()
            norm = _condition_gradients(model, settings)
            seen = (rate.item(), distortion.item(), norm.item())
            if not all(map(math.isfinite, seen)):
                raise _diverged(
                    f"rate {seen[0]}, distortion {seen[1]}, gradient norm {seen[2]}",
                    progress.step + 1, place,
                )  # fmt: skip
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
            objective.update(seen[0])
            average.update(progress.step)
            progress.step += 1
            progress.sums = [a + b for a, b in zip(progress.sums, (*seen, 1), strict=True)]
            progress.training_seconds += time.perf_counter() - step_begun
            shown.update()
            if progress.step % 10 == 0:
                r, d = (total / progress.sums[3] for total in progress.sums[:2])
                shown.set_postfix_str(f"R {r:.2f} D {d:.2f} R+D {r + d:.2f}", refresh=False)

            finished = progress.step == steps
            if progress.step % validate_every == 0 or finished:
                try:
                    with average.in_place(), autocast(settings):
                        found = measure(model, valid_images, seed=settings.seed)
                except ValueError as error:
                    raise _diverged(str(error), progress.step, place) from error
                r, d, norm_mean = (total / progress.sums[3] for total in progress.sums[:3])
                row = (
                    progress.step, progress.step / epoch_steps, time.perf_counter() - begun,
                    objective.beta, learning_rate, norm_mean, r, d, r + d,
                    found.rate, found.distortion, found.elbo,
                )  # fmt: skip
                progress.history.append(dict(zip(HISTORY, map(float, row), strict=True)))
                progress.sums = [0.0] * 4
                if settings.patience:
                    assert settings.beta is not None
                    loss = found.distortion + settings.beta * found.rate
                    if progress.best_loss is None or loss < progress.best_loss:
                        progress.best_loss, progress.validations_since_best = loss, 0
                        state.best = {name: t.clone() for name, t in average.averages.items()}
                    else:
                        progress.validations_since_best += 1
                        progress.stopped_early = (
                            progress.validations_since_best >= settings.patience
                        )

            interrupted = interruption.asked or progress.step == stop_after
            now = time.perf_counter()
            due = now - last_saved > checkpoint_seconds
            if finished and isinstance(objective, TargetRate):
                some = spread_subset(train_images, SETTLING_IMAGES)
                with average.in_place(), autocast(settings):
                    settle_rate(model, some, objective.target, seed=settings.seed)
                    average.keep(normal_of(model.encoder).log_spread)
            if due or finished or interrupted or progress.stopped_early:
                progress.seconds, last_saved = now - begun, now
                state.save(place / CHECKPOINT)
            if interrupted:
                break
        shown.close()
        if interruption.asked:
            raise KeyboardInterrupt

        copy_into(average.weights, state.best or average.averages)
        return Trained(model, progress, final_beta(objective), steps)


def make_objective(settings: RunSettings, epoch_steps: int) -> Objective:
    """Return the objective that the settings ask for."""
    if settings.target_rate is None:
        assert settings.beta is not None
        return FixedBeta(
            settings.beta,
            anneal_steps=round(settings.anneal * epoch_steps),
            free_bits=settings.free_bits,
        )
    if settings.penalty is not None:
        return RatePenalty(settings.target_rate, settings.penalty)
    return TargetRate(settings.target_rate)


def final_beta(objective: Objective) -> float:
    """Return the slope of D + beta R that training ended with."""
    return objective.multiplier if isinstance(objective, TargetRate) else objective.beta


def learning_rate_at(settings: RunSettings, step: int, steps: int) -> float:
    """Return the learning rate of a step: a linear warm-up, then the schedule's fall.

    `cosine` falls from the start, `linear` from the middle on; both end at a hundredth.
    """
    done = step / steps
    if settings.schedule == "cosine":
        share = 0.5 * (1 + math.cos(math.pi * done))
    else:
        share = min(1.0, 2 * (1 - done))
    warm = min(1.0, (step + 1) / (settings.warm_up + 1))
    return settings.learning_rate * warm * (0.01 + 0.99 * share)


def autocast(settings: RunSettings) -> AbstractContextManager[object]:
    """Return a context in which networks compute at the settings' precision."""
    kind = torch.device(settings.device).type
    return torch.autocast(kind, torch.bfloat16, enabled=settings.precision == "bfloat16")


def _condition_gradients(model: LatentModel, settings: RunSettings) -> Tensor:
    """Normalise or clip the gradients in place; return the norm that they had."""
    gradients = [p.grad for p in model.parameters() if p.grad is not None]
    if not settings.normalise_gradients:
        return torch.nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
    norms = torch._foreach_norm(gradients)
    torch._foreach_div_(gradients, [norm + 1e-12 for norm in norms])
    return torch.stack(norms).norm()


def _diverged(seen: str, step: int, place: Path) -> DivergedError:
    kept = f"the last checkpoint is kept in {place}"
    if not (place / CHECKPOINT).exists():
        kept = f"no checkpoint was written yet in {place}"
    return DivergedError(
        f"training must stay finite, got {seen} at step {step}: lower learning_rate or clip; {kept}"
    )


def _permutation(seed: int, epoch: int, count: int) -> Tensor:
    generator = torch.Generator().manual_seed(mixed_seed(seed, "epoch", epoch))
    return torch.randperm(count, generator=generator)
