"""The command line that all figure scripts share: `python -m figures.NAME DIR [--overwrite]`."""

from collections.abc import Callable, Iterable
from pathlib import Path

import click

from rdtheory.results import refuse_existing


def main(draw: Callable[..., list[Path]]) -> None:
    """Run `draw` on the directory that the command line names."""

    @click.command(help="Draw this figure again from the result files in DIRECTORY.")
    @click.argument("directory", type=click.Path(path_type=Path))
    @click.option("--overwrite", is_flag=True, help="Replace a figure that is already there.")
    def redraw(directory: Path, overwrite: bool) -> None:
        try:
            for path in draw(directory, overwrite=overwrite):
                click.echo(path)
        except (ValueError, OSError) as error:
            click.echo(f"error: {error}", err=True)
            raise SystemExit(2) from None

    redraw()


def refuse_figures(directory: Path, names: Iterable[str], *, overwrite: bool) -> None:
    """Raise `FileExistsError` where a PNG or CSV of these names is there, and is to stay."""
    for name in names:
        for suffix in (".png", ".csv"):
            refuse_existing(directory / f"{name}{suffix}", overwrite=overwrite)
