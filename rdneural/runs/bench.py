"""How fast the families train and are measured, and how much arithmetic that is."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from rdneural.machine.device import autocast, keep_freed_memory
from rdneural.machine.seeding import seeded
from rdneural.models.build import build_model
from rdneural.records.settings import RunSettings
from rdneural.runs.floor import Speeds, kept_bytes
from rdneural.training.learner import Learner, Plan
from rdneural.training.loop import new_learner, take_step
from rdneural.training.optimisers import make_optimisers, step_all
from rdneural.training.together import Together, check_continuous
from rdtheory.checks import check_count

RATE = 1e-4
"""Learning rate of the steps that are timed."""


def time_family(
    settings: RunSettings, *, steps: int = 10, keep_memory: bool = True,
    speeds: Speeds | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Time training steps and measurements of a family on random images.

    Returns
    -------
    dict
        `parameters`, `training_gflop` and `measuring_gflop` per image (matrix products and
        convolutions, an addition and a multiplication counting two), median `step_seconds`, and
        images per second of both. Where the machine's `speeds` are given, also `kept_mib` of a
        step's forward pass, `floor_seconds` of a step, and `floor_share`, its share of the step.
    """
    if keep_memory:
        keep_freed_memory()
    device = torch.device(settings.device)
    with seeded(settings.seed):
        model = build_model(settings.model, settings.sizes).to(device)
        side = settings.sizes.side
        x = torch.bernoulli(torch.full((settings.batch, 1, side, side), 0.13)).to(device)
        optimisers = make_optimisers(model, settings.optimiser, rate=RATE, decay=0.0)

        def forward() -> Tensor:
            with autocast(settings):
                terms = model(x)
            return (terms.rate + terms.distortion).mean()

        def train_step() -> None:
            forward().backward()
            step_all(optimisers, RATE)

        def measure_step() -> None:
            with torch.no_grad(), autocast(settings):
                model(x)

        training = _timed(train_step, steps, device)
        measuring = _timed(measure_step, steps, device)
        gflop = _gflop(train_step)
        found: dict[str, Any] = {}
        if speeds is not None:
            kept = kept_bytes(forward)
            floor = speeds.floor(gflop, kept)
            found = {"kept_mib": kept / 2**20, "floor_seconds": floor,
                     "floor_share": floor / training}  # fmt: skip
        return found | {
            "model": settings.model,
            "parameters": model.size(),
            "training_gflop": gflop / settings.batch,
            "measuring_gflop": _gflop(measure_step) / settings.batch,
            "step_seconds": training,
            "training_images_per_second": settings.batch / training,
            "measuring_images_per_second": settings.batch / measuring,
        }


def time_batched(
    settings: RunSettings, *, count: int, steps: int = 10, keep_memory: bool = True
) -> dict[str, Any]:
    """Time whole training steps of `count` models, one after the other and as one batched model.

    A step is all that training does between two validations but for picking images: draws, forward
    and backward passes, the gradients' norm, Adam, the average of weights. Both ways are timed in
    turn, so that a machine that is busy with other things is so for both.

    Returns
    -------
    dict
        median seconds of a step of all models, `sequential_step_seconds` and
        `batched_step_seconds`; images per second of both, those of all models counted; and
        `ratio`, how many times as many images the batched model sees in a second.

    Raises
    ------
    ValueError
        where a count is below 1, or the family's codes are discrete.
    """
    check_continuous(settings.model)
    check_count("count", count)
    check_count("steps", steps)
    if keep_memory:
        keep_freed_memory()
    device = torch.device(settings.device)
    side = settings.sizes.side
    with seeded(settings.seed):
        x = torch.bernoulli(torch.full((count, settings.batch, 1, side, side), 0.13)).to(device)
        plan = Plan(settings.batch, epoch_steps=1, steps=steps + 2, validate_every=1)

        def learners() -> list[Learner]:
            alike = [replace(settings, seed=settings.seed + k) for k in range(count)]
            return [new_learner(one, plan, x[0], "", Path()) for one in alike]

        alone, together = learners(), Together(learners())

        def in_turn() -> None:
            for one, images in zip(alone, x, strict=True):
                take_step(one, one.model, images)

        sequential, batched = _timed_in_turn([in_turn, lambda: together.step(x)], steps, device)
    images = count * settings.batch
    return {
        "model": settings.model,
        "preset": settings.preset,
        "count": count,
        "batch": settings.batch,
        "sequential_step_seconds": sequential,
        "batched_step_seconds": batched,
        "sequential_images_per_second": images / sequential,
        "batched_images_per_second": images / batched,
        "ratio": sequential / batched,
    }


def _timed(step: Callable[[], None], steps: int, device: torch.device) -> float:
    """Return the median seconds of a step, after two that warm up."""
    return _timed_in_turn([step], steps, device)[0]


def _timed_in_turn(
    ways: Sequence[Callable[[], object]], steps: int, device: torch.device
) -> list[float]:
    """Return the median seconds of a step of each way, after two that warm up."""
    seconds: list[list[float]] = [[] for _ in ways]
    for _ in range(steps + 2):
        for way, seen in zip(ways, seconds, strict=True):
            begun = time.perf_counter()
            way()
            if device.type == "cuda":
                torch.cuda.synchronize(device)
            seen.append(time.perf_counter() - begun)
    return [median(seen[2:]) for seen in seconds]


def _gflop(step: Callable[[], None]) -> float:
    with FlopCounterMode(display=False) as counter:
        step()
    return counter.get_total_flops() / 1e9
