"""Pictures of curves, points, channels and iterations: what is on them and in which units."""

import io
import math
import subprocess
import sys

import matplotlib.image
import numpy as np
import pytest
from matplotlib.figure import Figure

from rdtheory import (
    blahut_arimoto,
    blahut_arimoto_capacity,
    critical_slope,
    plot_channel,
    plot_convergence,
    plot_point,
    solve_capacity_curve,
    solve_frontier,
    solve_rate,
    solve_slope,
)
from rdtheory.sources.textbook import bernoulli, gaussian
from tests.make.theory_curves import ROUND

COIN = bernoulli(0.3)
LOG2 = math.log(2)


@pytest.fixture(scope="module")
def curve():
    return solve_frontier(COIN)


@pytest.fixture
def axes():
    return Figure().add_subplot()


def line(axes, words):
    """Return the points of the one line whose label begins with some words."""
    (found,) = (one for one in axes.lines if str(one.get_label()).startswith(words))
    return np.array(found.get_xdata(), float), np.array(found.get_ydata(), float)


@pytest.mark.parametrize(("units", "nat"), [("nats", 1.0), ("bits", 1 / LOG2)])
@pytest.mark.parametrize("over", ["rate", "distortion"])
def test_axes_units_and_the_closed_form_beside(curve, axes, over, units, nat):
    assert curve.plot(axes, units=units, over=over) is axes
    names = [axes.get_xlabel(), axes.get_ylabel()]
    assert names[over == "distortion"] == f"rate R  ({units})"
    assert names[over == "rate"] == "distortion D"
    for words, off in (("reached", curve.width), ("closed form", ROUND)):
        one, other = line(axes, words)
        rates, ds = (one, other) if over == "rate" else (other, one)
        exact = np.array([COIN.closed_form(d) for d in ds]) * nat
        if words == "reached":
            assert (rates >= exact - ROUND).all()  # chords are above
            assert (curve.lower(rates / nat) <= ds + ROUND).all()
            assert (ds - curve.lower(rates / nat) <= off + ROUND).all()
        else:
            np.testing.assert_allclose(rates, exact, atol=off)
            assert ds.min() == 0.0


def test_a_closed_form_of_ones_own_or_none_and_that_of_a_continuous_source(curve, axes):
    curve.plot(axes, closed_form=lambda d: 0.1)
    assert set(line(axes, "closed form")[0]) == {0.1}
    plain = curve.plot(Figure().add_subplot(), closed_form=False)
    assert not [one for one in plain.lines if str(one.get_label()).startswith("closed")]
    normal = solve_frontier(gaussian(30)).plot(Figure().add_subplot())
    assert line(normal, "closed form of the continuous source")[0].size > 10


@pytest.mark.parametrize("over", ["rate", "distortion"])
def test_a_tangent_has_its_slope_and_intercept_and_is_nowhere_above(curve, axes, over):
    beta = 0.5
    curve.plot(axes, tangent=beta, over=over, units="bits")
    one, other = line(axes, "tangent D + βR")
    rates, ds = (one, other) if over == "rate" else (other, one)
    point = solve_slope(COIN, beta)
    assert rates[0] == 0.0
    assert ds[0] == pytest.approx(point.value)
    assert (ds[0] - ds[1]) / rates[1] == pytest.approx(beta * LOG2)  # distortion per bit
    at = np.linspace(0.0, rates[1] * LOG2, 50)
    assert (point.value - beta * at <= curve.upper(at) + 1e-9).all()
    (text,) = (str(one.get_label()) for one in axes.lines if "tangent" in str(one.get_label()))
    assert f"β = {beta * LOG2:.4g} per bit" in text
    assert f"D + βR = {point.value:.4g}" in text
    with pytest.raises(ValueError, match="beta must be a finite number above 0"):
        curve.plot(axes, tangent=-1.0)
    with pytest.raises(ValueError, match="over must be one of rate, distortion"):
        curve.plot(axes, over="R")


def test_a_point_on_its_curve(axes):
    point = solve_rate(COIN, 0.25)
    plot_point(point, ax=axes, over="distortion")
    ds, rates = line(axes, "R = 0.25 nats, D = ")
    assert (ds[0], rates[0]) == (point.distortion, point.rate)
    assert line(axes, "tangent")[0][0] == pytest.approx(point.value)
    assert line(axes, "closed form")[0].size
    without = type(point)(0.5, 0.1, 0.2, 0.0, point.marginal, 1, True)
    with pytest.raises(ValueError, match="curve must be given for a point without its problem"):
        plot_point(without)


