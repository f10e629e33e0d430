"""Moving atoms and their rivals under one judge. Nothing here is timed."""

import numpy as np
import pytest

from rdtheory import solve_continuous
from rdtheory.continuous.newton import Atoms
from rdtheory.experiments import continuous_bench
from rdtheory.experiments.continuous_bench import judged, run_continuous_bench
from rdtheory.experiments.flow import noisy_samples

LETTERS = noisy_samples(2, 0.1, 20, seed=1)


@pytest.fixture(scope="module")
def rows():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(continuous_bench, "bench_letters", lambda: ("few", LETTERS, 0.2))
        patch.setattr(continuous_bench, "PARTICLES", 10)
        return run_continuous_bench(budget=0.05)


def test_ours_reaches_what_it_is_asked_and_the_others_what_they_can(rows):
    assert [row["solver"] for row in rows] == [
        "rdtheory", "gradient flow, 10 particles", "Blahut-Arimoto among letters",
    ]  # fmt: skip
    assert rows[0]["gap"] <= rows[0]["asked"] < min(row["gap"] for row in rows[1:])
    assert not any(row["extrapolated"] for row in rows)


def test_no_atoms_are_judged_nearer_than_they_are():
    p = np.full(len(LETTERS), 1 / len(LETTERS))
    best = solve_continuous(LETTERS, p, 0.2, measure="half_squared", gap=1e-8)
    places = LETTERS[:7]
    far = ((LETTERS[:, None] - places) ** 2).sum(axis=2) / 0.4
    nats = -float(p @ np.log(np.exp(-far).mean(axis=1)))
    gap = judged(LETTERS, 0.2, Atoms(places, np.full(7, 1 / 7)), 1e-6)
    assert nats - best.value / best.beta <= gap + 1e-8
