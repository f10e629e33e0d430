"""The steps of a training as they are made: a bar in a terminal, a line for who asks elsewhere."""

import time
from collections.abc import Sequence

from tqdm.auto import tqdm

from rdneural.training.learner import Learner
from rdneural.training.options import LoopOptions
from rdtheory.notebook import in_notebook
from rdtheory.words import decimal, duration

EVERY = 10
"""Steps after which the means of the terms are worked out again."""


class ShownSteps:
    """Counts steps on a bar; where there is none, `options.tell` is called with a line."""

    def __init__(self, learner: Learner, options: LoopOptions) -> None:
        self.options, self.steps = options, learner.plan.steps
        self.first, self.begun = learner.progress.step, time.perf_counter()
        hidden = False if in_notebook() else None  # None: shown in a terminal alone
        self.bar = tqdm(
            total=self.steps, initial=self.first, unit="step", smoothing=0.05,
            disable=hidden if options.bar else True,
        )  # fmt: skip
        options.tell("" if not self.bar.disable else "making the first step")

    def step(self, learners: Sequence[Learner]) -> None:
        """Count a step, with the means of the terms of all learners now and then."""
        self.bar.update()
        made = learners[0].progress.step if learners else 0
        if made % EVERY or not learners:
            return
        sums = map(sum, zip(*(one.progress.sums for one in learners), strict=True))
        rates, distortions, _, steps = sums
        r, d = rates / steps, distortions / steps
        if not self.bar.disable:
            said = f"R {decimal(r)} D {decimal(d)} R+D {decimal(r + d)}"
            self.bar.set_postfix_str(said, refresh=False)
            return
        seconds = (time.perf_counter() - self.begun) / (made - self.first)
        self.options.tell(
            f"step {made:,} of {self.steps:,}, R {decimal(r)}, D {decimal(d)}, "
            f"R + D {decimal(r + d)}, "
            f"{duration(seconds * (self.steps - made))} of training left"
        )

    def close(self) -> None:
        """Leave the bar as it is."""
        self.bar.close()
