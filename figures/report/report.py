"""One page about a sweep, `report.html`: a single file that loads nothing from anywhere.

It shows every run in the plane of rate and distortion with what the run reconstructs, the table of
all runs, the points that the paper prints beside our nearest runs, and the figures of the sweep.
The page is made of `report.html.j2` with `report.css` and `report.js` written into it; without
JavaScript it is still all there, only not to be sorted, filtered or pointed at.

Redraw from results with `python -m figures.report DIR`.
"""

from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from hashlib import sha256
from io import BytesIO
from itertools import compress
from math import floor, log, log10
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator
from PIL import Image, UnidentifiedImageError

from figures import sweep
from figures.choice.choose import TINY, samples_of, setting_of
from figures.choice.kinds import kind_of_row, least_elbo
from figures.choice.paper import EPOCHS as PAPERS_EPOCHS
from figures.choice.paper import comparable, read_points
from figures.parts.axes import count_of, front_of, limit, step_curve
from figures.parts.heading import describe_runs, warnings_of
from figures.parts.look import (
    DECODERS,
    ENCODERS,
    MARGINALS,
    codes_of,
    colour_of,
    is_filled,
    shape_of,
)
from figures.parts.reading import TABLE, Row, check_numbers, read_images, read_table
from figures.parts.style import new_figure
from rdtheory.checks import Array
from rdtheory.results import atomic_path, read_rows, refuse_existing

PAGE = "report.html"
HERE = Path(__file__).parent
EXTRA = ("run", "origin", "test_images")
"""Columns of the table that the page shows and no figure needs."""
NEEDED = ("seed", "final_beta", "epochs", "epochs_asked", "training_seconds")
"""Columns that hold a number in every row."""
PAPERS_IMAGES = {
    "mnist": "mnist", "mnist5k": "mnist", "omniglot": "omniglot", "omniglot-drawings": "omniglot",
}  # fmt: skip
"""Which of the paper's data sets is nearest to ours; the same where the names are the same."""
SAME_BETA = 0.05
"""Relative: betas that differ by more are not compared."""

WIDTH, HEIGHT = 640, 520
LEFT, RIGHT, TOP, BOTTOM = 84, 24, 14, 62
"""Of the drawn planes and of the margins around their axes, in units of the drawing."""
PIECES = 30
"""Points a straight piece is drawn with where an axis bends it."""
ACROSS = 8
"""Images of a run side by side."""
FRAME = 0.3
"""Grey of the lines between images."""

LOOKS = {
    "figure3a": "The paper's Figure 3a. Each point is a run; lower left is better, and no run can "
    "lie below the line R + D = H, of which the dashed one is our estimate. Panels ii to iv are "
    "the same runs with a front for each sort of encoder, decoder and marginal: where two fronts "
    "part, that choice matters.",
    "figure3b": "The paper's Figure 3b: the same runs, with R + D upwards. Lower is a better "
    "model of the images, further right a code that says more; the axes stretch where runs crowd.",
    "figure4a": "The paper's Figure 4a. Each row is a test image and what one model makes of it, "
    "from high rate (left) to low: copies turn into variations, then into unrelated images.",
    "figure4b": "The paper's Figure 4b. Images that the same models generate; at a high rate they "
    "are poor, since the marginal does not know the codes.",
    "figure4c": "The paper's Figure 4c. Several models trained as an ordinary VAE, β = 1: where "
    "the decoder is powerful the code may say nothing, and reconstructions ignore the image.",
    "figure4d": "The paper's Figure 4d. Models whose R + D is nearly the same: the likelihood "
    "cannot tell them apart, the eye can.",
    "figure5": "The paper's Figure 5: every model at one β, reconstructions above and generations "
    "below.",
    "figure6": "The paper's Figure 6: a trace of models of nearly the best R + D, from high rate "
    "to low.",
}
"""How to read each figure."""


class Cell(NamedTuple):
    """A cell of a table on the page: what is read and, for numbers, what is sorted by.

    `run` is the number of the run that it links to.
    """

    text: str
    number: float | None = None
    run: int | None = None


