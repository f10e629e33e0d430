"""The page about a sweep: whole and harmless as a file, true to the table."""

import base64
import re
import shutil
from hashlib import sha256
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from figures import sweep
from figures.choice.choose import samples_of
from figures.choice.kinds import kind_of_row
from figures.parts.reading import read_images
from figures.report import report
from figures.report.cells import with_error
from figures.report.images import figure_of
from figures.report.runs import runs_table
from tests.make.figures_page import CLOSING, HOSTILE, Page, write_page
from tests.make.sweeps_table import make_row, make_sweep

LEVEL = 0.5 / 255 + 1e-9
"""Images are written with 256 levels of grey."""


@pytest.fixture(scope="module")
def text(directory):
    return (directory / "report.html").read_text("utf-8")


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


def _bytes(source):
    head, content = source.split(",", 1)
    assert head == "data:image/png;base64"
    return base64.b64decode(content, validate=True)


# -- the file ------------------------------------------------------------------------------------


def test_the_page_loads_nothing(page, text):
    assert "http:" not in text
    assert "https:" not in text
    assert "@import" not in text
    assert set(re.findall(r"url\([^)]*\)", text)) == {
        "url(#clip-distortion)", "url(#clip-elbo)"
    }  # fmt: skip
    for tag, attrs in page.tags:
        assert tag not in ("iframe", "object", "embed", "base", "form")
        for name in ("src", "href", "srcset", "xlink:href", "action", "data", "poster"):
            value = attrs.get(name) or "#"
            assert value.startswith("#") or re.match(r"data:(image/png;base64)?,", value)
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    assert {a["href"][1:] for _, a in page.tags if a.get("href", "")[:1] == "#"} <= set(ids)


def test_only_the_script_of_the_page_may_run(page, text):
    (policy,) = (a["content"] for a in page.all("meta") if "http-equiv" in a)
    (script,) = re.findall(r'<script type="module">(.*?)</script>', text, flags=re.DOTALL)
    digest = base64.b64encode(sha256(script.encode()).digest()).decode()
    assert policy.startswith("default-src 'none'; img-src data:;")
    assert f"script-src 'sha256-{digest}'" in policy


def test_every_run_is_there_with_its_images(page, rows):
    cards = [a["id"] for a in page.all("article")]
    assert cards == [f"run-{number}" for number in range(len(rows))]
    for number in (0, 1):
        points = page.all("a", "point")[number * len(rows) : (number + 1) * len(rows)]
        assert [p["data-model"] for p in points] == [row["model"] for row in rows]
    for row in rows:
        assert row["run"] in page.texts
    small = [a for a in page.all("img") if a["alt"].startswith("Test images")]
    assert len(small) == len(rows) - 1
    assert page.texts.count("No images: this run has no samples.npz.") == 1


def test_the_images_of_a_run_are_its_samples(page, directory, rows):
    row = rows[1]
    (source,) = (a["src"] for a in page.all("img") if a["alt"].endswith("by --- at β = 1, seed 0"))
    sheet = 1 - np.asarray(Image.open(BytesIO(_bytes(source)))) / 255
    for index, stack in enumerate(read_images(samples_of(directory, row)).values()):
        for column in range(8):
            top, left = 1 + 9 * index, 1 + 9 * column
            seen = sheet[top : top + 8, left : left + 8]
            assert np.abs(seen - stack[column]).max() <= LEVEL


def test_every_figure_is_there_and_explained(page, directory):
    assert tuple(report.LOOKS) == sweep.NAMES
    drawn = [name for name in report.LOOKS if (directory / f"{name}.png").exists()]
    figures = [a for a in page.all("img") if not a["alt"].startswith("Test images")]
    assert len(figures) == len(drawn) == len(page.all("figure")) > 6
    for name, figure in zip(drawn, figures, strict=True):
        content = (directory / f"{name}.png").read_bytes()
        assert _bytes(figure["src"]) == content
        size = Image.open(BytesIO(content)).size
        assert (int(figure["width"]), int(figure["height"])) == size
        assert figure["alt"] == report.LOOKS[name]


