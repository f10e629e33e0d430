"""How fast the families train and are measured, and how much arithmetic that is."""

import time
from collections.abc import Callable
from statistics import median
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from rdneural.model import build_model
from rdneural.runs import keep_freed_memory
from rdneural.seeding import seeded
from rdneural.settings import RunSettings
from rdneural.training import autocast


def time_family(
    settings: RunSettings, *, steps: int = 10, keep_memory: bool = True
) -> dict[str, Any]:
    """Time training steps and measurements of a family on random images.

    Returns
    -------
    dict
        `parameters`, `training_gflop` and `measuring_gflop` per image (matrix products and
        convolutions, an addition and a multiplication counting two), median `step_seconds`, and
        images per second of both.
    """
    if keep_memory:
        keep_freed_memory()
    device = torch.device(settings.device)
    with seeded(settings.seed):
        model = build_model(settings.model, settings.sizes).to(device)
        side = settings.sizes.side
        x = torch.bernoulli(torch.full((settings.batch, 1, side, side), 0.13)).to(device)
        optimiser = torch.optim.Adam(model.parameters(), lr=1e-4, fused=True)

        def train_step() -> None:
            with autocast(settings):
                terms = model(x)
            (terms.rate + terms.distortion).mean().backward()
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)

        def measure_step() -> None:
            with torch.no_grad(), autocast(settings):
                model(x)

        training = _timed(train_step, steps, device)
        measuring = _timed(measure_step, steps, device)
        return {
            "model": settings.model,
            "parameters": model.size(),
            "training_gflop": _gflop(train_step) / settings.batch,
            "measuring_gflop": _gflop(measure_step) / settings.batch,
            "step_seconds": training,
            "training_images_per_second": settings.batch / training,
            "measuring_images_per_second": settings.batch / measuring,
        }


def _timed(step: Callable[[], None], steps: int, device: torch.device) -> float:
    """Return the median seconds of a step, after two that warm up."""
    seconds = []
    for _ in range(steps + 2):
        begun = time.perf_counter()
        step()
        if device.type == "cuda":
            torch.cuda.synchronize(device)
        seconds.append(time.perf_counter() - begun)
    return median(seconds[2:])


def _gflop(step: Callable[[], None]) -> float:
    with FlopCounterMode(display=False) as counter:
        step()
    return counter.get_total_flops() / 1e9
