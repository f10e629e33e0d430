"""Wsevens of eight bits: how far they move, what is kept of them, what is left alone."""

import zlib

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rdneural.training.checkpoints import Checkpoint
from rdneural.training.rounding import LEVELS, SMALL, STEP, WHOLE, rounded, unrounded, weights_in


@given(
    seed=st.integers(0, 2**32 - 1), rows=st.integers(1, 20), power=st.floats(-30, 30),
    rest=st.sampled_from([(SMALL,), (SMALL, 1, 1), (32, 3, 3)]),
)  # fmt: skip
def test_no_weight_moves_by_more_than_half_a_step_of_its_row(seed, rows, power, rest):
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn((rows, *rest), generator=generator) * 10.0**power
    weight[0] = 0.0  # a row of zeros has no step
    kept = rounded({"w": weight})
    step = kept.tensors[STEP].float()
    whole = np.frombuffer(zlib.decompress(kept.tensors[WHOLE].numpy().tobytes()), np.int8)
    assert np.abs(whole.astype(int)).max() <= LEVELS
    assert step == pytest.approx(weight.flatten(1).abs().amax(1) / LEVELS, rel=2**-8)
    moved = (unrounded(kept)["w"] - weight).flatten(1).abs()
    assert bool((moved <= 0.5 * step[:, None] * (1 + 1e-5)).all())
    assert torch.equal(unrounded(rounded(unrounded(kept)))["w"], unrounded(kept)["w"])


def test_biases_small_weights_and_counts_stay_as_they_are():
    weights = {
        "bias": torch.randn(1000), "small": torch.randn(5, 5), "spread": torch.tensor(0.3),
        "count": torch.arange(600).view(2, 300), "double": torch.randn(20, 20).double(),
        "mask": torch.full((20, 20), -torch.inf).triu(1),
    }  # fmt: skip
    found = unrounded(rounded(weights))
    assert found.keys() == weights.keys()
    assert all(torch.equal(found[name], weight) for name, weight in weights.items())


def test_a_checkpoint_is_for_its_best_weights_its_average_or_rounded_ones():
    weights = {name: torch.randn(3) for name in ("best", "average", "plain")}
    tensors = {f"{name}/w": weight for name, weight in weights.items()}
    for name in ("best", "average", "plain"):
        assert torch.equal(weights_in(Checkpoint(tensors, {}))["w"], weights[name])
        del tensors[f"{name}/w"]
