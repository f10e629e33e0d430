import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial import ConvexHull

from rdtheory.pareto import Front, hull_slopes, lower_hull, pareto_front
from tests.strategies import PROOF
from tests.tolerances import ROUNDING

DEVIATIONS = 4.0
"""Standard errors that a sample deviation may be off: 6e-5 for a normal, and the seed is fixed."""

grids = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), min_size=1, max_size=30)
"""Points with ties, duplicates and many on one line; all arithmetic on them is exact."""


def columns(points):
    rate, distortion = np.array(points, dtype=float).T
    return rate, distortion


def random_points(seed, size=60):
    return np.random.default_rng(seed).normal(size=(2, size))


# -- by definition --------------------------------------------------------------------------------


def dominates(one, other):
    return one[0] <= other[0] and one[1] <= other[1] and one != other


def front_by_definition(points):
    kept = [
        i
        for i, point in enumerate(points)
        if not any(dominates(other, point) for other in points) and point not in points[:i]
    ]
    return sorted(kept, key=lambda i: points[i])


def hull_by_definition(points):
    """The front's points that lie strictly below every segment from their left to their right."""
    front = front_by_definition(points)

    def on_or_above(b, a, c):
        (ra, da), (rb, db), (rc, dc) = points[a], points[b], points[c]
        return (db - da) * (rc - ra) >= (dc - da) * (rb - ra)

    return [
        b
        for k, b in enumerate(front)
        if not any(on_or_above(b, a, c) for a in front[:k] for c in front[k + 1 :])
    ]


@PROOF
@given(points=grids)
def test_the_front_is_what_nothing_dominates(points):
    assert pareto_front(*columns(points)).tolist() == front_by_definition(points)


@PROOF
@given(points=grids)
def test_the_hull_is_what_lies_below_all_segments(points):
    assert lower_hull(*columns(points)).tolist() == hull_by_definition(points)


@PROOF
@given(points=grids, query=st.integers(-1, 9))
def test_the_step_is_the_least_distortion_within_the_rate(points, query):
    expected = min((d for r, d in points if r <= query), default=math.inf)
    assert Front.from_points(*columns(points)).distortion_at(query) == expected


@pytest.mark.parametrize("seed", range(20))
def test_the_hull_is_the_lower_left_of_the_whole_convex_hull(seed):
    rate, distortion = random_points(seed)
    whole = ConvexHull(np.column_stack([rate, distortion]))
    outward = whole.equations[:, :2]
    expected = set(whole.simplices[(outward < 0).all(axis=1)].ravel().tolist())
    # with no falling edge the lower left is a corner: the point least in both
    expected |= {int(rate.argmin())} & {int(distortion.argmin())}
    assert set(lower_hull(rate, distortion).tolist()) == expected


# -- properties -----------------------------------------------------------------------------------


@PROOF
@given(points=grids)
def test_the_front_falls_and_the_hull_is_convex(points):
    rate, distortion = columns(points)
    front = pareto_front(rate, distortion)
    assert (np.diff(rate[front]) > 0).all()
    assert (np.diff(distortion[front]) < 0).all()
    slopes = hull_slopes(rate, distortion)
    assert slopes.size == lower_hull(rate, distortion).size - 1
    assert (slopes > 0).all()
    assert (np.diff(slopes) < 0).all()


@PROOF
@given(points=grids)
def test_the_hull_is_part_of_the_front_and_shares_its_ends(points):
    front, hull = pareto_front(*columns(points)), lower_hull(*columns(points))
    assert set(hull) <= set(front)
    assert hull[0] == front[0]
    assert hull[-1] == front[-1]


@PROOF
@given(points=grids)
def test_every_point_lies_on_or_above_hull_and_step_above_hull(points):
    rate, distortion = columns(points)
    front = Front.from_points(rate, distortion)
    below, _ = front.hull_distortion_at(rate)
    assert (front.distortion_at(rate) <= distortion).all()
    assert (below <= front.distortion_at(rate) + ROUNDING).all()


@PROOF
@given(points=grids, beta=st.integers(1, 64).map(lambda k: k / 8))
def test_the_least_lagrangian_is_on_the_hull_where_the_slopes_cross_beta(points, beta):
    rate, distortion = columns(points)
    hull, slopes = lower_hull(rate, distortion), hull_slopes(rate, distortion)
    lagrangian = distortion + beta * rate
    steeper = int((slopes > beta).sum())
    assert lagrangian[hull[steeper]] == pytest.approx(lagrangian.min(), abs=ROUNDING)


@PROOF
@given(points=grids, order=st.randoms(use_true_random=False))
def test_the_order_of_the_points_does_not_matter(points, order):
    rate, distortion = columns(points)
    shuffled = list(range(len(points)))
    order.shuffle(shuffled)
    for find in (pareto_front, lower_hull):
        again = np.array(shuffled)[find(rate[shuffled], distortion[shuffled])]
        np.testing.assert_array_equal(rate[again], rate[find(rate, distortion)])
        np.testing.assert_array_equal(distortion[again], distortion[find(rate, distortion)])


