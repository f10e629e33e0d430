"""What training minimises: D + beta R with beta given, annealed, with free bits, or found.

An objective turns the mean rate and distortion of a batch into a loss, and learns from the rate
that it saw. Its state is a few numbers, so that it travels in a checkpoint.
"""

import math
from typing import Protocol

from torch import Tensor

LOG_TWO = math.log(2.0)
BOUND = math.log(1e3)
"""Multipliers are held within a thousandth and a thousand."""
MEMORY = 100
"""Steps over which the slope that training ends with is averaged, about."""


class Objective(Protocol):
    """What the training loop asks of an objective."""

    @property
    def beta(self) -> float:
        """The weight of the rate at this step."""
        ...

    @property
    def slope(self) -> float:
        """The slope of D + beta R that training ended with."""
        ...

    @property
    def exact_rate(self) -> float | None:
        """The rate that the kept model is to have exactly; None where none is asked for."""
        ...

    def loss(self, rate: Tensor, distortion: Tensor) -> Tensor:
        """Return the loss of a batch's mean rate and distortion."""
        ...

    def update(self, rate: float) -> None:
        """Learn from the rate of the step that was made."""
        ...

    def state(self) -> dict[str, float]:
        """Return what has to be kept to go on."""
        ...

    def restore(self, state: dict[str, float]) -> None:
        """Go on from a kept state."""
        ...


class FixedBeta:
    """D + beta max(R, free_bits), where beta rises from 0 to its end over the first steps.

    Annealing is that of Bowman et al. (2016), free bits that of Kingma et al. (2016) with the whole
    code as one group, since only the whole rate is defined for every encoder and marginal.

    Parameters
    ----------
    end
        beta once annealing is over.
    anneal_steps
        steps over which beta rises linearly; 0 for none.
    free_bits
        rate in nats below which a smaller one gains nothing.
    """

    def __init__(self, end: float, *, anneal_steps: int = 0, free_bits: float = 0.0) -> None:
        self.end, self.anneal_steps, self.free_bits = end, anneal_steps, free_bits
        self.step = 0

    @property
    def beta(self) -> float:
        """The slope at this step."""
        if self.step >= self.anneal_steps:
            return self.end
        return self.end * self.step / self.anneal_steps

    @property
    def slope(self) -> float:
        """The slope at this step."""
        return self.beta

    @property
    def exact_rate(self) -> None:
        """None is asked for."""

    def loss(self, rate: Tensor, distortion: Tensor) -> Tensor:
        """Return D + beta max(R, free_bits)."""
        if self.free_bits:
            rate = rate.clamp_min(self.free_bits)
        return distortion + self.beta * rate

    def update(self, rate: float) -> None:
        """Count the step."""
        self.step += 1

    def state(self) -> dict[str, float]:
        """Return the count of steps."""
        return {"step": self.step}

    def restore(self, state: dict[str, float]) -> None:
        """Go on from a kept count."""
        self.step = int(state["step"])


class RatePenalty:
    """D + weight |R - target|: the paper's objective on the toy model (section 5.1).

    A weight above the frontier's slope is needed; along D = H - R the paper's weight of 1 leaves
    every rate above the target as good.

    Its gradient is that of D + w R with w the weight above the target and minus the weight below.
    Where training stands still, the mean of w is the slope -dD/dR: at most the weight, and below 0
    where the rate never came up to the target.
    """

    def __init__(self, target: float, weight: float) -> None:
        self.target, self.weight = target, weight
        self.mean_sign, self.steps = 0.0, 0

    @property
    def beta(self) -> float:
        """The weight of the penalty."""
        return self.weight

    @property
    def slope(self) -> float:
        """The weight of the rate, averaged over the last hundred or so steps."""
        return self.weight * self.mean_sign

    @property
    def exact_rate(self) -> None:
        """A penalty only draws the rate near its target."""

    def loss(self, rate: Tensor, distortion: Tensor) -> Tensor:
        """Return D + weight |R - target|."""
        return distortion + self.weight * (rate - self.target).abs()

    def update(self, rate: float) -> None:
        """Note on which side of the target the rate is."""
        self.steps += 1
        share = max(1 / self.steps, 1 / MEMORY)  # of all steps, while they are few
        self.mean_sign += share * (math.copysign(1.0, rate - self.target) - self.mean_sign)

    def state(self) -> dict[str, float]:
        """Return the mean of the sides, and of how many steps it is."""
        return {"mean_sign": self.mean_sign, "steps": self.steps}

    def restore(self, state: dict[str, float]) -> None:
        """Go on from a kept mean; earlier checkpoints have none."""
        self.mean_sign = state.get("mean_sign", 0.0)
        self.steps = int(state.get("steps", MEMORY if "mean_sign" in state else 0))


