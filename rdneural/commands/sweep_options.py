"""The options of `sweep`, and what of them goes together."""

from collections.abc import Sequence

import click

from rdneural.commands.given import given
from rdneural.commands.images import dataset_options
from rdneural.commands.options import (
    NUMBERS,
    PATH,
    RANGE,
    json_option,
    part_options,
    settings_options,
    with_options,
)

OF_ITS_OWN = (
    "out", "json_path", "overwrite", "dry_run", "jobs", "on", "cpus_per_run", "gpus_per_run",
    "batched", "checkpoint_seconds", "retry_failed", "tensorboard", "pictures", "only_plan",
)  # fmt: skip
"""Options of a sweep that say nothing about which runs it has."""

OF_THE_MACHINE = ("dataset", "data", "precision")
"""Options that a sweep which goes on may have anew: where images are, and what is fast here."""

OF_RUNS_ALONE = ("target_rates", "anneals", "pictures", "batched")
"""Options that mean nothing for curves, besides those named as settings that do not."""

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
    click.option("--curves", is_flag=True,
                 help="Train one curve for each family in place of runs, and measure it at "
                 "--betas."),
    click.option("--range", "range_", type=RANGE, default="0.05:20", show_default=True,
                 metavar="LOW:HIGH", help="Slopes that curves are trained for."),
    click.option("--priority", default=0, show_default=True, metavar="N",
                 help="What has a lower one is run before."),
    *dataset_options,
    *part_options,
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
    click.option("--only-plan", is_flag=True, help="Take the runs into the plan, and run none."),
    click.option("--dry-run", is_flag=True, help="List the runs and what they cost."),
    click.option("--overwrite", is_flag=True, help="Replace the file of --json, if it is there."),
    click.option("--out", metavar="DIR", type=PATH,
                 help="Directory of the sweep, a new or a begun one.  "
                 "[default: a new one, runs/sweep-N]"),
    json_option,
)  # fmt: skip


def hand_on(context: click.Context, command: str) -> None:
    """Let `sweep --out S status` be `sweep status --out S`; refuse what is of no use to it."""
    parameters = dict(given(context))
    for name, option in parameters.items():
        if name not in ("out", "json_path", "overwrite"):
            raise ValueError(f"{option} must come without {command}, which takes --out")
    context.default_map = {command: {name: context.params[name] for name in parameters}}


def refuse_given(
    missing: str, *, but: Sequence[str] = (), only: Sequence[str] | None = None
) -> None:
    """Refuse options of this command that mean nothing while others are missing."""
    for name, option in given(click.get_current_context()):
        if name not in but and (only is None or name in only):
            raise ValueError(f"{option} must come with {missing}")


def refuse_of_runs(low: float, high: float, betas: list[float] | None) -> None:
    """Refuse options that curves have no use for, and slopes outside of their range."""
    from rdneural.records.curves import NOT_OF_CURVES

    if betas is None:
        raise ValueError("--curves must come with --betas, the slopes to measure at")
    for name, option in given(click.get_current_context()):
        if name in (*OF_RUNS_ALONE, *NOT_OF_CURVES):
            raise ValueError(f"{option} must come without --curves, which have all slopes")
    for beta in betas:
        if not low <= beta <= high:
            raise ValueError(f"--betas must be in --range, {low:g} to {high:g}, got {beta:g}")
