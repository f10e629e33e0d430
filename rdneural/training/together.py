"""Training several models of one architecture at once, as one model with a batch of weights.

Small models leave a GPU idle: a step is many small kernels. Here each kernel serves all models:
`torch.func.vmap` turns a convolution of each into one of as many groups. What a model then does
with its gradients, and all that is random, is its own, so it becomes what it would be alone, but
for the order in which numbers are added up.
"""

import time
from collections.abc import Sequence
from contextlib import ExitStack, closing
from pathlib import Path

import torch
from torch import Tensor
from torch.func import functional_call, vmap

from rdneural.machine.device import autocast
from rdneural.machine.interruption import deferred_interruption
from rdneural.machine.seeding import mixed_seed, seeded
from rdneural.records.names import FAMILIES
from rdneural.records.plan import plan_of
from rdneural.records.settings import RunSettings
from rdneural.training.learner import DivergedError, Learner, Trained, digest_of
from rdneural.training.loop import UNSETTLED, new_learner
from rdneural.training.options import PLAIN, LoopOptions
from rdneural.training.progress import ShownSteps

VARYING = ("beta", "target_rate", "penalty", "anneal", "free_bits", "seed")
"""Settings in which models that are trained together may differ."""


def train_together(
    settings: Sequence[RunSettings],
    train_images: Tensor,
    valid_images: Tensor,
    places: Sequence[Path],
    *,
    grey: Tensor | None = None,
    resume: bool = False,
    options: LoopOptions = PLAIN,
) -> list[Trained | DivergedError]:
    """Train models together; leave in each one's place the files that `train` would leave.

    A model that diverges is set aside, and the others go on. Its checkpoint, and those of a run
    that is broken off, may be gone on with by `train`, or in another company. The parameters are
    those of `train`, but for

    settings, places
        of each model. The settings differ in `VARYING` alone.
    options
        `on_row` is called with the number of the model and a row of its history.

    Returns
    -------
    list
        for each model what was trained, or how it diverged. `training_seconds` of a model's
        progress is the time of all divided by their number, `seconds` is that on the clock.

    Raises
    ------
    ValueError
        where models cannot be trained together, or the checkpoints to resume from are missing,
        broken, of other settings or not of one step.
    """
    check_together(settings, places)
    shared = settings[0]
    device = torch.device(shared.device)
    train_images, valid_images = train_images.to(device), valid_images.to(device)
    plan = plan_of(shared, len(train_images))
    digest = digest_of(train_images)

    with deferred_interruption() as interruption, ExitStack() as last:
        learners = []
        for chosen, place in zip(settings, places, strict=True):
            with seeded(mixed_seed(chosen.seed, "model")):
                learners.append(new_learner(chosen, plan, train_images, digest, place))
        if resume:
            _restore(learners)
        step = learners[0].progress.step

        last_saved = time.perf_counter()
        begun = [last_saved - one.progress.seconds for one in learners]
        shown = last.enter_context(closing(ShownSteps(learners[0], options)))
        failed: dict[int, DivergedError] = {}  # by number of the learner
        going = dict(enumerate(learners))
        together = Together(learners)
        orders, images = torch.empty(0), [train_images] * len(learners)
        while going and step < plan.steps:
            step_begun = time.perf_counter()
            within = step % plan.epoch_steps
            if within == 0 or len(orders) != len(going):
                orders = torch.stack([one.order(len(train_images)) for one in going.values()])
                orders = orders.to(device)
                images = [one.images_of_epoch(train_images, grey) for one in going.values()]
            picked = orders[:, within * plan.batch : (within + 1) * plan.batch]  # (K, B)

            x = torch.stack([own[few] for own, few in zip(images, picked, strict=True)])
            errors = together.step(x.float())
            failed |= {k: error for k, error in zip(going, errors, strict=True) if error}
            step += 1
            seconds = (time.perf_counter() - step_begun) / len(going)
            left = [k for k in going if k not in failed]
            for k in left:
                learners[k].progress.training_seconds += seconds
            shown.step([learners[k] for k in left])

            for k in left:
                if learners[k].validation_due:
                    try:
                        row = learners[k].validate(valid_images, begun=begun[k])
                    except DivergedError as error:
                        failed[k] = error.with_traceback(None)
                        continue
                    if options.on_row is not None:
                        options.on_row(k, row)
            if not failed.keys().isdisjoint(going):  # those that are left close ranks
                going = {k: one for k, one in going.items() if k not in failed}
                together = Together(list(going.values()))
            if step == plan.steps and not all(
                [one.settle(train_images) for one in going.values()]  # each of them
            ):
                options.tell(UNSETTLED)

            interrupted = interruption.asked or step == options.stop_after
            now = time.perf_counter()
            due = now - last_saved > options.checkpoint_seconds
            due = due or any(one.first_row for one in going.values())
            if due or step == plan.steps or interrupted:
                last_saved = now
                for k, one in going.items():
                    one.progress.seconds = now - begun[k]
                    one.save()
            else:
                for one in going.values():
                    if one.validation_due:
                        one.save_history()
            if interrupted:
                break
        if interruption.asked:
            raise KeyboardInterrupt
        together.part()
        return [failed[k] if k in failed else one.result() for k, one in enumerate(learners)]


