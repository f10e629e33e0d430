"""Costs against the alphabet: what is timed where, by which certificate. Nothing is timed."""

import pytest

from rdtheory.experiments import scale
from rdtheory.experiments.scale import ATOMS, COORDINATES, RIVAL, TABLE, run_scale


def test_each_way_goes_as_far_as_it_fits_and_meets_its_gap(monkeypatch):
    monkeypatch.setattr(scale, "WITH_TABLE", 200)
    monkeypatch.setattr(scale, "WITHOUT_TABLE", 400)
    rows = run_scale(largest=1000, budget=0.02, gap=1e-7)["timings"]
    assert {(row["letters"], row["solver"]) for row in rows} == {
        (100, TABLE), (100, RIVAL), (100, COORDINATES), (316, COORDINATES),
        (100, ATOMS), (316, ATOMS), (1000, ATOMS),
    }  # fmt: skip
    assert all(row["gap"] <= 1e-7 or row["solver"] == RIVAL for row in rows)
    assert all(row["problem"] == f"gaussian:{row['letters']}" for row in rows)
    assert not any(row["extrapolated"] for row in rows if row["solver"] != RIVAL)


def test_it_asks_for_at_least_a_hundred_letters():
    with pytest.raises(ValueError, match="largest must be"):
        run_scale(largest=99)
