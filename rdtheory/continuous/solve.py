r"""The best reproduction anywhere in R^k at one slope, certified.

The problem and its dual are those of `certificate`. A best reproduction of a finite source is a few
atoms; they begin as a cover, are weighed (`rdtheory.solver.newton`), merged, and moved by Newton's
method on places and weights together (`newton`); peaks of c above one become new atoms until none
is left.
"""

import math
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rdtheory.checks import (
    Array,
    check_array,
    check_beta,
    check_choice,
    check_count,
    check_pmf,
    told_apart,
)
from rdtheory.continuous.atoms import cover, merge, peaks, starts, weigh
from rdtheory.continuous.certificate import Proof, duals, prove
from rdtheory.continuous.newton import Atoms, settle
from rdtheory.continuous.problem import GaussProblem, Problem, log_q
from rdtheory.shown import Shown, Text
from rdtheory.solver.newton import one_thread
from rdtheory.solver.rounding import nats_off
from rdtheory.solver.slope import GAP, check_gap
from rdtheory.units import in_units

MEASURES = {"squared": 1.0, "half_squared": 0.5}
"""Times |x - y|^2."""
BOXES = 2_000_000
"""Of branch and bound, at most."""


@dataclass(frozen=True, eq=False, repr=False)
class ContinuousPoint(Shown):
    r"""A certified point of the rate-distortion curve with reproductions anywhere in R^k.

    Parameters
    ----------
    beta : slope -dD/dR
    rate : R in nats
    distortion : D
    gap : nats by which R + D / beta is at most above the optimum over all reproductions in R^k
    atoms : (j, k) the reproductions in use
    weights : (j,) their masses
    iterations : Newton and Blahut-Arimoto steps together
    converged : whether the gap is what was asked
    rigorous : whether the supremum behind the gap is proved; if not, the gap is an estimate
    note : of a gap that is not met, why; else empty
    """

    beta: float
    rate: float
    distortion: float
    gap: float
    atoms: Array
    weights: Array
    iterations: int
    converged: bool
    rigorous: bool
    note: str = ""

    def shown(self) -> dict[str, Any]:
        """Return what is shown, by name: numbers with their units."""
        return {
            "rate": Text(f"{self.rate:.6g} nats"),
            "distortion": self.distortion,
            "beta": self.beta,
            "gap": Text(f"{self.gap:.1e} nats{' (an estimate)' * (not self.rigorous)}"),
            "atoms": Text(f"{len(self.atoms)} in {self.atoms.shape[1]}-d"),
            **({} if self.converged else {"converged": False}),
            **({"note": Text(self.note)} if self.note else {}),
        }

    @property
    def bits(self) -> float:
        """R in bits."""
        return self.rate * in_units("bits")

    @property
    def value(self) -> float:
        """D + beta R, an upper bound on the optimum at this slope."""
        return self.distortion + self.beta * self.rate

    @property
    def bound(self) -> float:
        """A lower bound on the optimum at this slope; where not `rigorous`, an estimate of one."""
        return self.value - self.beta * self.gap


