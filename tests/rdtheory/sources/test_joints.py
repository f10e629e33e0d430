"""Joint distributions by name, from files and from pairs of labels."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdtheory import entropy, mutual_information
from rdtheory.sources.joints import Joint, counted, gerber_relevance, named_joint
from tests.strategies import PROOF
from tests.tolerances import IDENTITY

TABLE = np.array([[3.0, 1.0, 0.0], [1.0, 2.0, 3.0]])


def test_named_pairs_have_their_informations():
    pair = named_joint("dsbs:0.11")
    assert mutual_information(pair.table, base=2) == pytest.approx(0.500084, abs=1e-6)
    assert named_joint("toy").table.shape == (30, 2)
    assert mutual_information(named_joint("toy").table) == pytest.approx(0.5, abs=1e-9)
    gauss = named_joint("gaussian:0.8:41")
    assert gauss.table.sum() == pytest.approx(1.0, abs=IDENTITY)
    assert mutual_information(gauss.table) == pytest.approx(-0.5 * math.log(0.36), abs=2e-3)
    assert (gauss.name, gauss.x_letters[0], named_joint("gaussian:0.8").name) == (
        "gaussian:0.8:41", "-4", "gaussian:0.8",
    )  # fmt: skip
    for name in ("dsbs:0.11", "gaussian:0.8:41", "toy"):
        assert named_joint(named_joint(name).name).table.shape == named_joint(name).table.shape


@pytest.mark.parametrize("suffix", ["csv", "npy", "npz"])
def test_tables_come_from_files_as_shares_or_counts(tmp_path, suffix):
    for table, options in ((TABLE / 10, {}), (TABLE, {"normalise": True})):
        path = tmp_path / f"table.{suffix}"
        if suffix == "csv":
            path.write_text("\n".join(",".join(map(repr, row)) for row in table.tolist()))
        elif suffix == "npy":
            np.save(path, table)
        else:
            np.savez(path, joint=table)
        found = named_joint(str(path), **options)
        assert found.table == pytest.approx(TABLE / 10, abs=IDENTITY)
        assert (found.name, found.y_letters) == (path.name, ("0", "1", "2"))


def test_a_table_of_pandas_keeps_its_labels():
    frame = pd.DataFrame(TABLE, index=["rain", "sun"], columns=["a", "b", "c"])
    found = Joint.numbered("weather", frame, normalise=True)
    assert (found.x_letters, found.y_letters) == (("rain", "sun"), ("a", "b", "c"))
    assert repr(found).startswith("Joint(name='weather', table=(2, 3) floats")


@PROOF
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("abc")), min_size=1, max_size=30))
def test_pairs_are_counted(pairs):
    found = counted([x for x, _ in pairs], [y for _, y in pairs])
    assert found.table.sum() == pytest.approx(1.0, abs=IDENTITY)
    for i, x in enumerate(found.x_letters):
        for j, y in enumerate(found.y_letters):
            assert found.table[i, j] == pairs.count((int(x), y)) / len(pairs)
    assert (found.table.sum(axis=0) > 0).all()
    assert (found.table.sum(axis=1) > 0).all()


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("heading", ["", "x{}y\n", "X{} Y\n"])
def test_pairs_of_labels_come_from_a_file(tmp_path, mark, heading):
    path = tmp_path / "pairs.csv"
    lines = [("10", "cat"), ("2", "dog"), ("10", "dog"), ("2", "dog")]
    path.write_text(heading.format(mark) + "\n".join(f"{x}{mark}{y}" for x, y in lines))
    found = named_joint(f"labels:{path}")
    assert found.name == "labels:pairs.csv"
    assert (found.x_letters, found.y_letters) == (("2", "10"), ("cat", "dog"))  # 2 before 10
    assert found.table.tolist() == [[0.0, 0.5], [0.25, 0.25]]


def test_labels_come_from_two_files(tmp_path):
    np.save(tmp_path / "x.npy", np.array([0, 1, 1, 0]))
    np.save(tmp_path / "y.npy", np.array(["a", "b", "b", "b"]))
    found = named_joint(f"labels:{tmp_path}/x.npy,{tmp_path}/y.npy")
    assert found.table.tolist() == [[0.25, 0.25], [0.0, 0.5]]
    (tmp_path / "y.csv").write_text("a\nb\nb\nb\n")
    assert named_joint(f"labels:{tmp_path}/x.npy,{tmp_path}/y.csv").table.tolist() == (
        found.table.tolist()
    )


def test_mrs_gerbers_lemma_at_its_ends():
    assert gerber_relevance(0.1, 0.0) == 0.0
    all_kept = math.log(2) - entropy([0.1, 0.9])
    assert gerber_relevance(0.1, math.log(2)) == pytest.approx(all_kept, abs=IDENTITY)
    assert gerber_relevance(0.1, 9.0) == pytest.approx(all_kept, abs=IDENTITY)
    assert gerber_relevance(0.0, 0.3) == pytest.approx(0.3, abs=1e-12)
    assert gerber_relevance(0.5, 0.3) == 0.0


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "nothing",
            "joint must be like dsbs:0.1, gaussian:0.8, toy, labels:PAIRS.csv, images",
        ),
        ("dsbs:a", "joint must be like dsbs:0.1.*, got 'dsbs:a'"),
        ("dsbs", "joint must be like dsbs:0.1.*, got 'dsbs'"),
        ("dsbs:0.1:2", "joint must be like dsbs:0.1"),
        ("dsbs:1.5", r"p must be in \[0, 1\], got 1.5"),
        ("gaussian:1", "rho must be between -1 and 1, got 1"),
        ("gaussian:0.5:1", "points must be an integer of at least 2, got 1"),
        ("gaussian:0.5:2000", "points must be an integer of at most 1000, got 2000"),
        ("gaussian:0.5:x", "joint must be like"),
        ("toy:3", "joint must be like"),
        ("images", "joint must be like"),
        ("images:faces", "source must be like toy, bars:4x4"),
        ("gone.csv", "gone.csv must be a readable .csv file, got nothing of that name"),
        ("gone.npz", "gone.npz must be a readable .npz file"),
        ("labels:gone.csv", "gone.csv must be a readable .csv file"),
        ("labels:x.txt", "labels must be like PAIRS.csv or X.npy,Y.npy, got 'x.txt'"),
        ("labels", "joint must be like"),
        ("counts.csv", "joint must sum to 1 .* got joint with sum 10; counts are .* --normalise"),
        ("flat.npy", r"joint must be a non-empty 2-d array, got shape \(3,\)"),
        ("words.npy", r"words.npy: joint must be an array of numbers"),
        ("labels:counts.csv", "counts.csv must have two labels on every line, got 3 on line 1"),
        ("labels:empty.csv", "labels must be at least one pair, got none"),
        ("labels:flat.npy,words.npy", "labels must be as many for y as for x, 3, got 2"),
        ("labels:table.npy,flat.npy", r"table.npy must be a 1-d array of labels, got shape \(2, 3"),
    ],
)
def test_what_is_no_joint_is_named_in_a_line(tmp_path, monkeypatch, text, message):
    monkeypatch.chdir(tmp_path)
    np.save("flat.npy", np.array([1.0, 2.0, 3.0]))
    np.save("words.npy", np.array(["a", "b"]))
    np.save("table.npy", TABLE)
    (tmp_path / "empty.csv").write_text("\n")
    (tmp_path / "counts.csv").write_text("3,1,0\n1,2,3\n")
    with pytest.raises(ValueError, match=message) as caught:
        named_joint(text)
    assert "\n" not in str(caught.value)
