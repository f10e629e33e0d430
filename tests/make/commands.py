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
WITHOUT_TORCH = """
import builtins, json, sys

def guarded(name, *given, real=builtins.__import__, **how):
    if name.partition(".")[0] == "torch":
        raise ImportError("torch was loaded")  # which the command would show
    return real(name, *given, **how)

builtins.__import__ = guarded
from click.testing import CliRunner
from cli import cli
for words in json.loads(sys.stdin.read()):
    found = CliRunner().invoke(cli, words)
    print(json.dumps([found.exit_code, found.stderr]))
"""
"""A program that runs commands, each a list of words on stdin, where torch cannot be loaded."""


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
