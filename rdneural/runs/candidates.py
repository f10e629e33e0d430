"""Which PixelCNN++ learns most in a given time: networks and settings at equal CPU seconds.

A candidate is trained as the model of pixels alone, with no code, for so many seconds of CPU time;
its learning rate falls along a cosine of the time. Validation images say which of its averaged
weights are kept, at no cost of its time. What a candidate reaches in a time depends on the machine,
so all of a table are of one.
"""

import copy
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from rdneural.data.images import ImageData
from rdneural.machine.device import device_name, has_fast_bfloat16, keep_freed_memory
from rdneural.machine.seeding import mixed_seed, seeded
from rdneural.measures.images import as_tensor, spread_subset
from rdneural.measures.rates import measure
from rdneural.models.build import LatentModel, Terms, build_model
from rdneural.models.decoders import PixelDecoder
from rdneural.models.marginals import StandardNormal
from rdneural.records.sizes import SIZES, Sizes
from rdneural.training.averaging import WeightAverage, copy_into
from rdneural.training.dropout import dropout
from rdneural.training.learner import schedule_share, warm_share
from rdneural.training.optimisers import make_optimisers, step_all
from rdtheory.results import read_rows, write_rows

TABLE = "candidates.csv"

VALIDATIONS = 8
VALIDATION_IMAGES = 2_000
WARM_UP, CLIP = 100, 100.0
"""Steps of the warm-up, and the greatest norm of a gradient, as of a run."""


@dataclass(frozen=True)
class Candidate:
    """A network and how it is trained.

    `sizes` are those of the preset `quick` but for what is named.
    """

    name: str
    sizes: Mapping[str, Any] = field(default_factory=dict)
    batch: int = 64
    optimiser: str = "adamw"
    learning_rate: float = 1.6e-2
    dropout: float = 0.0
    weight_decay: float = 0.0
    ema: float = 0.995
    bfloat16: bool = True

    @property
    def network(self) -> Sizes:
        """The sizes of its network."""
        return replace(SIZES["quick"], **self.sizes)


CANDIDATES = (
    Candidate("learning-rate-8e-3", learning_rate=8e-3),
    Candidate("learning-rate-1.2e-2", learning_rate=1.2e-2),
    Candidate("learning-rate-1.6e-2"),
    Candidate("learning-rate-2.4e-2", learning_rate=2.4e-2),
    Candidate("batch-32", batch=32),
    Candidate("24-features", {"pixel_features": 24}),
    Candidate("48-features", {"pixel_features": 48}),
    Candidate("2-levels", {"pixel_levels": 2}),
    Candidate("2-layers", {"pixel_layers": 2}),
    Candidate("dropout-0.1", dropout=0.1),
    Candidate("weight-decay-0.1", weight_decay=0.1),
    Candidate("float32", bfloat16=False),
    Candidate("muon-5e-3", optimiser="muon", learning_rate=5e-3),
    Candidate("muon-1e-2", optimiser="muon", learning_rate=1e-2),
    Candidate("muon-2e-2", optimiser="muon", learning_rate=2e-2),
    Candidate("muon-24-features", {"pixel_features": 24}, optimiser="muon", learning_rate=1e-2),
    Candidate("long-adamw", learning_rate=8e-3, dropout=0.15, ema=0.999),
    Candidate("long-muon", optimiser="muon", learning_rate=6e-3, dropout=0.2, ema=0.999),
    Candidate(
        "long-8-orders",
        {"pixel_orders": 8},
        optimiser="muon",
        learning_rate=6e-3,
        ema=0.999,
    ),
)

COLUMNS = (
    "candidate", "seconds", "seed", "device", "data", "parameters", "epochs", "images_per_second",
    "train", "valid", "kept_at", "test", "test_se", "images",
)  # fmt: skip
TEXTS = ("candidate", "device", "data")


def chosen_candidates(names: str | None) -> list[Candidate]:
    """Return the candidates of these names, parted by commas; all where None."""
    if names is None:
        return list(CANDIDATES)
    known = {candidate.name: candidate for candidate in CANDIDATES}
    found = []
    for name in (part.strip() for part in names.split(",")):
        if name not in known:
            raise ValueError(f"only must be of {'; '.join(known)}, got {name!r}")
        found.append(known[name])
    return found