@PROOF
@given(
    points=grids,
    shift=st.tuples(st.integers(-99, 99), st.integers(-99, 99)),
    scale=st.tuples(st.integers(1, 99), st.sampled_from([2.0**-30, 0.5, 3.0, 2.0**40])),
)
def test_units_and_origin_do_not_matter(points, shift, scale):
    rate, distortion = columns(points)
    moved = scale[0] * (rate + shift[0]), scale[1] * (distortion + shift[1])
    for find in (pareto_front, lower_hull):
        np.testing.assert_array_equal(find(*moved), find(rate, distortion))
    expected = hull_slopes(rate, distortion) * scale[1] / scale[0]
    np.testing.assert_allclose(hull_slopes(*moved), expected, rtol=ROUNDING)


@PROOF
@given(points=grids)
def test_a_front_is_its_own_front_and_a_hull_its_own_hull(points):
    front = Front.from_points(*columns(points))
    again = Front.from_points(front.rate, front.distortion)
    assert again.indices.tolist() == list(range(front.rate.size))
    hull = front.hull
    assert lower_hull(hull.rate, hull.distortion).tolist() == list(range(hull.rate.size))


@pytest.mark.parametrize("seed", range(5))
def test_a_long_convex_curve_keeps_all_its_points(seed):
    rate = np.random.default_rng(seed).uniform(0.01, 10, size=5000)
    order = np.argsort(rate)
    np.testing.assert_array_equal(pareto_front(rate, 1 / rate), order)
    np.testing.assert_array_equal(lower_hull(rate, 1 / rate), order)


def test_first_of_equal_points_stands_for_all():
    rate, distortion = [1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.0, 1.0]
    assert pareto_front(rate, distortion).tolist() == [1, 0]
    assert lower_hull(rate, distortion).tolist() == [1, 0]


def test_one_point_is_front_and_hull_without_a_slope():
    assert pareto_front([1.0], [2.0]).tolist() == [0]
    assert lower_hull([1.0], [2.0]).tolist() == [0]
    assert hull_slopes([1.0], [2.0]).tolist() == []


# -- values and errors along the front ------------------------------------------------------------

RATE = [0.0, 1.0, 3.0, 2.0]
DISTORTION = [5.0, 2.0, 1.0, 2.0]  # the last is dominated
RATE_SE = [0.1, 0.2, 0.3, 9.0]
DISTORTION_SE = [0.4, 0.5, 0.6, 9.0]


def example():
    return Front.from_points(RATE, DISTORTION, rate_se=RATE_SE, distortion_se=DISTORTION_SE)


def test_a_front_carries_the_errors_of_its_points():
    front = example()
    assert front.indices.tolist() == [0, 1, 2]
    assert front.rate_se.tolist() == [0.1, 0.2, 0.3]
    assert front.distortion_se.tolist() == [0.4, 0.5, 0.6]
    assert front.hull.indices.tolist() == [0, 1, 2]


def test_a_hull_keeps_the_indices_of_the_given_points():
    points = [2.0, 0.0, 1.0, 1.0], [0.0, 4.0, 3.0, 9.0]
    hull = Front.from_points(*points, distortion_se=[0.1, 0.2, 0.3, 0.4]).hull
    assert hull.indices.tolist() == lower_hull(*points).tolist() == [1, 0]
    assert hull.distortion_se.tolist() == [0.2, 0.1]


def test_errors_not_given_are_none():
    front = Front.from_points(RATE, DISTORTION)
    _, error = front.hull_distortion_at([0.0, 0.5, 7.0])
    assert error.tolist() == [0.0, 0.0, 0.0]


def test_step_and_hull_at_values_by_hand():
    queries = [-0.5, 0.0, 0.5, 1.0, 2.0, 3.0, 9.0]
    front = example()
    value, error = front.hull_distortion_at(queries)
    assert front.distortion_at(queries).tolist() == [math.inf, 5.0, 5.0, 2.0, 2.0, 1.0, 1.0]
    assert value.tolist() == [math.inf, 5.0, 3.5, 2.0, 1.5, 1.0, 1.0]
    first, second, third = 0.4**2 + 0.3**2, 0.5**2 + 0.6**2, 0.6**2 + 0.15**2  # slopes 3, 3, 1/2
    expected = [
        math.inf,
        math.sqrt(first),
        math.sqrt(first + second) / 2,
        math.sqrt(second),  # of its two edges the steeper
        math.sqrt(0.5**2 + 0.1**2 + third) / 2,
        math.sqrt(third),
        0.6,
    ]
    np.testing.assert_allclose(error, expected, rtol=ROUNDING)


