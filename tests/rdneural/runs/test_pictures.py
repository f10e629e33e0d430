"""Reconstructions and generations of runs."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from rdneural.data import SPLITS, of_run
from rdneural.machine.device import autocast
from rdneural.measures import pictures
from rdneural.measures.images import as_tensor
from rdneural.measures.pictures import MEAN_OF, draw_pictures
from rdneural.measures.rates import measure
from rdneural.measures.splits import measure_splits
from rdneural.runs.again import sample_run
from rdneural.runs.run import run_training
from rdneural.runs.stored import load_model
from rdtheory.results import read_arrays
from tests.make.stored import PICTURES, made_images, refused, run_settings

FLOAT32 = 1e-5
"""Relative; other batch sizes sum the same float32 numbers in another order."""


def is_binary(array):
    return bool(np.isin(array, (0.0, 1.0)).all())


@pytest.mark.parametrize("count", [1, 24, 200])
def test_samples_have_the_promised_shapes_and_values(finished, tmp_path, made, count):
    found = sample_run(finished[0], tmp_path, count=count)
    assert (found["data"], found["warning"]) == ("made", "made: never comparable")
    assert (found["model"], "unfinished" in found) == ("---", False)
    arrays = read_arrays(tmp_path / "samples.npz", PICTURES)
    images = min(count, len(made.test))
    for name, array in arrays.items():
        drawn = count if name.startswith("generation") else images
        assert array.shape == (drawn, 4, 4), name
        assert ((array >= 0) & (array <= 1)).all()
    for name in ("data", "reconstruction", "generation"):
        assert is_binary(arrays[name]), name
    for name in ("reconstruction_mean", "generation_mean"):
        np.testing.assert_allclose(
            arrays[name] * MEAN_OF, np.round(arrays[name] * MEAN_OF), atol=1e-5
        )
        assert count == 1 or not is_binary(arrays[name])
    test = {image.tobytes() for image in made.test}
    assert all(image.astype(np.uint8).tobytes() in test for image in arrays["data"])


def test_samples_of_one_seed_agree_and_of_another_do_not(finished, tmp_path):
    arrays = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        sample_run(finished[0], tmp_path / name, count=20, seed=seed)
        arrays.append(read_arrays(tmp_path / name / "samples.npz", PICTURES))
    a, b, c = arrays
    assert all(np.array_equal(a[name], b[name]) for name in PICTURES)
    assert np.array_equal(a["data"], c["data"])
    assert not any(np.array_equal(a[name], c[name]) for name in PICTURES[1:])


def test_existing_samples_are_refused_before_any_are_drawn(finished, tmp_path, monkeypatch):
    (tmp_path / "samples.npz").write_text("mine")
    refused(lambda: sample_run(finished[0], tmp_path, count=2), error=FileExistsError)
    assert (tmp_path / "samples.npz").read_text() == "mine"
    sample_run(finished[0], tmp_path, count=2, overwrite=True)
    monkeypatch.setattr(pictures, "draw_pictures", None)
    refused(lambda: sample_run(finished[0], tmp_path, count=2), error=FileExistsError)


@pytest.mark.parametrize("count", [0, -1])
def test_a_count_that_is_not_usable(finished, tmp_path, count):
    refused(lambda: sample_run(finished[0], tmp_path, count=count), "count", count)


@pytest.mark.parametrize("model", ["---", "-+v", "++-", "+-+"])
def test_every_kind_of_model_makes_pictures(model):
    from rdneural.models.build import build_model
    from rdneural.records.sizes import SIZES

    torch.manual_seed(0)
    made = build_model(model, SIZES["tiny"])
    images = as_tensor(made_images().test[:6])
    arrays = draw_pictures(made, images, generations=4, seed=0)
    assert tuple(arrays) == PICTURES
    assert [len(array) for array in arrays.values()] == [6, 6, 6, 4, 4]
    assert all(is_binary(arrays[name]) for name in ("data", "reconstruction", "generation"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """The directory and the result of a run whose code is worth having."""
    place = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as context:
        context.setattr(of_run, "load_images", lambda *_, **__: made_images())
        settings = run_settings(epochs=20.0, learning_rate=1e-2, beta=0.2)
        return place, run_training(settings, place)


def test_reconstructions_of_a_trained_model_are_nearer_than_generations(trained):
    place, found = trained
    assert found["test"]["rate"] > 0.3
    arrays = read_arrays(place / "samples.npz", PICTURES)
    data = arrays["data"]
    other = np.roll(arrays["reconstruction_mean"], 1, axis=0)
    near = np.abs(arrays["reconstruction_mean"] - data).mean()
    assert near < np.abs(other - data).mean()


def test_the_mean_of_five_is_at_the_same_codes(trained, made):
    # a code that decides the picture decides all five; then sample and mean agree nearly everywhere
    model, _ = load_model(trained[0])
    arrays = draw_pictures(model, as_tensor(made.test), generations=200)
    for half in ("reconstruction", "generation"):
        one, mean = arrays[half], arrays[f"{half}_mean"]
        shuffled = np.roll(mean, 1, axis=0)
        assert np.abs(one - mean).mean() < 0.8 * np.abs(one - shuffled).mean()


def test_measuring_splits_is_measuring_each(finished, made):
    model, settings = load_model(finished[0])
    found = measure_splits(model, made, samples=2, counts={"train": 30}, seed=9)
    assert list(found) == list(SPLITS)
    expected = measure(model, as_tensor(made.test), samples=2, seed=9)
    assert found["test"].elbo == pytest.approx(expected.elbo, rel=FLOAT32)
    with autocast(replace(settings, precision="bfloat16")):
        half = measure_splits(model, made, samples=2, seed=9)
    assert half["test"].elbo != found["test"].elbo
