"""What was asked of a run, and what it got: its target rate, its slope, and whether it diverged."""

from collections.abc import Iterable, Mapping
from math import inf, isclose, log, prod
from typing import Any

from rdneural.records.likelihoods import levels_of
from rdneural.records.names import discrete_of
from rdneural.records.own import Frame, levels_in, words_of
from rdneural.records.settings import RunSettings
from rdneural.records.sizes import SIZES

LEAST_MISS, SHARE_MISSED, ERRORS = 0.1, 0.01, 3.0
"""A target rate is met within so many nats, this share of it, or so many standard errors."""

ABSURD = 10.0
"""A model that is so many times worse than a fair coin for each pixel has diverged."""

LEAST_WEIGHT = 1e-3
"""What a nat of rate weighs at least there: a small beta makes large rates, but not any rate."""

OUTCOME = ("target_met", "target_miss", "diverged")
"""What is said of every run: entries of its result, and columns of the table."""


def target_outcome(target_rate: float | None, rate: float, rate_se: float) -> dict[str, Any]:
    """Return `target_met` and `target_miss`, in nats; None both where no rate was asked for.

    Examples
    --------
    >>> target_outcome(20.0, 20.15, 0.01)["target_met"]  # within 1 %
    True
    >>> target_outcome(2.0, 2.25, 0.05)
    {'target_met': False, 'target_miss': 0.25}
    """
    if target_rate is None:
        return {"target_met": None, "target_miss": None}
    miss = rate - target_rate
    allowed = max(LEAST_MISS, SHARE_MISSED * target_rate, ERRORS * rate_se)
    return {"target_met": bool(abs(miss) <= allowed), "target_miss": miss}


def outcome_of(
    *,
    preset: str | None,
    target_rate: float | None,
    final_beta: float | None,
    rate: float,
    rate_se: float,
    distortion: float,
    frame: str | None = None,
    binarise: str | None = None,
) -> dict[str, Any]:
    """Return `OUTCOME` of a run, given its R and D on test images.

    A run has `diverged` where D + w R is above `ABSURD` times the D of fair coins, which is had for
    R = 0; w is the run's beta, from `LEAST_WEIGHT` to 1. What diverged meets no target. `frame` and
    `binarise` are those of own images, as tables have them.
    """
    weight = min(1.0, max(LEAST_WEIGHT, 1.0 if final_beta is None else final_beta))
    pixels = SIZES[preset].pixels if preset in SIZES else None
    if frame is not None:
        pixels = prod(map(int, frame.split("x")))
    diverged = pixels is not None and distortion + weight * rate > ABSURD * pixels * log(
        levels_in(binarise) or 2
    )
    found = target_outcome(target_rate, rate, rate_se)
    if diverged and target_rate is not None:
        found["target_met"] = False
    return found | {"diverged": diverged}


def outcome_of_result(result: Mapping[str, Any]) -> dict[str, Any]:
    """Return `OUTCOME` of a run's result; those of earlier versions do not say it themselves."""
    found: dict[str, Any] = {
        name: result.get(name) for name in ("preset", "target_rate", "final_beta")
    }
    found |= {name: result["test"][name] for name in ("rate", "rate_se", "distortion")}
    return outcome_of(**found, frame=words_of(result.get("frame")), binarise=result.get("binarise"))


def outcome_of_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return `OUTCOME` of a row of a table; None each where it has no R and D."""
    measured = {name: row[f"test_{name}"] for name in ("rate", "rate_se", "distortion")}
    if None in measured.values():
        return dict.fromkeys(OUTCOME)
    return outcome_of(
        **{name: row[name] for name in ("preset", "target_rate", "final_beta")},
        **measured,
        frame=row.get("frame"),
        binarise=row.get("binarise"),
    )


def slope_reached(found: Mapping[str, Any]) -> float | None:
    """Return the slope that a run ended at where it is not the beta it was asked for, else None.

    A run that is broken off while its beta still rises never had it.
    """
    beta, final = found.get("beta"), found.get("final_beta")
    if beta is None or final is None or isclose(final, beta, rel_tol=1e-6):
        return None
    return float(final)


# -- what can be asked at all ---------------------------------------------------------------------


def most_rate(
    model: str, side: int | Frame, entropy: float | None = None, levels: int = 2
) -> tuple[float, str]:
    """Return the largest rate that is worth anything, in nats, and what cannot hold more.

    No image of side x side pixels holds more than side^2 log 2 nats, none of a source more than its
    `entropy` on average, and no code of K bits more than K log 2. An image that is not square has
    height and width in place of a side, and a grey one of L `levels` has log L in place of log 2.

    Examples
    --------
    >>> most_rate("bits-:8", 28)
    (5.545177444479562, 'codes of 8 bits')
    """
    height, width = (side, side) if isinstance(side, int) else side
    limits = [(height * width * log(levels), f"images of {height}x{width} pixels")]
    found = discrete_of(model)
    if found is not None:
        bits = found.size**2 if found.kind == "coarse" else found.size
        limits.append((bits * log(2), f"codes of {bits} bits"))
    if entropy is not None:
        limits.append((entropy, "images of the source"))
    return min(limits)


def check_target_rate(
    rate: float,
    model: str,
    side: int | Frame,
    entropy: float | None = None,
    *,
    levels: int = 2,
    name: str = "target_rate",
) -> None:
    """Raise `ValueError` where a rate is more than images, or codes, can hold."""
    most, holder = most_rate(model, side, entropy, levels)
    if rate > most:
        raise ValueError(
            f"{name} must be at most {most:.4f} nats, as much as {holder} can hold, got {rate:g}"
        )


def check_target_rates(rates: Iterable[float], settings: RunSettings) -> None:
    """Raise `ValueError` where one of several rates is none, or more than a run's images hold."""
    source = settings.source
    entropy = None if source is None else source.entropy
    for rate in rates:
        if not 0 < rate < inf:
            raise ValueError(f"target_rates must be finite and above 0, got {rate:g}")
        check_target_rate(
            rate, settings.model, settings.sizes.shape, entropy, name="target_rates",
            levels=levels_of(settings.likelihood),
        )  # fmt: skip


def check_attainable(settings: RunSettings) -> None:
    """Raise `ValueError` where no training could give what is asked for.

    This is of what is asked for now; settings that are read back may be anything.
    """
    if settings.target_rate is not None:
        source = settings.source
        check_target_rate(
            settings.target_rate, settings.model, settings.sizes.shape,
            None if source is None else source.entropy, levels=levels_of(settings.likelihood),
        )  # fmt: skip
    if settings.anneal and settings.anneal >= settings.epochs:
        raise ValueError(
            f"anneal must be below the {settings.epochs:g} epochs of the training, which would "
            f"never reach beta {settings.beta:g}, got {settings.anneal:g}"
        )


def of_steps(found: Mapping[str, Any]) -> str:
    """Return how far a run was that was stopped early, or that it was only not measured any more.

    Examples
    --------
    >>> of_steps({"unfinished": {"steps": 1200, "planned_steps": 3900, "trained": False}})
    'unfinished: 1,200 of 3,900 steps'
    """
    made, planned = (found["unfinished"][name] for name in ("steps", "planned_steps"))
    if found["unfinished"]["trained"]:
        return f"trained, not measured: {made:,} of {planned:,} steps, --resume writes its run.json"
    return f"unfinished: {made:,} of {planned:,} steps"
