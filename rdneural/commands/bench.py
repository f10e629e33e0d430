"""`bench images`, `neural` and `batched`: sets of images, the families, batches of models."""

from dataclasses import asdict
from typing import Any

import click

from rdneural.commands.job import Done, Job
from rdneural.commands.options import (
    NUMBERS,
    Listed,
    device_option,
    job_options,
    precision_option,
    preset_option,
)


def _check_steps(steps: int) -> None:
    if steps < 1:
        raise ValueError(f"steps must be at least 1, got {steps}")


def _timings(run: Any, rows: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: ANN401  (RunSettings)
    """Return the timings of neural models, with what they ran on."""
    from rdneural.machine.device import device_name

    return {"device": device_name(run.device), "preset": run.preset, "precision": run.precision,
            "batch": run.batch, "timings": rows}  # fmt: skip


@click.command()
@click.option("--source", "source_name", required=True, metavar="images:PLACE[:COUNT]",
              help="The first COUNT images of a place, or all: mnist5k, a .npy file, or an .amat "
              "or .amat.gz file with a line of zeros and ones for each.")  # fmt: skip
@click.option("--betas", type=NUMBERS, required=True, metavar="LIST",
              help="Slopes: 4,10 or LOW:HIGH:COUNT, spaced evenly in the logarithm.")  # fmt: skip
@click.option("--gap", default=1e-6, show_default=True, metavar="NATS",
              help="Certify every point within this.")  # fmt: skip
@click.option("--free", type=NUMBERS, metavar="LIST",
              help="Slopes at which greys have reproductions anywhere, too.")  # fmt: skip
@job_options("bench-images", seed=False)
def images(job: Job, source_name: str, betas: Listed, gap: float, free: Listed | None) -> Done:
    """Solve a set of images at slopes, beside Blahut-Arimoto at equal CPU seconds.

    Every image is a letter, and all images are the outputs; the distortion is Hamming of zeros and
    ones, of others the squared error, summed over the pixels. One judge certifies both. Of n images
    it needs some tables of 8 n^2 bytes; 5,000 take some minutes, 10,000 about twelve.

    With --free the squared error is that of reproductions anywhere, too, at slopes of its own: its
    gap is an estimate, over ascents from a thousand images.

    \b
    OMP_NUM_THREADS=1 python cli.py bench images --source images:mnist5k:1000 --betas 4:30:6
    """
    if not source_name.startswith("images:"):
        raise ValueError(f"--source must be images:PLACE or images:PLACE:COUNT, got {source_name}")
    job.settle()
    job.begin(f"solving {source_name}, then Blahut-Arimoto for as long")

    from rdtheory.experiments.free_images import check_greys, free_table, run_free
    from rdtheory.experiments.images import images_table, run_images
    from rdtheory.sources import named_source
    from rdtheory.sources.image_sets import read_images

    source = named_source(source_name)
    if free is not None:
        pixels = read_images(source_name.split(":")[1])[: source.p_x.size]
        check_greys(pixels)
    with job.progress("solving") as progress:
        found = run_images(source, betas, gap=gap, progress=progress)
    settings, text = {"source": source.name, "betas": betas.text, "gap": gap}, images_table(found)
    if free is not None:
        with job.progress("reproductions anywhere") as progress:
            found["free"] = run_free(pixels, free, gap=gap, progress=progress)
        settings["free"], text = free.text, f"{text}\n\n{free_table(found['free'])}"
    return Done(found, settings, draw=("images",), text=text)


@click.command()
@preset_option
@click.option("--models", default="all", show_default=True, metavar="LIST",
              help="Families or patterns; all are the twelve.")  # fmt: skip
@click.option("--steps", default=10, show_default=True, help="Steps timed of each family.")
@click.option("--batch", type=int, help="Images a step.  [default: the preset's]")
@precision_option
@device_option
@job_options("bench-neural")
def neural(
    job: Job,
    preset: str,
    models: str,
    steps: int,
    batch: int | None,
    precision: str,
    device: str,
) -> Done:
    """Time a training step and a measurement of families on random images.

    GFLOP count matrix products and convolutions of one image. Takes a minute or two.

    \b
    python cli.py bench neural --preset quick
    python cli.py bench neural --preset quick --models=---,split:392,coarse:14,bits-:64
    """
    _check_steps(steps)
    job.settle()
    job.begin(f"timing steps of {models}", "a minute or two")

    import torch

    from rdneural.records.names import chosen_families
    from rdneural.runs.bench import time_family
    from rdneural.runs.floor import speeds_of
    from rdneural.training.defaults import complete_settings

    rows, speeds = [], None
    with job.progress("timing") as progress:
        families = chosen_families(models)
        for family in families:
            run = complete_settings(
                dataset="mnist", model=family, preset=preset, device=device, precision=precision,
                beta=1.0, batch=batch, seed=job.seed,
            )  # fmt: skip
            if speeds is None:
                speeds = speeds_of(torch.device(run.device), getattr(torch, run.precision))
            rows.append(time_family(run, steps=steps, speeds=speeds))
            progress(1 / len(families))
    settings = {"preset": preset, "models": models, "steps": steps, "batch": batch,
                "precision": precision, "device": device}  # fmt: skip
    found = _timings(run, rows) | {"best": asdict(speeds) if speeds else {}}
    return Done(found, settings, table="neural_bench_table")


@click.command()
@click.option("--preset", default="tiny", show_default=True, help="tiny, quick, paper or auto.")
@click.option("--models", default="---,-+-", show_default=True, metavar="LIST",
              help="Families or patterns.")  # fmt: skip
@click.option("--counts", type=NUMBERS, default="4,8", show_default=True, metavar="LIST",
              help="Models in a batch.")  # fmt: skip
@click.option("--steps", default=10, show_default=True, help="Steps timed of each.")
@precision_option
@device_option
@job_options("bench-batched")
def batched(
    job: Job,
    preset: str,
    models: str,
    counts: list[float],
    steps: int,
    precision: str,
    device: str,
) -> Done:
    """Time K models trained one after the other against one batched model of all K.

    Steps of both are made in turn, so that a busy machine is so for both; the ratio is how many
    times as many images the batched model sees in a second.

    \b
    python cli.py bench batched --preset tiny --counts 4,8
    """
    _check_steps(steps)
    sizes = [int(count) for count in counts]
    job.settle()
    job.begin(f"timing batches of {models}", "a minute or two")

    from rdneural.records.names import chosen_families
    from rdneural.runs.bench import time_batched
    from rdneural.training.defaults import complete_settings

    rows = []
    with job.progress("timing") as progress:
        families = chosen_families(models)
        for family in families:
            run = complete_settings(
                dataset="mnist", model=family, preset=preset, device=device, precision=precision,
                beta=1.0, seed=job.seed,
            )  # fmt: skip
            for size in sizes:
                rows.append(time_batched(run, count=size, steps=steps))
                progress(1 / len(families) / len(sizes))
    settings = {"preset": preset, "models": models, "counts": sizes, "steps": steps,
                "precision": precision, "device": device}  # fmt: skip
    return Done(_timings(run, rows), settings, table="batched_bench_table")
