"""Errors of an evaluation are those of evaluating again; seeds, and what is left alone.

Statistical tests fix their seed and allow four standard errors.
"""

import math

import numpy as np
import pytest
import torch

from rdneural.measures.estimates import Estimate
from rdneural.theory.evaluation import evaluate
from rdtheory.sources.images import bars_and_stripes
from tests.make.models import (
    line_model,
    lively,
)
from tests.tolerances import STANDARD_ERRORS

NUMBERS = (
    "rate", "distortion", "excess", "lagrangian", "mutual_information", "marginal_gap",
    "decoder_gap", "gaps",
)  # fmt: skip


def test_errors_shrink_with_the_root_of_the_samples():
    line = line_model()
    few, many = (evaluate(line.neural, line.source, samples=n) for n in (2048, 8 * 4096))
    for name in NUMBERS:
        # a standard error from n = 1024 pairs is itself off by sqrt(kurtosis / n) / 2 or so: 10%
        # at a kurtosis of 40
        ratio = getattr(few, name).se / getattr(many, name).se
        assert ratio == pytest.approx(4.0, rel=0.3), name


@pytest.fixture(scope="module")
def repeated():
    """Return a model on a line, and what 150 seeds find of it."""
    line = line_model(scale=0.6)
    return line, [evaluate(line.neural, line.source, samples=256, seed=seed) for seed in range(150)]


def test_errors_are_those_of_repeated_evaluations(repeated):
    line, found = repeated
    repeats, truth = len(found), line.truth(1.0)
    for name, value in truth.items():
        off = np.array([(getattr(f, name) - Estimate(value)).in_errors for f in found])
        assert abs(off.mean()) <= STANDARD_ERRORS / math.sqrt(repeats), name
        # the mean of squares of normals, and a little for errors that are estimates themselves
        assert (off**2).mean() == pytest.approx(
            1.0, abs=STANDARD_ERRORS * math.sqrt(2 / repeats) + 0.1
        ), name


def test_the_two_sets_of_codes_are_independent(repeated):
    _, found = repeated
    pairs = np.array([(one.excess.value, one.gaps.value) for one in found])
    assert abs(np.corrcoef(pairs.T)[0, 1]) <= STANDARD_ERRORS / math.sqrt(len(found))


@pytest.mark.parametrize("family", ["---", "++v"])
def test_a_seed_reproduces_and_another_one_differs(family):
    model, source = lively(family), bars_and_stripes(4)
    first, again, other = (evaluate(model, source, samples=64, seed=s) for s in (5, 5, 6))
    assert first == again
    for name in NUMBERS:
        assert getattr(first, name) != getattr(other, name), name


def test_torch_s_generator_and_the_model_are_left_alone():
    model = lively("++v").train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    torch.manual_seed(7)
    state = torch.get_rng_state()
    evaluate(model, bars_and_stripes(4), samples=64)
    assert torch.equal(torch.get_rng_state(), state)
    assert model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert {p.dtype for p in model.parameters()} == {torch.float32}