class TargetRate:
    """Minimise D subject to R = target: an augmented Lagrangian with a multiplier.

    The loss is D + beta R with

        beta = lambda exp(p),    log lambda <- log lambda + p / patience,
        p = stiffness log(smoothed R / target), held to [-log 2, log 2].

    So beta is at once raised while the rate is above the target, and the multiplier lambda follows
    until nothing more is needed; it waits while p is at its bound and the rate will soon be there,
    so as not to overshoot. Then lambda is the slope -dD/dR of the frontier that the family reaches
    there. (The gradient of an augmented Lagrangian lambda (R - t) + rho/2 (R - t)^2 is that of
    beta R with beta = lambda + rho (R - t); ours is its form for a multiplier that is positive. In
    the language of control it is a proportional-integral controller of log beta.)

    Parameters
    ----------
    target
        rate in nats, above 0.
    start
        the multiplier's first value. It is below 1, since a powerful decoder that has once learnt
        to do without the code is slow to take it up again.
    stiffness
        how strongly beta answers a relative error of the rate.
    patience
        steps in which the multiplier takes over what the error asks for.
    memory
        steps over which the rate is averaged.

    Examples
    --------
    >>> objective = TargetRate(10.0)
    >>> for _ in range(100):
    ...     objective.update(rate=12.0)
    >>> objective.beta > objective.slope > 0.5
    True
    """

    def __init__(
        self,
        target: float,
        *,
        start: float = 0.5,
        stiffness: float = 3.0,
        patience: float = 60.0,
        memory: float = 20.0,
    ) -> None:
        self.target, self.stiffness, self.patience = target, stiffness, patience
        self.keep = math.exp(-1.0 / memory)
        self.log_multiplier = self.mean_log_multiplier = math.log(start)
        self.steps = 0
        self.smoothed = self.slower = target

    @property
    def push(self) -> float:
        """What the last rates add to the logarithm of beta."""
        asked = self.stiffness * math.log(max(self.smoothed, 1e-6) / self.target)
        return min(LOG_TWO, max(-LOG_TWO, asked))

    @property
    def beta(self) -> float:
        """The weight of the rate at this step."""
        return math.exp(self.log_multiplier + self.push)

    @property
    def slope(self) -> float:
        """The multiplier, averaged over the last hundred or so steps: the frontier's slope."""
        return math.exp(self.mean_log_multiplier)

    @property
    def exact_rate(self) -> float:
        """The target."""
        return self.target

    def loss(self, rate: Tensor, distortion: Tensor) -> Tensor:
        """Return D + beta R."""
        return distortion + self.beta * rate

    def update(self, rate: float) -> None:
        """Move the multiplier by what the rate of the last batch says."""
        self.smoothed += (1 - self.keep) * (rate - self.smoothed)
        self.slower += (1 - self.keep) / 5 * (rate - self.slower)
        gone, to_go = self.smoothed - self.slower, self.target - self.smoothed
        soon = gone * to_go > 0 and abs(gone) > 0.25 * abs(to_go)  # in some 300 steps
        if not (soon and abs(self.push) == LOG_TWO):  # else it would overshoot
            moved = self.log_multiplier + self.push / self.patience
            self.log_multiplier = min(BOUND, max(-BOUND, moved))
        self.steps += 1
        share = max(1 / self.steps, 1 / MEMORY)  # of all steps, while they are few
        self.mean_log_multiplier += share * (self.log_multiplier - self.mean_log_multiplier)

    def state(self) -> dict[str, float]:
        """Return multiplier and averages."""
        return {
            "log_multiplier": self.log_multiplier,
            "mean_log_multiplier": self.mean_log_multiplier,
            "smoothed": self.smoothed,
            "slower": self.slower,
            "steps": self.steps,
        }

    def restore(self, state: dict[str, float]) -> None:
        """Go on from a kept state."""
        self.log_multiplier = state["log_multiplier"]
        self.mean_log_multiplier = state["mean_log_multiplier"]
        self.smoothed, self.slower = state["smoothed"], state["slower"]
        self.steps = int(state.get("steps", MEMORY))
