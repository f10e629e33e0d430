"""`bench candidates`: networks and settings of the PixelCNN++ at equal CPU seconds."""

from typing import Any

import click

from rdneural.commands.job import Done, Job
from rdneural.commands.options import job_options


@click.command("candidates")
@click.option("--seconds", default=240.0, show_default=True, help="CPU seconds of each training.")
@click.option("--only", metavar="LIST", help="Names of candidates, parted by commas.")
@click.option("--data", default="auto", show_default=True, help="Images, as of mnist.")
@click.option("--test-images", type=int, metavar="N", help="Test images measured.  [default: all]")
@job_options("bench-candidates", overwrite="Train again what the table has already.")
def candidates(
    job: Job, seconds: float, only: str | None, data: str, test_images: int | None
) -> Done:
    """Train networks and settings of the PixelCNN++, without a code, for as many CPU seconds each.

    R + D on test images is measured in float32. A candidate that candidates.csv has already is
    kept, so that a stopped command goes on. Run it on one thread, as its table was made:

    \b
    OMP_NUM_THREADS=1 python cli.py bench candidates --seconds 240 --out runs/candidates
    """
    if not 0 < seconds < float("inf"):
        raise ValueError(f"--seconds must be finite and above 0, got {seconds:g}")
    place = job.hold(job.out, goes_on="")
    job.file = "bench-candidates.json"
    job.refuse_json()
    job.begin("training candidates", goes_on="")

    from rdneural.data import load_images
    from rdneural.runs.candidates import chosen_candidates, train_candidates

    chosen = chosen_candidates(only)
    images = load_images("mnist", data)
    with job.progress("training") as progress:
        rows = train_candidates(
            chosen, images, place, seconds=seconds, test_images=test_images, seed=job.seed,
            overwrite=job.overwrite, progress=progress,
        )  # fmt: skip
    settings: dict[str, Any] = {
        "seconds": seconds, "only": only, "data": data, "test_images": test_images,
    }  # fmt: skip
    return Done({"rows": rows}, settings, table="candidates_table", leaves=("candidates.csv",))
