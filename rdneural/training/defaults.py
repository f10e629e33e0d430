"""What a run does where it is not told: presets for the device, settings for the preset."""

from typing import Any

import torch

from rdneural.machine.device import has_fast_bfloat16, pick_device
from rdneural.records.names import is_autoregressive
from rdneural.records.settings import RunSettings
from rdneural.records.sizes import PRESETS


def complete_settings(
    *,
    dataset: str,
    model: str,
    preset: str,
    device: str,
    precision: str,
    **asked: Any,  # noqa: ANN401
) -> RunSettings:
    """Return the settings of a run: what is asked for, else what the preset recommends.

    `preset`, `device` and `precision` may be "auto"; whatever else is None is recommended.
    """
    device = pick_device(device)
    if preset == "auto":
        preset = "paper" if torch.device(device).type == "cuda" else "quick"
    if precision == "auto":
        precision = "bfloat16" if has_fast_bfloat16(device) else "float32"
    chosen = recommended(preset, model) | {k: v for k, v in asked.items() if v is not None}
    return RunSettings(
        dataset=dataset, model=model, preset=preset, device=device, precision=precision, **chosen
    )


def recommended(preset: str, model: str) -> dict[str, Any]:
    """Return the settings of training that a preset recommends for a family.

    `paper` is the paper's (200 epochs, 3e-4 constant for half of them and then falling linearly,
    normalised gradients). The others were tuned on static MNIST and two CPU cores.
    """
    if preset not in PRESETS:
        raise ValueError(f"preset must be one of {', '.join(PRESETS)}, got {preset!r}")
    autoregressive = is_autoregressive(model)
    if preset == "paper":
        return {
            "epochs": 200.0, "batch": 100, "learning_rate": 3e-4, "schedule": "linear",
            "normalise_gradients": True, "ema": 0.999,
        }  # fmt: skip
    if preset == "tiny":
        return {"epochs": 2.0, "batch": 128, "learning_rate": 4e-3}
    if autoregressive:
        return {"epochs": 1.5, "batch": 64, "learning_rate": 4e-3}
    return {"epochs": 16.0, "batch": 128, "learning_rate": 8e-3, "weight_decay": 0.1}
