"""How the families look in a plane: colour, shape and fill of a marker, and its legend."""

from collections.abc import Iterable, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import FigureBase
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.transforms import Transform

from figures.parts.style import BLUE, GREEN, ORANGE, VERMILION
from rdneural.records.names import OWN_PART, code_of, own_parts_of, parts_of

ENCODERS = {"-": "- Gaussian: hollow", "+": "+ with IAF: filled"}
DECODERS = {"-": ("- deconvolution", ORANGE), "+": ("+ PixelCNN++", BLUE)}
"""The simple decoder is also the lighter one, for prints in grey."""
MARGINALS = {"-": ("- N(0, I)", "o"), "+": ("+ MAF", "s"), "v": ("v VampPrior", "v")}
OWN_ENCODER, OWN_DECODER, OWN_MARGINAL = "o own: filled", ("o own", GREEN), ("o own", "p")
"""Of parts that are not ours, where there are any."""
CODES = {
    "split": ("split:K first pixels", "D"),
    "coarse": ("coarse:S small image", "P"),
    "bits": ("bits:K learned", "X"),
}
"""Kinds of discrete codes, whose marginals are autoregressive: their shapes."""

Entry = tuple[Any, str]
"""A handle and what it means."""

RING: dict[str, Any] = {"marker": "o", "mfc": "none", "mec": VERMILION, "mew": 1.3, "ls": "none"}
"""The ring around a run that missed its target rate."""


def codes_of(models: Iterable[str]) -> list[str]:
    """Return the names of the kinds of discrete codes that are among models."""
    kinds = set(map(code_of, models))
    return [name for kind, (name, _) in CODES.items() if kind in kinds]


def shape_of(model: str) -> str:
    """Return the marker of a model's marginal or kind of discrete code."""
    kind = code_of(model)
    if kind is not None:
        return CODES[kind][1]
    return (MARGINALS | {OWN_PART: OWN_MARGINAL})[model[2]][1]


def is_filled(model: str) -> bool:
    """Return whether a model's marker is filled: an IAF, an own encoder, or learned bits."""
    return model.startswith(("+", OWN_PART, "bits"))


def colour_of(model: str) -> str:
    """Return the colour of a model's decoder."""
    return (DECODERS | {OWN_PART: OWN_DECODER})[parts_of(model)[1]][1]


def look(model: str, colour: str | None = None) -> dict[str, Any]:
    """Return the marker of a model, in its decoder's colour or another one."""
    colour = colour or colour_of(model)
    return {
        "marker": shape_of(model), "ms": 7.0, "mew": 1.5, "mec": colour,
        "mfc": (colour, 0.7) if is_filled(model) else "none", "ls": "none",
    }  # fmt: skip


def cross(
    axes: Axes, x: float, y: float, *, size: float = 11, transform: Transform | None = None
) -> None:
    """Cross out a broken model, at a place in the units of the axes or of a transform."""
    axes.plot(
        [x], [y], marker="x", ms=size, mew=0.22 * size, color=VERMILION, ls="none", zorder=4,
        clip_on=False, transform=transform or axes.transData, label="broken",
    )  # fmt: skip


def ring(
    axes: Axes, x: float | Sequence[float], y: float | Sequence[float], *, size: float = 7.0
) -> None:
    """Draw rings around markers of a size: runs that missed their target rate."""
    axes.plot(x, y, label="_missed", zorder=3.5, **(RING | {"ms": size + 6.0}))


def ring_entry() -> Entry:
    """Return what a legend says of `ring`."""
    return Line2D([], [], **(RING | {"ms": 9.0})), "missed its target rate"


def _own(part: str, entry: Any, own: Iterable[str]) -> dict[str, Any]:  # noqa: ANN401
    """Return the entry of own parts, where there are such."""
    return {OWN_PART: entry} if part in own else {}


def add_legend(figure: FigureBase, lines: Sequence[Entry], models: Iterable[str] = ()) -> None:
    """Explain fill, colour and shape, and then lines, in four columns below the panels.

    Of discrete codes and own parts those are explained that are among the models.
    """
    models = list(models)
    own = {part for model in models for part in own_parts_of(model)}
    empty = Line2D([], [], ls="none")
    marginals = [
        (Line2D([], [], **look("--" + sign, "0.3")), name)
        for sign, (name, _) in (MARGINALS | _own("marginal", OWN_MARGINAL, own)).items()
    ]  # fmt: skip
    decoders = [
        (Patch(color=colour), name)
        for name, colour in (DECODERS | _own("decoder", OWN_DECODER, own)).values()
    ]
    encoders = [
        (Line2D([], [], **look(sign + "--", "0.3")), name)
        for sign, name in (ENCODERS | _own("encoder", OWN_ENCODER, own)).items()
    ]
    named = codes_of(models)
    codes = [
        (Line2D([], [], **look(f"{kind}+:1" if kind == "bits" else f"{kind}:1", "0.3")), name)
        for kind, (name, _) in CODES.items() if name in named
    ]  # fmt: skip
    columns: list[list[Entry]] = [
        [(empty, "encoder e: fill"), *encoders],
        [(empty, "decoder d: colour"), *decoders],
        [(empty, "marginal m: shape"), *marginals, *codes],
        list(lines),
    ]
    rows = max(map(len, columns))
    columns = [column + [(empty, "")] * (rows - len(column)) for column in columns]
    handles, labels = zip(*(entry for column in columns for entry in column), strict=True)
    title = "a model is written e d m" + (", or by its discrete code" if codes else "")
    legend = figure.legend(
        handles, labels, loc="outside lower center", ncols=4, fontsize=9.5,
        title=title, title_fontsize=9.5, frameon=False, columnspacing=2.5,
    )  # fmt: skip
    for text in legend.get_texts()[: 3 * rows : rows]:
        text.set_fontweight("bold")
