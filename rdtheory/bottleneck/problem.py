"""A joint distribution, checked and reduced, and what an encoder of its letters keeps."""

from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.special import entr

from rdtheory.bottleneck.contraction import contraction
from rdtheory.checks import Array, check_count, check_joint, check_number, normalised
from rdtheory.information import expected_divergence

SAME_LETTER = 12  # decimals to which p(y|x) must agree for letters x to be one
MERGED = 1e-11  # nats that merging two codes may cost
MIXED = 0.01  # of the uniform code in every start, so that none begins with an infinite divergence


class Problem:
    """The checked problem with the letters of no mass left out and those of equal p(y|x) joined."""

    def __init__(
        self,
        joint: npt.ArrayLike,
        codes: int | None = None,
        tolerance: float = 0.0,
        max_iterations: int = 1,
        *,
        alpha: float = 1.0,
        normalise: bool = False,
    ) -> None:
        table = check_joint("joint", normalised("joint", joint) if normalise else joint)
        self.alpha = check_number("alpha", alpha, low=0.0, high=1.0)
        self.tolerance = check_number("tolerance", tolerance, low=0.0)
        self.max_iterations = check_count("max_iterations", max_iterations)
        self.seen = table.sum(axis=1) > 1e-300  # a lesser mass has too few digits to divide by
        table = table[self.seen]
        table = table[:, table.sum(axis=0) > 0]
        rounded = (table / table.sum(axis=1, keepdims=True)).round(SAME_LETTER)
        letters, self.letter = np.unique(rounded, axis=0, return_inverse=True)
        p_xy = np.zeros(letters.shape)
        np.add.at(p_xy, self.letter, table)
        self.p_x = p_xy.sum(axis=1)
        self.conditional = p_xy / self.p_x[:, None]
        self.p_y = self.p_x @ self.conditional
        most = len(letters)
        self.codes = most if codes is None else min(check_count("codes", codes), most)

    @cached_property
    def entropy_y(self) -> float:
        """H(Y)."""
        return float(entr(self.p_y).sum())

    @cached_property
    def information(self) -> float:
        """I(X; Y), which no code exceeds."""
        return expected_divergence(self.p_x, self.conditional, self.p_y)

    @cached_property
    def contraction(self) -> float:
        """What no code's I(T; Y) / I(X; T) exceeds."""
        return contraction(self.conditional)

    def lifted(self, encoder: Array) -> Array:
        """Return q(t|x) of all letters that were given; one of no mass gets the code's marginal."""
        full = np.tile(self.p_x @ encoder, (self.seen.size, 1))
        full[self.seen] = encoder[self.letter]
        full.flags.writeable = False
        return full

    def reduced(self, encoder: Array) -> Array:
        """Return q(t|x) of the letters that are left, of which all with one p(y|x) have one row."""
        found = np.empty((self.p_x.size, encoder.shape[1]))
        found[self.letter] = encoder[self.seen]
        return found

    def starts(self, count: int, seed: int) -> Array:
        """Return encoders (count, n, codes): letters in order, then random ones, hard and soft."""
        letters = self.p_x.size
        found = [np.eye(self.codes)[np.arange(letters) * self.codes // letters]]
        for k, sequence in enumerate(np.random.SeedSequence(seed).spawn(count)[1:]):
            concentration = np.full(self.codes, (0.1, 1.0)[k % 2])
            found.append(np.random.default_rng(sequence).dirichlet(concentration, size=letters))
        return np.array(found) * (1 - MIXED) + MIXED / self.codes


def informations(encoder: Array, problem: Problem) -> tuple[float, float]:
    """Return I(X; T) and I(T; Y) of an encoder whose codes all have mass."""
    p_x, p_t = problem.p_x, problem.p_x @ encoder
    decoder = (p_x[:, None] * encoder).T @ problem.conditional / p_t[:, None]
    relevance = expected_divergence(p_t, decoder, problem.p_y)
    return expected_divergence(p_x, encoder, p_t), relevance


def merged(encoder: Array, problem: Problem, beta: float) -> Array:
    """Join codes (large ones first) where that costs at most MERGED nats, leave out unused ones."""

    def cost(mass: Array) -> Array:  # of codes with masses p(x, t) in the rows: sums to H(Y|T) +
        total = entr(mass.sum(axis=-1))  # beta (H(T) - alpha H(T|X)) less what no code changes
        seen, told = entr(mass @ problem.conditional).sum(axis=-1), entr(mass).sum(axis=-1)
        return np.asarray(seen - total - beta * (problem.alpha * told - total))

    columns = (problem.p_x[:, None] * encoder).T
    columns = columns[np.argsort(-columns.sum(axis=1), kind="stable")]
    kept = columns[:1]
    for column in columns[1:][columns[1:].sum(axis=1) > 0]:
        rise = cost(kept + column) - cost(kept) - cost(column)
        if rise.min() <= MERGED:
            kept[rise.argmin()] += column
        else:
            kept = np.vstack([kept, column])
    return np.ascontiguousarray((kept / kept.sum(axis=0)).T)


def entropy_of(masses: Array) -> float:
    """Return H(T) of the masses of codes."""
    return max(0.0, float(entr(masses).sum()))