def report(directory: Path, *, overwrite: bool = False) -> Path:
    """Write `report.html` about the sweep in a directory; return its path.

    Figures are drawn first where there is none yet or `overwrite` is given.

    Raises
    ------
    FileExistsError
        where the page is there and not to be overwritten.
    ValueError
        where the table, the samples of a run, or a figure are missing or broken.
    """
    path = directory / PAGE
    refuse_existing(path, overwrite=overwrite)
    rows = _read(directory)
    if overwrite or not any((directory / f"{name}.png").exists() for name in LOOKS):
        _, left_out = sweep.draw_all(directory, overwrite=overwrite)
        notes = [note.removesuffix(f" in {directory}") for note in left_out]
    else:
        notes = _missing(directory, rows)
    page = render(directory, rows, notes)
    with atomic_path(path, overwrite=overwrite) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return path


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Write the page, as `figures.parts.redraw` wants it."""
    return [report(directory, overwrite=overwrite)]


def render(directory: Path, rows: Sequence[Row], notes: Iterable[str] = ()) -> str:
    """Return the page about rows of a table, the samples and the figures in a directory."""
    script, style = (Markup((HERE / f"report.{kind}").read_text("utf-8")) for kind in ("js", "css"))
    entropy = least_elbo(rows)
    return _template().render(
        script=script,
        script_hash=b64encode(sha256(script.encode()).digest()).decode(),
        style=style,
        data=rows[0]["data"],
        summary=describe_runs(rows),
        count=count_of(len(rows), "run"),
        warnings=warnings_of(rows),
        test_images=sorted({row["test_images"] for row in rows} - {None}),
        entropy=entropy,
        best=min(range(len(rows)), key=lambda number: rows[number]["test_elbo"]),
        any_cut=not all(row["complete"] for row in rows),
        runs=[_run(directory, number, row, entropy) for number, row in enumerate(rows)],
        planes=[plane(rows, "distortion"), plane(rows, "elbo")],
        decoders=DECODERS, encoders=ENCODERS, marginals=MARGINALS, shapes=SHAPES,
        codes=codes_of(row["model"] for row in rows),
        size=(WIDTH, HEIGHT), box=(LEFT, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM),
        table=runs_table(rows, entropy),
        paper=paper_table(rows) if rows[0]["data"] in PAPERS_IMAGES else None,
        figures=[_figure(directory / f"{name}.png", text) for name, text in LOOKS.items()
                 if (directory / f"{name}.png").exists()],
        notes=list(notes),
    )  # fmt: skip


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("report.html.j2")


def _read(directory: Path) -> list[Row]:
    rows = read_table(directory)
    path = directory / TABLE
    for row, extra in zip(rows, read_rows(path, EXTRA, texts=("run", "origin")), strict=True):
        row |= extra
        if not row["run"]:
            raise ValueError(f"{path} must name every run, got a row without a name")
        check_numbers(path, {name: row[name] for name in NEEDED})
    names = [row["run"] for row in rows]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"{path} must name every run once, got {twice!r} twice")
    return rows


def _missing(directory: Path, rows: Sequence[Row]) -> list[str]:
    """Return what is to be said of figures drawn before, where not all of them are right."""
    names = [name for name in LOOKS if not (directory / f"{name}.png").exists()]
    again = "run this command with --overwrite to draw all figures again"
    notes = [f"{', '.join(names)}: not drawn; {again}"] if names else []
    numbers = directory / "figure3a.csv"
    if numbers.exists():
        drawn = read_rows(numbers, ("run", "test_elbo"), texts=("run",))
        now = {row["run"]: f"{row['test_elbo']:.8g}" for row in rows}  # as `save` does
        if {row["run"]: f"{row['test_elbo']:.8g}" for row in drawn} != now:
            notes.append(f"The figures are of another state of {TABLE} than the rest; {again}")
    return notes


# -- words and numbers ----------------------------------------------------------------------------


def with_error(value: float, error: float) -> str:
    """Return a number and its error, with two digits of a small error and at least two decimals.

    Examples
    --------
    >>> with_error(95.0149, 0.213), with_error(0.00041, 0.000123), with_error(80.0, 0.0)
    ('95.01 ± 0.21', '0.00041 ± 0.00012', '80.00 ± 0.00')
    """
    decimals = 2 if error == 0 or error >= 0.005 else min(6, 1 - floor(log10(error)))
    return f"{value:.{decimals}f} ± {error:.{decimals}f}"


def _measured(row: Row, name: str) -> Cell:
    value = row[f"test_{name}"]
    return Cell(with_error(value, row[f"test_{name}_se"]), value)


def _asked(row: Row) -> str:
    kind, value = setting_of(row)
    text = f"β = {value:g}" if kind == "beta" else f"target rate {value:g}"
    return text + (f", annealed over {row['anneal']:g} epochs" if row["anneal"] else "")


def _epochs(row: Row) -> str:
    return f"{row['epochs']:.3g}"


def _run(directory: Path, number: int, row: Row, entropy: float) -> dict[str, Any]:
    """Return what the page says of a run, with its images."""
    cut = "" if row["complete"] else f" of {row['epochs_asked']:.3g}, cut short"
    return {
        "number": number, "name": row["run"], "model": row["model"],
        "title": f"{row['model']} at {_asked(row)}, seed {row['seed']}",
        "complete": bool(row["complete"]),
        "measured": {label: _measured(row, name).text for name, label in
                     (("rate", "R"), ("distortion", "D"), ("elbo", "R + D"))},
        "facts": {
            "kind": kind_of_row(row, entropy),
            "preset": row["preset"] or "?",
            "epochs": _epochs(row) + cut,
            "device": row["device"] or "?",
        },
        "images": _images(directory, row),
    }  # fmt: skip


def runs_table(rows: Sequence[Row], entropy: float) -> dict[str, Any]:
    """Return the header and the cells of the table of all runs, without empty columns."""
    header = {
        "run": False,
        "model": False,
        "β": True,
        "target R": True,
        "anneal": True,
        "seed": True,
        "R": True,
        "D": True,
        "R + D": True,
        "kind": False,
        "preset": False,
        "epochs": True,
        "complete": False,
        "minutes": True,
        "origin": False,
        "device": False,
    }  # fmt: skip  (whether a column is of numbers)
    lines = [
        [
            Cell(row["run"], run=number), Cell(row["model"]),
            *(_number(row[name]) for name in ("beta", "target_rate", "anneal", "seed")),
            *(_measured(row, name) for name in ("rate", "distortion", "elbo")),
            Cell(kind_of_row(row, entropy)), Cell(row["preset"] or ""),
            Cell(_epochs(row), row["epochs"]), Cell("yes" if row["complete"] else "no"),
            Cell(f"{row['training_seconds'] / 60:.1f}", row["training_seconds"]),
            Cell(row["origin"] or ""), Cell(row["device"] or ""),
        ]
        for number, row in enumerate(rows)
    ]  # fmt: skip
    used = [any(line[i].text for line in lines) for i in range(len(header))]
    return {
        "header": list(compress(header.items(), used)),
        "models": [row["model"] for row in rows],
        "lines": [list(compress(line, used)) for line in lines],
    }


def _number(value: float | None) -> Cell:
    return Cell("" if value is None else f"{value:g}", value)


# -- beside the paper -----------------------------------------------------------------------------


def paper_table(rows: Sequence[Row]) -> dict[str, Any]:
    """Return the points that the paper prints beside our nearest runs, header and cells."""
    header = {
        "in the paper": False, "model": False, "comparable": False, "R + D: ours less its": True,
        "its β": True, "our β": True, "its R": True, "our R": True, "its D": True, "our D": True,
        "its R + D": True, "our R + D": True, "our run": False, "preset": False, "epochs": True,
    }  # fmt: skip
    lines = []
    for point in read_points(PAPERS_IMAGES[rows[0]["data"]]):
        names = ("rate", "distortion", "elbo")
        theirs = [_number(point[name]) for name in names]
        number = nearest(rows, point)
        if number is None:
            verdict, beta, difference = Cell("no: no such run"), Cell(""), Cell("")
            ours, rest = [Cell("")] * 3, [Cell("")] * 3
        else:
            row = rows[number]
            reason = why_not(row, point)
            verdict, beta = Cell(f"no: {reason}" if reason else "yes"), _number(row["beta"])
            difference = Cell("not printed") if reason else _difference(row, point)
            ours = [_measured(row, name) for name in names]
            rest = [
                Cell(row["run"], run=number), Cell(row["preset"] or ""),
                Cell(_epochs(row), row["epochs"]),
            ]  # fmt: skip
        lines.append([
            Cell(": ".join(str(point[name]) for name in ("kind", "note") if point[name])),
            Cell(point["model"] or "the best"), verdict, difference, _number(point["beta"]), beta,
            *(cell for pair in zip(theirs, ours, strict=True) for cell in pair), *rest,
        ])  # fmt: skip
    return {"header": list(header.items()), "models": None, "lines": lines}


def _difference(row: Row, point: Mapping[str, Any]) -> Cell:
    """Return R + D less the paper's, with the error of ours: the paper prints none."""
    value = row["test_elbo"] - point["elbo"]
    return Cell(with_error(value, row["test_elbo_se"]), value)


