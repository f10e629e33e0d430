"""One model in training: its weights, optimiser, average, objective and how far it has come.

`rdneural.training.loop` trains one learner, `rdneural.training.together` several at once. What
happens to a learner once its gradients are there is the same code for both.
"""

import hashlib
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from rdneural.machine.device import autocast
from rdneural.machine.seeding import mixed_seed
from rdneural.measures.images import spread_subset
from rdneural.measures.rates import measure
from rdneural.models.build import LatentModel
from rdneural.models.encoders import refinement_of, spread_of
from rdneural.records.layout import CHECKPOINT, HISTORY
from rdneural.records.plan import Plan
from rdneural.records.settings import RunSettings
from rdneural.training.averaging import WeightAverage, copy_into
from rdneural.training.checkpoints import digest_of_weights
from rdneural.training.objectives import Objective
from rdneural.training.optimisers import optimisers_of, step_all
from rdneural.training.resampling import images_of_epoch
from rdneural.training.settling import settle_rate, settle_refinement
from rdneural.training.state import Progress, TrainingState, write_history

SETTLING_IMAGES, REFINING_IMAGES = 10_000, 1_000
"""Training images on which a target rate is met at the end, and a refinement gets its rate."""


class DivergedError(ValueError):
    """Training met a loss or a gradient that is not finite."""


@dataclass(frozen=True)
class Trained:
    """A trained model (its averaged weights in place) and how it came about.

    `images` and `weights` are digests of the training images and of the weights that are kept.
    """

    model: LatentModel
    progress: Progress
    final_beta: float
    plan: Plan
    images: str = ""
    weights: str = ""

    @property
    def log_spread(self) -> float | None:
        """What settling multiplied the encoder's scales by, as a logarithm; None without scales."""
        spread = spread_of(self.model.encoder)
        return None if spread is None else spread.item()


