"""A curve in Python is a run at each of its slopes, and stays at it whatever is done with it."""

import numpy as np
import pytest
import torch

import rdneural as rn

ROWS = np.eye(4)[np.arange(200) % 4][:, None]
FEW = {
    "codes": 16, "bound_images": 2, "bound_codes": 2, "frontier_images": 8, "frontier_codes": 8,
}  # fmt: skip


@pytest.fixture(scope="module")
def curve(tmp_path_factory):
    place = tmp_path_factory.mktemp("door") / "curve"
    return rn.curve(ROWS, betas=[0.3, 1.0], preset="tiny", epochs=8, refine=2, out=place)


def test_a_slope_is_kept_by_copies_and_by_what_is_asked_of_it(curve, tmp_path):
    run = curve.at(0.3)
    assert run.slope == 0.3
    assert rn.load(curve.place).slope == 1.0
    for copy in (run.save(tmp_path / "copy"), run.export(tmp_path / "small")):
        assert copy.slope == copy.final_beta == 0.3
    asked = run.information(**FEW)["final_beta"]
    assert asked == rn.information(run, **FEW)["final_beta"] == 0.3
    assert rn.information(curve.place, beta=0.7, **FEW)["final_beta"] == 0.7


def test_a_slope_has_what_was_measured_at_it_and_no_more(curve):
    points = {point["beta"]: point for point in curve.result["points"]}
    run = curve.at(0.3)
    assert run.finished
    assert run.elbo.value == points[0.3]["test"]["elbo"]
    with pytest.raises(ValueError, match=r"must have measured train at beta 0\.3, got none"):
        run.train  # noqa: B018
    assert "\ntest " not in repr(curve.at(0.5))
    with pytest.raises(ValueError, match=r"beta must be in \[0\.05, 20\], got 30"):
        curve.at(30)
    with pytest.raises(ValueError, match=r"must have samples\.npz to be plotted"):
        run.plot("samples")


def test_refined_codes_need_no_gradient_and_are_those_of_each_image_alone(curve):
    run = curve.at(0.3)
    codes = run.encode(ROWS[:20, 0])
    with torch.inference_mode():
        assert np.array_equal(run.encode(ROWS[:20, 0]), codes)
    one = np.concatenate([run.encode(ROWS[k : k + 1, 0]) for k in range(20)])
    np.testing.assert_allclose(one, codes, rtol=0, atol=1e-5)
