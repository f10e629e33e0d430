r"""The atoms of the best reproduction: weighed, merged, moved, and joined by peaks of c.

They begin as a cover of the letters, are weighed (`rdtheory.solver.newton`), merged where they are
one, and moved by Newton's method on places and weights together (`newton`); peaks of c above one
become new atoms until branch and bound finds none (`certificate`).
"""

import math
from itertools import count

import numpy as np

from rdtheory.checks import Array, told_apart
from rdtheory.continuous.atoms import cover, merge, peaks, starts, weigh
from rdtheory.continuous.certificate import Proof, duals, floor_of, prove
from rdtheory.continuous.newton import Atoms, settle
from rdtheory.continuous.point import ContinuousPoint
from rdtheory.continuous.problem import Mixed, Problem, objective
from rdtheory.solver.rounding import nats_off

MERGES = 3
"""Turns in which atoms may merge from far; in a cloud they come and go for ever."""
NEAR = (0.5, 0.1, 0.01)
"""Distances, in units of the problem, within which atoms may be one."""
ENOUGH = 0.5
"""Share of the gap by which a peak of c may be above one."""
CLEAR = 1e-13
"""Nats of F that are surely gained; below that moves may do harm that F does not see."""
HIGH = 0.5
"""Of c: where it is lower, it is no matter what a rule is off."""


def best_atoms(
    problem: Problem, gap: float, max_iterations: int, boxes: int, start: Atoms | None = None
) -> tuple[Atoms, Proof, int]:
    """Return the best atoms with what proves them and the steps taken."""
    atoms, steps = weigh(problem, cover(problem) if start is None else start, gap)
    atoms, more = improved(problem, atoms, gap, NEAR)
    steps += more
    new, height = rising(problem, atoms, gap)
    for turn in count(1):
        if not len(new) or steps >= max_iterations:
            proof = prove(problem, atoms, gap, boxes)
            met, seen = proof.gap <= gap, proof.height > 1.0 + ENOUGH * gap
            if met or not seen or steps >= max_iterations:
                return atoms, proof, steps
            new = proof.where[None]
        joined = Atoms(
            np.concatenate((atoms.places, new)),
            np.concatenate((atoms.weights, np.zeros(len(new)))),
        )
        atoms, more = weigh(problem, joined, gap)
        steps += more
        new, height = rising(problem, atoms, gap)
        better, more = improved(problem, atoms, gap, NEAR if turn < MERGES else NEAR[-1:])
        steps += more
        now, top = rising(problem, better, gap)
        fall = objective(problem, *atoms) - objective(problem, *better)
        if top <= max(height, 1.0 + ENOUGH * gap) or fall > CLEAR:
            atoms, new, height = better, now, top
    raise AssertionError("unreachable")


def rising(problem: Problem, atoms: Atoms, gap: float) -> tuple[Array, float]:
    """Return peaks of c that are clearly above one, and the height of the highest of all."""
    a = duals(problem, atoms, gap)[1]
    places, heights = peaks(problem, a, starts(problem, atoms.places))
    return places[heights > 1.0 + ENOUGH * gap], float(heights[0])


def improved(
    problem: Problem, atoms: Atoms, gap: float, near: tuple[float, ...]
) -> tuple[Atoms, int]:
    """Return the atoms settled, merged and settled again."""
    atoms, steps = settle(problem, atoms, gap, 10)
    atoms = merge(problem, atoms, gap, near)
    atoms, more = settle(problem, atoms, gap, 30)
    return atoms, steps + more


def rule_off(coarse: Problem, fine: Problem, atoms: Atoms, gap: float) -> float:
    """Return by how many nats two rules of quadrature differ in what atoms prove."""
    values, tops = [], []
    places = starts(coarse, atoms.places)
    floor = floor_of(fine, fine.mixture(*atoms)[0], gap)
    for problem in (coarse, fine):
        log, a = duals(problem, atoms, gap, floor)
        values.append((float(problem.p @ log), float(problem.p @ a)))
        tops.append(problem.heights(a, places))
    of_values = sum(abs(one - other) for one, other in zip(*values, strict=True))
    high = np.maximum(*tops) > HIGH
    return float(of_values + np.abs(tops[0] - tops[1])[high].max())


def point_of(
    problem: Mixed, beta: float, atoms: Atoms, proof: Proof, steps: int, asked: float,
    off: float = 0.0,
) -> ContinuousPoint:  # fmt: skip
    """Return the point of a reproduction; `off` and what is rounded are added to its gap."""
    order = np.lexsort(atoms.places.T[::-1])
    places, weights = atoms.places[order], atoms.weights[order]
    log, spent = problem.mixture(places, weights)
    value, surplus = -float(problem.p @ log), float(problem.p @ spent)  # the latter D / beta
    rounded = nats_off(log.size, value)
    rate = value - surplus + rounded if value - surplus > rounded else 0.0
    gap = proof.gap + 2.0 * rounded + off
    note = ""
    if gap > asked:
        reached, limit = told_apart(gap, asked)
        note = f"gap = {reached} nats is above the asked {limit}: {_knob(proof, asked, off)}"
    return ContinuousPoint(
        beta, rate, beta * surplus, gap, places, weights, steps, gap <= asked, proof.proved, note
    )


def _knob(proof: Proof, asked: float, off: float) -> str:
    """Return what to raise for a smaller gap, or what forbids one."""
    if off > 0.1 * asked:
        return f"quadrature is off by {off:.1e}"
    seen = math.log(max(proof.height, 1.0))
    return "raise max_boxes" if seen <= asked else "raise max_iterations"
