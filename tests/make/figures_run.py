"""The files of a made-up training run, as its pictures read them."""

import csv
from pathlib import Path

import numpy as np

from figures.parts.reading import IMAGES
from rdneural.records.layout import HISTORY, HISTORY_FILE, RESULT, SAMPLES
from rdtheory.results import result_head, write_arrays, write_json


def make_history(rows: int) -> list[dict[str, float]]:
    rng = np.random.default_rng(1)
    history = []
    for row in range(rows):
        rate, distortion = 20 + 5 / (row + 1) + rng.random(), 70 + 400 / (row + 1) ** 2
        values = (100 * (row + 1), row + 1, row * 3.0, 0.5 * 2**row, 3e-4, 1.0)
        parts = (rate, distortion, rate + distortion, rate + 1, distortion + 1, rate + 2)
        history.append(dict(zip(HISTORY, values + parts, strict=True)))
    return history


def make_run(
    directory: Path, *, rows: int = 4, n: int = 3, g: int = 2, s: int = 4, **entries
) -> Path:
    """A run with so many rows of history, n images and g generations of s x s pixels."""
    part = {"rate": 20.5, "rate_se": 0.1, "distortion": 71.25, "distortion_se": 0.3}
    part |= {"elbo": 91.75, "elbo_se": 0.33, "images": 100, "latent_samples": 1}
    settings = {"model": "-+v", "preset": "small"}
    run = result_head("mnist", settings=settings, seed=0, seconds=1.0)
    run |= {"data": "mnist5k", "warning": None, "beta": 1.0, "target_rate": None, "test": part}
    write_json(directory / RESULT, run | entries)
    with (directory / HISTORY_FILE).open("w", newline="") as stream:
        writer = csv.DictWriter(stream, HISTORY)
        writer.writeheader()
        writer.writerows(make_history(rows))
    rng = np.random.default_rng(2)
    counts = dict.fromkeys(IMAGES, n) | {"generation": g, "generation_mean": g}
    images = {name: rng.random((count, s, s)) for name, count in counts.items()}
    write_arrays(directory / SAMPLES, images)
    return directory
