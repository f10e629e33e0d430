"""Pages of texts and programs of the project: READMEs, lessons with what they print and draw."""

from collections.abc import Callable
from time import perf_counter

from markupsafe import Markup

from figures.gallery.markup import Link, code, title_of, to_html
from figures.gallery.page import ROOT, Page, between, links_of, page_path
from figures.parts.lessons import Ran, read_cells, run_cells

Linked = Callable[[str], None]

NOT_RUN = Markup(
    '<p class="note">Here are the words and the code alone: this gallery was made with '
    "<code>--quick</code>, which runs the first lesson only.</p>\n"
)


def readme_page(path: str, linked: Linked) -> Page:
    """Return a README as a page."""
    text = (ROOT / path).read_text("utf-8")
    return Page(page_path(path), title_of(text), to_html(text, links_of(path, linked)))


def program_page(path: str) -> Page:
    """Return a program, or another text, as it is."""
    body = Markup("<h1>{}</h1>\n").format(path) + code((ROOT / path).read_text("utf-8"), "python")
    return Page(page_path(path), path, body)


def folder_page(path: str, linked: Linked) -> Page:
    """Return what a folder has, each file with a link to it."""
    link = links_of(f"{path}/index.md", linked)
    items = [
        Markup('<li><a href="{}">{}</a></li>\n').format(link(each.name), each.name)
        for each in sorted((ROOT / path).iterdir()) if each.suffix != ".pyc" and each.is_file()
    ]  # fmt: skip
    body = Markup("<h1>{}</h1>\n<ul>\n").format(path) + Markup("").join(items) + Markup("</ul>\n")
    return Page(page_path(path), path, body)


def lesson_page(path: str, linked: Linked, *, run: bool) -> Page:
    """Return a lesson, or its answers: run, or only to be read."""
    cells = read_cells(ROOT / path)
    begin = perf_counter()
    ran = run_cells(cells, ROOT / path) if run else [Ran(cell) for cell in cells]
    seconds = perf_counter() - begin
    place, link = page_path(path), links_of(path, linked)
    files: dict[str, bytes] = {}
    parts = [_cell_html(each, link, place, files) for each in ran]
    if run:
        parts.append(Markup(
            '<p class="small">Run in {:.0f} s when this page was made, of '
            "<code>{}</code>.</p>\n"
        ).format(max(seconds, 1.0), path))  # fmt: skip
    else:
        parts.insert(1, NOT_RUN)
    return Page(place, title_of(cells[0].source), Markup("").join(parts), files)


def _cell_html(ran: Ran, link: Link, place: str, files: dict[str, bytes]) -> Markup:
    """Return a cell with what it printed, and its pictures, which are put among `files`."""
    if ran.cell.kind == "markdown":
        return to_html(ran.cell.source, link)
    html = Markup('<div class="cell">\n') + code(ran.cell.source, "python")
    if ran.printed:
        html += Markup('<pre class="printed">{}</pre>\n').format(ran.printed.rstrip())
    for picture in ran.pictures:
        name = f"{place.removesuffix('.html')}-{len(files) + 1}.png"
        files[name] = picture
        html += Markup('<img src="{}" alt="Picture {}, drawn by the code above">\n').format(
            between(place, name), len(files)
        )
    return html + Markup("</div>\n")
