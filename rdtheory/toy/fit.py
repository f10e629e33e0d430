r"""Fit the toy experiment's family to a source: at a slope beta, at a rate, or at a distortion.

Every fit runs many restarts in parallel: small random starts, a gradient phase whose path resembles
the paper's training, then L-BFGS rounds with an augmented Lagrangian. A proximal term keeps the
polish near where training led, because optimal models are not unique and a quasi-Newton method on
its own wanders off among them (`python cli.py recovery` shows it).

Every fit carries a certificate. No model whatever has R + D < H, so the best conceivable value of
an objective lies on the diagonal D = H - R, and `gap` is how far a fit is above it.

Sources: Alemi et al., *Fixing a Broken ELBO* (ICML 2018, arXiv:1711.00464),
equation 6, section 4 and appendix E.
"""

import math
from collections.abc import Callable

import numpy.typing as npt

from rdtheory.checks import Array, check_number
from rdtheory.information import entropy
from rdtheory.toy.family import check_bins
from rdtheory.toy.fitted import Fit, FitResult
from rdtheory.toy.objective import Objective
from rdtheory.toy.options import Search
from rdtheory.toy.restarts import fit_restarts

__all__ = ["Fit", "FitResult", "Search", "fit_beta", "fit_target_distortion", "fit_target_rate"]


def fit_beta(
    p_x: npt.ArrayLike,
    beta: float = 1.0,
    *,
    codes: int = 30,
    options: Search | None = None,
    progress: Callable[[float], None] | None = None,
) -> FitResult:
    r"""Minimise D + beta R over the family; beta = 1 is the ELBO (equation 6).

    Source: Alemi et al. (2018), arXiv:1711.00464, equation 6.

    Parameters
    ----------
    p_x : (X,) source whose bins have an order
    beta : slope, at least 0
    codes : number Z of codes
    options : how to search
    progress : called with the share of the work that is newly done

    Raises
    ------
    ValueError
        where `p_x` is no probability vector or a number is out of its range.

    Examples
    --------
    The ELBO ignores the code of so flexible a decoder: it ends at R = 0, D = H.

    >>> from rdtheory import fit_beta, toy_source, Search
    >>> best = fit_beta(toy_source().p_x, options=Search(restarts=2)).best
    >>> best.model.rate < 0.01, best.gap < 1e-6
    (True, True)
    """
    p_x = check_bins(p_x)
    beta = check_number("beta", beta, low=0.0)
    return fit_restarts(p_x, Objective.slope(beta), codes, options, progress)


def fit_target_rate(
    p_x: npt.ArrayLike,
    target_rate: float,
    *,
    penalty: float | None = None,
    smoothest: bool = False,
    codes: int = 30,
    options: Search | None = None,
    progress: Callable[[float], None] | None = None,
) -> FitResult:
    r"""Minimise D subject to R = target_rate, or D + penalty |R - target_rate|.

    With the paper's penalty of 1 the objective is H - target_rate at *every*
    point of the diagonal with R >= target_rate, and the fit may end at any of
    them; a larger one, or the constraint (the default), has its minimum at the
    target alone.

    Many models reach that minimum. `smoothest` looks among them for the encoder
    of least roughness S: it minimises D + eps S under the constraint and lets
    eps go to 0. Where the source is a mixture of Gaussians of equal variance
    and the target is I(x; z\*), that encoder is p(z\*|x): S is the Fisher
    information of the components, up to a constant, the rate fixes their mean
    entropy, and at given entropy the Gaussian has the least Fisher information.

    Sources: Alemi et al. (2018), arXiv:1711.00464, section 4, for the penalty;
    Stam (1959), doi:10.1016/S0019-9958(59)90348-1, for the Fisher information.

    Parameters
    ----------
    p_x : (X,) source whose bins have an order
    target_rate : nats, in [0, H]
    penalty : weight of the penalty; None for the constraint
    smoothest : choose the smoothest encoder among optimal models
    codes, options, progress : as in `fit_beta`

    Raises
    ------
    ValueError
        where `p_x` is no probability vector or a number is out of its range.

    Examples
    --------
    >>> from rdtheory import fit_target_rate, toy_source, Search
    >>> few = Search(restarts=2)
    >>> best = fit_target_rate(toy_source().p_x, 0.5, options=few).best
    >>> round(best.model.rate, 6), best.model.excess < 1e-6
    (0.5, True)
    """
    p_x = check_bins(p_x)
    target = _check_target("target_rate", target_rate, p_x)
    weight = math.inf if penalty is None else check_number("penalty", penalty, low=0.0)
    objective = Objective.target_rate(target, weight)
    return fit_restarts(p_x, objective, codes, options, progress, smoothest=smoothest)


def fit_target_distortion(
    p_x: npt.ArrayLike,
    target_distortion: float,
    *,
    codes: int = 30,
    options: Search | None = None,
    progress: Callable[[float], None] | None = None,
) -> FitResult:
    r"""Minimise R subject to D = target_distortion, in nats, in [0, H].

    Parameters, errors: as in `fit_target_rate`.

    Source: Alemi et al. (2018), arXiv:1711.00464, section 4, with D in place of
    R.

    Examples
    --------
    >>> from rdtheory import fit_target_distortion, toy_source, Search
    >>> few = Search(restarts=2)
    >>> best = fit_target_distortion(toy_source().p_x, 2.7, options=few).best
    >>> round(best.model.distortion, 6), best.gap < 1e-5
    (2.7, True)
    """
    p_x = check_bins(p_x)
    target = _check_target("target_distortion", target_distortion, p_x)
    return fit_restarts(p_x, Objective.target_distortion(target), codes, options, progress)


def _check_target(name: str, value: float, p_x: Array) -> float:
    high = entropy(p_x)
    return check_number(name, value, low=0.0, high=high, rule="in [0, H = {high}] nats")
