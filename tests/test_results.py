"""Result files: atomic, never silently overwritten, read warily."""

import json

import numpy as np
import pytest

from rdtheory.results import (
    FORMAT,
    atomic_path,
    read_arrays,
    read_json,
    result_head,
    write_arrays,
    write_json,
)

HEAD = {"command": "toy", "versions": {"format": FORMAT}}


def test_json_comes_back_as_it_went(tmp_path):
    result = result_head("toy", settings={"a": 1.5}, seed=3, seconds=0.25) | {"value": 1 / 3}
    write_json(tmp_path / "new" / "toy.json", result)
    assert read_json(tmp_path / "new" / "toy.json", command="toy") == result


def test_arrays_come_back_as_they_went(tmp_path):
    arrays = {"a": np.arange(3.0), "b": np.eye(2) / 3}
    write_arrays(tmp_path / "a.npz", arrays)
    back = read_arrays(tmp_path / "a.npz", ("a", "b"))
    assert all(np.array_equal(back[name], arrays[name]) for name in arrays)


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "toy.json"
    path.write_text("old")
    with pytest.raises(ValueError, match="Out of range float"):
        write_json(path, {"value": float("nan")}, overwrite=True)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupted_write_leaves_nothing(tmp_path):
    def interrupted():
        with atomic_path(tmp_path / "a") as temporary:
            temporary.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(tmp_path.iterdir()) == []


def test_existing_files_are_refused(tmp_path):
    write_json(tmp_path / "a.json", {})
    with pytest.raises(FileExistsError, match="exists: choose another place or pass --overwrite"):
        write_json(tmp_path / "a.json", {})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (json.dumps(HEAD)[:-5], "must hold a whole JSON object"),
        ("", "must hold a whole JSON object"),
        ("[]", "must be a result of `toy`, got 'list'"),
        (json.dumps(HEAD | {"command": "mnist"}), "must be a result of `toy`, got 'mnist'"),
        (json.dumps(HEAD | {"versions": {"format": 99}}), f"must have format {FORMAT}, got 99"),
        (json.dumps({"command": "toy"}), f"must have format {FORMAT}, got None"),
    ],
)
def test_a_json_that_is_not_a_result_is_named(tmp_path, text, words):
    path = tmp_path / "toy.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"toy\.json") as caught:
        read_json(path, command="toy")
    assert words in str(caught.value)


def test_a_missing_json_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"nothing\.json must be a readable result file"):
        read_json(tmp_path / "nothing.json", command="toy")


def test_broken_arrays_are_named(tmp_path):
    path = tmp_path / "a.npz"
    write_arrays(path, {"a": np.arange(1000.0)})
    with pytest.raises(ValueError, match="must hold the arrays a, b"):
        read_arrays(path, ("a", "b"))
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ValueError, match=r"must be a readable \.npz file"):
        read_arrays(path, ("a",))
    with pytest.raises(ValueError, match=r"must be a readable \.npz file"):
        read_arrays(tmp_path / "nothing.npz", ("a",))


def test_pickles_are_never_loaded(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, a=np.array([{}], dtype=object))
    with pytest.raises(ValueError, match=r"must be a readable \.npz file"):
        read_arrays(path, ("a",))
