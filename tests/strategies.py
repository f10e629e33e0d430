"""Hypothesis strategies: distributions and models with zeros and with masses down to 1e-200."""

from functools import cache

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from rdtheory import Model

PROOF = settings(
    derandomize=True,  # the same examples in every run
    deadline=None,  # no timed tests
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
    max_examples=100,
)
"""Settings of every property test."""

ordinary = st.floats(0.01, 1.0)
tiny = st.integers(12, 200).map(lambda k: 10.0**-k)
positive = st.one_of(ordinary, tiny)
plain_mass = st.one_of(ordinary, st.just(0.0))
any_mass = st.one_of(plain_mass, tiny)

bin_counts = st.integers(1, 5)
code_counts = st.integers(1, 4)


COUNT = 2**16
"""Masses of a table, one for each pair of bytes, the simplest first."""


def _table(*parts):
    """Masses of which every part has an equal share."""
    return np.concatenate([np.resize(p, -(-COUNT // len(parts))) for p in parts])[:COUNT]


ORDINARY = np.concatenate([np.resize(np.linspace(1.0, 0.01, 100), 10**4),  # half of them alike
                           np.linspace(1.0, 0.01, 10**4)])  # fmt: skip
TINY = 10.0 ** -np.arange(12.0, 201.0)
TABLES = {
    ordinary: _table(ORDINARY),
    positive: _table(ORDINARY, TINY),
    plain_mass: _table(ORDINARY, [0.0]),
    any_mass: _table(ORDINARY, [0.0], TINY),
}
"""Masses like those of the strategies: drawing bytes, all of a matrix at once, takes a quarter."""


def _drawn(masses, count):
    """Arrays of so many masses."""
    if masses not in TABLES:
        return st.lists(masses, min_size=count, max_size=count).map(np.array)
    table = TABLES[masses]
    return st.binary(min_size=2 * count, max_size=2 * count).map(
        lambda drawn: table[np.frombuffer(drawn, dtype=">u2")]
    )


def _normalised(rows):
    """Divide rows by their sums; one of zeros alone becomes even."""
    rows = np.where(rows.any(axis=-1, keepdims=True), rows, 1.0)
    return rows / rows.sum(axis=-1, keepdims=True)


@cache  # a strategy that is made anew for every example takes longer than the example
def pmfs(size, masses=any_mass):
    """Probability vectors of the given size."""
    return _drawn(masses, size).map(_normalised)


@cache
def conditionals(rows, columns, masses=any_mass):
    """Matrices whose rows are probability vectors."""
    return _drawn(masses, rows * columns).map(
        lambda drawn: _normalised(drawn.reshape(rows, columns))
    )


@st.composite
def channels(draw, bins=bin_counts, codes=code_counts):
    """Pairs of a source (X,) and an encoder (X, Z)."""
    x, z = draw(bins), draw(codes)
    return draw(pmfs(x)), draw(conditionals(x, z))


@st.composite
def models(draw):
    """Complete models; half of them have no zero in marginal and decoder, so finite numbers."""
    p_x, encoder = draw(channels())
    masses = draw(st.sampled_from([any_mass, positive]))
    x, z = encoder.shape
    return Model(p_x, encoder, draw(pmfs(z, masses)), draw(conditionals(z, x, masses)))


completed_models = channels().map(lambda channel: Model.from_encoder(*channel))
"""Models with optimal marginal and decoder."""


@st.composite
def posteriors(draw, model_strategy):
    """Pairs of a model and a hidden class's posterior p(z*|x), (X, 2)."""
    model = draw(model_strategy)
    return model, draw(conditionals(model.p_x.size, 2))
