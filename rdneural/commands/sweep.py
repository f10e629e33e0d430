"""`sweep`: a grid of runs that can be killed and goes on."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from rdneural.commands.job import Done, Job
from rdneural.commands.options import (
    NUMBERS,
    PATH,
    dataset_options,
    images_asked,
    json_option,
    settings_options,
    with_options,
)
from rdneural.commands.place import refuse_another
from rdneural.commands.pulse import say
from rdneural.commands.sweeps import pull, status

RUNS_FAILED = 3  # the exit code of a sweep that ended with runs that failed

OF_ITS_OWN = (
    "out", "json_path", "overwrite", "dry_run", "jobs", "on", "cpus_per_run", "gpus_per_run",
    "batched", "checkpoint_seconds", "retry_failed", "tensorboard", "pictures",
)  # fmt: skip
"""Options of a sweep that say nothing about which runs it has."""

sweep_options = with_options(
    click.option("--models", default="all", show_default=True, metavar="LIST",
                 help="Families or patterns, as in --models='---,?+v,coarse:7'; "
                 "all are the twelve."),
    click.option("--betas", type=NUMBERS, metavar="LIST",
                 help="Slopes: 0.1,1 or LOW:HIGH:COUNT, spaced evenly in the logarithm."),
    click.option("--target-rates", type=NUMBERS, metavar="LIST", help="Rates in nats: 5,10,20."),
    click.option("--anneal", "anneals", type=NUMBERS, default="0", show_default=True,
                 metavar="LIST",
                 help="Epochs over which beta rises from 0; each slope is run with each."),
    click.option("--seeds", default=1, show_default=True, help="Seeds of each setting."),
    click.option("--seed", default=0, show_default=True, help="The first seed."),
    *dataset_options,
    *settings_options,
    click.option("--jobs", default=1, show_default=True,
                 help="Processes that share the work; with 1 it is this one."),
    click.option("--on", default="here", show_default=True, metavar="WHERE",
                 help="here, ray (started on this machine) or ray://HOST:PORT."),
    click.option("--cpus-per-run", default=1.0, show_default=True, help="On Ray."),
    click.option("--gpus-per-run", default=0.0, show_default=True,
                 help="On Ray; 0.25 lets four share a GPU."),
    click.option("--batched", default=1, show_default=True, metavar="K",
                 help="Train K runs of one architecture at once, as one batched model."),
    click.option("--checkpoint-seconds", default=120.0, show_default=True,
                 help="What a kill may cost."),
    click.option("--retry-failed", is_flag=True, help="Try again what failed before."),
    click.option("--tensorboard", is_flag=True, help="Write event files for TensorBoard."),
    click.option("--dry-run", is_flag=True, help="List the runs and what they cost."),
    click.option("--overwrite", is_flag=True, help="Replace the file of --json, if it is there."),
    click.option("--out", metavar="DIR", type=PATH,
                 help="Directory of the sweep, a new or a begun one.  "
                 "[default: a new one, runs/sweep-N]"),
    json_option,
)  # fmt: skip


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
    for before. It leaves a directory for each run, and all of them in one table.csv.

    The exit code is 3 where runs failed.

    \b
    python cli.py sweep --models all --betas 0.1:10:12 --seeds 3 --dry-run
    python cli.py sweep --models '-?v' --betas 0.1,1 --target-rates 5,20 --jobs 2 --out runs/vamp
    python cli.py sweep status --out runs/vamp
    """
    if context.invoked_subcommand is not None:
        _hand_on(context, context.invoked_subcommand)
        return None
    job = Job("sweep", seed, out, json_path, overwrite)
    return job, _sweep(job, **asked)


def _sweep(
    job: Job,
    *,
    dry_run: bool,
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
        _refuse_given("--betas or --target-rates", but=(*OF_ITS_OWN, "dataset", "data"))
    if betas is None:
        _refuse_given("--betas", only=("anneals",))
    lists: dict[str, Any] = {
        "betas": betas or [],
        "target_rates": target_rates or [],
        "anneals": anneals,
    }
    asked |= images_asked(dataset, data) | {"seed": job.seed}
    job.refuse_json()
    if job.out is not None and not dry_run:
        from rdneural.records.layout import PLAN

        job.hold(job.out, locked=False)  # the sweep holds the lock itself
        refuse_another(job.out, PLAN)
    from rdneural.records.recommended import check_grid

    check_grid(**lists, **asked)
    job.begin(f"{'timing' if dry_run else 'running'} {asked['models']}")

    from rdneural.sweeps.cost import describe_cost
    from rdneural.sweeps.plan import make_plan, planned_elsewhere
    from rdneural.sweeps.status import sweep_status
    from rdneural.sweeps.sweep import Workers, run_sweep

    workers = Workers(on, jobs=jobs, batched=batched, cpus=cpus_per_run, gpus=gpus_per_run)
    plan = make_plan(**lists, **asked) if betas or target_rates else []
    if not plan and job.out is not None and _is_given("dataset", "data"):
        plan = planned_elsewhere(job.out, asked["dataset"], asked["data"])
    settings = asked | lists | {"on": on, "jobs": jobs, "batched": batched}
    if dry_run:
        found = describe_cost(job.out or Path("runs"), plan, jobs=jobs)
        return Done(found, settings, table="cost_table")
    place = job.hold(job.out, goes_on="", locked=False)
    job.tell("runs go on; `sweep status` says how far each is")
    run_sweep(
        place, plan, workers=workers, retry=retry_failed, pictures=pictures,
        checkpoint_seconds=checkpoint_seconds, tensorboard=tensorboard, say=say, tell=job.tell,
    )  # fmt: skip
    found = sweep_status(place)
    return Done(
        found, settings, table="sweep_table", leaves=("table.csv",),
        exit_code=RUNS_FAILED if found["failed"] else 0,
    )  # fmt: skip


def _hand_on(context: click.Context, command: str) -> None:
    """Let `sweep --out S status` be `sweep status --out S`; refuse what is of no use to it."""
    given = dict(_given(context))
    for name, option in given.items():
        if name not in ("out", "json_path", "overwrite"):
            raise ValueError(f"{option} must come without {command}, which takes --out")
    context.default_map = {command: {name: context.params[name] for name in given}}


def _refuse_given(
    missing: str, *, but: Sequence[str] = (), only: Sequence[str] | None = None
) -> None:
    """Refuse options of this command that mean nothing while others are missing."""
    for name, option in _given(click.get_current_context()):
        if name not in but and (only is None or name in only):
            raise ValueError(f"{option} must come with {missing}")


def _is_given(*names: str) -> bool:
    return any(name in names for name, _ in _given(click.get_current_context()))


def _given(context: click.Context) -> Iterator[tuple[str, str]]:
    """Yield the parameters that were given, each with its option."""
    for parameter in context.command.params:
        name = parameter.name or ""
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            yield name, parameter.opts[0]


sweep.add_command(status)
sweep.add_command(pull)
