"""The page in a browser, where there is one: what moves, what it says, on a laptop and a phone."""

import re

import numpy as np
import pytest

from rdtheory.units import in_units
from tests.make.browser import LAPTOP, PHONE, open_page, wait

DIGITS = 0.5001e-4
"""Numbers are shown with four decimals."""
NONE = "\N{EN DASH}"
"""In a channel, for an output that nobody uses."""


@pytest.fixture
def browser(session, pages):
    """The page of five letters, opened anew on a laptop."""
    return open_page(session, pages["five"].as_uri(), LAPTOP)


@pytest.fixture
def on_toy(session, pages):
    """Its second tab."""
    return open_page(session, pages["five"].as_uri() + "#toy", LAPTOP)


def _text(browser, name):
    return browser.find_element("id", name).text


def _number(browser, name):
    return float(_text(browser, name))


def _at(browser, name="slope"):
    return int(browser.find_element("id", name).get_attribute("value"))


def _press(browser, name, *keys):
    from selenium.webdriver import Keys

    for key in keys:
        browser.find_element("id", name).send_keys(getattr(Keys, key))


def _shows(browser, step, nat=1.0):
    assert _number(browser, "beta") == pytest.approx(step["beta"] / nat, abs=DIGITS)
    assert _number(browser, "rate") == pytest.approx(step["rate"] * nat, abs=DIGITS)
    assert _number(browser, "distortion") == pytest.approx(step["distortion"], abs=DIGITS)
    assert _number(browser, "value") == pytest.approx(step["value"], abs=DIGITS)
    assert _number(browser, "gap") == pytest.approx(step["gap"] * nat, rel=0.1)
    used = len(step["support"])
    assert _text(browser, "in-use") == f"{used} of {len(step['iterates']['marginal'][0])}"


# -- the source -----------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["ARROW_RIGHT", "ARROW_LEFT", "HOME", "END"])
def test_the_keys_move_the_slope_and_all_numbers_with_it(browser, five, key):
    steps, before = five["source"]["steps"], _at(browser)
    _press(browser, "slope", key)
    to = {"ARROW_RIGHT": before + 1, "ARROW_LEFT": before - 1, "HOME": 0, "END": len(steps) - 1}
    assert _at(browser) == to[key]
    _shows(browser, steps[to[key]])


def test_a_screen_reader_is_told_where_the_slider_is(browser, five):
    _press(browser, "slope", "HOME")
    step = five["source"]["steps"][0]
    told = (
        f"beta {step['beta']:.4f} per nat, rate {step['rate']:.4f} nats, "
        f"distortion {step['distortion']:.4f}"
    )
    assert browser.find_element("id", "slope").get_attribute("aria-valuetext") == told
    # and once the slider rests, in the live region
    wait(browser, "document.getElementById('said').textContent.startsWith(arguments[0])", told)
    region = browser.find_element("id", "said")
    assert region.get_attribute("aria-live") == "polite"


def test_the_tangent_goes_through_the_point_and_meets_the_axis_at_its_cost(browser, five):
    for at in (1, 5):
        browser.execute_script("slope.go(arguments[0])", at)
        step = five["source"]["steps"][at]
        line = browser.find_element("css selector", "#plane .tangent").get_attribute("d")
        x0, y0, x1, y1 = map(float, re.findall(r"-?[\d.]+", line))
        x, y, meets = browser.execute_script(
            "return [plane.px(arguments[0]), plane.py(arguments[1]), plane.py(arguments[2])]",
            step["rate"], step["distortion"], step["value"],
        )  # fmt: skip
        assert (x0, y0) == pytest.approx((0.0, meets), abs=0.02)
        assert y0 + (y1 - y0) * x / x1 == pytest.approx(y, abs=0.02)
        circle = browser.find_element("css selector", "#plane .best-mark")
        assert float(circle.get_attribute("cx")) == pytest.approx(x, abs=1e-6)
        assert float(circle.get_attribute("cy")) == pytest.approx(y, abs=1e-6)


def test_the_ratio_of_a_step_is_between_its_two_slopes(browser, five):
    for at in range(1, len(five["source"]["steps"]) - 2):
        browser.execute_script("slope.go(arguments[0])", at)
        numbers = re.findall(r"\d+\.\d+", _text(browser, "chord"))
        low, high, *_, ratio = map(float, numbers)
        assert low - DIGITS <= ratio <= high + DIGITS


