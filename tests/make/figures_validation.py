"""A made-up result of `validate`, model by model."""

import numpy as np
from matplotlib.container import ErrorbarContainer

from rdtheory.results import result_head

ENTROPY = 3.25
COSTS = {"encoder_cost": 0.05, "marginal_cost": 0.125, "decoder_cost": 0.25}


def make_model(model="-+v", *, beta=None, target=None, rate=1.5, gaps=(0.125, 0.25), **entries):
    excess = sum(gaps) + 0.0123456789
    row = {"model": model, "beta": 1.0 if (beta, target) == (None, None) else beta}
    row |= {"target_rate": target, "final_beta": 0.75 if row["beta"] is None else row["beta"]}
    numbers = {
        "entropy": ENTROPY, "rate": rate, "distortion": ENTROPY - rate + excess,
        "mutual_information": rate - gaps[0], "marginal_gap": gaps[0], "decoder_gap": gaps[1],
        "excess": excess, "gaps": sum(gaps), **COSTS,
    }  # fmt: skip
    for k, (name, value) in enumerate(numbers.items()):
        row |= {name: value, f"{name}_se": 0.001 * k}
    frontier = {"images": 30, "codes": 2048, "rate": 1.25, "distortion": 2.125, "gap": 1.5e-10,
                "halving": 2.5e-4, "codes_used": 5}  # fmt: skip
    row |= {"samples": 2048, "decoder_frontier": frontier, "steps": 156, "seconds": 59.3}
    return row | {"verdict": "holds"} | entries


def make_validation(*rows):
    found = result_head("validate", settings={"source": "bars:4x4"}, seed=0, seconds=1.0)
    return found | {"source": "bars:4x4", "letters": 30, "entropy": ENTROPY, "models": list(rows)}


def marker_of(axes, label):
    """Return the marker of the one model with a label, and the half-lengths of its errors."""
    (bars,) = (
        bars for bars in axes.containers
        if isinstance(bars, ErrorbarContainer) and bars.get_label() == label
    )  # fmt: skip
    line, _, errors = bars.lines
    lengths = [np.ptp(error.get_segments()[0], axis=0).max() / 2 for error in errors]
    return line, lengths


def place_of(line):
    return float(line.get_xdata()[0]), float(line.get_ydata()[0])
