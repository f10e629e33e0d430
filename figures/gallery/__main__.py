"""Write the gallery: `python -m figures.gallery --out DIR [--quick] [--overwrite]`."""

from pathlib import Path

import click


@click.command()
@click.option("--out", metavar="DIR", type=click.Path(path_type=Path), required=True,
              help="The new directory of the site.")  # fmt: skip
@click.option("--quick", is_flag=True, help="Run the first lesson alone, and solve few slopes.")
@click.option("--overwrite", is_flag=True, help="Replace a gallery that is already there.")
def main(out: Path, quick: bool, overwrite: bool) -> None:
    """Run the lessons and write them as a site, with READMEs, reference and report.

    It is read in a browser, from its index.html, and needs no network. It takes some minutes, with
    --quick some seconds.
    """
    try:
        from figures.gallery.gallery import INDEX, write_gallery
    except ImportError as error:
        _fail(f"{error}; the gallery needs pip install -e '.[gallery]'")
    try:
        write_gallery(out, quick=quick, overwrite=overwrite, tell=_tell)
    except (ValueError, OSError) as error:
        _fail(str(error))
    click.echo(out / INDEX)


def _tell(line: str) -> None:
    click.echo(line, err=True)


def _fail(line: str) -> None:
    click.echo(f"error: {line}", err=True)
    raise SystemExit(2) from None


main()
