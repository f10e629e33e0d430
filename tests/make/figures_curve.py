"""A made-up result of `curve`."""

from rdtheory.results import result_head


def _measured(rate, distortion, beta):
    found = {"rate": rate, "distortion": distortion, "cost": distortion + beta * rate}
    return found | {f"{name}_se": 0.1 for name in found}


def _row(beta, rate, distortion, difference):
    sides = {"curve": _measured(rate, distortion, beta), "run": _measured(rate, distortion, beta)}
    row = {f"{side}_{name}": value for side in sides for name, value in sides[side].items()}
    counts = {"curve_steps": 10, "run_steps": 20, "run_training_seconds": 3.0}
    return row | counts | {
        "run": f"beta-{beta}", "seed": 0, "beta": beta, "difference": difference,
        "difference_se": 0.2,
    }  # fmt: skip


def make_curve(*, compared=True, **changed):
    points = [
        {"beta": b, "target_rate": t, "test": _measured(10 / b, 60 + 8 * b, b)}
        for b, t in ((0.1, None), (0.77, 13.0), (1.0, None), (10.0, None))
    ]
    found = result_head("curve", settings={}, seed=0, seconds=1.0)
    found |= {"data": "mnist", "warning": None, "model": "-+v", "preset": "quick", "epochs": 1.0,
              "steps": 390, "training_seconds": 7.0, "rate_falls": True, "greatest_rise": 0.0,
              "points": points}  # fmt: skip
    if compared:
        rows = [_row(0.1, 99.0, 61.0, 0.25), _row(1.0, 9.5, 68.5, -0.5)]
        found["comparison"] = {
            "rows": rows, "curve_training_seconds": 7.0, "runs_training_seconds": 6.0,
            "curve_images_seen": 100, "runs_images_seen": 200, "worst_difference": 0.25,
        }  # fmt: skip
    return found | changed
