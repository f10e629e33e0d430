"""What the code of a run tells about its images: bounds of I_e, their errors and their ceiling.

Redraw from results with `python -m figures.information DIR`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from figures.parts.heading import reserve_heading, write_heading
from figures.parts.reading import SHOWN, check_numbers
from figures.parts.style import BLACK, BLUE, GREEN, GREY, ORANGE, VERMILION, new_figure, save
from figures.parts.words import asked, compact
from rdneural.records.asked import of_steps
from rdtheory.results import read_json, result_name

ROWS = (
    ("entropy_estimate_minus_distortion", "Ĥ - D  (an estimate, no bound)", GREY, "D"),
    ("population_lower", "lower bound: InfoNCE over all N", BLUE, ">"),
    ("mutual_information", "$I_e$ of the N images themselves", BLACK, "o"),
    ("population_upper", "upper bound: leave one out", ORANGE, "<"),
    ("rate", "upper bound: rate R", VERMILION, "<"),
)
"""Entries of a split, how they are called, and how they are drawn."""

CAPTION = (
    "The population's I lies in the blue band: between the best lower and the best upper bound. "
    "0.67(3) is 0.67 ± 0.03, one standard error. H is unknown; Ĥ is a code length."
)

HEADER = ("split", "images", "ceiling", *(f"{name}{se}" for name, *_ in ROWS for se in ("", "_se")))


def draw(directory: Path, *, overwrite: bool = False) -> list[Path]:
    """Draw `information.png` from the `information.json` of a directory.

    Raises
    ------
    ValueError
        where the file is missing or broken, or an entry is missing or not finite.
    """
    path = directory / result_name("information")
    result = read_json(path, command="information")
    for split in SHOWN:
        _check(path, split, result.get(split))
    rows = [[split, *(result[split][name] for name in HEADER[1:])] for split in SHOWN]
    figure = picture(result)
    return [save(figure, directory / "information.png", HEADER, rows, overwrite=overwrite)]


def picture(result: Mapping[str, Any]) -> Figure:
    """Return the picture of a result, a panel for each split."""
    figure = new_figure(8.6, 5.6)
    title = f"{result['data']}, model {result['model']}, {asked(result)}: what the code tells"
    lines = [(title, 13.0, BLACK), (CAPTION, 9.5, BLACK)]
    if "unfinished" in result:
        lines.append((of_steps(result), 9.5, VERMILION))
    if result["warning"]:
        lines.append((result["warning"], 9.0, VERMILION))
    reserve_heading(figure, write_heading(figure, lines))
    panels = figure.subplots(2, 1, sharex=True)
    for axes, split in zip(panels, SHOWN, strict=True):
        _panel(axes, split, result[split])
    panels[-1].set_xlabel("nats per image", fontsize=11)
    return figure


def _check(path: Path, split: str, found: Any) -> None:  # noqa: ANN401
    """Check that a split's numbers are there."""
    if not isinstance(found, dict):
        raise ValueError(f"{path} must hold the split {split}, got {found!r}")
    check_numbers(path, {f"{split}: {name}": found.get(name) for name in HEADER[1:]})


def _panel(axes: Axes, split: str, found: Mapping[str, Any]) -> None:
    lower = max(0.0, found["population_lower"])
    upper = min(found["rate"], found["population_upper"])
    axes.axvspan(lower, max(lower, upper), color=BLUE, alpha=0.12, lw=0, zorder=0)
    axes.axvline(found["ceiling"], color=GREEN, ls="--", lw=1.3, zorder=1)
    farthest = max(found["ceiling"], found["rate"], *(found[name] for name, *_ in ROWS[:3]))
    limit = 1.25 * farthest
    side = -1 if found["ceiling"] > 0.6 * limit else 1
    axes.annotate(
        f"log N = {found['ceiling']:.2f}, the ceiling", (found["ceiling"], len(ROWS) - 0.45),
        (5 * side, 0), textcoords="offset points", ha="left" if side > 0 else "right",
        va="center", fontsize=9, color=GREEN,
    )  # fmt: skip
    for place, (name, _, colour, marker) in enumerate(reversed(ROWS)):
        value, error = found[name], found[f"{name}_se"]
        if value > limit:
            axes.text(limit, place, f"{value:.4g} →", ha="right", va="center", color=colour)
            continue
        axes.errorbar(value, place, xerr=error, fmt=marker, color=colour, ms=7, capsize=3)
        side = -1 if value > 0.8 * limit else 1
        axes.annotate(
            compact(value, error), (value + side * error, place), (9 * side, 0),
            textcoords="offset points", ha="left" if side > 0 else "right", va="center",
            fontsize=9, color=colour,
        )  # fmt: skip
    axes.set_yticks(range(len(ROWS)), [label for _, label, *_ in reversed(ROWS)], fontsize=9.5)
    axes.set_ylim(-0.6, len(ROWS) - 0.1)
    axes.set_xlim(min(0.0, *(found[name] for name, *_ in ROWS)) - 0.02 * limit, limit)
    axes.set_title(f"{split}: N = {found['images']:,} images", loc="left", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)


if __name__ == "__main__":
    from figures.parts.redraw import main

    main(draw)
