"""`sweep`: a grid of runs that can be killed and goes on."""

from pathlib import Path
from typing import Any

import click

from rdneural.commands.early import check_early
from rdneural.commands.given import is_given
from rdneural.commands.images import check_images, images_asked
from rdneural.commands.job import Done, Job
from rdneural.commands.kinds import check_begun_sweep
from rdneural.commands.place import refuse_another
from rdneural.commands.pulse import say
from rdneural.commands.sweep_options import (
    OF_ITS_OWN,
    OF_THE_MACHINE,
    hand_on,
    refuse_given,
    refuse_of_runs,
    sweep_options,
)
from rdneural.commands.sweeps import pull, status

RUNS_FAILED = 3  # the exit code of a sweep that ended with runs that failed


@click.group(invoke_without_command=True, subcommand_metavar="[status|pull]")
@sweep_options
@click.pass_context
def sweep(
    context: click.Context,
    seed: int,
    out: Path | None,
    json_path: Path | None,
    overwrite: bool,
    **asked: Any,  # noqa: ANN401  (see sweep_options)
) -> tuple[Job, Done] | None:
    """Run a grid of models, slopes or rates, and seeds; go on with what is missing of it.

    Kill it at any moment and start it again: finished runs stay as they are, begun ones go on from
    their checkpoints, and a run that fails is recorded and does not stop the rest. Other lists on
    the same --out add to it; without --betas and --target-rates it goes on with what it was asked
    for before. It leaves a directory for each run, and all of them in one table.csv; with --curves
    one for each family's curve, and the points of all in one points.csv.

    The exit code is 3 where runs failed.

    \b
    python cli.py sweep --models all --betas 0.1:10:12 --seeds 3 --dry-run
    python cli.py sweep --models '-?v' --betas 0.1,1 --target-rates 5,20 --jobs 2 --out runs/vamp
    python cli.py sweep --curves --betas 0.05:10:15 --priority 1 --only-plan --out runs/vamp
    python cli.py sweep status --out runs/vamp
    """
    if context.invoked_subcommand is not None:
        hand_on(context, context.invoked_subcommand)
        return None
    job = Job("sweep", seed, out, json_path, overwrite)
    return job, _sweep(job, **asked)


def _sweep(
    job: Job,
    *,
    dry_run: bool,
    only_plan: bool,
    curves: bool,
    range_: tuple[float, float],
    priority: int,
    betas: list[float] | None,
    target_rates: list[float] | None,
    anneals: list[float],
    dataset: str,
    data: str,
    on: str,
    jobs: int,
    batched: int,
    cpus_per_run: float,
    gpus_per_run: float,
    retry_failed: bool,
    pictures: int,
    checkpoint_seconds: float,
    tensorboard: bool,
    **asked: Any,  # noqa: ANN401  (models, seeds, and the fields of RunSettings)
) -> Done:
    if betas is None and target_rates is None:
        if job.out is None:
            raise ValueError("give --betas, --target-rates, or the --out of a sweep to go on with")
        refuse_given("--betas or --target-rates", but=(*OF_ITS_OWN, *OF_THE_MACHINE))
    if betas is None:
        refuse_given("--betas", only=("anneals",))
    if curves:
        refuse_of_runs(*range_, betas)
    else:
        refuse_given("--curves", only=("range_",))
    lists: dict[str, Any] = {
        "betas": betas or [],
        "target_rates": target_rates or [],
        "anneals": anneals,
    }
    check_early(asked, pictures)
    asked |= images_asked(
        dataset, data, asked["binarise"], asked["split_seed"], asked["likelihood"]
    )  # fmt: skip
    asked["seed"] = job.seed
    from rdneural.records.parts import parts_asked

    asked = parts_asked(asked)
    job.refuse_json()
    if job.out is not None and not dry_run:
        from rdneural.records.layout import PLAN

        job.hold(job.out, locked=False)  # the sweep holds the lock itself
        refuse_another(job.out, PLAN)
    from rdneural.records.recommended import check_grid

    check_grid(**lists, **asked)
    if job.out is not None:
        of_runs = bool(betas or target_rates) and asked["dataset"]
        check_begun_sweep(
            job.out, dataset=of_runs or None, preset=asked["preset"], frame=asked["frame"]
        )
    if betas or target_rates:
        check_images(asked)
    what = "timing" if dry_run else "planning" if only_plan else "running"
    job.begin(f"{what} {asked['models']}")

    from rdneural.sweeps.cost import describe_cost
    from rdneural.sweeps.curves import plan_curves
    from rdneural.sweeps.plan import make_plan, planned_anew
    from rdneural.sweeps.status import sweep_status
    from rdneural.sweeps.sweep import Workers, run_sweep

    workers = Workers(on, jobs=jobs, batched=batched, cpus=cpus_per_run, gpus=gpus_per_run)
    plan = []
    if curves:
        low, high = range_
        plan = plan_curves(betas=betas or [], low=low, high=high, priority=priority, **asked)
    elif betas or target_rates:
        plan = make_plan(priority=priority, **lists, **asked)
    if not plan and job.out is not None and is_given(*OF_THE_MACHINE):
        plan = planned_anew(
            job.out,
            images=(asked["dataset"], asked["data"]) if is_given("dataset", "data") else None,
            precision=asked["precision"] if is_given("precision") else None,
        )
    settings = asked | lists | {"on": on, "jobs": jobs, "batched": batched}
    if dry_run:
        found = describe_cost(job.out or Path("runs"), plan, jobs=jobs)
        return Done(found, settings, table="cost_table")
    place = job.hold(job.out, goes_on="", locked=False)
    job.tell("runs go on; `sweep status` says how far each is")
    run_sweep(
        place, plan, workers=workers, retry=retry_failed, only_plan=only_plan, pictures=pictures,
        checkpoint_seconds=checkpoint_seconds, tensorboard=tensorboard, say=say, tell=job.tell,
    )  # fmt: skip
    found = sweep_status(place)
    return Done(
        found, settings, table="sweep_table",
        leaves=("table.csv", *(["points.csv"] if (place / "points.csv").exists() else [])),
        exit_code=RUNS_FAILED if found["failed"] else 0,
    )  # fmt: skip


sweep.add_command(status)
sweep.add_command(pull)
