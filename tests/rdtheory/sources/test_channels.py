"""Named channels are what textbooks have, and files come back as they are, or in one line."""

import math

import numpy as np
import pytest
from scipy.special import ndtr

from rdtheory.sources.channels import gaussian_channel, named_channel, named_cost, symmetric

ROWS = np.array([[0.5, 0.25, 0.25], [0.0, 0.5, 0.5]])


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("bsc:0.25", [[0.75, 0.25], [0.25, 0.75]]),
        ("bec:0.25", [[0.75, 0.25, 0], [0, 0.25, 0.75]]),
        ("z:0.25", [[1, 0], [0.25, 0.75]]),
        ("symmetric:3:0.5", [[0.5, 0.25, 0.25], [0.25, 0.5, 0.25], [0.25, 0.25, 0.5]]),
        ("typewriter:3", [[0.5, 0.5, 0], [0, 0.5, 0.5], [0.5, 0, 0.5]]),
    ],
)
def test_a_named_channel_is_the_textbooks(name, rows):
    channel = named_channel(name)
    assert channel.rows.tolist() == rows
    assert channel.inputs.tolist() == list(range(len(rows)))
    assert channel.name == name


@pytest.mark.parametrize(
    ("name", "capacity"),
    [
        ("bsc:0.5", 0.0),
        ("bsc:0", math.log(2)),
        ("bec:0.3", 0.7 * math.log(2)),
        ("z:0.5", math.log(5 / 4)),
        ("z:1", 0.0),
        ("z:0", math.log(2)),
        ("symmetric:4:0.75", 0.0),
        ("typewriter:27", math.log(13.5)),
        ("gaussian:A=2", None),
    ],
)
def test_its_capacity_is_the_textbooks(name, capacity):
    assert named_channel(name).capacity == (capacity if capacity is None else pytest.approx(
        capacity, abs=1e-15))  # fmt: skip


def test_a_flip_of_a_bit_is_the_symmetric_channel_of_two_letters():
    assert named_channel("bsc:0.2").rows.tolist() == symmetric(2, 0.2).rows.tolist()


@pytest.mark.parametrize("limit", [0.1, 2.0, 20.0])
def test_the_gaussians_bins_have_their_masses_to_the_last_tail(limit):
    channel = gaussian_channel(limit, inputs=5, outputs=40)
    edges = np.linspace(-limit - 6, limit + 6, 41)
    assert channel.inputs.tolist() == np.linspace(-limit, limit, 5).tolist()
    assert channel.rows.sum(axis=1) == pytest.approx(np.ones(5), abs=1e-14)
    for x, row in zip(channel.inputs, channel.rows, strict=True):
        lower = ndtr(edges[1:-1] - x)
        assert np.cumsum(row)[:-1] == pytest.approx(lower, abs=1e-14)
        for y in (0, 10, 30, 39):  # a mass of 1e-100 keeps its digits
            low, high = edges[y] if y else -math.inf, edges[y + 1] if y < 39 else math.inf
            side = (low - x, high - x) if high <= x else (x - high, x - low)
            if high <= x or low >= x:
                assert row[y] == pytest.approx(ndtr(side[1]) - ndtr(side[0]), rel=1e-9, abs=0)
    assert channel.rows == pytest.approx(channel.rows[::-1, ::-1], rel=1e-9)


def test_the_number_of_letters_of_the_gaussian_may_be_told():
    channel = named_channel("gaussian:A=1.5,inputs=11,outputs=30")
    assert channel.rows.shape == (11, 30)
    assert channel.name == "gaussian:A=1.5,inputs=11,outputs=30"
    assert named_channel("gaussian:A=2").rows.shape == (1001, 2000)


@pytest.mark.parametrize("text", ["0.5,0.25,0.25\n0,0.5,0.5\n", "a,b,c\n0.5,0.25,0.25\n0,0.5,0.5",
                                  "0,5;0,25;0,25\n0;0,5;0,5\n"])  # fmt: skip
def test_a_csv_comes_back(tmp_path, text):
    path = tmp_path / "mine.csv"
    path.write_text(text)
    channel = named_channel(str(path))
    assert channel.rows.tolist() == ROWS.tolist()
    assert (channel.name, channel.capacity) == ("mine.csv", None)


