"""Where a sweep stands: what is done, running, waiting or failed, and the time that is left."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rdneural.records.asked import slope_reached
from rdneural.records.layout import RUNS
from rdneural.records.locks import is_locked
from rdneural.records.table import Row
from rdneural.sweeps.cost import known_cost
from rdneural.sweeps.plan import Planned, read_plan
from rdneural.sweeps.results import collect, pulled_rows, read_failure, read_result, share_done

STATES = ("done", "running", "waiting", "failed")


def sweep_status(place: Path) -> dict[str, Any]:
    """Return the counts under `STATES`, each run's state, and `seconds_left`.

    `missed`, `diverged` and `short_of_beta` are the finished runs that are not what was asked for.

    The time left is what finished runs of the same family took, less the training that checkpoints
    have behind them, divided by the runs at work; None where no finished run is anything like them.

    Raises
    ------
    ValueError
        where there is no sweep in the directory, or its plan or its table is broken.
    """
    plan = read_plan(place)
    rows = collect(place, plan)
    if not (plan or rows):
        raise ValueError(f"{place} must be the directory of a sweep, got no plan there")
    pulled = pulled_rows(place)
    runs = [_state(place, run, pulled=run.name in pulled) for run in plan]
    known = {run["run"] for run in runs}
    runs += [{"run": name, "state": "done"} for name in pulled if name not in known]
    counts = {state: sum(run["state"] == state for run in runs) for state in STATES}
    left = [
        (planned.settings, 1 - run["share"])
        for planned, run in zip(plan, runs, strict=False)
        if run["state"] in ("running", "waiting")
    ]
    costs = [known_cost(settings, rows) for settings, _ in left]
    seconds_left = None
    if None not in costs:
        both = zip(costs, left, strict=True)
        work = sum(cost.of(share * settings.epochs) for cost, (settings, share) in both if cost)
        seconds_left = work / max(1, counts["running"])
    return {
        **counts, "total": len(runs), "seconds_left": seconds_left, "runs": runs,
        **_not_as_asked(rows),
    }  # fmt: skip


def _not_as_asked(rows: Sequence[Row]) -> dict[str, list[dict[str, Any]]]:
    """Return the runs that diverged, that missed their target, and that never had their beta."""
    named = {
        "diverged": ((), [row for row in rows if row["diverged"]]),
        "missed": (
            ("target_rate", "test_rate", "target_met", "target_miss"),
            [row for row in rows if row["target_met"] is False],
        ),
        "short_of_beta": (
            ("beta", "final_beta"), [row for row in rows if slope_reached(row) is not None],
        ),
    }  # fmt: skip
    return {
        kind: [{name: row[name] for name in ("run", *columns)} for row in found]
        for kind, (columns, found) in named.items()
    }


def _state(place: Path, run: Planned, *, pulled: bool) -> dict[str, Any]:
    """Return a run's name and state; of an open one its share done, of a failed one the reason."""
    directory = place / RUNS / run.name
    if pulled or read_result(directory, run) is not None:
        return {"run": run.name, "state": "done"}
    running = is_locked(directory)
    reason = read_failure(directory)
    if reason is not None and not running:
        return {"run": run.name, "state": "failed", "reason": reason}
    return {
        "run": run.name,
        "state": "running" if running else "waiting",
        "share": share_done(directory),
    }
