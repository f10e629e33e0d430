"""What a run does where it is not told: a preset for the device, settings for the preset."""

from typing import Any

import torch

from rdneural.machine.device import pick_device, pick_precision
from rdneural.records.recommended import settings_on
from rdneural.records.settings import RunSettings, place_of_data


def complete_settings(
    *,
    preset: str,
    device: str,
    precision: str,
    **asked: Any,  # noqa: ANN401  (dataset, model and other fields of RunSettings)
) -> RunSettings:
    """Return the settings of a run: what is asked for, else what the preset recommends.

    `preset`, `device` and `precision` may be "auto"; whatever else is None is recommended.
    """
    device = pick_device(device)
    if preset == "auto":
        preset = "paper" if torch.device(device).type == "cuda" else "quick"
    if asked.get("data") is not None:
        asked["data"] = place_of_data(asked["data"])  # it is read again, from anywhere
    return settings_on(device, preset=preset, precision=pick_precision(precision, device), **asked)
