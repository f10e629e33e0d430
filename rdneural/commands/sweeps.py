"""`sweep status` and `sweep pull`: where a sweep stands, and runs of other machines for it."""

from pathlib import Path
from typing import Any

import click

from rdneural.commands.job import Done, Job
from rdneural.commands.kinds import check_sweep
from rdneural.commands.options import PATH, job_options

ON_A_SWEEP: dict[str, Any] = {
    "seed": False, "out": "Directory of the sweep.", "out_default": "",
    "overwrite": "Replace the file of --json, if it is there.",
}  # fmt: skip


@click.command("status")
@job_options("sweep status", **ON_A_SWEEP)
def status(job: Job) -> Done:
    """Show what of a sweep is done, running, waiting or failed, and the time that is left.

    \b
    python cli.py sweep status --out runs/vamp
    python cli.py sweep status --out runs/vamp --json -
    """
    job.refuse_json()
    assert job.out is not None
    check_sweep(job.out)

    from rdneural.sweeps.status import sweep_status

    return Done(sweep_status(job.out), {"out": str(job.out)}, table="sweep_table")


@click.command("pull")
@click.argument("source", type=PATH)
@click.option("--origin", metavar="NAME", help="What the table is to call where they come from.")
@job_options("sweep pull", **ON_A_SWEEP)
def pull(job: Job, source: Path, origin: str | None) -> Done:
    """Take the finished runs of another sweep into the one in --out: merge their tables.

    SOURCE is the directory of a sweep, copied from another machine, a table.csv, or the directory
    of a single run, or one with single runs below it. What is finished in --out stays as it is.

    \b
    python cli.py sweep pull from-gpu/vamp --out runs/vamp
    """
    job.refuse_json()

    from rdneural.sweeps.pull import pull as take

    assert job.out is not None
    found = take(source, job.out, origin=origin)
    counts = ", ".join(f"{len(names)} {what}" for what, names in found.items())
    settings = {"source": str(source), "out": str(job.out), "origin": origin}
    return Done(found, settings, text=f"{job.out}: {counts}")
