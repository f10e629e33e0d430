"""The benchmark of channels: who is timed and how gaps are judged. Nothing here is timed."""

import pytest

from rdtheory.experiments.capacity_bench import (
    bench_channels,
    run_capacity_bench,
    tuned_blahut_arimoto_capacity,
)
from rdtheory.sources.channels import bec, gaussian_channel
from tests.make.theory_inputs import judge_input


@pytest.fixture(scope="module")
def rows():
    return run_capacity_bench([bec(0.3), gaussian_channel(2, inputs=31, outputs=60)], budget=0.2)


def test_every_solver_is_timed_on_every_channel_and_judged(rows):
    solvers = {"rdtheory", "Blahut-Arimoto, ours", "Blahut-Arimoto, tuned", "cvxpy, Clarabel"}
    assert {row["solver"] for row in rows} == solvers
    assert len(rows) == 2 * len(solvers)
    assert max(row["gap"] for row in rows if row["solver"] == "rdtheory") <= 1e-9
    assert all(row["beta"] is None for row in rows)


def test_ratios_are_times_over_ours_and_only_what_missed_its_gap_is_extrapolated(rows):
    ours = {row["problem"]: row["seconds"] for row in rows if row["solver"] == "rdtheory"}
    for row in rows:
        assert row["ratio"] == pytest.approx(row["seconds"] / ours[row["problem"]])
    assert all(row["gap"] > row["asked"] for row in rows if row["extrapolated"])


@pytest.mark.parametrize("gap", [1e-3, 1e-5])
def test_the_tuned_rival_reaches_its_gap_and_brings_letters_back(gap):
    for channel in (gaussian_channel(2.0, inputs=31, outputs=60), bec(0.3)):
        found = tuned_blahut_arimoto_capacity(channel.rows, gap, 60.0)
        reached, bound, _ = judge_input(channel.rows, found)
        assert bound - reached <= gap * (1 + 1e-6)


def test_the_shipped_channels_are_large():
    random, gaussian = bench_channels()
    assert random.rows.shape == (300, 300)
    assert gaussian.rows.shape[0] == 1000
