"""`evaluate` and `sample`: measure a run again, or draw more from it."""

from pathlib import Path
from typing import Any

import click

from rdneural.commands.images import data_options
from rdneural.commands.job import Done, Job
from rdneural.commands.options import (
    device_option,
    job_options,
    run_argument,
    slope_option,
)
from rdneural.commands.place import refuse_results
from rdneural.commands.pulse import say


@click.command()
@run_argument
@slope_option
@data_options
@click.option("--samples", default=1, show_default=True, help="Codes drawn for each image.")
@click.option(
    "--train-images", type=int, metavar="N", help="Measure only N images of the training split."
)
@click.option("--precision", help="float32 or bfloat16.  [default: the run's]")
@device_option
@job_options("evaluate")
def evaluate(
    job: Job,
    directory: Path,
    beta: float | None,
    samples: int,
    train_images: int | None,
    precision: str | None,
    device: str,
    **images: Any,  # noqa: ANN401  (see data_options)
) -> Done:
    """Measure a run again, on all images or with more codes for each; one stopped early, too.

    The directory may be that of a curve, or one of the zoo: zoo:NAME.

    \b
    python cli.py evaluate runs/mnist-1 --samples 10
    python cli.py evaluate runs/curve-1 --beta 0.3
    """
    job.settle(within=directory, curves=True)
    job.begin(f"measuring {directory}")

    from rdneural.runs.again import evaluate_run

    found = evaluate_run(
        directory, beta=beta, **images, samples=samples, train_images=train_images,
        precision=precision, device=device, seed=job.seed,
    )  # fmt: skip
    settings = {
        "run": str(directory), "beta": beta, **images, "samples": samples,
        "train_images": train_images, "precision": precision, "device": device,
    }  # fmt: skip
    return Done(found, settings, table="run_table")


@click.command()
@run_argument
@slope_option
@data_options
@click.option("--count", default=24, show_default=True, help="Reconstructions, and generations.")
@device_option
@job_options("sample")
def sample(
    job: Job, directory: Path, beta: float | None, count: int, device: str, **images: Any  # noqa: ANN401
) -> Done:  # fmt: skip
    """Draw more reconstructions and generations from a run, also from one stopped early.

    The directory may be that of a curve, or one of the zoo: zoo:NAME. Of a small
    copy whose images are not here it draws generations alone.

    \b
    python cli.py sample runs/mnist-1 --count 50 --seed 1
    python cli.py sample zoo:split
    """
    place = job.settle(within=directory, curves=True)

    from rdneural.records.asked import of_steps
    from rdneural.records.layout import SAMPLES

    for name in (SAMPLES, "samples.png"):
        refuse_results(place, (name,), overwrite=job.overwrite)
    job.begin(f"drawing from {directory}")

    from rdneural.runs.again import sample_run

    found = sample_run(
        directory, place, beta=beta, **images, count=count, device=device, seed=job.seed,
        overwrite=job.overwrite,
    )  # fmt: skip
    if found["warning"]:
        say(f"warning: {found['warning']}")
    settings = {"run": str(directory), "beta": beta, **images, "count": count, "device": device}
    if "unfinished" in found:
        say(of_steps(found))
    return Done(found, settings, draw=("samples",), draw_options={"run": directory})
