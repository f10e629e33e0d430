"""Whether settings are those of before: of a run to go on with, or of the other runs of a plan."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rdneural.records.settings import LATER, place_of_data
from rdneural.records.sizes import SIZES


def check_same_settings(
    kept: Mapping[str, Any], asked: Mapping[str, Any], path: Path, *, by_content: bool = False
) -> None:
    """Raise `ValueError` where a file was made with other settings, but for the device.

    Where images are is of no account where whoever calls compares their digest (`by_content`), nor
    how their place is spelt.
    """
    for name, value in asked.items():
        if name == "device" or (name == "data" and by_content):
            continue
        mine = kept.get(name, LATER.get(name))
        if name == "data" and isinstance(mine, str):
            mine, value = place_of_data(mine), place_of_data(value)
        if name == "frame":  # JSON has lists
            mine, value = (frame and tuple(frame) for frame in (mine, value))
        if mine != value:
            raise ValueError(f"{name} must be that of {path} to resume, {mine}, got {value}")


def check_same_images(
    known: tuple[str, str, str | None], asked: tuple[str, str, str | None], path: Path
) -> None:
    """Raise `ValueError` where runs of two data sets and presets cannot be in one plan, in `path`.

    Their images must be of one data set, and of one size: that of the preset, or of own images that
    of their frame, the third that is given, as tables have it.
    """
    (theirs, preset, frame), (dataset, other, new) = known, asked
    if theirs != dataset:
        raise ValueError(
            f"dataset must be that of the other runs in {path}, {theirs}, got {dataset}"
        )
    if frame != new:
        raise ValueError(
            f"data must have images as large as those of the other runs in {path}, {frame}, "
            f"got {new}"
        )
    if frame is not None:
        return
    side, size = SIZES[preset].side, SIZES[other].side
    if side != size:
        raise ValueError(
            f"preset must have images as large as those of the other runs in {path}, "
            f"{preset} ({side}x{side}), got {other} ({size}x{size})"
        )
