r"""The information bottleneck: what a code of X can keep about Y, by the best of many descents.

For a joint p(x, y) and a slope beta the problem is, over encoders q(t|x),

    L(beta) = min  H(Y|T) + beta I(X; T),   T - X - Y,   beta = -dH(Y|T) / dI(X; T),

a rate-distortion problem whose distortion, -log p(y|t), depends on the code. The literature's
beta, that of min I(X; T) - beta I(T; Y), is 1 / ours. Given marginal r(t) and decoder d(y|t) the
best encoder is q(t|x) ~ r(t) exp(-KL(p(y|x) || d(y|t)) / beta), given an encoder the best r and d
are its own, and no step of this alternation raises the value. Where nothing moves the
self-consistent equations hold.

With alpha in [0, 1] the rate is H(T) - alpha H(T|X): 1 is the bottleneck, 0 the deterministic one,
which is best for a code that is a map of X, and q(t|x) ~ (r(t) exp(-KL / beta))^(1 / alpha).

The problem is not convex in q, so a result is the best of some starts; what is certain beside it is
the lower bound of `rdtheory.bottleneck.bound`.

Sources: Tishby, Pereira, Bialek (1999, arXiv:physics/0004057), theorems 4 and 5; Strouse and
Schwab, "The deterministic information bottleneck" (2017, arXiv:1604.00268), equations 13 to 18;
Varadhan and Roland (2008), scheme S3, for the leaps.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from rdtheory.bottleneck.point import Bottleneck
from rdtheory.bottleneck.pool import TRACKS, Pool, shaken
from rdtheory.bottleneck.problem import Problem
from rdtheory.checks import Array, check_array, check_count, check_number


def bottleneck(
    joint: npt.ArrayLike,
    beta: float | None = None,
    *,
    tishby_beta: float | None = None,
    alpha: float = 1.0,
    codes: int | None = None,
    starts: int = 20,
    seed: int = 0,
    tolerance: float = 1e-6,
    max_iterations: int = 20_000,
    normalise: bool = False,
) -> Bottleneck:
    r"""Look for the code of least H(Y|T) + beta (H(T) - alpha H(T|X)).

    It is looked for from many starts.

    Sources: Tishby, Pereira and Bialek (1999), arXiv:physics/0004057, theorems
    4 and 5; Strouse and Schwab (2017), arXiv:1604.00268, equations 13 to 18,
    for alpha.

    Parameters
    ----------
    joint : (n, m) p(x, y), zeros allowed
    beta : slope, at least 0; from 1 on the best code keeps nothing
    tishby_beta : 1 / beta, above 0, in its place: the beta of min I(X; T) -
        beta I(T; Y)
    alpha : in [0, 1]; 1 for H(Y|T) + beta I(X; T), 0 for a code that is a map
        of X
    codes : most codes that T may have; at most n are used, as more never help
        (Caratheodory)
    starts : start 0 gives every letter its own code, start k is drawn from
        `seed` and k alone. Beside them descents begin at hard codes
        (`hard_codes`), which at beta = 0 or alpha = 0 are the best where that
        is proved, and come from smaller and from larger slopes.
    tolerance : on q(t|x) for stopping, and in nats for agreeing
    max_iterations : cap of each descent; a `RuntimeWarning` tells where the
        best one met it
    normalise : whether the joint may be counts, which are divided by their sum

    Raises
    ------
    ValueError
        where `joint` is no distribution, a number is out of its range, or not
        one beta is given.

    Examples
    --------
    A fair bit seen through a channel that flips one in ten; the best code flips
    a share v of its own, and the enclosure shows that no code does better.

    >>> found = bottleneck([[0.45, 0.05], [0.05, 0.45]], 0.5)
    >>> bool(0.0 < found.relevance < found.rate), found.gap < 1e-7
    (True, True)
    >>> same = bottleneck([[9, 1], [1, 9]], tishby_beta=2.0, normalise=True)
    >>> same.value == found.value
    True

    A map of X costs H(T); no code of any size has a lower value than this one:

    >>> found = bottleneck([[0.2, 0.1], [0.1, 0.2], [0.0, 0.4]], 0.1, alpha=0.0)
    >>> found.encoder.tolist(), found.proved, found.gap
    ([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]], True, 0.0)
    """
    problem = Problem(joint, codes, tolerance, max_iterations, alpha=alpha, normalise=normalise)
    (beta,) = slopes_of("beta", beta, "tishby_beta", tishby_beta)
    first = problem.starts(check_count("starts", starts), check_count("seed", seed, low=0))
    pool = Pool(problem, beta)
    pool.search(first, seed)
    return pool.result()


def bottleneck_curve(
    joint: npt.ArrayLike,
    betas: npt.ArrayLike | None = None,
    *,
    tishby_betas: npt.ArrayLike | None = None,
    alpha: float = 1.0,
    codes: int | None = None,
    starts: int = 20,
    seed: int = 0,
    tolerance: float = 1e-6,
    max_iterations: int = 20_000,
    normalise: bool = False,
) -> list[Bottleneck]:
    r"""Look for the best code at every slope; neighbours help each other.

    At every slope it searches as `bottleneck` does. A few codes are also
    tracked up from the least slope and down from the largest, where they begin
    as one and are shaken a little to let them split. Then every slope is tried
    from the best codes of its two neighbours until that improves none.

    Parameters, errors: as in `bottleneck`, with `betas` (k,) or `tishby_betas`
    (k,). Results are in their order. `information_curve` chooses the slopes
    itself.

    Source: Tishby, Pereira and Bialek (1999), arXiv:physics/0004057.

    Examples
    --------
    >>> curve = bottleneck_curve([[0.45, 0.05], [0.05, 0.45]], [0.3, 0.6, 0.7])
    >>> [round(point.rate, 3) for point in curve]  # critical_beta is 0.64
    [0.672, 0.208, 0.0]
    """
    problem = Problem(joint, codes, tolerance, max_iterations, alpha=alpha, normalise=normalise)
    slopes = slopes_of("betas", betas, "tishby_betas", tishby_betas)
    first = problem.starts(check_count("starts", starts), check_count("seed", seed, low=0))
    order = np.argsort(slopes, kind="stable")
    pools = searched(problem, [slopes[k] for k in order], first, seed)
    helped(pools)
    results = [pool.result() for pool in pools]
    return [results[k] for k in np.argsort(order)]


def slopes_of(
    name: str, betas: npt.ArrayLike | None, other: str, tishby_betas: npt.ArrayLike | None
) -> list[float]:
    """Return the slopes that are given, in one convention or the other; `name` is what ours is."""
    if (betas is None) == (tishby_betas is None):
        got = "none" if betas is None else "both"
        raise ValueError(f"one of {name} and {other} must be given, got {got}")
    many = name.endswith("s")
    given, named = (betas, name) if tishby_betas is None else (tishby_betas, other)
    numbers = check_array(named, given, ndim=1) if many else [given]  # type: ignore[arg-type]
    found = []
    for k, number in enumerate(numbers):
        one = f"{named}[{k}]" if many else named
        if tishby_betas is None:
            found.append(check_number(one, number, low=0.0))
        else:
            rule = "a finite number of at least 1e-300"
            found.append(1.0 / check_number(one, number, low=1e-300, rule=rule))
    return found


def searched(
    problem: Problem,
    slopes: list[float],
    first: Array,
    seed: int,
    *,
    alone: bool = True,
    progress: Callable[[float], None] | None = None,
) -> list[Pool]:
    """Return pools at slopes, which rise, each searched and with codes tracked through all.

    `alone` is as of `Pool.search`.
    """
    random = np.random.default_rng([seed, 1])
    pools = [Pool(problem, slope) for slope in slopes]
    tracks = first[:TRACKS]
    for pool in pools:
        pool.search(first, seed, alone=alone)
        tracks, _ = pool.descend(tracks)
        if progress:
            progress(1.0 / len(pools))
    tracks = np.full_like(tracks, 1.0 / tracks.shape[2])
    for pool in reversed(pools):
        tracks, _ = pool.descend(shaken(tracks, random))
    return pools


def helped(pools: list[Pool]) -> None:
    """Try every slope from the best codes of its two neighbours until that improves none."""
    changed = set(range(len(pools)))
    while changed:  # ends, as every change takes more than the tolerance off a value
        before, changed = changed, set()
        for k, pool in enumerate(pools):
            neighbours = [pools[j].best for j in (k - 1, k + 1) if j in before]
            value = pool.value
            if neighbours:
                pool.descend(np.array(neighbours))
            if pool.value < value - pool.problem.tolerance:
                changed.add(k)
