"""What is printed: a line or a small table, whatever is in it; signatures that fit a line."""

import inspect
import pydoc
import subprocess
import sys

import numpy as np
import pytest

import rdtheory
from rdtheory import (
    Coordinates,
    Model,
    Search,
    blahut_arimoto,
    blahut_arimoto_capacity,
    certify,
    certify_capacity,
    fit_target_rate,
    optimal_toy_model,
    recovery,
    solve_capacity,
    solve_capacity_curve,
    solve_frontier,
    solve_slope,
    toy_source,
)
from rdtheory.bottleneck import bottleneck
from rdtheory.pareto import Front
from rdtheory.sources.channels import z_channel
from rdtheory.sources.textbook import gaussian

WIDE = 130
"""Letters of a line of a wide terminal; with annotations there were up to 1,221."""

SOURCE = gaussian(200)
MANY = np.linspace(0.0, 1.0, 300)


def shown():
    """Yield one of everything that the library returns, as large as users have it."""
    yield SOURCE
    yield z_channel(0.2)
    yield solve_slope(SOURCE, 0.3)
    yield certify(SOURCE.p_x, SOURCE.distortion, 0.3, SOURCE.p_x)
    yield blahut_arimoto(SOURCE, 0.9, gap=0.1)
    yield Coordinates(MANY, MANY, "squared")
    yield optimal_toy_model()
    yield toy_source()
    yield recovery(optimal_toy_model(), toy_source().posterior)
    few = Search(restarts=1, rounds=1, attempts=1, steps=10)
    with pytest.warns(RuntimeWarning):
        fit = fit_target_rate([0.5, 0.3, 0.2], 0.5, codes=3, options=few)
    yield from (fit, fit.best)
    yield solve_capacity(z_channel(0.2))
    yield certify_capacity(z_channel(0.2).rows, [0.5, 0.5])
    yield blahut_arimoto_capacity(z_channel(0.2), gap=1e-3)
    yield bottleneck(np.full((4, 2), 0.125), beta=0.5, codes=2)
    yield Front.from_points(MANY, MANY[::-1])


def test_everything_is_printed_in_a_line_and_as_a_table_in_a_notebook():
    for result in shown():
        line = repr(result)
        assert line.startswith(type(result).__name__)
        assert "\n" not in line
        assert len(line) < 400
        page = result._repr_html_()
        assert page.startswith("<table>")
        assert len(page) < 2500


def test_the_numbers_of_a_line_are_the_points():
    point = solve_slope([0.5, 0.5], [[0, 1], [1, 0]], 0.5)
    line = repr(point)
    assert f"rate={point.rate:.6g} nats" in line
    assert f"distortion={point.distortion:.6g}" in line
    assert "outputs=2 of 2" in line
    assert "converged" not in line
    assert point.bits == pytest.approx(point.rate / np.log(2))
    assert solve_capacity([[1, 0], [0, 1]]).bits == pytest.approx(1.0)
    with pytest.warns(RuntimeWarning):
        rough = solve_slope(SOURCE, 0.3, max_iterations=1)
    assert "converged=False" in repr(rough)
    assert "raise max_iterations" in repr(rough)


@pytest.mark.parametrize(
    "curve",
    [solve_frontier(SOURCE), solve_capacity_curve([[1, 0], [0, 1]], [0, 1])],
    ids=["frontier", "capacity"],
)
def test_a_curve_is_printed_as_a_small_table_from_end_to_end(curve):
    title, header, *rows = repr(curve).splitlines()
    assert f"{len(curve.points)} points" in title
    assert len(rows) == 8
    assert {len(row) for row in rows} == {len(header)}
    assert "(nats)" in header
    assert "(bits)" in curve.table(units="bits")
    assert curve._repr_html_().count("<tr>") == 9
    whole = curve.table(most=10**6).splitlines()
    assert len(whole) == 1 + len(curve.points)
    assert rows[-1].split() == whole[-1].split()


def test_signatures_fit_a_line_and_keep_their_names():
    rooms = (rdtheory, rdtheory.sources)
    for name, found in ((n, getattr(room, n)) for room in rooms for n in room.__all__):
        text = f"{name}{inspect.signature(found)}"
        assert len(text) <= WIDE, text
        assert ":" not in text
    text = pydoc.render_doc(rdtheory.solve_slope, renderer=pydoc.plaintext)
    assert "solve_slope(p_x, distortion, beta, *, gap=1e-09" in text
    assert list(inspect.signature(Model).parameters) == ["p_x", "encoder", "marginal", "decoder"]


def test_rooms_are_found_by_completion_and_imported_when_asked_for():
    code = (
        "import sys, rdtheory; assert set(rdtheory.ROOMS) <= set(dir(rdtheory)); "
        "assert 'numpy' not in sys.modules; "
        "assert rdtheory.sources.bernoulli(0.3).p_x[1] == 0.3; "
        "assert rdtheory.bottleneck.bottleneck and rdtheory.pareto.Front"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    for room in rdtheory.ROOMS:
        assert getattr(rdtheory, room).__name__ == f"rdtheory.{room}"
