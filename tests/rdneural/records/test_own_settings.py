"""Settings that name own images: what goes together, how large models are, and what files say."""

import json
from math import log

import pytest

from rdneural.records.asked import most_rate, outcome_of
from rdneural.records.own import LATER_OF_OWN
from rdneural.records.sameness import check_same_images, check_same_settings
from rdneural.records.settings import LATER, RunSettings
from rdneural.records.sizes import PRESETS, SIZES

OWN = {"dataset": "own", "beta": 1.0, "frame": (5, 3), "data": "/data/digits.npy"}


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize(
    ("frame", "side", "pixels"), [((5, 3), 8, 15), ((28, 28), 28, 784), ((3, 41), 44, 123)]
)
def test_networks_see_the_smallest_canvas_that_holds_an_image(preset, frame, side, pixels):
    sizes = RunSettings(**OWN | {"frame": frame, "preset": preset}).sizes
    assert (sizes.side, sizes.shape, sizes.pixels) == (side, frame, pixels)
    assert (sizes.frame is None) == (frame == (side, side))
    others = ("side", "frame")
    for name, value in vars(SIZES[preset]).items():
        assert name in others or getattr(sizes, name) == value


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"frame": None}, "frame must be given with dataset own, got None"),
        ({"frame": (5, 0)}, r"frame must be height and width in whole pixels, got \(5, 0\)"),
        ({"frame": 5}, "frame must be height and width in whole pixels, got 5"),
        ({"frame": (5.0, 3)}, "frame must be height and width in whole pixels"),
        ({"binarise": "threshold:x"}, r"threshold:T with T in \(0, 1\], got 'threshold:x'"),
        ({"binarise": "no"}, "binarise must be sample, threshold:T or resampled, got 'no'"),
        ({"split_seed": -1}, "split_seed must be a whole number in"),
        ({"dataset": "mnist"}, r"frame goes with own images, got it with mnist"),
        (
            {"dataset": "bars:4x4", "frame": None, "split_seed": 1},
            "split_seed goes with own images",
        ),
        ({"model": "split:16"}, "model must split off at most 15 pixels, got 'split:16'"),
    ],
)
def test_what_does_not_go_together_is_one_line(given, said):
    with pytest.raises(ValueError, match=said):
        RunSettings(**OWN | given)


def test_they_travel_as_json_and_older_files_read_as_before():
    settings = RunSettings(**OWN, binarise="threshold:0.5", split_seed=3)
    stored = json.loads(json.dumps(settings.as_dict()))
    assert RunSettings(**stored) == settings
    check_same_settings(stored, settings.as_dict() | {"frame": settings.frame}, "run.json")
    with pytest.raises(
        ValueError, match=r"frame must be that of run.json to resume, \(5, 3\), got"
    ):
        check_same_settings(stored, settings.as_dict() | {"frame": (3, 5)}, "run.json")
    mnist = RunSettings("mnist", beta=1.0)
    older = {name: value for name, value in mnist.as_dict().items() if name not in LATER}
    assert RunSettings(**older) == mnist
    check_same_settings(older, mnist.as_dict(), "run.json")
    assert LATER_OF_OWN.items() <= LATER.items()


def test_images_of_one_plan_are_of_one_frame():
    check_same_images(("own", "tiny", "5x3"), ("own", "quick", "5x3"), "sweep.json")
    for known, asked, said in (
        (("own", "tiny", "5x3"), ("own", "tiny", "3x5"), "sweep.json, 5x3, got 3x5"),
        (("mnist", "tiny", None), ("mnist", "quick", None), r"tiny \(4x4\), got quick \(28x28\)"),
        (("own", "tiny", "5x3"), ("mnist", "tiny", None), "dataset must be that of the other"),
    ):
        with pytest.raises(ValueError, match=said):
            check_same_images(known, asked, "sweep.json")


def test_what_images_can_hold_is_of_their_own_pixels():
    assert most_rate("---", (5, 3)) == (15 * log(2), "images of 5x3 pixels")
    coins = {"preset": "paper", "target_rate": None, "final_beta": 1.0, "rate": 0.0, "rate_se": 0.0}
    for distortion, diverged in ((10.1 * 15 * log(2), True), (9.9 * 15 * log(2), False)):
        found = outcome_of(**coins, distortion=distortion, frame="5x3")
        assert found["diverged"] is diverged
