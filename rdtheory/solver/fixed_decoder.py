r"""How far a model's encoder and marginal are from the best for its decoder.

With the decoder d(x|z) held fixed the distortion of a code is -log d(x|z), so the best encoder and
marginal at a slope beta solve an ordinary rate-distortion problem of x and z; with the marginal
fixed too, the best encoder is e(z|x) ~ m(z) d(x|z)^(1/beta).

Sources: Alemi et al., *Fixing a Broken ELBO* (ICML 2018), section 2; Huang, Makhzani, Cao and
Grosse, *Evaluating Lossy Compression Rates of Deep Generative Models* (ICML 2020), equation 10.
"""

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp, softmax

from rdtheory.checks import (
    Array,
    check_array,
    check_beta,
    check_conditional,
    check_pmf,
    check_same_labels,
)
from rdtheory.model import Model
from rdtheory.solver.slope import GAP, RDPoint, solve_slope


def decoder_distortion(decoder: npt.ArrayLike, p_x: npt.ArrayLike) -> Array:
    r"""Return d(x, z) = -log d(x|z), (X, Z), of a decoder (Z, X), in nats.

    It is +inf where the decoder excludes x. `solve_rate`, `solve_distortion`
    and `solve_frontier` take it as it is: their "outputs" are the codes, their
    marginal is m(z).

    Raises `ValueError` where the decoder is not a conditional distribution on
    the source's letters.

    Source: Alemi et al. (2018), arXiv:1711.00464, equation 4.

    Examples
    --------
    >>> decoder_distortion([[1.0, 0.0], [0.5, 0.5]], [0.5, 0.5]).round(4)
    array([[0.    , 0.6931],
           [   inf, 0.6931]])
    """
    check_same_labels(("p_x", p_x, 0), ("decoder", decoder, 1))
    p_x = check_pmf("p_x", p_x)
    decoder = check_array("decoder", decoder, ndim=2)
    decoder = check_conditional("decoder", decoder, shape=(decoder.shape[0], p_x.size))
    with np.errstate(divide="ignore"):
        return np.abs(np.log(decoder.T))


def best_encoder_and_marginal(
    p_x: npt.ArrayLike, decoder: npt.ArrayLike, beta: float, *, gap: float = GAP
) -> tuple[Model, RDPoint]:
    r"""Minimise D + beta R for a fixed decoder, and certify it.

    It is done over encoders and marginals.

    Source: Alemi et al. (2018), arXiv:1711.00464, equation 6, for the
    objective.

    Parameters
    ----------
    p_x : (X,) source
    decoder : (Z, X) d(x|z)
    beta : slope, positive
    gap : nats of R + D / beta within which to certify

    Returns
    -------
    The model with that encoder and marginal, and the certified point.

    Raises
    ------
    ValueError
        where an argument is out of its range, or no code can decode a letter of
        the source.

    Examples
    --------
    >>> decoder = [[0.9, 0.1], [0.1, 0.9]]
    >>> model, point = best_encoder_and_marginal([0.5, 0.5], decoder, 0.5)
    >>> round(model.marginal_gap, 9), model.excess >= 0.0
    (0.0, True)
    """
    distortion = decoder_distortion(decoder, p_x)  # it looks at the labels of both
    p_x = check_pmf("p_x", p_x)
    point = solve_slope(p_x, distortion, beta, gap=gap)
    return best_encoder(p_x, decoder, point.marginal, beta), point


def best_encoder(
    p_x: npt.ArrayLike, decoder: npt.ArrayLike, marginal: npt.ArrayLike, beta: float
) -> Model:
    r"""Minimise D + beta R over encoders alone: a closed form.

    Decoder and marginal are fixed.

        e(z|x) = m(z) d(x|z)^(1/beta) / sum_z' m(z') d(x|z')^(1/beta)

    Source: Huang, Makhzani, Cao and Grosse (2020), arXiv:2008.06653, equation
    10.

    Parameters
    ----------
    p_x, decoder, beta : as in `best_encoder_and_marginal`
    marginal : (Z,) m(z)

    Raises
    ------
    ValueError
        where an argument is out of its range, or no code of positive m can
        decode a letter.

    Examples
    --------
    At beta = 1 it is the exact posterior of the generative model, and R + D =
    -E log g(x).

    >>> decoder = [[0.9, 0.1], [0.1, 0.9]]
    >>> model = best_encoder([0.5, 0.5], decoder, [0.3, 0.7], 1.0)
    >>> log_likelihood = float(model.p_x @ np.log(model.generative))
    >>> round(model.rate + model.distortion + log_likelihood, 12)
    0.0
    """
    check_same_labels(("p_x", p_x, 0), ("decoder", decoder, 1))
    check_same_labels(("marginal", marginal, 0), ("decoder", decoder, 0))
    beta = check_beta(beta)
    p_x, marginal = check_pmf("p_x", p_x), check_pmf("marginal", marginal)
    decoder = check_conditional("decoder", decoder, shape=(marginal.size, p_x.size))
    distortion = decoder_distortion(decoder, p_x)
    with np.errstate(divide="ignore"):
        logits = np.log(marginal) - distortion / beta
    lost = np.isneginf(logsumexp(logits, axis=1))
    if (lost & (p_x > 0)).any():
        raise ValueError(
            "decoder must give every letter of the source a code of positive marginal, "
            f"got none for x = {int((lost & (p_x > 0)).argmax())}"
        )
    encoder = np.where(
        lost[:, None], marginal, softmax(np.where(lost[:, None], 0.0, logits), axis=1)
    )
    return Model(p_x, encoder, marginal, decoder)
