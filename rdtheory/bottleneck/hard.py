r"""Hard codes t(x) of least H(Y|T) + beta H(T): exact where that can be, else by moving letters.

At beta = 0 the least is that of all codes: H(Y|T) is concave in q(t|x), so that a corner has it.
A hard code's value is a sum over its cells,

    sum_t  sum_y h(p(t, y)) - h(p(t)) + beta h(p(t)),   h(p) = -p log p.

Where all p(y|x) lie on a segment the cells of the best code are intervals of it, which dynamic
programming finds; of few letters the best code of every subset follows from those of smaller ones;
otherwise letters move to the cell that gains most, from starts that differ, until none gains.

Sources: Kurkoski and Yagi, "Quantization of binary-input discrete memoryless channels" (2014), for
intervals; Slonim, Friedman and Tishby, "Unsupervised document classification using sequential
information maximization" (2002), for moves; Arthur and Vassilvitskii, "k-means++" (2007), for
starts that differ.
"""

import numba
import numpy as np
import numpy.typing as npt
from scipy.special import entr

from rdtheory.bottleneck.problem import Problem
from rdtheory.checks import Array

Labels = npt.NDArray[np.int64]

FEW = 14
"""Letters of which all subsets, and all subsets of those, may be looked at: 5 million."""

SUMS = 300_000_000
"""Sums of two intervals' costs that may be compared."""

WIDEST = 4000
"""Letters of the largest table of intervals' costs, 128 MB."""

STRAIGHT = 1e-13
"""Of p(y|x), by which letters may be off the segment they lie on: rounding."""
STARTS, PASSES = 6, 50


def hard_codes(problem: Problem, beta: float, seed: int) -> tuple[list[Labels], bool]:
    """Return hard codes, (n,) labels each, the best first, and whether that is proved the best.

    Of few letters the others are the best of fewer cells.
    """
    letters, codes = problem.p_x.size, problem.codes
    if codes == 1:
        return [np.zeros(letters, dtype=np.int64)], True
    if codes == letters and beta == 0.0:
        return [np.arange(letters)], True
    places = segment(problem.conditional)
    if places is not None and letters <= WIDEST and letters**2 * codes <= SUMS:
        return [_intervals(problem, beta, places)], True
    if letters <= FEW:
        return _by_subsets(problem, beta), True
    found = [
        _moved(problem, beta, start) for start in _starts(problem, np.random.default_rng([seed, 2]))
    ]
    found.sort(key=lambda labels: float(hard_value(problem, beta, labels[None])[0]))
    return found, False


def encoder_of(labels: Labels, codes: int) -> Array:
    """Return q(t|x) of a hard code."""
    return np.eye(codes)[labels]


def _cost(mass: Array, beta: float) -> Array:
    """Return what cells of masses p(t, y), (..., m), add to H(Y|T) + beta H(T)."""
    total = entr(mass.sum(axis=-1))
    return np.asarray(entr(mass).sum(axis=-1) - (1.0 - beta) * total)


def hard_value(problem: Problem, beta: float, labels: Labels) -> Array:
    """Return H(Y|T) + beta H(T) of codes (k, n)."""
    p_xy = problem.p_x[:, None] * problem.conditional
    cells = [_cost((labels == code) @ p_xy, beta) for code in range(problem.codes)]
    return np.asarray(np.sum(cells, axis=0))


def segment(conditional: Array) -> Array | None:
    """Return where on one segment the p(y|x) lie, from 0 to 1, or None if they do not."""
    start, end = conditional[0], conditional[-1]  # letters are in lexical order
    way = end - start
    places = np.asarray((conditional - start) @ way / (way @ way))
    off = conditional - start - places[:, None] * way
    return places if np.abs(off).max() <= STRAIGHT else None


