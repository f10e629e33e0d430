r"""The toy experiment's model family: every part a softmax, 2K numbers for encoder and decoder.

    e(z_i|x_j) = softmax over i of -(v_i x_j - a_i)^2
    d(x_j|z_i) = softmax over j of -(w_j z_i - b_j)^2
    m(z_i)     = softmax over i of c_i

with the positions x_j and z_i spread evenly over [-1, 1]. The decoder is indexed by its output in
the same way as the encoder, so w = 0 makes a perfect autodecoder.

Source: Alemi et al., *Fixing a Broken ELBO* (ICML 2018, arXiv:1711.00464), appendix E.
"""

import numba
import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from rdtheory.checks import (
    Array,
    check_array,
    check_conditional,
    check_count,
    check_pmf,
    check_same_labels,
)
from rdtheory.model import Model

TINY = float(np.finfo(np.float64).tiny)
RATE, DISTORTION, ROUGHNESS = 0, 1, 2
"""Rows of the values and gradients that `terms` computes."""


def parameter_count(bins: int, codes: int) -> int:
    """Length of the parameter vector: v and a (codes), w and b (bins), c (codes)."""
    return 3 * codes + 2 * bins


def check_bins(p_x: npt.ArrayLike) -> Array:
    """Return `p_x` as a source whose bins have an order: a probability vector of 2 or more."""
    p_x = check_pmf("p_x", p_x)
    if p_x.size < 2:
        raise ValueError(f"p_x must have at least 2 bins, got {p_x.size}")
    return p_x


def positions(count: int) -> Array:
    """Positions of bins or codes, spread evenly over [-1, 1]."""
    return np.linspace(-1.0, 1.0, check_count("count", count, low=2))


def family_model(parameters: npt.ArrayLike, p_x: npt.ArrayLike) -> Model:
    """Tabulate the model of parameters (v, a, w, b, c), plainly by formula.

    Source: Alemi et al. (2018), arXiv:1711.00464, appendix E.

    Parameters
    ----------
    parameters : (3 Z + 2 X,) numbers: v and a (Z,) each, w and b (X,) each, c
        (Z,)
    p_x : (X,) source

    Raises
    ------
    ValueError
        where the length of `parameters` fits no number of codes.

    Examples
    --------
    All zeros: a uniform code that tells nothing, decoded by a uniform guess.

    >>> model = family_model(np.zeros(3 * 5 + 2 * 2), [0.5, 0.5])
    >>> model.encoder.shape, model.rate, round(model.distortion, 6)
    ((2, 5), 0.0, 0.693147)
    """
    p_x = check_bins(p_x)
    parameters = check_array("parameters", parameters, ndim=1)
    codes, rest = divmod(parameters.size - 2 * p_x.size, 3)
    if codes < 2 or rest:
        raise ValueError(
            f"parameters must hold 3 codes + 2 bins numbers, got {parameters.size} "
            f"for {p_x.size} bins"
        )
    v, a, w, b, c = np.split(parameters, np.cumsum([codes, codes, p_x.size, p_x.size]))
    encoder = softmax(-((np.outer(positions(p_x.size), v) - a) ** 2), axis=1)
    decoder = softmax(-((np.outer(positions(codes), w) - b) ** 2), axis=1)
    # no softmax is ever 0: what underflows would turn a finite rate or distortion infinite
    return Model(p_x, *(np.maximum(part, TINY) for part in (encoder, softmax(c), decoder)))


def roughness(p_x: npt.ArrayLike, encoder: npt.ArrayLike) -> float:
    r"""Return the mean squared Hellinger distance of neighbouring bins' codes.

        S = sum_j (p_j + p_{j+1})/2 sum_i (s_i,j+1 - s_ij)^2,
        s_ij = sqrt e(z_i|x_j)

    For bins of width h it tends to h^2/4 times E_x J(x), where J is the Fisher
    information that the code holds about the position x: a smooth encoder
    treats neighbours alike.

    Parameters
    ----------
    p_x : (X,) source, its bins in their order
    encoder : (X, Z) e(z|x), rows sum to one

    Raises
    ------
    ValueError
        where they are no distributions, or their letters do not fit.

    Examples
    --------
    >>> roughness([0.5, 0.5], [[1, 0], [0, 1]])
    1.0
    >>> roughness([0.5, 0.5], [[0.3, 0.7], [0.3, 0.7]])
    0.0
    """
    check_same_labels(("p_x", p_x, 0), ("encoder", encoder, 0))
    p_x = check_bins(p_x)
    encoder = check_conditional("encoder", encoder, shape=(p_x.size, None))
    steps = np.diff(np.sqrt(encoder), axis=0)
    return float((p_x[1:] + p_x[:-1]) / 2 @ (steps**2).sum(axis=1))