def test_what_comes_from_files_is_text(page, text):
    assert HOSTILE not in text
    assert CLOSING not in text
    assert HOSTILE in page.texts  # as it was, once read as text
    assert text.count("<script") == 1
    assert not [a for _, a in page.tags if any(name.startswith("on") for name in a)]


def test_hostile_data_and_warnings_are_text(small):
    page = write_page(small(data=HOSTILE, warning=CLOSING, preset=HOSTILE, origin=CLOSING))
    assert page.texts.count(f"2 runs on {HOSTILE}: rate and distortion") == 2  # title, heading
    assert len(page.all("p", "warning")) == 1
    assert f" {CLOSING}" in page.texts
    assert len(page.all("script")) == 1


def test_the_page_is_not_overwritten(small):
    place = small()
    path = report.report(place)
    path.write_text("mine")
    with pytest.raises(FileExistsError, match="pass --overwrite"):
        report.report(place)
    assert path.read_text() == "mine"


def test_nothing_is_drawn_where_the_page_may_not_be_written(tmp_path):
    make_sweep(tmp_path, [make_row()])
    (tmp_path / "report.html").write_text("mine")
    with pytest.raises(FileExistsError, match=r"report\.html"):
        report.report(tmp_path)
    assert not list(tmp_path.glob("*.png"))


def _refused(place, *words):
    with pytest.raises(ValueError, match="must") as caught:
        report.report(place)
    assert "\n" not in str(caught.value)
    for word in words:
        assert word in str(caught.value)
    assert not (place / "report.html").exists()


def test_a_missing_table_is_named(tmp_path):
    _refused(tmp_path, "table.csv", "readable")


def test_a_table_cut_off_is_named(small):
    table = small() / "table.csv"
    table.write_text(table.read_text()[:-40])
    _refused(table.parent, "table.csv")


def test_an_empty_table_is_named(small):
    table = small() / "table.csv"
    table.write_text(table.read_text().splitlines()[0] + "\n")
    _refused(table.parent, "table.csv", "at least one row")


@pytest.mark.parametrize("name", report.NEEDED)
def test_a_number_that_is_not_there_is_named(small, name):
    _refused(small([make_row() | {name: None}]), "table.csv", f"a finite number as {name}")


def test_a_run_named_twice_is_named(tmp_path):
    make_sweep(tmp_path, [make_row(), make_row()], samples=False)
    _refused(tmp_path, "every run once", "beta-1_---_seed-0")


def test_a_run_without_a_name_is_refused(tmp_path):
    make_sweep(tmp_path, [make_row() | {"run": None}], samples=False)
    _refused(tmp_path, "name every run")


def test_broken_samples_are_named(small):
    place = small()
    samples_of(place, {"run": "beta-1_-+v_seed-0"}).write_bytes(b"no zip")
    _refused(place, "samples.npz", "beta-1_-+v_seed-0")


@pytest.mark.parametrize("content", [b"", b"<svg onload=alert(1)/>", b"\x89PNG\r\n\x1a\n"])
def test_a_figure_that_is_no_picture_is_named(tmp_path, content):
    path = tmp_path / "figure4b.png"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"figure4b\.png must be a readable PNG, got [^\n]*$"):
        figure_of(path, "how to read it")


def test_there_is_no_page_with_a_broken_figure(small):
    place = small()
    (place / "figure4b.png").write_bytes(b"")
    _refused(place, "figure4b.png", "readable PNG")


def test_samples_outside_of_the_sweep_are_not_shown(small, tmp_path):
    place = small([make_row(run="../../elsewhere")])
    assert not [a for a in write_page(place).all("img") if a["alt"].startswith("Test images")]


