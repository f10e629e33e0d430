"""A curve from one training: its points at any slopes, and the slopes of the rates asked for."""

import math
import time
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.optimize import brentq
from torch import Tensor

from rdneural.data.images import ImageData
from rdneural.data.of_run import load_data
from rdneural.machine.device import autocast, device_name, keep_freed_memory, peak_memory_mib
from rdneural.machine.seeding import seeded
from rdneural.measures.images import as_tensor, grey_of, spread_subset
from rdneural.measures.rates import measure
from rdneural.measures.splits import MEASURED_IMAGES
from rdneural.models.build import LatentModel
from rdneural.models.conditioned import ConditionedModel
from rdneural.records.asked import check_target_rates, target_outcome
from rdneural.records.curves import MEASURED_SPLITS, CurveSettings, check_betas
from rdneural.records.identity import IMAGES, WEIGHTS
from rdneural.records.layout import COMPARISON, CURVE, CURVE_OUTPUTS
from rdneural.runs.curve_comparison import (
    COMPARED,
    compare,
    cost_of,
    paired_difference,
    rows_to_compare,
    trained_run,
)
from rdneural.runs.run import VALIDATION_IMAGES, remove_results
from rdneural.training.curve import train_curve
from rdneural.training.learner import SETTLING_IMAGES, Trained
from rdneural.training.options import PLAIN, LoopOptions
from rdneural.training.state import write_history
from rdtheory.checks import check_count
from rdtheory.results import refuse_existing, write_rows

TARGET_TOLERANCE = 1e-3
"""A rate that is asked for is met within this share of it, on the images of the search."""

TRIED = 9
"""Slopes at which a rate is looked for where those at the two ends are both above or below it."""


class OutOfReachError(ValueError):
    """A rate that a curve has at none of its slopes, though it has those from `least` to `most`."""

    def __init__(self, target: float, least: float, most: float) -> None:
        super().__init__(
            f"target_rate must be between {least:.4g} and {most:.4g} nats, which the curve has, "
            f"got {target:g}"
        )
        self.target, self.least, self.most = target, least, most

    def as_dict(self) -> dict[str, float]:
        """Return the rate and what can be reached as JSON has them."""
        return {"target_rate": self.target, "least": self.least, "most": self.most}


def run_curve(
    settings: CurveSettings,
    place: Path,
    *,
    betas: Sequence[float],
    target_rates: Sequence[float] = (),
    against: Path | None = None,
    test_images: int | None = None,
    resume: bool = False,
    overwrite: bool = False,
    options: LoopOptions = PLAIN,
) -> dict[str, Any]:
    """Train a curve, or go on with it; measure it; leave checkpoint and history; return the result.

    Parameters
    ----------
    settings, place
        what is trained, and the directory of what it leaves.
    betas
        slopes at which the curve is measured, within the range that it is trained on.
    target_rates
        rates in nats whose slopes are sought after training, and measured too; those that the
        curve has not are in the result as `out_of_reach`, with the rates that it has.
    against
        table of a sweep, or its directory: separate runs to compare with at their slopes.
    test_images
        test images measured, spread over all of them; all where None.
    resume, overwrite, options
        as of `rdneural.runs.run.run_training`. A curve that is finished is only measured anew.

    Raises
    ------
    FileExistsError
        where `place` holds results and neither `resume` nor `overwrite` is asked for.
    ValueError
        where a number, data, table or checkpoint is not usable, a rate is more than an image
        can hold, or training diverges.
    """
    check_betas(betas, settings.low, settings.high)
    check_target_rates(target_rates, settings.run)
    if test_images is not None:
        check_count("test_images", test_images)
    if not resume:
        for name in CURVE_OUTPUTS:
            refuse_existing(place / name, overwrite=overwrite)
    data = load_data(settings.run)
    rows = [] if against is None else rows_to_compare(against, settings, data.name)
    if overwrite and not resume:
        remove_results(place, CURVE)
    keep_freed_memory()
    train_images = as_tensor(data.train)
    trained = train_curve(
        settings,
        train_images,
        spread_subset(as_tensor(data.valid), VALIDATION_IMAGES),
        place,
        grey=grey_of(data),
        resume=resume,
        options=options,
    )
    begun = time.perf_counter()
    write_history(place, trained.progress.history)
    options.tell("measuring R and D along the curve")
    model = trained.model
    assert isinstance(model, ConditionedModel)
    with autocast(settings.run):
        found, missed = _find_all(model, target_rates, train_images.to(settings.run.device))
    plain = {*betas, *(row["beta"] for row in rows)} - {beta for beta, _ in found}
    asked = sorted([*((beta, None) for beta in plain), *found], key=lambda pair: pair[0])
    points = [
        measure_point(model, beta, data, settings, target_rate=target, test_images=test_images)
        for beta, target in asked
    ]
    result = _result(settings, data, trained, points)
    result |= {"out_of_reach": [error.as_dict() for error in missed]}
    if against is not None:
        paired = _pairs(model, against, rows, data, settings, test_images)
        comparison = compare(result, rows, paired)
        write_rows(place / COMPARISON, COMPARED, comparison["rows"], overwrite=True)
        result |= {"comparison": comparison}
    return result | {"seconds": trained.progress.seconds + time.perf_counter() - begun}


