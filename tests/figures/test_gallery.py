"""The gallery at reduced effort: whole, with everything in it, and readable in a browser."""

import inspect
import re
import runpy
import sys
from importlib import import_module

import pytest

import rdtheory
from figures.gallery.gallery import EXPLORE, READMES, SWEEP, whole_directory, write_gallery
from figures.gallery.links import faults_of
from figures.gallery.page import page_path
from figures.gallery.reference import MODULES
from figures.parts.lessons import answers_path, lesson_paths, read_cells
from tests.conftest import ROOT
from tests.make.browser import LAPTOP, PHONE, open_page
from tests.make.readme import TEXTS, table

SCRIPTS = [path.relative_to(ROOT).as_posix() for lesson in lesson_paths(ROOT)
           for path in (lesson, answers_path(lesson))]  # fmt: skip
FIRST = SCRIPTS[0]
FORMULA = re.compile(r"\$\$.+?\$\$|\$.+?\$", flags=re.DOTALL)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    place = tmp_path_factory.mktemp("gallery") / "site"
    write_gallery(place, quick=True)
    return place


def _read(site, path):
    return (site / path).read_text("utf-8")


# -- what is in it --------------------------------------------------------------------------------


def test_every_link_leads_somewhere_and_nothing_is_loaded_from_a_network(site):
    assert faults_of(site) == []
    assert not [path for path in site.parent.iterdir() if path != site]


def test_the_index_leads_to_all_lessons_readmes_modules_and_pages(site):
    linked = set(re.findall(r'href="([^"#]+)"', _read(site, "index.html")))
    lessons = [page_path(path.relative_to(ROOT).as_posix()) for path in lesson_paths(ROOT)]
    modules = [f"reference/{module}.html" for module in MODULES]
    pages = [EXPLORE, f"{SWEEP}/report.html", *map(page_path, READMES)]
    assert linked >= {*lessons, *modules, *pages}


@pytest.mark.parametrize("path", SCRIPTS)
def test_a_lesson_is_there_with_all_its_cells_and_its_formulas_typeset(site, path):
    page, cells = _read(site, page_path(path)), read_cells(ROOT / path)
    text = "\n".join(cell.source for cell in cells if cell.kind == "markdown")
    assert page.count('<div class="cell">') == sum(cell.kind == "code" for cell in cells)
    assert page.count("<math ") == len(FORMULA.findall(text))
    assert ("<code>--quick</code>" in page) == (path not in SCRIPTS[:2])


def test_a_lesson_that_is_run_shows_what_it_prints_and_draws(site):
    page = _read(site, page_path(FIRST))
    source = (ROOT / FIRST).read_text()
    assert "H = 0.6109 nats = 0.8813 bits a flip" in page
    pictures = re.findall(r'<img src="([^"]+)" alt="Picture', page)
    assert len(pictures) == source.count("plt.show()") > 0
    for name in pictures:
        content = (site / page_path(FIRST)).parent.joinpath(name).read_bytes()
        assert content.startswith(b"\x89PNG")


@pytest.mark.parametrize("module", [m for m in MODULES if hasattr(import_module(m), "__all__")])
def test_every_public_name_is_in_the_reference(site, module):
    page = _read(site, f"reference/{module}.html")
    anchors = re.findall(r'<section id="([^".]+)"', page)
    assert sorted(anchors) == sorted(import_module(module).__all__)
    assert " at 0x" not in page


def test_a_name_is_called_as_help_says_and_its_papers_are_links(site):
    _, _, after = _read(site, "reference/rdtheory.html").partition('<section id="solve_slope"')
    section = after.partition("</section>")[0]
    text = re.sub(r"<[^>]+>", "", section)
    assert f"solve_slope{inspect.signature(rdtheory.solve_slope)}".replace(" ", "") in re.sub(
        r"\s", "", text
    )
    assert '<a href="https://doi.org/10.1109/TIT.1974.1055146">' in section


def test_what_lessons_and_readmes_import_is_in_the_reference(site):
    texts = [*TEXTS.values(), *((ROOT / path).read_text() for path in SCRIPTS)]
    found = re.findall(r"^from (rd[\w.]+) import (?:\(([^)]*)\)|(.*))$", "\n".join(texts), re.M)
    assert len(found) > 10
    for module, many, few in found:
        page = _read(site, f"reference/{module}.html")
        for name in re.findall(r"\w+", many or few):
            there = f'<section id="{name}"' in page or f"{module}.{name}" in MODULES
            assert there, f"{module}.{name}"


