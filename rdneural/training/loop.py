"""Training, to be read from top to bottom: data, model, optimiser, step, validate, save.

Everything random in step k is a function of the seed and k, so a checkpoint needs no state of a
generator, and a run that was resumed equals one that was not, bit for bit on a CPU.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path

import torch
from torch import Tensor

from rdneural.machine.device import autocast
from rdneural.machine.interruption import deferred_interruption
from rdneural.machine.seeding import mixed_seed, seeded
from rdneural.models.build import Terms, build_model
from rdneural.records.plan import Plan, plan_of
from rdneural.records.settings import RunSettings
from rdneural.training.dropout import dropout
from rdneural.training.learner import Learner, Trained, digest_of
from rdneural.training.objectives import FixedBeta, Objective, RatePenalty, TargetRate
from rdneural.training.options import PLAIN, LoopOptions
from rdneural.training.progress import ShownSteps

UNSETTLED = "the encoder has no log_spread to settle the rate with: it stays as training left it"
"""What is said at the end of a training to a rate that cannot be met exactly."""

Make = Callable[[RunSettings, Plan, Tensor, str, Path], Learner]
"""What makes a learner of settings, a plan, training images, their digest and a directory."""

Step = Callable[[Learner, Callable[[Tensor], Terms], Tensor], None]
"""What makes a step of a learner, given a model as a function and images (B, 1, side, side)."""


def train(
    settings: RunSettings,
    train_images: Tensor,
    valid_images: Tensor,
    place: Path,
    *,
    grey: Tensor | None = None,
    resume: bool = False,
    options: LoopOptions = PLAIN,
    make: Make | None = None,
    step: Step | None = None,
) -> Trained:
    """Train a model and leave `checkpoint.safetensors` and `history.csv` in `place`.

    The history grows with every row of it, the checkpoint is written now and then.

    Parameters
    ----------
    settings
        what to train, and how.
    train_images, valid_images
        uint8 tensors (N, 1, side, side) of zeros and ones; they are moved to the device whole.
    place
        directory of the checkpoint and the history.
    grey
        chances in [0, 1] of the pixels of the training images, (N, 1, side, side): each epoch has a
        draw of its own. `train_images` are then one draw, by which the checkpoint knows them.
    resume
        go on from the checkpoint that is there.
    options
        how the loop is carried out: checkpoints, progress, who is told.
    make, step
        what makes the learner, and a step of it, in place of `new_learner` and `take_step`.

    Raises
    ------
    DivergedError
        where a loss or gradient is not finite; the last checkpoint stays.
    ValueError
        where the checkpoint to resume from is missing, broken or of other settings.
    """
    device = torch.device(settings.device)
    train_images, valid_images = train_images.to(device), valid_images.to(device)
    plan = plan_of(settings, len(train_images))

    with (
        seeded(mixed_seed(settings.seed, "model")),
        deferred_interruption() as interruption,
        ExitStack() as last,
    ):
        make, step = make or new_learner, step or take_step
        learner = make(settings, plan, train_images, digest_of(train_images), place)
        if resume:
            learner.restore()
        forward = torch.compile(learner.model) if settings.compiled else learner.model
        progress = learner.progress

        last_saved = time.perf_counter()
        begun = last_saved - progress.seconds
        shown = last.enter_context(closing(ShownSteps(learner, options)))
        order, images = torch.empty(0), train_images
        while not learner.finished and not progress.stopped_early:
            step_begun = time.perf_counter()
            within = progress.step % plan.epoch_steps
            if within == 0 or not len(order):
                order = learner.order(len(train_images)).to(device)
                images = learner.images_of_epoch(train_images, grey)
            picked = order[within * plan.batch : (within + 1) * plan.batch]
            step(learner, forward, images[picked].float())
            progress.training_seconds += time.perf_counter() - step_begun
            shown.step([learner])

            if learner.validation_due:
                row = learner.validate(valid_images, begun=begun)
                if options.on_row is not None:
                    options.on_row(row)
            over = learner.finished or progress.stopped_early
            if over and not learner.settle(train_images):
                options.tell(UNSETTLED)

            interrupted = interruption.asked or progress.step == options.stop_after
            now = time.perf_counter()
            due = now - last_saved > options.checkpoint_seconds or learner.first_row
            if due or over or interrupted:
                progress.seconds, last_saved = now - begun, now
                learner.save()
            elif learner.validation_due:
                learner.save_history()
            if interrupted:
                break
        if interruption.asked:
            raise KeyboardInterrupt
        return learner.result()


def take_step(learner: Learner, forward: Callable[[Tensor], Terms], x: Tensor) -> None:
    """Make a step with images x (B, 1, side, side), whose terms `forward` returns.

    It seeds torch's generator. `DivergedError` where the terms or their gradients are not finite.
    """
    torch.manual_seed(learner.step_seed)
    settings = learner.settings
    with autocast(settings), dropout(learner.model, settings.dropout):
        terms = forward(x)  # (B,) rate, (B,) distortion
    rate, distortion = terms.rate.mean(), terms.distortion.mean()
    learner.objective.loss(rate, distortion).backward()
    norm = learner.condition_gradients()
    learner.step(rate.item(), distortion.item(), norm.item())


def new_learner(
    settings: RunSettings, plan: Plan, images: Tensor, digest: str, place: Path
) -> Learner:
    """Return a learner at its start, which takes what it can from the training images.

    Its weights are drawn from torch's generator.
    """
    model = build_model(settings.model, settings.sizes, settings.own_parts).to(settings.device)
    model.start_at(images.float())
    objective = make_objective(settings, plan)
    return Learner(settings, plan, model, objective, images=digest, place=place)


def make_objective(settings: RunSettings, plan: Plan) -> Objective:
    """Return the objective that the settings ask for.

    Annealing that is shorter than training is over before its last step, however few steps it has.
    """
    if settings.target_rate is None:
        assert settings.beta is not None
        steps = round(settings.anneal * plan.epoch_steps)
        if settings.anneal < settings.epochs:
            steps = min(steps, plan.steps - 1)
        return FixedBeta(settings.beta, anneal_steps=steps, free_bits=settings.free_bits)
    if settings.penalty is not None:
        return RatePenalty(settings.target_rate, settings.penalty)
    return TargetRate(settings.target_rate)
