"""Neural rate-distortion models on images, held against `rdtheory`; needs the extra `neural`.

    import rdneural as rn

    run = rn.train("mnist", model="-+v", target_rate=8)
    run.rate, run.distortion

Twelve model families of Alemi et al. (2018), own networks and own images; their training to a slope
or to a rate, and what can be said of them. What is named here is imported when it is first used:
torch comes with the first name that needs it, and `rdneural.records` alone never does.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

NAMES = {
    "train": "rdneural.door.training",
    "load": "rdneural.door.run",
    "Run": "rdneural.door.run",
    "curve": "rdneural.door.curves",
    "Curve": "rdneural.door.curves",
    "load_curve": "rdneural.door.curves",
    "sweep": "rdneural.door.sweeps",
    "Sweep": "rdneural.door.sweeps",
    "load_sweep": "rdneural.door.sweeps",
    "validate": "rdneural.door.measured",
    "information": "rdneural.door.measured",
    "usefulness": "rdneural.door.measured",
    "measure_model": "rdneural.runs.foreign",
    "zoo": "rdneural.door.zoo",
    "register_data": "rdneural.data.registry",
    "register_encoder": "rdneural.models.own_parts",
    "register_decoder": "rdneural.models.own_parts",
    "register_marginal": "rdneural.models.own_parts",
}
"""What `import rdneural` offers, and where it is."""

__all__ = list(NAMES)

if TYPE_CHECKING:
    from rdneural.data.registry import register_data as register_data
    from rdneural.door.curves import Curve as Curve
    from rdneural.door.curves import curve as curve
    from rdneural.door.curves import load_curve as load_curve
    from rdneural.door.measured import information as information
    from rdneural.door.measured import usefulness as usefulness
    from rdneural.door.measured import validate as validate
    from rdneural.door.run import Run as Run
    from rdneural.door.run import load as load
    from rdneural.door.sweeps import Sweep as Sweep
    from rdneural.door.sweeps import load_sweep as load_sweep
    from rdneural.door.sweeps import sweep as sweep
    from rdneural.door.training import train as train
    from rdneural.door.zoo import zoo as zoo
    from rdneural.models.own_parts import register_decoder as register_decoder
    from rdneural.models.own_parts import register_encoder as register_encoder
    from rdneural.models.own_parts import register_marginal as register_marginal
    from rdneural.runs.foreign import measure_model as measure_model


def __getattr__(name: str) -> Any:  # noqa: ANN401
    if name not in NAMES:
        raise AttributeError(f"module 'rdneural' has no attribute {name!r}")
    found = getattr(import_module(NAMES[name]), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *NAMES})
