"""A page of the site: where it is, what it is called, what is on it, and the frame around it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from os.path import relpath
from pathlib import Path, PurePosixPath
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
STYLE = "gallery.css"

FRAME = {
    "index.html": "Gallery", "README.html": "Start", "rdtheory/README.html": "Theory",
    "rdneural/README.html": "Models", "figures/results/README.html": "Results",
    "explore.html": "Play", "reference/rdtheory.html": "Reference",
}  # fmt: skip
"""What every page leads to."""


@dataclass(frozen=True)
class Page:
    """A page of the site.

    Parameters
    ----------
    path : in the site; the page of a file of the project lies where the file does
    title : one line of text
    body : what is in the frame
    files : what belongs to the page, by its path in the site
    """

    path: str
    title: str
    body: Markup
    files: Mapping[str, bytes] = field(default_factory=dict)


def framed(page: Page) -> str:
    """Return a page with its head and the links that all pages have."""
    return render(
        "page.html.j2", page=page, frame=FRAME, style=STYLE,
        to=lambda path: between(page.path, path),
    )  # fmt: skip


def render(template: str, **given: Any) -> Markup:  # noqa: ANN401  (what a template shows)
    """Return a template of this folder, filled."""
    return Markup(_environment().get_template(template).render(**given))


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip


def between(path: str, other: str) -> str:
    """Return the address of a path of the site on the page of another.

    Examples
    --------
    >>> between("rdtheory/README.html", "index.html")
    '../index.html'
    """
    return PurePosixPath(relpath(other, PurePosixPath(path).parent)).as_posix()


def page_path(path: str) -> str:
    """Return where in the site a file of the project is: texts, programs and folders are pages.

    Examples
    --------
    >>> page_path("rdtheory/README.md"), page_path("figures/results/toy.json")
    ('rdtheory/README.html', 'figures/results/toy.json')
    """
    if (ROOT / path).is_dir():
        return f"{path}/index.html"
    place = PurePosixPath(path)
    return str(place.with_suffix(".html")) if place.suffix in (".md", ".py") else path


def links_of(path: str, linked: Callable[[str], None]) -> Callable[[str], str]:
    """Return what turns the addresses in a file of the project into those on its page.

    Each path that is linked is told to `linked`.
    """

    def link(address: str) -> str:
        place, mark, anchor = address.partition("#")
        if "://" in place or not place:
            return address
        target = PurePosixPath(relpath(PurePosixPath(path).parent / place, ".")).as_posix()
        linked(target)
        return between(page_path(path), page_path(target)) + mark + anchor

    return link
