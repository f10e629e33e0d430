"""All rates of one trained model whose code is a fixed map: `split:K` at every K, `coarse:S` at S.

The weights of `split:98` and `split:392` are the same numbers of one network, and so are those of
the sizes of a chain, so that one training serves them all: R and D are sums of different parts of
one code length.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from rdneural.machine.device import autocast, device_name, pick_device
from rdneural.machine.seeding import seeded
from rdneural.measures.estimates import plain
from rdneural.measures.images import as_tensor, spread_subset
from rdneural.models.build import LatentModel, build_model
from rdneural.models.coarse import CoarseModel
from rdneural.models.coarse_pixels import sizes_of
from rdneural.models.frames import real_pixels
from rdneural.models.split import SplitModel
from rdneural.records.layout import DIAGONAL, DIAGONAL_IMAGES
from rdneural.records.names import Discrete, coarse_sides, discrete_of, has_fixed_rate
from rdneural.runs.stored import elsewhere, images_of, read_run, unfinished
from rdneural.training.averaging import copy_into
from rdtheory.checks import check_count, check_seed
from rdtheory.results import write_arrays, write_rows

COLUMNS = (
    "run", "model", "size", "data", "preset", "epochs", "steps", "seed", "beta", "images",
    "rate", "rate_se", "distortion", "distortion_se", "elbo", "elbo_se",
)  # fmt: skip
"""Columns of `diagonal.csv`: a row for each K or S, means over test images in nats."""

POINTS = 15
"""Values of K, from none of the pixels to all of them, that a split is measured at."""

SHOWN = (1 / 4, 1 / 2, 3 / 4)
"""Shares of the pixels at which a split's reconstructions are drawn."""


@dataclass(frozen=True)
class Drawn:
    """What a code keeps: images, how their code looks, and what one draw of d(x|z) makes of it."""

    model: str
    seen: Tensor
    reconstruction: Tensor


def measure_diagonal(
    directories: Sequence[Path],
    place: Path,
    *,
    points: int = POINTS,
    pictures: int = 6,
    data: str | None = None,
    binarise: str | None = None,
    split_seed: int | None = None,
    device: str = "auto",
    seed: int = 0,
    overwrite: bool = False,
) -> dict[str, Any]:
    """Measure runs at all their rates; leave `diagonal.csv` and `diagonal.npz`.

    Parameters
    ----------
    directories
        of runs of `split:K` or `coarse:S`, whatever K or S they were trained
        as.
    place
        where the files go.
    points
        values of K, evenly from 0 to all pixels.
    pictures
        test images whose codes and reconstructions are drawn; 0 for none.
    data, binarise, split_seed, device
        as of `rdneural.runs.again.evaluate_run`.

    Raises
    ------
    ValueError
        where a directory holds no run, or one whose code is not a fixed map;
        where the runs are of different data.
    """
    check_count("points", points, low=2)
    check_count("pictures", pictures, low=0)
    check_seed(seed)
    rows: list[dict[str, Any]] = []
    drawn: list[Drawn] = []
    names = set()
    early: list[dict[str, Any]] = []
    for directory in directories:
        result, model, settings = read_run(directory)
        if not has_fixed_rate(settings.model):
            raise ValueError(
                f"{directory} must hold a run of split:K or coarse:S, got {settings.model}"
            )
        settings = elsewhere(
            settings, data=data, device=device, binarise=binarise, split_seed=split_seed
        )
        images = images_of(directory, settings, data=data)
        names.add(images.name)
        if len(names) > 1:
            raise ValueError(f"runs must be of one data set, got {' and '.join(sorted(names))}")
        result |= unfinished(directory, settings, images)
        if "unfinished" in result:
            early.append({"run": directory.name, "unfinished": result["unfinished"]})
        made = result.get("unfinished", result)
        test = as_tensor(images.test).to(settings.device)
        model.to(settings.device)
        common = {
            "run": directory.name, "data": images.name, "preset": settings.preset,
            "epochs": result["epochs"], "steps": made["steps"], "seed": settings.seed,
            "beta": settings.beta, "images": len(test),
        }  # fmt: skip
        with autocast(settings):
            found = rates_of(model, test, points=points)
            rows += [common | row for row in found]
            if pictures:
                some = spread_subset(test, pictures)
                shown = real_pixels(some[:, 0], model.sizes.frame)
                drawn += draw_codes(model, some, seed=seed)
    cells = [{name: row[name] for name in COLUMNS} for row in rows]
    write_rows(place / DIAGONAL, COLUMNS, cells, overwrite=overwrite)
    if pictures:
        arrays = {
            "data": shown.cpu().numpy(),
            "models": np.array([one.model for one in drawn]),
            "code": torch.stack([one.seen for one in drawn]).float().cpu().numpy(),
            "reconstruction": torch.stack([one.reconstruction for one in drawn]).cpu().numpy(),
        }
        write_arrays(place / DIAGONAL_IMAGES, arrays, overwrite=overwrite)
    return {
        "data": names.pop(),
        "device": device_name(pick_device(device)),
        "points": cells,
        **({"unfinished_runs": early} if early else {}),
    }


