"""Models that were trained elsewhere and measured here, beside the runs of a directory.

`rdneural.measure_model(...).save(DIR, data=...)` leaves a file for each in `DIR/elsewhere`. They
have no part in Ĥ, in fronts or in hulls, which are those of our runs.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from figures.parts.look import Entry
from figures.parts.reading import MEASURES, check_numbers
from figures.parts.style import BLACK, PINK
from rdneural.records.layout import ELSEWHERE, MEASURED_FILE
from rdneural.records.table import Row
from rdtheory.results import read_json

LOOK: dict[str, Any] = {"marker": "h", "ms": 11.0, "mfc": PINK, "mec": BLACK, "mew": 1.2,
                        "ls": "none"}  # fmt: skip
"""The hexagon of a model from elsewhere."""


def read_elsewhere(directory: Path, data: str) -> list[Row]:
    """Read the models from elsewhere in a directory of runs on `data`, sorted by name.

    Each is a row with `run` (where it is), `model` (its name), `data`, `images`, and R, D and R + D
    as `test_rate` and so on.

    Raises
    ------
    ValueError
        where a file is broken, or of other data, or its pixels have densities.
    """
    return [_read(path, data) for path in sorted((directory / ELSEWHERE).glob(f"*{MEASURED_FILE}"))]


def _read(path: Path, data: str) -> Row:
    found = read_json(path, command=ELSEWHERE)
    try:
        name, images, of = found["name"], found["images"], found["data"]
        measured = {f"test_{measure}": found[measure] for measure in MEASURES}
    except LookupError as error:
        raise ValueError(f"{path} must hold every entry of a model, got {error!r}") from error
    check_numbers(path, measured | {"images": images})
    if found.get("discrete") is not True:
        raise ValueError(f"{path} must be of probabilities of pixels, as the runs, got densities")
    if of != data:
        raise ValueError(f"{path} must be of the data of the runs beside it, {data!r}, got {of!r}")
    run = f"{ELSEWHERE}/{path.name}"
    return {"run": run, "model": str(name), "data": data, "images": images} | measured


def mark_elsewhere(axes: Axes, points: Sequence[Row], measure: str) -> None:
    """Draw models from elsewhere with their standard errors."""
    for point in points:
        x, y = point["test_rate"], point[f"test_{measure}"]
        axes.errorbar(
            x, y, point[f"test_{measure}_se"], point["test_rate_se"], color=BLACK, elinewidth=1.0,
            zorder=3.8, label=point["model"], **LOOK,
        )  # fmt: skip
        axes.annotate(
            _plain(point["model"]), (x, y), (8, 6), textcoords="offset points", fontsize=9.0,
            zorder=4,
        )  # fmt: skip


def elsewhere_entries(points: Sequence[Row]) -> list[Entry]:
    """Return what a legend says of models from elsewhere, none where there are none."""
    if not points:
        return []
    named = ", ".join(point["model"] for point in points)
    return [(Line2D([], [], **LOOK), _plain(f"measured from elsewhere: {named}"))]


def elsewhere_said(point: Row) -> str:
    """Return a model from elsewhere in a line: its name, and what was measured.

    Examples
    --------
    >>> numbers = {f"test_{name}": 2.0 for name in MEASURES}
    >>> elsewhere_said({"model": "vae", "images": 100} | numbers)
    'vae: R 2.00 ± 2.00, D 2.00 ± 2.00, R + D 2.00 ± 2.00 on 100 images'
    """
    said = ", ".join(
        f"{label} {point[f'test_{name}']:.2f} ± {point[f'test_{name}_se']:.2f}"
        for label, name in (("R", "rate"), ("D", "distortion"), ("R + D", "elbo"))
    )
    return f"{point['model']}: {said} on {point['images']} images"


def _plain(text: str) -> str:
    """Return text that is not read as mathematics."""
    return text.replace("$", r"\$")
