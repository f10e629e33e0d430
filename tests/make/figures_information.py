"""A made-up result of `information`."""

from rdtheory.results import result_head

ESTIMATES = {
    "rate": (24.5, 0.05),
    "distortion": (69.25, 0.2),
    "mutual_information": (9.125, 0.01),
    "population_lower": (9.125, 0.02),
    "population_upper": (21.5, 0.3),
    "entropy_estimate_minus_distortion": (18.5, 0.4),
}


def make_split(images, ceiling, **changed):
    numbers = {name: value for name, (value, _) in ESTIMATES.items()}
    numbers |= {f"{name}_se": error for name, (_, error) in ESTIMATES.items()}
    return {"images": images, "codes": 64, "ceiling": ceiling, **numbers, **changed}


def make_information(**changed):
    frontier = {
        "beta": 0.5, "images": 100, "codes": 200, "value": 80.5, "rate": 20.0, "distortion": 70.5,
        "gap": 1e-7, "halving": 0.25, "codes_used": 90, "seconds": 1.5,
        "model": 81.5, "model_se": 0.5, "held_out": 83.5, "held_out_se": 0.5,
        "held_out_model": 82.5, "held_out_model_se": 0.5,
        "encoder_and_marginal_cost": 1.0, "encoder_and_marginal_cost_se": 0.5,
    }  # fmt: skip
    return result_head("information", settings={}, seed=0, seconds=1.0) | {
        "data": "mnist", "warning": None, "model": "-+v", "preset": "quick", "beta": 0.5,
        "target_rate": None, "final_beta": 0.5, "beta_evaluated": 0.5,
        "train": make_split(50_000, 10.8198), "test": make_split(10_000, 9.2103),
        "code_length_bound": {"images": 20, "codes": 500, "nats": 87.75, "nats_se": 0.25},
        "entropy_estimate": {"from": "given", "nats": 86.5, "nats_se": 0.0},
        "encoder_cost": 0.75, "encoder_cost_se": 0.25, "decoder_frontier": frontier,
    } | changed  # fmt: skip