def test_an_array_comes_back(tmp_path):
    np.save(tmp_path / "mine.npy", ROWS)
    assert named_channel(str(tmp_path / "mine.npy")).rows.tolist() == ROWS.tolist()


def test_costs_are_squares_numbers_or_a_file(tmp_path):
    channel = named_channel("gaussian:A=3,inputs=3,outputs=30")
    assert named_cost("square", channel).tolist() == [9.0, 0.0, 9.0]
    assert named_cost("0,1.5,-2", channel).tolist() == [0.0, 1.5, -2.0]
    for column in ("1\n2\n3\n", "1,2,3\n"):
        (tmp_path / "cost.csv").write_text(column)
        assert named_cost(str(tmp_path / "cost.csv"), channel).tolist() == [1.0, 2.0, 3.0]
    np.save(tmp_path / "cost.npy", [1, 2, 3])
    assert named_cost(str(tmp_path / "cost.npy"), channel).tolist() == [1.0, 2.0, 3.0]


# -- bad input -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("awgn:1", "channel must be like bsc:0.1, bec:0.3, z:0.2, symmetric:8:0.1, typewriter:27"),
        ("", "channel must be like bsc:0.1"),
        ("bsc", "channel bsc must be like bsc:0.1, got 'bsc'"),
        ("bsc:0.1:2", "channel bsc must be like bsc:0.1, got 'bsc:0.1:2'"),
        ("bsc:half", "channel bsc must be like bsc:0.1, got 'bsc:half'"),
        ("bsc:1.5", "p must be in [0, 1], got 1.5"),
        ("z:nan", "p must be in [0, 1], got nan"),
        ("typewriter:2.5", "channel typewriter must be like typewriter:27"),
        ("typewriter:1", "m must be an integer of at least 2, got 1"),
        ("typewriter:9999", "m must be an integer of at most 5000, got 9999"),
        ("gaussian", "channel gaussian must be like gaussian:A=2 or gaussian:A=2,inputs=501"),
        ("gaussian:2", "channel gaussian must be like gaussian:A=2"),
        ("gaussian:A=2,noise=1", "channel gaussian must be like gaussian:A=2"),
        ("gaussian:A=-1", "A must be in [1e-06, 1000], got -1"),
        ("gaussian:A=1,inputs=1", "inputs must be an integer of at least 2, got 1"),
        ("gaussian:A=1,inputs=100000", "outputs must be an integer of at most 250, got 2000"),
        ("gone.csv", "gone.csv must be a readable .csv file, got nothing of that name"),
        ("gone.npy", "gone.npy must be a readable .npy file, got [Errno 2]"),
    ],
)
def test_a_wrong_name_is_one_line(tmp_path, monkeypatch, name, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match="must") as caught:
        named_channel(name)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_channel_says_what_is_wrong(tmp_path):
    for text, words in (("0.5,0.6\n", "channel must sum to 1"), ("0.5,0.5\n1\n", "columns")):
        (tmp_path / "bad.csv").write_text(text)
        with pytest.raises(ValueError, match=words):
            named_channel(str(tmp_path / "bad.csv"))
    np.save(tmp_path / "objects.npy", np.array([[{}]]), allow_pickle=True)
    np.save(tmp_path / "words.npy", np.array([["a"]]))
    np.savez(tmp_path / "archive.npz", ROWS)
    (tmp_path / "archive.npz").rename(tmp_path / "archive.npy")
    (tmp_path / "short.npy").write_bytes(b"\x93NUMPY\x01")
    for name in ("objects", "words", "archive", "short"):
        with pytest.raises(ValueError, match=f"{name}.npy"):
            named_channel(str(tmp_path / f"{name}.npy"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("power", "cost must be square, numbers like 0,1,2 or a .csv or .npy file, got 'power'"),
        ("1,2,3", "cost must have one entry per input, 2, got 3"),
        ("1,inf", "cost must be finite, got cost[1] = inf"),
        ("gone.npy", "gone.npy must be a readable .npy file"),
    ],
)
def test_a_wrong_cost_is_one_line(text, words):
    with pytest.raises(ValueError, match="must") as caught:
        named_cost(text, named_channel("bsc:0.1"))
    assert words in str(caught.value)
