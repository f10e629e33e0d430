"""Likelihoods of pixels by name, and how many levels a pixel has."""

BERNOULLI = "bernoulli"

KINDS = (BERNOULLI, "categorical", "logistic", "normal")
"""Of zeros and ones; of L levels by a logit each, or by a logistic in bins; a density."""

FULL = 256
"""Levels where none are said: those of a byte."""


def check_likelihood(name: str) -> str:
    """Return the name of a likelihood; `ValueError` where there is no such.

    Examples
    --------
    >>> check_likelihood("logistic:16"), check_likelihood("categorical")
    ('logistic:16', 'categorical')
    >>> check_likelihood("logistic:1")
    Traceback (most recent call last):
    ValueError: likelihood must have from 2 to 256 levels, got 'logistic:1'
    """
    kind, colon, levels = name.partition(":") if isinstance(name, str) else ("", "", "")
    if kind not in KINDS or (colon and kind not in ("categorical", "logistic")):
        raise ValueError(
            f"likelihood must be bernoulli, categorical:L, logistic:L or normal, got {name!r}"
        )
    if colon and not (levels.isdecimal() and 2 <= int(levels) <= FULL):
        raise ValueError(f"likelihood must have from 2 to {FULL} levels, got {name!r}")
    return name


def levels_of(name: str) -> int:
    """Return how many values a pixel has under a likelihood.

    Examples
    --------
    >>> levels_of("bernoulli"), levels_of("logistic:16"), levels_of("normal")
    (2, 16, 256)
    """
    kind, colon, levels = check_likelihood(name).partition(":")
    if kind == BERNOULLI:
        return 2
    return int(levels) if colon else FULL


def is_density(name: str) -> bool:
    """Return whether a likelihood is a density: D is then differential, and may be negative."""
    return name == "normal"
