"""The `bottleneck` command as a library call: search a named joint, return plain numbers."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from rdtheory.bottleneck.bottleneck import bottleneck, bottleneck_curve
from rdtheory.bottleneck.critical import direction, enclosed_first_beta, local_beta
from rdtheory.bottleneck.curve import MORE, InformationCurve, information_curve
from rdtheory.bottleneck.point import Bottleneck, BottleneckTarget
from rdtheory.bottleneck.problem import Problem
from rdtheory.bottleneck.targets import bottleneck_rate, bottleneck_relevance
from rdtheory.checks import Array
from rdtheory.information import entropy
from rdtheory.sources.joints import Joint

CODES = 16
"""Values that T may have, unless told otherwise."""

HARD = 8
"""Hard codes that are looked for, of 2 values, of 3, and so on."""

NUMBERS = 4_000_000
"""Most numbers of encoders in a file of results, some 80 MB."""


def run_bottleneck(
    joint: Joint,
    *,
    betas: Sequence[float] | None = None,
    rate: float | None = None,
    relevance: float | None = None,
    alpha: float = 1.0,
    codes: int | None = None,
    starts: int = 8,
    slopes: int = 40,
    encoder: bool = False,
    seed: int = 0,
    progress: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """Look for codes at slopes, at a rate, of a relevance, or, with none of them, at all rates.

    Parameters
    ----------
    joint : p(x, y)
    betas : slopes dI(T; Y) / dI(X; T), 1 over the literature's beta
    rate, relevance : nats, one of them at most, at alpha = 1
    alpha : in [0, 1]; 1 for the bottleneck, 0 for the deterministic one
    codes : most values of T, `CODES` by default
    starts, seed : as of `bottleneck`
    slopes : how many at first, of a whole curve
    encoder : whether the file keeps q(t|x) of every point
    progress : called with the share of the work newly done

    Returns
    -------
    What the command writes, in nats: `joint`, `letters` (x, y) with their names, `entropy_x`,
    `entropy_y`, `information`; `critical_beta`, `first_beta` and
    `contraction`; `points` by rising rate, each with `beta`, `tishby_beta` (None at beta = 0),
    `rate`, `relevance`, `entropy`, `value`, `bound`, `gap`, `codes`, `masses` p(t), `places` (of
    the values of T, the mean of the f(Y) that X tells most of), `starts`, `agreeing`, `proved`,
    `converged`; `splits` and `width` of a whole curve; `beside`, its points where alpha is not 1;
    `target` with its bounds; `hard`, the best maps of X with 2, 3, ... values; `encoder`, q(t|x),
    of a lone point or a target, or with `encoder` in every point; `alpha`; `codes`, the most that T
    may have; `distinct`, how many x have a p(y|x) of their own; `seconds_solve`.

    Raises
    ------
    ValueError
        where a number is out of its range, or more than one of slopes, rate and relevance is given.

    Examples
    --------
    >>> from rdtheory.sources.joints import symmetric_pair
    >>> found = run_bottleneck(symmetric_pair(0.1), rate=0.3)
    >>> abs(found["target"]["relevance"] - 0.183369) < 1e-6, found["target"]["gap"] < 1e-6
    (True, True)
    """
    asked = {"betas": betas, "rate": rate, "relevance": relevance}
    names = [name for name, value in asked.items() if value is not None]
    if len(names) > 1:
        raise ValueError(f"one of betas, rate and relevance must be given, got {', '.join(names)}")
    if alpha != 1.0 and names in (["rate"], ["relevance"]):
        raise ValueError(f"alpha must be 1 with a {names[0]}, got {alpha:g}")
    begun = time.perf_counter()
    problem = Problem(joint.table, CODES if codes is None else codes, alpha=alpha)
    count = slopes + 1 + MORE if betas is None else len(betas)
    if encoder and len(joint.table) * problem.codes * count > NUMBERS:
        most = max(1, NUMBERS // (len(joint.table) * count))
        raise ValueError(f"codes must be at most {most} to keep encoders, got {problem.codes}")
    options: dict[str, Any] = {"codes": problem.codes, "starts": starts, "seed": seed}
    found: dict[str, Any] = {"width": None, "splits": [], "beside": [], "target": None}
    if rate is not None or relevance is not None:
        if rate is not None:
            target = bottleneck_rate(joint.table, rate, **options)
        else:
            target = bottleneck_relevance(joint.table, relevance or 0.0, **options)
        points = list(target.points)
        found |= {"target": _of_target(target, names[0]), "encoder": target.encoder.tolist()}
        _tell(progress, 0.9)
    elif betas is not None:
        points = bottleneck_curve(joint.table, list(betas), alpha=alpha, **options)
        found |= {"encoder": points[0].encoder.tolist()} if len(points) == 1 else {}
        _tell(progress, 0.9)
    else:
        curve = information_curve(
            joint.table, slopes=slopes, progress=lambda share: _tell(progress, 0.8 * share),
            **options,
        )  # fmt: skip
        points = list(curve.points)
        found |= _of_curve(curve)
        if alpha != 1.0:
            found["beside"] = [_as_dict(point, problem) for point in points]
            given = [point.beta for point in points]
            points = bottleneck_curve(joint.table, given, alpha=alpha, **options)
        _tell(progress, 0.1)
    points.sort(key=lambda point: (point.rate, -point.beta))
    hard = _hard(joint.table, problem.codes, seed)
    _tell(progress, 0.1)
    if "first_beta" not in found:
        found["first_beta"] = list(enclosed_first_beta(problem))
    return {
        "joint": joint.name,
        "letters": {"x": list(joint.x_letters), "y": list(joint.y_letters)},
        "entropy_x": entropy(joint.table.sum(axis=1)),
        "entropy_y": problem.entropy_y,
        "information": problem.information,
        "critical_beta": local_beta(problem),
        "contraction": problem.contraction,
        "alpha": alpha,
        "codes": problem.codes,
        "distinct": problem.p_x.size,
        "points": [_as_dict(point, problem, encoder=encoder) for point in points],
        "hard": hard,
        **found,
        "seconds_solve": time.perf_counter() - begun,
    }


def _tell(progress: Callable[[float], None] | None, share: float) -> None:
    if progress:
        progress(share)


def _of_curve(curve: InformationCurve) -> dict[str, Any]:
    return {
        "width": curve.width,
        "splits": [vars(split) for split in curve.splits],
        "first_beta": list(curve.first),
    }


def _of_target(target: BottleneckTarget, axis: str) -> dict[str, Any]:
    return {
        "axis": axis,
        "rate": target.rate,
        "relevance": target.relevance,
        "relevance_bound": target.relevance_bound,
        "rate_bound": target.rate_bound,
        "gap": target.gap,
        **_slopes(target.beta),
        "codes": target.codes,
    }


def _slopes(beta: float) -> dict[str, float | None]:
    return {"beta": beta, "tishby_beta": 1.0 / beta if beta > 0.0 else None}


def _as_dict(point: Bottleneck, problem: Problem, *, encoder: bool = False) -> dict[str, Any]:
    reduced = problem.reduced(point.encoder)
    masses = problem.p_x @ reduced
    decoder = (problem.p_x[:, None] * reduced).T @ problem.conditional / masses[:, None]
    return {
        **_slopes(point.beta),
        "rate": point.rate,
        "relevance": point.relevance,
        "entropy": point.entropy,
        "value": point.value,
        "bound": point.bound,
        "gap": point.gap,
        "codes": point.codes,
        "masses": masses.tolist(),
        "places": places_of(decoder, problem).tolist(),
        "starts": point.starts,
        "agreeing": point.agreeing,
        "proved": point.proved,
        "converged": point.converged,
        **({"encoder": point.encoder.tolist()} if encoder else {}),
    }


def places_of(decoder: Array, problem: Problem) -> Array:
    """Return a number for each p(y|t): p(1|t) of a bit, else the mean of what X tells most of."""
    return decoder[:, 1] if problem.p_y.size == 2 else decoder @ direction(problem)


def _hard(joint: Array, most: int, seed: int) -> list[dict[str, Any]]:
    """Return the best maps of X with 2, 3, ... values, as far as more values tell more."""
    found: list[dict[str, Any]] = []
    for codes in range(2, min(most, HARD) + 1):
        code = bottleneck(joint, 0.0, codes=codes, starts=1, seed=seed)
        if code.codes < codes:
            break
        one = {"codes": codes, "rate": code.rate, "relevance": code.relevance}
        found.append(one | {"proved": code.proved})
    return found
