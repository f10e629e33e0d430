"""The curves of one training run: drawn from its files alone, a wrong history named in one line."""

import pytest

from figures import curves
from figures.parts.reading import read_run
from tests.make.figures_files import AGREE, csv_rows, is_picture, refused, refuses_to_overwrite
from tests.make.figures_run import make_history, make_run


def _numbers(directory, measure, part):
    rows = csv_rows(directory / "curves")
    return [float(r["value"]) for r in rows if (r["measure"], r["part"]) == (measure, part)]


def test_curves_hold_the_numbers_of_the_history(tmp_path):
    make_run(tmp_path)
    refuses_to_overwrite(curves.draw, tmp_path / "curves.png")
    assert curves.draw(tmp_path, overwrite=True) == [tmp_path / "curves.png"]
    assert is_picture(tmp_path / "curves.png")
    history = make_history(4)
    for measure in ("rate", "distortion", "elbo"):
        for part in ("train", "valid"):
            expected = [row[f"{part}_{measure}"] for row in history]
            assert _numbers(tmp_path, measure, part) == pytest.approx(expected, rel=AGREE)
    assert _numbers(tmp_path, "beta", "train") == [0.5, 1.0, 2.0, 4.0]
    assert _numbers(tmp_path, "elbo", "test") == [91.75]
    assert _numbers(tmp_path, "rate", "target") == []


@pytest.mark.parametrize("rows", [1, 60])
def test_short_and_long_runs_a_target_rate_and_a_warning_are_drawn(tmp_path, rows):
    warning = "not the published data: R $x_1 is $5 " * 8
    make_run(
        tmp_path, rows=rows, beta=None, target_rate=20, warning=warning, command="omniglot"
    )  # fmt: skip
    [path] = curves.draw(tmp_path)
    assert is_picture(path)
    assert _numbers(tmp_path, "rate", "target") == [20.0]


@pytest.mark.parametrize("rows", [1, 60])
@pytest.mark.parametrize("target", [None, 1234.5])
def test_the_legend_lies_below_the_panels_and_no_words_on_each_other(tmp_path, rows, target):
    beta = 1.0 if target is None else None
    make_run(tmp_path, rows=rows, beta=beta, target_rate=target, data="data" * 20)
    run, history = read_run(tmp_path), curves.read_history(tmp_path / "history.csv")
    history["train_elbo"][0] = 1e9  # cut off, and said so
    figure, _ = curves.picture(run, history)
    figure.draw_without_rendering()
    assert not any(axes.get_legend() for axes in figure.axes)
    (legend,) = figure.legends
    box = legend.get_window_extent()
    assert figure.bbox.x0 <= box.x0
    assert box.x1 <= figure.bbox.x1
    words = [text.get_text() for text in legend.get_texts()]
    assert words[:2] == [label for label, _ in curves.PARTS.values()]
    assert words.count(f"target rate: {target or 0:g} nats") == (target is not None)
    for axes in figure.axes:
        assert axes.get_tightbbox().y0 >= box.y1
        left, right = axes._left_title.get_window_extent(), axes._right_title.get_window_extent()
        assert not axes.get_title("right") or not left.overlaps(right)


@pytest.mark.parametrize("beta", [1.0, 0.003, 250.0, 0.0])
def test_a_beta_that_stays_is_in_the_middle_of_its_axis(tmp_path, beta):
    make_run(tmp_path)
    history = curves.read_history(tmp_path / "history.csv")
    history["beta"][:] = beta
    figure, _ = curves.picture(read_run(tmp_path), history)
    assert figure.axes[3].get_ylim() == (0.0, 2 * beta or 1.0)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("valid_rate", "other", ("columns", "no valid_rate")),
        ("0.5", "much", ("finite numbers", "beta = 'much' in line 2")),
        ("0.5", "nan", ("finite numbers", "beta = 'nan' in line 2")),
        ("0.5", "", ("finite numbers", "beta = '' in line 2")),
        ("100,1,", "100,9,", ("epochs in order",)),
    ],
)
def test_a_wrong_history_is_named(tmp_path, old, new, words):
    path = make_run(tmp_path) / "history.csv"
    path.write_text(path.read_text().replace(old, new, 1))
    refused(curves.draw, tmp_path, "history.csv", *words)


def test_a_missing_truncated_or_empty_history_is_named(tmp_path):
    path = make_run(tmp_path) / "history.csv"
    lines = path.read_text().splitlines()
    path.write_text("\n".join(lines)[: -len(lines[-1]) // 2])
    refused(curves.draw, tmp_path, "history.csv", "in line 5")
    path.write_text(lines[0] + "\n")
    refused(curves.draw, tmp_path, "history.csv", "at least one row")
    path.write_text("")
    refused(curves.draw, tmp_path, "history.csv", "columns")
    path.write_bytes(b"\xff\xfe\x00step")
    refused(curves.draw, tmp_path, "history.csv must be a readable history")
    path.unlink()
    refused(curves.draw, tmp_path, "history.csv must be a readable history")


@pytest.mark.parametrize("final", [2.25, 0.0041, -1.0])
def test_a_run_to_a_rate_shows_the_slope_that_its_result_names(tmp_path, final):
    make_run(tmp_path, beta=None, target_rate=20.0, final_beta=final)
    run, history = read_run(tmp_path), curves.read_history(tmp_path / "history.csv")
    figure, rows = curves.picture(run, history)
    assert [row[3] for row in rows if row[:2] == ("beta", "final")] == [final]
    titles = [axes.get_title("left") for axes in figure.axes]
    words = "slope beta: {:.4g}" if final >= 0 else "no slope, but a weight of {:.4g},"
    assert f"(d) {words.format(final)} at the end" in titles
    [path] = curves.draw(tmp_path)
    assert is_picture(path)


def test_a_run_that_never_had_its_beta_is_headed_by_the_one_it_had(tmp_path):
    make_run(tmp_path, beta=1.0, final_beta=0.0041)
    run, history = read_run(tmp_path), curves.read_history(tmp_path / "history.csv")
    figure, _ = curves.picture(run, history)
    heading = " ".join(text.get_text() for text in figure.texts)
    assert "beta = 0.0041 at the end (1 asked for)" in heading
    assert "beta = 1," not in heading


def test_a_missed_target_and_a_divergence_are_said_above_the_panels(tmp_path):
    part = {"rate": 1.5e16, "rate_se": 1e14, "distortion": 8e15, "distortion_se": 1e14}
    part |= {"elbo": 2.3e16, "elbo_se": 2e14}
    make_run(tmp_path, beta=None, target_rate=20.0, final_beta=1.0, preset="quick", test=part)
    run, history = read_run(tmp_path), curves.read_history(tmp_path / "history.csv")
    figure, _ = curves.picture(run, history)
    heading = " ".join(text.get_text() for text in figure.texts)
    assert "R = 1.50e+16" in heading
    assert "missed by +1.50e+16 nats" in heading
    assert "training diverged" in heading
