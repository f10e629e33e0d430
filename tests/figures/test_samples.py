"""The samples of one training run: every image in its place, wrong files named in one line."""

import numpy as np
import pytest

from figures import samples
from figures.parts.reading import IMAGES, read_images
from rdneural.records.layout import RESULT, SAMPLES
from rdtheory.results import read_arrays, result_head, write_arrays, write_json
from tests.make.figures_files import is_picture, refused, refuses_to_overwrite
from tests.make.figures_run import make_run

SHEET = samples._sheet
WARNING = "not the published data: R $x_1 is $5 " * 8


def test_a_picture_is_drawn_and_replaced_where_asked(tmp_path):
    make_run(tmp_path, warning=WARNING, beta=None, target_rate=20)
    refuses_to_overwrite(samples.draw, tmp_path / "samples.png")
    assert samples.draw(tmp_path, overwrite=True) == [tmp_path / "samples.png"]
    assert is_picture(tmp_path / "samples.png")


@pytest.mark.parametrize(("n", "g", "s"), [(1, 3, 1), (13, 12, 28)])
def test_small_and_large_runs_are_drawn(tmp_path, n, g, s):
    [path] = samples.draw(make_run(tmp_path, n=n, g=g, s=s))
    assert is_picture(path)


def test_many_examples_stand_side_by_side_in_about_a_square():
    assert [samples._groups(count, 5) for count in (1, 10, 11, 20, 24, 64)] == [1, 1, 2, 2, 2, 3]
    for count in range(11, 200):
        groups = samples._groups(count, 5)
        assert 0.5 <= groups * 6 / -(-count // groups) <= 2.0


def test_of_very_many_examples_the_first_are_drawn_and_the_picture_says_so(tmp_path, monkeypatch):
    shown, drawn = [], []
    monkeypatch.setattr(samples, "_sheet", lambda *given: shown.append(given[0]) or SHEET(*given))
    monkeypatch.setattr(samples, "save_picture", lambda figure, path, **_: drawn.append(figure))
    samples.draw(make_run(tmp_path, n=1000, g=3, s=4))
    assert max(map(len, shown[0].values())) == samples.SHOWN
    texts = [text.get_text() for text in drawn[0].axes[0].texts]
    assert f"the first {samples.SHOWN} of 1,000; samples.npz has all" in texts


def test_the_sheet_shows_every_image_once():
    rng = np.random.default_rng(3)
    images = {name: rng.random((5, 4, 4)) for name in IMAGES}
    sheet, lefts = samples._sheet(images, 2, 3)
    for column, name in enumerate(IMAGES):
        for index, image in enumerate(images[name]):
            left = lefts[column + len(IMAGES) * (index // 3)]
            top = 1 + 5 * (index % 3)
            assert (sheet[top : top + 4, left : left + 4] == image).all()


def test_without_images_there_are_generations_alone(tmp_path):
    make_run(tmp_path, n=3, g=13, s=4)
    path = tmp_path / SAMPLES
    arrays = read_arrays(path, ("generation", "generation_mean"))
    write_arrays(path, arrays, overwrite=True)
    (drawn,) = samples.figure_of(tmp_path).axes
    words = [text.get_text() for text in drawn.texts]
    assert words == ["sample", "average"] * 2 + ["generation"] * 2
    refused(read_images, path, "must hold the arrays")


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("data", np.zeros((3, 4, 5))),
        ("data", np.zeros((0, 4, 4))),
        ("data", np.float64(0.0)),
        ("reconstruction_mean", np.zeros((2, 4, 4))),
        ("generation", np.zeros((2, 5, 5))),
        ("generation_mean", np.zeros((2, 16))),
        ("generation_mean", np.full((2, 4, 4), np.nan)),
        ("reconstruction", np.full((3, 4, 4), 1.5)),
        ("reconstruction", np.full((3, 4, 4), "x")),
    ],
)
def test_wrong_images_are_named(tmp_path, name, array):
    path = make_run(tmp_path) / "samples.npz"
    with np.load(path) as stored:
        images = dict(stored) | {name: array}
    write_arrays(path, images, overwrite=True)
    refused(samples.draw, tmp_path, "samples.npz", "must hold")


def test_a_missing_array_and_a_broken_or_missing_sample_file_are_named(tmp_path):
    path = make_run(tmp_path) / "samples.npz"
    whole = path.read_bytes()
    write_arrays(path, {"data": np.zeros((1, 4, 4))}, overwrite=True)
    refused(samples.draw, tmp_path, "samples.npz must hold the arrays")
    path.write_bytes(whole[: len(whole) // 2])
    refused(samples.draw, tmp_path, "samples.npz must be a readable .npz file")
    path.unlink()
    refused(samples.draw, tmp_path, "samples.npz must be a readable .npz file")


def test_what_was_drawn_from_a_run_without_a_result_has_what_sample_json_says(
    tmp_path, monkeypatch
):
    directory, drawn = make_run(tmp_path), []
    (directory / RESULT).unlink()
    early = {"steps": 3, "planned_steps": 8, "trained": False}
    head = result_head("sample", settings={}, seed=0, seconds=1.0)
    found = {"data": "mnist", "warning": None, "model": "-+v", "preset": "tiny", "beta": None,
             "target_rate": 20, "final_beta": 0.5, "unfinished": early}  # fmt: skip
    write_json(directory / "sample.json", head | found)
    monkeypatch.setattr(samples, "save_picture", lambda figure, path, **_: drawn.append(figure))
    samples.draw(directory)
    texts = [text.get_text() for text in drawn[0].texts]
    assert texts[:2] == [
        "model -+v on mnist, preset tiny, target rate 20 nats", "unfinished: 3 of 8 steps",
    ]  # fmt: skip
    write_json(directory / "sample.json", head | found | {"unfinished": {}}, overwrite=True)
    refused(samples.draw, directory, "sample.json", "every entry of a sample")
