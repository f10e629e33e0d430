"""The figure of the diagonal: what its legend explains, its ticks, and one point or many runs."""

import numpy as np
import pytest

from figures import diagonal
from tests.make.sweeps_table import grid, make_row


def make_points(model, sizes, best=82.79):
    kind = model.partition(":")[0]
    return [
        {"run": kind, "model": f"{kind}:{size}", "data": "mnist", "preset": "quick", "size": size,
         "epochs": 1.5, "images": 1000, "rate": best * size / max(sizes), "rate_se": 0.2,
         "distortion": best * (1 - size / max(sizes)), "distortion_se": 0.2, "elbo": best,
         "elbo_se": 0.2}
        for size in sizes
    ]  # fmt: skip


SPLIT, COARSE = make_points("split", (0, 98, 392, 784)), make_points("coarse", (4, 7, 28), 84.05)
IMAGES = {
    "data": np.eye(8)[None].repeat(5, 0),
    "models": np.array(["split:98", "coarse:4", "coarse:7"]),
    "code": np.full((3, 5, 8, 8), 0.5),
    "reconstruction": np.zeros((3, 5, 8, 8)),
}


def panels_of(points, runs=(), images=None):
    whole = diagonal._figure(points, list(runs), images or {})
    whole.draw_without_rendering()
    return whole, whole.subfigs[0].axes, whole.subfigs[0].legends


def words_of(legends):
    return [text.get_text() for legend in legends for text in legend.get_texts()]


@pytest.mark.parametrize(
    ("models", "explained"),
    [
        (("---",), ()),
        (("bits-:256",), ("bits:K learned",)),
        (("---", "bits+:4096"), ("bits:K learned",)),
        (("-+v", "split:9", "coarse:7"), ("split:K first pixels", "coarse:S small image")),
    ],
)
def test_the_legend_explains_every_kind_of_code_among_the_runs(models, explained):
    runs = [make_row(model, rate=20.0 + k) for k, model in enumerate(models)]
    _, _, legends = panels_of(SPLIT + COARSE, runs)
    words = words_of(legends)
    for kind in ("bits:K learned", "split:K first pixels", "coarse:S small image"):
        assert words.count(kind) == (kind in explained)


@pytest.mark.parametrize(
    ("points", "runs", "images"),
    [
        (SPLIT + COARSE, grid(), IMAGES),
        (COARSE, [], {}),
        (SPLIT[:1], [], IMAGES),
        (SPLIT, grid(seeds=2), {}),
        (COARSE[-1:], [make_row("bits-:256", rate=0.0, distortion=206.0, run="long" * 40)], {}),
        (make_points("split", (0, 16), 2.1), [], {}),
    ],
)
def test_panels_are_named_ticks_are_round_and_no_legend_lies_on_a_panel(points, runs, images):
    whole, (plane, skew), legends = panels_of(points, runs, images)
    assert plane.get_title("left").startswith("(a)")
    assert skew.get_title("left").startswith("(b)")
    low, high = skew.get_ylim()
    for text, tick in zip(skew.get_yticklabels(), skew.get_yticks(), strict=True):
        assert float(text.get_text()) == pytest.approx(tick)
        assert len(text.get_text()) <= 3 or high - low < 10  # 164.3 is none, 164 is
    boxes = [legend.get_window_extent() for legend in legends]
    boxes += [axes.get_tightbbox() for axes in (plane, skew)]
    boxes += [text.get_window_extent() for text in whole.texts]
    for number, box in enumerate(boxes):
        assert box.count_overlaps(boxes[number + 1 :]) == 0