def solve_continuous(
    letters: npt.ArrayLike,
    p_x: npt.ArrayLike | None = None,
    beta: float | None = None,
    *,
    measure: str = "squared",
    gap: float = GAP,
    max_iterations: int = 400,
    max_boxes: int = BOXES,
) -> ContinuousPoint:
    r"""Minimise E d + beta I(X; Y) over all channels from the letters to R^k, and certify it.

    Parameters
    ----------
    letters : (n,) coordinates of the letters, or (n, k)
    p_x : (n,) source; None for letters of equal mass, as samples are
    beta : slope, positive, in distortion units per nat
    measure : "squared", |x - y|^2, or "half_squared", half of it
    gap : nats of R + D / beta within which to certify the optimum
    max_iterations : cap on Newton and Blahut-Arimoto steps together
    max_boxes : cap on the boxes that bound the supremum

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    A fair sign, x = -1 or 1. Until beta falls to 2 the mean, 0, is the best reproduction. Then it
    splits in two, y and -y, each the mean of x where it is sent: y = tanh(2 y / beta).

    >>> solve_continuous([-1, 1], [0.5, 0.5], 2.1).atoms.shape
    (1, 1)
    >>> point = solve_continuous([-1, 1], [0.5, 0.5], 1.5)
    >>> point.rigorous and point.gap <= 1e-9, point.weights.round(6).tolist()
    (True, [0.5, 0.5])
    >>> y = float(point.atoms[1, 0])
    >>> abs(y - math.tanh(2 * y / 1.5)) < 1e-6
    True
    """
    places = check_array("letters", letters, ndim=2 if np.ndim(letters) == 2 else 1)
    places = places.reshape(len(places), -1)
    given = np.full(len(places), 1.0 / len(places)) if p_x is None else check_pmf("p_x", p_x)
    if given.size != len(places):
        raise ValueError(f"p_x must have one entry per letter, {len(places)}, got {given.size}")
    if beta is None:
        raise TypeError("beta must be given, got none")
    beta = check_beta(beta)
    measure = check_choice("measure", measure, tuple(MEASURES))
    gap, max_iterations = check_gap(gap), check_count("max_iterations", max_iterations)
    max_boxes = check_count("max_boxes", max_boxes)
    used = given > 0.0
    problem = GaussProblem(
        given[used], np.ascontiguousarray(places[used]), MEASURES[measure] / beta
    )
    with one_thread():
        atoms, proof, steps = best_atoms(problem, gap, max_iterations, max_boxes)
    found = point_of(problem, beta, atoms, proof, steps, gap)
    if not found.converged:
        warnings.warn(found.note, RuntimeWarning, stacklevel=2)
    return found


def best_atoms(
    problem: Problem, gap: float, max_iterations: int, boxes: int
) -> tuple[Atoms, Proof, int]:
    """Return the best atoms with what proves them and the steps taken."""
    atoms, steps = weigh(problem, cover(problem), gap)
    atoms, more = improved(problem, atoms, gap)
    steps += more
    while True:
        a = duals(problem, atoms, gap)[1]
        new, _ = peaks(problem, a, starts(problem, atoms.places), 1.0 + 0.5 * gap)
        if not len(new):
            proof = prove(problem, atoms, gap, boxes)
            if proof.gap <= gap or proof.height <= 1.0 + 0.5 * gap or steps >= max_iterations:
                return atoms, proof, steps
            new = proof.where[None]
        elif steps >= max_iterations:
            return atoms, prove(problem, atoms, gap, boxes), steps
        joined = Atoms(
            np.concatenate((atoms.places, new)),
            np.concatenate((atoms.weights, np.zeros(len(new)))),
        )
        atoms, more = weigh(problem, joined, gap)
        steps += more
        atoms, more = improved(problem, atoms, gap)
        steps += more


def improved(problem: Problem, atoms: Atoms, gap: float) -> tuple[Atoms, int]:
    """Return the atoms settled, merged and settled again."""
    atoms, steps = settle(problem, atoms, gap, 10)
    atoms = merge(problem, atoms, gap)
    atoms, more = settle(problem, atoms, gap, 30)
    return atoms, steps + more


def point_of(
    problem: Problem, beta: float, atoms: Atoms, proof: Proof, steps: int, asked: float
) -> ContinuousPoint:
    """Return the point of a reproduction, with what rounding may have added in its gap."""
    order = np.lexsort(atoms.places.T[::-1])
    places, weights = atoms.places[order], atoms.weights[order]
    log = log_q(problem, places, weights)
    nats = problem.nats(places)
    channel = weights[:, None] * np.exp(-nats - log)
    surplus = float((channel * nats).sum(axis=0) @ problem.p)  # of D / beta
    value = -float(problem.p @ log)
    off = nats_off(log.size, value)
    rate = max(0.0, value - surplus) + off if weights.size > 1 else 0.0
    gap = proof.gap + 2.0 * off
    why = ""
    if gap > asked:
        reached, limit = told_apart(gap, asked)
        why = f"gap = {reached} nats is above the asked {limit}: {_knob(proof, asked)}"
    return ContinuousPoint(
        beta, rate, beta * surplus, gap, places, weights, steps, gap <= asked, proof.proved, why
    )


def _knob(proof: Proof, asked: float) -> str:
    """Return what to raise for a smaller gap."""
    seen = math.log(max(proof.height, 1.0))
    return "raise max_boxes" if seen <= asked else "raise max_iterations"
