"""Sweeps of small runs."""

import pytest

from rdneural.records.layout import PULLED, RUNS
from rdneural.runs import run as runs
from rdneural.runs.run import run_training
from rdneural.sweeps.results import steps_behind
from rdneural.training import loop as training
from rdtheory.results import result_head, write_json
from tests.make.runs import stopped

SILENT = {"say": lambda line: None}
PAIR = ["beta-0.5_---_seed-0", "beta-1_---_seed-0"]


def interrupt(run, place, after):
    """Leave what a run leaves that was killed after so many steps."""
    directory = place / RUNS / run.name

    class Killed(BaseException):
        pass

    def train(*given, **how):
        training.train(*given, **stopped(how, after))
        raise Killed

    with pytest.MonkeyPatch.context() as context:
        context.setattr(runs, "train", train)
        with pytest.raises(Killed):
            run_training(run.settings, directory)
    assert steps_behind(directory) == after


def truncate(path):
    path.write_bytes(path.read_bytes()[:-100])


def fill_with_garbage(path):
    path.write_bytes(b"\x07" * 1000)


def pull_rows(place, rows):
    head = result_head("pull", settings={}, seed=0, seconds=0.0)
    write_json(place / PULLED, head | {"rows": rows})
