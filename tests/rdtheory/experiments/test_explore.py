"""What the page of `explore` shows: numbers of closed forms, lines, iterates, spoiled models."""

import math

import numpy as np
import pytest

from rdtheory.experiments.explore import GAP, check_slopes, check_source, explore_source
from rdtheory.experiments.explore_toy import explore_toy
from rdtheory.model import Model
from rdtheory.solver.critical import critical_slope
from rdtheory.sources import erokhin, erokhin_rate, gaussian, named_source
from rdtheory.sources.source import Source
from rdtheory.toy.source import toy_source
from tests.tolerances import ROUNDING, WIDE_EXCESS

MASSES = (0.4, 0.25, 0.2, 0.1, 0.05)
SETTLED = 1e-6
"""Relative. A slope is halved to 1e-7; there an output has a mass near 1e-5 of what it costs the
gap of 1e-11, its square."""


@pytest.fixture(scope="module")
def five():
    return explore_source(erokhin(MASSES), slopes=24)


@pytest.fixture(scope="module")
def grid():
    return explore_source(gaussian(41), slopes=12)


@pytest.fixture(scope="module")
def toy():
    return explore_toy(betas=[0.5, 1.0], rates=[0.5])


def test_every_step_is_on_the_closed_form(five):
    for step in five["steps"]:
        exact = erokhin_rate(MASSES, step["distortion"])
        assert step["rate"] == pytest.approx(exact, abs=4 * GAP)
        assert step["gap"] <= GAP


def test_critical_slopes_are_those_where_a_letter_is_as_rare_as_the_threshold(five):
    found = [step["beta"] for step in five["steps"] if step["critical"]]
    exact = []
    for used in range(1, len(MASSES)):  # outputs in use, the next at the threshold t = p
        t = MASSES[used]
        distortion = used * t + sum(MASSES[used + 1 :])
        exact.append(1 / math.log((1 - distortion) / t))
    assert found == pytest.approx(exact[::-1], rel=SETTLED)


def test_no_step_is_below_the_line_of_another(five, grid):
    for found in (five, grid):
        rates = np.array([step["rate"] for step in found["steps"]])
        distortions = np.array([step["distortion"] for step in found["steps"]])
        for step in found["steps"]:
            assert (distortions + step["beta"] * rates >= step["bound"] - ROUNDING).all()
        assert (np.diff(rates) <= ROUNDING).all()
        assert (np.diff([step["beta"] for step in found["steps"]]) > 0.0).all()


def test_a_channel_has_the_marginal_and_the_distortion_of_its_step(five):
    table = erokhin(MASSES).distortion
    for step in five["steps"]:
        channel, used = np.array(step["channel"]), step["support"]
        assert MASSES @ channel == pytest.approx(step["masses"], abs=1e-6)
        assert MASSES @ (channel * table[:, used]).sum(axis=1) == pytest.approx(step["distortion"])


def test_iterates_go_down_and_their_gaps_are_true(five):
    for step in five["steps"]:
        seen = step["iterates"]
        values = np.array(seen["distortion"]) + step["beta"] * np.array(seen["rate"])
        assert (np.diff(values) <= ROUNDING).all()
        assert (values >= step["bound"] - ROUNDING).all()
        assert (values - step["beta"] * np.array(seen["gap"]) <= step["value"] + ROUNDING).all()
        assert np.array(seen["marginal"]).sum(axis=1) == pytest.approx(1.0)


def test_the_iterates_crawl_at_every_critical_slope_and_the_solver_does_not(five):
    last = np.array([step["iterates"]["gap"][-1] for step in five["steps"]])
    for at, step in enumerate(five["steps"]):
        if step["critical"] and step["rate"] > 0.0:
            assert last[at] > 2 * max(last[at - 1], last[at + 1])
            assert step["steps"] < 50
    least = min(gap for gap, step in zip(last, five["steps"], strict=True) if step["critical"])
    assert np.median(last) < 1e-8 < least


def _groups(step):
    return 1 + int((np.diff(step["support"]) > 1).sum())


def test_on_a_line_groups_of_neighbours_come_and_go_at_critical_slopes(grid):
    steps = grid["steps"]
    critical = [at for at, step in enumerate(steps) if step["critical"]]
    assert steps[critical[-1]]["beta"] == critical_slope(gaussian(41))
    assert len(critical) >= 4
    for at in critical[-4:-1]:
        assert _groups(steps[at]) != _groups(steps[at - 1])


def test_a_curve_that_is_straight_has_both_ends_of_it_at_its_slope():
    found = explore_source(named_source("erasure:4"), slopes=4)
    assert [step["critical"] for step in found["steps"]].count(True) == 1
    assert found["steps"][0]["rate"] == pytest.approx(math.log(4))
    assert found["steps"][-1]["rate"] == 0.0


def test_the_two_bounds_of_the_curve_enclose_the_closed_form(five):
    curve = {name: np.array(values) for name, values in five["curve"].items()}
    exact = np.array([erokhin_rate(MASSES, d) for d in curve["upper"]])
    assert (exact <= curve["rate"] + 1e-9).all()
    assert (curve["lower"] <= curve["upper"]).all()


@pytest.mark.parametrize("slopes", [1, 301, 0])
def test_a_number_of_slopes_is_refused(slopes):
    with pytest.raises(ValueError, match=r"slopes must be an? integer .*, got"):
        check_slopes(erokhin(MASSES), slopes)


def test_sources_that_are_too_large_or_have_no_curve_are_refused():
    with pytest.raises(ValueError, match="source must have at most 400 letters, got 401"):
        check_source(gaussian(401))
    one = Source.from_table("one", [0.5, 0.5], [[0.0, 1.0], [0.0, 1.0]])
    with pytest.raises(ValueError, match="source must have a curve, got one: one output serves"):
        explore_source(one, slopes=2)


def test_fits_of_any_rate_have_one_elbo(toy):
    fits = [toy["betas"][1], *toy["rates"]]
    assert [fit["rate"] for fit in fits[1:]] == pytest.approx([0.5, toy["entropy"]], abs=1e-6)
    for fit in fits:
        waste = fit["rate"] + fit["distortion"] - toy["entropy"]
        assert -ROUNDING <= waste <= WIDE_EXCESS
    assert fits[0]["rate"] < 0.01


def test_a_spoiled_part_opens_its_own_gap_alone(toy):
    fit, p_x = toy["rates"][0], toy_source().p_x
    spoiled = {name: np.array(values) for name, values in fit["spoiled"].items()}
    assert (spoiled["rate"][0], spoiled["distortion"][0]) == (fit["rate"], fit["distortion"])
    for name in ("rate", "distortion"):
        assert (np.diff(spoiled[name]) > 0.0).all()
    for at, share in enumerate(spoiled["share"]):
        codes = len(fit["marginal"])
        marginal = (1 - share) * np.array(fit["marginal"]) + share / codes
        worse = Model(p_x, fit["encoder"], marginal, fit["decoder"])
        assert worse.mutual_information == fit["mutual_information"]
        gap = spoiled["rate"][at] - worse.mutual_information
        assert gap == pytest.approx(worse.marginal_gap, abs=ROUNDING)
    # a decoder that ignores the code has D = H, and nothing is left of H - D
    assert spoiled["distortion"][-1] == pytest.approx(toy["entropy"], abs=ROUNDING)
