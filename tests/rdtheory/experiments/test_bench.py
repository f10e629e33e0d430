"""The benchmark: who is timed, how gaps are judged, what is extrapolated. Nothing here is timed."""

import json
import math
from functools import partial

import pytest

from rdtheory import certify, solve_slope
from rdtheory.experiments import continuous_bench
from rdtheory.experiments.bench import PROBLEMS, run_bench
from rdtheory.experiments.flow import noisy_samples
from rdtheory.solver.convex_program import solve_convex_program
from rdtheory.sources.channels import bec
from rdtheory.sources.textbook import bernoulli, gaussian, laplace, uniform

SMALL = [(bernoulli(0.3), 0.5), (uniform(12), 4.0)]


@pytest.fixture(scope="module")
def rows():
    return run_bench(SMALL, budget=0.2)


def test_every_solver_is_timed_on_every_problem(rows):
    solvers = {row["solver"] for row in rows}
    assert solvers >= {"rdtheory", "interior point", "Blahut-Arimoto, tuned", "cvxpy, Clarabel"}
    assert len(rows) == len(SMALL) * len(solvers)


def test_ours_and_the_interior_point_reach_what_they_are_asked(rows):
    judged = [row for row in rows if row["solver"] in ("rdtheory", "interior point")]
    assert max(row["gap"] for row in judged) <= 1e-9


def test_ratios_are_times_over_ours(rows):
    ours = {row["problem"]: row["seconds"] for row in rows if row["solver"] == "rdtheory"}
    for row in rows:
        assert row["ratio"] == pytest.approx(row["seconds"] / ours[row["problem"]])


def test_only_what_missed_its_gap_is_extrapolated(rows):
    assert all(row["gap"] > row["asked"] for row in rows if row["extrapolated"])


@pytest.mark.parametrize(
    ("source", "beta"), [(gaussian(60), 0.5), (laplace(50), 0.2), (uniform(40), 4.0)]
)
def test_the_convex_program_and_the_solver_agree_to_the_sum_of_their_gaps(source, beta):
    ours = solve_slope(source.p_x, source.distortion, beta)
    theirs = solve_convex_program(source.p_x, source.distortion, beta)
    rounding = 1e-12
    assert theirs.bound - rounding <= ours.value
    assert ours.bound - rounding <= theirs.value
    assert abs(ours.value - theirs.value) <= beta * ours.gap + theirs.value - theirs.bound + 1e-9


@pytest.mark.parametrize(("source", "beta"), PROBLEMS)
def test_the_shipped_problems_are_solved_by_the_shipped_judge(source, beta):
    point = solve_slope(source.p_x, source.distortion, beta)
    assert certify(source.p_x, source.distortion, beta, point.marginal).gap <= 1e-9


def test_the_command_prints_a_row_for_each_and_writes_them(run, tmp_path, monkeypatch):
    monkeypatch.setattr("rdtheory.experiments.bench.run_bench", partial(run_bench, SMALL[:1]))
    monkeypatch.setattr("rdtheory.experiments.capacity_bench.bench_channels", lambda: [bec(0.3)])
    few = noisy_samples(2, 0.1, 120, seed=0)
    monkeypatch.setattr(
        continuous_bench, "bench_letters", lambda: (continuous_bench.NAME, few, 0.1)
    )
    result = run("bench", "exact", "--budget", 0.05, "--out", tmp_path)
    assert result.exit_code == 0, result.stderr
    found = json.loads((tmp_path / "bench.json").read_text())
    problems = {row["problem"] for row in found["timings"]}
    assert problems == {SMALL[0][0].name, "bec:0.3", continuous_bench.NAME}
    assert len(result.stdout.strip().splitlines()) == 2 + len(found["timings"])
    assert all(math.isfinite(row["seconds"]) for row in found["timings"])


def test_a_budget_of_nothing_is_refused(run, tmp_path):
    result = run("bench", "exact", "--budget", 0, "--out", tmp_path)
    assert result.exit_code == 2
    assert "budget must be a finite number of at least 0.001, got 0" in result.stderr
