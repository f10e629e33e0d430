r"""The best reproduction anywhere in R^k at one slope, certified: finite sources, and densities.

The problem and its dual are those of `certificate`, the method is that of `method`; of absolute
error, that of `absolute`; of squared error in more than `wide.MANY` dimensions, that of `wide`; of
a density, on the rules of `population`.
"""

import warnings
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array, check_array, check_beta, check_choice, check_count, check_pmf
from rdtheory.continuous.absolute import solve_absolute
from rdtheory.continuous.certificate import Proof, prove
from rdtheory.continuous.measures import SQUARED, Measure, MeasureProblem
from rdtheory.continuous.method import best_atoms, point_of, rule_off
from rdtheory.continuous.newton import Atoms
from rdtheory.continuous.point import ContinuousPoint
from rdtheory.continuous.population import Density, Radial
from rdtheory.continuous.problem import GaussProblem, Problem, fewer_letters
from rdtheory.continuous.wide import MANY, WideProblem, best_wide_atoms
from rdtheory.solver.newton import one_thread
from rdtheory.solver.slope import GAP, check_gap

MEASURES = (*SQUARED, "absolute")
"""By their names."""
BOXES = 2_000_000
"""Of branch and bound, at most."""
HALF = 0.5
"""Share of the gap for the proof of a density, or of fewer letters; the rest for what they are off.
"""
FEWER = 4
"""Times that the letters put together are fewer, at least, to begin with them."""


def solve_continuous(
    letters: npt.ArrayLike | Density | Radial,
    p_x: npt.ArrayLike | None = None,
    beta: float | None = None,
    *,
    measure: str | Measure = "squared",
    gap: float = GAP,
    max_iterations: int = 400,
    max_boxes: int = BOXES,
) -> ContinuousPoint:
    r"""Minimise E d + beta I(X; Y) over all channels to R^k, and certify it.

    Sources: Csiszar, *Studia Scientiarum Mathematicarum Hungarica* 9 (1974),
    theorem 2.3, for the bound; Rose, *IEEE Transactions on Information Theory*
    40 (1994), for atoms that move.

    Parameters
    ----------
    letters : (n,) coordinates of the letters, or (n, k); or a density, a
        `Density` or a `Radial`
    p_x : (n,) source; None for letters of equal mass, as samples are
    beta : slope, positive, in distortion units per nat
    measure : "squared", |x - y|^2; "half_squared", half of it; "absolute", the
        sum of |x_i - y_i|; or a `Measure`, with its gradient and its bounds on
        boxes
    gap : nats of R + D / beta within which to certify the optimum
    max_iterations : cap on Newton and Blahut-Arimoto steps together; of
        the weights alone in more than 32 dimensions
    max_boxes : cap on the boxes that bound the supremum

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.

    Examples
    --------
    A fair sign, x = -1 or 1. Until beta falls to 2 the mean, 0, is the best
    reproduction. Then it splits in two, y and -y, each the mean of x where it
    is sent: y = tanh(2 y / beta).

    >>> import math
    >>> solve_continuous([-1, 1], [0.5, 0.5], 2.1).atoms.shape
    (1, 1)
    >>> point = solve_continuous([-1, 1], [0.5, 0.5], 1.5)
    >>> point.rigorous and point.gap <= 1e-9, point.weights.round(6).tolist()
    (True, [0.5, 0.5])
    >>> y = float(point.atoms[1, 0])
    >>> abs(y - math.tanh(2 * y / 1.5)) < 1e-6
    True

    Of a density both bounds are the population's: for a normal, R(D) = 1/2
    log(1 / D) at slope 2 D.

    >>> from rdtheory.continuous.population import normal
    >>> point = solve_continuous(normal(), beta=1.0)
    >>> f"{point.value:.9f} {0.5 + 0.5 * math.log(2):.9f} {point.gap <= 1e-9}"
    '0.846573590 0.846573590 True'
    """
    if beta is None:
        raise TypeError("beta must be given, got none")
    beta = check_beta(beta)
    gap, max_iterations = check_gap(gap), check_count("max_iterations", max_iterations)
    max_boxes = check_count("max_boxes", max_boxes)
    if not isinstance(measure, Measure):
        measure = check_choice("measure", measure, MEASURES)
    if isinstance(letters, Density | Radial):
        found = _of_density(letters, p_x, beta, measure, gap, max_iterations, max_boxes)
    else:
        places, p = _checked(letters, p_x)
        if measure == "absolute":
            found = _absolute(places, p, beta, gap, max_iterations)
        elif isinstance(measure, str) and places.shape[1] > MANY:
            found = solve_wide(places, p, beta, SQUARED[measure], gap, max_iterations)
        else:
            problem = _problem(places, p, beta, measure)
            with one_thread():
                atoms, proof, steps = _of_letters(problem, gap, max_iterations, max_boxes)
            found = point_of(problem, beta, atoms, proof, steps, gap)
    if not found.converged:
        warnings.warn(found.note, RuntimeWarning, stacklevel=2)
    return found


