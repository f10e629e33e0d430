"""`diagonal`: measure a model whose code is a fixed map at all its rates."""

from pathlib import Path
from typing import Any

import click

from rdneural.commands.images import data_options
from rdneural.commands.job import Done, Job
from rdneural.commands.kinds import check_run
from rdneural.commands.options import RunPlace, device_option, job_options
from rdneural.commands.place import refuse_results


@click.command()
@click.argument("directories", nargs=-1, required=True, type=RunPlace(), metavar="RUN...")
@data_options
@click.option("--points", default=15, show_default=True, help="Values of K of a split.")
@click.option("--pictures", default=4, show_default=True, help="Images whose codes are drawn.")
@device_option
@job_options("diagonal")
def diagonal(
    job: Job,
    directories: tuple[Path, ...],
    points: int,
    pictures: int,
    device: str,
    **images: Any,  # noqa: ANN401  (see data_options)
) -> Done:
    """Measure a model whose code is a fixed map at all its rates.

    A run of split:K has R and D at every K, whatever K it was trained as, and one of coarse:S at
    every size of its chain. Where --out is the directory of a sweep, its runs are drawn beside.

    \b
    python cli.py mnist --model split:392 --beta 1 --out runs/split
    python cli.py diagonal runs/split --out runs/diagonal
    """
    place = job.settle(within=directories[0])
    for directory in directories[1:]:
        check_run(directory)
    from rdneural.records.layout import DIAGONAL, DIAGONAL_IMAGES

    for name in (DIAGONAL, DIAGONAL_IMAGES):
        refuse_results(place, (name,), overwrite=job.overwrite)
    job.begin("measuring all rates of " + ", ".join(map(str, directories)))

    from rdneural.runs.diagonal import measure_diagonal

    found = measure_diagonal(
        directories, place, points=points, pictures=pictures, **images, device=device,
        seed=job.seed, overwrite=job.overwrite,
    )  # fmt: skip
    settings = {"runs": [str(one) for one in directories], **images, "points": points,
                "pictures": pictures}  # fmt: skip
    return Done(found, settings, draw=("diagonal",), table="diagonal_table")
