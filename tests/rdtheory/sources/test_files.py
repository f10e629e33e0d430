"""Problems that users bring in files: they come back as they are, or are refused in one line."""

import math
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given

from rdtheory.sources.files import read_problem
from rdtheory.sources.textbook import named_source
from tests.strategies import PROOF, channels
from tests.tolerances import ROUNDING

P_X = [0.25, 0.0, 0.75]
TABLE = [[0.0, 1.5], [math.inf, math.inf], [-2.0, math.inf]]  # not square; the second has no mass


def write_npz(path, **arrays):
    np.savez(path, **{"p_x": P_X, "distortion": TABLE, **arrays})
    return path


def write_csv(path, text):
    path.write_text(text)
    return path


def check_file_source(source):
    assert source.p_x.tolist() == P_X
    assert source.distortion.tolist() == TABLE
    assert source.letters.tolist() == [0, 1, 2]
    assert source.outputs.tolist() == [0, 1]
    assert source.measure == "table"
    assert source.closed_form is None
    assert not source.exact


@pytest.mark.parametrize("name", ["mine.npz", "MINE.NPZ"])
def test_an_archive_comes_back(tmp_path, name):
    path = tmp_path / name
    with path.open("wb") as stream:  # numpy would add another suffix to upper case
        np.savez(stream, p_x=P_X, distortion=TABLE)
    source = named_source(str(path))
    check_file_source(source)
    assert source.name == name


@pytest.mark.parametrize(
    "text",
    [
        "0.25,0,1.5\n0,inf,inf\n0.75,-2,inf\n",
        "0.25,0,1.5\n0,inf,inf\n0.75,-2,inf",
        "p_x,red,blue\n0.25,0,1.5\n0,inf,inf\n0.75,-2,inf\n",
        "p_x,0,1\r\n0.25,0,1.5\r\n0,inf,inf\r\n0.75,-2,inf\r\n",
        "\ufeffp_x,0,1\n2.5e-1, 0, 1.5\n\n 0, Inf, +inf\n0.75, -2, inf\n",
    ],
    ids=["plain", "no last newline", "header", "windows", "byte order mark and spaces"],
)
def test_comma_separated_text_comes_back(tmp_path, text):
    path = tmp_path / "mine.csv"
    path.write_bytes(text.encode())
    check_file_source(named_source(str(path)))


@PROOF
@given(problem=channels())
def test_a_matrix_comes_back_from_text_to_the_last_digit(tmp_path_factory, problem):
    p_x, distortion = problem
    path = tmp_path_factory.getbasetemp() / "mine.csv"
    np.savetxt(path, np.column_stack([p_x, distortion]), delimiter=",", fmt="%.17g")
    source = named_source(str(path))
    np.testing.assert_allclose(source.p_x, p_x, rtol=ROUNDING)  # divided by its sum at the door
    np.testing.assert_array_equal(source.distortion, distortion)


# -- what is refused, one row per message ---------------------------------------------------------


NOT_FINITE = [[0.0, 1.5], [math.nan, 1.0], [0.0, 1.0]]


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"p_x": [math.nan, 0.5, 0.5]}, r"p_x must be finite, got p_x\[0\] = nan"),
        ({"p_x": [-0.25, 0.5, 0.75]}, r"p_x must not be negative, got p_x\[0\] = -0\.25"),
        ({"p_x": [0.25, 0.0, 0.75 + 2e-8]}, r"p_x must sum to 1 within 1e-08, .* sum 1\.00000002"),
        ({"p_x": [P_X]}, r"p_x must be a non-empty 1-d array, got shape \(1, 3\)"),
        ({"p_x": [0.5, 0.5]}, r"distortion must have shape \(2, any\), got \(3, 2\)"),
        ({"p_x": ["0.25", "0", "0.75"]}, r"p_x must be an array of numbers, got array"),
        ({"p_x": [0.25, 0j, 0.75]}, r"p_x must be an array of numbers, got array"),
        ({"distortion": P_X}, r"distortion must have shape \(3, any\), got \(3,\)"),
        ({"distortion": 1.0}, r"distortion must have shape \(3, any\), got \(\)"),
        ({"distortion": np.zeros((3, 0))}, r"distortion must have shape \(3, any\), got \(3, 0\)"),
        ({"distortion": [["0"]] * 3}, r"distortion must be an array of numbers, got .*'0'"),
        ({"distortion": NOT_FINITE}, r"distortion must be a number above -inf, .*\[1, 0\] = nan"),
        ({"distortion": -np.array(TABLE)}, r"must be a number above -inf, .*\[1, 0\] = -inf"),
        (
            {"distortion": TABLE[1:] + TABLE[:1], "p_x": [0.5, 0.25, 0.25]},
            r"must have a finite entry in every row of positive mass, got none in row 0",
        ),
        ({"p_x": np.array([{}, 1, 2])}, r"must be a readable \.npz file, got Object arrays"),
    ],
)
def test_messages_of_archives(tmp_path, arrays, message):
    path = write_npz(tmp_path / "mine.npz", **arrays)
    with pytest.raises(ValueError, match=message) as caught:
        named_source(str(path))
    assert "mine.npz" in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kept", ["p_x", "distortion"])