def train_candidates(
    chosen: Sequence[Candidate],
    data: ImageData,
    place: Path,
    *,
    seconds: float,
    test_images: int | None = None,
    seed: int = 0,
    overwrite: bool = False,
    progress: Callable[[float], None] = lambda share: None,
) -> list[dict[str, Any]]:
    """Train candidates that the table in a directory has not; write it after each; return its rows.

    Rows of other seconds or seeds are others, and stay.
    """
    table = place / TABLE
    rows = read_rows(table, COLUMNS, texts=TEXTS) if table.exists() else []
    for candidate in chosen:
        key = candidate.name, seconds, seed
        mine = [row for row in rows if (row["candidate"], row["seconds"], row["seed"]) == key]
        if mine and not overwrite:
            progress(1 / len(chosen))
            continue
        found = train_candidate(
            candidate, data, seconds=seconds, test_images=test_images, seed=seed,
            progress=lambda share: progress(share / len(chosen)),
        )  # fmt: skip
        rows = [row for row in rows if row not in mine] + [found]
        write_rows(table, COLUMNS, rows, overwrite=True)
    return rows


def train_candidate(
    candidate: Candidate,
    data: ImageData,
    *,
    seconds: float,
    test_images: int | None = None,
    seed: int = 0,
    progress: Callable[[float], None] = lambda share: None,
) -> dict[str, Any]:
    """Train a candidate for so many CPU seconds; return what it reached.

    Returns
    -------
    dict
        `parameters`, `epochs`, `images_per_second`, `train` and `valid` (R + D of the last part of
        training, with its dropout, and of `VALIDATION_IMAGES`), `kept_at` (the share of the time at
        which the best weights were), and `test` with `test_se`, in float32.
    """
    keep_freed_memory()
    images = as_tensor(data.train)
    valid = spread_subset(as_tensor(data.valid), VALIDATION_IMAGES)
    with seeded(mixed_seed(seed, "model")):
        model = _pixels_alone(candidate.network)
        model.start_at(images.float())
        optimisers = make_optimisers(
            model, candidate.optimiser, rate=candidate.learning_rate, decay=candidate.weight_decay
        )
        average = WeightAverage(model, candidate.ema)
        best: tuple[float, float, dict[str, Tensor]] = (math.inf, 0.0, {})
        used, step, due, train = 0.0, 0, 1 / VALIDATIONS, 0.0
        summed: list[float] = []
        order = torch.empty(0)
        while used < seconds:
            begun = time.process_time()
            torch.manual_seed(mixed_seed(seed, "step", step))
            within = step % (len(images) // candidate.batch)
            if within == 0:
                order = torch.randperm(len(images))
            x = images[order[within * candidate.batch : (within + 1) * candidate.batch]].float()
            share = warm_share(step, WARM_UP) * schedule_share("cosine", used / seconds)
            with _precision(candidate), dropout(model, candidate.dropout):
                terms = model(x)
                loss = (terms.rate + terms.distortion).mean()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), CLIP)
            step_all(optimisers, candidate.learning_rate * share)
            average.update(step)
            summed.append(loss.item())
            step += 1
            used += time.process_time() - begun
            if used >= due * seconds:
                progress(1 / VALIDATIONS)
                model.eval()
                with average.in_place(), _precision(candidate):
                    found = measure(model, valid).elbo
                model.train()
                train, summed, due = sum(summed) / len(summed), [], due + 1 / VALIDATIONS
                if found < best[0]:
                    best = found, used / seconds, copy.deepcopy(average.averages)
        copy_into(average.weights, best[2])
        model.eval()
    test = measure(model, spread_subset(as_tensor(data.test), test_images))
    return {
        "candidate": candidate.name, "parameters": model.size(), "seconds": seconds, "seed": seed,
        "device": device_name("cpu"), "data": data.name,
        "images_per_second": step * candidate.batch / used,
        "epochs": step * candidate.batch / len(images),
        "train": train, "valid": best[0], "kept_at": best[1], "test": test.elbo,
        "test_se": test.elbo_se, "images": test.images,
    }  # fmt: skip


class OfOneCode(LatentModel):
    """A mixture of orders, given one code for all images: R = 0."""

    def __init__(self, sizes: Sizes) -> None:
        sizes = replace(sizes, dim=1)
        super().__init__("-+-", sizes, (nn.Identity(), PixelDecoder(sizes), StandardNormal(sizes)))

    def forward(self, x: Tensor, noise: Tensor | None = None) -> Terms:
        """Return rate and distortion of images (B, 1, side, side)."""
        distortion = -self.decoder(x.new_zeros(len(x), 1)).log_prob(x)
        return Terms(rate=torch.zeros_like(distortion), distortion=distortion)


def _pixels_alone(sizes: Sizes) -> LatentModel:
    """Return a model whose R + D is of pixels alone."""
    return build_model("split:1", sizes) if sizes.pixel_orders == 1 else OfOneCode(sizes)


def _precision(candidate: Candidate) -> Any:  # noqa: ANN401  (a context)
    return torch.autocast(
        "cpu", torch.bfloat16, enabled=candidate.bfloat16 and has_fast_bfloat16("cpu")
    )