def _intervals(problem: Problem, beta: float, places: Array) -> Labels:
    """Return the best cells, intervals of letters in order of place, of at most so many codes."""
    n = problem.p_x.size
    order = np.argsort(places, kind="stable")
    p_xy = (problem.p_x[:, None] * problem.conditional)[order]
    sums = np.vstack([np.zeros(p_xy.shape[1]), p_xy.cumsum(axis=0)])
    cost = np.full((n + 1, n + 1), np.inf)  # of the interval [i, j)
    for i in range(n):
        cost[i, i + 1 :] = _cost(np.maximum(sums[i + 1 :] - sums[i], 0.0), beta)
    least, cuts = cost[0], []
    for _ in range(problem.codes - 1):
        through = cost + least[:, None]  # the last cell begins at i
        cut = through.argmin(axis=0)
        better = through[cut, np.arange(n + 1)] < least
        if not better.any():  # more cells gain nothing
            break
        cuts.append(np.where(better, cut, -1))
        least = np.where(better, through[cut, np.arange(n + 1)], least)
    labels, end = np.zeros(n, dtype=np.int64), n
    for code in range(len(cuts), 0, -1):
        begin = int(cuts[code - 1][end])
        if begin >= 0:
            labels[begin:end] = code
            end = begin
    found = np.empty(n, dtype=np.int64)
    found[order] = labels
    return found


def _by_subsets(problem: Problem, beta: float) -> list[Labels]:
    """Return the best of all codes, and the best of each number of cells, in order of value."""
    n = problem.p_x.size
    members = (np.arange(2**n)[:, None] >> np.arange(n)) & 1
    cost = _cost(members @ (problem.p_x[:, None] * problem.conditional), beta)
    cost[0] = 0.0
    best = np.full((problem.codes + 1, 2**n), np.inf)
    last = np.zeros(best.shape, dtype=np.int64)
    best[0, 0] = 0.0
    _partition(cost, best, last)
    found = []
    for cells in np.argsort(best[1:, -1], kind="stable") + 1:
        labels, left = np.empty(n, dtype=np.int64), 2**n - 1
        for code in range(cells, 0, -1):
            cell = int(last[code, left])
            labels[members[cell] == 1] = code - 1
            left -= cell
        found.append(labels)
    return found


@numba.njit(cache=True)
def _partition(cost: Array, best: Array, last: npt.NDArray[np.int64]) -> None:
    """Write the least cost of every subset in exactly so many cells, (k, 2^n), and a cell of it."""
    for cells in range(1, best.shape[0]):
        for whole in range(1, cost.size):
            first = whole & -whole  # the lowest letter is in the cell that is taken off
            rest = whole ^ first
            part = rest
            while True:
                cell = part | first
                value = cost[cell] + best[cells - 1, whole ^ cell]
                if value < best[cells, whole]:
                    best[cells, whole] = value
                    last[cells, whole] = cell
                if part == 0:
                    break
                part = (part - 1) & rest


def _starts(problem: Problem, random: np.random.Generator) -> list[Labels]:
    """Return codes of letters in order, at random, and around letters far from each other."""
    n, codes = problem.p_x.size, problem.codes
    found = [np.arange(n) * codes // n, random.integers(codes, size=n)]
    log_d = np.log(np.maximum(problem.conditional, 1e-300))
    known = (problem.conditional * log_d).sum(axis=1)
    for _ in range(STARTS - 2):
        centres = [int(random.choice(n, p=problem.p_x))]
        apart = np.full((n, codes), np.inf)
        for code in range(codes):
            apart[:, code] = known - problem.conditional @ log_d[centres[code]]
            nearest = problem.p_x * np.maximum(apart[:, : code + 1].min(axis=1), 0.0)
            if code + 1 < codes:
                share = nearest / nearest.sum() if nearest.sum() > 0 else problem.p_x
                centres.append(int(random.choice(n, p=share)))
        found.append(apart.argmin(axis=1))
    return found


def _moved(problem: Problem, beta: float, start: Labels) -> Labels:
    """Move letters, one at a time, to the cell that gains most, until none gains."""
    p_xy = problem.p_x[:, None] * problem.conditional
    labels = start.copy()
    mass = np.array([(labels == code) @ p_xy for code in range(problem.codes)])
    for _ in range(PASSES):
        moved = False
        for x in range(labels.size):
            here = labels[x]
            mass[here] = np.maximum(mass[here] - p_xy[x], 0.0)
            rise = _cost(mass + p_xy[x], beta) - _cost(mass, beta)
            best = int(rise.argmin())
            if rise[best] < rise[here] - 1e-14:
                labels[x], moved = best, True
            mass[labels[x]] += p_xy[x]
        if not moved:
            break
        mass = np.array([(labels == code) @ p_xy for code in range(problem.codes)])
    return labels