def _of_letters(
    problem: Problem, gap: float, max_iterations: int, max_boxes: int
) -> tuple[Atoms, Proof, int]:
    """Return the best atoms; of many letters on a line, begun at those of fewer."""
    start, steps = None, 0
    if isinstance(problem, GaussProblem) and problem.letters.shape[1] == 1:
        fewer = fewer_letters(problem)
        if FEWER * fewer.p.size <= problem.p.size:
            start, _, steps = best_atoms(fewer, HALF * gap, max_iterations, max_boxes)
            proof = prove(problem, start, gap, max_boxes)
            if proof.gap <= gap:
                return start, proof, steps
    atoms, proof, more = best_atoms(problem, gap, max_iterations, max_boxes, start)
    return atoms, proof, steps + more


def _checked(letters: npt.ArrayLike, p_x: npt.ArrayLike | None) -> tuple[Array, Array]:
    """Return letters (n, k) of positive mass, and their masses."""
    places = check_array("letters", letters, ndim=2 if np.ndim(letters) == 2 else 1)
    places = places.reshape(len(places), -1)
    p = np.full(len(places), 1.0 / len(places)) if p_x is None else check_pmf("p_x", p_x)
    if p.size != len(places):
        raise ValueError(f"p_x must have one entry per letter, {len(places)}, got {p.size}")
    used = p > 0.0
    return np.ascontiguousarray(places[used]), p[used]


def _problem(places: Array, p: Array, beta: float, measure: str | Measure) -> Problem:
    if isinstance(measure, str):
        return GaussProblem(p, places, SQUARED[measure] / beta)
    return MeasureProblem(p, places, measure, beta)


def solve_wide(
    places: Array, p: Array, beta: float, times: float, gap: float, max_iterations: int,
    start: Atoms | None = None,
) -> ContinuousPoint:  # fmt: skip
    """Return the point of `times` the squared error in many dimensions; `start` is atoms."""
    middle = p @ places
    problem = WideProblem(p, places - middle, times / beta)
    if start is not None:
        start = Atoms(start.places - middle, start.weights)
    with one_thread():
        atoms, proof, steps = best_wide_atoms(problem, gap, max_iterations, start)
    found = point_of(problem, beta, atoms, proof, steps, gap)
    return replace(found, atoms=found.atoms + middle)


def _absolute(
    places: Array, p: Array, beta: float, gap: float, max_iterations: int
) -> ContinuousPoint:
    """Return the point of absolute error; its certificate on the lattice is one over R^k."""
    found, lattice = solve_absolute(places, p, beta, gap, max_iterations)
    return ContinuousPoint(
        beta, found.rate, found.distortion, found.gap, lattice[found.support],
        found.marginal[found.support], found.iterations, found.converged, True, found.note,
    )  # fmt: skip


def _of_density(
    source: Density | Radial, p_x: npt.ArrayLike | None, beta: float, measure: str | Measure,
    gap: float, max_iterations: int, max_boxes: int,
) -> ContinuousPoint:  # fmt: skip
    """Return the point of a density: found on one rule, proved on one of panels half as wide."""
    if p_x is not None:
        raise TypeError("p_x must be left out beside a density, got both")
    if not isinstance(measure, str) or measure not in SQUARED:
        known = " or ".join(SQUARED)
        raise ValueError(f"measure must be {known} for a density, got {measure!r}")
    s = SQUARED[measure] / beta
    coarse, fine = source.problem(s, 1.0), source.problem(s, 0.5)
    with one_thread():
        atoms, _, steps = best_atoms(coarse, HALF * gap, max_iterations, max_boxes)
        if isinstance(source, Radial):
            atoms = Atoms(np.abs(atoms.places), atoms.weights)
        proof = prove(fine, atoms, HALF * gap, max_boxes)
        off = rule_off(coarse, fine, atoms, HALF * gap)
    return point_of(fine, beta, atoms, proof, steps, gap, off)