def test_an_archive_that_lacks_an_array_is_refused(tmp_path, kept):
    path = tmp_path / "mine.npz"
    np.savez(path, **{kept: P_X})
    with pytest.raises(ValueError, match=r"mine\.npz must hold the arrays p_x, distortion"):
        named_source(str(path))


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.99])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_truncated_archive_is_refused(tmp_path, save, share):
    path = tmp_path / "mine.npz"
    save(path, p_x=P_X, distortion=TABLE)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match=r"mine\.npz must be a readable \.npz file, got "):
        named_source(str(path))


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_an_archive_with_a_spoilt_byte_is_read_rightly_or_refused(tmp_path, save):
    path = tmp_path / "mine.npz"
    save(path, p_x=P_X, distortion=TABLE)
    whole = path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        with suppress(ValueError):
            check_file_source(named_source(str(path)))  # some bytes mean nothing, such as a date


@pytest.mark.parametrize("content", [b"", b"no archive", b"\x80\x04K\x01."])
def test_what_is_no_archive_is_refused(tmp_path, content):
    path = tmp_path / "mine.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"mine\.npz must be a readable \.npz file, got "):
        named_source(str(path))


def test_a_lone_array_is_no_archive(tmp_path):
    path = tmp_path / "mine.npz"
    with path.open("wb") as stream:
        np.save(stream, P_X)
    with pytest.raises(ValueError, match=r"mine\.npz must be a readable \.npz file, got "):
        named_source(str(path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"must be a readable \.csv file, got no line of numbers"),
        ("p_x,0,1\n", r"must be a readable \.csv file, got no line of numbers"),
        ("\n\n", r"must be a readable \.csv file, got no line of numbers"),
        ("0.5\n0.5\n", r"must have a mass and distortions on every line, got 1 column"),
        ("0.5,0,1\n0.5,1\n", r"readable \.csv file, got the number of columns changed from 3 to 2"),
        ("0.5,0,1\n0.5,1,zero\n", r"must be a readable \.csv file, got could not convert .*'zero'"),
        ("0.5,0,1\n0.5,,0\n", r"must be a readable \.csv file, got could not convert string ''"),
        ("0.5|0|1\n0.5|1|0\n", r"must be a readable \.csv file, got could not convert string"),
        ("0.5,0,1\n", r"p_x must sum to 1 within 1e-08, got p_x with sum 0\.5"),
        ("0.5,0,1\n0.5,nan,0\n", r"distortion must be a number above -inf, .*\[1, 0\] = nan"),
        ("1.5,0,1\n-0.5,1,0\n", r"p_x must not be negative, got p_x\[1\] = -0\.5"),
        ("nan,0,1\n1,1,0\n", r"p_x must be finite, got p_x\[0\] = nan"),
        ("0.5,0,1\n0.5,inf,inf\n", r"in every row of positive mass, got none in row 1"),
    ],
)
def test_messages_of_text_files(tmp_path, text, message):
    path = write_csv(tmp_path / "mine.csv", text)
    with pytest.raises(ValueError, match=message) as caught:
        named_source(str(path))
    assert "mine.csv" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_bytes(b"0.5,0,1\n0.5,\xff,0\n")
    with pytest.raises(ValueError, match=r"UTF-8 or UTF-16, got the byte 0xff in line 2$"):
        named_source(str(path))


@pytest.mark.parametrize("suffix", [".npz", ".csv"])
@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()])
def test_a_file_that_is_not_there_is_refused(tmp_path, suffix, make):
    path = tmp_path / f"mine{suffix}"
    make(path)
    with pytest.raises(ValueError, match=rf"mine\{suffix} must be a readable \{suffix} file, got "):
        named_source(str(path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0.5 0 1\n0.5 1 0\n", r"line 1, column 1: cells must be .* commas, not by blanks"),
        ("a,0.5,0,1\nb,0.5,1,0\n", r"'a' to a number, line 1, column 1: leave out a .* labels"),
        ("x,p,u,v\na,0.5,0,1\n", r"'a' to a number, line 2, column 1: leave out a .* labels"),
        ("0.5,0,1\n\n0.5,1_0,0\n", r"'1_0' to a number, line 3, column 2"),
        ('0.5,"0,1\n', r"quotes end with their cells, got '\"0' in line 1, column 2"),
        ("0,5;1.5;0\n0,5;0;1\n", r"decimal commas and decimal points, as on lines 1 and 1"),
        (",p_x,d0\n0,0.5,1\n1,0.5,0\n", r"no name for column 1 on line 1: leave out an index"),
        ("p_x,a,b\n0.5,0,1\n0.5,1\n", r"columns changed from 3 to 2, line 3"),
    ],
)
def test_text_of_another_form_is_refused_by_line_and_cause(tmp_path, text, message):
    path = tmp_path / "mine.csv"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_problem(path)


@pytest.mark.parametrize("code", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quote", ["", '"'])
@pytest.mark.parametrize("heading", [[], ["p_x", "0", "1"], ["p", "red, dark", "blue; light"]])
@pytest.mark.parametrize(("mark", "point"), [(",", "."), (";", "."), (";", ","), ("\t", ",")])
def test_what_other_tools_write_of_a_problem_is_read(
    tmp_path, code, end, quote, heading, mark, point
):
    lines = [["0.25", "0", "1.5"], ["0", "inf", "inf"], ["0.75", "-2", "inf"]]
    cells = [[f"{quote}{cell.replace('.', point)}{quote}" for cell in line] for line in lines]
    cells = [[f'"{name}"' for name in heading], *cells] if heading else cells
    path = tmp_path / "mine.csv"
    path.write_bytes((end.join(mark.join(line) for line in cells) + end).encode(code))
    check_file_source(named_source(str(path)))