def test_figures_that_are_not_there_or_old_are_told(directory, tmp_path):
    for file in directory.glob("figure3*"):
        shutil.copy(file, tmp_path)
    make_sweep(tmp_path, [make_row()])
    notes = [text for text in write_page(tmp_path).texts if "--overwrite" in text]
    assert len(notes) == 2
    assert notes[0].startswith("figure4a, figure4b, ")
    assert "another state of table.csv" in notes[1]


def test_what_was_drawn_now_or_before_has_no_note(page):
    assert not page.all("ul", "note")


@pytest.mark.parametrize("overwrite", [False, True])
def test_figures_are_drawn_where_there_is_none_or_all_anew(tmp_path, monkeypatch, overwrite):
    make_sweep(tmp_path, [make_row()])
    if overwrite:
        (tmp_path / "figure3a.png").write_bytes(b"old")

    def draw_all(directory, *, overwrite):
        Image.new("L", (3, 2)).save(directory / "figure3a.png")
        asked.append(overwrite)
        return [], [f"left out: figure5 needs <more> in {directory}"]

    asked = []
    monkeypatch.setattr(sweep, "draw_all", draw_all)
    page = Page(report.report(tmp_path, overwrite=overwrite).read_text("utf-8"))
    assert asked == [overwrite]
    assert len(page.all("figure")) == 1
    assert "left out: figure5 needs <more>" in page.texts  # not where it lay


# -- the numbers ---------------------------------------------------------------------------------


def _runs_table(page):
    return page.table(len(page.tables) - 1)


def test_the_table_of_the_page_is_that_of_the_file(page, rows):
    lines = _runs_table(page)
    assert [line["run"][0] for line in lines] == [row["run"] for row in rows]
    for line, row in zip(lines, rows, strict=True):
        for name, key in (("R", "rate"), ("D", "distortion"), ("R + D", "elbo")):
            value, error = row[f"test_{key}"], row[f"test_{key}_se"]
            assert line[name] == (with_error(value, error), value)
        for name, key in (
            ("β", "beta"), ("target R", "target_rate"), ("anneal", "anneal"), ("seed", "seed"),
            ("epochs", "epochs"), ("minutes", "training_seconds"),
        ):  # fmt: skip
            assert line[name][1] == row[key]
        assert line["kind"][0] == kind_of_row(row)
        assert line["complete"][0] == ("yes" if row["complete"] else "no")
        assert line["device"][0] == row["device"]
    assert lines[1]["origin"][0] == HOSTILE


def test_columns_without_any_entry_are_left_out():
    rows = [make_row("-+v"), make_row("---", 0.1)]
    names = [name for name, _ in runs_table(rows)["header"]]
    assert "target R" not in names
    assert "β" in names


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (80.0, 0.0, "80.00 ± 0.00"), (0.00041, 0.000123, "0.00041 ± 0.00012"),
        (0.6886, 0.0117, "0.69 ± 0.01"), (-0.001, 0.0049, "-0.0010 ± 0.0049"),
    ],
)  # fmt: skip
def test_errors_have_two_digits_where_small(value, error, text):
    assert with_error(value, error) == text


@pytest.mark.parametrize(("rate", "marked"), [(20.1, False), (23.5, True)])
def test_runs_that_did_not_get_what_was_asked_are_told_apart(tmp_path, rate, marked):
    rows = [make_row(), make_row(target_rate=20.0, rate=rate, final_beta=0.5)]
    rows += [make_row(beta=2.0, final_beta=0.25), make_row(beta=3.0, rate=1e13)] * marked
    make_sweep(tmp_path, rows, samples=False)
    text = report.report(tmp_path).read_text()
    assert ("ring: missed its target rate" in text) == marked
    assert text.count('<circle class="missed"') == 3 * marked  # two planes and the legend
    assert ("missed by +3.50 nats" in text) == marked
    assert ("met, by +0.10 nats" in text) == (not marked)
    assert ("β = 0.25 at the end (2 asked for)" in text) == marked
    assert ("training diverged" in text) == marked
