"""Rate-distortion problems that several tests solve."""

from functools import cache

import numpy as np

from rdtheory.sources.textbook import named_source


@cache
def problem(name: str):
    """Return p_x and the distortion of a named source, or of `random:NxM`, drawn once."""
    if name.startswith("random:"):
        n, m = (int(number) for number in name.removeprefix("random:").split("x"))
        generator = np.random.default_rng(n + m)
        return generator.dirichlet(np.ones(n)), generator.random((n, m))
    source = named_source(name)
    return source.p_x, source.distortion