def nearest(rows: Sequence[Row], point: Mapping[str, Any]) -> int | None:
    """Return which run is nearest to a point of the paper: its model, and the nearest beta.

    Of equal betas comparable runs come first, then those annealed as the paper's, then complete
    ones. Where the point names no model it is the best of all models, and ours is our best.
    """
    numbers = range(len(rows))
    if point["model"] is None:
        return min(numbers, key=lambda i: rows[i]["test_elbo"])

    def key(number: int) -> tuple[float, bool, bool, bool, int]:
        row = rows[number]
        other = bool(row["anneal"]) != (point["anneal"] == "yes")
        return (
            _apart(row, point), why_not(row, point) is not None, other, not row["complete"],
            row["seed"],
        )  # fmt: skip

    own = [i for i in numbers if rows[i]["model"] == point["model"] and _has_beta(rows[i])]
    return min(own, key=key, default=None)


def why_not(row: Row, point: Mapping[str, Any]) -> str | None:
    """Return why a run may not be held against a point of the paper, or None where it may."""
    reasons = []
    if row["data"] != point["dataset"]:
        reasons.append(f"other images ({row['data']})")
    if row["preset"] != "paper":
        reasons.append(f"{row['preset']} size, {_epochs(row)} epochs")
    elif not row["complete"] or row["epochs_asked"] < PAPERS_EPOCHS:
        reasons.append(f"{_epochs(row)} of the paper's {PAPERS_EPOCHS} epochs")
    if point["beta"] is not None and _apart(row, point) > log(1 + SAME_BETA):
        reasons.append("another β")
    if not reasons and not comparable([row]):
        reasons.append(row["warning"] or "not what the paper ran")
    return ", ".join(reasons) or None


