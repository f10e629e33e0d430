"""The experiment as a library call: its names, its numbers and what it stores."""

import numpy as np
import pytest

from rdtheory import Search, toy_source
from rdtheory.experiments.toy import WAYS, run_recovery, run_toy, spread


def test_a_bad_target_is_refused_before_any_work():
    shares = []
    with pytest.raises(ValueError, match="target_rate must be in"):
        run_toy(4.0, progress=shares.append)
    assert shares == []


def test_stored_arrays_rebuild_every_model_and_progress_adds_up_to_one():
    shares = []
    experiment = run_toy(0.5, options=Search(restarts=1), progress=shares.append)
    assert sum(shares) == pytest.approx(1.0)
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
