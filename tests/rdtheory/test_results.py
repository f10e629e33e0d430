"""Result files: atomic, never silently overwritten, read warily."""

import errno
import json
import math
import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory.results import (
    FORMAT,
    atomic_path,
    read_arrays,
    read_json,
    read_rows,
    result_head,
    write_arrays,
    write_json,
    write_rows,
)
from tests.strategies import PROOF

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


# -- tables ------------------------------------------------------------------------------------

HEADER = ("name", "value", "flag")
TEXTS = ("name",)
letters = st.characters(exclude_categories=["Cs"], exclude_characters="\r")
names = st.none() | st.text(letters, min_size=1)
floats = st.floats(allow_nan=False, allow_infinity=False)
numbers = st.none() | st.integers(-(2**63), 2**63) | floats
lines = st.tuples(names, numbers, st.none() | st.booleans()).filter(
    lambda cells: (cells[0] not in (None, "") and cells[0].strip()) or cells[1:] != (None, None)
)


@given(st.lists(lines))
@PROOF
def test_rows_come_back_as_they_went(tmp_path_factory, cells):
    path = tmp_path_factory.mktemp("rows") / "new" / "a.csv"
    rows = [dict(zip(HEADER, line, strict=True)) for line in cells]
    write_rows(path, HEADER, rows)
    back = read_rows(path, HEADER, texts=TEXTS)
    assert back == rows
    for row, was in zip(back, rows, strict=True):
        assert [type(row[name]) for name in HEADER] == [type(was[name]) for name in HEADER]


def test_texts_that_look_like_numbers_stay_texts(tmp_path):
    rows = [{"name": text, "value": 1, "flag": None} for text in ("1e3", "true", "nan", 'a "b", c')]
    write_rows(tmp_path / "a.csv", HEADER, rows)
    assert read_rows(tmp_path / "a.csv", HEADER, texts=TEXTS) == rows


def test_numpy_s_numbers_are_numbers(tmp_path):
    write_rows(tmp_path / "a.csv", ("a", "b"), [{"a": np.float64(1 / 3), "b": np.int64(3)}])
    assert (tmp_path / "a.csv").read_text() == f"a,b\n{1 / 3!r},3\n"
    assert read_rows(tmp_path / "a.csv", ("b", "a")) == [{"b": 3, "a": 1 / 3}]


def test_a_row_of_nothing_which_would_not_be_read_is_not_written(tmp_path):
    for text in (None, "", " "):
        with pytest.raises(ValueError, match="rows of a table must have something in them"):
            write_rows(tmp_path / "a.csv", ("a", "b"), [{"a": text, "b": None}])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, np.float64("nan")])
def test_a_table_that_cannot_be_written_leaves_the_old_one_and_no_other(tmp_path, number):
    write_rows(tmp_path / "a.csv", ("a",), [{"a": 1}])
    with pytest.raises(ValueError, match="cells of a table must be finite numbers, got"):
        write_rows(tmp_path / "a.csv", ("a",), [{"a": 2}, {"a": number}], overwrite=True)
    assert read_rows(tmp_path / "a.csv", ("a",)) == [{"a": 1}]
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_carriage_returns_which_csv_would_not_quote_are_refused(tmp_path):
    for text in ("\r", "a\rb", "a\r\nb"):
        with pytest.raises(ValueError, match="cells of a table must hold no carriage return"):
            write_rows(tmp_path / "a.csv", ("a",), [{"a": text}])
    assert list(tmp_path.iterdir()) == []


def test_an_existing_table_is_refused(tmp_path):
    write_rows(tmp_path / "a.csv", ("a",), [])
    with pytest.raises(FileExistsError, match="exists: choose another place or pass --overwrite"):
        write_rows(tmp_path / "a.csv", ("a",), [])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "must have the columns name, value, flag: no name"),
        (b"\n", "must have the columns name, value, flag: no name"),
        (b"name,flag\na,true\n", "must have the columns name, value, flag: no value"),
        (b"name,value,flag\na,1\n", "must have 3 cells in each line, got 2 in line 2"),
        (b"name,value,flag\na,1,true,2\n", "must have 3 cells in each line, got 4 in line 2"),
        (b"name,value,flag\na,123.456,true\nb,123", "must end with the end of a line"),
        (b"name,value,flag\na,1,true\nb,2,12", "must end with the end of a line"),
        (b"name,value,flag\na,inf,true\n", "got 'inf' as value in line 2"),
        (b"name,value,flag\na,1,true\na,-inf,true\n", "got '-inf' as value in line 3"),
        (b"name,value,flag\na,1e400,true\n", "got '1e400' as value in line 2"),
        (b"name,value,flag\na," + b"1" * 400 + b",true\n", "' as value in line 2"),
        (b"name,value,flag\na," + b"1" * 5000 + b",true\n", "' as value in line 2"),
        (b"name,value,flag\na,1_000,true\n", "got '1_000' as value in line 2"),
        (b"name,value,flag\na,1,yes\n", "got 'yes' as flag in line 2"),
        (b'name,value,flag\n"a,1,true\n', "whose quotes end with their cells, got '\"a' in line 2"),
        (b'name,value,flag\n"a"b,1,true\n', "got '\"a\"b' in line 2, column 1"),
    ],
)
def test_a_broken_table_is_one_line_that_names_it(tmp_path, content, words):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"a\.csv must") as caught:
        read_rows(path, HEADER, texts=TEXTS)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_table_that_is_not_there_is_named(tmp_path):
    for path in (tmp_path / "nothing.csv", tmp_path):
        with pytest.raises(ValueError, match=rf"{path.name} must be a readable table"):
            read_rows(path, HEADER)


# -- a full disk -------------------------------------------------------------------------------


def test_an_error_of_a_full_disk_names_the_file(tmp_path):
    path = tmp_path / "a.json"
    with pytest.raises(OSError, match=r"No space left on device: '.*/a\.json'$"), atomic_path(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert list(tmp_path.iterdir()) == []


def test_an_error_that_names_another_file_keeps_its_name(tmp_path):
    with pytest.raises(OSError, match=r": 'images'$"), atomic_path(tmp_path / "a.json"):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES), "images")
