"""`bench scale`: what a slope costs as the alphabet grows."""

import click

from rdneural.commands.job import Done, Job
from rdneural.commands.options import job_options


@click.command()
@click.option("--beta", default=1 / 3, metavar="B",
              help="Slope, of a normal of variance 1.  [default: 1/3]")  # fmt: skip
@click.option("--largest", default=1_000_000, show_default=True, metavar="N",
              help="Letters of the largest alphabet, from 100 to a million.")  # fmt: skip
@click.option("--budget", default=20.0, show_default=True, metavar="SECONDS",
              help="Time that Blahut-Arimoto may take on an alphabet.")  # fmt: skip
@click.option("--gap", default=1e-6, show_default=True, metavar="NATS",
              help="Gap that is asked for.")  # fmt: skip
@job_options("bench-scale", seed=False)
def scale(job: Job, beta: float, largest: int, budget: float, gap: float) -> Done:
    """Time one slope of a normal on 100 to a million letters, beside Blahut-Arimoto.

    Up to 5,000 letters with a table, up to 20,000 without one, and with reproductions anywhere on
    the line up to a million. Seconds are of processor time after compilation, tables made
    beforehand. An estimate marked ~ is extrapolated from the budget. Takes some minutes.

    \b
    OMP_NUM_THREADS=1 NUMBA_NUM_THREADS=1 python cli.py bench scale
    """
    job.settle()
    job.begin("timing one slope on growing alphabets", "some minutes")

    from rdtheory.experiments.scale import run_scale

    with job.progress("timing") as progress:
        found = run_scale(beta=beta, largest=largest, budget=budget, gap=gap, progress=progress)
    settings = {"beta": beta, "largest": largest, "budget": budget, "gap": gap}
    return Done(found, settings, draw=("scale",), table="bench_table")
