"""The page in a browser, where there is one: alive, on a laptop and on a phone."""

import numpy as np
import pytest

from figures.choice.choose import samples_of
from figures.parts.reading import read_table
from figures.report.cells import with_error
from figures.report.plane import plane
from tests.make.browser import LAPTOP, PHONE, open_page
from tests.make.browser import wait as _wait


@pytest.fixture
def browser(session, directory):
    """The page, opened anew on a laptop."""
    return _open(session, directory, LAPTOP)


def _open(session, directory, screen):
    return open_page(session, (directory / "report.html").as_uri(), screen)


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
        lines = browser.find_elements("css selector", "#table tbody tr")
        assert len(lines) == len(read_table(directory))
    finally:
        session.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
