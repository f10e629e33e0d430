"""Whole curves of the bottleneck; seeds, claims, warnings and wrong input."""

import itertools
import math

import numpy as np
import pytest

from rdtheory.bottleneck import bottleneck, bottleneck_curve, critical_beta
from tests.make.theory_joints import binary_pair, gaussian_pair, random_joint

VALUE = 1e-8
"""Nats: the value is flat at a stationary point inside the simplex, so 1e-6 of q(t|x) leaves 1e-12
over a rate of convergence that is 1e-4 at the slowest here."""

BOUNDARY = 1e-6
"""Nats where the optimum has q(t|x) = 0: the value then rises linearly in what is left there."""

NOISY_SLOPE = 1e-4
"""Nats of rate by which a curve of best-of-N codes may rise with beta: values off by e at two
slopes d apart let it rise by 2 e / d, here e = BOUNDARY and d = 0.05, rounded up."""


@pytest.mark.parametrize("seed", range(3))
def test_curve_falls_and_is_no_worse_than_lone_searches(seed):
    joint = random_joint(seed, (5, 4))
    betas = np.linspace(0.05, 0.7, 14)
    curve = bottleneck_curve(joint, betas[::-1], starts=4)
    assert [point.beta for point in curve] == betas[::-1].tolist()
    curve = curve[::-1]
    for low, high in itertools.pairwise(curve):
        assert high.rate <= low.rate + NOISY_SLOPE
        assert high.relevance <= low.relevance + NOISY_SLOPE
        assert high.value >= low.value - VALUE  # L rises with beta: it is a minimum of such lines
    for point in curve[::4]:
        assert point.value <= bottleneck(joint, point.beta, starts=5).value + BOUNDARY


def test_one_seed_one_result():
    joint = random_joint(5, (5, 4))
    one, two = (bottleneck(joint, 0.1, seed=7) for _ in range(2))
    assert np.array_equal(one.encoder, two.encoder)
    assert (one.value, one.agreeing, one.iterations) == (two.value, two.agreeing, two.iterations)
    left, right = (bottleneck_curve(joint, [0.1, 0.3], seed=7) for _ in range(2))
    assert [p.value for p in left] == [p.value for p in right]


def test_claim_is_best_of_n():
    found = bottleneck(binary_pair(0.1), 0.3, starts=5)
    assert found.claim.startswith("best of 5 starts, 5 of which agree; at most ")
    assert "exact" not in found.claim


def test_a_cap_that_is_hit_warns():
    with pytest.warns(RuntimeWarning, match="max_iterations=4: raise max_iterations"):
        found = bottleneck(gaussian_pair(0.8), 0.3, codes=5, starts=1, max_iterations=4)
    assert not found.converged


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda j: bottleneck([0.5, 0.5], 0.1), r"joint must be a non-empty 2-d array, got shape"),
        (lambda j: bottleneck([[[1.0]]], 0.1), r"joint must be a non-empty 2-d array, got shape"),
        (lambda j: bottleneck([[math.nan, 1.0]], 0.1), r"joint must be finite, got joint\[0, 0\]"),
        (lambda j: bottleneck([[-0.5, 1.5]], 0.1), r"joint must not be .*, got joint\[0, 0\]"),
        (lambda j: bottleneck([[0.5, 0.4]], 0.1), r"joint must sum to 1 within 1e-08"),
        (lambda j: bottleneck(j, -0.1), r"beta must be a finite number of at least 0, got -0\.1"),
        (lambda j: bottleneck(j, math.nan), r"beta must be a finite number of at least 0, got nan"),
        (lambda j: bottleneck(j, math.inf), r"beta must be a finite number of at least 0, got inf"),
        (lambda j: bottleneck(j, 0.1, codes=0), r"codes must be an integer of at least 1, got 0"),
        (lambda j: bottleneck(j, 0.1, starts=0), r"starts must be an integer of at least 1, got 0"),
        (lambda j: bottleneck(j, 0.1, seed=-1), r"seed must be an integer of at least 0, got -1"),
        (lambda j: bottleneck(j, 0.1, tolerance=-1.0), r"tolerance must be a finite number"),
        (lambda j: bottleneck(j, 0.1, max_iterations=0), r"max_iterations must be an integer of"),
        (lambda j: bottleneck_curve(j, []), r"betas must be a non-empty 1-d array"),
        (lambda j: bottleneck_curve(j, [0.1, -0.2]), r"betas\[1\] must be a finite number"),
        (lambda j: bottleneck_curve(j, [0.1, math.nan]), r"betas must be finite, got betas\[1\]"),
        (lambda j: critical_beta([[0.5, 0.4]]), r"joint must sum to 1 within 1e-08"),
    ],
)
def test_wrong_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(binary_pair(0.1))


@pytest.mark.parametrize(
    "call",
    [
        lambda: bottleneck("no table", 0.1),
        lambda: bottleneck(binary_pair(0.1), "0.1"),
        lambda: bottleneck(binary_pair(0.1), 0.1, codes=2.0),
    ],
)
def test_wrong_types_are_type_errors(call):
    with pytest.raises(TypeError, match="must be"):
        call()
