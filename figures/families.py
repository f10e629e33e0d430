"""How the twelve families look in a plane: colour, shape and fill of a marker, and its legend."""

from collections.abc import Sequence
from itertools import product
from typing import Any

from matplotlib.figure import FigureBase
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from figures.style import BLUE, ORANGE

ENCODERS = {"-": "- Gaussian: hollow", "+": "+ with IAF: filled"}
DECODERS = {"-": ("- deconvolution", ORANGE), "+": ("+ PixelCNN++", BLUE)}
"""The simple decoder is also the lighter one, for prints in grey."""
MARGINALS = {"-": ("- N(0, I)", "o"), "+": ("+ MAF", "s"), "v": ("v VampPrior", "v")}

MODELS = tuple(map("".join, product(ENCODERS, DECODERS, MARGINALS)))

Entry = tuple[Any, str]
"""A handle and what it means."""


def look(model: str, colour: str | None = None) -> dict[str, Any]:
    """Return the marker of a model, in its decoder's colour or another one."""
    colour = colour or DECODERS[model[1]][1]
    return {
        "marker": MARGINALS[model[2]][1], "ms": 7.0, "mew": 1.5, "mec": colour,
        "mfc": (colour, 0.7) if model[0] == "+" else "none", "ls": "none",
    }  # fmt: skip


def add_legend(figure: FigureBase, lines: Sequence[Entry]) -> None:
    """Explain fill, colour and shape, and then lines, in four columns below the panels."""
    empty = Line2D([], [], ls="none")
    marginals = [
        (Line2D([], [], **look("--" + sign, "0.3")), name)
        for sign, (name, _) in MARGINALS.items()
    ]  # fmt: skip
    decoders = [(Patch(color=colour), name) for name, colour in DECODERS.values()]
    encoders = [
        (Line2D([], [], **look(sign + "--", "0.3")), name) for sign, name in ENCODERS.items()
    ]
    columns: list[list[Entry]] = [
        [(empty, "encoder e: fill"), *encoders, (empty, "")],
        [(empty, "decoder d: colour"), *decoders, (empty, "")],
        [(empty, "marginal m: shape"), *marginals],
        [*lines, *[(empty, "")] * (4 - len(lines))],
    ]
    handles, labels = zip(*(entry for column in columns for entry in column), strict=True)
    legend = figure.legend(
        handles, labels, loc="outside lower center", ncols=4, fontsize=9.5,
        title="a model is written e d m", title_fontsize=9.5, frameon=False, columnspacing=2.5,
    )  # fmt: skip
    for text in legend.get_texts()[:12:4]:
        text.set_fontweight("bold")
