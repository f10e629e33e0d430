"""The experiment as a library call: names, numbers and targets across the whole range of rates."""

import warnings

import numpy as np
import pytest

from rdtheory import Search, toy_source
from rdtheory.experiments.toy import WAYS, run_recovery, run_toy, spread


def test_a_bad_target_is_refused_before_any_work():
    shares = []
    with pytest.raises(ValueError, match="target_rate must be in"):
        run_toy(4.0, progress=shares.append)
    assert shares == []


def test_progress_adds_up_to_one():
    shares = []
    run_toy(0.5, options=Search(restarts=1), progress=shares.append)
    assert sum(shares) == pytest.approx(1.0)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("target", "excess"),
    # what the family allows: see the README's table
    [(0.1, 2e-6), (0.3, 2e-6), (0.6, 2e-6), (1.5, 3e-5), (3.0, 2e-6)],
)
def test_targets_over_the_whole_range_are_met(target, excess):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # at 1.5 the family keeps a gap of 1e-5
        found = run_toy(target).summary()["restarts"]["target"]
    assert len(found) == 24
    assert max(abs(restart["rate"] - target) for restart in found) <= 1e-4
    assert max(restart["excess"] for restart in found) <= excess


def test_stored_arrays_rebuild_every_model():
    experiment = run_toy(0.5, options=Search(restarts=1))
    arrays = experiment.arrays()
    assert np.array_equal(arrays["p_x"], toy_source().p_x)
    for name, model in experiment.models.items():
        assert np.array_equal(arrays[f"{name}_encoder"], model.encoder)


def test_recovery_study_is_reproducible():
    first, second = (run_recovery(0.5, restarts=2, seed=1, ways=WAYS[-2:]) for _ in range(2))
    assert first == second
    assert list(first) == [way.name for way in WAYS[-2:]]


def test_spread_is_median_least_greatest():
    restarts = [{"rate": value} for value in (3.0, 1.0, 2.0)]
    assert spread(restarts, "rate") == (2.0, 1.0, 3.0)