def test_a_lone_point_is_flat_to_its_right():
    front = Front.from_points([1.0], [2.0], rate_se=[0.3], distortion_se=[0.5])
    value, error = front.hull_distortion_at([0.9, 1.0, 5.0])
    assert value.tolist() == [math.inf, 2.0, 2.0]
    assert error.tolist() == [math.inf, 0.5, 0.5]


@pytest.mark.parametrize("shape", [(), (1,), (6,), (2, 3)])
def test_the_answer_has_the_shape_of_the_question(shape):
    query = np.linspace(-1.0, 4.0, 6)[: math.prod(shape)].reshape(shape)
    front = example()
    value, error = front.hull_distortion_at(query)
    assert front.distortion_at(query).shape == value.shape == error.shape == shape
    for place in np.ndindex(shape):
        alone = front.hull_distortion_at(float(query[place]))
        assert (value[place], error[place]) == alone
        assert front.distortion_at(query)[place] == front.distortion_at(float(query[place]))


@PROOF
@given(points=grids)
def test_the_hull_passes_through_its_vertices_and_is_straight_between(points):
    front = Front.from_points(*columns(points))
    hull = front.hull
    at_vertices, _ = front.hull_distortion_at(hull.rate)
    np.testing.assert_allclose(at_vertices, hull.distortion, atol=ROUNDING)
    inside = np.linspace(hull.rate[0], hull.rate[-1], 50)
    value, _ = front.hull_distortion_at(inside)
    expected = np.interp(inside, hull.rate, hull.distortion)
    np.testing.assert_allclose(value, expected, atol=ROUNDING)


@pytest.mark.parametrize("query", [0.25, 0.7, 1.5, 2.9, 4.0])
def test_the_error_is_that_of_many_repetitions(query):
    rng = np.random.default_rng(0)
    shrink = 0.01  # so that vertices stay vertices, and the second order below 1e-3 of the first
    rate_se, distortion_se = shrink * np.array(RATE_SE[:3]), shrink * np.array(DISTORTION_SE[:3])
    rate, distortion = np.array(RATE[:3]), np.array(DISTORTION[:3])
    _, error = Front.from_points(
        rate, distortion, rate_se=rate_se, distortion_se=distortion_se
    ).hull_distortion_at(query)
    repetitions = 2000
    found = []
    for _ in range(repetitions):
        noisy = rng.normal(rate, rate_se), rng.normal(distortion, distortion_se)
        found.append(float(Front.from_points(*noisy).hull_distortion_at(query)[0]))
    # a sample deviation of N normal numbers has the relative standard error 1/sqrt(2 (N - 1))
    allowed = DEVIATIONS / math.sqrt(2 * (repetitions - 1))
    assert np.std(found, ddof=1) == pytest.approx(float(error), rel=allowed)


# -- what is refused, one row per message ---------------------------------------------------------

POINTS = [
    ([0.0, math.nan], [1.0, 0.0], r"rate must be finite, got rate\[1\] = nan"),
    ([0.0, 1.0], [math.nan, 0.0], r"distortion must be finite, got distortion\[0\] = nan"),
    ([0.0, math.inf], [1.0, 0.0], r"rate must be finite, got rate\[1\] = inf"),
    ([0.0, 1.0], [1.0, -math.inf], r"distortion must be finite, got distortion\[1\] = -inf"),
    ([], [], r"rate must be a non-empty 1-d array, got shape \(0,\)"),
    ([[0.0]], [[1.0]], r"rate must be a non-empty 1-d array, got shape \(1, 1\)"),
    ([0.0, 1.0], [1.0], r"distortion must have the shape of rate, \(2,\), got \(1,\)"),
]


@pytest.mark.parametrize("find", [pareto_front, lower_hull, hull_slopes, Front.from_points])
@pytest.mark.parametrize(("rate", "distortion", "message"), POINTS)
def test_wrong_points_are_named(find, rate, distortion, message):
    with pytest.raises(ValueError, match=message):
        find(rate, distortion)


@pytest.mark.parametrize("name", ["rate_se", "distortion_se"])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ([0.1, math.nan], r" must be finite, got \w+\[1\] = nan"),
        ([0.1, -0.1], r" must not be negative, got \w+\[1\] = -0\.1"),
        ([0.1], r" must have the shape of rate, \(2,\), got \(1,\)"),
    ],
)
def test_wrong_errors_are_named(name, value, message):
    with pytest.raises(ValueError, match=name + message):
        Front.from_points([0.0, 1.0], [1.0, 0.0], **{name: value})


@pytest.mark.parametrize("ask", [Front.distortion_at, Front.hull_distortion_at])
@pytest.mark.parametrize(
    ("query", "message"),
    [
        (math.nan, r"rate must be finite, got rate\[0\] = nan"),
        ([0.0, math.inf], r"rate must be finite, got rate\[1\] = inf"),
        ([], r"rate must be a non-empty 1-d array, got shape \(0,\)"),
    ],
)
def test_wrong_questions_are_named(ask, query, message):
    with pytest.raises(ValueError, match=message):
        ask(example(), query)
