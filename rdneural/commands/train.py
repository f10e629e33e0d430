"""`train`, `mnist` and `omniglot`: train a model of a family, and measure it."""

from typing import Any

import click

from rdneural.commands.begun import begun_with
from rdneural.commands.early import check_early
from rdneural.commands.finished import finished, refuse_others
from rdneural.commands.given import is_given
from rdneural.commands.images import check_images, images_asked, own_options
from rdneural.commands.job import Done, Job
from rdneural.commands.options import (
    job_options,
    part_options,
    settings_options,
    with_options,
)

DRAWN = ("curves", "samples")
"""Figures of a run."""

published_option = click.option(
    "--data", default="auto", show_default=True, metavar="WHERE",
    help="A directory, mnist5k, or auto: $RDLATENT_DATA, the cache, a download, mnist5k.",
)  # fmt: skip

run_options = with_options(
    click.option("--beta", type=float, metavar="B", help="Minimise D + B R."),
    click.option("--target-rate", type=float, metavar="NATS",
                 help="Minimise D at this rate; the multiplier found is the slope there."),
    click.option("--model", default="---", show_default=True, metavar="EDM",
                 help="Encoder (- or + for IAF), decoder (- or + for PixelCNN++) and marginal "
                 "(-, + for MAF or v for VampPrior); or a discrete code: split:K pixels, "
                 "coarse:S for S x S, bits-:K or bits+:K."),
    click.option("--anneal", type=float, metavar="EPOCHS",
                 help="Let beta rise from 0 over so many epochs."),
    *part_options,
    *settings_options,
    click.option("--resume", is_flag=True,
                 help="Go on with the run that --out holds, as it was begun; with more --epochs "
                 "the learning rate follows the longer schedule from there."),
)  # fmt: skip
"""Options of a training run; None stands for what the preset recommends."""


def _train(
    job: Job, dataset: str | None, *, resume: bool, pictures: int, **asked: Any  # noqa: ANN401
) -> Done:  # fmt: skip
    """Train on a published data set, or on what --data names where `dataset` is None."""
    check_early(asked, pictures)
    asked |= {"dataset": dataset, "seed": job.seed}
    if resume:
        asked = begun_with(job.out, asked)
        job.seed = asked["seed"]
    if dataset is None and (asked["dataset"] is None or is_given("data")):
        if asked["data"] is None:
            raise ValueError("give --data, a place with images or the name of some")
        asked |= images_asked(
            asked["data"], "auto", asked["binarise"], asked["split_seed"], asked["likelihood"]
        )  # fmt: skip
    dataset = asked["dataset"]
    if (asked["beta"] is None) == (asked["target_rate"] is None):
        raise ValueError("give exactly one of --beta and --target-rate")
    if asked["data"] == dataset:  # its name, wherever it is
        asked["data"] = "auto"
    from rdneural.records.parts import parts_asked

    asked = parts_asked(asked)
    from rdneural.records.layout import CHECKPOINT, RESULT, RUN_OUTPUTS

    place = job.settle(RESULT, resume=resume, leaves=(CHECKPOINT, *RUN_OUTPUTS))
    job.command = dataset  # by which its result is known

    from rdneural.data.load import check_where
    from rdneural.records.recommended import check_asked, seconds_of
    from rdneural.records.settings import DATASETS

    checked = check_asked(**asked)
    if dataset in DATASETS:
        check_where(dataset, checked.data)
    check_images(checked.as_dict())
    if resume:
        refuse_others(job, asked)
    job.begin(*said_of(checked, seconds_of(checked)), goes_on="--resume")

    from rdneural.door.training import carried_out
    from rdneural.runs.stored import images_of
    from rdneural.training.defaults import complete_settings
    from rdneural.training.options import LoopOptions

    settings = complete_settings(**asked)
    done = None
    if resume:
        done = finished(
            job, settings.as_dict(), lambda: images_of(place, settings, data=None), draw=DRAWN,
            table="run_table",
        )  # fmt: skip
    if done is not None:
        return done
    run = carried_out(
        settings, place, resume=resume, overwrite=job.overwrite, pictures=pictures,
        options=LoopOptions(tell=job.tell),
    )  # fmt: skip
    return Done(
        run.result, settings.as_dict(), saved=True, draw=DRAWN, redraw=resume,
        table="run_table",
    )  # fmt: skip


def said_of(settings: Any, seconds: float | None) -> tuple[str, str]:  # noqa: ANN401  (RunSettings)
    """Return what is said of a training at its start, and about how long it takes."""
    from rdtheory.words import duration

    asked = f"beta {settings.beta:g}" if settings.target_rate is None else ""
    asked = asked or f"a rate of {settings.target_rate:g} nats"
    about = "" if seconds is None else f"{duration(seconds)} of training on two cores"
    return (
        f"training {settings.model} ({settings.preset}, {settings.epochs:g} epochs) to {asked}",
        about,
    )


@click.command()
@with_options(
    click.option("--data", metavar="WHAT",
                 help="A file (.npy, .npz, .amat, .mat), a folder of pictures, a function "
                 "(faces.py:load), or a name: mnist, omniglot, mnist5k, bars:4x4."),
    *own_options,
)  # fmt: skip
@run_options
@job_options("train")
def train(job: Job, data: str | None, resume: bool, **asked: Any) -> Done:  # noqa: ANN401
    """Train a model of a family on your own images, and measure it.

    Images are (N, height, width), or rows of a square; binary as they are, or grey with --binarise.
    They are in train, valid and test, or are put there, 80/10/10, by --split-seed. Give --beta or
    --target-rate; the preset recommends the rest.

    \b
    python cli.py train --data digits.npy --binarise threshold:0.5 --target-rate 8
    python cli.py train --data pictures/ --binarise sample --beta 1 --out runs/pictures
    """
    return _train(job, None, data=data, resume=resume, **asked)


@click.command()
@published_option
@run_options
@job_options("mnist")
def mnist(job: Job, **asked: Any) -> Done:  # noqa: ANN401
    """Train a model of a family on the static binarised MNIST, and measure it.

    Rate R, distortion D and R + D are nats per image, each with its standard error, on training,
    validation and test images. Give --beta or --target-rate; the preset recommends the rest.

    \b
    python cli.py mnist --beta 1.0
    python cli.py mnist --model=-+v --target-rate 20 --out runs/v20
    python cli.py mnist --resume --epochs 3 --out runs/v20
    """
    return _train(job, "mnist", **asked)


@click.command()
@published_option
@run_options
@job_options("omniglot")
def omniglot(job: Job, **asked: Any) -> Done:  # noqa: ANN401
    """Train a model of a family on Omniglot, and measure it.

    Rate R, distortion D and R + D are nats per image, each with its standard error, on training,
    validation and test images. Give --beta or --target-rate; the preset recommends the rest.

    \b
    python cli.py omniglot --beta 1.0
    python cli.py omniglot --model=-+v --target-rate 20 --out runs/v20
    """
    return _train(job, "omniglot", **asked)
