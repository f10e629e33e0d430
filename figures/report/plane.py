"""The planes of the page, drawn as paths of SVG where the axes of Figure 3 have their places."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from figures.choice.kinds import least_elbo
from figures.parts.axes import front_of, limit, step_curve
from figures.parts.look import colour_of, is_filled, shape_of
from figures.parts.reading import tested
from figures.parts.style import new_figure
from rdneural.records.table import Row
from rdtheory.checks import Array

WIDTH, HEIGHT = 640, 520
LEFT, RIGHT, TOP, BOTTOM = 84, 24, 14, 62
"""Of the drawn planes and of the margins around their axes, in units of the drawing."""
PIECES = 30
"""Points a straight piece is drawn with where an axis bends it."""

SHAPES = {
    "o": "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0z",
    "s": "M-5.4-5.4H5.4V5.4H-5.4z",
    "v": "M-6.6-5.2H6.6L0 6.4z",
    "D": "M0-7.2L7.2 0L0 7.2L-7.2 0z",
    "P": "M-2.2-6.6h4.4v4.4h4.4v4.4h-4.4v4.4h-4.4v-4.4h-4.4v-4.4h4.4z",
    "X": "M-6-3.4L-3.4-6L0-2.6L3.4-6L6-3.4L2.6 0L6 3.4L3.4 6L0 2.6L-3.4 6L-6 3.4L-2.6 0z",
    "p": "M0-6.8L6.5-2.1L4 5.5H-4L-6.5-2.1z",
}
"""The markers of `figures.parts.look` as paths around 0."""

HEXAGON = "M0-7.5L6.5-3.75V3.75L0 7.5L-6.5 3.75V-3.75z"
"""The marker of `figures.parts.elsewhere`."""


def plane(rows: Sequence[Row], measure: str, points: Sequence[Row] = ()) -> dict[str, Any]:
    """Return a drawing of the runs: measure (`distortion` or `elbo`) against rate.

    `points` are models from elsewhere (`figures.parts.elsewhere`).

    Places are in units of the drawing, from its upper left; paths are those of SVG.
    """
    entropy = least_elbo(rows)
    axes = _axes([*rows, *points], measure, entropy)
    left, right = axes.get_xlim()
    bottom, top = axes.get_ylim()

    def place(x: Any, y: Any) -> Array:  # noqa: ANN401
        pixels = axes.transData.transform(np.column_stack(np.broadcast_arrays(x, y)))
        return np.asarray(pixels * (1, -1) + (0, HEIGHT))

    def curve(rate: Array, distortion: Array) -> str:
        if measure == "distortion":
            return _path(place(rate, distortion))
        corners = np.arange(len(rate))
        within = np.linspace(0, 1, PIECES, endpoint=False) ** 2  # dense where the scale bends most
        fine = np.append((corners[:-1, None] + within).ravel(), corners[-1])
        rate, distortion = np.interp(fine, corners, rate), np.interp(fine, corners, distortion)
        return _path(place(rate, rate + distortion))

    def dots(rate: Array, distortion: Array) -> str:
        return "".join(f"M{x:.1f} {y:.1f}h0" for x, y in place(rate, rate + distortion))

    front = front_of(rows)
    ends = (0.0, entropy) if measure == "distortion" else (left, right)
    bound = place(ends, (entropy, 0.0) if measure == "distortion" else (entropy, entropy))
    return {
        "measure": measure,
        "x_ticks": _ticks(axes.get_xticks(), left, right, place(axes.get_xticks(), bottom)[:, 0]),
        "y_ticks": _ticks(axes.get_yticks(), bottom, top, place(left, axes.get_yticks())[:, 1]),
        "bound": _path(bound),
        "below": _path(np.concatenate([bound, place(ends[::-1], max(bottom, 0.0))])) + "z",
        "front": curve(*step_curve(front, right, 2 * top))
        if measure == "distortion"
        else dots(front.rate, front.distortion),  # a step of D would be the tooth of a saw
        "hull": curve(front.hull.rate, front.hull.distortion),
        "points": [_point(row, measure, place) for row in rows],
        "elsewhere": [_place(row, measure, place) | {"name": row["model"]} for row in points],
    }


def _axes(rows: Sequence[Row], measure: str, entropy: float) -> Axes:
    """Return axes with the scales, limits and ticks of Figure 3a or 3b, where the drawing is."""
    figure = new_figure(WIDTH / 100, HEIGHT / 100, layout=None)
    figure.set_dpi(100)
    axes = figure.add_axes((
        LEFT / WIDTH, BOTTOM / HEIGHT, 1 - (LEFT + RIGHT) / WIDTH, 1 - (TOP + BOTTOM) / HEIGHT,
    ))  # fmt: skip
    if measure == "elbo":
        limit(axes, list(map(tested, rows)), measure, entropy)
        return axes
    right, top = (
        1.05 * max(entropy, *(row[f"test_{n}"] + row[f"test_{n}_se"] for row in rows))
        for n in ("rate", "distortion")
    )
    axes.set_xlim(min(-0.03 * right, *(1.2 * row["test_rate"] for row in rows)), right)
    axes.set_ylim(0.0, top)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(6))
    return axes


def _ticks(
    values: Iterable[float], low: float, high: float, places: Iterable[float]
) -> list[tuple[float, str]]:
    marked = zip(values, places, strict=True)
    return [(round(place, 1), f"{value:g}") for value, place in marked if low <= value <= high]


def _path(corners: Array) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in corners)


def _point(row: Row, measure: str, place: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return a run's place, the ends of its bars of one standard error, and its marker."""
    model = row["model"]
    return _place(row, measure, place) | {
        "shape": shape_of(model), "colour": colour_of(model), "filled": is_filled(model),
    }  # fmt: skip


def _place(row: Row, measure: str, place: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return where a row is, and the ends of its bars."""
    x, y = row["test_rate"], row[f"test_{measure}"]
    x_se, y_se = row["test_rate_se"], row[f"test_{measure}_se"]
    centre, *ends = place([x, x - x_se, x + x_se, x, x], [y, y, y, y - y_se, y + y_se])
    return {
        "place": [round(float(v), 1) for v in centre],
        "bars": _path(np.array(ends[:2])) + _path(np.array(ends[2:])),
    }  # fmt: skip