@torch.no_grad()
def rates_of(
    model: LatentModel, images: Tensor, *, points: int = POINTS, batch: int = 250
) -> list[dict[str, Any]]:
    """Return R, D and R + D of a model at each of its rates, with standard errors over images.

    `images` are (N, 1, side, side); for a split the sizes are `points` values
    of K.
    """
    assert isinstance(model, SplitModel | CoarseModel)
    parts = [model.nats(chunk.to(torch.get_default_dtype())) for chunk in images.split(batch)]
    nats = torch.cat(parts).double().cpu()  # (N, pixels), or (N, sizes) with the finest first
    total = nats.sum(1)
    found = []
    for size in _sizes(model, points):
        if isinstance(model, SplitModel):
            rate = nats[:, :size].sum(1)
        else:
            rate = nats[:, model.decoder.sides.index(size) :].sum(1)
        row: dict[str, Any] = {"model": f"{_kind(model).kind}:{size}", "size": size}
        for name, values in (("rate", rate), ("distortion", total - rate), ("elbo", total)):
            row |= plain(values).as_dict(name)
        found.append(row)
    return found


def at_size(model: LatentModel, size: int) -> LatentModel:
    """Return the model of another K or S with the same weights."""
    other = build_model(f"{_kind(model).kind}:{size}", model.sizes)
    other.to(next(model.parameters()).device)
    copy_into(other.state_dict(keep_vars=True), model.state_dict())
    return other


def draw_codes(model: LatentModel, images: Tensor, *, seed: int = 0) -> list[Drawn]:
    """Draw a reconstruction of images (n, 1, side, side) at some of the model's rates."""
    pixels, drawn = model.sizes.pixels, []
    if isinstance(model, SplitModel):
        sizes = [round(share * pixels) for share in SHOWN]
    else:
        sizes = list(coarse_sides(model.sizes.side))[:0:-1]
    for size in sizes:
        one = at_size(model, size)
        with torch.no_grad(), seeded(seed):
            x = images.float()
            z = one.encoder(x).mode()
            reconstruction = one.decoder(z).sample()[:, 0]
        seen = real_pixels(_seen(one, x), model.sizes.frame)
        drawn.append(Drawn(one.family, seen, real_pixels(reconstruction, model.sizes.frame)))
    return drawn


def _seen(model: LatentModel, x: Tensor) -> Tensor:
    """Return what a code shows of images, (n, side, side): half grey where it says nothing."""
    size = _kind(model).size
    if isinstance(model, SplitModel):
        real = real_pixels(x, model.sizes.frame)
        seen = real.flatten(1).clone()
        seen[:, size:] = 0.5
        return seen.view(-1, *real.shape[2:])
    assert isinstance(model, CoarseModel)
    coarse = sizes_of(x, model.decoder.at)[-1]
    for _ in range(model.decoder.at):
        coarse = coarse.repeat_interleave(2, 2).repeat_interleave(2, 3)
    return coarse[:, 0, : x.shape[2], : x.shape[3]]


def _sizes(model: LatentModel, points: int) -> list[int]:
    if isinstance(model, SplitModel):
        return sorted({round(k) for k in np.linspace(0, model.sizes.pixels, points)})
    return sorted(coarse_sides(model.sizes.side))


def _kind(model: LatentModel) -> Discrete:
    found = discrete_of(model.family)
    assert found is not None
    return found
