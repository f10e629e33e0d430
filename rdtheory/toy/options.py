"""How a fit searches."""

from dataclasses import dataclass

from rdtheory.checks import check_choice, check_count, check_number


@dataclass(frozen=True)
class Search:
    """How to search; the defaults are what the measurements in the README favour.

    Parameters
    ----------
    restarts : independent starts; restart k depends on `seed` and k alone
    seed : of the starts
    rounds : cap on the L-BFGS rounds
    gap : nats above the certified bound at which a restart stops
    attempts : how often a trained restart that stays above `gap` may begin
        again from new numbers
    start : "trained" (small random parameters, the gradient phase, then L-BFGS
        kept near), "small" (the same parameters, L-BFGS at once), "ordered"
        (code i begins at position i, as sharp as the rate asks; L-BFGS at
        once), or "auto": trained up to a rate of 1 nat, ordered above
    scale : standard deviation of the random part of a start
    steps, learning_rate : of the gradient phase

    Examples
    --------
    >>> Search(restarts=4, seed=1).restarts
    4
    """

    restarts: int = 24
    seed: int = 0
    rounds: int = 24
    gap: float = 1e-6
    attempts: int = 4
    start: str = "auto"
    scale: float = 0.01
    steps: int = 2000
    learning_rate: float = 0.01

    def __post_init__(self) -> None:
        check_count("restarts", self.restarts)
        check_count("seed", self.seed, low=0)
        check_count("rounds", self.rounds)
        check_number("gap", self.gap, low=0.0)
        check_count("attempts", self.attempts)
        check_choice("start", self.start, ("auto", "trained", "small", "ordered"))
        check_number("scale", self.scale, low=0.0)
        check_count("steps", self.steps)
        check_number("learning_rate", self.learning_rate, low=0.0)
