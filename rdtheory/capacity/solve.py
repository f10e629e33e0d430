r"""The capacity of a channel, alone, at a slope or within a budget of cost, certified.

The problem is that of `certificate`, max I(X; Y) - s E c over inputs; the method is Newton's, in
the input, of `newton`.
"""

import numpy.typing as npt

from rdtheory.capacity.budget import best_within
from rdtheory.capacity.certificate import check_slope
from rdtheory.capacity.problem import CapacityPoint, prepare
from rdtheory.checks import check_count, check_number, normalised_rows
from rdtheory.solver.rounding import EPS
from rdtheory.solver.slope import GAP, NO_FINER, check_gap, warn_of_gap


def solve_capacity(
    channel: npt.ArrayLike,
    cost: npt.ArrayLike | None = None,
    budget: float | None = None,
    *,
    slope: float | None = None,
    gap: float = GAP,
    max_iterations: int = 400,
    max_slopes: int = 100,
    normalise: bool = False,
) -> CapacityPoint:
    r"""Maximise I(X; Y), or I - slope E c, or I under E c <= budget; certified.

    Sources: Gallager, *Information Theory and Reliable Communication* (1968),
    theorem 4.5.1, for the conditions; Blahut (1972),
    doi:10.1109/TIT.1972.1054855, theorem 2, for the bound.

    Parameters
    ----------
    channel : (n, m) W(y|x), a row for each input, rows sum to 1; or a whole
        `Channel`
    cost : (n,) c(x), in any unit; 0 by default
    budget : greatest E c, not below the least cost; more than the best input of
        all costs binds nothing, and the point's `note` says so
    slope : nats per unit of cost, at least 0, in place of a budget
    gap : nats within which to certify the optimum
    max_iterations : cap on Newton and Blahut-Arimoto steps together, for each
        slope
    max_slopes : cap on the slopes that are solved for a budget
    normalise : whether rows may be counts, as of a table of confusions, divided
        by their sums

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    A bit of which one side is misread half the time: the Z channel,
    C = log(5/4).

    >>> import math
    >>> point = solve_capacity([[1.0, 0.0], [0.5, 0.5]])
    >>> f"{point.capacity:.6f} {math.log(5 / 4):.6f} {point.gap <= 1e-9}"
    '0.223144 0.223144 True'
    >>> point.input.round(6).tolist()
    [0.6, 0.4]

    Two letters without noise, of which the second takes twice the time of the
    first: at the golden mean's slope no cost is left over, and that slope is
    the capacity per unit of time.

    >>> golden = math.log((1 + math.sqrt(5)) / 2)
    >>> point = solve_capacity([[1, 0], [0, 1]], cost=[1, 2], slope=golden)
    >>> abs(point.value) <= 1e-9
    True
    >>> abs(point.capacity / point.cost - golden) <= 1e-9
    True
    """
    channel = normalised_rows("channel", channel) if normalise else channel
    problem, gap = prepare(channel, cost), check_gap(gap)
    max_iterations = check_count("max_iterations", max_iterations)
    max_slopes = check_count("max_slopes", max_slopes)
    if cost is None and (budget is not None or slope is not None):
        name = "budget" if budget is not None else "slope"
        raise ValueError(f"cost must be given with a {name}, got none")
    if budget is not None and slope is not None:
        raise ValueError(f"one of budget and slope must be given, got {budget} and {slope}")
    if budget is None:
        slope = 0.0 if slope is None else check_slope(slope)
        point = problem.solve(slope, gap=gap, max_iterations=max_iterations)
        why = "raise max_iterations" if point.iterations + 2 > max_iterations else NO_FINER
    else:
        slack = 4.0 * EPS * abs(problem.least)
        rule = "at least the least cost, {low}"
        budget = check_number("budget", budget, low=problem.least, slack=slack, rule=rule)
        point, spent = best_within(
            problem, max(0.0, budget - problem.least), gap=gap, max_iterations=max_iterations,
            max_slopes=max_slopes,
        )  # fmt: skip
        why = "raise max_slopes" if spent else NO_FINER
    found = problem.lifted(point, gap, why)
    if not found.converged:
        warn_of_gap(found.gap, gap, why)
    return found
