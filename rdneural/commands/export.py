"""`export`: hand a model on, small."""

from pathlib import Path
from typing import Any

import click

from rdneural.commands.images import data_options
from rdneural.commands.job import Done, Job
from rdneural.commands.options import device_option, job_options, run_argument


@click.command()
@run_argument
@data_options
@click.option(
    "--test-images", type=int, metavar="N", help="Measure only N test images.  [default: all]"
)
@device_option
@job_options("export", seed=False)
def export(
    job: Job, directory: Path, test_images: int | None, device: str, **images: Any  # noqa: ANN401
) -> Done:  # fmt: skip
    """Make a small copy of a finished run or curve, to hand on: seven bits a weight.

    R and D are measured anew, of the weights as they are in it. It can be measured, sampled and
    loaded as any other, but training cannot go on from it.

    \b
    python cli.py export runs/mnist-1
    python cli.py export runs/curve-1 --out small/curve
    """
    from rdneural.commands.kinds import check_run
    from rdneural.records.layout import CHECKPOINT, CURVE, HISTORY_FILE, RESULT
    from rdtheory.checks import check_count

    if test_images is not None:
        check_count("test_images", test_images)
    check_run(directory, curves=True)
    curved = (directory / CURVE).exists()
    place = job.settle(CURVE if curved else RESULT, leaves=(CHECKPOINT, HISTORY_FILE))
    job.begin(f"measuring {directory} with rounded weights")

    from rdneural.runs.handing_on import hand_on

    found = hand_on(
        directory, place, **images, device=device, test_images=test_images,
        overwrite=job.overwrite,
    )  # fmt: skip
    return Done(
        found, found["settings"], saved=True, table="curve_table" if curved else "run_table",
        leaves=(CHECKPOINT,),
    )  # fmt: skip
