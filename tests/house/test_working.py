"""The page on working here: what it names is there, and the commands that it gives are taken."""

import re
import shlex
import subprocess
import sys
from importlib.util import find_spec

from tests.conftest import ROOT

PAGE = (ROOT / "tests" / "README.md").read_text("utf-8")
CODES = re.findall(r"`([^`]+)`", " ".join(PAGE.split()))
"""What stands in code, also across the end of a line."""

COMMANDS = [shlex.split(code) for code in CODES if re.match(r"(time )?python |ruff |mypy$", code)]


def test_files_and_folders_of_the_page_are_there():
    links = re.findall(r"\]\(([^)#\s]+)", PAGE)
    assert [link for link in links if not (ROOT / "tests" / link).exists()] == []
    named = {code for code in CODES if re.fullmatch(r"\.?\w+(/\w+)+(\.py)?", code)}
    assert len(named) > 5
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_its_commands_are_taken():
    tests, modules, others = [], [], []
    for words in COMMANDS:
        if words[:3] == ["python", "-m", "pytest"]:
            tests += words[3:]
        elif words[:2] == ["python", "-m"]:
            modules.append(words[2])
        else:
            others.append(words)
    assert "-n" in tests
    assert "-m 'not slow'" in CODES
    assert all(find_spec(module) for module in modules)
    whole = (ROOT / ".ci" / "run").read_text("utf-8")
    for words in others:
        if words[0] == "time":
            assert (ROOT / words[2]).exists()
        else:
            assert " ".join(words) in whole
    paths = [word for word in tests if word.endswith(".py")]
    assert all((ROOT / word).exists() for word in tests if "/" in word)
    command = [sys.executable, "-m", "pytest", "-n", "0", "-m", "not slow", *paths]
    found = subprocess.run(
        [*command, "--collect-only", "-q"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout
    assert all(path in found.stdout for path in paths)
