r"""The rate-distortion problem handed to a general convex solver: an independent judge.

In the output marginal r alone the problem of `rdtheory.solver.certificate` is the convex program

    minimise  -sum_x p(x) log sum_y A(x, y) r(y)   over  r >= 0,  sum_y r(y) = 1,

with A(x, y) = exp(-d(x, y) / beta). cvxpy states it as exponential cones, one per letter x, and a
solver of such programs does the rest. It is stated with q = A r as variables of their own, because
the prices w(x) of those equations, p / q at the optimum, prove a lower bound: for every w > 0

    min F  >=  sum_x p(x) log w(x) / p(x)  -  log max_y sum_x w(x) A(x, y),

by Jensen's inequality. Only r and w are taken from the solver. Whatever it claims of its accuracy,
the numbers here are bounds. (The bound that r alone gives, w = p / A r, is a poor one of a solver's
r: a solver is accurate to 1e-8 absolutely, and q(x) of an unlikely letter is not much more itself.)

Sources: Csiszar, "On the computation of rate-distortion functions" (1974), for the bound; Diamond
and Boyd, "CVXPY" (2016); Goulart and Chen, "Clarabel" (2024), for the solver.
"""

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from rdtheory.checks import (
    Array,
    check_beta,
    check_choice,
    check_distortion,
    check_pmf,
    check_same_labels,
)
from rdtheory.solver.certificate import Certified, certify
from rdtheory.solver.rounding import nats_off

SOLVERS = ("CLARABEL", "SCS", "ECOS", "MOSEK")
"""Solvers known to cvxpy that have exponential cones."""


@dataclass(frozen=True, eq=False, repr=False)
class ConvexProgram(Certified):
    """What a solver found, certified: the marginal's numbers, as `certify` has them, and more.

    `bound` is the better one of the solver's prices and of `certify`; the solver's own tolerance is
    another matter than `gap`.

    Parameters
    ----------
    marginal : (m,) r(y), what the solver left below 0 cut off and the sum divided out
    status : what the solver says of itself, in cvxpy's words
    """

    marginal: Array
    status: str


def solve_convex_program(
    p_x: npt.ArrayLike,
    distortion: npt.ArrayLike,
    beta: float,
    *,
    solver: str = "CLARABEL",
    options: Mapping[str, Any] | None = None,
) -> ConvexProgram:
    r"""Minimise D + beta R with cvxpy, and certify the marginal that comes out.

    Parameters
    ----------
    p_x : (n,) source
    distortion : (n, m) table, entries above -inf; +inf forbids a pair
    beta : slope, positive, in distortion units per nat
    solver : one that is installed and has exponential cones
    options : settings of the solver, by the solver's own names

    Raises
    ------
    ValueError
        where an argument is out of its range or the shapes do not fit.
    ImportError
        where cvxpy is missing.
    RuntimeError
        where the solver ends without a solution.

    Examples
    --------
    A biased coin under Hamming distortion: R(D) = h(0.3) - h(D), here at the slope of D = 0.1.

    >>> hamming = [[0, 1], [1, 0]]
    >>> found = solve_convex_program([0.7, 0.3], hamming, 1 / math.log(0.9 / 0.1))
    >>> f"R = {found.rate:.4f}, D = {found.distortion:.4f}, {found.status}"
    'R = 0.2858, D = 0.1000, optimal'
    """
    try:
        import cvxpy
    except ImportError as error:
        raise ImportError(
            "rdtheory.solver.convex_program needs cvxpy: pip install -e '.[test]'"
        ) from error
    check_same_labels(("p_x", p_x, 0), ("distortion", distortion, 0))
    p_x = check_pmf("p_x", p_x)
    table = check_distortion(distortion, p_x)
    beta = check_beta(beta)
    installed = cvxpy.installed_solvers()
    check_choice("solver", solver, tuple(name for name in SOLVERS if name in installed))

    used = p_x > 0
    p = p_x[used]
    surplus = table[used] - table[used].min(axis=1, keepdims=True)  # first, so that none is lost
    kernel = np.exp(-surplus / beta)  # rows with largest entry 1
    r, q = cvxpy.Variable(kernel.shape[1], nonneg=True), cvxpy.Variable(p.size)
    serve = q - kernel @ r == 0
    program = cvxpy.Problem(cvxpy.Minimize(-p @ cvxpy.log(q)), [serve, cvxpy.sum(r) == 1])
    # cvxpy evaluates the objective where the solver stopped, which may be log 0
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        # `status` and `gap` say the same, and more exactly
        warnings.filterwarnings("ignore", "Solution may be inaccurate", UserWarning)
        try:
            program.solve(solver=solver, verbose=False, **(options or {}))
        except cvxpy.error.SolverError as error:
            raise RuntimeError(f"{solver} gave up: {error}") from error
    if r.value is None or not r.value.max() > 0:
        raise RuntimeError(f"{solver} ended without a solution, with status {program.status}")

    marginal = np.maximum(r.value, 0.0)
    marginal /= marginal.sum()
    certificate = certify(p_x, table, beta, marginal)
    with np.errstate(divide="ignore"):
        nats = -float(p @ np.log(kernel @ marginal))
    proved = nats - _dual_bound(p, kernel, serve.dual_value) + nats_off(p.size, nats)
    gap = max(0.0, min(certificate.gap, proved))
    return ConvexProgram(
        rate=certificate.rate,
        distortion=certificate.distortion,
        value=certificate.value,
        bound=certificate.value - beta * gap,
        gap=gap,
        marginal=marginal,
        status=program.status,
    )


def _dual_bound(p: Array, kernel: Array, prices: Array) -> float:
    """Return the bound on F that the prices prove, in nats; none where one is not positive."""
    if not (prices > 0).all():
        return -math.inf
    return float(p @ np.log(prices / p)) - math.log((prices @ kernel).max())
