"""`validate`: train models on a source that is known exactly, and hold them against the theory."""

import click

from rdneural.commands.finished import finished
from rdneural.commands.job import Done, Job
from rdneural.commands.options import NUMBERS, job_options, with_options


@click.command()
@with_options(
    click.option("--source", required=True, metavar="NAME",
                 help="toy, bars:4x4, ising:3x3, ising:4x4:coupling=1:temperature=2, "
                 "templates:4x4:noise=0.05."),
    click.option("--models", default="all", show_default=True, metavar="LIST",
                 help="Families, as in --models=---,-+v,split:6; all are the twelve."),
    click.option("--beta", "betas", type=NUMBERS, metavar="LIST",
                 help="Slopes: 1 or 0.5,1,2 or LOW:HIGH:COUNT."),
    click.option("--target-rate", "target_rates", type=NUMBERS, metavar="LIST",
                 help="Rates in nats: 1 or 1,2."),
    click.option("--samples", default=8192, show_default=True,
                 help="Codes drawn to evaluate each model; errors shrink with the root."),
    click.option("--epochs", type=float, metavar="N",
                 help="Passes over 50,000 drawn images.  [default: 1.6]"),
    click.option("--anneal", type=float, metavar="EPOCHS",
                 help="Let beta rise from 0 over so many epochs.  [default: 0.4]"),
    click.option("--jobs", default=1, show_default=True, help="Processes, each on one thread."),
    click.option("--resume", is_flag=True, help="Go on with what --out holds."),
)  # fmt: skip
@job_options("validate")
def validate(
    job: Job,
    source: str,
    models: str,
    betas: list[float] | None,
    target_rates: list[float] | None,
    samples: int,
    epochs: float | None,
    anneal: float | None,
    jobs: int,
    resume: bool,
) -> Done:
    """Train models on a source that is known exactly, and hold them against the theory.

    The source's entropy H and the code's aggregated posterior are summed over every image there is,
    so that H - D <= I_e <= R and R + D - H = marginal gap + decoder gap can be checked within
    Monte-Carlo errors, and each part of a model is told what it costs. A model takes a minute.

    \b
    python cli.py validate --source bars:4x4 --models=---,-+v --beta 1
    python cli.py validate --source ising:4x4 --models all --beta 0.5,1,2 --target-rate 1 --jobs 2
    """
    if betas is None and target_rates is None:
        raise ValueError("give --beta, --target-rate or both")
    slopes, rates = betas or [], target_rates or []
    from rdneural.records.layout import VALIDATION

    place = job.settle(VALIDATION, resume=resume, leaves=("validation.png",))
    settings = {"source": source, "models": models, "beta": slopes, "target_rate": rates,
                "samples": samples, "epochs": epochs, "anneal": anneal}  # fmt: skip
    from rdneural.records.recommended import EPOCHS, anneal_of, check_grid
    from rdtheory.sources.images import named_image_source

    named_image_source(source)
    length = EPOCHS if epochs is None else epochs
    check_grid(
        models=models, betas=slopes, target_rates=rates, dataset=source, preset="tiny",
        anneals=(anneal_of(length) if anneal is None else anneal,), epochs=length, device="cpu",
        precision="float32", seed=job.seed,
    )  # fmt: skip
    job.begin(f"training {models} on {source}", "a minute for each model", goes_on="--resume")

    done = None
    if resume:
        done = finished(job, settings, draw=("validation",), table="validation_table")
    if done is not None:
        return done
    from rdneural.runs.against_theory import run_validation

    with job.progress("validating") as progress:
        found = run_validation(
            source, place, models=models, betas=slopes, target_rates=rates, samples=samples,
            epochs=epochs, anneal=anneal, seed=job.seed, jobs=jobs, resume=resume,
            overwrite=job.overwrite, progress=progress,
        )  # fmt: skip
    return Done(found, settings, draw=("validation",), redraw=resume, table="validation_table")
