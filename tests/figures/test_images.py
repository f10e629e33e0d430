"""The figure of sets of images: all points in it, and a band that holds the curve."""

import numpy as np
import pytest

from figures import images
from rdtheory import solve_distortion
from rdtheory.experiments.images import run_images
from rdtheory.results import result_head, write_json
from rdtheory.sources.image_sets import image_set
from tests.make.figures_files import csv_rows, is_picture, refuses_to_overwrite

SOURCE = image_set(np.random.default_rng(0).integers(2, size=(30, 16)))


@pytest.fixture(scope="module")
def result():
    head = result_head("bench-images", settings={}, seed=0, seconds=1.0)
    return head | run_images(SOURCE, [1.0, 2.0, 4.0])


@pytest.mark.parametrize("name", ["", "bench-images.json"])
def test_a_file_or_its_directory_is_drawn_beside_it(result, tmp_path, name):
    write_json(tmp_path / "bench-images.json", result)
    (path,) = images.draw(tmp_path / name)
    assert path == tmp_path / "bench-images.png"
    assert is_picture(path)
    shown = [float(row["gap"]) for row in csv_rows(path)]
    assert shown == pytest.approx([row["gap"] for row in result["rows"]])
    refuses_to_overwrite(images.draw, path)


def test_the_band_holds_the_curve_between_the_points(result):
    plane, _ = images.picture(result).axes
    band = plane.collections[0].get_paths()[0].vertices
    (at,) = np.unique(band[np.argmin(abs(band[:, 0] - band[:, 0].mean())), 0])
    lower, *_, upper = np.sort(band[band[:, 0] == at, 1])
    exact = solve_distortion(SOURCE, at)
    assert lower <= exact.rate + exact.gap
    assert exact.rate - exact.gap <= upper
    assert upper - lower < 0.5
