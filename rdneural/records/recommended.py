"""What is recommended where a run is not told: settings for a preset and a family."""

from collections.abc import Sequence
from typing import Any

from rdneural.records.asked import check_attainable
from rdneural.records.names import FAMILIES, chosen_families, is_autoregressive
from rdneural.records.settings import RunSettings
from rdneural.records.sizes import PRESETS
from rdneural.records.types import plain_types

IMAGES_PER_SECOND = {"tiny": (8_000.0, 2_000.0), "quick": (2_700.0, 430.0)}
"""Of training with deconvolutions and with a PixelCNN++, about, on two cores with AMX."""

EPOCHS, ANNEAL = 1.6, 0.4
"""Recommended for sources that can be enumerated: about 600 steps, in the first 150 of which beta
rises from 0: independent pixels at beta = 1 may otherwise never find that a code is of use."""

DROPOUT, LONG = 0.15, 4.0
"""Of PixelCNN++ of `quick` size, from so many epochs on: it overfits from the third or so. Of
several orders of pixels it sees each image in one at a time, and needs no dropout."""

REFINE = 2
"""Steps by which the codes of decoders of independent pixels are refined: more gain little."""

TRAINING_IMAGES = {"mnist5k": 4_000}
"""Of data sets that have not about 50,000."""


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
        return {"epochs": 1.8, "batch": 64, "optimiser": "muon", "learning_rate": 1e-2}
    chosen = {
        "epochs": 16.0, "batch": 64, "optimiser": "muon", "learning_rate": 8e-3,
        "weight_decay": 0.1,
    }  # fmt: skip
    return chosen | ({"refine": REFINE} if model in FAMILIES else {})


def settings_on(
    device: str,
    *,
    dataset: str,
    model: str,
    preset: str,
    precision: str,
    **asked: Any,  # noqa: ANN401  (fields of RunSettings)
) -> RunSettings:
    """Return the settings of a run on a device: what is asked for, else what is recommended.

    Whatever of `asked` is None is recommended. `ValueError` where a setting is not usable, or no
    training could give what is asked for.
    """
    asked = plain_types(asked | {"model": model, "preset": preset, "device": device})
    del asked["model"], asked["preset"], asked["device"]
    chosen = recommended(preset, model) | {k: v for k, v in asked.items() if v is not None}
    long = chosen["epochs"] >= LONG and chosen.get("orders", 1) == 1
    if preset == "quick" and is_autoregressive(model) and long:
        chosen = {"dropout": DROPOUT} | chosen
    settings = RunSettings(
        dataset=dataset, model=model, preset=preset, device=device, precision=precision, **chosen
    )
    check_attainable(settings)
    return settings


def anneal_of(epochs: float) -> float:
    """Return the epochs of annealing that are recommended for so many on a source.

    Examples
    --------
    >>> anneal_of(EPOCHS), anneal_of(8.0), anneal_of(0.25)
    (0.4, 0.4, 0.0625)
    """
    return ANNEAL if epochs > ANNEAL else epochs * ANNEAL / EPOCHS


def check_asked(*, preset: str, device: str, precision: str, **asked: Any) -> RunSettings:  # noqa: ANN401
    """Raise `ValueError` where settings are not usable on any device; return them for a CPU.

    It needs no torch, and so no time. "auto" stands for what it is on a CPU.
    """
    on = "cpu" if device == "auto" else device
    preset = "quick" if preset == "auto" else preset
    precision = "float32" if precision == "auto" else precision
    return settings_on(on, preset=preset, precision=precision, **asked)


def check_grid(
    *,
    models: str,
    betas: Sequence[float] = (),
    target_rates: Sequence[float] = (),
    anneals: Sequence[float] = (0.0,),
    seeds: int = 1,
    **asked: Any,  # noqa: ANN401  (other arguments of check_asked)
) -> None:
    """Raise `ValueError` where one of a grid of runs has settings that are not usable.

    It needs no torch, and so no time. Of several seeds the first stands for all.
    """
    ends: list[dict[str, float]] = [{"beta": b, "anneal": a} for b in betas for a in anneals]
    ends += [{"target_rate": rate} for rate in target_rates]
    for end in ends:
        for model in chosen_families(models):
            check_asked(model=model, **(asked | end))


def seconds_of(settings: RunSettings) -> float | None:
    """Return about how long a run trains on two cores; None where that is not known.

    Of own images nobody knows how many there are before they are read.
    """
    if settings.preset not in IMAGES_PER_SECOND or settings.frame is not None:
        return None
    images = TRAINING_IMAGES.get(settings.data, 50_000)
    speed = IMAGES_PER_SECOND[settings.preset][is_autoregressive(settings.model)]
    return settings.epochs * images / speed
