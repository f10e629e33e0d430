"""Command line: parse, call, print, save. The science is in `rdtheory`, pictures in `figures`."""

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from rdneural.commands.again import evaluate, sample
from rdneural.commands.bench import batched, images, neural
from rdneural.commands.bottleneck import bottleneck
from rdneural.commands.candidates import candidates
from rdneural.commands.capacity import capacity
from rdneural.commands.curve import curve
from rdneural.commands.diagonal import diagonal
from rdneural.commands.explore import explore_options, solved
from rdneural.commands.export import export
from rdneural.commands.frontier import frontier
from rdneural.commands.information import information
from rdneural.commands.job import Done, Job, Session
from rdneural.commands.kinds import sweep_of
from rdneural.commands.options import PATH, job_options
from rdneural.commands.scale import scale
from rdneural.commands.sweep import sweep
from rdneural.commands.terminal import lasting_terminal
from rdneural.commands.train import mnist, omniglot, train
from rdneural.commands.usefulness import usefulness
from rdneural.commands.validate import validate

NOT_SHOWN = 4
"""Exit code where results are saved, and a copy, a table or a picture of them could not be."""


class OneLineErrors(click.Group):
    """A group whose errors are one line on stderr and exit code 2, never a traceback."""

    def main(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401  (click's own signature)
        """Run a command; turn what is wrong with its input into one line."""
        given = args[0] if args else kwargs.pop("args", None)
        session = Session(sys.argv[1:] if given is None else list(map(str, given)))
        kwargs |= {"standalone_mode": False, "obj": session}
        with lasting_terminal():
            try:
                code = super().main(session.arguments, *args[1:], **kwargs)
            except (click.Abort, KeyboardInterrupt):
                job = session.job
                line = "interrupted" if job is None else job.interrupted(session.arguments)
                click.echo(line, err=True)
                sys.exit(1)
            except click.ClickException as error:
                _fail(error.format_message())
            except (ValueError, TypeError, OSError, ImportError) as error:
                _fail(str(error))
            sys.exit(code if isinstance(code, int) else 0)


def _fail(message: str) -> None:
    _say_error(message)
    sys.exit(2)


def _say_error(message: str) -> None:
    click.echo("error: " + " ".join(message.split()), err=True)


@click.version_option(package_name="rdlatent", message="%(package)s %(version)s")
@click.group(cls=OneLineErrors, context_settings={"help_option_names": ["-h", "--help"]})
def cli() -> None:
    """Measure what a latent representation costs (rate R) and what it keeps (distortion D).

    All numbers are nats per example. The Lagrangian is D + beta R.

    \b
    python cli.py toy --target-rate 0.5
    python cli.py mnist --beta 1.0

    The exit code is 1 where somebody stopped it, 2 where its input is at fault or results cannot
    be kept, 4 where they are kept and a table, a copy or a picture could not be.
    """


@cli.result_callback()
def finish(ended: tuple[Job, Done]) -> int:
    """Save what a command found, print and draw it; return the exit code."""
    from rdtheory.results import result_head, write_json

    job, done = ended
    seconds = job.seconds
    result = dict(done.found)
    if not done.saved:
        head = result_head(job.command, settings=done.settings, seed=job.seed, seconds=seconds)
        result = head | result
    try:
        if job.file and job.place is not None and not done.saved:
            goes_on = job.goes_on == ""  # it has what was there before
            write_json(job.place / job.file, result, overwrite=job.overwrite or goes_on)
    except OSError:
        _show(job, done, result)  # it is not to be lost
        raise
    failed, drawn = [], []
    try:
        _show(job, done, result)
    except OSError as error:
        failed.append(error)
    try:
        if job.json_path is not None and not job.to_stdout:
            write_json(job.json_path, result, overwrite=job.overwrite)
    except OSError as error:
        failed.append(error)
    try:
        drawn += _draw(job, done)
    except OSError as error:
        failed.append(error)
    if job.place is not None:
        names = "".join(f", {name}" for name in (*done.leaves, *(path.name for path in drawn)))
        click.echo(f"\n{seconds:.1f} s; {job.place}: results{names}", err=True)
    for reason in failed:
        _say_error(f"the results are saved, but could not be shown as well: {reason}")
    return NOT_SHOWN if failed else done.exit_code


def _show(job: Job, done: Done, result: dict[str, Any]) -> None:
    """Print the table of what a command found, or all of it."""
    from rdtheory.results import dumps

    if job.to_stdout:
        click.echo(dumps(result), nl=False)
    elif done.table:
        click.echo(getattr(import_module("figures.tables"), done.table)(done.found))
    elif done.text:
        click.echo(done.text)


def _draw(job: Job, done: Done) -> list[Path]:
    """Draw the figures that a command names from the place of its results."""
    return [
        path
        for name in done.draw
        for path in import_module(f"figures.{name}").draw(
            job.place, overwrite=job.overwrite or done.redraw, **done.draw_options
        )
    ]


target_rate_option = click.option(
    "--target-rate", type=float, default=0.5, show_default=True, metavar="NATS",
    help="Rate to fit, in [0, H] = [0, 3.2178].",
)  # fmt: skip


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
@job_options("toy")
def toy(job: Job, target_rate: float, beta: float, penalty: float | None, restarts: int) -> Done:
    """Fit the paper's toy source by ELBO and to a rate; draw Figures 1 and 2.

    The source is 30 bins of a mixture of two normals (H = 3.2178 nats) whose hidden class z*
    shares 0.5 nats with x. Four models: optimal (made by hand), elbo, target, and smoothest, the
    target fit whose encoder varies least from bin to bin. `recovery` is I(z; z*).

    \b
    python cli.py toy --target-rate 0.5
    python cli.py toy --target-rate 1.5 --seed 3 --out runs/r15 --json -
    """
    place = job.settle()
    job.begin(f"fitting a rate of {target_rate:g} nats", "10 s, 40 s the first time")

    from rdtheory import Search
    from rdtheory.experiments.toy import run_toy
    from rdtheory.results import MODELS, write_arrays

    with job.progress("fitting") as progress:
        experiment = run_toy(
            target_rate,
            beta=beta,
            penalty=penalty,
            options=Search(restarts=restarts, seed=job.seed),
            progress=progress,
        )
    write_arrays(place / MODELS, experiment.arrays(), overwrite=job.overwrite)
    settings = {"target_rate": target_rate, "beta": beta, "penalty": penalty, "restarts": restarts}
    return Done(experiment.summary(), settings, draw=("figure1", "figure2"), table="toy_table")


@cli.command()
@target_rate_option
@click.option("--restarts", default=24, show_default=True, help="Independent starts of each way.")
@job_options("recovery")
def recovery(job: Job, target_rate: float, restarts: int) -> Done:
    """Measure what recovering the toy source's hidden class depends on.

    Fits one target rate in many ways (training, quasi-Newton alone, sizes of the start, learning
    rates, numbers of codes, penalties, the smoothest encoder) and tabulates I(z; z*) over all
    restarts. Takes about a minute.

    \b
    python cli.py recovery --target-rate 0.5
    """
    job.settle()
    job.begin(f"fitting a rate of {target_rate:g} nats in many ways", "a minute")

    from rdtheory.experiments.toy import measure, run_recovery
    from rdtheory.toy.source import optimal_toy_model

    with job.progress("fitting") as progress:
        ways = run_recovery(target_rate, restarts=restarts, seed=job.seed, progress=progress)
    optimal = measure(optimal_toy_model())
    found = {
        "optimal_recovery": optimal["recovery"],
        "optimal_class0_mass": optimal["class0_mass"],
        "ways": ways,
    }
    settings = {"target_rate": target_rate, "restarts": restarts}
    return Done(found, settings, draw=("recovery",), table="recovery_table")


@cli.command()
@click.argument("directory", type=PATH)
@job_options("report", seed=False, out="", overwrite="Draw again what is already there.")
def report(job: Job, directory: Path) -> Done:
    """Draw every figure of a sweep, and write all of it as one page, report.html.

    DIRECTORY needs no more than its table.csv, which is made anew of its runs where it is gone;
    pictures of samples also need runs/*/samples.npz. The page says what could not be drawn, and
    why.

    \b
    python cli.py report runs/vamp
    """
    job.refuse_json()
    directory = sweep_of(directory)
    job.begin(f"drawing {directory}")

    from figures.report.report import report as write_report

    path = write_report(directory, overwrite=job.overwrite)
    return Done({"page": str(path)}, {"directory": str(directory)}, text=str(path))


@cli.command()
@explore_options
@job_options("explore", out="", overwrite="Replace a page that is already there.")
def explore(job: Job, source_name: str, slopes: int | None, bits: bool) -> Done:
    """Make a page to play with: one file that loads nothing, and is below 1 MB.

    A slider along a source's certified curve moves its tangent, its channel and the outputs in
    use, Blahut-Arimoto beside the solver. On a second tab is the paper's toy, trained at a slope
    and for a rate, with the two gaps of H - D <= I <= R. All is solved when the page is made.

    \b
    python cli.py explore --out page.html
    python cli.py explore --source gaussian:200 --bits --out gaussian.html
    """
    page = job.out
    assert page is not None
    found = solved(job, page, source_name, slopes)

    from figures.explore.page import write_page

    write_page(page, found, units="bits" if bits else "nats", overwrite=job.overwrite)
    settings = {"source": found["source"]["name"], "slopes": slopes, "bits": bits}
    return Done({"page": str(page)} | found, settings, text=str(page))


@cli.group()
def bench() -> None:
    """Time the exact solvers against their rivals, the neural families, or batches of models."""


@bench.command()
@click.option("--budget", default=12.0, show_default=True, metavar="SECONDS",
              help="Time that a rival may take on a problem.")  # fmt: skip
@click.option("--gap", default=1e-9, show_default=True, metavar="NATS",
              help="Gap that is asked for; of Blahut-Arimoto 1e-6.")  # fmt: skip
@job_options("bench")
def exact(job: Job, budget: float, gap: float) -> Done:
    """Time the exact solvers, Blahut-Arimoto, an interior point, cvxpy and dit in one run.

    Seconds are of processor time after compilation; every result is judged by one certificate. An
    estimate marked ~ is extrapolated from the budget. Rivals that are not installed are left out
    (pip install -e '.[bench]'). Takes some minutes.

    \b
    OMP_NUM_THREADS=1 python cli.py bench exact
    """
    job.settle()
    job.begin("timing the exact solver and its rivals", "some minutes")

    from rdtheory.experiments.capacity_bench import run_exact

    with job.progress("timing") as progress:
        found = {"timings": run_exact(budget=budget, gap=gap, progress=progress)}
    return Done(found, {"budget": budget, "gap": gap}, table="bench_table")


bench.add_command(scale)
bench.add_command(images)
bench.add_command(neural)
bench.add_command(batched)
bench.add_command(candidates)
for command in (frontier, capacity, bottleneck, train, mnist, omniglot, curve, evaluate, sample,
                export, diagonal, information, usefulness, validate, sweep):  # fmt: skip
    cli.add_command(command)


if __name__ == "__main__":
    cli()
