"""Strategies of what is drawn by strata."""

from hypothesis import strategies as st

from tests.strategies import pmfs

seeds = st.integers(0, 2**32)
values_of = st.floats(-3.0, 3.0)


@st.composite
def draws(draw, masses=None):
    """Triples of a source, of which the ends may have no mass, a number of pairs and a seed."""
    size = draw(st.integers(1, 6))
    p_x = draw(pmfs(size) if masses is None else pmfs(size, masses))
    return p_x, draw(st.integers(1, 20)), draw(seeds)
