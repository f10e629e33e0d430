"""Random rate-distortion problems of every scale, and an independent judge in 40 digits.

`python -m tests.make.random_problems 20000` tries so many and prints what is false.
"""

import math
import warnings
from dataclasses import dataclass

import mpmath
import numpy as np

from rdtheory.solver.frontier import solve_frontier
from rdtheory.solver.rounding import RESOLUTION
from rdtheory.solver.slope import RDPoint, solve_slope
from rdtheory.solver.targets import solve_distortion, solve_rate
from tests.make.trials import DIGITS, LEAST, POLISH, try_many


@dataclass(frozen=True)
class Random:
    """A problem: p(x) (n,), distortion (n, m), a slope, and shares for targets in [0, 1]."""

    p_x: np.ndarray
    distortion: np.ndarray
    beta: float
    shares: tuple[float, float]


def draw(seed: int) -> Random:
    """Draw one: offsets to 1e15, scales 1e-300 to 1e300, masses to 1e-300, forbidden pairs."""
    random = np.random.default_rng(seed)
    n, m = random.integers(1, 6, size=2)
    p = random.dirichlet(np.ones(n))
    if random.random() < 0.4:
        p[random.integers(n)] = 10.0 ** -random.uniform(1, 300)
    kind = random.integers(4)
    if kind == 0:
        table = random.random((n, m))
    elif kind == 1:
        table = random.integers(0, 4, size=(n, m)).astype(float)
    elif kind == 2:
        table = np.abs(np.subtract.outer(np.arange(n), np.arange(m))).astype(float)
    else:
        table = 10.0 ** random.uniform(-6, 0, size=(n, m))
    if random.random() < 0.4:  # an offset, of all or of each letter
        offset = 10.0 ** random.uniform(0, 15, size=random.choice([1, n]))
        table = table + random.choice([-1, 1]) * offset[:, None]
    scale = 10.0 ** random.uniform(-300, 285) if random.random() < 0.4 else 1.0
    table = table * scale
    forbidden = random.random((n, m)) < random.choice([0.0, 0.0, 0.3])
    forbidden[np.arange(n), random.integers(m, size=n)] = False
    table[forbidden] = math.inf
    finite = table[np.isfinite(table)]
    height = float(np.ptp(finite)) or scale
    beta = max(height * 10.0 ** random.uniform(-4, 4), 1e-307)
    return Random(p / p.sum(), table, beta, tuple(random.random(2)))


class Judge:
    """What a marginal and a slope prove of a problem, in 40 digits (Csiszar 1974)."""

    def __init__(self, p_x: np.ndarray, distortion: np.ndarray) -> None:
        self.rows = [x for x in range(p_x.size) if p_x[x] > 0]
        masses = [mpmath.mpf(float(p_x[x])) for x in self.rows]
        self.p = [mass / mpmath.fsum(masses) for mass in masses]
        self.low = [mpmath.mpf(float(distortion[x].min())) for x in self.rows]
        self.surplus = [
            [mpmath.mpf(float(d)) - low if math.isfinite(d) else mpmath.inf for d in distortion[x]]
            for x, low in zip(self.rows, self.low, strict=True)
        ]
        self.base = mpmath.fdot(self.p, self.low)

    def line(self, beta: float, marginal: np.ndarray) -> tuple:
        """Return (F, G, R, S): nats with min F >= F - G, and rate and surplus of the Gibbs channel.

        R + (D - base) / beta >= F - G for every channel; this one has R + S / beta = F.
        """
        beta, r = mpmath.mpf(beta), self._polished(beta, marginal)
        kernel = [[mpmath.exp(-s / beta) for s in row] for row in self.surplus]
        q = [mpmath.fdot(row, r) for row in kernel]
        free = -mpmath.fdot(self.p, [mpmath.log(value) for value in q])
        mean = mpmath.mpf(0)
        for p, row, excess, value in zip(self.p, kernel, self.surplus, q, strict=True):
            for a, s, mass in zip(row, excess, r, strict=True):
                if a > 0 and mass > 0:
                    mean += p * mass * a * s / value
        c = [
            mpmath.fsum(p * row[y] / value for p, row, value in zip(self.p, kernel, q, strict=True))
            for y in range(len(r))
        ]
        return free, mpmath.log(max(c)), free - mean / beta, mean

    def _polished(self, beta: mpmath.mpf, marginal: np.ndarray) -> list:
        """Return a marginal that is as good or better, with all letters in use."""
        ratio = [[s / beta for s in row] for row in self.surplus]
        kernel = np.exp(-np.array(ratio, dtype=np.longdouble))
        p = np.array(self.p, dtype=np.longdouble)
        r = marginal.astype(np.longdouble) + 1e-25
        r /= r.sum()
        for _ in range(POLISH):
            r *= (p / (kernel @ r)) @ kernel
            r /= r.sum()
        exact = [mpmath.mpf(str(mass)) for mass in r]
        return [mass / mpmath.fsum(exact) for mass in exact]


