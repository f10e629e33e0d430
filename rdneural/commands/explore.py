"""What `explore` does but for the drawing: its options, and solving what its page shows."""

from pathlib import Path
from typing import Any

import click

from rdneural.commands.job import Job
from rdneural.commands.options import PATH, with_options
from rdneural.commands.place import check_file

FIVE = "erokhin:0.4:0.25:0.2:0.1:0.05"
"""Five letters, right or wrong: one output more at each of four slopes, known in closed form."""

explore_options = with_options(
    click.option(
        "--source", "source_name", metavar="NAME", default=FIVE, show_default=True,
        help="As of `frontier`, a name or a file; of 400 letters and outputs at most.",
    ),
    click.option("--slopes", type=int, metavar="N",
                 help="Slopes that are solved.  [default: 160, of more than 32 letters 100]"),
    click.option("--bits", is_flag=True, help="Show bits. The results of --json stay in nats."),
    click.option("--out", metavar="FILE", type=PATH, required=True, help="The page, a .html file."),
)  # fmt: skip


def solved(job: Job, page: Path, source_name: str, slopes: int | None) -> dict[str, dict[str, Any]]:
    """Return what a page shows: of the `source`, and of the `toy`."""
    job.refuse_json()
    check_page(page, overwrite=job.overwrite)
    job.begin(f"solving what {page} shows", "a minute")

    from rdtheory.sources import named_source

    source = named_source(source_name)

    from rdtheory.experiments.explore import check_slopes, check_source, explore_source
    from rdtheory.experiments.explore_toy import explore_toy

    check_slopes(check_source(source), slopes)
    with job.progress("solving") as progress:

        def half(share: float) -> None:
            progress(share / 2.0)

        return {
            "source": explore_source(source, slopes=slopes, progress=half),
            "toy": explore_toy(seed=job.seed, progress=half),
        }


def check_page(path: Path, *, overwrite: bool) -> None:
    """Refuse a page that cannot be written, or that is there and to stay."""
    from rdtheory.results import refuse_existing

    if path.suffix != ".html" or path.is_dir():
        raise ValueError(f"--out must be a .html file, got {path}")
    if not path.parent.is_dir():
        raise ValueError(f"--out must be in a directory that is there, got {path}")
    refuse_existing(path, overwrite=overwrite)
    check_file("--out", path)
