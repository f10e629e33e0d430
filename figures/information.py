"""What the code of a run tells about its images: bounds of I_e, their errors and their ceiling.

Redraw from results with `python -m figures.information DIR`.
"""

import math
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes

from figures.heading import reserve_heading, write_heading
from figures.style import BLACK, BLUE, GREEN, GREY, ORANGE, VERMILION, new_figure, save
from rdtheory.results import read_json

SPLITS = ("train", "test")

ROWS = (
    ("entropy_estimate_minus_distortion", "Ĥ - D  (an estimate, no bound)", GREY, "D"),
    ("population_lower", "lower bound: InfoNCE over all N", BLUE, ">"),
    ("mutual_information", "$I_e$ of the N images themselves", BLACK, "o"),
    ("population_upper", "upper bound: leave one out", ORANGE, "<"),
    ("rate", "upper bound: rate R", VERMILION, "<"),
)
"""Entries of a split, how they are called, and how they are drawn."""

HEADER = ("split", "images", "ceiling", *(f"{name}{se}" for name, *_ in ROWS for se in ("", "_se")))


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw `information.png` from the `information.json` of a directory.

    Raises
    ------
    ValueError
        where the file is missing or broken, or an entry is missing or not finite.
    """
    path = directory / "information.json"
    result = read_json(path, command="information")
    splits = {split: _checked(path, result.get(split), split) for split in SPLITS}
    figure = new_figure(8.6, 5.6)
    asked = f"beta {result.get('beta')}"
    if result.get("target_rate") is not None:
        asked = f"target rate {result['target_rate']:g}"
    lines = [
        (f"{result.get('data')}, model {result.get('model')}, {asked}: "
         "what the code tells", 13.0, BLACK),
        ("The population's I lies in the blue band: between the best lower and the best upper "
         "bound. Bars are ± 1 standard error. H is unknown; Ĥ is a code length.", 9.5, BLACK),
        *([(str(result["warning"]), 9.0, VERMILION)] if result.get("warning") else []),
    ]  # fmt: skip
    reserve_heading(figure, write_heading(figure, lines))
    panels = figure.subplots(2, 1, sharex=True)
    for axes, (split, found) in zip(panels, splits.items(), strict=True):
        _panel(axes, split, found)
    panels[-1].set_xlabel("nats per image", fontsize=11)
    rows = [
        [split, found["images"], found["ceiling"],
         *(found[f"{name}{se}"] for name, *_ in ROWS for se in ("", "_se"))]
        for split, found in splits.items()
    ]  # fmt: skip
    return [save(figure, directory / "information.png", HEADER, rows, overwrite=overwrite)]


def _checked(path: Path, found: Any, split: str) -> dict[str, Any]:  # noqa: ANN401
    """Return a split's entries, all there and finite."""
    if not isinstance(found, dict):
        raise ValueError(f"{path} must hold the split {split}, got {found!r}")
    for name in HEADER[1:]:
        value = found.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ValueError(f"{path} must hold a finite {name} of {split}, got {value!r}")
    return found


def _panel(axes: Axes, split: str, found: dict[str, Any]) -> None:
    lower = max(0.0, found["population_lower"])
    upper = min(found["rate"], found["population_upper"])
    axes.axvspan(lower, max(lower, upper), color=BLUE, alpha=0.12, lw=0, zorder=0)
    axes.axvline(found["ceiling"], color=GREEN, ls="--", lw=1.3, zorder=1)
    axes.text(
        found["ceiling"], len(ROWS) - 0.45, f" log N = {found['ceiling']:.2f}, the ceiling",
        color=GREEN, fontsize=9, va="center",
    )  # fmt: skip
    farthest = max(found["ceiling"], found["rate"], *(found[name] for name, *_ in ROWS[:3]))
    limit = 1.25 * farthest
    for place, (name, label, colour, marker) in enumerate(reversed(ROWS)):
        value, error = found[name], found[f"{name}_se"]
        if value > limit:
            axes.text(limit, place, f"{value:.4g} →", ha="right", va="center", color=colour)
            continue
        axes.errorbar(value, place, xerr=error, fmt=marker, color=colour, ms=7, capsize=3)
        axes.annotate(
            f"{value:.2f} ± {error:.2g}", (value, place), (0, 7), textcoords="offset points",
            ha="center", fontsize=8.5, color=colour,
        )  # fmt: skip
    axes.set_yticks(range(len(ROWS)), [label for _, label, *_ in reversed(ROWS)], fontsize=9.5)
    axes.set_ylim(-0.6, len(ROWS) - 0.1)
    axes.set_xlim(min(0.0, *(found[name] for name, *_ in ROWS)) - 0.02 * limit, limit)
    axes.set_title(f"{split}: N = {found['images']:,} images", loc="left", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    from figures.redraw import main

    main(draw)
