"""Own images that stay grey: trained by another likelihood, and told where D is differential."""

import numpy as np
import pytest
import torch
from torch import distributions as d
from torch import nn

import rdneural as rn
from rdneural.records.sizes import Sizes

TINY = {"preset": "tiny", "precision": "float32", "pictures": 2, "epochs": 1, "batch": 20}


def _grey():
    return np.random.default_rng(0).integers(0, 5, size=(100, 3, 4)) / 4


@pytest.mark.parametrize("likelihood", ["categorical:5", "logistic:5"])
def test_grey_images_keep_their_levels(likelihood, tmp_path):
    run = rn.train(
        _grey(), "-+-", beta=1.0, likelihood=likelihood, out=tmp_path / "run", name="grey", **TINY
    )
    assert run.result["data"].startswith("grey (levels:5, ")
    assert {float(value) for value in np.unique(run.sample(6))} <= {0.0, 0.25, 0.5, 0.75, 1.0}
    assert run.measure(_grey()).images == 100
    assert run.distortion.value < 3 * 4 * np.log(5) * 1.5  # at equal chances log 5 a pixel
    assert "differential" not in repr(run)
    assert rn.train(out=run.place, resume=True, epochs=2).settings.likelihood == likelihood


class Bell(nn.Module):
    """A decoder of Gaussian pixels."""

    def __init__(self, sizes: Sizes) -> None:
        super().__init__()
        self.shape = sizes.shape
        self.layer = nn.Linear(sizes.dim, sizes.pixels)

    def forward(self, z):
        mean = self.layer(z).view(-1, *self.shape)
        return d.Independent(d.Normal(mean, torch.full_like(mean, 0.01)), 2)


def test_densities_are_told(tmp_path):
    ours = rn.train(_grey(), beta=1.0, likelihood="normal", out=tmp_path / "ours", **TINY)
    own = rn.train(
        _grey(), beta=1.0, likelihood="normal", decoder=Bell, out=tmp_path / "own", **TINY
    )
    for run in (ours, own):
        assert "D is differential, may be negative" in run.result["warning"]
        assert run.model.differential


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"likelihood": "gauss"}, "likelihood must be bernoulli, categorical:L, logistic:L or"),
        ({"likelihood": "logistic:5", "binarise": "sample"}, "binarise goes with bernoulli pixels"),
        ({"likelihood": "logistic:5", "model": "split:2"}, "bernoulli for split:2"),
        ({"binarise": "levels:5"}, "with bernoulli pixels, got 'levels:5'"),
    ],
)
def test_what_does_not_go_together_is_one_line(given, said):
    with pytest.raises(ValueError, match=said):
        rn.train(_grey(), beta=1.0, preset="tiny", **given)


def test_published_images_are_binary():
    with pytest.raises(ValueError, match="binarise goes with own images, got levels:5"):
        rn.train("bars:4x4", beta=1.0, preset="tiny", likelihood="logistic:5")