def _has_beta(row: Row) -> bool:
    return setting_of(row)[0] == "beta"


def _apart(row: Row, point: Mapping[str, Any]) -> float:
    """Return how far two betas are apart, as the difference of their logarithms."""
    return abs(log(max(setting_of(row)[1], TINY)) - log(max(point["beta"], TINY)))


# -- the planes -----------------------------------------------------------------------------------

SHAPES = {
    "o": "M-6 0a6 6 0 1 0 12 0a6 6 0 1 0-12 0z",
    "s": "M-5.4-5.4H5.4V5.4H-5.4z",
    "v": "M-6.6-5.2H6.6L0 6.4z",
    "D": "M0-7.2L7.2 0L0 7.2L-7.2 0z",
    "P": "M-2.2-6.6h4.4v4.4h4.4v4.4h-4.4v4.4h-4.4v-4.4h-4.4v-4.4h4.4z",
    "X": "M-6-3.4L-3.4-6L0-2.6L3.4-6L6-3.4L2.6 0L6 3.4L3.4 6L0 2.6L-3.4 6L-6 3.4L-2.6 0z",
}
"""The markers of `figures.parts.look` as paths around 0."""


def plane(rows: Sequence[Row], measure: str) -> dict[str, Any]:
    """Return a drawing of the runs: measure (`distortion` or `elbo`) against rate.

    Places are in units of the drawing, from its upper left; paths are those of SVG.
    """
    entropy = least_elbo(rows)
    axes = _axes(rows, measure, entropy)
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

    front = front_of(rows)
    ends = (0.0, entropy) if measure == "distortion" else (left, right)
    bound = place(ends, (entropy, 0.0) if measure == "distortion" else (entropy, entropy))
    return {
        "measure": measure,
        "x_ticks": _ticks(axes.get_xticks(), left, right, place(axes.get_xticks(), bottom)[:, 0]),
        "y_ticks": _ticks(axes.get_yticks(), bottom, top, place(left, axes.get_yticks())[:, 1]),
        "bound": _path(bound),
        "below": _path(np.concatenate([bound, place(ends[::-1], max(bottom, 0.0))])) + "z",
        "front": curve(*step_curve(front, right, 2 * top)),
        "hull": curve(front.hull.rate, front.hull.distortion),
        "points": [_point(row, measure, place) for row in rows],
    }


