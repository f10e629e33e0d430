"""Directories that hold no run are refused in one line."""

import json

import pytest
import torch

from rdneural.records.layout import CHECKPOINT
from rdneural.runs.again import evaluate_run, sample_run
from rdneural.runs.run import run_training
from rdneural.runs.stored import read_run
from rdneural.training.checkpoints import Checkpoint, read_checkpoint, write_checkpoint
from tests.make.stored import refused, run_settings

DOORS = {
    "evaluate": evaluate_run,
    "sample": lambda place: sample_run(place, place / "drawn", count=2),
    "read": read_run,
}
FOREIGN = {
    "no settings": lambda _, n: n.pop("settings"),
    "settings that are none": lambda _, n: n.update(settings=3),
    "an unknown setting": lambda _, n: n["settings"].update(colour="red"),
    "a setting less": lambda _, n: n["settings"].pop("dataset"),
    "a setting of another type": lambda _, n: n["settings"].update(epochs="many"),
    "an unknown model": lambda _, n: n["settings"].update(model="xyz"),
    "weights of another model": lambda _, n: n["settings"].update(model="-+v"),
    "weights of another size": lambda _, n: n["settings"].update(preset="quick"),
    "no weights": lambda t, _: t.clear(),
}


@pytest.mark.parametrize("door", DOORS)
def test_a_directory_that_is_not_there(tmp_path, door):
    refused(lambda: DOORS[door](tmp_path / "none"), tmp_path / "none")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("share", [0.0, 0.3, 0.999])
def test_a_truncated_checkpoint(copied, door, share):
    path = copied / CHECKPOINT
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    refused(lambda: DOORS[door](copied), path)


@pytest.mark.parametrize("door", DOORS)
def test_a_checkpoint_of_another_format(copied, door):
    path = copied / CHECKPOINT
    stored = read_checkpoint(path)
    from safetensors.torch import save_file

    numbers = json.dumps(stored.numbers)
    save_file(stored.tensors, path, metadata={"format": "2", "numbers": numbers})
    refused(lambda: DOORS[door](copied), path, "format")
    save_file(stored.tensors, path)  # somebody else's safetensors
    refused(lambda: DOORS[door](copied), path, "format")


def respell(path, change):
    stored = read_checkpoint(path)
    tensors, numbers = dict(stored.tensors), json.loads(json.dumps(stored.numbers))
    change(tensors, numbers)
    write_checkpoint(path, Checkpoint(tensors, numbers))


@pytest.mark.parametrize("door", ["evaluate", "resume"])
@pytest.mark.parametrize("change", FOREIGN)
def test_a_checkpoint_of_somebody_else(copied, change, door):
    respell(copied / CHECKPOINT, FOREIGN[change])
    actions = {
        "evaluate": lambda: evaluate_run(copied),
        "resume": lambda: run_training(run_settings(), copied, resume=True),
    }
    if door == "resume" and change == "no weights":
        change = "nothing"
    refused(actions[door])


def test_a_curve_is_not_measured_as_a_run_that_was_stopped(copied):
    respell(copied / CHECKPOINT, lambda _, numbers: numbers["objective"].update(beta_low=0.05))
    (copied / "run.json").unlink()
    refused(lambda: evaluate_run(copied), copied, "a curve")


@pytest.mark.parametrize("part", ["objective", "progress"])
def test_resuming_from_numbers_that_lack_a_part(copied, part):
    respell(copied / CHECKPOINT, lambda _, numbers: numbers.pop(part))
    refused(lambda: run_training(run_settings(), copied, resume=True), copied / CHECKPOINT)


@pytest.mark.parametrize("door", ["evaluate", "read"])
@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "null", "\x00", '{"command": "toy"}', '{"command": "mnist"}',
        '{"command": "mnist", "versions": {"format": 99}}',
        '{"command": "mnist", "versions": []}',
    ],
)  # fmt: skip
def test_a_result_that_is_none(copied, door, text):
    (copied / "run.json").write_text(text)
    refused(lambda: DOORS[door](copied), copied / "run.json")


def test_a_result_that_lacks_entries(copied):
    whole = json.loads((copied / "run.json").read_text())
    for name in ("parameters", "beta", "final_beta"):
        part = {key: value for key, value in whole.items() if key != name}
        (copied / "run.json").write_text(json.dumps(part))
        refused(lambda: evaluate_run(copied), copied / "run.json", name)


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"samples": 0}, ["samples", "0"]),
        ({"samples": -3}, ["samples", "-3"]),
        ({"train_images": 0}, ["train_images", "0"]),
        ({"precision": "half"}, ["precision", "half"]),
        ({"device": "tpu"}, ["device", "tpu"]),
        ({"device": "cuda:7"}, ["device", "cuda:7"]),
        ({"device": "cpu:x"}, ["device", "cpu:x"]),
        ({"seed": 2**64}, ["seed", str(2**64)]),
        ({"seed": -(2**64)}, ["seed", str(-(2**64))]),
    ],
    ids=str,
)
def test_numbers_that_are_not_usable(finished, changed, words):
    refused(lambda: evaluate_run(finished[0], **changed), *words)


@pytest.mark.parametrize("changed", [{"samples": 1.5}, {"samples": "2"}])
def test_numbers_of_another_type(finished, changed):
    refused(lambda: evaluate_run(finished[0], **changed), "samples", error=(TypeError, ValueError))


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_seeds_that_are_not_usable(tmp_path, seed):
    refused(lambda: run_training(run_settings(seed=seed), tmp_path), "seed", seed)


def test_a_device_that_is_not_there(tmp_path):
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    refused(lambda: run_training(run_settings(device="tpu"), tmp_path), "device", "tpu")
