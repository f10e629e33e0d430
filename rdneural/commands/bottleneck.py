"""`bottleneck`: what a code of X can keep about Y, at all rates, at a rate, of a relevance."""

from typing import Any

import click

from rdneural.commands.job import Done, Job
from rdneural.commands.options import NUMBERS, Listed, job_options


@click.command()
@click.option(
    "--joint", "joint_name", required=True, metavar="NAME",
    help="p(x, y): a .csv (a line for each x), .npy or .npz (an array joint); labels:FILE.csv, a "
    "pair x,y of labels in each line, or labels:X.npy,Y.npy; or dsbs:P (a fair bit, flipped "
    "with chance P), gaussian:RHO[:N], toy (the paper's source and its hidden class), "
    "images:bars:4x4 (images of a source and their class).",
)  # fmt: skip
@click.option("--normalise", is_flag=True, help="The table of a file may be counts.")
@click.option(
    "--betas", type=NUMBERS, metavar="LIST",
    help="Search at these slopes beta = dI(T;Y)/dI(X;T): 0.1,0.5 or LOW:HIGH:COUNT, spaced evenly "
    "in the logarithm.",
)  # fmt: skip
@click.option(
    "--tishby-beta", "tishby", type=NUMBERS, metavar="LIST",
    help="The same in the literature's beta, of min I(X;T) - beta I(T;Y): 1 over ours.",
)  # fmt: skip
@click.option("--rate", type=float, metavar="R", help="Search at I(X;T) = R.")
@click.option("--relevance", type=float, metavar="I", help="Search at I(T;Y) = I.")
@click.option(
    "--alpha", default=1.0, show_default=True, metavar="A",
    help="The rate is H(T) - A H(T|X): 1 for the bottleneck, 0 for the deterministic one.",
)  # fmt: skip
@click.option("--codes", type=int, metavar="N", help="Most values of T.  [default: 16]")
@click.option("--starts", default=8, show_default=True, help="Random starts at each slope.")
@click.option(
    "--encoder", is_flag=True,
    help="Keep q(t|x) of every point in the results: a row for each x, a column for each t. Of one "
    "point it always is.",
)  # fmt: skip
@click.option(
    "--bits", is_flag=True,
    help="Read --rate and --relevance, and print and draw, in bits. The results file stays in "
    "nats.",
)  # fmt: skip
@job_options("bottleneck")
def bottleneck(
    job: Job,
    joint_name: str,
    normalise: bool,
    betas: Listed | None,
    tishby: Listed | None,
    rate: float | None,
    relevance: float | None,
    alpha: float,
    codes: int | None,
    starts: int,
    encoder: bool,
    bits: bool,
) -> Done:
    """Search the information bottleneck: what a code T of X can keep about Y, at which rate.

    Minimises H(Y|T) + beta I(X;T). Without --betas, --rate or --relevance the whole information
    curve is traced, and the slopes are found at which codes split. Codes are the best of many
    starts; beside them is what no code whatever exceeds. In up to three dimensions (four letters
    of X or Y, or all p(y|x) on a line) the two meet. beta is dI(T;Y)/dI(X;T); the literature's is
    1 over it.

    \b
    python cli.py bottleneck --joint dsbs:0.1
    python cli.py bottleneck --joint counts.csv --normalise --rate 0.5 --bits
    python cli.py bottleneck --joint labels:pairs.csv --alpha 0
    """
    asked: dict[str, Any] = {
        "betas": betas, "tishby-beta": tishby, "rate": rate, "relevance": relevance,
    }  # fmt: skip
    asked = {name: value for name, value in asked.items() if value is not None}
    if len(asked) > 1:
        rule = "give one of --betas, --tishby-beta, --rate, --relevance"
        raise ValueError(f"{rule}, got {', '.join(asked)}")
    if alpha != 1.0 and {"rate", "relevance"} & set(asked):
        raise ValueError(f"alpha must be 1 with --{next(iter(asked))}, got {alpha:g}")
    job.settle()
    job.begin(f"searching {joint_name}")

    from rdtheory.sources.joints import named_joint
    from rdtheory.units import in_units

    joint, nat = named_joint(joint_name, normalise=normalise), in_units("bits" if bits else "nats")

    from rdtheory.bottleneck.bottleneck import slopes_of
    from rdtheory.experiments.bottleneck import run_bottleneck

    slopes = None
    if betas is not None or tishby is not None:
        slopes = slopes_of("betas", betas, "tishby_betas", tishby)
    with job.progress("searching") as progress:
        found = run_bottleneck(
            joint, betas=slopes, rate=None if rate is None else rate / nat,
            relevance=None if relevance is None else relevance / nat, alpha=alpha, codes=codes,
            starts=starts, encoder=encoder, seed=job.seed, progress=progress,
        )  # fmt: skip
    settings = {"joint": joint_name, "alpha": alpha, "codes": codes, "starts": starts}
    settings |= {"normalise": True} if normalise else {}
    settings |= {name: True for name, on in (("bits", bits), ("encoder", encoder)) if on}
    settings |= {name.replace("-", "_"): value.text if isinstance(value, Listed) else value
                 for name, value in asked.items()}  # fmt: skip
    found |= {"shown": {"units": "bits"}} if bits else {}
    return Done(found, settings, draw=("bottleneck",), table="bottleneck_table")