def test_the_buttons_go_to_critical_slopes_where_an_output_is_lost(browser, five):
    steps = five["source"]["steps"]
    critical = [at for at, step in enumerate(steps) if step["critical"]]
    _press(browser, "slope", "HOME")
    for at in critical:
        browser.find_element("id", "critical-up").click()
        assert _at(browser) == at
        bars = browser.find_elements("css selector", "#outputs .best-bar")
        assert len(bars) == len(steps[at]["support"]) == len(steps[at - 1]["support"]) - 1
        (lost,) = set(steps[at - 1]["support"]) - set(steps[at]["support"])
        assert f"output {lost} has just lost its last mass" in _text(browser, "in-words")
    assert not browser.find_element("id", "critical-up").is_enabled()
    browser.find_element("id", "critical-down").click()
    assert _at(browser) == critical[-2]


def test_the_channel_is_the_solver_s(browser, five):
    browser.execute_script("slope.go(2)")
    step = five["source"]["steps"][2]
    cells = [text.text for text in browser.find_elements("css selector", "#channel text")]
    shown = [cell for cell in cells if cell == NONE or re.fullmatch(r"\d\.\d{3}", cell)]
    full = np.full((5, 5), np.nan)
    full[:, step["support"]] = step["channel"]
    for cell, q in zip(shown, full.ravel(), strict=True):
        assert cell == NONE if np.isnan(q) else float(cell) == pytest.approx(q, abs=0.5201e-3)


def test_blahut_arimoto_runs_to_its_last_look_and_stops_there(browser, five):
    at = five["source"]["steps"].index(next(s for s in five["source"]["steps"] if s["critical"]))
    browser.execute_script("slope.go(arguments[0]); iteration.go(0)", at)
    look = len(five["source"]["iterations"]) - 3
    browser.execute_script("iteration.go(arguments[0])", look)
    seen = five["source"]["steps"][at]["iterates"]
    assert f"within {seen['gap'][look]:.1e}".replace("e-0", "e-") in _text(browser, "run-found")
    square = browser.find_element("css selector", "#plane .so-far-mark")
    place = browser.execute_script(
        "return [plane.px(arguments[0]) - 5, plane.py(arguments[1]) - 5]",
        seen["rate"][look], seen["distortion"][look],
    )  # fmt: skip
    drawn = [float(square.get_attribute(name)) for name in ("x", "y")]
    assert drawn == pytest.approx(place, abs=0.02)
    browser.find_element("id", "run").click()
    wait(browser, "iteration.at() === iteration.last && !running")
    assert _text(browser, "looked") == str(five["source"]["iterations"][-1])
    assert _text(browser, "run") == "▶ run Blahut-Arimoto"


def test_in_bits_rates_and_slopes_are_in_bits_and_costs_as_they_were(session, pages, five):
    browser = open_page(session, pages["bits"].as_uri(), LAPTOP)
    browser.execute_script("slope.go(3)")
    _shows(browser, five["source"]["steps"][3], in_units("bits"))


def test_a_fine_source_has_its_channel_as_an_image(session, pages, grid):
    browser = open_page(session, pages["grid"].as_uri(), LAPTOP)
    browser.execute_script("slope.go(2)")
    assert not browser.find_element("id", "channel").is_displayed()
    image = browser.find_element("id", "channel-image")
    assert image.is_displayed()
    dark = browser.execute_script(
        "const { width, height } = arguments[0];"
        "const { data } = arguments[0].getContext('2d').getImageData(0, 0, width, height);"
        "return Array.from({ length: width }, (_, x) => Array.from({ length: height }, (_, y) =>"
        "255 - data[4 * (y * width + x)]))", image,
    )  # fmt: skip
    step = grid["source"]["steps"][2]
    channel = np.zeros((41, 41))
    channel[:, step["support"]] = step["channel"]
    rows = browser.execute_script("return source.rows")
    shade = (np.array(dark) / 255).T
    assert shade == pytest.approx(channel[rows] ** 0.6, abs=0.04)
    bars = browser.find_elements("css selector", "#outputs .best-bar")
    assert len(bars) == len(step["support"])


