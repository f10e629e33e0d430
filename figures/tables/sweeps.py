"""The state of a sweep and what it would cost, as tables for a terminal."""

from collections.abc import Mapping
from typing import Any

from tabulate import tabulate

from figures.parts.words import beta_asked, target_said
from rdtheory.words import duration

STATES = ("done", "running", "waiting", "failed")


def sweep_table(found: Mapping[str, Any]) -> str:
    """Return the counts of a sweep's runs, the time left, and which did not get what was asked."""
    counts = ", ".join(f"{found[state]} {state}" for state in STATES)
    lines = [f"{found['total']} runs: {counts}"]
    if found["running"] or found["waiting"]:
        lines.append(f"time left: {duration(found['seconds_left'])}")
    failed = [run for run in found["runs"] if run["state"] == "failed"]
    lines += [f"failed: {run['run']}: {run['reason']}" for run in failed]
    lines += [f"diverged: {run['run']}" for run in found.get("diverged", ())]
    lines += [
        f"target rate: {run['run']}: {target_said(run)} on test images"
        for run in found.get("missed", ())
    ]
    lines += [
        f"annealing not over: {run['run']}: {beta_asked(run)}"
        for run in found.get("short_of_beta", ())
    ]
    return "\n".join(lines)


def cost_table(found: Mapping[str, Any]) -> str:
    """Return the runs that a sweep would make, and the time that they are to take."""
    rows = [
        [run["run"], f"{run['epochs']:g}",
         "finished" if run["finished"] else duration(run["seconds"])]
        for run in found["runs"]
    ]  # fmt: skip
    table = tabulate(rows, ["run", "epochs", "time"], disable_numparse=True)
    missing = found["total"] - found["finished"]
    return f"{table}\n\n{missing} of {found['total']} runs to make: {duration(found['seconds'])}"