def _axes(rows: Sequence[Row], measure: str, entropy: float) -> Axes:
    """Return axes with the scales, limits and ticks of Figure 3a or 3b, where the drawing is."""
    figure = new_figure(WIDTH / 100, HEIGHT / 100, layout=None)
    figure.set_dpi(100)
    axes = figure.add_axes((
        LEFT / WIDTH, BOTTOM / HEIGHT, 1 - (LEFT + RIGHT) / WIDTH, 1 - (TOP + BOTTOM) / HEIGHT,
    ))  # fmt: skip
    if measure == "elbo":
        names = ("rate", "rate_se", "elbo", "elbo_se")
        runs = [{"test": {name: row[f"test_{name}"] for name in names}} for row in rows]
        limit(axes, [run | {"target_rate": None} for run in runs], measure, entropy)
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
    x, y = row["test_rate"], row[f"test_{measure}"]
    x_se, y_se = row["test_rate_se"], row[f"test_{measure}_se"]
    model = row["model"]
    centre, *ends = place([x, x - x_se, x + x_se, x, x], [y, y, y, y - y_se, y + y_se])
    return {
        "place": [round(float(v), 1) for v in centre],
        "bars": _path(np.array(ends[:2])) + _path(np.array(ends[2:])),
        "shape": shape_of(model), "colour": colour_of(model), "filled": is_filled(model),
    }  # fmt: skip


# -- images ---------------------------------------------------------------------------------------


def _images(directory: Path, row: Row) -> dict[str, Any] | None:
    """Return a run's images as one picture of five rows, or None where it has no samples."""
    path = samples_of(directory, row)
    if Path(row["run"]).name != row["run"] or not path.exists():
        return None
    sheet = _sheet(read_images(path))
    stream = BytesIO()
    grey = np.round(255 * (1 - sheet)).astype(np.uint8)
    Image.fromarray(grey).save(stream, "PNG", optimize=True)
    return {"source": _data_uri(stream.getvalue()), "width": grey.shape[1], "height": grey.shape[0]}


def _sheet(images: Mapping[str, Array]) -> Array:
    """Return the images of each array in a row of their own, white where there are none."""
    size = images["data"].shape[1]
    step = size + 1
    across = min(ACROSS, max(map(len, images.values())))
    sheet = np.zeros((step * len(images) + 1, step * across + 1))
    for index, stack in enumerate(images.values()):
        for column, image in enumerate(stack[:across]):
            top, left = step * index + 1, step * column + 1
            sheet[top - 1 : top + step, left - 1 : left + step] = FRAME
            sheet[top : top + size, left : left + size] = image
    return sheet


def _figure(path: Path, text: str) -> dict[str, Any]:
    """Return a figure of the directory, to be written into the page."""
    try:
        content = path.read_bytes()
        with Image.open(BytesIO(content), formats=["PNG"]) as image:
            image.verify()
            width, height = image.size
    except (OSError, SyntaxError, UnidentifiedImageError) as error:
        raise ValueError(f"{path} must be a readable PNG, got {error}") from error
    return {
        "name": path.stem, "source": _data_uri(content), "width": width, "height": height,
        "text": text,
    }  # fmt: skip


def _data_uri(content: bytes) -> str:
    return f"data:image/png;base64,{b64encode(content).decode()}"
