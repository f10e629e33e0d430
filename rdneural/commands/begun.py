"""What a run that is gone on with was begun with: its options need not be said again."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rdneural.commands.given import is_given
from rdneural.commands.place import check_begun

OWN = ("dataset", "device")
"""Settings that are those of the command, if it has any, or of the machine."""


def begun_with(place: Path | None, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is asked of a run that is resumed: what is said now, else what it began with.

    Where neither its checkpoint nor its result can be read, what is asked for is returned as it is,
    and whoever reads them says what is wrong. `ValueError` where there is nothing to go on with.
    """
    from rdneural.records.begun import gone_on_with, kept_settings
    from rdneural.records.layout import CHECKPOINT, RESULT

    check_begun(place, (RESULT, CHECKPOINT))
    assert place is not None
    try:
        kept = kept_settings(place, asked["dataset"])
    except ValueError:
        return dict(asked)
    said = {name for name in asked if is_given(name)} | set(OWN)
    if asked["dataset"] is None:
        said.discard("dataset")
    return gone_on_with(kept, asked, said)


def curve_begun_with(
    place: Path | None, asked: Mapping[str, Any], range_: tuple[float, float]
) -> tuple[dict[str, Any], tuple[float, float]]:
    """Return what is asked of a curve that is resumed, and its range of slopes, as `begun_with`.

    A finished curve is only measured anew, and is asked for as it was.
    """
    from rdneural.records.identity import read_head
    from rdneural.records.layout import CHECKPOINT, CURVE

    check_begun(place, (CURVE, CHECKPOINT))
    assert place is not None
    try:
        head = read_head(place / CHECKPOINT)
        numbers = dict(head["objective"])
        low, high = float(numbers.pop("beta_low")), float(numbers.pop("beta_high"))
    except (ValueError, LookupError, TypeError):
        return dict(asked), range_
    kept = {**head["settings"], **numbers}
    if is_given("dataset"):  # --data says both
        kept = {name: kept[name] for name in kept if name not in ("dataset", "data", "frame")}
    known = {name: kept[name] for name in kept if name in asked and name not in ("beta", "device")}
    found = {**asked, **{name: value for name, value in known.items() if not is_given(name)}}
    return found, range_ if is_given("range_") else (low, high)


def longer(asked: Mapping[str, Any], kept: Mapping[str, Any]) -> bool:
    """Return whether more epochs are asked for than a run was begun with."""
    try:
        return bool(float(asked["epochs"]) > float(kept["epochs"]))
    except (LookupError, TypeError, ValueError):
        return False