def _pairs(
    model: ConditionedModel,
    against: Path,
    rows: Sequence[dict[str, Any]],
    data: ImageData,
    settings: CurveSettings,
    test_images: int | None,
) -> dict[str, tuple[float, float]]:
    """Return the paired differences from those runs whose models are there."""
    images = spread_subset(as_tensor(data.test), test_images)
    found = {}
    for row in rows:
        other = trained_run(against, row)
        if other is not None:
            one = model.at(row["beta"])
            found[row["run"]] = paired_difference(settings, one, other, images, row["beta"])
    return found


def _find_all(
    model: ConditionedModel, target_rates: Sequence[float], images: Tensor
) -> tuple[list[tuple[float, float]], list[OutOfReachError]]:
    """Return slopes with the rates that are theirs, and the rates that the curve has not."""
    found, missed = [], []
    for target in dict.fromkeys(target_rates):
        try:
            found.append((find_beta(model, target, images), target))
        except OutOfReachError as error:
            missed.append(error)
    return found, missed


@torch.no_grad()
def mean_rate(model: LatentModel, images: Tensor, *, seed: int = 0, batch: int = 500) -> float:
    """Return the mean rate of images (N, 1, side, side), in nats, at codes that `seed` fixes."""
    with seeded(seed):
        rates = [model.encode(chunk.float())[1].double().sum() for chunk in images.split(batch)]
    return torch.stack(rates).sum().item() / len(images)


def find_beta(model: ConditionedModel, target: float, images: Tensor, *, seed: int = 0) -> float:
    """Return the slope at which the mean rate of images is the target, by Brent's method.

    The search is over log beta, with the same codes' noise at every slope, so that the rate is a
    continuous function of it; up to `SETTLING_IMAGES` of the images are used. It ends where the
    rate is within `TARGET_TOLERANCE` times the target.

    Raises
    ------
    OutOfReachError
        where the target is not between the rates of any two slopes of `TRIED` of the range.
    """
    images = spread_subset(images, SETTLING_IMAGES)

    def miss(log_beta: float) -> float:
        beta = min(max(math.exp(log_beta), model.low), model.high)
        missed = mean_rate(model.at(beta), images, seed=seed) - target
        return 0.0 if abs(missed) <= TARGET_TOLERANCE * target else missed  # Brent ends at 0

    ends = math.log(model.low), math.log(model.high)
    missed = {end: miss(end) for end in ends}
    if math.prod(missed.values()) > 0:  # a rate that does not fall in beta may be there in between
        between = np.linspace(*ends, TRIED)[1:-1].tolist()
        missed = dict(sorted((missed | {at: miss(at) for at in between}).items()))
        pairs = [(a, b) for a, b in pairwise(missed) if missed[a] * missed[b] <= 0]
        if not pairs:
            least, most = (extreme(missed.values()) + target for extreme in (min, max))
            raise OutOfReachError(target, least, most)
        ends = pairs[0]
    return math.exp(brentq(miss, *ends, xtol=1e-12))


def measure_point(
    model: ConditionedModel,
    beta: float,
    data: ImageData,
    settings: CurveSettings,
    *,
    target_rate: float | None = None,
    test_images: int | None = None,
) -> dict[str, Any]:
    """Measure the curve at a slope: R, D, R + D and `cost`, D + beta R, of each split."""
    at_beta = model.at(beta)
    counts = MEASURED_IMAGES | {"test": test_images}
    point: dict[str, Any] = {"beta": beta, "target_rate": target_rate}
    for split in MEASURED_SPLITS:
        images = spread_subset(as_tensor(data.split(split)), counts[split])
        with autocast(settings.run):
            found = measure(at_beta, images.to(settings.run.device))
        cost, cost_se = cost_of(found.as_dict(), beta)
        point[split] = found.as_dict() | {"cost": cost, "cost_se": cost_se}
    return point | target_outcome(target_rate, point["test"]["rate"], point["test"]["rate_se"])


def greatest_rise(points: Sequence[dict[str, Any]]) -> float:
    """Return by how many nats the test rate rises most from a beta to the next; 0 if it never does.

    A rate that falls in beta is what a frontier has.
    """
    rates = [point["test"]["rate"] for point in sorted(points, key=lambda point: point["beta"])]
    return max((b - a for a, b in pairwise(rates)), default=0.0)


def _result(
    settings: CurveSettings, data: ImageData, trained: Trained, points: list[dict[str, Any]]
) -> dict[str, Any]:
    progress, plan, run = trained.progress, trained.plan, settings.run
    rise = max(0.0, greatest_rise(points))
    return {
        "data": data.name,
        "warning": data.warning,
        "device": device_name(run.device),
        "model": run.model,
        "preset": run.preset,
        "parameters": trained.model.size(),
        "epochs": progress.step / plan.epoch_steps,
        "steps": progress.step,
        "images_seen": progress.step * plan.batch,
        "training_seconds": progress.training_seconds,
        "images_per_second": progress.step * plan.batch / progress.training_seconds,
        "peak_memory_mib": peak_memory_mib(run.device),
        IMAGES: trained.images,
        WEIGHTS: trained.weights,
        "rate_falls": rise == 0.0,
        "greatest_rise": rise,
        "points": points,
    }
