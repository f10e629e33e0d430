"""A rate-distortion curve in its certificate band, and the bifurcations of its support.

Redraw from results with `python -m figures.frontier DIR`.
"""

import math
from pathlib import Path
from typing import Any

import numpy as np

from figures.parts.style import GREY, new_figure, save
from rdtheory.results import read_json, result_name
from rdtheory.solver.frontier import Frontier
from rdtheory.solver.slope import RDPoint


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw `frontier.png` from the `frontier.json` of a directory."""
    result = read_json(directory / result_name("frontier"), command="frontier")
    curve = _curve(result)
    figure = new_figure(11.0, 4.6)
    left, right = figure.subplots(1, 2)
    curve.plot(left)
    if result["width"] is None:
        left.get_legend().remove()
    left.set_title(f"{result['source']}: every point within {result['max_gap']:.0e} nats")
    curve.plot_support(right)
    right.set_title("outputs in use, larger dots for more mass")
    right.grid(axis="x", color=GREY, alpha=0.25)
    rows = [
        (p.beta, p.rate, p.distortion, p.gap, p.support.size, p.iterations) for p in curve.points
    ]
    header = ("beta", "rate", "distortion", "gap", "support", "iterations")
    return [save(figure, directory / "frontier.png", header, rows, overwrite=overwrite)]


def _curve(result: dict[str, Any]) -> Frontier:
    outputs = np.array(result["outputs"])
    points = []
    for stored in result["points"]:
        marginal = np.zeros(outputs.size)
        marginal[stored["support"]] = stored["masses"]
        points.append(
            RDPoint(
                beta=math.inf if stored["beta"] is None else stored["beta"],
                rate=stored["rate"],
                distortion=stored["distortion"],
                gap=stored["gap"],
                marginal=marginal,
                iterations=stored["iterations"],
                converged=stored["converged"],
            )
        )
    points.sort(key=lambda point: (point.rate, -point.beta))
    return Frontier(tuple(points), outputs, result["width"] or 0.0, True)


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
