"""Curves among the trainings of a sweep: how they are planned, trained, read back and tabulated."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from rdneural.records.curves import HIGH, LOW, MEASURED_SPLITS, check_betas
from rdneural.records.layout import CHECKPOINT, CURVE, POINTS
from rdneural.records.measured import Measured
from rdneural.records.names import chosen_families
from rdneural.records.sameness import check_same_settings
from rdneural.runs.curve import run_curve
from rdneural.sweeps.planned import Planned, Slopes
from rdneural.training.curve import make_settings
from rdneural.training.options import LoopOptions
from rdtheory.checks import check_count
from rdtheory.results import result_head, write_json, write_rows

COLUMNS = (
    "run", "data", "warning", "device", "model", "preset", "seed", "epochs", "beta",
    *(f"{split}_{part.name}" for split in MEASURED_SPLITS for part in fields(Measured)),
    "training_seconds", "images_per_second", "seconds",
)  # fmt: skip
"""Of the table of points: what is measured of a curve at each slope, and the curve's training."""


def plan_curves(
    *,
    models: str = "all",
    betas: Sequence[float],
    low: float = LOW,
    high: float = HIGH,
    seeds: int = 1,
    seed: int = 0,
    priority: int = 0,
    **asked: Any,  # noqa: ANN401  (other arguments of `make_settings`)
) -> list[Planned]:
    """Return a curve of each family and seed, those of the first seed first.

    Parameters are those of `rdneural.sweeps.plan.make_plan`; the curves are trained for slopes from
    `low` to `high` and measured at `betas`.

    Examples
    --------
    >>> tiny = {"preset": "tiny", "device": "cpu", "precision": "float32"}
    >>> plan = plan_curves(dataset="mnist", models="---,-+v", betas=[0.1, 1], **tiny)
    >>> [run.name for run in plan]
    ['curve_---_seed-0', 'curve_-+v_seed-0']
    """
    check_count("seeds", seeds)
    check_betas(betas, low, high)
    plan = []
    for number in range(seed, seed + seeds):
        for model in chosen_families(models):
            chosen = make_settings(low=low, high=high, seed=number, model=model, **asked)
            curve = Slopes(
                low, high, chosen.slopes, chosen.power, chosen.widening, tuple(map(float, betas))
            )
            name = f"curve_{model.replace(':', '-')}_seed-{number}"
            plan.append(Planned(name, chosen.run, curve, priority))
    return plan


def is_measured(run: Planned, result: Mapping[str, Any], path: Path) -> bool:
    """Return whether a curve's result has all slopes at which it is to be measured.

    `ValueError` where it is of other settings.
    """
    assert run.curve is not None
    check_same_settings(result["settings"], run.asked(), path, by_content=True)
    return set(run.curve.betas) <= {point["beta"] for point in result["points"]}


def carry_out_curve(run: Planned, place: Path, options: LoopOptions) -> dict[str, Any]:
    """Train a curve, or go on with it, measure it, and leave its result in its directory."""
    assert run.curve is not None
    settings, betas = run.curve.of(run.settings), list(run.curve.betas)
    found = run_curve(
        settings, place, betas=betas, resume=(place / CHECKPOINT).exists(), overwrite=True,
        options=options,
    )  # fmt: skip
    head = result_head(
        "curve", settings=settings.as_dict() | {"betas": betas}, seed=run.settings.seed,
        seconds=found["seconds"],
    )  # fmt: skip
    write_json(place / CURVE, head | found, overwrite=True)
    return found


def rows_of(name: str, result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a row for each point of a curve, by rising beta."""
    of_all = {column: result[column] for column in COLUMNS if column in result} | {"run": name}
    return [
        of_all | {"beta": point["beta"]} | {
            f"{split}_{part.name}": point[split][part.name]
            for split in MEASURED_SPLITS
            for part in fields(Measured)
        }
        for point in sorted(result["points"], key=lambda point: point["beta"])
    ]  # fmt: skip


def write_points(place: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the table of the points of all curves that are done, where there are any."""
    if rows:
        write_rows(place / POINTS, COLUMNS, rows, overwrite=True)


def line_of(name: str, result: Mapping[str, Any]) -> str:
    """Return what is said of a curve that is done."""
    tests = [point["test"] for point in result["points"]]
    rates = [test["rate"] for test in tests]
    return (
        f"{name}: {len(tests)} slopes, R {min(rates):.2f} to {max(rates):.2f}, least R + D "
        f"{min(test['elbo'] for test in tests):.2f} on test images, {result['seconds']:.0f} s"
    )
