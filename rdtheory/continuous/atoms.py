r"""Where atoms begin, join and meet: a cover, the peaks of c, and atoms that are one."""

import numpy as np
from scipy.spatial.distance import cdist

from rdtheory.checks import Array
from rdtheory.continuous.newton import Atoms, settle
from rdtheory.continuous.problem import Problem, objective
from rdtheory.solver.gibbs import TINY, TableKernel
from rdtheory.solver.newton import best_marginal
from rdtheory.solver.rounding import EPS

GRID = 4096
"""Points at which peaks are first looked for, at most."""
COVER = 512
"""Atoms to begin with, at most."""
PEAKS = 64
"""Peaks that are climbed at once, at most."""
CLIMB = 30
"""Steps of a climb, at most."""


def weigh(problem: Problem, atoms: Atoms, gap: float, most: int = 200) -> tuple[Atoms, int]:
    """Return the atoms with the best weights for where they are, those of none left out."""
    entries = problem.rows(atoms.places).entries
    kernel = TableKernel(entries, entries)
    found = best_marginal(kernel, problem.p, gap=gap, max_iterations=most, start=atoms.weights)
    used = found.marginal > 0.0
    return Atoms(atoms.places[used], found.marginal[used]), found.iterations


def peaks(problem: Problem, a: Array, starts: Array) -> tuple[Array, Array]:
    """Return peaks of c, the highest first, and their heights.

    The highest starts are climbed, no two of them within a unit of each other.
    """
    found = problem.heights(a, starts)
    order = np.argsort(-found, kind="stable")
    chosen = apart(starts[order], problem.unit, PEAKS)
    places, c = climb(problem, a, starts[order][chosen])
    order = np.argsort(-c, kind="stable")
    kept = apart(places[order], 0.05 * problem.unit, PEAKS)
    return places[order][kept], c[order][kept]


def apart(places: Array, distance: float, most: int) -> list[int]:
    """Return which places are further than a distance from all that are kept before them."""
    kept: list[int] = []
    free = np.ones(len(places), dtype=np.bool_)
    while free.any() and len(kept) < most:
        first = int(free.argmax())
        kept.append(first)
        free &= ((places - places[first]) ** 2).sum(axis=1) > distance**2
    return kept


def climb(problem: Problem, a: Array, places: Array) -> tuple[Array, Array]:
    """Return peaks of c above places (m, k), by Newton steps uphill, and their heights."""
    low, high = problem.box
    places = places.copy()
    c, g, H = problem.bends(a, places)
    lengths = np.full(len(places), 1.0)
    for _ in range(CLIMB):
        steps = _uphill(problem.unit, c, g, H)
        size = np.linalg.norm(steps, axis=1) / problem.unit
        steps *= np.minimum(1.0, lengths / np.maximum(size, 1e-300))[:, None]
        there = np.clip(places + steps, low, high)
        new_c, new_g, new_H = problem.bends(a, there)
        better = new_c > c
        if not better.any():
            if lengths.max() < 1e-3:
                break
            lengths *= 0.25
            continue
        lengths = np.where(better, np.minimum(2.0 * lengths, 1.0), 0.25 * lengths)
        places[better], c[better], g[better], H[better] = (
            there[better], new_c[better], new_g[better], new_H[better],
        )  # fmt: skip
        if np.max(size[better], initial=0.0) < 1e-7:
            break
    return places, c


def _uphill(unit: float, c: Array, g: Array, H: Array) -> Array:
    """Return Newton steps to peaks, where c does not bend down as if it bent down a little."""
    values, axes = np.linalg.eigh(H)
    least = np.maximum(1e-6 * c / unit**2, TINY)[:, None]  # c is 0 far from all letters
    bend = np.maximum(np.abs(values), least)
    return np.einsum("mij,mj->mi", axes, np.einsum("mij,mi->mj", axes, g) / bend)


def starts(problem: Problem, places: Array, seed: int = 0) -> Array:
    """Return points among which peaks of c are looked for: a grid, or letters; and the atoms."""
    low, high = problem.box
    counts = np.ceil(2.0 * (high - low) / problem.unit).astype(np.int64) + 1
    if counts.astype(float).prod() <= GRID:
        axes = [np.linspace(lo, hi, n) for lo, hi, n in zip(low, high, counts, strict=True)]
        grid = np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, low.size)
    else:
        grid = problem.some_letters(GRID // 4)
    return np.concatenate((places, grid))


def cover(problem: Problem) -> Atoms:
    """Return atoms of equal weight on letters, the likely ones first, half a unit apart."""
    places = problem.some_letters(GRID)
    kept = apart(places, 0.5 * problem.unit, COVER)
    return Atoms(places[kept], np.full(len(kept), 1.0 / len(kept)))


def merge(problem: Problem, atoms: Atoms, gap: float, distances: tuple[float, ...]) -> Atoms:
    """Return fewer atoms, those that are near each other made one, if F stays what it was."""
    before = objective(problem, *atoms)
    same = before + max(gap**2, EPS * (1.0 + abs(before)))  # a gap is a root of that
    for near in distances:
        fewer = _merged(atoms, near * problem.unit)
        if len(fewer.weights) == len(atoms.weights):
            continue
        fewer, _ = settle(problem, fewer, gap, 8)
        if objective(problem, *fewer) <= same:
            return fewer
    return atoms


def _merged(atoms: Atoms, near: float) -> Atoms:
    """Return the centres of the groups of atoms that are within a distance of a heaviest one."""
    places, weights = atoms
    order = np.argsort(-weights, kind="stable")
    heads = order[apart(places[order], near, len(order))]
    group = cdist(places, places[heads]).argmin(axis=1)
    total = np.bincount(group, weights).astype(np.float64)
    centres = np.stack([np.bincount(group, weights * x) / total for x in places.T], axis=1)
    return Atoms(centres, total)
