r"""A complete latent-variable model of a finite source, and everything the paper measures of it.

Source: Alemi et al., *Fixing a Broken ELBO* (ICML 2018, arXiv:1711.00464),
section 2 and appendices C and D.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import entr, xlogy

from rdtheory.checks import Array, check_conditional, check_pmf, check_same_labels
from rdtheory.information import expected_divergence, kl_divergence
from rdtheory.shown import Shown, Text


@dataclass(frozen=True, eq=False, repr=False)
class Model(Shown):
    r"""A source with an encoder, a marginal and a decoder; exact, in nats.

    With the joint p_e(x, z) = p\*(x) e(z|x) the paper's equation 2 says

        H - D <= I_e(X; Z) <= R,

    where the right gap is KL(p_e(z) || m) and the left one
    E_z KL(p_e(x|z) || d).

    Source: Alemi et al. (2018), arXiv:1711.00464, section 2, appendices C and
    D.

    Parameters
    ----------
    p_x : (X,) the source p\*(x)
    encoder : (X, Z) e(z|x), rows sum to 1
    marginal : (Z,) m(z), the variational approximation of the aggregated
        posterior p_e(z)
    decoder : (Z, X) d(x|z), rows sum to 1

    Raises
    ------
    ValueError
        where a part is not a distribution or the shapes do not fit.

    Examples
    --------
    A fair coin and a code that keeps all of it: the autoencoding limit
    R = H, D = 0.

    >>> model = Model([0.5, 0.5], np.eye(2), [0.5, 0.5], np.eye(2))
    >>> round(model.rate, 4), model.distortion, round(model.excess, 4)
    (0.6931, 0.0, 0.0)

    The same coin and a code that nobody reads: the autodecoding limit
    R = 0, D = H.

    >>> model = Model.from_encoder([0.5, 0.5], [[0.2, 0.8], [0.2, 0.8]])
    >>> model.rate, round(model.distortion, 4)
    (0.0, 0.6931)
    """

    p_x: Array
    encoder: Array
    marginal: Array
    decoder: Array

    def __post_init__(self) -> None:
        check_same_labels(
            ("p_x", self.p_x, 0), ("encoder", self.encoder, 0), ("decoder", self.decoder, 1)
        )
        check_same_labels(
            ("encoder", self.encoder, 1),
            ("marginal", self.marginal, 0),
            ("decoder", self.decoder, 0),
        )
        p_x = check_pmf("p_x", self.p_x)
        marginal = check_pmf("marginal", self.marginal)
        shape = (p_x.size, marginal.size)
        parts = {
            "p_x": p_x,
            "encoder": check_conditional("encoder", self.encoder, shape=shape),
            "marginal": marginal,
            "decoder": check_conditional("decoder", self.decoder, shape=shape[::-1]),
        }
        for name, part in parts.items():
            part.flags.writeable = False
            object.__setattr__(self, name, part)

    def shown(self) -> dict[str, Any]:
        """Return what is shown, by name: sizes, and numbers in nats."""
        letters, codes = self.encoder.shape
        return {
            "letters": letters,
            "codes": codes,
            "rate": Text(f"{self.rate:.6g} nats"),
            "distortion": Text(f"{self.distortion:.6g} nats"),
            "entropy": Text(f"{self.entropy:.6g} nats"),
        }

    @classmethod
    def from_encoder(cls, p_x: npt.ArrayLike, encoder: npt.ArrayLike) -> "Model":
        """Complete an encoder with its optimal marginal and decoder.

        So the excess is 0.
        """
        return cls(p_x, encoder, optimal_marginal(p_x, encoder), optimal_decoder(p_x, encoder))  # type: ignore[arg-type]

    # -- the joint of source and encoder ------------------------------------------------------

    @cached_property
    def joint(self) -> Array:
        r"""p_e(x, z) = p\*(x) e(z|x), shape (X, Z)."""
        return self.p_x[:, None] * self.encoder

    @cached_property
    def aggregate(self) -> Array:
        r"""The aggregated posterior p_e(z) = sum_x p\*(x) e(z|x), shape (Z,)."""
        return self.joint.sum(axis=0)

    @cached_property
    def conditional(self) -> Array:
        """p_e(x|z), shape (Z, X).

        A code of no mass, for which it is undefined, gets the source.
        """
        return _conditional(self.joint, self.p_x)

    @property
    def entropy(self) -> float:
        r"""H = -sum p\*(x) log p\*(x), equation 3."""
        return float(entr(self.p_x).sum())

    @property
    def code_entropy(self) -> float:
        """H(Z) of the aggregated posterior.

        Its exponential counts the codes effectively used.
        """
        return float(entr(self.aggregate).sum())

    @cached_property
    def mutual_information(self) -> float:
        """I_e(X; Z), equation 1."""
        return expected_divergence(self.p_x, self.encoder, self.aggregate)

    @cached_property
    def rate(self) -> float:
        """R = E log e(z|x)/m(z), equation 5.

        It is infinite where a code is used that m excludes.
        """
        return expected_divergence(self.p_x, self.encoder, self.marginal)

    @cached_property
    def distortion(self) -> float:
        """D = E -log d(x|z), equation 4.

        It is infinite where the decoder excludes what is there.
        """
        return max(0.0, -float(xlogy(self.joint, self.decoder.T).sum()))

    # -- what the two bounds lose ---------------------------------------------------------------

    @property
    def excess(self) -> float:
        """R + D - H, what the model pays above the source's entropy.

        Summed as marginal gap plus decoder gap, which loses no digits to
        cancellation.
        """
        return self.marginal_gap + self.decoder_gap

    @cached_property
    def marginal_gap(self) -> float:
        """R - I_e = KL(p_e(z) || m), appendix D.2."""
        return kl_divergence(self.aggregate, self.marginal)

    @cached_property
    def decoder_gap(self) -> float:
        """D - H + I_e = E_z KL(p_e(x|z) || d), appendix D.1."""
        return expected_divergence(self.aggregate, self.conditional, self.decoder)

    # -- what the model draws ---------------------------------------------------------------------

    @cached_property
    def generative(self) -> Array:
        """g(x) = sum_z m(z) d(x|z), (X,): the law of what is generated."""
        return self.marginal @ self.decoder

    @cached_property
    def reconstruction(self) -> Array:
        """p(x'|x) = sum_z e(z|x) d(x'|z), shape (X, X): row x is how x comes back."""
        return self.encoder @ self.decoder

    @cached_property
    def reconstructed(self) -> Array:
        r"""d(x') = sum_x p\*(x) p(x'|x), the law of a reconstruction, shape (X,)."""
        return self.aggregate @ self.decoder

    # -- the same sandwich for the generative joint m(z) d(x|z) -----------------------------------

    @cached_property
    def generative_joint(self) -> Array:
        """m(z) d(x|z), shape (Z, X)."""
        return self.marginal[:, None] * self.decoder

    @cached_property
    def generative_mutual_information(self) -> float:
        """I_d(X; Z) of the joint m(z) d(x|z), appendix C."""
        return expected_divergence(self.marginal, self.decoder, self.generative)

    @cached_property
    def generative_lower_bound(self) -> float:
        """E_{m d} log e(z|x)/m(z) <= I_d, appendix D.5.

        The gap is E_g KL(p_d(z|x) || e(z|x)). Minus infinity where the model
        generates an x with a code that the encoder excludes.
        """
        mass = self.generative_joint
        return float((xlogy(mass, self.encoder.T) - xlogy(mass, self.marginal[:, None])).sum())

    @cached_property
    def generative_upper_bound(self) -> float:
        r"""E_{m d} log d(x|z)/p\*(x) >= I_d, appendix D.6; the gap is KL(g || p\*).

        Infinite where the model generates what the source never does.
        """
        return expected_divergence(self.marginal, self.decoder, self.p_x)


def optimal_marginal(p_x: npt.ArrayLike, encoder: npt.ArrayLike) -> Array:
    r"""Return the marginal of least rate for an encoder: p_e(z), (Z,).

    It is that of appendix D.3.

    Source: Alemi et al. (2018), arXiv:1711.00464, appendix D.3.

    Parameters
    ----------
    p_x : (X,) source
    encoder : (X, Z) e(z|x), rows sum to one

    Raises
    ------
    ValueError
        where they are no distributions, or their letters do not fit.

    Examples
    --------
    >>> optimal_marginal([0.25, 0.75], [[1.0, 0.0], [0.0, 1.0]])
    array([0.25, 0.75])
    """
    p_x, encoder = _check_pair(p_x, encoder)
    return p_x @ encoder


def optimal_decoder(p_x: npt.ArrayLike, encoder: npt.ArrayLike) -> Array:
    r"""Return an encoder's decoder of least distortion: p_e(x|z), (Z, X).

    It is that of appendix D.4. A code that is never used may be decoded in any
    way; it gets the source.

    Source: Alemi et al. (2018), arXiv:1711.00464, appendix D.4.

    Parameters
    ----------
    p_x : (X,) source
    encoder : (X, Z) e(z|x), rows sum to one

    Raises
    ------
    ValueError
        where they are no distributions, or their letters do not fit.

    Examples
    --------
    >>> optimal_decoder([0.25, 0.75], [[0.5, 0.5], [0.5, 0.5]])
    array([[0.25, 0.75],
           [0.25, 0.75]])
    """
    p_x, encoder = _check_pair(p_x, encoder)
    return _conditional(p_x[:, None] * encoder, p_x)


def _check_pair(p_x: npt.ArrayLike, encoder: npt.ArrayLike) -> tuple[Array, Array]:
    check_same_labels(("p_x", p_x, 0), ("encoder", encoder, 0))
    p_x = check_pmf("p_x", p_x)
    return p_x, check_conditional("encoder", encoder, shape=(p_x.size, None))


def _conditional(joint: Array, p_x: Array) -> Array:
    """p(x|z) from p(x, z); scaled by its largest entry first, so that tiny codes stay exact."""
    scale = joint.max(axis=0)
    used = scale > 0
    scaled = np.where(used, joint / np.where(used, scale, 1.0), p_x[:, None])
    return (scaled / scaled.sum(axis=0)).T
