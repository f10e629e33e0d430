r"""The greatest I(X; Y) within a budget of cost, certified.

Every solved slope s gives an input of some information and cost, and a line I = bound + s cost that
no input is above. The budget lies between two solved inputs. Their mixture meets it exactly, and
has no less than the chord between the two, since I is concave in the input; the least of all lines
bounds what the budget allows.
"""

import math
from dataclasses import replace

import numpy as np

from rdtheory.capacity.problem import CapacityPoint, ChannelProblem
from rdtheory.capacity.support import without_dependence
from rdtheory.solver.rounding import RESOLUTION

COARSE = 1e-3
"""Share of what is still unknown at the budget that a solved slope may leave."""

IDLE = 6
"""Slopes that may be solved without a gain before float64 is held to tell no more."""

SAME = 1e-12
"""Relative difference of costs that are one, rounded."""

GAIN = 0.99
"""Largest share of what was unknown, or of the distance of the ends, that is left after a gain."""


def best_within(
    problem: ChannelProblem, budget: float, *, gap: float, max_iterations: int, max_slopes: int
) -> tuple[CapacityPoint, bool]:
    """Maximise I under E c - least <= budget; also return whether the slopes were used up."""
    inner = max(0.1 * gap, RESOLUTION / 10)
    free = problem.solve(0.0, gap=gap, max_iterations=max_iterations)
    if budget >= free.cost:
        spare = problem.least + budget, problem.least + free.cost
        words = "a budget of {:.6g} is not spent: {:.6g} is enough".format(*spare)
        spent = math.isclose(*spare, rel_tol=SAME)  # the least cost is taken off, and rounds
        return replace(free, note="" if spent else words), False
    right = problem.solve(0.0, gap=inner, max_iterations=max_iterations)
    left = problem.solve(math.inf, gap=inner, max_iterations=max_iterations)
    if budget == 0.0:
        return replace(left, converged=left.gap <= gap), False
    if right.bound - left.capacity <= gap:  # the cheapest letters are as good as all
        return replace(left, slope=0.0, gap=right.bound - left.capacity, converged=True), False
    lines = [right]
    iterations, least, idle = left.iterations + right.iterations, [math.inf] * 2, 0
    for turn in range(max_slopes + 1):
        p = _mixture(left, right, budget)
        nats, _ = problem.information(p)
        most, slope = min((line.bound + line.slope * budget, line.slope) for line in lines)
        found = max(0.0, most - nats)
        now = [found, right.cost - left.cost]
        gained = any(new < GAIN * old for new, old in zip(now, least, strict=True))
        idle = 0 if gained else idle + 1
        least = [min(pair) for pair in zip(now, least, strict=True)]
        trial = _next_slope(left, right, budget, turn)
        spent = turn == max_slopes
        if found <= (1.0 - COARSE) * gap or spent or idle == IDLE or not 0.0 < trial < math.inf:
            break
        fine = min(max(inner, COARSE * found), 1e-4)
        new = problem.solve(trial, gap=fine, max_iterations=max_iterations, start=p)
        iterations += new.iterations
        lines.append(new)
        left, right = (new, right) if new.cost <= budget else (left, new)
    point = problem.point(_few(problem, p), found, slope, iterations, gap)
    return point, spent and found > gap


def _mixture(left: CapacityPoint, right: CapacityPoint, budget: float) -> np.ndarray:
    """Return the mixture of two inputs that spends the budget."""
    width = right.cost - left.cost
    share = min(max((budget - left.cost) / width, 0.0), 1.0) if width > 0.0 else 0.0
    return (1.0 - share) * left.input + share * right.input


def _next_slope(left: CapacityPoint, right: CapacityPoint, budget: float, turn: int) -> float:
    """Return the chord's slope, or in turn a guess at the budget's between those of the ends."""
    width, rise = right.cost - left.cost, right.capacity - left.capacity
    chord = rise / width if width > 0.0 else 0.0
    if turn % 2 == 0 or left.slope == math.inf or right.slope == 0.0:
        return chord
    share = min(max((budget - left.cost) / width, 0.02), 0.98) if width > 0.0 else 0.5
    return math.exp((1.0 - share) * math.log(left.slope) + share * math.log(right.slope))


def _few(problem: ChannelProblem, p: np.ndarray) -> np.ndarray:
    """Return the input on independent letters, with the same output and cost, where that is one."""
    support = np.flatnonzero(p)
    scale = float(problem.surplus[support].max()) or 1.0
    kept = np.column_stack((problem.rows[support], problem.surplus[support] / scale))
    masses = without_dependence(p[support], kept, problem.told[support])
    fewer = np.zeros(p.size)
    fewer[support] = masses / masses.sum()
    moved = problem.information(p)[0] - problem.information(fewer)[0]
    spent = float(fewer @ problem.surplus) - float(p @ problem.surplus)
    return fewer if moved <= RESOLUTION and spent <= RESOLUTION * scale else p
