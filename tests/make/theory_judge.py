"""An independent judge of a marginal, in long double."""

import numpy as np

FLOOR = 1e-12
"""Of A r, per letter, in the reference's second bound; any floor gives a valid bound."""


def judge(p_x, distortion, beta, marginal):
    """Return (gap, R, D, c) of a marginal, in long double, by the formulas of Csiszar (1974)."""
    used = np.asarray(p_x) > 0
    p = np.asarray(p_x, dtype=np.longdouble)[used]
    d = np.asarray(distortion, dtype=np.longdouble)[used]
    r = np.asarray(marginal, dtype=np.longdouble)
    p, r = p / p.sum(), r / r.sum()
    low = d.min(axis=1)
    kernel = np.exp((low[:, None] - d) / np.longdouble(beta))
    q = kernel @ r
    free_energy = -(p * np.log(q)).sum()
    surplus = np.where(kernel > 0, d - low[:, None], 0)
    mean = (p * ((kernel * surplus) @ r) / q).sum()
    c = (p / q) @ kernel
    floor = FLOOR / p.size
    floored = (p * np.log1p(floor / q)).sum() + np.log(((p / (q + floor)) @ kernel).max())
    gap = min(np.log(c.max()), floored)
    return gap, free_energy - mean / beta, (p * low).sum() + mean, c
