"""Validations in a third of the time, for tests of what is done with them."""

from functools import partial

import pytest

from rdneural.theory import position, verdict
from rdneural.theory.mass import total_mass


def light_validation(context: pytest.MonkeyPatch) -> None:
    """Let few codes tell what a model's parts cost, and a quarter of the samples its mass."""
    context.setattr(position, "PAIRS", {False: 2**12, True: 2**11})
    context.setattr(position, "CODES_EACH", 8)
    context.setattr(verdict, "total_mass", partial(total_mass, samples=1024))