@pytest.mark.parametrize("path", READMES)
def test_a_readme_is_there_with_its_headings_tables_and_blocks(site, path):
    page, text = _read(site, page_path(path)), (ROOT / path).read_text("utf-8")
    prose = re.sub(r"^ *```.*?^ *```$", "", text, flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#{1,4} ", prose, flags=re.MULTILINE)
    assert len(re.findall(r"<h[1-4] id=", page)) == len(headings)
    assert page.count("<table>") == len(re.findall(r"^\|[-:|]+\|$", prose, flags=re.MULTILINE))
    fences = re.findall(r"^ *```\w+$", text, flags=re.MULTILINE)
    assert page.count('<pre><code class="') == len(fences)


def test_cells_of_a_table_are_those_of_the_readme(site):
    page = _read(site, "README.html")
    for row in table("README.md", "| command | what it does |"):
        assert f"<td>{row[1]}</td>" in page


# -- the checker ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('<a href="b.html">b</a>', "b.html is not there"),
        ('<a href="a.html#x">x</a>', "has no such anchor"),
        ('<a href="#x">x</a>', "has no such anchor"),
        ('<a href="../a.html">up</a>', "leads out of the site"),
        ('<img src="https://example.org/a.png">', "is loaded from elsewhere"),
        ('<img src="a.png">', "a.png is not there"),
        ('<link rel="stylesheet" href="//example.org/a.css">', "is loaded from elsewhere"),
        ("<style>b { background: url(http://example.org/a) }</style>", "loaded from elsewhere"),
        ('<p style="background: url(//example.org/a)">', "is loaded from elsewhere"),
        ('<p id="x"><p id="x">', "#x is there twice"),
    ],
)
def test_a_fault_is_found(tmp_path, body, said):
    (tmp_path / "a.html").write_text(body)
    (fault,) = faults_of(tmp_path)
    assert fault.startswith("a.html: ")
    assert said in fault


def test_what_is_right_is_no_fault(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "b c.html").write_text('<p id="é">')
    (tmp_path / "a.css").write_text("b { background: url(data:,) }")
    (tmp_path / "a.html").write_text(
        '<link href="a.css"><a id="x" href="in/b%20c.html#%C3%A9"></a><a href="#x"></a>'
        '<img src="data:,"><a href="https://example.org">out</a>'
    )
    assert faults_of(tmp_path) == []


# -- its place ------------------------------------------------------------------------------------


def _refused(monkeypatch, capsys, *options):
    monkeypatch.setattr(sys, "argv", ["gallery", *map(str, options)])
    with pytest.raises(SystemExit) as end:
        runpy.run_module("figures.gallery", run_name="__main__")
    assert end.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


def test_what_is_there_stays(tmp_path, monkeypatch, capsys):
    (tmp_path / "index.html").write_text("mine")
    assert "exists: choose" in _refused(monkeypatch, capsys, "--out", tmp_path)
    said = _refused(monkeypatch, capsys, "--out", tmp_path, "--overwrite")
    assert "--out must be a gallery where it is overwritten" in said
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]
    assert (tmp_path / "index.html").read_text() == "mine"


def test_a_gallery_is_replaced_whole_or_not_at_all(site, tmp_path):
    place = tmp_path / "site"
    place.mkdir()
    (place / "index.html").write_text(_read(site, "index.html"))
    with pytest.raises(ZeroDivisionError), whole_directory(place, overwrite=True) as new:
        (new / "index.html").write_text(str(1 / 0))
    assert _read(place, "index.html") == _read(site, "index.html")
    with whole_directory(place, overwrite=True) as new:
        (new / "other.html").write_text("new")
    assert [path.name for path in place.iterdir()] == ["other.html"]
    assert list(tmp_path.iterdir()) == [place]


# -- in a browser ---------------------------------------------------------------------------------


def test_pages_fit_a_phone_and_a_laptop_and_their_formulas_are_drawn(site, session):
    paths = ("index.html", "rdtheory/README.html", "reference/rdtheory.html", page_path(FIRST))
    for path in paths:
        for screen in (PHONE, LAPTOP):
            browser = open_page(session, (site / path).as_uri(), screen)
            script = "return document.documentElement.scrollWidth - innerWidth"
            assert browser.execute_script(script) <= 0, (path, screen)
    drawn = browser.execute_script(
        "return [...document.querySelectorAll('math, img')].map(e => e.clientWidth"
        " || e.getBoundingClientRect().width)"
    )
    assert min(drawn) > 5
    assert not session.get_log("browser")
