"""`curve`: train one model for every slope, and measure its whole curve."""

from pathlib import Path
from typing import Any

import click

from rdneural.commands.begun import curve_begun_with
from rdneural.commands.finished import finished, refuse_others
from rdneural.commands.given import is_given
from rdneural.commands.images import check_images, dataset_options, images_asked
from rdneural.commands.job import Done, Job
from rdneural.commands.options import (
    NUMBERS,
    PATH,
    RANGE,
    device_option,
    job_options,
    optimiser_options,
    precision_option,
    preset_option,
    with_options,
)


@click.command()
@with_options(
    click.option("--model", default="---", show_default=True, metavar="EDM",
                 help="A family, as of the mnist command."),
    *dataset_options,
    click.option("--betas", type=NUMBERS, default="0.1:10:9", show_default=True, metavar="LIST",
                 help="Measure at these slopes: 0.1,1 or LOW:HIGH:COUNT."),
    click.option("--target-rates", type=NUMBERS, metavar="LIST",
                 help="Find the slopes of these rates after training, and measure there too."),
    click.option("--against", type=PATH, metavar="TABLE",
                 help="Compare with the runs of a sweep's table.csv, or of its directory."),
    click.option("--range", "range_", type=RANGE, default="0.05:20", show_default=True,
                 metavar="LOW:HIGH", help="Slopes that training sees, evenly in the logarithm."),
    click.option("--slopes", type=int, metavar="N",
                 help="Different slopes in a batch.  [default: all differ; 4 for ?+? and ??v]"),
    click.option("--power", type=float, metavar="P",
                 help="An image at slope beta weighs (1 + beta)^-P.  [default: 0.5]"),
    click.option("--widening", type=float, metavar="SHARE",
                 help="Share of the training in which the range opens, from LOW up.  "
                 "[default: 0.5]"),
    click.option("--test-images", type=int, metavar="N",
                 help="Test images measured.  [default: all]"),
    preset_option,
    *optimiser_options,
    precision_option,
    device_option,
    click.option("--resume", is_flag=True,
                 help="Go on with what --out holds; --overwrite measures a finished curve anew."),
)  # fmt: skip
@job_options("curve")
def curve(
    job: Job,
    dataset: str,
    data: str,
    betas: list[float],
    target_rates: list[float] | None,
    against: Path | None,
    range_: tuple[float, float],
    test_images: int | None,
    resume: bool,
    **asked: Any,  # noqa: ANN401  (slopes, power, widening, RunSettings' fields)
) -> Done:
    """Train one model for every slope, and measure its whole curve.

    Its weights are functions of log beta, and each image of a batch has a beta of its own. After
    training it is measured at any --betas, and the slopes of any --target-rates are found by
    bisection on training images. With --against it is held against separate runs of the same
    family, preset and data, as D + beta R at equal beta on test images.

    \b
    python cli.py curve --data mnist --model=--- --epochs 1
    python cli.py curve --data bars:4x4 --model=-+v --preset tiny --target-rates 0.5,1
    python cli.py curve --epochs 4 --against runs/sweep-1/table.csv --out runs/curve
    """
    from rdneural.records.layout import CURVE, CURVE_OUTPUTS

    rates = target_rates or []
    asked |= {"dataset": dataset, "data": data, "frame": None, "seed": job.seed}
    if resume:
        asked, range_ = curve_begun_with(job.out, asked, range_)
    if not resume or is_given("dataset"):
        asked |= images_asked(
        dataset, data, asked["binarise"], asked["split_seed"], asked["likelihood"]
    )  # fmt: skip
    low, high = range_
    job.seed = asked.pop("seed")
    place = job.settle(CURVE, resume=resume, leaves=CURVE_OUTPUTS)
    from rdneural.records.asked import check_target_rates
    from rdneural.records.curves import check_betas, curve_of, middle
    from rdneural.records.recommended import check_asked
    from rdtheory.checks import check_count

    of_curve = {name: asked[name] for name in ("slopes", "power", "widening")}
    of_run = {name: value for name, value in asked.items() if name not in of_curve}
    run = check_asked(beta=middle(low, high), seed=job.seed, **of_run)
    curve_of(run, low, high, **of_curve)
    check_images(asked)
    check_betas(betas, low, high)
    check_target_rates(rates, run)
    if test_images is not None:
        check_count("test_images", test_images)
    measured = {
        "betas": betas, "target_rates": rates, "test_images": test_images,
        "against": None if against is None else str(against),
    }  # fmt: skip
    if resume:
        numbers = of_curve | {"beta_low": low, "beta_high": high, "seed": job.seed}
        refuse_others(job, of_run | numbers, measured)
    job.begin(f"training {asked['model']} for all beta in [{low:g}, {high:g}]", goes_on="--resume")

    from rdneural.door.curves import carried_out
    from rdneural.runs.stored import images_of
    from rdneural.training.curve import make_settings
    from rdneural.training.options import LoopOptions

    settings = make_settings(low=low, high=high, seed=job.seed, **asked)
    shown = settings.as_dict() | measured
    done = None
    if resume:
        done = finished(
            job, shown, lambda: images_of(place, settings.run, data=None), draw=("curve",),
            table="curve_table",
        )  # fmt: skip
    if done is not None:
        return done
    made = carried_out(
        settings, place, measured, resume=resume, overwrite=job.overwrite,
        options=LoopOptions(tell=job.tell),
    )  # fmt: skip
    return Done(made.result, shown, saved=True, draw=("curve",), redraw=resume, table="curve_table")
