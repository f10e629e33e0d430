r"""Squared error in many dimensions, as of images: moving atoms by first derivatives alone.

Newton's method (`newton`) has a matrix of k rows and columns for each of j atoms, and a climb one
for each peak: of 784 pixels and a hundred atoms that is 6e9 entries. All that is needed here is
products of letters, (n, k), with atoms, (j, k). With s = 1 / beta (half of it for half the squared
error) and the shares Q(y|x) = r(y) exp(-s |x - y|^2) / q(x) of `certificate`'s F,

    dF / dy_j = 2 s sum_x p(x) Q(y_j|x) (y_j - x),    dF / dr_j = 1 - c(y_j),

which L-BFGS follows in places and logarithms of weights together; between its runs the weights are
made the best there are by `rdtheory.solver.newton`, and those of none are left out. A peak of c is
climbed by y <- the mean of x under p(x) exp(a(x) - s |x - y|^2), which never falls (mean shift), in
longer steps where those rise, too. An atom is a peak only if

    2 s Var_x(v . x | y_j) <= 1    for every direction v;

where the direction of most variance, by power iterations, has more, the atom is to split along it,
and both sides are climbed, as are the letters where c or a is highest. All that is no proof of the
supremum of c: what comes out is an estimate of the gap, over some hundred ascents.

Sources: Rose, "A mapping approach to rate-distortion computation and analysis" (1994), for the
variance at which atoms split; Cheng, "Mean shift, mode seeking, and clustering" (1995),
doi:10.1109/34.400568; Liu and Nocedal, "On the limited memory BFGS method" (1989).
"""

from functools import cached_property
from itertools import count

import numpy as np
from scipy.optimize import minimize

from rdtheory.checks import Array
from rdtheory.continuous.atoms import apart
from rdtheory.continuous.certificate import Proof, duals
from rdtheory.continuous.newton import Atoms
from rdtheory.continuous.problem import SquaredProblem
from rdtheory.solver.gibbs import TableKernel
from rdtheory.solver.newton import best_marginal

MANY = 32
"""Dimensions above which this is the method."""
PEAKS, CHECKED = 64, 1024
"""Letters that are climbed from: in a turn, and before a gap is told."""
SPLITS, POWERS = 24, 30
"""Atoms that are split in a turn, and power iterations for where to."""
BEGUN, CLIMB = 10, 200
"""Steps of a climb: until those that have met are made one, and after that at most."""
SHORT, LONG = 40, 300
"""Steps of L-BFGS, while peaks are far above one and when they are near."""
FAR = 1e-3
"""Nats above one of a peak that is far."""
ONE = 0.05
"""Distance, in units, within which atoms are one."""
JOINING = 1e-3
"""Mass of new atoms together."""


class WideProblem(SquaredProblem):
    """The same in many dimensions, of letters of mean 0; see `Mixed`."""

    @cached_property
    def _squares(self) -> Array:
        return np.einsum("nk,nk->n", self.letters, self.letters)

    def nats(self, points: Array) -> Array:
        """Return s |x - y|^2 of points (m, k), shape (m, n)."""
        found = points @ (-2.0 * self.letters.T)
        found += self._squares
        found += np.einsum("mk,mk->m", points, points)[:, None]
        np.maximum(found, 0.0, out=found)
        found *= self.s
        return found

    def shares(self, nats: Array, weights: Array) -> tuple[Array, Array]:
        """Return log q(x), (n,), and Q(y|x), (j, n), of atoms at s |x - y|^2."""
        low = nats.min(axis=0)
        shares = weights[:, None] * np.exp(low - nats)
        q = shares.sum(axis=0)
        shares /= q
        return np.log(q) - low, shares

    def mixture(self, atoms: Array, weights: Array) -> tuple[Array, Array]:  # noqa: D102
        nats = self.nats(atoms)
        log, shares = self.shares(nats, weights)
        return log, (shares * nats).sum(axis=0)

    def bumps(self, a: Array, points: Array) -> Array:
        """Return p(x) exp(a(x) - s |x - y|^2), (m, n); c is their sum over x."""
        return np.exp(a - self.nats(points)) * self.p


def best_wide_atoms(
    problem: WideProblem, gap: float, most: int, start: Atoms | None = None
) -> tuple[Atoms, Proof, int]:
    """Return the best atoms, an estimate of their gap, and the steps that their weights took.

    Parameters
    ----------
    problem : letters of mean 0
    gap : nats that are asked for
    most : of those steps, about
    start : atoms to begin at, as of a larger slope; None for the mean of all letters
    """
    atoms = start or Atoms(np.zeros((1, problem.letters.shape[1])), np.ones(1))
    height, steps = np.inf, 0
    for turn in count():
        atoms, more = _weigh(problem, atoms, 0.1 * gap)
        atoms = _settle(problem, atoms, SHORT if height > 1.0 + FAR else LONG)
        near = apart(atoms.places, ONE * problem.unit, atoms.weights.size)
        atoms = Atoms(atoms.places[near], atoms.weights[near] / atoms.weights[near].sum())
        atoms, again = _weigh(problem, atoms, 0.1 * gap)
        steps += more + again
        places, heights, proof = _peaks(problem, atoms, gap, PEAKS, turn)
        if proof.gap <= gap:
            places, heights, proof = _peaks(problem, atoms, gap, CHECKED, turn)
        height = proof.height
        new = places[heights > 1.0 + 0.5 * gap]
        if proof.gap <= gap or steps >= most or not len(new):
            return atoms, proof, steps
        share = np.full(len(new), JOINING / len(new))
        joined = np.concatenate((atoms.places, new))
        atoms = Atoms(joined, np.concatenate(((1.0 - JOINING) * atoms.weights, share)))
    raise AssertionError("unreachable")


