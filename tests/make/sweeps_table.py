"""Small made-up sweeps for tests: a `table.csv` of every column, and samples of each run."""

from collections.abc import Iterable, Mapping
from itertools import product
from math import exp
from pathlib import Path
from typing import Any

import numpy as np

from rdneural.records.asked import outcome_of_row
from rdtheory.results import write_arrays, write_rows

MODELS = ["".join(signs) for signs in product("-+", "-+", "-+v")]
MEASURES = (
    "rate", "rate_se", "distortion", "distortion_se", "elbo", "elbo_se", "images", "latent_samples",
)  # fmt: skip
SPLITS = ("train", "valid", "test")
PLAN = {
    "run": None, "origin": "here", "complete": True, "data": "mnist", "warning": None,
    "device": "CPU, 1 threads", "model": "---", "preset": "quick", "beta": None,
    "target_rate": None, "penalty": None, "anneal": 0.0, "free_bits": 0.0, "epochs_asked": 2.0,
    "batch": 128, "learning_rate": 0.001, "schedule": "cosine", "warm_up": 100,
    "weight_decay": 0.0, "dropout": 0.0, "clip": 100.0, "normalise_gradients": False,
    "frame": None, "binarise": None, "split_seed": 0, "likelihood": "bernoulli",
    "encoder": None, "decoder": None, "marginal": None, "optimiser": "adamw", "orders": 1,
    "refine": 0, "dim": None, "ema": 0.995, "patience": 0, "precision": "float32",
    "compiled": False, "seed": 0,
    "parameters": 3559140, "final_beta": 1.0, "log_spread": 0.0, "epochs": 2.0,
    "steps": 780, "stopped_early": False,
    "seconds": 100.0, "training_seconds": 90.0, "images_per_second": 500.0,
    "peak_memory_mib": 600.0, "target_met": None, "target_miss": None, "diverged": False,
}  # fmt: skip
COLUMNS = (*PLAN, *(f"{split}_{measure}" for split, measure in product(SPLITS, MEASURES)))


def make_row(model: str = "---", beta: float | None = 1.0, **entries: Any) -> dict[str, Any]:
    """One row of a table: any column by its name, `rate` and `distortion` those of the test.

    Without these R and D lie 5 nats above R + D = 80; `target_rate` takes the place of beta.
    """
    rate = entries.pop("rate", None)
    if rate is None:
        rate = entries.get("target_rate") or round(40 / (0.1 + (beta or 1.0)) ** 2, 3)
    distortion = entries.pop("distortion", None)
    if distortion is None:
        distortion = round(max(2.0, 85.0 - rate), 3)
    row = PLAN | {"model": model, "beta": None if "target_rate" in entries else beta} | entries
    for split, shift in zip(SPLITS, (-0.5, -0.25, 0.0), strict=True):
        part = (rate, 0.05, distortion + shift, 0.2, rate + distortion + shift, 0.21, 1000, 1)
        row |= {f"{split}_{m}": v for m, v in zip(MEASURES, part, strict=True)}
    if row["beta"] is not None and "final_beta" not in entries:
        row["final_beta"] = row["beta"]
    row |= {name: entries.get(name, value) for name, value in outcome_of_row(row).items()}
    row["run"] = row["run"] or _name(row)
    return row


def _name(row: Mapping[str, Any]) -> str:
    """The name of a run's directory, as the command gives it."""
    name, value = ("beta", row["beta"]) if row["beta"] is not None else ("rate", row["target_rate"])
    anneal = f"_anneal-{row['anneal']:g}" if row["anneal"] else ""
    return f"{name}-{value:g}{anneal}_{row['model']}_seed-{row['seed']}"


def grid(
    models: Iterable[str] = MODELS, betas: Iterable[float] = (0.1, 0.5, 1.0, 5.0), seeds: int = 1
) -> list[dict[str, Any]]:
    """Rows of every model at every beta; a simple decoder needs more nats at low rates."""
    rows = []
    for model, beta, seed in product(models, betas, range(seeds)):
        simple = model[1] == "-"
        rate = 5 * beta**-1.45 * (1 + 0.02 * seed) if beta <= 1 else 5 * exp(-2 * (beta - 1))
        rate += 20 * simple * min(1, beta) / max(1, beta)
        excess = 4 + 0.3 * MODELS.index(model) + 0.25 * seed + rate / 4 + 8 * simple * (beta > 1)
        distortion = max(3.0, 80 + excess - rate)
        rows.append(make_row(model, beta, seed=seed, rate=rate, distortion=distortion))
    return rows


def make_sweep(
    directory: Path,
    rows: Iterable[Mapping[str, Any]] | None = None,
    *,
    samples: bool = True,
    side: int = 4,
    count: int = 10,
) -> list[dict[str, Any]]:
    """Write the table of a sweep and the samples of its runs; return the rows, those of `grid`."""
    rows = grid() if rows is None else [dict(row) for row in rows]
    directory.mkdir(parents=True, exist_ok=True)
    write_rows(directory / "table.csv", COLUMNS, rows, overwrite=True)
    for index, row in enumerate(rows if samples else ()):
        make_samples(directory / "runs" / row["run"], row, side=side, count=count, seed=index)
    return list(rows)


def make_samples(
    place: Path, row: Mapping[str, Any], *, side: int = 4, count: int = 10, seed: int = 0
) -> None:
    """Write a run's `samples.npz`: rings that a low rate blurs, so that models look unlike."""
    rings = np.stack([_ring(side, 1 + 0.15 * i) for i in range(count)])
    noise = np.random.default_rng(seed)
    kept = 1 - exp(-max(0.0, row["test_rate"]) / 20)
    other = np.roll(rings, 1 + seed % 3, axis=0)
    chance = np.clip(kept * rings + (1 - kept) * other, 0.02, 0.98)
    arrays = {"data": rings > 0.5}
    for name in ("reconstruction", "generation"):
        chance = chance if name == "reconstruction" else chance[::-1]
        arrays[name] = noise.random(chance.shape) < chance
        arrays[f"{name}_mean"] = noise.binomial(5, chance) / 5
    place.mkdir(parents=True, exist_ok=True)
    write_arrays(place / "samples.npz", {k: v.astype(float) for k, v in arrays.items()})


def _ring(side: int, radius: float) -> np.ndarray:
    """A ring of that radius, in sixths of a side."""
    x = (np.arange(side) - (side - 1) / 2) * 6 / side
    return (np.abs(np.hypot(*np.meshgrid(x, x)) - radius) < 0.6).astype(float)
