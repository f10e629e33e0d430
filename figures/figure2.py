"""Figure 2: what the toy models look like inside, rows i to v as in the paper.

Redraw from results with `python -m figures.figure2 DIR`.
"""

from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.parts.style import (
    BLACK,
    CLASS_COLOURS,
    GREY,
    HEAT,
    MODEL_NAMES,
    VERMILION,
    new_figure,
    save,
)
from rdtheory.checks import Array
from rdtheory.model import Model
from rdtheory.results import MODELS, read_arrays, read_json, result_name

PARTS = ("encoder", "marginal", "decoder")
LEAST_MASS = 0.01
"""Share of the mass of an even code, below which nobody sees what a code is decoded to."""
UNUSED = "0.75"

COLUMNS = {
    "figure2": ("optimal", "elbo", "target"),
    "figure2_smoothest": ("optimal", "target", "smoothest"),
}


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw both figures of `COLUMNS` from the `toy.json` and `models.npz` of a directory."""
    result = read_json(directory / result_name("toy"), command="toy")
    names = [f"{model}_{part}" for model in result["models"] for part in PARTS]
    stored = read_arrays(directory / MODELS, ("p_x", "posterior", *names))
    models = {
        name: Model(stored["p_x"], *(stored[f"{name}_{part}"] for part in PARTS))
        for name in result["models"]
    }
    header = ("model", "row", "curve", "index", "second_index", "value")
    paths = []
    for stem, columns in COLUMNS.items():
        shown = {name: models[name] for name in columns}
        figure, rows = picture(shown, stored["posterior"], result["settings"])
        paths.append(save(figure, directory / f"{stem}.png", header, rows, overwrite=overwrite))
    return paths


def picture(
    models: dict[str, Model], posterior: Array, settings: dict[str, Any]
) -> tuple[Figure, list[tuple[Any, ...]]]:
    """Return the figure of models, a column each, and its numbers."""
    # fixed margins: the constrained layout of so many panels takes longer than drawing them
    figure = new_figure(3.6 * len(models), 13.0, layout=None)
    margins = {"left": 0.085, "right": 0.965, "top": 0.955, "bottom": 0.035}
    grid = figure.subplots(
        5, len(models), height_ratios=[1, 1, 1.35, 1.35, 1.35], squeeze=False,
        gridspec_kw=margins | {"hspace": 0.4, "wspace": 0.36},
    )  # fmt: skip
    top_x = 1.35 * max(model.p_x.max() for model in models.values())
    rows: list[tuple[Any, ...]] = []
    for column, (letter, (name, model)) in enumerate(zip("abc", models.items(), strict=False)):
        axes = grid[:, column]
        axes[0].set_title(
            f"({letter}) {_title(name, settings)}\n"
            f"R {model.rate:z.4f}   D {model.distortion:z.4f}   I {model.mutual_information:z.4f}",
            fontsize=10,
        )
        panels = {
            "i": _data_space(axes[0], model, top_x),
            "ii": _code_space(axes[1], model, posterior),
            "iii": _table(axes[2], "e(z|x)", model.encoder.T, "x (bin)", "z (code)"),
            "iv": _table(axes[3], "d(x|z)", model.decoder.T, "z (code)", "x (bin)", unused(model)),
            "v": _table(axes[4], "p(x'|x)", model.reconstruction.T, "x (bin)", "x' (bin)"),
        }
        for number, values in panels.items():
            for curve, table in values.items():
                for index, value in np.ndenumerate(table):
                    rows.append((name, number, curve, *index[:2], *[""] * (2 - len(index)), value))
        if column == 0:
            for axis, number in zip(axes, panels, strict=True):
                axis.annotate(
                    f"({number})", (-0.32, 1.04), xycoords="axes fraction", fontweight="bold"
                )
    _legends(grid[0, 0], grid[1, 0])
    return figure, rows


def _title(name: str, settings: dict[str, Any]) -> str:
    if name == "elbo" and settings["beta"] != 1.0:
        return f"D + {settings['beta']:g} R"
    return MODEL_NAMES[name]


def _data_space(axes: Axes, model: Model, top: float) -> dict[str, Any]:
    bins = np.arange(model.p_x.size)
    axes.bar(bins, model.p_x, width=1.0, color="0.85", label="p*(x)")
    axes.plot(bins, model.generative, color=VERMILION, lw=2, label="g(x)")
    axes.plot(bins, model.reconstructed, color=BLACK, lw=1.2, ls="--", label="d(x)")
    axes.set(xlabel="x (bin)", ylabel="probability", ylim=(0, top))
    return {"p*": model.p_x, "g": model.generative, "d": model.reconstructed}


def _code_space(axes: Axes, model: Model, posterior: Array) -> dict[str, Any]:
    by_class = posterior.T @ model.joint  # (2, Z): p(z*, z)
    codes = np.arange(model.marginal.size)
    axes.bar(codes, by_class[0], width=1.0, color=CLASS_COLOURS[0], label="e(z), z* = 0")
    axes.bar(
        codes, by_class[1], width=1.0, bottom=by_class[0], color=CLASS_COLOURS[1],
        label="e(z), z* = 1",
    )  # fmt: skip
    axes.step(codes, model.marginal, where="mid", color=BLACK, lw=1.2, label="m(z)")
    top = max(model.marginal.max(), by_class.sum(axis=0).max())
    axes.set(xlabel="z (code)", ylabel="probability", ylim=(0, 1.5 * top))  # room for a legend
    return {"m": model.marginal, "e_z0": by_class[0], "e_z1": by_class[1]}


def unused(model: Model) -> Array:
    """Return which codes carry next to no mass, neither in m(z) nor in e(z): (Z,) booleans."""
    most = np.maximum(model.marginal, model.aggregate)
    return np.asarray(most < LEAST_MASS / most.size)


def _table(
    axes: Axes, name: str, table: Array, across: str, up: str, left_out: Array | None = None
) -> dict[str, Any]:
    """Draw a table whose columns are distributions; those that are left out are grey."""
    shown = (
        table
        if left_out is None
        else np.ma.array(table, mask=np.broadcast_to(left_out, table.shape))
    )
    axes.set_facecolor(UNUSED)  # seen where the table is masked
    image = axes.imshow(shown, origin="lower", aspect="auto", cmap=HEAT, vmin=0.0)
    axes.set(xlabel=across, ylabel=up)
    if left_out is not None and left_out.any():
        axes.set_title(f"{name}, grey: codes of no mass", fontsize=10)
    else:
        axes.set_title(name, fontsize=10)
    bar = axes.figure.colorbar(image, ax=axes)
    bar.outline.set_edgecolor(GREY)
    return {name: table}


def _legends(data_space: Axes, code_space: Axes) -> None:
    data_space.legend(ncols=3, fontsize=8, loc="upper center", frameon=False)
    code_space.legend(ncols=2, fontsize=8, loc="upper center", frameon=False)


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
