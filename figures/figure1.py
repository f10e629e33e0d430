"""Figure 1: the phase diagram of the RD plane, exact for the toy source, with the fits in it.

Redraw from results with `python -m figures.figure1 DIR`.
"""

from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from figures.parts.style import BLACK, GREY, MODEL_COLOURS, MODEL_NAMES, new_figure, save
from rdtheory.results import read_json, result_name

MARKERS = {"optimal": "*", "elbo": "s", "target": "o", "smoothest": "D"}
SIZES = {"optimal": 260, "elbo": 70, "target": 120, "smoothest": 40}


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw `figure1.png` from the `toy.json` of a directory."""
    result = read_json(directory / result_name("toy"), command="toy")
    figure = new_figure(6.6, 6.6)
    axes = figure.add_subplot()
    _regions(axes, result["entropy"])
    rows = _models(axes, result)
    axes.set(
        xlabel="rate R  (nats)",
        ylabel="distortion D  (nats)",
        title=f"Toy source, H = {result['entropy']:.4f} nats",
    )
    axes.legend(loc="upper right", frameon=True, fontsize=9)
    header = ("model", "restart", "rate", "distortion", "mutual_information", "excess")
    return [save(figure, directory / "figure1.png", header, rows, overwrite=overwrite)]


def _regions(axes: Axes, entropy: float) -> None:
    top = 1.25 * entropy
    axes.set(xlim=(-0.04 * top, top), ylim=(-0.04 * top, top), aspect="equal")
    axes.fill([0, entropy, 0], [0, 0, entropy], color="0.85", lw=0, zorder=0)
    axes.plot([0, 0, entropy, top], [top, entropy, 0, 0], color=BLACK, lw=3, zorder=1)
    third = entropy / 3
    axes.text(0.72 * third, 0.72 * third, "infeasible\nD + R < H", ha="center", va="center")
    axes.text(2.15 * third, 2.0 * third, "feasible:  H - D ≤ I ≤ R", ha="center", va="center")
    axes.text(
        1.75 * third, 1.45 * third, "D = H - R:  both bounds tight", rotation=-45,
        ha="center", va="center", rotation_mode="anchor",
    )  # fmt: skip
    arrow = {"arrowstyle": "->", "color": GREY}
    axes.annotate(
        "autodecoding limit\nR = 0, D = H", (0, entropy), (0.38 * third, 3.0 * third),
        arrowprops=arrow, va="center",
    )  # fmt: skip
    axes.annotate(
        "autoencoding limit\nR = H, D = 0", (entropy, 0), (2.6 * third, 0.8 * third),
        arrowprops=arrow, va="center", ha="left",
    )  # fmt: skip


def _models(axes: Axes, result: dict[str, Any]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    for name, model in result["models"].items():
        colour = MODEL_COLOURS[name]
        restarts = result["restarts"].get(name, [])
        for number, restart in enumerate(restarts):
            axes.scatter(restart["rate"], restart["distortion"], s=12, color=colour, zorder=3)
            rows.append((name, number, *_numbers(restart)))
        axes.scatter(
            model["rate"], model["distortion"], s=SIZES[name], marker=MARKERS[name],
            facecolor="white", edgecolor=colour, linewidth=1.8, zorder=4,
            label=f"{MODEL_NAMES[name]}: R = {model['rate']:z.4f}",
        )  # fmt: skip
        rows.append((name, "shown", *_numbers(model)))
    return rows


def _numbers(model: dict[str, float]) -> tuple[float, ...]:
    return tuple(model[k] for k in ("rate", "distortion", "mutual_information", "excess"))


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