class Learner:
    """A model in training.

    Parameters
    ----------
    settings, plan
        what is trained, and how long.
    model, objective
        with which it starts; the model is on the device.
    images
        digest of the training images (`digest_of`).
    place
        directory of the checkpoint and the history.
    """

    def __init__(
        self,
        settings: RunSettings,
        plan: Plan,
        model: LatentModel,
        objective: Objective,
        *,
        images: str,
        place: Path,
    ) -> None:
        self.settings, self.plan, self.model, self.objective = settings, plan, model, objective
        self.place = place
        self.optimisers = optimisers_of(model, settings)
        self.average = WeightAverage(model, min(settings.ema, 1 - 10 / max(plan.steps, 20)))
        self.state = TrainingState(settings, images, self.average, self.optimisers, objective)
        self.progress = self.state.progress

    @property
    def finished(self) -> bool:
        """Whether all steps are made."""
        return self.progress.step >= self.plan.steps

    @property
    def final_beta(self) -> float:
        """The slope that the weights which are kept were trained to."""
        if not self.state.best:
            return self.objective.slope
        return self.progress.history[-1 - self.progress.validations_since_best]["beta"]

    @property
    def step_seed(self) -> int:
        """The seed of what is random in the next step."""
        return mixed_seed(self.settings.seed, "step", self.progress.step)

    def order(self, count: int) -> Tensor:
        """Return the order of `count` images in the epoch of the next step, (count,)."""
        seed = mixed_seed(self.settings.seed, "epoch", self.epoch)
        return torch.randperm(count, generator=torch.Generator().manual_seed(seed))

    def images_of_epoch(self, images: Tensor, grey: Tensor | None) -> Tensor:
        """Return the training images in the epoch of the next step: all, or a draw of grey ones."""
        return images_of_epoch(images, grey, seed=self.settings.seed, epoch=self.epoch)

    @property
    def epoch(self) -> int:
        """The epoch of the next step, from 0."""
        return self.progress.step // self.plan.epoch_steps

    def condition_gradients(self) -> Tensor:
        """Normalise or clip the gradients in place; return the norm that they had."""
        if not self.settings.normalise_gradients:
            return torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.clip)
        gradients = [p.grad for p in self.model.parameters() if p.grad is not None]
        norms = torch._foreach_norm(gradients)
        torch._foreach_div_(gradients, [norm + 1e-12 for norm in norms])
        return torch.stack(norms).norm()

    def step(self, rate: float, distortion: float, norm: float) -> None:
        """Make a step with the gradients that are there, of a batch's mean rate and distortion.

        Raises
        ------
        DivergedError
            where one of the numbers is not finite; the learner is then as it was.
        """
        progress, seen = self.progress, (rate, distortion, norm)
        if not all(map(math.isfinite, seen)):
            raise self._diverged(
                f"rate {rate}, distortion {distortion}, gradient norm {norm}", progress.step + 1
            )
        at = learning_rate_at(self.settings, progress.step, self.plan.steps)
        step_all(self.optimisers, at)
        self.objective.update(rate)
        self.average.update(progress.step)
        progress.step += 1
        progress.sums = [a + b for a, b in zip(progress.sums, (*seen, 1), strict=True)]

    @property
    def validation_due(self) -> bool:
        """Whether the step that was made is one to validate after."""
        return self.progress.step % self.plan.validate_every == 0 or self.finished

    def validate(self, images: Tensor, *, begun: float) -> dict[str, float]:
        """Measure the averaged weights; write a row of the history and return it.

        `begun` is when the run would have begun, had it never been broken off.

        Raises
        ------
        DivergedError
            where the model's terms are not finite.
        """
        progress = self.progress
        try:
            with self._measuring(), autocast(self.settings):
                found = measure(self.model, images, seed=self.settings.seed)
        except ValueError as error:
            raise self._diverged(str(error), progress.step) from error
        r, d, norm = (total / progress.sums[3] for total in progress.sums[:3])
        row = (
            progress.step, progress.step / self.plan.epoch_steps,
            time.perf_counter() - begun, self.objective.beta,
            learning_rate_at(self.settings, progress.step - 1, self.plan.steps), norm, r, d, r + d,
            found.rate, found.distortion, found.elbo,
        )  # fmt: skip
        progress.history.append(dict(zip(HISTORY, map(float, row), strict=True)))
        progress.sums = [0.0] * 4
        if self.settings.patience:
            self._note_best(found.rate, found.distortion)
        return progress.history[-1]

    @contextmanager
    def _measuring(self) -> Iterator[None]:
        """Let the model be the average, in evaluation mode, within the block."""
        self.model.eval()
        try:
            with self.average.in_place():
                yield
        finally:
            self.model.train()

    def _note_best(self, rate: float, distortion: float) -> None:
        """Keep the weights where they are the best so far, or lose patience."""
        assert self.settings.beta is not None
        progress, loss = self.progress, distortion + self.settings.beta * rate
        if progress.best_loss is None or loss < progress.best_loss:
            progress.best_loss, progress.validations_since_best, progress.forgiven = loss, 0, 0
            self.state.best = {name: t.clone() for name, t in self.average.averages.items()}
        else:
            progress.validations_since_best += 1
            waited = progress.validations_since_best - progress.forgiven
            progress.stopped_early = waited >= self.settings.patience

    def settle(self, images: Tensor) -> bool:
        """Refine means and meet a target rate on training images exactly, once training is over.

        Return whether the rate is met: an encoder without a `log_spread` that checkpoints keep
        stays as training left it.
        """
        if self.settings.refine:
            self._refine(spread_subset(images, REFINING_IMAGES))
        target = self.objective.exact_rate
        if target is None:
            return True
        spread = spread_of(self.model.encoder)
        if spread is None or not self.average.has(spread):
            return False
        some = spread_subset(images, SETTLING_IMAGES)
        with self._measuring(), autocast(self.settings):
            settle_rate(self.model, some, target, seed=self.settings.seed)
            self.average.keep(spread)
        return True

    def _refine(self, images: Tensor) -> None:
        """Give the encoder that is kept the refinement that suits the images best."""
        kept = refinement_of(self.model.encoder)
        assert kept is not None  # settings that ask for one are of our encoders
        beta = self.final_beta
        with self._measuring(), autocast(self.settings):
            if self.state.best:
                copy_into(self.average.weights, self.state.best)
            at_beta = self.model.at(beta)
            settle_refinement(
                at_beta, images, steps=self.settings.refine, beta=beta, seed=self.settings.seed
            )
            found = refinement_of(at_beta.encoder)
            assert found is not None
            kept.copy_(found)
            self.average.keep(kept)
            if self.state.best:
                self.state.best[self.average.name_of(kept)] = kept.detach().clone()

    @property
    def first_row(self) -> bool:
        """Whether the step that was made gave the history its first row.

        It is kept with a checkpoint, so that no history ever lies where nothing can be gone on
        with.
        """
        return self.validation_due and len(self.progress.history) == 1

    def save(self) -> None:
        """Write the checkpoint and the history, in place of those that are there."""
        self.state.save(self.place / CHECKPOINT)
        self.save_history()

    def save_history(self) -> None:
        """Write the history so far, for who watches; it may be ahead of the checkpoint."""
        write_history(self.place, self.progress.history)

    def restore(self) -> None:
        """Go on from the checkpoint; `ValueError` where it is missing, broken or another run's."""
        self.state.restore(self.place / CHECKPOINT, steps=self.plan.steps)

    def result(self) -> Trained:
        """Put the weights that are kept into the model; return what was trained."""
        kept = self.state.best or self.average.averages
        copy_into(self.average.weights, kept)
        self.model.eval()
        return Trained(
            self.model, self.progress, self.final_beta, self.plan, self.state.images,
            digest_of_weights(kept),
        )  # fmt: skip

    def _diverged(self, seen: str, step: int) -> DivergedError:
        kept = f"the last checkpoint is kept in {self.place}"
        if not (self.place / CHECKPOINT).exists():
            kept = f"no checkpoint was written yet in {self.place}"
        return DivergedError(
            f"training must stay finite, got {seen} at step {step}: lower learning_rate or clip; "
            f"{kept}"
        )


def digest_of(images: Tensor) -> str:
    """Return a digest of images, by which a checkpoint knows its own."""
    return hashlib.sha256(images.numpy(force=True).tobytes()).hexdigest()


def learning_rate_at(settings: RunSettings, step: int, steps: int) -> float:
    """Return the learning rate of a step: a linear warm-up, then the schedule's fall."""
    warm = warm_share(step, settings.warm_up)
    return settings.learning_rate * warm * schedule_share(settings.schedule, step / steps)


def warm_share(step: int, warm_up: int) -> float:
    """Return the share of its height to which the learning rate has risen at a step."""
    return min(1.0, (step + 1) / (warm_up + 1))


def schedule_share(schedule: str, done: float) -> float:
    """Return the share of its height to which the learning rate has fallen when so much is done.

    `cosine` falls from the start, `linear` from the middle on; both end at a hundredth.
    """
    if schedule == "cosine":
        share = 0.5 * (1 + math.cos(math.pi * done))
    else:
        share = min(1.0, 2 * (1 - done))
    return 0.01 + 0.99 * share
