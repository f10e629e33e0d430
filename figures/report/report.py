"""One page about a sweep, `report.html`: a single file that loads nothing from anywhere.

It shows every run in the plane of rate and distortion with what the run reconstructs, the table of
all runs, the points that the paper prints beside our nearest runs, and the figures of the sweep.
The page is made of `report.html.j2` with `report.css` and `report.js` written into it; without
JavaScript it is still all there, only not to be sorted, filtered or pointed at.

Redraw from results with `python -m figures.report DIR`.
"""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from figures import sweep
from figures.choice.kinds import least_elbo
from figures.parts.elsewhere import elsewhere_said, read_elsewhere
from figures.parts.heading import describe_runs, warnings_of
from figures.parts.look import (
    DECODERS,
    ENCODERS,
    MARGINALS,
    OWN_DECODER,
    OWN_MARGINAL,
    codes_of,
)
from figures.parts.reading import check_numbers, read_table
from figures.parts.words import count_of, missed
from figures.report.images import figure_of
from figures.report.paper import PAPERS_IMAGES, paper_table
from figures.report.plane import BOTTOM, HEIGHT, HEXAGON, LEFT, RIGHT, SHAPES, TOP, WIDTH, plane
from figures.report.runs import card_of, runs_table
from rdneural.records.identity import check_place
from rdneural.records.layout import RUNS, TABLE
from rdneural.records.names import own_parts_of
from rdneural.records.table import Row
from rdtheory.results import atomic_path, read_rows, refuse_existing

PAGE = "report.html"
HERE = Path(__file__).parent
NEEDED = ("seed", "final_beta", "epochs", "epochs_asked", "training_seconds")
"""Columns that hold a number in every row."""

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
    "figure6": "The paper's Figure 6: a trace of models whose R + D is near the least of those "
    "with samples, from high rate to low.",
}
"""How to read each figure."""


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
    page = _rendered(directory, rows, notes)
    with atomic_path(path, overwrite=overwrite) as temporary:
        temporary.write_text(page, encoding="utf-8")
    return path


def page_of(directory: Path) -> str:
    """Return the page about the sweep in a directory, with the figures that are there.

    Raises `ValueError` as `report` does.
    """
    rows = _read(directory)
    return _rendered(directory, rows, _missing(directory, rows))


def _rendered(directory: Path, rows: Sequence[Row], notes: Iterable[str]) -> str:
    return render(directory, rows, notes, read_elsewhere(directory, rows[0]["data"]))


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Write the page, as `figures.parts.redraw` wants it."""
    return [report(directory, overwrite=overwrite)]


def render(
    directory: Path, rows: Sequence[Row], notes: Iterable[str] = (), points: Sequence[Row] = ()
) -> str:
    """Return the page about rows of a table, the samples and the figures in a directory.

    `points` are models from elsewhere (`figures.parts.elsewhere`).
    """
    script, style = (Markup((HERE / f"report.{kind}").read_text("utf-8")) for kind in ("js", "css"))
    return _template().render(
        script=script,
        script_hash=b64encode(sha256(script.encode()).digest()).decode(),
        style=style,
        data=rows[0]["data"],
        summary=describe_runs(rows),
        count=count_of(len(rows), "run"),
        warnings=warnings_of(rows),
        test_images=sorted({row["test_images"] for row in rows} - {None}),
        entropy=least_elbo(rows),
        best=min(range(len(rows)), key=lambda number: rows[number]["test_elbo"]),
        any_missed=any(map(missed, rows)),
        any_cut=not all(row["complete"] for row in rows),
        runs=[card_of(directory, number, row) for number, row in enumerate(rows)],
        planes=[plane(rows, "distortion", points), plane(rows, "elbo", points)],
        elsewhere=[elsewhere_said(point) for point in points],
        hexagon=HEXAGON,
        decoders=DECODERS, encoders=ENCODERS, marginals=MARGINALS, shapes=SHAPES,
        codes=codes_of(row["model"] for row in rows), own_decoder=OWN_DECODER,
        own_marginal=OWN_MARGINAL, own={p for row in rows for p in own_parts_of(row["model"])},
        size=(WIDTH, HEIGHT), box=(LEFT, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM),
        table=runs_table(rows),
        paper=paper_table(rows) if rows[0]["data"] in PAPERS_IMAGES else None,
        figures=[figure_of(directory / f"{name}.png", text) for name, text in LOOKS.items()
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
    for row in rows:
        if not row["run"]:
            raise ValueError(f"{path} must name every run, got a row without a name")
        check_numbers(path, {name: row[name] for name in NEEDED})
    names = [row["run"] for row in rows]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"{path} must name every run once, got {twice!r} twice")
    for name in names:
        check_place(directory / RUNS / name)
    return rows


def _missing(directory: Path, rows: Sequence[Row]) -> list[str]:
    """Return what is to be said of figures drawn before, where not all of them are right."""
    names = [name for name in LOOKS if not (directory / f"{name}.png").exists()]
    again = "run this command with --overwrite to draw all figures again"
    notes = [f"{', '.join(names)}: not drawn; {again}"] if names else []
    numbers = directory / "figure3a.csv"
    if numbers.exists():
        drawn = read_rows(numbers, ("run", "test_elbo"), texts=("run",))
        points = read_elsewhere(directory, rows[0]["data"])
        now = {row["run"]: f"{row['test_elbo']:.8g}" for row in (*rows, *points)}  # as `save` does
        if {row["run"]: f"{row['test_elbo']:.8g}" for row in drawn} != now:
            notes.append(f"The figures are of another state of {TABLE} than the rest; {again}")
    return notes
