"""`bench neural` and `bench batched`: time the families, or batches of models."""

from dataclasses import asdict
from typing import Any

import click

from rdneural.commands.job import Done, Job
from rdneural.commands.options import (
    NUMBERS,
    device_option,
    job_options,
    precision_option,
    preset_option,
)


def _check_steps(steps: int) -> None:
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")


def _timings(run: Any, rows: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: ANN401  (RunSettings)
    """Return the timings of neural models, with what they ran on."""
    from rdneural.machine.device import device_name

    return {"device": device_name(run.device), "preset": run.preset, "precision": run.precision,
            "batch": run.batch, "timings": rows}  # fmt: skip


@click.command()
@preset_option
@click.option("--models", default="all", show_default=True, metavar="LIST",
              help="Families or patterns; all are the twelve.")  # fmt: skip
@click.option("--steps", default=10, show_default=True, help="Steps timed of each family.")
@click.option("--batch", type=int, help="Images a step.  [default: the preset's]")
@precision_option
@device_option
@job_options("bench-neural")
def neural(
    job: Job,
    preset: str,
    models: str,
    steps: int,
    batch: int | None,
    precision: str,
    device: str,
) -> Done:
    """Time a training step and a measurement of families on random images.

    GFLOP count matrix products and convolutions of one image. Takes a minute or two.

    \b
    python cli.py bench neural --preset quick
    python cli.py bench neural --preset quick --models=---,split:392,coarse:14,bits-:64
    """
    _check_steps(steps)
    job.settle()
    job.begin(f"timing steps of {models}", "a minute or two")

    import torch

    from rdneural.records.names import chosen_families
    from rdneural.runs.bench import time_family
    from rdneural.runs.floor import speeds_of
    from rdneural.training.defaults import complete_settings

    rows, speeds = [], None
    with job.progress("timing") as progress:
        families = chosen_families(models)
        for family in families:
            run = complete_settings(
                dataset="mnist", model=family, preset=preset, device=device, precision=precision,
                beta=1.0, batch=batch, seed=job.seed,
            )  # fmt: skip
            if speeds is None:
                speeds = speeds_of(torch.device(run.device), getattr(torch, run.precision))
            rows.append(time_family(run, steps=steps, speeds=speeds))
            progress(1 / len(families))
    settings = {"preset": preset, "models": models, "steps": steps, "batch": batch,
                "precision": precision, "device": device}  # fmt: skip
    found = _timings(run, rows) | {"best": asdict(speeds) if speeds else {}}
    return Done(found, settings, table="neural_bench_table")


@click.command()
@click.option("--preset", default="tiny", show_default=True, help="tiny, quick, paper or auto.")
@click.option("--models", default="---,-+-", show_default=True, metavar="LIST",
              help="Families or patterns.")  # fmt: skip
@click.option("--counts", type=NUMBERS, default="4,8", show_default=True, metavar="LIST",
              help="Models in a batch.")  # fmt: skip
@click.option("--steps", default=10, show_default=True, help="Steps timed of each.")
@precision_option
@device_option
@job_options("bench-batched")
def batched(
    job: Job,
    preset: str,
    models: str,
    counts: list[float],
    steps: int,
    precision: str,
    device: str,
) -> Done:
    """Time K models trained one after the other against one batched model of all K.

    Steps of both are made in turn, so that a busy machine is so for both; the ratio is how many
    times as many images the batched model sees in a second.

    \b
    python cli.py bench batched --preset tiny --counts 4,8
    """
    _check_steps(steps)
    sizes = [int(count) for count in counts]
    job.settle()
    job.begin(f"timing batches of {models}", "a minute or two")

    from rdneural.records.names import chosen_families
    from rdneural.runs.bench import time_batched
    from rdneural.training.defaults import complete_settings

    rows = []
    with job.progress("timing") as progress:
        families = chosen_families(models)
        for family in families:
            run = complete_settings(
                dataset="mnist", model=family, preset=preset, device=device, precision=precision,
                beta=1.0, seed=job.seed,
            )  # fmt: skip
            for size in sizes:
                rows.append(time_batched(run, count=size, steps=steps))
                progress(1 / len(families) / len(sizes))
    settings = {"preset": preset, "models": models, "counts": sizes, "steps": steps,
                "precision": precision, "device": device}  # fmt: skip
    return Done(_timings(run, rows), settings, table="batched_bench_table")
