"""The page about a sweep: whole and harmless as a file, true to the table, alive in a browser."""

import base64
import re
import shutil
from hashlib import sha256
from html.parser import HTMLParser
from io import BytesIO
from math import log

import numpy as np
import pytest
from PIL import Image

from figures import sweep
from figures.choice.choose import samples_of
from figures.choice.kinds import kind_of_row, least_elbo
from figures.parts.reading import read_images, read_table
from figures.report import report
from figures.report.cells import with_error
from figures.report.paper import nearest, why_not
from figures.report.plane import plane
from rdtheory.pareto import pareto_front
from tests.make.sweeps_table import grid, make_row, make_sweep

HOSTILE = """<img src=x onerror=alert(1)>'"&amp;{{ 7*7 }}"""
CLOSING = "</script><script>alert(1)</script>"
DRAWN = 0.06
"""The drawing's places have one decimal."""
LEVEL = 0.5 / 255 + 1e-9
"""Images are written with 256 levels of grey."""


class Page(HTMLParser):
    """The tags of a page in order, and its tables' rows of cells: text and attributes."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.tags, self.tables, self.texts, self._open = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append((tag, attrs))
        self._open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append(["", attrs])

    def handle_endtag(self, tag):
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data):
        self.texts.append(data)
        if "td" in self._open or "th" in self._open:
            self.tables[-1][-1][-1][0] += data

    def all(self, tag, cls=None):
        return [a for t, a in self.tags
                if t == tag and (cls is None or cls in (a.get("class") or "").split())]  # fmt: skip

    def table(self, number):
        """Return a table as a list of dicts from the header to (text, number or None)."""
        header, *lines = self.tables[number]
        names = [text for text, _ in header]
        return [
            {n: (text, float(a["data-number"]) if "data-number" in a else None)
             for n, (text, a) in zip(names, line, strict=True)}
            for line in lines
        ]  # fmt: skip


def _rows():
    rows = grid(models=("---", "+--", "-+v", "++v"), betas=(0.1, 1.0, 5.0))
    rows[0]["run"], rows[1]["origin"], rows[2]["device"] = HOSTILE, HOSTILE, CLOSING
    rows[3] |= {"complete": False, "epochs": 0.4}
    return [*rows, make_row("--+", target_rate=20.0), make_row("-++", beta=2.0, rate=0.0004)]


@pytest.fixture(scope="module")
def directory(tmp_path_factory):
    directory = tmp_path_factory.mktemp("sweep")
    rows = make_sweep(directory, _rows(), side=8)
    samples_of(directory, rows[-1]).unlink()
    report.report(directory)
    return directory


@pytest.fixture(scope="module")
def text(directory):
    return (directory / "report.html").read_text("utf-8")


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


@pytest.fixture
def small(tmp_path):
    """Two runs and stand-ins for the figures, so that none is drawn."""

    def make(rows=None, **entries):
        rows = rows or [make_row("-+v", 1.0, **entries), make_row("---", 0.1, **entries)]
        make_sweep(tmp_path, rows)
        for name in report.LOOKS:
            Image.new("L", (3, 2)).save(tmp_path / f"{name}.png")
        return tmp_path

    return make


def _page(directory):
    return Page(report.report(directory, overwrite=False).read_text("utf-8"))


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


def test_every_run_is_there_with_its_images(page, directory):
    rows = read_table(directory)
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


def test_the_images_of_a_run_are_its_samples(page, directory):
    row = read_table(directory)[1]
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
    page = _page(small(data=HOSTILE, warning=CLOSING, preset=HOSTILE, origin=CLOSING))
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
def test_a_figure_that_is_no_picture_is_named(small, content):
    place = small()
    (place / "figure4b.png").write_bytes(content)
    _refused(place, "figure4b.png", "readable PNG")


def test_samples_outside_of_the_sweep_are_not_shown(small, tmp_path):
    place = small([make_row(run="../../elsewhere")])
    assert not [a for a in _page(place).all("img") if a["alt"].startswith("Test images")]


def test_figures_that_are_not_there_or_old_are_told(directory, tmp_path):
    for file in directory.glob("figure3*"):
        shutil.copy(file, tmp_path)
    make_sweep(tmp_path, [make_row()])
    notes = [text for text in _page(tmp_path).texts if "--overwrite" in text]
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


def test_the_table_of_the_page_is_that_of_the_file(page, directory):
    rows = read_table(directory)
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
        assert line["kind"][0] == kind_of_row(row, least_elbo(rows))
        assert line["complete"][0] == ("yes" if row["complete"] else "no")
        assert line["device"][0] == row["device"]
    assert lines[1]["origin"][0] == HOSTILE


def test_columns_without_any_entry_are_left_out(small):
    (line, _) = _runs_table(_page(small()))
    assert "target R" not in line
    assert "β" in line


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (80.0, 0.0, "80.00 ± 0.00"), (0.00041, 0.000123, "0.00041 ± 0.00012"),
        (0.6886, 0.0117, "0.69 ± 0.01"), (-0.001, 0.0049, "-0.0010 ± 0.0049"),
    ],
)  # fmt: skip
def test_errors_have_two_digits_where_small(value, error, text):
    assert with_error(value, error) == text


def test_the_points_of_the_planes_are_where_they_belong(directory):
    rows = read_table(directory)
    rate, distortion, elbo = (
        np.array([row[f"test_{name}"] for row in rows]) for name in ("rate", "distortion", "elbo")
    )
    drawn = plane(rows, "distortion")
    x, y = np.array([point["place"] for point in drawn["points"]]).T
    for measure, places in ((rate, x), (distortion, y)):
        line = np.polyfit(measure, places, 1)
        assert np.abs(np.polyval(line, measure) - places).max() < DRAWN
    for index in pareto_front(rate, distortion):
        assert "L{:.1f} {:.1f}".format(*drawn["points"][index]["place"]) in drawn["front"]
    skew = plane(rows, "elbo")
    x, y = np.array([point["place"] for point in skew["points"]]).T
    assert (np.diff(x[np.argsort(rate)]) >= 0).all()
    assert (np.diff(y[np.argsort(elbo)]) <= 0).all()
    low, high = sorted(float(v) for v in re.findall(r" ([\d.]+)", skew["bound"]))
    assert low == high == pytest.approx(y.max(), abs=DRAWN)  # the least R + D lies on the line


def test_ticks_lie_where_their_numbers_are(directory):
    drawn = plane(read_table(directory), "distortion")
    for ticks in (drawn["x_ticks"], drawn["y_ticks"]):
        places, values = zip(*((place, float(text)) for place, text in ticks), strict=True)
        assert np.ptp(np.diff(places)) < 4 * DRAWN
        assert len(set(np.diff(values))) == 1


# -- beside the paper ----------------------------------------------------------------------------

FULL = {"preset": "paper", "epochs": 200.0, "epochs_asked": 200.0}
POINT = {"dataset": "mnist", "model": "-+v", "beta": 1.0, "anneal": "yes", "elbo": 80.3}


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        (FULL, None),
        (FULL | {"beta": 1.04}, None),
        ({"epochs": 0.4}, "quick size, 0.4 epochs"),
        (FULL | {"preset": "quick"}, "quick size, 200 epochs"),
        (FULL | {"complete": False, "epochs": 150.0}, "150 of the paper's 200 epochs"),
        (FULL | {"epochs": 5.0, "epochs_asked": 5.0}, "5 of the paper's 200 epochs"),
        (FULL | {"data": "mnist5k"}, "other images (mnist5k)"),
        (FULL | {"data": "omniglot"}, "other images (omniglot)"),
        (FULL | {"beta": 1.1}, "another β"),
        (FULL | {"warning": "a stand-in"}, "a stand-in"),
        ({"data": "mnist5k", "epochs": 0.4}, "other images (mnist5k), quick size, 0.4 epochs"),
    ],
)
def test_only_what_the_paper_ran_is_comparable(entries, reason):
    assert why_not(make_row("-+v", **entries), POINT) == reason


def test_the_nearest_run_has_the_papers_model_and_the_nearest_beta():
    rows = [
        make_row("---", 1.0), make_row("-+v", 0.1), make_row("-+v", 0.8),
        make_row("-+v", target_rate=6.0), make_row("-+v", 5.0),
    ]  # fmt: skip
    assert nearest(rows, POINT) == 2
    assert nearest(rows, POINT | {"beta": 0.29}) == 2  # nearer by the logarithm
    assert abs(log(0.29 / 0.1)) > abs(log(0.8 / 0.29))
    assert nearest(rows, POINT | {"model": "+++"}) is None


def test_of_equal_betas_a_comparable_run_comes_first_then_an_annealed_one():
    rows = [make_row("-+v"), make_row("-+v", anneal=1.0), make_row("-+v", **FULL)]
    assert nearest(rows, POINT) == 2
    assert nearest(rows[:2], POINT) == 1
    assert nearest(rows[:2], POINT | {"anneal": "no"}) == 0


def test_for_the_papers_best_the_best_of_ours_stands():
    rows = [make_row("---"), make_row("+++", 0.5, rate=10.0, distortion=69.0), make_row("-+v")]
    assert nearest(rows, POINT | {"model": None, "beta": None}) == 1


def test_a_difference_is_printed_only_where_runs_are_comparable(small):
    near = make_row("-+v", 1.0, rate=6.0, distortion=75.0, **FULL)
    page = _page(small([near, make_row("-+v", 0.1), make_row("---", 1.0, **FULL)]))
    lines = {line["its β"][1]: line for line in page.table(0)}
    assert lines[1.0]["comparable"][0] == "yes"
    assert lines[1.0]["R + D: ours less its"] == ("0.70 ± 0.21", pytest.approx(0.7))
    assert lines[1.0]["our R"] == ("6.00 ± 0.05", 6.0)
    assert lines[1.0]["its R"] == ("6.2", 6.2)
    assert lines[0.1]["comparable"][0] == "no: quick size, 2 epochs"
    assert lines[1.1]["comparable"][0] == "no: another β"
    for beta in (0.1, 0.15, 1.1):
        assert lines[beta]["R + D: ours less its"] == ("not printed", None)
    assert lines[None]["our run"][0] == near["run"]
    assert lines[None]["comparable"][0] == "yes"


def test_a_point_that_we_have_no_run_of_says_so(small):
    lines = _page(small([make_row("---")])).table(0)
    assert [line["comparable"][0] for line in lines if line["model"][0] == "-+v"] == [
        "no: no such run"
    ] * 4


@pytest.mark.parametrize(
    ("data", "verdict"),
    [("omniglot", "yes"), ("omniglot-drawings", "no: other images (omniglot-drawings)")],
)
def test_omniglot_stands_beside_the_papers_omniglot(small, data, verdict):
    (line,) = _page(small(data=data, **FULL)).table(0)
    assert line["its R + D"][1] == 90.37
    assert line["comparable"][0] == verdict


def test_other_data_have_no_table_beside_the_paper(small):
    page = _page(small(data="bars:4x4"))
    assert len(page.tables) == 1
    assert "paper" not in [a.get("id") for a in page.all("section")]


# -- in a browser --------------------------------------------------------------------------------

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
PATIENCE = 10
"""Seconds within which a page that works has long reacted."""
LAPTOP, PHONE = (1280, 900, False), (390, 800, True)


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    pytest.importorskip("selenium", reason="selenium is not installed")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("chromium or chromedriver is not installed")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    session = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    # as if the window were always the one in front, which alone tells its page of the focus
    session.execute_cdp_cmd("Emulation.setFocusEmulationEnabled", {"enabled": True})
    yield session
    session.quit()


@pytest.fixture
def browser(session, directory):
    """The page, opened anew on a laptop."""
    return _open(session, directory, LAPTOP)


def _open(session, directory, screen):
    width, height, mobile = screen
    session.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": mobile},
    )
    session.get((directory / "report.html").as_uri())
    return session


def _wait(browser, script, *arguments):
    from selenium.webdriver.support.wait import WebDriverWait

    return WebDriverWait(browser, PATIENCE, poll_frequency=0.05).until(
        lambda b: b.execute_script(f"return {script}", *arguments)
    )


def _point(browser, number, measure="distortion"):
    return browser.find_element("css selector", f"#plane-{measure} .point[data-run='{number}']")


def _lonely(directory):
    """The run farthest from all others in the plane of R and D, so that pointing at it is clear."""
    points = plane(read_table(directory), "distortion")["points"]
    places = np.array([point["place"] for point in points])
    apart = np.linalg.norm(places[:, None] - places, axis=-1) + 1e9 * np.eye(len(places))
    return int(apart.min(axis=0).argmax())


def _is_shown(browser, directory, number):
    """Wait until the panel shows a run, and check its name, its numbers and its images."""
    row = read_table(directory)[number]
    _wait(browser, "document.getElementById('panel').dataset.run === arguments[0]", str(number))
    text = browser.find_element("id", "panel").text
    assert row["run"] in text
    assert with_error(row["test_elbo"], row["test_elbo_se"]) in text
    assert f"seed {row['seed']}" in text
    rendered = "(i => i && i.complete && i.naturalWidth > 0 && i.getBoundingClientRect().width"
    assert _wait(browser, f"{rendered})(document.querySelector('#panel img'))") > 100


def test_pointing_at_a_run_shows_it(browser, directory):
    from selenium.webdriver import ActionChains

    number = _lonely(directory)
    browser.execute_script("document.getElementById('plane').scrollIntoView()")
    ActionChains(browser).move_to_element(_point(browser, number)).perform()
    _is_shown(browser, directory, number)


def test_the_keys_go_to_a_run_and_on_to_the_next(browser, directory):
    from selenium.webdriver import ActionChains, Keys

    rows = read_table(directory)
    best = min(range(len(rows)), key=lambda i: rows[i]["test_elbo"])
    browser.execute_script("document.querySelector('[data-plane=elbo]').focus()")
    ActionChains(browser).send_keys(Keys.TAB).perform()
    assert browser.switch_to.active_element.get_attribute("data-run") == str(best)
    places = [p["place"][0] for p in plane(rows, "distortion")["points"]]
    along = sorted(range(len(rows)), key=lambda i: places[i])
    for _ in range(2):
        best = along[along.index(best) + 1]
        ActionChains(browser).send_keys(Keys.ARROW_RIGHT).perform()
        if samples_of(directory, rows[best]).exists():
            _is_shown(browser, directory, best)
        assert browser.switch_to.active_element.get_attribute("data-run") == str(best)


def test_a_run_without_samples_says_so(browser, directory):
    number = len(read_table(directory)) - 1
    browser.execute_script("arguments[0].focus()", _point(browser, number))
    _wait(browser, "document.getElementById('panel').dataset.run === arguments[0]", str(number))
    assert "has no samples.npz" in browser.find_element("id", "panel").text


def test_a_tap_on_a_phone_shows_a_run_and_stays_where_it_is(session, directory):
    browser = _open(session, directory, PHONE)
    number = _lonely(directory)
    browser.execute_script("document.getElementById('plane').scrollIntoView()")
    before = browser.execute_script("return scrollY")
    _point(browser, number).click()
    _is_shown(browser, directory, number)
    assert browser.execute_script("return [scrollY, location.hash]") == [before, ""]


@pytest.mark.parametrize("screen", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_the_page_fits_loads_every_image_and_has_no_errors(session, directory, screen):
    browser = _open(session, directory, screen)
    browser.execute_script("document.querySelector('details').open = true")
    _wait(browser, "[...document.images].every(i => i.complete && i.naturalWidth > 0)")
    wide, room = browser.execute_script(
        "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert room - 20 <= wide <= room <= screen[0]
    assert browser.get_log("browser") == []


def _column(browser, table, index):
    return browser.execute_script(
        "return [...document.querySelectorAll(arguments[0] + ' tbody tr')]"
        ".map(row => row.cells[arguments[1]].dataset.number ?? null)", table, index,
    )  # fmt: skip


@pytest.mark.parametrize(("table", "name"), [("#table", "R"), ("#table", "β"), ("#paper", "its β")])
def test_a_click_on_a_header_sorts_numbers_up_and_then_down(browser, table, name):
    heads = f"[...document.querySelectorAll('{table} th')]"
    index = browser.execute_script(f"return {heads}.map(head => head.textContent)").index(name)
    for falling, said in ((False, "ascending"), (True, "descending")):
        browser.find_element("css selector", f"{table} th:nth-child({index + 1}) button").click()
        sorts = browser.execute_script(f"return {heads}.map(head => head.ariaSort)")
        assert sorts == [said if other == index else None for other in range(len(sorts))]
        cells = _column(browser, table, index)
        there = [float(cell) for cell in cells if cell is not None]
        assert there == sorted(there, reverse=falling)
        assert all(cell is None for cell in cells[len(there) :])  # what is not there comes last
    assert len(set(there)) > 2


def test_the_switch_changes_the_plane_and_keeps_the_run(browser, directory):
    number = _lonely(directory)
    browser.execute_script("arguments[0].focus()", _point(browser, number))
    browser.find_element("css selector", "[data-plane=elbo]").click()
    assert _point(browser, number, "elbo").is_displayed()
    assert not _point(browser, number, "distortion").is_displayed()
    _is_shown(browser, directory, number)


def test_the_filter_hides_runs_in_the_plane_and_in_the_table(browser, directory):
    models = [row["model"] for row in read_table(directory)]
    browser.find_element("css selector", "[data-part='1'] input[value='-']").click()
    kept = sum(model[1] == "+" for model in models)
    for selector in ("#plane-distortion .point", "#table tbody tr"):
        seen = "[...document.querySelectorAll(arguments[0])].filter(e => e.checkVisibility())"
        count = browser.execute_script(f"return {seen}.length", selector)
        assert count == kept < len(models)
    assert f"{kept} of {len(models)} runs shown" in browser.find_element("id", "shown").text


def test_a_link_in_the_table_leads_to_the_images_of_the_run(browser):
    link = browser.find_element("css selector", "#table tbody tr:nth-child(3) a")
    browser.execute_script("arguments[0].click()", link)
    _wait(browser, "document.querySelector('details').open")
    assert browser.find_element("id", "run-2").is_displayed()


def test_without_a_program_everything_is_there_to_read(session, directory):
    session.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser = _open(session, directory, LAPTOP)
        planes = browser.find_elements("css selector", ".plane")
        assert [each.is_displayed() for each in planes] == [True, True]
        assert not browser.find_element("id", "panel").is_displayed()
        assert not browser.find_element("css selector", ".filter").is_displayed()
        assert len(browser.find_elements("css selector", "#table tbody tr")) == len(_rows())
    finally:
        session.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
