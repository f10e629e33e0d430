"""`frontier`: solve a rate-distortion problem exactly, at a point, at slopes, or as a curve."""

from typing import Any

import click

from rdneural.commands.frontier_beyond import beyond, beyond_options, kind_of, told
from rdneural.commands.job import Done, Job
from rdneural.commands.options import NUMBERS, Listed, job_options


@click.command()
@click.option(
    "--source", "source_name", required=True, metavar="NAME",
    help="bernoulli:P, hamming:M, erokhin:P1:P2... (Hamming distortion), gaussian:N[:VARIANCE], "
    "uniform:K, vector:SIDE:V1:V2... (squared error), laplace:N[:VARIANCE] (absolute error), "
    "markov:LENGTH:CHANGE, erasure:M, onesided:P, exponential:N, indirect-coin:Q, "
    "indirect-gaussian:N:NOISE, images:PLACE[:COUNT] (a set of images: mnist5k, a .npy or .amat "
    "file), or a .npz (p_x, distortion) or .csv (p_x, then distortions).",
)  # fmt: skip
@click.option(
    "--betas", type=NUMBERS, metavar="LIST",
    help="Solve at these slopes: 0.1,0.5,2 or LOW:HIGH:COUNT, spaced evenly in the logarithm.",
)  # fmt: skip
@click.option("--rate", type=float, metavar="R", help="Solve at this rate.")
@click.option("--distortion", type=float, metavar="D", help="Solve at this distortion.")
@click.option(
    "--gap", default=1e-9, show_default=True, metavar="NATS",
    help="Certify every point within this.",
)  # fmt: skip
@click.option(
    "--width", type=float, metavar="D",
    help="Trace the curve until it is known within this.  [default: 1e-3 of its height]",
)  # fmt: skip
@click.option("--max-points", default=500, show_default=True, help="Cap on the curve's points.")
@click.option(
    "--bits", is_flag=True,
    help="Read --rate and --betas, and print and draw, in bits. The results file stays in nats.",
)  # fmt: skip
@click.option(
    "--over", type=click.Choice(["rate", "distortion"]), default="rate", show_default=True,
    help="Draw a curve as D over R, or as R over D.",
)  # fmt: skip
@click.option(
    "--channel", is_flag=True,
    help="Keep the channel q(y|x) of every point in the results: a row for each letter, a column "
    "for each output in use.",
)  # fmt: skip
@click.option(
    "--continuous", is_flag=True,
    help="Reproduce anywhere in R^k, with atoms that move; also of sphere:DIMENSION:VARIANCE, "
    "normal:VARIANCE and uniform:LOW:HIGH, certified for the density. Takes --betas and --gap.",
)  # fmt: skip
@beyond_options
@job_options("frontier")
def frontier(
    job: Job,
    source_name: str,
    betas: Listed | None,
    rate: float | None,
    distortion: float | None,
    gap: float,
    width: float | None,
    max_points: int,
    bits: bool,
    over: str,
    channel: bool,
    continuous: bool,
    side: str | None,
    side_at: str,
    perception: str | None,
    quantiser: bool,
) -> Done:
    """Solve a rate-distortion problem exactly: a point, some slopes, or the whole curve.

    Without --betas, --rate or --distortion the curve is traced until it is known everywhere.
    Every point has a certificate: `gap` nats at most above the best that any channel reaches.
    The slope is beta = -dD/dR, in distortion units per nat; with --bits, per bit.

    \b
    python cli.py frontier --source gaussian:1000
    python cli.py frontier --source bernoulli:0.3 --rate 0.25 --json -
    python cli.py frontier --source hamming:4 --bits --over distortion
    python cli.py frontier --source bernoulli:0.5 --side dsbs:0.1
    """
    asked: dict[str, Any] = {"betas": betas, "rate": rate, "distortion": distortion}
    asked = {name: value for name, value in asked.items() if value is not None}
    if len(asked) > 1:
        raise ValueError(f"give one of --betas, --rate, --distortion, got {', '.join(asked)}")
    given = {"width": width is not None, "rate": rate is not None, "bits": bits,
             "distortion": distortion is not None, "channel": channel}  # fmt: skip
    kind = kind_of(continuous, side, side_at, perception, quantiser)
    refused = {"": (), "continuous": tuple(given), "quantiser": ("rate", "distortion", "channel")}
    for name in refused.get(kind, ("channel",)):
        if given[name]:
            raise ValueError(f"--{name} must be left out with --{kind}, got both")
    job.settle()
    job.begin(f"solving {source_name}")
    if continuous:
        return _continuous(job, source_name, betas, gap)

    from rdtheory.units import in_units

    nat = in_units("bits" if bits else "nats")
    wanted: dict[str, Any] = dict(asked)
    if betas is not None:
        wanted["betas"] = [nat * beta for beta in betas]
    if rate is not None:
        wanted["rate"] = rate / nat
    precise: dict[str, Any] = {"gap": gap, "width": width, "max_points": max_points}
    settings = {"source": source_name} | precise | asked
    settings |= {name: True for name, on in (("bits", bits), ("channel", channel)) if on}
    if betas is not None:
        settings["betas"] = betas.text
    shown = {"units": "bits"} if bits else {}
    shown |= {} if over == "rate" else {"over": over}
    if kind:
        found, more = beyond(
            job, source_name, side=side, side_at=side_at, perception=perception, asked=wanted,
            **precise,
        )  # fmt: skip
        return told(found | ({"shown": shown} if shown else {}), settings | more)

    from rdtheory.experiments.frontier import run_frontier
    from rdtheory.sources import named_source

    source = named_source(source_name)
    with job.progress("solving") as progress:
        found = run_frontier(source, channel=channel, progress=progress, **precise, **wanted)
    found |= {"shown": shown} if shown else {}
    return Done(found, settings, draw=("frontier",), table="frontier_table")


def _continuous(job: Job, source_name: str, betas: Listed | None, gap: float) -> Done:
    """Solve at slopes, with reproductions anywhere."""
    from rdtheory.experiments.continuous import points_of, run_continuous

    with job.progress("solving") as progress:
        found = run_continuous(source_name, betas, gap=gap, progress=progress)
    settings: dict[str, Any] = {"source": source_name, "gap": gap, "continuous": True}
    if betas is not None:
        settings["betas"] = betas.text
    return Done(found, settings, draw=("continuous",), text=points_of(found))