def faults(problem: Random, *, curve: bool = True) -> list[str]:
    """Return what is false of what the solvers return for a problem, a line each."""
    found: list[str] = []
    with mpmath.workdps(DIGITS), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is not converged says so in its fields, too
        judge = Judge(problem.p_x, problem.distortion)
        point = solve_slope(problem.p_x, problem.distortion, problem.beta)
        found += _of_slope(judge, point)
        ends = solve_frontier(problem.p_x, problem.distortion, max_points=2)
        left, right = ends.points[0], ends.points[-1]
        share, other = problem.shares
        rate = (1 - share) * left.rate + share * right.rate
        got = solve_rate(problem.p_x, problem.distortion, rate)
        found += _of_target(judge, "rate", got, rate, right)
        aim = max((1 - other) * right.distortion + other * left.distortion, right.distortion)
        got = solve_distortion(problem.p_x, problem.distortion, aim)
        found += _of_target(judge, "distortion", got, aim, right)
        if curve:
            found += _of_curve(judge, solve_frontier(problem.p_x, problem.distortion))
    return found


def _of_slope(judge: Judge, point: RDPoint) -> list[str]:
    free, gap, *_ = judge.line(point.beta if point.beta < math.inf else 1.0, point.marginal)
    beta = mpmath.mpf(point.beta)
    above = point.rate + (mpmath.mpf(point.distortion) - judge.base) / beta
    tiny = LEAST * (1 + abs(free))
    found = []
    if above - free > point.gap + tiny:
        found.append(
            f"slope: R + D / beta is {mpmath.nstr(above - free, 3)} above, {point.gap:.3g} said"
        )
    if free - gap - above > point.gap + tiny:
        found.append(
            f"slope: {mpmath.nstr(free - gap - above, 3)} below the least, {point.gap:.3g} said"
        )
    if mpmath.mpf(point.bound) > judge.base + beta * free + tiny * beta:
        found.append("slope: the bound is above what a channel reaches")
    return found


def _of_target(judge: Judge, axis: str, point: RDPoint, asked: float, least: RDPoint) -> list[str]:
    found = []
    if getattr(point, axis) > asked + 1e-12 * (1.0 if axis == "rate" else abs(asked)):
        found.append(f"{axis}: {getattr(point, axis)!r} is above the asked {asked!r}")
    surplus = mpmath.mpf(point.distortion) - judge.base
    if not 0.0 < point.beta < math.inf:  # an end
        return found
    if surplus < 0.0:  # rounded to below what any channel has: no gap says that
        at_least = point.distortion == least.distortion and (
            point.rate + point.gap >= least.rate - least.gap
        )
        return found if at_least or not point.converged else [*found, f"{axis}: impossible"]
    free, gap, rate, mean = judge.line(point.beta, point.marginal)
    needed = free - gap - surplus / point.beta  # by any channel of this distortion
    if needed - point.rate > point.gap + LEAST:
        found.append(f"{axis}: {mpmath.nstr(needed - point.rate, 3)} below, {point.gap:.3g} said")
    if mean <= surplus and point.rate - rate > point.gap + LEAST:
        found.append(f"{axis}: {mpmath.nstr(point.rate - rate, 3)} above, {point.gap:.3g} said")
    return found


def _of_curve(judge: Judge, curve) -> list[str]:
    found = []
    last = curve.points[-1].rate
    for point in curve.points[:: max(1, len(curve.points) // 6)]:
        if not 0.0 < point.beta < math.inf:
            continue
        free, gap, rate, mean = judge.line(point.beta, point.marginal)
        rate = max(rate, mpmath.mpf(0)) + LEAST
        reached = judge.base + mean
        if curve.lower(float(rate) * (1 + 1e-15)) > float(reached) * (
            1 + 1e-15 * np.sign(float(reached))
        ):
            found.append(f"curve: a channel is below its lower bound at R = {float(rate)!r}")
        for at in (0.3 * last, float(rate), 0.9 * last):
            least = judge.base + point.beta * (free - gap - mpmath.mpf(at))
            upper = float(curve.upper(at))
            if upper < float(least) - 1e-15 * abs(float(least)):
                found.append(f"curve: its upper bound is not reached at R = {at!r}")
    rates = np.linspace(0.0, last, 11)
    rates = rates[rates >= curve.points[0].rate]
    band = curve.upper(rates + RESOLUTION) - curve.lower(rates)
    if curve.converged and band.max(initial=0.0) > curve.width * (1 + 1e-9):
        found.append(f"curve: {band.max():.3g} wide, {curve.width:.3g} said")
    if (curve.upper(rates) < curve.lower(rates)).any():
        found.append("curve: its bounds cross")
    return found


if __name__ == "__main__":
    try_many(lambda seed: faults(draw(seed)), __doc__ or "", "problems")
