"""Figures 4 to 6: what they show, and what they cannot be made of."""

import numpy as np
import pytest

from figures import figure3, figure4, figure5, figure6, sweep
from figures.choice import choose
from figures.choice.kinds import kind_of_row
from figures.parts import comparison
from figures.parts.comparison import draw_pictures
from figures.parts.reading import read_table
from figures.parts.style import new_figure
from rdtheory.results import write_arrays
from tests.make.figures_files import AGREE, csv_rows, is_picture, refuses_to_overwrite
from tests.make.sweeps_table import grid, make_row, make_sweep


def test_everything_is_drawn_and_the_csvs_are_the_table(tmp_path, monkeypatch):
    for paint in ("_planes", "_skew"):  # that has its own tests, and takes its time
        monkeypatch.setattr(figure3, paint, lambda *_: new_figure(1.0, 1.0))
    rows = grid(betas=(0.1, 0.3, 1.0, 5.0))
    rows += [make_row("-++", target_rate=5.0, anneal=1.0)]
    make_sweep(tmp_path, rows)
    refuses_to_overwrite(sweep.draw, tmp_path / "figure6.csv")
    paths, notes = sweep.draw_all(tmp_path, overwrite=True)
    assert notes == []
    assert paths == [tmp_path / f"{name}.png" for name in sweep.NAMES]
    table = {row["run"]: row for row in read_table(tmp_path)}
    for picture in sweep.PICTURES:
        assert is_picture(tmp_path / f"{picture.name}.png")
        cells = csv_rows(tmp_path / picture.name)
        assert tuple(cells[0]) == comparison.HEADER
        chosen = picture.rule(list(table.values()))
        assert [c["run"] for c in cells] == [row["run"] for row in chosen]
        for cell, row in zip(cells, chosen, strict=True):
            for name in ("test_rate", "test_distortion", "test_elbo", "epochs", "seed"):
                assert float(cell[name]) == pytest.approx(row[name], rel=AGREE)
            assert cell["kind"] == kind_of_row(row)
            assert cell["model"] == row["model"]
    assert len(csv_rows(tmp_path / "figure5")) == 12
    before = {path: path.read_bytes() for path in tmp_path.glob("figure*")}
    (tmp_path / "figure3a.png").unlink()
    with pytest.raises(FileExistsError, match=r"figure3a\.csv exists"):
        sweep.draw_all(tmp_path)
    del before[tmp_path / "figure3a.png"]
    assert {path: path.read_bytes() for path in tmp_path.glob("figure*")} == before


def test_runs_without_samples_change_no_picture(tmp_path):
    made = []
    for name, better in (("alone", []), ("joined", [make_row("+++", rate=2.0, distortion=50.0)])):
        rows = make_sweep(tmp_path / name, grid(("---", "-+v", "+-v"), (0.1, 1.0, 5.0)))
        make_sweep(tmp_path / name, [*better, *rows], samples=False)  # those of `rows` stay
        paths = draw_pictures(tmp_path / name, sweep.PICTURES)
        made.append([p.with_suffix(end).read_bytes() for p in paths for end in (".csv", ".png")])
    assert made[0] == made[1]


def test_images_stand_where_their_headings_say(tmp_path):
    rows = [make_row("---"), make_row("-+v")]
    make_sweep(tmp_path, rows, side=5, count=12)
    images = comparison.read_samples(tmp_path, rows)
    for half, data in (("reconstruction", True), ("generation", True), ("generation", False)):
        sheet, lefts = comparison.sheet_of(images, half, data=data)
        stacks = [own[name] for own in images for name in (half, f"{half}_mean")]
        if data:
            shown = images[0]["data"] if half == "reconstruction" else np.zeros((10, 5, 5))
            stacks = [shown, *stacks]
        assert len(lefts) == len(stacks)
        assert sheet.shape[0] == 10 * 6 + 1
        for left, stack in zip(lefts, stacks, strict=True):
            for number in range(10):
                top = 1 + 6 * number
                assert (sheet[top : top + 5, left : left + 5] == stack[number]).all()


def _paint(tmp_path, picture, rows, *, count, side=28):
    make_sweep(tmp_path, rows, side=side, count=count)
    images = comparison.read_samples(tmp_path, rows)
    return comparison.paint(picture, rows, images)


