r"""Large non-negative quadratic programmes, min w^T M w / 2 - linear^T w over w >= 0, M = V V^T.

Where V has thousands of rows, M and its factor cost most of a Newton step, and are not needed: the
distances between many letters of many coordinates, as of images, are so much alike that M, scaled
to a unit diagonal, has its eigenvalues near one, and conjugate gradients solve for the free entries
in some ten products with V and its transpose. Blocks of entries are freed and fixed around that, as
in `nonnegative`. It need not be exact: a Newton step is only a model's minimum. So V is in float32.

Sources: Nocedal and Wright, *Numerical Optimization* (2006), sections 5.1 and 7.1 (inexact Newton
steps); Kim and Park (2011), section 3, for blocks.
"""

import numpy as np
import numpy.typing as npt

from rdtheory.checks import Array

Flags = npt.NDArray[np.bool_]

LOOSE = 1e-4
"""Of the first residual: where conjugate gradients end; each Newton step gains so many digits."""
PRODUCTS = 60
"""Products that a solve may take: beyond, a factor is as cheap."""
FAINT = 1e-18
"""Entry of V, of rows of length one, that is nothing beside float32's rounding."""


def minimum_by_gradients(
    rows: Array, linear: Array, start: Array, rounds: int = 12
) -> Array | None:
    """Return about the minimum, or None where so many rounds do not find it.

    Parameters
    ----------
    rows : (k, n) V, rows of length one
    linear : (k,) the linear term, taken as of w - start: linear = (whole linear term) - M start
    start : (k,) where to begin, w >= 0
    """
    V = rows.astype(np.float32)
    V[V < FAINT] = 0.0
    free: Flags = np.ones(start.size, dtype=np.bool_)
    w = start.copy()
    left = linear.copy()  # of the gradient's negative at w
    enough = LOOSE * float(np.linalg.norm(left))
    for _ in range(rounds):
        fixed = ~free & (w != 0.0)
        if fixed.any():
            step = np.where(fixed, -w, 0.0)
            w += step
            left -= _product(V, step)
        if not _solve(V, w, left, free, enough):
            return None
        noise = float(np.abs(left[free]).max(initial=0.0))
        wrong = (w < 0.0) & free | ~free & (left > noise)
        if not wrong.any():
            return w
        free ^= wrong
    return None


def _solve(V: npt.NDArray[np.float32], w: Array, left: Array, free: Flags, enough: float) -> bool:
    """Solve for the free entries by conjugate gradients, in place; return whether they ended."""
    r = np.where(free, left, 0.0)
    d, rr = r.copy(), float(r @ r)
    for _ in range(PRODUCTS):
        if rr <= enough**2:
            return True
        Md = _product(V, d)
        length = rr / float(d @ Md)
        w += length * d
        left -= length * Md
        r = np.where(free, left, 0.0)
        rr, before = float(r @ r), rr
        d = r + (rr / before) * d
    return False


def _product(V: npt.NDArray[np.float32], w: Array) -> Array:
    return np.asarray(V @ (w.astype(np.float32) @ V), dtype=np.float64)
