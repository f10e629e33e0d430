"""Nothing that the solvers return is false, by an independent judge in 40 digits.

`python -m tests.make.random_problems 20000` tries as many as one likes.
"""

import numpy as np
import pytest

from rdtheory.solver.slope import solve_slope
from tests.make.random_problems import Judge, Random, draw, faults


@pytest.mark.parametrize("first", range(0, 300, 50))
def test_nothing_that_is_returned_for_random_problems_is_false(first):
    found = {seed: faults(draw(seed)) for seed in range(first, first + 50)}
    assert {seed: lines for seed, lines in found.items() if lines} == {}


def test_a_false_point_is_found_by_the_judge(monkeypatch):
    """The judge is not blind: a rate that is 1e-8 too small, an offset that eats the digits."""
    problem = Random(np.array([0.3, 0.7]), np.array([[0.0, 1.0], [1.0, 0.0]]), 0.5, (0.4, 0.4))
    assert faults(problem) == []
    from dataclasses import replace

    from tests.make import random_problems

    monkeypatch.setattr(
        random_problems, "solve_slope",
        lambda *asked: replace(point := solve_slope(*asked), rate=point.rate - 1e-8),
    )  # fmt: skip
    assert any("below the least" in line for line in faults(problem, curve=False))
    with random_problems.mpmath.workdps(random_problems.DIGITS):
        judge = Judge(problem.p_x, problem.distortion + 1e8)
        assert judge.base == 1e8


def test_a_target_whose_slope_is_hardly_known_is_met():
    assert faults(draw(501046)) == []  # a slope beyond it was 0, or above all floats