def test_outputs_in_use_in_bits(curve, axes):
    curve.plot_support(axes, units="bits")
    assert axes.get_xlabel() == "slope beta  (distortion per bit)"
    places = np.concatenate([c.get_offsets()[:, 0] for c in axes.collections])
    betas = [p.beta for p in curve.points if 0 < p.beta < math.inf]
    assert places.max() == pytest.approx(max(betas) * LOG2)
    assert max(betas) <= critical_slope(COIN) + 1e-6


def test_a_capacity_cost_curve_in_bits(axes):
    found = solve_capacity_curve([[1, 0], [0, 1]], [0, 1])
    found.plot(axes, units="bits")
    assert axes.get_ylabel() == "capacity C  (bits)"
    assert line(axes, "reached")[1].max() == pytest.approx(1.0, abs=1e-9)


def test_a_channel_is_drawn_with_its_numbers_and_names(axes):
    point = solve_slope(COIN, 0.5)
    plot_channel(point, axes, letters=["heads", "tails"], outputs="HT")
    np.testing.assert_array_equal(axes.images[0].get_array(), point.channel)
    assert [text.get_text() for text in axes.get_yticklabels()] == ["heads", "tails"]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["H", "T"]
    assert {text.get_text() for text in axes.texts} == {f"{q:.3g}" for q in point.channel.flat}
    with pytest.raises(ValueError, match="letters must have 2 names, got 1"):
        plot_channel(point, letters=["heads"])


def test_convergence_shows_the_certified_gap_and_the_way_of_r_and_d():
    found = blahut_arimoto(COIN, 0.9, trace=True)
    plain = blahut_arimoto(COIN, 0.9)
    assert np.array_equal(found.history, plain.history)
    assert found.rates[-1] == pytest.approx(found.rate, abs=ROUND)
    assert found.distortions[-1] == pytest.approx(found.distortion, abs=ROUND)
    values = found.distortions + 0.9 * found.rates
    assert (np.diff(values) <= ROUND).all()  # never uphill
    assert (values - 0.9 * found.history <= found.value + ROUND).all()  # and each is a bound
    gap, rate, distortion = plot_convergence(found, units="bits")
    assert gap.get_yscale() == "log"
    assert gap.lines[0].get_ydata()[0] == pytest.approx(found.history[0] / LOG2)
    assert rate.lines[0].get_ydata()[-1] == pytest.approx(found.rate / LOG2)
    assert distortion.lines[0].get_ydata()[-1] == pytest.approx(found.distortion)
    assert rate.get_ylabel() == "rate R  (bits)"
    assert len(plot_convergence(plain)) == 1
    other = blahut_arimoto_capacity([[1.0, 0.0], [0.5, 0.5]])
    gap, value = plot_convergence(other, list(Figure().subplots(2, 1)))
    assert value.lines[0].get_ydata()[-1] == pytest.approx(other.capacity)


def test_figures_are_pyplots_where_it_is_in_use_and_of_nobody_else_where_not():
    code = """
import sys, io
from rdtheory import solve_frontier
curve = solve_frontier([0.5, 0.5], [[0, 1], [1, 0]])
alone = curve.plot()
assert "matplotlib.pyplot" not in sys.modules
alone.figure.savefig(io.BytesIO())
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt
axes = curve.plot()
assert plt.gcf() is axes.figure
plt.savefig(sys.stdout.buffer, format="png")
"""
    made = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stdout
    pixels = matplotlib.image.imread(io.BytesIO(made))
    assert np.ptp(pixels[..., :3]) > 0.5  # not blank


def test_a_notebook_shows_a_curve_without_pyplot_being_asked_for():
    import nbformat
    from nbclient import NotebookClient

    book = nbformat.v4.new_notebook()
    code = (
        "from rdtheory import solve_frontier\ncurve = solve_frontier([0.5, 0.5], [[0, 1], [1, 0]])"
    )
    cells = [code, "curve.plot()", "curve"]
    book.cells = [nbformat.v4.new_code_cell(text) for text in cells]
    NotebookClient(book, timeout=120, kernel_name="python3").execute()
    shown = [kind for output in book.cells[1].outputs for kind in output.get("data", {})]
    assert "image/png" in shown
    (page,) = book.cells[2].outputs
    assert page["data"]["text/html"].startswith("<table>")
