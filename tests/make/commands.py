"""Commands that train for a moment, and what they leave."""

import json
from pathlib import Path

from rdneural.records.layout import CHECKPOINT, LOCK

HEAD = {"command", "settings", "versions", "seed", "seconds"}
FILES = {
    "run.json", "history.csv", CHECKPOINT, "samples.npz", "samples.png", "curves.png", "curves.csv",
    LOCK,
}  # fmt: skip
SHORT = ("--preset", "tiny", "--data", "mnist5k", "--epochs", "0.2", "--device", "cpu")
SAME = ("--precision", "float32")


def read_result(place: Path, name: str = "run.json") -> dict:
    return json.loads((place / name).read_text())


def one_error(result, *words):
    assert result.exit_code == 2, (result.exit_code, result.output, result.exception)
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.output
    assert result.stdout == ""
    for word in words:
        assert word in result.stderr
