"""What is found of a model from elsewhere when more than R and D is asked for: numbers in nats."""

from dataclasses import dataclass, field
from typing import Any

from rdneural.measures.estimates import Estimate, flat
from rdneural.theory.evaluation import Evaluation
from rdneural.theory.position import Position


def shown(number: Estimate) -> str:
    """Return a number with its error.

    Examples
    --------
    >>> shown(Estimate(12.3456, 0.05))
    '12.346 +- 0.050'
    """
    return f"{number.value:.3f} +- {number.se:.3f}"


@dataclass(frozen=True)
class InformationBounds:
    """What codes tell about images: bounds of I_e, in nats.

    Attributes
    ----------
    images, codes
        N, and the codes that were drawn.
    ceiling
        log N, above which `lower` and `empirical` cannot be.
    empirical
        I_e of the N images, each as likely as the others: exact but for the codes.
    lower
        of the population: InfoNCE with the conditional known.
    upper
        of the population: the same with the image itself left out.
    rate
        R, an upper bound as well.
    """

    images: int
    codes: int
    ceiling: float
    empirical: Estimate
    lower: Estimate
    upper: Estimate
    rate: Estimate

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as JSON has them."""
        return flat(self)

    def __str__(self) -> str:
        return (
            f"I_e >= {shown(self.lower)} (at most log {self.images} = {self.ceiling:.3f}), "
            f"I_e <= {shown(self.upper)} and <= R = {shown(self.rate)}"
        )


@dataclass(frozen=True)
class CodeLength:
    """The importance-weighted bound of -log p(x) with K codes, in nats.

    Attributes
    ----------
    images, codes
        on which it was measured, and K.
    saved
        what it is below R + D on these images.
    nats
        R + D of all measured images less `saved`: an upper bound, which falls with K. Where pixels
        have probabilities it is one of H, too, and called Ĥ.
    entropy_minus_distortion
        Ĥ - D = R - `saved`: an *estimate* and no bound of the lower bound H - D on I_e, since Ĥ is
        no more than the best code length known.
    discrete
        False where H is differential.
    """

    images: int
    codes: int
    saved: Estimate
    nats: Estimate
    entropy_minus_distortion: Estimate
    discrete: bool

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as JSON has them."""
        return flat(self)

    def __str__(self) -> str:
        entropy = "Ĥ" if self.discrete else "Ĥ (differential)"
        return (
            f"-log p(x) <= {shown(self.nats)} with {self.codes} codes each; {entropy} - D = "
            f"{shown(self.entropy_minus_distortion)}, an estimate"
        )


@dataclass(frozen=True)
class BestForDecoder:
    """The least D + beta R of a decoder on N images and M codes, and what the model's parts cost.

    Attributes
    ----------
    beta, images, codes
        the slope, N and M.
    value, rate, distortion
        the least D + beta R over all encoders and marginals on these codes, and where it is.
    gap
        `value` is certified to be at most this above the least.
    halving
        what it rises by with every other code left out: how much the choice of codes matters.
    codes_used
        codes that carry mass.
    own
        the model's own D + beta R on the same images.
    encoder_cost
        `own` less what the best encoder for decoder and marginal reaches (an importance-weighted
        bound, so that it is an estimate from below).
    marginal_cost
        what the best marginal would save on top.
    held_out
        D + beta R of other images with the marginal found, or None where there were none: the
        least is of these N images alone.
    """

    beta: float
    images: int
    codes: int
    value: float
    rate: float
    distortion: float
    gap: float
    halving: float
    codes_used: int
    own: Estimate
    encoder_cost: Estimate
    marginal_cost: Estimate
    held_out: Estimate | None = field(default=None)

    @property
    def encoder_and_marginal_cost(self) -> Estimate:
        """What encoder and marginal cost together: `own` less the least."""
        return self.own - Estimate(self.value)

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as JSON has them."""
        held_out = {} if self.held_out is None else self.held_out.as_dict("held_out")
        return {name: value for name, value in flat(self).items() if name != "held_out"} | held_out

    def __str__(self) -> str:
        held_out = ""
        if self.held_out is not None:
            held_out = f"; with the marginal found other images have {shown(self.held_out)}"
        return (
            f"D + {self.beta:g} R = {shown(self.own)}; the least for this decoder on "
            f"{self.images} images and {self.codes} codes is {self.value:.3f}: encoder "
            f"{shown(self.encoder_cost)}, marginal {shown(self.marginal_cost)}{held_out}"
        )


@dataclass(frozen=True)
class Verdict:
    """A model held against a source that is known exactly.

    Attributes
    ----------
    said
        "holds", or "broken: " and the reason.
    source
        its name.
    evaluation
        H, R, D, I_e and how R + D - H splits into the gaps of marginal and decoder.
    position
        what encoder, marginal and decoder cost at the slope.
    """

    said: str
    source: str
    evaluation: Evaluation
    position: Position

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return self.said == "holds"

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers as JSON has them."""
        costs = {"beta": self.position.beta}
        for name in ("encoder_cost", "marginal_cost", "decoder_cost"):
            costs |= getattr(self.position, name).as_dict(name)
        return {"verdict": self.said, "source": self.source, **flat(self.evaluation), **costs}

    def __str__(self) -> str:
        found = self.evaluation
        return (
            f"{self.said}; {self.source}: H = {found.entropy:.3f}, R + D - H = "
            f"{shown(found.excess)} = marginal {shown(found.marginal_gap)} + decoder "
            f"{shown(found.decoder_gap)}"
        )