# -- the toy --------------------------------------------------------------------------------------


def test_an_arrow_key_opens_the_other_tab(browser):
    _press(browser, "tab-source", "ARROW_RIGHT")
    assert not browser.find_element("id", "source").is_displayed()
    assert browser.find_element("id", "toy").is_displayed()
    assert browser.switch_to.active_element.get_attribute("id") == "tab-toy"
    assert browser.find_element("id", "tab-toy").get_attribute("aria-selected") == "true"


def test_the_toy_s_sliders_move_its_two_models(on_toy, five):
    toy = five["toy"]
    for at, to in ((1, 1), (0, 0), (0, 2)):
        on_toy.execute_script("toySlope.go(arguments[0]); target.go(arguments[1])", at, to)
        for name, fit in (("a", toy["betas"][at]), ("b", toy["rates"][to])):
            assert _number(on_toy, f"{name}-rate") == pytest.approx(fit["rate"], abs=DIGITS)
            shown = _number(on_toy, f"{name}-distortion")
            assert shown == pytest.approx(fit["distortion"], abs=DIGITS)
    _press(on_toy, "target", "ARROW_LEFT")
    assert _number(on_toy, "b-rate") == pytest.approx(0.5, abs=DIGITS)


def test_at_beta_one_two_models_have_one_elbo_and_two_rates(on_toy, five):
    assert _text(on_toy, "toy-beta") == "1"  # where it begins
    assert _number(on_toy, "a-elbo") == pytest.approx(_number(on_toy, "b-elbo"), abs=1e-4)
    assert _number(on_toy, "b-rate") - _number(on_toy, "a-rate") > 0.4
    assert "one ELBO, two different codes" in _text(on_toy, "same")
    path = on_toy.find_element("css selector", "#blind .curve").get_attribute("d")
    heights = [float(y) for y in re.findall(r" ([\d.]+)", path)]
    assert np.ptp(heights) < 0.1  # of 294 units: flat
    on_toy.execute_script("toySlope.go(0)")
    path = on_toy.find_element("css selector", "#blind .curve").get_attribute("d")
    assert np.ptp([float(y) for y in re.findall(r" ([\d.]+)", path)]) > 50


def test_spoiling_a_part_moves_its_side_of_the_sandwich_alone(on_toy, five):
    fit, entropy = five["toy"]["rates"][1], five["toy"]["entropy"]
    for marginal, decoder in ((0, 0), (10, 0), (0, 10), (5, 3)):
        on_toy.execute_script("spoil[0].go(arguments[0]); spoil[1].go(arguments[1])",
                              marginal, decoder)  # fmt: skip
        numbers = list(map(float, re.findall(r"\d\.\d{4}", _text(on_toy, "sandwich-found"))))
        rate, distortion = fit["spoiled"]["rate"][marginal], fit["spoiled"]["distortion"][decoder]
        told = fit["mutual_information"]
        exact = [entropy - distortion, told, rate, told - entropy + distortion, rate - told,
                 rate + distortion - entropy]  # fmt: skip
        assert numbers == pytest.approx(exact, abs=DIGITS + 1e-6)


# -- all of it ------------------------------------------------------------------------------------


@pytest.mark.parametrize("screen", [LAPTOP, PHONE], ids=["laptop", "phone"])
@pytest.mark.parametrize("page", ["five", "grid"])
@pytest.mark.parametrize("tab", ["", "#toy"])
def test_the_page_fits_and_has_no_errors(session, pages, page, tab, screen):
    browser = open_page(session, pages[page].as_uri() + tab, screen)
    wide, room = browser.execute_script(
        "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert room - 20 <= wide <= room <= screen[0]
    assert browser.get_log("browser") == []


def test_every_slider_and_picture_has_a_name(session, pages):
    browser = open_page(session, pages["five"].as_uri(), LAPTOP)
    unnamed = browser.execute_script(
        "return [...document.querySelectorAll('input, [role=img]')].filter(e =>"
        "!(e.labels?.length || e.getAttribute('aria-label'))).map(e => e.id)"
    )
    assert unnamed == []