@numba.njit(cache=True)
def terms(
    parameters: Array, p_x: Array, x: Array, z: Array, values: Array, gradients: Array
) -> None:
    """Write rate, distortion, roughness to `values` (3,), their gradients to `gradients` (3, P)."""
    bins, codes = x.size, z.size
    v, a = parameters[:codes], parameters[codes : 2 * codes]
    w = parameters[2 * codes : 2 * codes + bins]
    b = parameters[2 * codes + bins : 2 * codes + 2 * bins]
    c = parameters[2 * codes + 2 * bins :]
    values[:] = 0.0
    gradients[:] = 0.0

    log_m, m = np.empty(codes), np.empty(codes)
    log_e, e = np.empty((bins, codes)), np.empty((bins, codes))
    log_d, d = np.empty((codes, bins)), np.empty((codes, bins))
    log_softmax(c, log_m, m)
    logits = np.empty(max(bins, codes))
    for j in range(bins):
        for i in range(codes):
            logits[i] = -((v[i] * x[j] - a[i]) ** 2)
        log_softmax(logits[:codes], log_e[j], e[j])
    for i in range(codes):
        for j in range(bins):
            logits[j] = -((w[j] * z[i] - b[j]) ** 2)
        log_softmax(logits[:bins], log_d[i], d[i])

    root = np.sqrt(e)

    # encoder: with h = df/de, the gradient with respect to a logit is e (h - E_e h)
    aggregate = np.zeros(codes)
    h = np.empty((3, codes))  # e * df/de
    for j in range(bins):
        left = 0.5 * (p_x[j] + p_x[j - 1]) if j > 0 else 0.0
        right = 0.5 * (p_x[j] + p_x[j + 1]) if j < bins - 1 else 0.0
        mean = np.zeros(3)
        for i in range(codes):
            joint = p_x[j] * e[j, i]
            aggregate[i] += joint
            slope = 0.0  # of the roughness in root
            if j > 0:
                slope += left * (root[j, i] - root[j - 1, i])
            if j < bins - 1:
                step = root[j + 1, i] - root[j, i]
                slope -= right * step
                values[2] += right * step * step
            h[0, i] = joint * (log_e[j, i] - log_m[i])
            h[1, i] = -joint * log_d[i, j]
            h[2, i] = root[j, i] * slope
            for k in range(3):
                mean[k] += h[k, i]
        values[0] += mean[0]
        values[1] += mean[1]
        for i in range(codes):
            inner = -2.0 * (v[i] * x[j] - a[i])
            for k in range(3):
                at_logit = (h[k, i] - e[j, i] * mean[k]) * inner
                gradients[k, i] += at_logit * x[j]
                gradients[k, codes + i] -= at_logit

    # decoder and marginal: softmax against the mass that the encoder sends there
    for i in range(codes):
        gradients[0, 2 * codes + 2 * bins + i] = m[i] - aggregate[i]
        for j in range(bins):
            inner = -2.0 * (w[j] * z[i] - b[j])
            at_logit = (aggregate[i] * d[i, j] - p_x[j] * e[j, i]) * inner
            gradients[1, 2 * codes + j] += at_logit * z[i]
            gradients[1, 2 * codes + bins + j] -= at_logit


@numba.njit(cache=True)
def log_softmax(logits: Array, log_p: Array, p: Array) -> None:
    """Write log softmax of `logits` to `log_p` and softmax to `p`."""
    top = logits.max()
    total = 0.0
    for i in range(logits.size):
        p[i] = np.exp(logits[i] - top)
        total += p[i]
    log_total = top + np.log(total)
    for i in range(logits.size):
        log_p[i] = logits[i] - log_total
        p[i] /= total
