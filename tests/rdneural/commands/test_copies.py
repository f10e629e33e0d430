"""--json FILE --overwrite replaces a copy of a result, and nothing that anyone else needs."""

from pathlib import Path

import numpy as np
import pytest

from rdneural.commands.copies import result_names
from rdneural.records.layout import CHECKPOINT, CURVE, LOCK, PLAN, RESULT, TABLE
from rdneural.runs import run as runs
from tests.make.commands import SAME, SHORT, one_error

FRONTIER = ("frontier", "--source", "bernoulli:0.3", "--rate", 0.25)
COIN = "0.5,0,1\n0.5,1,0\n"

pytestmark = pytest.mark.usefixtures("undrawn")


@pytest.fixture(autouse=True)
def problems(tmp_path, monkeypatch):
    """A run, a curve, a sweep and problems in files; nothing is trained."""
    monkeypatch.setattr(runs, "train", None)
    for place, names in (("C", (CURVE, CHECKPOINT)), ("S", (PLAN, TABLE, "pulled.json"))):
        (tmp_path / place).mkdir()
        for name in names:
            (tmp_path / place / name).write_text("{}")
    (tmp_path / "mine.csv").write_text(COIN)
    np.savez(tmp_path / "mine.npz", p_x=[0.5, 0.5], distortion=[[0, 1], [1, 0]])
    (tmp_path / "images.amat.gz").write_bytes(b"\x1f\x8b\x08")


def content(place):
    return {p: p.read_bytes() for p in place.rglob("*") if p.is_file() and p.name != LOCK}


@pytest.mark.parametrize("path", [f"copied/{RESULT}", f"copied/{CHECKPOINT}", "copied/history.csv",
                                  "copied/validated.json", f"C/{CURVE}", f"C/{CHECKPOINT}",
                                  "C/comparison.csv", f"S/{PLAN}", f"S/{TABLE}", "S/pulled.json",
                                  "./S/../S/table.csv", "linked/table.csv"])  # fmt: skip
def test_a_result_in_its_own_directory_is_never_replaced(run, tmp_path, copied, path):
    (tmp_path / "linked").symlink_to("S")
    before = content(tmp_path)
    for command in (
        ("mnist", *SHORT, *SAME, "--beta", 1), ("evaluate", copied), ("report", "S"), FRONTIER,
        ("usefulness", copied), ("sweep", "status", "--out", "S"),
    ):  # fmt: skip
        words = (f"--json must be outside {Path(path).parent}", "which has", Path(path).name)
        one_error(run(*command, "--json", path, "--overwrite"), *words)
    assert content(tmp_path) == before


@pytest.mark.parametrize("name", ["mine.csv", "mine.npz", "images.amat.gz"])
def test_what_is_read_is_never_replaced(run, tmp_path, name):
    before = content(tmp_path)
    for source in (name if "mine" in name else "mine.csv", "bernoulli:0.3"):
        command = ("frontier", "--source", source, "--rate", 0.25)
        words = "--json must be a new file or replace one in JSON"
        one_error(run(*command, "--json", name, "--overwrite"), words, name)
        one_error(run(*command, "--json", name), f"{name} exists")
    assert content(tmp_path) == before


def test_a_copy_is_replaced_where_it_is_asked(run, tmp_path):
    for text in ("", '{"command": "frontier"}\n', '\n {"half'):
        Path("copy.json").write_text(text)
        one_error(run(*FRONTIER, "--out", "F", "--json", "copy.json"), "copy.json exists")
        more = ("--out", "F", "--json", "copy.json", "--overwrite")
        assert run(*FRONTIER, *more).exit_code == 0
        assert Path("copy.json").read_text() == Path("F/frontier.json").read_text()


def test_a_copy_may_lie_beside_results_under_a_name_of_its_own(run, copied):
    more = ("--json", copied / "coin.json", "--out", "F")
    assert run(*FRONTIER, *more).exit_code == 0
    assert run(*FRONTIER, *more, "--overwrite").exit_code == 0


def test_names_of_results_are_those_of_files():
    assert {RESULT, CHECKPOINT, CURVE, PLAN, TABLE, "curves.png", "usefulness.csv", LOCK} <= (
        result_names()
    )
    assert not {"here", "runs", "train", "step", "tensorboard"} & result_names()
