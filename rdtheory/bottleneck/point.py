"""What a search for a code returns, at a slope, at a rate or of a relevance."""

import math
from dataclasses import dataclass

from rdtheory.checks import Array
from rdtheory.shown import Shown


class Coded(Shown):
    """A code T of X at a slope: its owner has `beta` and the encoder q(t|x), (n, t)."""

    beta: float
    encoder: Array

    @property
    def codes(self) -> int:
        """How many values T has."""
        return int(self.encoder.shape[1])

    @property
    def tishby_beta(self) -> float:
        """The slope as Tishby et al. have it: 1 / `beta`.

        They minimise I(X; T) - beta I(T; Y) (arXiv:physics/0004057).
        """
        return 1.0 / self.beta if self.beta > 0.0 else math.inf


@dataclass(frozen=True, eq=False, repr=False)
class Bottleneck(Coded):
    """The best code found at one slope; informations in nats.

    Parameters
    ----------
    beta : slope dI(T; Y) / dI(X; T), 1 over the beta of Tishby et al.
    rate, relevance : I(X; T) and I(T; Y)
    value : H(Y|T) + beta (H(T) - alpha H(T|X)), which is H(Y|T) + beta I(X; T)
        at alpha = 1
    bound : a lower bound on the value of every code, whatever its size
    encoder : (n, t) q(t|x); a letter x of no mass gets the code's marginal
    starts, agreeing : random descents made, and those that ended within the
        tolerance of the best value (none where all got stuck above the code
        that keeps nothing, which is always compared)
    alike : whether all of those descents were at one code after a single round,
        so that their agreement says nothing
    proved : whether no code of as many values is better: at beta = 0 or alpha =
        0, by `hard_codes`
    iterations : of all descents together
    stationarity : largest change of q(t|x) in one more round of the
        self-consistent equations
    converged : whether that is within the tolerance
    entropy : H(T)
    alpha : 1 for the bottleneck, 0 for the deterministic one

    Examples
    --------
    >>> from rdtheory.bottleneck import bottleneck
    >>> point = bottleneck([[0.45, 0.05], [0.05, 0.45]], 0.5)
    >>> point.encoder.shape, point.gap < 1e-7, 1 / point.tishby_beta
    ((2, 2), True, 0.5)
    """

    beta: float
    rate: float
    relevance: float
    value: float
    bound: float
    encoder: Array
    starts: int
    agreeing: int
    iterations: int
    stationarity: float
    converged: bool
    alike: bool = False
    proved: bool = False
    entropy: float = math.nan
    alpha: float = 1.0

    @property
    def gap(self) -> float:
        """How far the value can be above the optimum at most, in nats."""
        return max(0.0, self.value - self.bound)

    @property
    def claim(self) -> str:
        """What may be said of the result."""
        if self.proved:
            least = f"a larger one is at most {self.gap:.2g} nats below"
            return f"no code of as many values is better; {least}"
        found = f"best of {self.starts} starts, {self.agreeing} of which agree"
        if self.agreeing == 0:
            found = f"better than all of {self.starts} starts, from a hard code or another slope"
        elif self.alike and self.starts > 1:
            found = f"best of {self.starts} starts, which a single round makes one"
        return f"{found}; at most {self.gap:.2g} nats above the optimum"


@dataclass(frozen=True, eq=False, repr=False)
class BottleneckTarget(Coded):
    """The best code found at a rate or a relevance, and the bounds; in nats.

    Parameters
    ----------
    rate, relevance : I(X; T) and I(T; Y) of the code
    relevance_bound : no code of that rate, whatever its size, has a greater
        relevance
    rate_bound : no code of that relevance has a lower rate
    beta : slope of the chord between the two codes that it shares its time
        between
    encoder : (n, t) q(t|x), of which the first values are those of one of them
    points : the codes at all slopes that were solved, in that order

    Examples
    --------
    >>> from rdtheory.bottleneck import bottleneck_rate
    >>> found = bottleneck_rate([[0.45, 0.05], [0.05, 0.45]], 0.3)
    >>> f"{found.rate:.4f} {found.relevance:.4f}"
    '0.3000 0.1834'
    >>> 0.0 <= found.relevance_bound - found.relevance < 1e-6
    True
    """

    rate: float
    relevance: float
    relevance_bound: float
    rate_bound: float
    beta: float
    encoder: Array
    points: tuple[Bottleneck, ...] = ()

    @property
    def gap(self) -> float:
        """How much relevance a code of that rate can have more at most, in nats."""
        return max(0.0, self.relevance_bound - self.relevance)
