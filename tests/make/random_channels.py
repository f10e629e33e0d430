"""Random channels of every scale, and an independent judge in 40 digits.

`python -m tests.make.random_channels 5000` tries so many and prints what is false.
"""

import math
import warnings
from dataclasses import dataclass

import mpmath
import numpy as np

from rdtheory.capacity.problem import CapacityPoint
from rdtheory.capacity.solve import solve_capacity
from tests.make.trials import DIGITS, LEAST, POLISH, try_many


@dataclass(frozen=True)
class RandomChannel:
    """A channel (n, m), costs (n,), a slope, and a share of the way from no budget to enough."""

    rows: np.ndarray
    cost: np.ndarray
    slope: float
    share: float


def draw(seed: int) -> RandomChannel:
    """Draw one: zeros, masses to 1e-300, equal rows, costs with offsets and scales to 1e150."""
    random = np.random.default_rng(seed)
    n, m = random.integers(1, 7, size=2)
    kind = random.integers(4)
    if kind == 0:
        rows = random.dirichlet(np.ones(m), size=n)
    elif kind == 1:
        rows = 10.0 ** -random.uniform(0, random.choice([3, 30, 300]), size=(n, m))
    elif kind == 2:
        rows = random.integers(0, 3, size=(n, m)).astype(float)
    else:
        rows = np.eye(m)[random.integers(m, size=n)] + 10.0 ** -random.uniform(1, 12, size=(n, m))
    rows[random.random((n, m)) < random.choice([0.0, 0.0, 0.4])] = 0.0
    rows[np.arange(n), random.integers(m, size=n)] += 0.1 * random.random(n)
    rows[random.random(n) < random.choice([0.0, 0.3])] = rows[0]
    rows /= rows.sum(axis=1, keepdims=True)
    cost = random.random(n) if random.random() < 0.7 else random.integers(0, 3, n).astype(float)
    scale = 10.0 ** random.uniform(-150, 150) if random.random() < 0.3 else 1.0
    offset = random.choice([-1, 0, 0, 1]) * 10.0 ** random.uniform(0, 6)
    cost = (cost + offset) * scale
    return RandomChannel(rows, cost, 10.0 ** random.uniform(-3, 3) / scale, random.random())


class Judge:
    """What inputs reach, in 40 digits."""

    def __init__(self, rows: np.ndarray, cost: np.ndarray) -> None:
        exact = [[mpmath.mpf(float(w)) for w in row] for row in rows]
        self.rows = [[w / mpmath.fsum(row) for w in row] for row in exact]
        least = mpmath.mpf(float(cost.min()))
        self.cost = [mpmath.mpf(float(c)) - least for c in cost]

    def value(self, p: np.ndarray, slope: float) -> tuple:
        """Return I - s (E c - least) and I of an input, and the least bound that it proves."""
        masses = [mpmath.mpf(str(mass)) for mass in p]
        masses = [mass / mpmath.fsum(masses) for mass in masses]
        q = [mpmath.fdot(masses, column) for column in zip(*self.rows, strict=True)]
        told, own = [], []
        for row, cost in zip(self.rows, self.cost, strict=True):
            terms = [
                w * mpmath.log(w / mass) if mass > 0 else mpmath.inf
                for w, mass in zip(row, q, strict=True) if w > 0
            ]  # fmt: skip
            told.append(mpmath.fsum(terms) if mpmath.inf not in terms else mpmath.inf)
            own.append(told[-1] - mpmath.mpf(slope) * cost)
        used = [x for x, mass in enumerate(masses) if mass > 0]
        nats = mpmath.fsum(masses[x] * told[x] for x in used)
        return mpmath.fsum(masses[x] * own[x] for x in used), nats, max(own)

    def surplus(self, p: np.ndarray) -> mpmath.mpf:
        """Return E c - least of an input."""
        masses = [mpmath.mpf(float(mass)) for mass in p]
        return mpmath.fdot(masses, self.cost) / mpmath.fsum(masses)

    def polished(self, p: np.ndarray, slope: float) -> np.ndarray:
        """Return an input that is as good or better, with all letters in use."""
        rows = np.array([[float(w) for w in row] for row in self.rows], dtype=np.longdouble)
        cost = np.array([float(c) for c in self.cost], dtype=np.longdouble)
        with np.errstate(divide="ignore", invalid="ignore"):
            told = np.where(rows > 0, rows * np.log(rows), 0).sum(axis=1) - slope * cost
        mass = p.astype(np.longdouble) + np.longdouble(1e-25)
        mass /= mass.sum()
        reached = rows.any(axis=0)
        for _ in range(POLISH):
            own = told - rows[:, reached] @ np.log((mass @ rows)[reached])
            mass = np.maximum(mass * np.exp(own - own.max()), np.longdouble(1e-300))
            mass /= mass.sum()
        return mass


def faults(channel: RandomChannel) -> list[str]:
    """Return what is false of what is solved for a channel, a line each."""
    found: list[str] = []
    with mpmath.workdps(DIGITS), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is not converged says so in its fields, too
        judge = Judge(channel.rows, channel.cost)
        free = solve_capacity(channel.rows, channel.cost)
        found += _of(judge, "free", free, 0.0)
        point = solve_capacity(channel.rows, channel.cost, slope=channel.slope)
        found += _of(judge, "slope", point, channel.slope)
        least = float(channel.cost.min())
        budget = least + channel.share * (free.cost - least)
        within = solve_capacity(channel.rows, channel.cost, max(budget, least))
        found += _of_budget(judge, within, max(budget, least), free)
    return found


def _of(judge: Judge, name: str, point: CapacityPoint, slope: float) -> list[str]:
    """Return what is false of a point at a slope: what it reaches, and what it says is the most."""
    reached, nats, _ = judge.value(point.input, slope)
    best, _, most = judge.value(judge.polished(point.input, slope), slope)
    tiny = LEAST * (1 + abs(most))
    found = [] if point.converged else [f"{name}: not converged, {point.gap:.1e}: {point.note}"]
    if point.capacity - nats > tiny:
        found.append(f"{name}: {mpmath.nstr(point.capacity - nats, 3)} above what is reached")
    # the reported I less the exact cost's share, so that rounding of a large cost is not counted
    said = mpmath.mpf(point.capacity) - (nats - reached)
    if best - said > point.gap + tiny:
        off = mpmath.nstr(best - said - point.gap, 3)
        found.append(f"{name}: an input is {off} above the bound")
    if np.count_nonzero(point.input) > point.output.size:
        found.append(f"{name}: {np.count_nonzero(point.input)} letters are used")
    return found


def _of_budget(judge: Judge, point: CapacityPoint, budget: float, free: CapacityPoint) -> list[str]:
    slack = 1e-12 * (abs(budget) + abs(free.cost))
    found = [] if point.converged else [f"budget: not converged, {point.gap:.1e}: {point.note}"]
    if point.cost > budget + slack:
        found.append(f"budget: {point.cost!r} is spent of {budget!r}")
    _, nats, _ = judge.value(point.input, 0.0)
    if point.capacity - nats > LEAST:
        found.append(f"budget: {mpmath.nstr(point.capacity - nats, 3)} above what is reached")
    if 0.0 < point.slope < math.inf:  # the line of its slope
        best, _, _ = judge.value(judge.polished(point.input, point.slope), point.slope)
        line = best + mpmath.mpf(point.slope) * judge.surplus(point.input)
        if line - point.capacity < -LEAST * (1 + abs(line)) - point.gap:
            found.append("budget: above the line of its slope")
    return found


if __name__ == "__main__":
    try_many(lambda seed: faults(draw(seed)), __doc__ or "", "channels")
