r"""The paper's toy source, its hand-made optimal model, and the recovery of its hidden class.

A hidden class z\* in {0, 1} with P(z\* = 0) = 0.7 shifts a unit normal to -Delta/2 or +Delta/2; x
is the bin of the result among 30 equal bins on [-4, 4], the tails counted in the end bins. Delta
solves I(x; z\*) = 0.5 nats.

Source: Alemi et al., *Fixing a Broken ELBO* (ICML 2018, arXiv:1711.00464),
section 4 and appendix E.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import ndtr

from rdtheory.checks import Array, check_conditional, check_count
from rdtheory.information import entropy, expected_divergence, mutual_information
from rdtheory.model import Model
from rdtheory.shown import Shown

CLASS_MASS = (0.7, 0.3)
INFORMATION = 0.5
BINS = 30
REACH = 4.0


@dataclass(frozen=True, eq=False, repr=False)
class ToySource(Shown):
    r"""The toy source: p\*(x), and the hidden class z\* that made it.

    Parameters
    ----------
    delta : distance between the two class means, in standard deviations
    p_x : (30,) the source p\*(x)
    p_class : (2,) P(z\*)
    p_x_given_class : (2, 30) p(x|z\*)

    Examples
    --------
    >>> source = toy_source()
    >>> source.p_x.shape, source.p_x_given_class.shape, source.p_class.tolist()
    ((30,), (2, 30), [0.7, 0.3])
    """

    delta: float
    p_x: Array
    p_class: Array
    p_x_given_class: Array

    @property
    def posterior(self) -> Array:
        r"""p(z\*|x), shape (30, 2)."""
        return (self.p_class[:, None] * self.p_x_given_class / self.p_x).T

    @property
    def entropy(self) -> float:
        """H(x) in nats."""
        return entropy(self.p_x)

    @property
    def mutual_information(self) -> float:
        r"""I(x; z\*) in nats."""
        return mutual_information(self.p_class, self.p_x_given_class)


@cache
def toy_source() -> ToySource:
    r"""Return the toy source, with Delta solved to 1e-12.

    Source: Alemi et al. (2018), arXiv:1711.00464, section 4 and appendix E.

    Examples
    --------
    >>> source = toy_source()
    >>> f"{source.delta:.9f} {source.entropy:.9f}"
    '3.336527359 3.217788332'
    >>> f"{source.mutual_information:.9f}"
    '0.500000000'
    """
    delta = brentq(lambda d: _binned(d).mutual_information - INFORMATION, 1.0, 6.0, xtol=1e-13)
    return _binned(delta)


def optimal_toy_model(codes: int = BINS) -> Model:
    r"""Return the hand-made model of Figure 2a: R = I = 0.5 nats, excess 0.

    The code is a draw from p(z\*|x). With more than two codes the first 70% of
    them stand for class 0 and the rest for class 1, each as likely as the
    others of its class.

    Source: Alemi et al. (2018), arXiv:1711.00464, figure 2a.

    Parameters
    ----------
    codes : how many values the code has, at least 2

    Raises
    ------
    ValueError
        where there are fewer.

    Examples
    --------
    >>> model = optimal_toy_model()
    >>> f"R = {model.rate:.6f}, I = {model.mutual_information:.6f}"
    'R = 0.500000, I = 0.500000'
    >>> f"{model.excess:.9f}"
    '0.000000000'
    """
    source = toy_source()
    codes = check_count("codes", codes, low=2)
    zeros = min(max(round(CLASS_MASS[0] * codes), 1), codes - 1)
    encoder = np.repeat(source.posterior / (zeros, codes - zeros), (zeros, codes - zeros), axis=1)
    return Model.from_encoder(source.p_x, encoder)


@dataclass(frozen=True, repr=False)
class Recovery(Shown):
    r"""How much of the hidden class z\* a code tells, with no training on it.

    Parameters
    ----------
    information : I(z; z\*) in nats. A draw from p(z\*|x) has 0.378110 on the
        toy source
    class0_mass : p_e-mass of the codes whose likelier class is 0; 0.7 is right
    bayes_agreement : probability that the likelier class given the code is the
        likelier given x

    Examples
    --------
    A code that keeps the class alone tells all there is to know of it.

    >>> found = recovery(optimal_toy_model(), toy_source().posterior)
    >>> found.information < toy_source().mutual_information
    True
    """

    information: float
    class0_mass: float
    bayes_agreement: float


def recovery(model: Model, posterior: npt.ArrayLike) -> Recovery:
    r"""Measure how a code recovers a class with posterior p(z\*|x), (X, 2).

    The class is hidden; nothing is trained on it. A code of equal odds counts
    as class 0.

    Parameters
    ----------
    model : whose code it is
    posterior : (X, 2) p(z\*|x), rows sum to one, as of `toy_source`

    Raises
    ------
    ValueError
        where `posterior` is not a conditional distribution on the model's
        source.

    Examples
    --------
    >>> found = recovery(optimal_toy_model(), toy_source().posterior)
    >>> f"{found.information:.6f} {found.class0_mass:.6f}"
    '0.378110 0.700000'
    >>> f"{found.bayes_agreement:.3f}"
    '0.957'
    """
    posterior = check_conditional("posterior", posterior, shape=(model.p_x.size, 2))
    given_code = model.conditional @ posterior
    class_of_code = given_code.argmax(axis=1)
    agree = posterior.argmax(axis=1)[:, None] == class_of_code
    return Recovery(
        information=expected_divergence(model.aggregate, given_code, model.aggregate @ given_code),
        class0_mass=float(model.aggregate[class_of_code == 0].sum()),
        bayes_agreement=float(model.joint[agree].sum()),
    )


def _binned(delta: float) -> ToySource:
    edges = np.linspace(-REACH, REACH, BINS + 1)[1:-1]
    means = np.array([[-delta / 2], [delta / 2]])
    below = np.hstack([np.zeros((2, 1)), ndtr(edges - means), np.ones((2, 1))])
    given_class = np.diff(below, axis=1)
    p_class = np.array(CLASS_MASS)
    p_x = p_class @ given_class
    for shared in (p_x, p_class, given_class):
        shared.flags.writeable = False
    return ToySource(delta, p_x, p_class, given_class)
