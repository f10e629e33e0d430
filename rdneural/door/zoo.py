"""`rdneural.zoo`: the models that come with the project."""

import math
from pathlib import Path
from typing import Any

from rdneural.door.shown import table_of
from rdneural.records.identity import read_result
from rdneural.records.layout import CHECKPOINT, CURVE, RESULT
from rdneural.records.zoo import CAGES, PREFIX, zoo_names
from rdtheory.results import read_json


def zoo() -> Any:  # noqa: ANN401
    """Return the models that come with the project; a DataFrame with pandas.

    `rdneural.load`, and the commands that read a run, take `name` in place of a
    directory. R, D and R + D are in nats, of `test_images` test images; a curve
    has a model for every beta from `low` to `high`, and its numbers are those
    at the one next to 1 that was measured.

    Examples
    --------
    >>> import rdneural as rn
    >>> models = rn.zoo()
    """
    return table_of([_row(CAGES / name) for name in zoo_names()])


def _row(place: Path) -> dict[str, Any]:
    """Return what the table says of a model of the zoo."""
    low = high = None
    if (place / CURVE).exists():
        found = read_json(place / CURVE, command="curve")
        low, high = (found["settings"][name] for name in ("beta_low", "beta_high"))
        shown = min(found["points"], key=lambda point: abs(math.log(point["beta"])))
        beta = shown["beta"]
    else:
        found = shown = read_result(place / RESULT, None)
        beta = found["final_beta"]
    test = shown["test"]
    return {
        "name": f"{PREFIX}{place.name}", "model": found["model"], "data": found["data"],
        "low": low, "high": high, "beta": beta, "rate": test["rate"],
        "distortion": test["distortion"], "elbo": test["elbo"], "elbo_se": test["elbo_se"],
        "test_images": test["images"], "epochs": found["epochs"],
        "training_seconds": found["training_seconds"], "parameters": found["parameters"],
        "bytes": (place / CHECKPOINT).stat().st_size,
    }  # fmt: skip
