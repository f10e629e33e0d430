"""Whether two sweeps found the same."""

import csv

import numpy as np

from rdneural.records.layout import RUNS, TABLE
from rdneural.records.table import TIMES, read_table


def lines(path, *, without):
    """Return the lines of a CSV file as texts by column, without some columns."""
    with path.open(newline="") as stream:
        return [
            {k: v for k, v in row.items() if k not in without} for row in csv.DictReader(stream)
        ]


def _arrays(path):
    with np.load(path) as stored:
        return {name: stored[name].tolist() for name in stored}


def assert_same(place, other, plan):
    """Assert that two sweeps found and left the same, but for what a clock says."""
    assert lines(place / TABLE, without=TIMES) == lines(other / TABLE, without=TIMES)
    assert len(read_table(place)) == len(plan)
    for run in plan:
        one, two = place / RUNS / run.name, other / RUNS / run.name
        histories = [lines(d / "history.csv", without=["seconds"]) for d in (one, two)]
        assert histories[0] == histories[1]
        assert _arrays(one / "samples.npz") == _arrays(two / "samples.npz")
        # nothing lies about that was being written when a process was killed
        assert {path.name for path in one.iterdir()} == {path.name for path in two.iterdir()}
