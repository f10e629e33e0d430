"""Labels of pandas: two arguments over the same axis are held to one order, by every function.

Each call below takes its arguments by name. `AXES` says which of their axes are the same letters:
permuting the labels of one alone must be refused, permuting all must not.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory import (
    Coordinates,
    Model,
    best_encoder,
    best_encoder_and_marginal,
    blahut_arimoto,
    blahut_arimoto_capacity,
    certify,
    certify_capacity,
    decoder_distortion,
    kl_divergence,
    mutual_information,
    optimal_decoder,
    optimal_marginal,
    roughness,
    solve_capacity,
    solve_capacity_curve,
    solve_distortion,
    solve_frontier,
    solve_rate,
    solve_slope,
)
from rdtheory.checks import check_same_labels
from rdtheory.experiments.rivals import plain_blahut_arimoto
from rdtheory.pareto import Front, hull_slopes, lower_hull, pareto_front
from rdtheory.solver.convex_program import solve_convex_program
from rdtheory.sources.textbook import Source
from rdtheory.stratified import stratified_mean

N, M = 3, 4
"""Letters of the source, and outputs or codes."""

PARTS = {
    "p": np.array([0.5, 0.3, 0.2]),
    "q": np.array([0.2, 0.2, 0.6]),
    "x": np.array([0.0, 1.0, 2.5]),
    "table": np.array([[0.0, 1.0, 4.0, 2.0], [1.0, 0.0, 2.0, 3.0], [9.0, 3.0, 0.0, 1.0]]),
    "encoder": np.array([[0.4, 0.3, 0.2, 0.1], [0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.4, 0.1]]),
    "r": np.array([0.4, 0.3, 0.2, 0.1]),
    "y": np.array([0.0, 1.0, 2.0, 3.0]),
    "decoder": np.array([[0.6, 0.3, 0.1], [0.2, 0.5, 0.3], [0.1, 0.1, 0.8], [0.3, 0.3, 0.4]]),
    "pairs": np.array([[1.0, 3.0], [5.0, 5.0], [2.0, 2.5]]),
}
AXES = {
    "p": "n", "q": "n", "x": "n", "table": "nm", "encoder": "nm", "r": "m", "y": "m",
    "decoder": "mn", "pairs": "n.",
}  # fmt: skip

CALLS = {
    "solve_capacity": (lambda encoder, x: solve_capacity(encoder, x, 0.5), "encoder x"),
    "solve_capacity_curve": (solve_capacity_curve, "encoder x"),
    "certify_capacity": (certify_capacity, "encoder p x"),
    "blahut_arimoto_capacity": (
        lambda encoder, x, p: blahut_arimoto_capacity(encoder, x, input=p),
        "encoder x p",
    ),
    "solve_slope": (lambda p, table: solve_slope(p, table, 0.5), "p table"),
    "solve_rate": (lambda p, table: solve_rate(p, table, 0.1), "p table"),
    "solve_distortion": (lambda p, table: solve_distortion(p, table, 0.5), "p table"),
    "solve_frontier": (
        lambda p, table, y: solve_frontier(p, table, outputs=y, max_points=3, width=9.0),
        "p table y",
    ),
    "certify": (lambda p, table, r: certify(p, table, 0.5, r), "p table r"),
    "blahut_arimoto": (
        lambda p, table, r: blahut_arimoto(p, table, 0.5, gap=1.0, marginal=r),
        "p table r",
    ),
    "plain_blahut_arimoto": (lambda p, table: plain_blahut_arimoto(p, table, 1, 1, 9), "p table"),
    "solve_convex_program": (lambda p, table: solve_convex_program(p, table, 0.5), "p table"),
    "Coordinates": (lambda p, x: solve_slope(p, Coordinates(x, x, "squared"), 0.5), "p x"),
    "Coordinates, outputs": (
        lambda r, y: solve_frontier(
            PARTS["p"], Coordinates(PARTS["x"], r, "squared"), outputs=y, width=9.0
        ),
        "r y",
    ),
    "Source.from_table": (lambda p, table: Source.from_table("s", p, table), "p table"),
    "Source": (lambda p, x, y, table: Source("s", p, x, y, "table", table), "p x y table"),
    "Model": (lambda p, encoder, r, decoder: Model(p, encoder, r, decoder), "p encoder r decoder"),
    "Model.from_encoder": (Model.from_encoder, "p encoder"),
    "optimal_marginal": (optimal_marginal, "p encoder"),
    "optimal_decoder": (optimal_decoder, "p encoder"),
    "roughness": (roughness, "p encoder"),
    "decoder_distortion": (lambda p, decoder: decoder_distortion(decoder, p), "p decoder"),
    "best_encoder": (lambda p, decoder, r: best_encoder(p, decoder, r, 0.5), "p decoder r"),
    "best_encoder_and_marginal": (
        lambda p, decoder: best_encoder_and_marginal(p, decoder, 0.5),
        "p decoder",
    ),
    "kl_divergence": (kl_divergence, "p q"),
    "mutual_information": (mutual_information, "p encoder"),
    "pareto_front": (pareto_front, "p q"),
    "lower_hull": (lower_hull, "p q"),
    "hull_slopes": (hull_slopes, "p q"),
    "Front.from_points": (
        lambda p, q, x: Front.from_points(p, q, rate_se=x, distortion_se=x),
        "p q x",
    ),
    "Front.from_points, errors": (
        lambda p, x: Front.from_points(PARTS["q"], PARTS["q"], rate_se=p, distortion_se=x),
        "p x",
    ),
    "stratified_mean": (lambda pairs, p: stratified_mean(pairs, p), "pairs p"),
}

WORDS = {"n": list("abc"), "m": list("stuv"), ".": ["first", "second"]}
NUMBERS = {"n": list(range(N)), "m": list(range(M)), ".": [0, 1]}


def labelled(part, labels):
    """A part of the problem as a table of pandas; `labels` maps kinds of axes to lists."""
    rows, *columns = (labels[axis] for axis in AXES[part])
    values = PARTS[part]
    return pd.DataFrame(values, rows, columns[0]) if columns else pd.Series(values, rows)


def call(name, given_labels):
    """Call a function with parts whose labels are those of a dict by part."""
    function, parts = CALLS[name]
    return function(*(labelled(part, given_labels[part]) for part in parts.split()))


def shared_axes(name):
    """Return (part, kind of axis) wherever another part of the call has that axis too."""
    parts = CALLS[name][1].split()
    kinds = [(part, kind) for part in parts for kind in AXES[part] if kind != "."]
    return [one for one in kinds if sum(kind == one[1] for _, kind in kinds) > 1]


EVERY = [(name, *one) for name in CALLS for one in shared_axes(name)]


@pytest.mark.parametrize("labels", [WORDS, NUMBERS], ids=["words", "numbers"])
@pytest.mark.parametrize(("name", "part", "kind"), EVERY)
def test_one_axis_in_another_order_is_refused(name, part, kind, labels):
    order = {one: labels for one in CALLS[name][1].split()}
    order[part] = labels | {kind: labels[kind][::-1]}
    with pytest.raises(ValueError, match=r"must have its (rows|columns) in the order of the label"):
        call(name, order)


@pytest.mark.parametrize("labels", [WORDS, NUMBERS], ids=["words", "numbers"])
@pytest.mark.parametrize("name", CALLS)
def test_the_same_labels_in_any_order_are_taken(name, labels):
    for turn in (1, -1):
        turned = {kind: names[::turn] for kind, names in labels.items()}
        call(name, {part: turned for part in CALLS[name][1].split()})


@pytest.mark.parametrize("name", CALLS)
def test_default_labels_fit_words_and_numbers_that_rise(name):
    parts = CALLS[name][1].split()
    rising = {"n": [1, 2, 6], "m": [-1.0, 0.0, 0.5, 2.0], ".": [0, 1]}
    for labels in (WORDS, rising):
        for first in parts:
            call(name, {part: labels if part == first else NUMBERS for part in parts})


@given(st.permutations(range(5)), st.permutations(range(5)), st.integers(-3, 3))
def test_whole_numbers_are_labels_unless_both_rise(one, other, base):
    """Of any two orders of the same numbers from any base on, and of arrays beside them."""
    index = [[base + k for k in order] for order in (one, other)]
    series = [pd.Series(np.full(5, 0.2), labels) for labels in index]
    pairs = [("p", series[0], 0), ("q", series[1], 0)]
    check_same_labels(pairs[0], ("q", series[1].to_numpy(), 0))
    if one == other:
        check_same_labels(*pairs)
    else:
        with pytest.raises(ValueError, match="q must have its rows in the order of the labels of"):
            check_same_labels(*pairs)


def test_a_sorted_series_beside_a_plain_table_is_refused():
    p = pd.Series([0.7, 0.2, 0.1]).sort_values()
    table = pd.DataFrame([[0, 1, 4], [1, 0, 2], [9, 3, 0.0]])
    words = r"distortion must have its rows .* labels of p_x, \[2, 1, 0\], got \[0, 1, 2\]"
    with pytest.raises(ValueError, match=words):
        solve_slope(p, table, 0.5)
    in_order = solve_slope(p.sort_index(), table, 0.5)
    assert in_order.rate == solve_slope([0.7, 0.2, 0.1], table.to_numpy(), 0.5).rate
    assert solve_slope(p, table.loc[p.index], 0.5).rate == pytest.approx(in_order.rate, abs=1e-9)


def test_the_third_argument_is_held_though_the_first_has_default_labels():
    p, q = pd.Series([0.5, 0.5]), pd.Series([0.5, 0.5], list("ab"))
    with pytest.raises(ValueError, match=r"r must have its rows .* labels of q, \['a', 'b'\]"):
        check_same_labels(("p", p, 0), ("q", q, 0), ("r", q[::-1], 0))
    with pytest.raises(ValueError, match="r must have its rows in the order of the labels of p"):
        check_same_labels(("p", p, 0), ("q", q, 0), ("r", p[::-1], 0))
