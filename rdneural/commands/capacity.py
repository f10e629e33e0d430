"""`capacity`: solve a channel exactly, alone, within a budget of cost, or at many amplitudes."""

from typing import Any

import click

from rdneural.commands.job import Done, Job
from rdneural.commands.options import NUMBERS, Listed, job_options


@click.command()
@click.option(
    "--channel", "channel_name", required=True, metavar="NAME",
    help="bsc:P, bec:P, z:P, symmetric:M:P, typewriter:M, gaussian:A=A (unit noise, inputs in "
    "[-A, A]), or a .csv or .npy file with a row of probabilities for each input.",
)  # fmt: skip
@click.option(
    "--cost", metavar="LIST",
    help="What each input costs: 0,1,2, a .csv or .npy file, or square, the power of gaussian.",
)  # fmt: skip
@click.option("--budget", type=float, metavar="C", help="Greatest mean cost.")
@click.option("--slope", type=float, metavar="S", help="Maximise I - S cost.")
@click.option("--curve", is_flag=True, help="Trace the whole capacity-cost curve.")
@click.option(
    "--amplitudes", type=NUMBERS, metavar="LIST",
    help="Solve --channel gaussian at these: 1,2,3 or LOW:HIGH:COUNT, spaced evenly in the "
    "logarithm.",
)  # fmt: skip
@click.option(
    "--gap", default=1e-9, show_default=True, metavar="NATS",
    help="Certify every point within this.",
)  # fmt: skip
@click.option(
    "--bits", is_flag=True,
    help="Read --slope, and print and draw, in bits. The results file stays in nats.",
)  # fmt: skip
@job_options("capacity")
def capacity(
    job: Job,
    channel_name: str,
    cost: str | None,
    budget: float | None,
    slope: float | None,
    curve: bool,
    amplitudes: Listed | None,
    gap: float,
    bits: bool,
) -> Done:
    """Solve the capacity of a channel exactly: alone, within a budget of cost, or as a curve.

    Every point has a certificate: no input has more than `gap` nats above it. With --amplitudes,
    the letters of the best inputs of a Gaussian channel are drawn as its limit grows.

    \b
    python cli.py capacity --channel bsc:0.1
    python cli.py capacity --channel gaussian:A=3 --cost square --budget 1
    python cli.py capacity --channel gaussian --amplitudes 0.5:8:120
    """
    settings: dict[str, Any] = {"channel": channel_name, "gap": gap}
    own = {"cost": cost, "budget": budget, "slope": slope, "curve": curve or None}
    own = {name: value for name, value in own.items() if value is not None}
    if amplitudes is not None and own:
        raise ValueError(f"amplitudes must be given without {', '.join(own)}")
    if amplitudes is not None and channel_name != "gaussian":
        raise ValueError(f"amplitudes must be of --channel gaussian, got {channel_name!r}")
    asked = [name for name in own if name != "cost"]
    if len(asked) > 1:
        raise ValueError(f"give one of --budget, --slope, --curve, got {', '.join(asked)}")
    if asked and cost is None:
        raise ValueError(f"cost must be given with --{asked[0]}, got none")
    job.settle()
    job.begin(f"solving {channel_name}")

    from rdtheory.sources.channels import named_channel, named_cost
    from rdtheory.units import in_units

    shown: dict[str, Any] = {"shown": {"units": "bits"}} if bits else {}
    settings |= {"bits": True} if bits else {}
    if bits and slope is not None:
        slope /= in_units("bits")

    if amplitudes is not None:
        from rdtheory.experiments.capacity import run_amplitudes

        with job.progress("solving") as progress:
            found = run_amplitudes(amplitudes, gap=gap, progress=progress)
        settings["amplitudes"] = amplitudes.text
        return Done(found | shown, settings, draw=("capacity",), table="capacity_table")
    channel = named_channel(channel_name)  # before what takes long to import
    costs = None if cost is None else named_cost(cost, channel)

    from rdtheory.experiments.capacity import run_capacity

    with job.progress("solving") as progress:
        found = run_capacity(
            channel, cost=costs, budget=budget, slope=slope, curve=curve, gap=gap,
            progress=progress,
        )  # fmt: skip
    return Done(found | shown, settings | own, draw=("capacity",), table="capacity_table")
