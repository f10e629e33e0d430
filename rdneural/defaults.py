"""What a run does where it is not told: presets for the device, settings for the preset."""

import re
from typing import Any

import torch

from rdneural.families import is_autoregressive
from rdneural.settings import RunSettings
from rdneural.sizes import PRESETS


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


def pick_device(device: str) -> str:
    """Return the name of a device that is there; "auto" is the GPU, if any.

    Raises
    ------
    ValueError
        where the device is unknown or not there.
    """
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    match = re.fullmatch(r"cpu|cuda(?::(\d+))?", device)
    if match is None:
        raise ValueError(f"device must be auto, cpu, cuda or cuda:N, got {device!r}")
    if device != "cpu" and int(match[1] or 0) >= torch.cuda.device_count():
        raise ValueError(
            f"device must be one of the {torch.cuda.device_count()} GPUs here, got {device!r}"
        )
    return device


def has_fast_bfloat16(device: str) -> bool:
    """Return whether the device multiplies matrices of bfloat16 faster than of float32."""
    if torch.device(device).type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    probe = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return bool(probe is not None and probe())
