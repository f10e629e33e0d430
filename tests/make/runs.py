"""Small runs for the tests of sweeps: few images of a known source; runs that train nothing."""

import hashlib
import json
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path

import pytest

from rdneural.data import SPLITS, enumerated
from rdneural.records.layout import HERE
from rdneural.records.table import TIMES, read_table, row_of
from rdneural.runs.run import write_result
from rdneural.sweeps import job as sweep_job
from rdneural.sweeps.plan import make_plan
from rdneural.training.options import PLAIN, LoopOptions

SOURCE = "bars:4x4"
SMALL = {
    "dataset": SOURCE, "preset": "tiny", "epochs": 1.0, "batch": 64, "device": "cpu",
    "precision": "float32",
}  # fmt: skip
COMMAND = (
    "sweep", "--data", SOURCE, "--preset", "tiny", "--epochs", 1, "--batch", 64, "--device", "cpu",
    "--precision", "float32",
)  # fmt: skip
LOOP = {field.name for field in fields(LoopOptions)}
STEPS = 3
"""Steps of an epoch of the small source."""


def plan(models="---", betas=(0.5, 1.0), **changed):
    return make_plan(**(SMALL | {"models": models, "betas": betas} | changed))


def looped(how):
    """Keywords of a training with those of its loop as one object."""
    loop = {name: how[name] for name in LOOP if name in how}
    rest = {name: value for name, value in how.items() if name not in LOOP}
    return rest | ({"options": LoopOptions(**loop)} if loop else {})


def stopped(how, after):
    """The same keywords, for a training that is left off after a step."""
    return how | {"options": replace(how.get("options", PLAIN), stop_after=after)}


def few_images(context: pytest.MonkeyPatch):
    context.setattr(enumerated, "COUNTS", {"train": 64 * STEPS, "valid": 32, "test": 32})


def made_result(settings, **changed):
    """What a run finds that never took place; its numbers are a function of its settings."""
    seed = json.dumps(settings.as_dict() | {"device": None}, sort_keys=True).encode()
    draw = int.from_bytes(hashlib.sha256(seed).digest()[:6]) / 2**48
    rate, distortion = 2 * draw, 7 + draw / 3
    measured = {
        "rate": rate, "rate_se": 0.01, "distortion": distortion, "distortion_se": 0.1,
        "elbo": rate + distortion, "elbo_se": 0.11, "images": 32, "latent_samples": 1,
    }  # fmt: skip
    return {
        "seconds": 6.0, "batched": 1, "data": settings.dataset, "warning": None,
        "device": "CPU, 1 threads", "model": settings.model, "preset": settings.preset,
        "parameters": 1000, "beta": settings.beta, "target_rate": settings.target_rate,
        "final_beta": settings.beta or 0.75, "log_spread": 0.0, "epochs": settings.epochs,
        "steps": round(STEPS * settings.epochs), "stopped_early": False, "training_seconds": 4.0,
        "images_per_second": 100.0 / 3.0, "peak_memory_mib": 512.5,
        **dict.fromkeys(SPLITS, measured),
    } | changed  # fmt: skip


def train_nothing(context: pytest.MonkeyPatch, *, errors=()):
    """Let runs be over at once; `errors` are raised by runs of that name. Return the names run."""
    begun, errors = [], dict(errors)

    def run_training(settings, place, **how):
        begun.append(place.name)
        if place.name in errors:
            raise errors[place.name]
        made = made_result(settings)
        return write_result(place, settings, made, seconds=made["seconds"])

    context.setattr(sweep_job, "run_training", run_training)
    return begun


@contextmanager
def no_training():
    """Fail where a run is trained or measured."""
    with pytest.MonkeyPatch.context() as context:
        begun = train_nothing(context)
        yield
        assert begun == []


def kept(place: Path):
    """Content and time of every file in a directory, but for locks."""
    return {
        str(path.relative_to(place)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in sorted(place.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def timeless(rows):
    """Rows of a table without what differs from one time, and one place, to the next."""
    if isinstance(rows, Path):
        rows = read_table(rows)
    return [{k: v for k, v in row.items() if k not in (*TIMES, "origin")} for row in rows]


def one_row(result, run, origin=HERE):
    return row_of(run.name, origin, result | {"settings": run.settings.as_dict()})


def one_line(result, *words):
    assert result.exit_code == 2, (result.exit_code, result.output, result.exception)
    last = result.stderr.splitlines()[-1]
    assert last.startswith("error: ")
    assert "Traceback" not in result.output
    assert result.stdout == ""
    for word in words:
        assert word in last
    return last
