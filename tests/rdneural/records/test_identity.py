"""A result is of the checkpoint beside it, or it is refused."""

import json
from itertools import product

import pytest
import torch

from rdneural.records.identity import (
    IMAGES,
    WEIGHTS,
    check_own,
    check_place,
    kept_images,
    read_head,
)
from rdneural.records.layout import CHECKPOINT, CURVE, RESULT
from rdneural.records.sameness import check_same_settings
from rdneural.records.settings import RunSettings
from rdneural.training.checkpoints import (
    Checkpoint,
    digest_of_weights,
    read_numbers,
    write_checkpoint,
)

SETTINGS = RunSettings("mnist", beta=1.0, preset="tiny").as_dict()
OTHERS = {
    "beta": 2.0, "model": "-+v", "preset": "quick", "epochs": 3.0, "seed": 1, "batch": 64,
    "learning_rate": 1e-4, "anneal": 1.0, "ema": 0.9, "dataset": "omniglot",
    "precision": "bfloat16", "target_rate": 3.0, "warm_up": 1, "clip": 1.0, "patience": 2,
}  # fmt: skip


def leave(place, *, images="a" * 64, objective=None, name=RESULT, **changed):
    """Leave a result of `SETTINGS` with what is changed, beside a checkpoint of `SETTINGS`."""
    numbers = {"settings": SETTINGS, "images": images, "objective": objective or {}}
    write_checkpoint(place / CHECKPOINT, Checkpoint({"weights/a": torch.ones(3)}, numbers))
    entries = {k: changed.pop(k) for k in (IMAGES, WEIGHTS) if k in changed}
    result = {"settings": SETTINGS | changed} | entries
    (place / name).write_text(json.dumps(result))
    return result, place / name


@pytest.mark.parametrize(("name", "value"), OTHERS.items())
def test_a_result_of_other_settings_than_its_checkpoint_is_refused(tmp_path, name, value):
    result, path = leave(tmp_path, **{name: value})
    for check in (lambda: check_own(result, path), lambda: check_place(tmp_path)):
        with pytest.raises(ValueError, match=rf"got {name} \S+ beside a checkpoint of") as caught:
            check()
        assert str(path) in str(caught.value)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "changed",
    [{}, {"device": "cuda"}, {"data": "/elsewhere"}, {IMAGES: "a" * 64}, {WEIGHTS: "b"}],
)
def test_where_it_was_made_and_what_earlier_results_lack_is_of_no_account(tmp_path, changed):
    leave(tmp_path, **changed)
    check_place(tmp_path)
    check_place(tmp_path, "b")


def test_other_images_and_other_weights_are_refused(tmp_path):
    leave(tmp_path, **{IMAGES: "b" * 64, WEIGHTS: "c"})
    with pytest.raises(ValueError, match="images bbbbbbbb beside a checkpoint of images aaaaaaaa"):
        check_place(tmp_path)
    leave(tmp_path, **{WEIGHTS: "c"})
    with pytest.raises(ValueError, match="a checkpoint of other weights"):
        check_place(tmp_path, "d")


def test_a_curve_is_held_against_its_range(tmp_path):
    objective = {"beta_low": 0.1, "beta_high": 10.0, "slopes": 8}
    leave(tmp_path, objective=objective, name=CURVE, **objective)
    check_place(tmp_path)
    leave(tmp_path, objective=objective | {"beta_low": 0.2}, name=CURVE, **objective)
    with pytest.raises(ValueError, match=r"beta_low 0\.1 beside a checkpoint of beta_low 0\.2"):
        check_place(tmp_path)


@pytest.mark.parametrize(
    ("name", "content"),
    [*product((RESULT, CHECKPOINT), (b"", b"x" * 99, b"[]", b"\xff" * 20, b'{"settings": 1}'))],
)
def test_what_cannot_be_read_is_left_to_its_readers(tmp_path, name, content):
    leave(tmp_path)
    (tmp_path / name).write_bytes(content)
    check_place(tmp_path)
    kept_images(tmp_path)
    if name == CHECKPOINT:
        with pytest.raises(ValueError, match=CHECKPOINT):
            read_head(tmp_path / CHECKPOINT)


def test_the_head_is_what_safetensors_reads(tmp_path):
    leave(tmp_path, images="d" * 64)
    path = tmp_path / CHECKPOINT
    assert read_head(path) == read_numbers(path)
    assert kept_images(tmp_path) == "d" * 64
    leave(tmp_path, images="d" * 64, **{IMAGES: "e" * 64})
    assert kept_images(tmp_path) == "e" * 64


def test_digests_of_weights_tell_values_names_and_kinds_apart():
    weights = {"a": torch.ones(2), "b": torch.zeros(3)}
    others = [
        weights,
        {"b": torch.zeros(3), "a": torch.ones(2)},  # the same, in another order
        {"a": torch.ones(2), "c": torch.zeros(3)},
        {"a": torch.ones(2), "b": torch.zeros(3, dtype=torch.float64)},
        {"a": torch.nextafter(torch.ones(2), torch.tensor(2.0)), "b": torch.zeros(3)},
    ]
    digests = [digest_of_weights(one) for one in others]
    assert digests[0] == digests[1]
    assert len(set(digests)) == 4


@pytest.mark.parametrize(
    ("kept", "asked"),
    [("d", "./d/"), ("./d", "d"), ("ABSOLUTE", "d"), ("d", "ABSOLUTE"), ("x/../d", "d//")],
)
def test_how_a_place_is_spelt_is_of_no_account(tmp_path, monkeypatch, kept, asked):
    monkeypatch.chdir(tmp_path)
    kept, asked = (text.replace("ABSOLUTE", str(tmp_path / "d")) for text in (kept, asked))
    check_same_settings(SETTINGS | {"data": kept}, SETTINGS | {"data": asked}, tmp_path)
    for other in ("e", "auto", "mnist5k"):
        changed = SETTINGS | {"data": other}
        with pytest.raises(ValueError, match="data must be that of"):
            check_same_settings(SETTINGS | {"data": kept}, changed, tmp_path)
        check_same_settings(SETTINGS | {"data": kept}, changed, tmp_path, by_content=True)
