"""What the runs of a sweep cost in time: known from runs that are finished, else timed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from rdneural.data.of_run import load_data
from rdneural.measures.splits import MEASURED_IMAGES
from rdneural.records.names import is_autoregressive
from rdneural.records.plan import VALIDATIONS, plan_of
from rdneural.records.settings import RunSettings
from rdneural.runs.bench import time_family
from rdneural.runs.run import VALIDATION_IMAGES
from rdneural.sweeps.plan import Planned, extended_plan
from rdneural.sweeps.results import collect, is_finished, pulled_rows

TIMED_STEPS = 3
"""Steps that are timed of a family that no run is known of."""


@dataclass(frozen=True)
class Cost:
    """Seconds of a run: `epoch` for each epoch of training, `rest` for measuring and drawing."""

    epoch: float
    rest: float

    def of(self, epochs: float) -> float:
        """Return the seconds of a run of so many epochs."""
        return self.epoch * epochs + self.rest


def known_cost(settings: RunSettings, rows: Sequence[Mapping[str, Any]]) -> Cost | None:
    """Return the mean cost of the rows that are most like a run; None where none are like it.

    Alike are rows of the same preset and family, else of the same preset and decoder, else of the
    same preset.
    """
    autoregressive = is_autoregressive(settings.model)
    alike = [row for row in rows if row["preset"] == settings.preset and row["epochs"] > 0]
    decoder = [row for row in alike if is_autoregressive(row["model"]) == autoregressive]
    family = [row for row in decoder if row["model"] == settings.model]
    chosen = family or decoder or alike
    if not chosen:
        return None
    return Cost(
        epoch=mean(row["training_seconds"] / row["epochs"] for row in chosen),
        rest=mean(max(0.0, row["seconds"] - row["training_seconds"]) for row in chosen),
    )


def timed_cost(settings: RunSettings) -> Cost:
    """Return the cost of a run by timing a few steps of its family on this machine."""
    images = load_data(settings)
    timing = time_family(settings, steps=TIMED_STEPS)
    steps = plan_of(settings, len(images.train)).epoch_steps
    measured = VALIDATIONS * VALIDATION_IMAGES + sum(
        min(count or len(images.split(split)), len(images.split(split)))
        for split, count in MEASURED_IMAGES.items()
    )
    return Cost(
        epoch=steps * timing["step_seconds"],
        rest=measured / timing["measuring_images_per_second"],
    )


def estimate(
    runs: Iterable[RunSettings], rows: Sequence[Mapping[str, Any]], *, timed: bool = False
) -> list[float | None]:
    """Return the seconds of each run; None where nothing like it was run, if not `timed`.

    Each family that no row is of is timed once.
    """
    families = {(row["preset"], row["model"]) for row in rows}
    timings: dict[tuple[str, str], Cost] = {}

    def cost_of(settings: RunSettings) -> Cost | None:
        family = (settings.preset, settings.model)
        if not timed or family in families:
            return known_cost(settings, rows)
        if family not in timings:
            timings[family] = timed_cost(settings)
        return timings[family]

    costs = [(settings, cost_of(settings)) for settings in runs]
    return [None if cost is None else cost.of(settings.epochs) for settings, cost in costs]


def describe_cost(place: Path, plan: Sequence[Planned], *, jobs: int = 1) -> dict[str, Any]:
    """Return the runs that a sweep would make, with the seconds that each is to take.

    Returns
    -------
    dict
        `runs` (name, model, epochs, whether it is finished, seconds; None of a finished one),
        `total` and `finished`, their numbers, and `seconds`, the time that all the others take
        where `jobs` at once do not slow one another down.

    Raises
    ------
    ValueError
        where there is no plan, or a sweep would refuse it.
    """
    everything = extended_plan(place, plan)
    plan = plan or everything
    if not plan:
        raise ValueError(f"{place} must have a plan to go on with, got none: give --betas")
    pulled = pulled_rows(place)
    finished = [is_finished(place, run, pulled) for run in plan]
    rows = collect(place, everything)
    missing = [run.settings for run, done in zip(plan, finished, strict=True) if not done]
    seconds = iter(estimate(missing, rows, timed=True))
    runs: list[dict[str, Any]] = [
        {
            "run": run.name, "model": run.settings.model, "epochs": run.settings.epochs,
            "finished": done, "seconds": None if done else next(seconds),
        }
        for run, done in zip(plan, finished, strict=True)
    ]  # fmt: skip
    total = sum(run["seconds"] or 0.0 for run in runs)
    return {
        "runs": runs, "total": len(runs), "finished": sum(finished), "seconds": total / jobs,
    }  # fmt: skip
