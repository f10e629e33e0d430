"""The gallery: lessons, READMEs, reference, report and a page to play with, as one static site.

Files that are linked from texts come along, so that the site is whole without the project and
without a network; `links.faults_of` has the last word on that before the site is put in its place.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from figures.explore.page import render as explore_page
from figures.gallery.links import faults_of
from figures.gallery.page import HERE, ROOT, STYLE, Page, framed, page_path, render
from figures.gallery.reference import Chapter, chapters, reference_pages
from figures.gallery.texts import folder_page, lesson_page, program_page, readme_page
from figures.parts.lessons import answers_path, lesson_paths
from figures.report.report import PAGE as REPORT
from figures.report.report import page_of
from rdtheory.experiments.explore import explore_source
from rdtheory.experiments.explore_toy import explore_toy
from rdtheory.results import refuse_existing
from rdtheory.sources import named_source

READMES = (
    "README.md", "rdtheory/README.md", "rdneural/README.md", "figures/results/README.md",
    "tests/README.md",
)  # fmt: skip
SWEEP = "figures/results/mnist-quick"
EXPLORE = "explore.html"
FIVE = "erokhin:0.4:0.25:0.2:0.1:0.05"
"""The source of the page to play with; that of `python cli.py explore`."""
INDEX = "index.html"
MARK = '<meta name="generator" content="figures.gallery">'
"""By which a gallery is known: only one may be replaced by another."""

Tell = Callable[[str], None]


def write_gallery(
    out: Path, *, quick: bool = False, overwrite: bool = False, tell: Tell = lambda line: None
) -> None:
    """Write the site into a new directory, whole or not at all.

    Parameters
    ----------
    out : the directory
    quick : run the first lesson alone, and solve the page to play with at few slopes
    overwrite : whether a gallery that is there may be replaced
    tell : called with a line about what is being done

    Raises
    ------
    FileExistsError
        where the directory is there and not to be overwritten.
    ValueError
        where it is there and is no gallery, or where a link of a text leads nowhere.
    """
    with whole_directory(out, overwrite=overwrite) as site:
        pages = _pages(quick, tell)
        tell("writing the pages")
        for page in pages:
            write(site, page.path, framed(page).encode())
            for path, content in page.files.items():
                write(site, path, content)
        write(site, STYLE, (HERE / STYLE).read_bytes())
        write(site, f"{SWEEP}/{REPORT}", page_of(ROOT / SWEEP).encode())
        tell("solving what the page to play with shows")
        write(site, EXPLORE, _explored(quick).encode())
        faults = faults_of(site)
        if faults:
            raise ValueError(f"links must lead somewhere, got {'; '.join(faults[:5])}")


@contextmanager
def whole_directory(path: Path, *, overwrite: bool) -> Iterator[Path]:
    """Yield a new directory beside `path` that takes its place once the block has succeeded."""
    if path.exists() and overwrite:
        _check_gallery(path)
    refuse_existing(path, overwrite=overwrite)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary, old = (path.with_name(f".{path.name}.{os.getpid()}.{end}") for end in ("new", "old"))
    temporary.mkdir()
    try:
        yield temporary
        if path.exists():
            path.rename(old)
        temporary.rename(path)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def _check_gallery(path: Path) -> None:
    index = path / INDEX
    if not index.is_file() or MARK not in index.read_text("utf-8", errors="replace"):
        raise ValueError(f"--out must be a gallery where it is overwritten, got {path}")


def write(site: Path, path: str, content: bytes) -> None:
    """Write a file of the site, in folders as needed."""
    place = site / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)


def _pages(quick: bool, tell: Tell) -> list[Page]:
    """Return all pages in the frame, and with them the files that they link to."""
    wanted: dict[str, None] = {}

    def linked(path: str) -> None:
        wanted.setdefault(path)

    lessons = [path.relative_to(ROOT).as_posix() for path in lesson_paths(ROOT)]
    scripts = [(path, not quick or path == lessons[0]) for path in lessons]
    pages, answers = [], []
    for number, (path, run) in enumerate(scripts, start=1):
        tell(f"lesson {number} of {len(scripts)}: {path}")
        pages.append(lesson_page(path, linked, run=run))
        answer = answers_path(Path(path)).as_posix()
        answers.append(lesson_page(answer, linked, run=run))
    readmes = [readme_page(path, linked) for path in READMES]
    tell("reading the docstrings")
    reference = chapters()
    known = [*pages, *answers, *readmes, *reference_pages(reference)]
    there = {page.path for page in known}
    files: dict[str, bytes] = {}
    for path in iter(lambda: next(iter(wanted), None), None):  # a folder's page asks for more
        del wanted[path]
        if page_path(path) in there:
            continue
        there.add(page_path(path))
        if (ROOT / path).is_dir():
            known.append(folder_page(path, linked))
        elif path.endswith(".py"):
            known.append(program_page(path))
        else:
            files[path] = (ROOT / path).read_bytes()
    return [*known, _index(pages, readmes, reference, files)]


def _index(
    lessons: list[Page], readmes: list[Page], reference: list[Chapter], files: dict[str, bytes]
) -> Page:
    """Return the page that says what is where; the files that texts link to come with it."""
    body = render(
        "index.html.j2", lessons=lessons, readmes=readmes, reference=reference, explore=EXPLORE,
        report=f"{SWEEP}/{REPORT}", version=version("rdlatent"),
    )  # fmt: skip
    return Page(INDEX, "Rate and distortion of latent representations", body, files)


def _explored(quick: bool) -> str:
    source = named_source(FIVE)
    if quick:
        toy = explore_toy(betas=[0.5, 1.0], rates=[0.5])
        return explore_page({"source": explore_source(source, slopes=8), "toy": toy})
    return explore_page({"source": explore_source(source), "toy": explore_toy()})