def _weigh(problem: WideProblem, atoms: Atoms, gap: float) -> tuple[Atoms, int]:
    """Return the atoms with the best weights for where they are, those of none left out."""
    nats = problem.nats(atoms.places)
    entries = np.exp(nats.min(axis=0) - nats)
    kernel = TableKernel(entries, entries)
    found = best_marginal(kernel, problem.p, gap=gap, max_iterations=200, start=atoms.weights)
    used = found.marginal > 0.0
    return Atoms(atoms.places[used], found.marginal[used]), found.iterations


def _settle(problem: WideProblem, atoms: Atoms, most: int) -> Atoms:
    """Lower F by L-BFGS in logarithms of weights and places, scaled so that F bends about alike."""
    size, p, s = atoms.weights.size, problem.p, problem.s
    scale = np.sqrt(2.0 * s * atoms.weights)[:, None]

    def taken(numbers: Array) -> Atoms:
        w = np.exp(numbers[:size] - numbers[:size].max())
        return Atoms(numbers[size:].reshape(size, -1) / scale, w / w.sum())

    def fall(numbers: Array) -> tuple[float, Array]:
        places, w = taken(numbers)
        log, shares = problem.shares(problem.nats(places), w)
        shares *= p
        mass = shares.sum(axis=1)
        pull = 2.0 * s * (mass[:, None] * places - shares @ problem.letters) / scale
        return float(-(p @ log)), np.concatenate((w - mass, pull.ravel()))

    begin = np.concatenate((np.log(atoms.weights), (scale * atoms.places).ravel()))
    options = {"maxiter": most, "maxfun": 2 * most, "ftol": 1e-15, "gtol": 1e-9, "maxcor": 20}
    found = minimize(fall, begin, jac=True, method="L-BFGS-B", options=options)
    return taken(found.x)


def _peaks(
    problem: WideProblem, atoms: Atoms, gap: float, most: int, seed: int
) -> tuple[Array, Array, Proof]:
    """Return peaks of c, the highest first, their heights, and what they say of the gap."""
    log, a = duals(problem, atoms, gap)
    c = np.concatenate(
        [problem.bumps(a, part).sum(axis=1) for part in np.array_split(problem.letters, 16)]
    )
    some = np.concatenate([np.argsort(-high, kind="stable")[: most // 2] for high in (c, a)])
    letters = problem.letters[np.unique(some)]
    variance, along = _widest(problem, a, atoms.places, seed)
    wide = np.argsort(-variance, kind="stable")[:SPLITS]
    step = 0.5 * problem.unit * along[wide]
    starts = (letters, atoms.places[wide] + step, atoms.places[wide] - step)
    places, heights = _climb(problem, a, np.concatenate(starts), BEGUN, most)
    places, heights = _climb(problem, a, places, CLIMB, PEAKS)
    nats = float(np.log(heights[0]) - problem.p @ (log + a))
    return places, heights, Proof(max(0.0, nats), False, places[0], float(heights[0]))


def _climb(
    problem: WideProblem, a: Array, places: Array, steps: int, most: int
) -> tuple[Array, Array]:
    """Return places uphill of some (m, k), the highest first, no two near, and c there."""
    places, reach = places.copy(), np.full(len(places), 1.7)
    bumps = problem.bumps(a, places)
    c = bumps.sum(axis=1)
    for _ in range(steps):
        moves = (bumps @ problem.letters) / c[:, None] - places
        if np.linalg.norm(moves, axis=1).max() < 1e-5 * problem.unit:
            break
        there = places + reach[:, None] * moves
        new = problem.bumps(a, there)
        height = new.sum(axis=1)
        better = height >= c
        reach = np.where(better, np.minimum(1.1 * reach, 8.0), 1.0)
        places[better], bumps[better], c[better] = there[better], new[better], height[better]
    order = np.argsort(-c, kind="stable")
    kept = apart(places[order], 2.0 * ONE * problem.unit, most)
    return places[order][kept], c[order][kept]


def _widest(problem: WideProblem, a: Array, places: Array, seed: int) -> tuple[Array, Array]:
    """Return 2 s Var(v . x | y) of the direction v of most variance, and v, of each atom y."""
    v = np.random.default_rng(seed).standard_normal(places.shape)
    shares = problem.bumps(a, places)
    shares /= shares.sum(axis=1, keepdims=True)
    means = shares @ problem.letters
    for _ in range(POWERS):
        v /= np.linalg.norm(v, axis=1, keepdims=True)
        along = v @ problem.letters.T - np.einsum("jk,jk->j", v, means)[:, None]
        along *= shares
        v = along @ problem.letters - along.sum(axis=1, keepdims=True) * means
    variance = np.linalg.norm(v, axis=1)
    return 2.0 * problem.s * variance, v / np.maximum(variance, 1e-300)[:, None]