def _texts(figure):
    return [text.get_text() for text in figure.texts]


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("picture", sweep.PICTURES, ids=lambda picture: picture.name)
def test_the_heading_says_what_the_rows_are_and_never_other_images_of_one(tmp_path, picture, count):
    figure = _paint(tmp_path, picture, [make_row("---"), make_row("-+v")], count=count, side=4)
    heading = " ".join(_texts(figure))
    for half in ("reconstruction", "generation"):
        one, several = comparison.ROWS_ARE[half]
        said = [words.lower() in heading.lower() for words in (one, several)]
        assert said == [half in picture.halves and count == 1, half in picture.halves and count > 1]


@pytest.mark.parametrize(
    ("rate", "text"),
    [
        (-2e-5, "0.00"), (-0.0, "0.00"), (0.0, "0.00"), (-0.004, "0.00"), (0.004, "0.00"),
        (-0.012, "-0.01"), (0.04, "0.04"), (0.06, "0.1"), (12.34, "12.3"), (-0.3, "-0.3"),
        (1e-300, "0.00"),
    ],
)  # fmt: skip
def test_a_rate_of_nothing_is_nothing(tmp_path, rate, text):
    rows = [make_row("---", rate=rate, distortion=80.0), make_row("-+v")]
    figure = _paint(tmp_path, figure6.PICTURE, rows, count=1)
    found = [
        line.split()[1] for line in _texts(figure) if line.startswith("R ") and "+" not in line
    ]
    assert found[0] == text


NAMES = ["---", "-+v", "split:100352", "bits+:4096", "coarse:14", "++v", "+-+", "-++"]


@pytest.mark.parametrize("many", [1, 2, 8])
@pytest.mark.parametrize("picture", [figure4.PICTURES[0], figure5.PICTURE, figure6.PICTURE],
                         ids=lambda picture: picture.name)  # fmt: skip
def test_no_words_above_the_images_lie_on_each_other(tmp_path, picture, many):
    rows = [make_row(name, anneal=12.25, rate=100.0 + k, distortion=1000.0, seed=k)
            for k, name in enumerate(NAMES[-many:] if many < 8 else NAMES)]  # fmt: skip
    figure = _paint(tmp_path, picture, rows, count=3)
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for axes in (figure, *figure.axes) for text in axes.texts]
    for number, box in enumerate(boxes):
        assert box.count_overlaps(boxes[number + 1 :]) == 0


@pytest.mark.parametrize("module", [figure4, figure5, figure6])
def test_a_sweep_without_samples_is_refused_in_one_line(tmp_path, module):
    make_sweep(tmp_path, samples=False)
    with pytest.raises(choose.TooFewRunsError, match=f"^{module.__name__.split('.')[1]}") as caught:
        module.draw(tmp_path)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("figure*"))


@pytest.mark.parametrize(("module", "name"), [(figure4, "4d"), (figure5, "5"), (figure6, "6")])
def test_an_existing_figure_is_refused(tmp_path, module, name):
    refuses_to_overwrite(module.draw, tmp_path / f"figure{name}.csv")


def test_broken_samples_and_other_images_are_named(tmp_path):
    rows = [make_row("---"), make_row("-+v")]
    make_sweep(tmp_path, rows)
    path = choose.samples_of(tmp_path, rows[1])
    whole = path.read_bytes()
    with np.load(path) as stored:
        write_arrays(path, dict(stored) | {"data": 1 - stored["data"]}, overwrite=True)
    with pytest.raises(ValueError, match="must share some of their data") as caught:
        figure6.draw(tmp_path)
    assert rows[0]["run"] in str(caught.value)
    assert rows[1]["run"] in str(caught.value)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"samples\.npz must be a readable \.npz file"):
        figure6.draw(tmp_path)
    assert not list(tmp_path.glob("figure*"))


def test_runs_that_drew_other_numbers_of_images_show_those_they_share(tmp_path):
    rows = [make_row("---"), make_row("-+v")]
    make_sweep(tmp_path, rows, side=16)
    path = choose.samples_of(tmp_path, rows[1])
    with np.load(path) as stored:
        whole = dict(stored)
    kept = [4, 2, 0]
    write_arrays(path, {name: stack[kept] for name, stack in whole.items()}, overwrite=True)
    first, second = comparison.read_samples(tmp_path, read_table(tmp_path))
    assert all(len(stack) == len(kept) for own in (first, second) for stack in own.values())
    assert np.array_equal(first["data"], second["data"])
    assert np.array_equal(second["reconstruction"], whole["reconstruction"][sorted(kept)])
