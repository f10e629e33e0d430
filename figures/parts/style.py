"""What all figures share: colours that the colour-blind can tell apart, sizes, and how to save."""

import csv
import textwrap
from collections.abc import Iterable, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from rdtheory.results import atomic_path

# Okabe and Ito (2008)
BLACK, ORANGE, SKY, GREEN = "#000000", "#E69F00", "#56B4E9", "#009E73"
YELLOW, BLUE, VERMILION, PINK = "#F0E442", "#0072B2", "#D55E00", "#CC79A7"
GREY = "#888888"

MODEL_COLOURS = {"optimal": BLACK, "elbo": VERMILION, "target": BLUE, "smoothest": GREEN}
MODEL_NAMES = {
    "optimal": "optimal (hand-made)",
    "elbo": "ELBO",
    "target": "target rate",
    "smoothest": "target rate, smoothest",
}
CLASS_COLOURS = (BLUE, ORANGE)
HEAT = "cividis"
DPI = 130


def new_figure(width: float, height: float, *, layout: str | None = "constrained") -> Figure:
    """Return an empty figure of a size in inches, free of pyplot's global state."""
    figure = Shown(figsize=(width, height), layout=layout)  # type: ignore[arg-type]
    FigureCanvasAgg(figure)
    return figure


class Shown(Figure):
    """A figure that a notebook shows, with pyplot or without."""

    def _repr_png_(self) -> bytes:
        stream = BytesIO()
        self.savefig(stream, format="png", dpi=DPI)
        return stream.getvalue()


def write_title(axes: Axes, text: str, letters: int, *, size: float = 11.5) -> None:
    """Write what a panel shows above it, as it is, in lines of so many letters at most."""
    axes.set_title("\n".join(textwrap.wrap(text, letters)), fontsize=size, parse_math=False)


def save(
    figure: Figure,
    path: Path,
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    overwrite: bool,
) -> Path:
    """Write a figure as PNG and its numbers as CSV beside it; return the path of the PNG."""
    save_picture(figure, path, overwrite=overwrite)
    with (
        atomic_path(path.with_suffix(".csv"), overwrite=overwrite) as temporary,
        temporary.open("w", newline="") as stream,
    ):
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows([f"{v:.8g}" if isinstance(v, float) else v for v in row] for row in rows)
    return path


def save_picture(figure: Figure, path: Path, *, overwrite: bool) -> Path:
    """Write a figure as PNG alone, where its numbers already lie beside it; return its path."""
    with atomic_path(path, overwrite=overwrite) as temporary:
        figure.savefig(temporary, dpi=DPI)
    return path