def check_together(settings: Sequence[RunSettings], places: Sequence[Path]) -> None:
    """Raise `ValueError` where models cannot be trained together."""
    if not settings or len(settings) != len(places):
        raise ValueError(
            "settings and places must be as many, and one at least, "
            f"got {len(settings)} and {len(places)}"
        )
    if len({place.resolve() for place in places}) < len(places):
        raise ValueError("places must differ from each other, got one twice")
    first, *others = (one.as_dict() for one in settings)
    for name, value in first.items():
        for other in others:
            if name not in VARYING and other[name] != value:
                raise ValueError(
                    f"{name} must be the same for models trained together, "
                    f"got {value} and {other[name]}"
                )
    check_continuous(settings[0].model)
    if settings[0].patience:
        raise ValueError(
            "patience must be 0 for models trained together, which stop together, "
            f"got {settings[0].patience}"
        )
    if settings[0].dropout:
        raise ValueError(
            f"dropout must be 0 for models trained together, got {settings[0].dropout}"
        )
    if settings[0].compiled:
        raise ValueError("compiled must be off for models trained together, got it on")


def check_continuous(family: str) -> None:
    """Raise `ValueError` where a family's codes are not made of normal noise, as batches need."""
    if family not in FAMILIES:
        raise ValueError(
            f"model must be one of {', '.join(FAMILIES)} to be trained together, got {family!r}"
        )


def _restore(learners: Sequence[Learner]) -> None:
    for one in learners:
        one.restore()
    steps = sorted({one.progress.step for one in learners})
    if len(steps) > 1:
        raise ValueError(
            "places must hold checkpoints of one step to be gone on with together, "
            f"got steps {', '.join(map(str, steps))}"
        )


class Together:
    """Learners whose models' weights are slices of one tensor for each name.

    The slices are the models' own parameters, so that optimisers, averages, measurements and
    checkpoints of a learner see nothing of the others. Buffers that no checkpoint keeps, such as
    masks, are the architecture's and the same for all.
    """

    def __init__(self, learners: Sequence[Learner]) -> None:
        self.learners = list(learners)
        self._weights = {}
        if self.learners:
            self._kept = {
                name: [one.average.weights[name] for one in self.learners]
                for name in self.learners[0].average.weights
            }
            self._weights = {name: _joined(parts) for name, parts in self._kept.items()}

    def terms(self, x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
        """Return rates and distortions, (K, B) each, of images (K, B, 1, side, side).

        `noise` (K, B, dim) are the standard normal numbers that codes are made of.
        """
        model = self.learners[0].model

        def of_one(weights: dict[str, Tensor], x: Tensor, noise: Tensor) -> tuple[Tensor, Tensor]:
            terms = functional_call(model, weights, (x, noise))
            return terms.rate, terms.distortion

        return vmap(of_one)(self._weights, x, noise)

    def step(self, x: Tensor) -> list[DivergedError | None]:
        """Make a step of each learner with its images of x (K, B, 1, side, side).

        Return how each diverged; where one did, it is as it was, and so are its neighbours.
        """
        settings = self.learners[0].settings
        noise = torch.stack([noise_of(one, x) for one in self.learners])
        with autocast(settings):
            rates, distortions = self.terms(x, noise)
        rates, distortions = rates.mean(1), distortions.mean(1)  # (K,) each
        of_each = zip(self.learners, rates.unbind(), distortions.unbind(), strict=True)
        torch.autograd.backward([one.objective.loss(r, d) for one, r, d in of_each])
        self.hand_out_gradients()
        norms = torch.stack([one.condition_gradients() for one in self.learners])
        seen = torch.stack([rates, distortions, norms], 1).tolist()  # the step's one wait for a GPU
        errors: list[DivergedError | None] = []
        for one, numbers in zip(self.learners, seen, strict=True):
            try:
                one.step(*numbers)
                errors.append(None)
            except DivergedError as error:
                errors.append(error.with_traceback(None))  # it would keep these weights
        return errors

    def part(self) -> None:
        """Let every model have weights in memory of its own."""
        for name in self._weights:
            for part in self._kept[name]:
                part.data = part.detach().clone()

    def hand_out_gradients(self) -> None:
        """Give each model's parameters the gradients that a backward pass left, as slices."""
        for name, joined in self._weights.items():
            if joined.grad is not None:
                for part, gradient in zip(self._kept[name], joined.grad.unbind(), strict=True):
                    part.grad = gradient
                joined.grad = None


def _joined(parts: Sequence[Tensor]) -> Tensor:
    """Return a tensor (K, ...) whose slices the parts become, laid out in memory as they are."""
    first = parts[0]
    joined = torch.empty_strided(
        (len(parts), *first.shape), (first.numel(), *first.stride()),
        dtype=first.dtype, device=first.device,
    )  # fmt: skip
    for part, place in zip(parts, joined, strict=True):
        part.data = place.copy_(part.detach())
    return joined.requires_grad_(first.requires_grad)


def noise_of(learner: Learner, x: Tensor) -> Tensor:
    """Return the noise (B, dim) that the learner's model would draw alone."""
    generator = torch.Generator(x.device).manual_seed(learner.step_seed)
    shape = (x.shape[1], learner.settings.sizes.dim)
    return torch.randn(shape, generator=generator, device=x.device)
