"""`information`: bound what the code of a run tells, and what its parts cost."""

from pathlib import Path
from typing import Any

import click

from rdneural.commands.images import data_options
from rdneural.commands.job import Done, Job
from rdneural.commands.options import (
    device_option,
    job_options,
    run_argument,
    with_options,
)


@click.command()
@run_argument
@data_options
@with_options(
    click.option("--codes", default=4096, show_default=True,
                 help="Codes of each split, for the information."),
    click.option("--bound-images", type=int, metavar="N",
                 help="Test images of the bound of -log p(x).  [default: 100, PixelCNN++ 20]"),
    click.option("--bound-codes", type=int, metavar="K",
                 help="Codes for each of them.  [default: 500, PixelCNN++ 200]"),
    click.option("--frontier-images", type=int, metavar="N",
                 help="Training images of the decoder's frontier.  "
                 "[default: 1000, PixelCNN++ 128]"),
    click.option("--frontier-codes", type=int, metavar="M",
                 help="Codes of it.  [default: 1000, PixelCNN++ 128]"),
    click.option("--beta", type=float, metavar="B",
                 help="Slope at which encoder and marginal are judged.  [default: the run's]"),
    click.option("--entropy-estimate", type=float, metavar="NATS",
                 help="Best code length known for the images, where it is better than this "
                 "model's."),
)  # fmt: skip
@device_option
@job_options("information")
def information(
    job: Job,
    directory: Path,
    data: str | None,
    binarise: str | None,
    split_seed: int | None,
    beta: float | None,
    entropy_estimate: float | None,
    device: str,
    **effort: Any,  # noqa: ANN401  (the fields of Effort)
) -> Done:
    """Bound what the code of a run tells, and what its encoder and marginal cost.

    I_e of the N images of a split is exact but for the codes drawn, with its ceiling log N. For the
    population they come from there are a lower bound (InfoNCE over all N) and upper bounds
    (leave-one-out, and R). H is not known: the best code length stands in for it, and what depends
    on it is an estimate. The frontier of the decoder is solved on N images and M codes. A run that
    was stopped early is measured as it was left.

    \b
    python cli.py information runs/mnist-1
    python cli.py information runs/mnist-1 --frontier-images 10000 --frontier-codes 10000
    """
    job.settle(within=directory, curves=True)
    job.begin(f"measuring what the code of {directory} tells", "some minutes")

    from rdneural.runs.information import Effort, describe_run

    found = describe_run(
        directory, effort=Effort(**effort), beta=beta, entropy_estimate=entropy_estimate,
        data=data, binarise=binarise, split_seed=split_seed, device=device, seed=job.seed,
    )  # fmt: skip
    settings = {"run": str(directory), "data": data, "binarise": binarise,
                "split_seed": split_seed, "device": device, "beta": beta,
                "entropy_estimate": entropy_estimate, **effort}  # fmt: skip
    return Done(found, settings, draw=("information",), table="information_table")
