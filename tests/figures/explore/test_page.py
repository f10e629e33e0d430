"""The page as a file: alone, small, whole, and its numbers those that were solved."""

import json
import re
from base64 import b64decode, b64encode
from functools import partial
from hashlib import sha256

import numpy as np
import pytest
from click.testing import CliRunner

from cli import cli
from figures.explore.pack import packed
from figures.explore.page import render, write_page
from rdtheory.experiments import explore_toy
from rdtheory.results import refuse_existing
from tests.make.commands import one_error

MEGABYTE = 1_000_000


def _data(text):
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text)
    return json.loads(found)


def _unpacked(part):
    levels = np.frombuffer(b64decode(part["bytes"]), dtype=f"<u{part['width']}")
    return levels * part["top"] / (256 ** part["width"] - 1)


@pytest.mark.parametrize("width", [1, 2])
def test_packed_numbers_are_off_by_half_a_level(width):
    values = np.random.default_rng(0).random(100) * 3.0
    found = _unpacked(packed(np.split(values, 4), width=width))
    assert np.abs(found - values).max() <= 0.5001 * values.max() / (256**width - 1)


def test_a_page_loads_nothing(pages):
    for path in pages.values():
        text = path.read_text("utf-8")
        assert not re.search(r"https?:|//cdn|@import|url\(", text)
        assert not re.search(r"<(?:img|iframe|object|embed)\b|\bsrc=", text)
        assert re.findall(r'<link [^>]*href="([^"]*)"', text) == ["data:,"]
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
        program = re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)[-1]
        digest = b64encode(sha256(program.encode()).digest()).decode()
        assert "default-src 'none'" in policy
        assert f"'sha256-{digest}'" in policy


def test_the_largest_source_at_every_slope_is_below_a_megabyte(five):
    n, steps = 400, 112
    step = {name: 1 / 3 for name in ("beta", "rate", "distortion", "value", "gap", "steps")}
    step |= {"support": list(range(n)), "masses": np.full(n, 1 / n), "critical": False,
             "channel": np.full((n, n), 1 / n)}  # fmt: skip
    looks = [0, 1, 3, 10, 30, 100, 300]
    step["iterates"] = {name: np.full(7, 1 / 3) for name in ("rate", "distortion", "gap")}
    step["iterates"]["marginal"] = np.full((7, n), 1 / n)
    places = list(np.linspace(-4, 4, n))
    source = five["source"] | {
        "name": "large", "p_x": [1 / n] * n, "letters": places, "outputs": places,
        "iterations": looks, "steps": [step] * steps,
    }  # fmt: skip
    tables = {name: np.full((30, 30), 1 / 30) for name in ("encoder", "decoder")}
    fit = five["toy"]["rates"][0] | tables
    toy = five["toy"] | {"betas": [fit | {"beta": 1.0}] * 15, "rates": [fit] * 20}
    assert len(render({"source": source, "toy": toy}).encode()) < MEGABYTE


def test_the_page_has_the_numbers_that_were_solved(five, pages):
    found = _data(pages["five"].read_text("utf-8"))
    steps = five["source"]["steps"]
    for name in ("beta", "rate", "distortion", "value"):
        assert found["source"][name] == pytest.approx([s[name] for s in steps], rel=1e-8, abs=1e-12)
    masses = np.concatenate([step["masses"] for step in steps])
    assert _unpacked(found["source"]["masses"]) == pytest.approx(masses, abs=1e-5)
    channels = np.concatenate([np.ravel(step["channel"]) for step in steps])
    assert _unpacked(found["source"]["channel"]) == pytest.approx(channels, abs=1e-5)
    assert found["source"]["critical"] == [at for at, s in enumerate(steps) if s["critical"]]
    encoders = [fit["encoder"] for part in ("betas", "rates") for fit in five["toy"][part]]
    assert _unpacked(found["toy"]["encoder"]) == pytest.approx(np.ravel(encoders), abs=1 / 255)


def test_a_large_source_keeps_its_first_and_last_rows(grid):
    found = _data(render(grid))["source"]
    assert not found["small"]
    assert (found["rows"][0], found["rows"][-1]) == (0, 40)
    assert found["line"] == pytest.approx([-4.0, 4.0])
    assert found["iterations"][0] == 0


def test_a_name_cannot_end_the_program(five):
    name = "</script><b>.csv"
    text = render(five | {"source": five["source"] | {"name": name}})
    assert name not in text
    assert _data(text)["source"]["name"] == name


def test_a_page_is_not_overwritten_unasked(five, tmp_path):
    path = tmp_path / "page.html"
    path.write_text("mine")
    with pytest.raises(FileExistsError, match="pass --overwrite"):
        write_page(path, five, units="nats", overwrite=False)
    assert path.read_text() == "mine"
    write_page(path, five, units="nats", overwrite=True)
    assert path.read_text("utf-8").startswith("<!DOCTYPE html>")
    assert list(tmp_path.iterdir()) == [path]


# -- the command ----------------------------------------------------------------------------------


def test_the_command_writes_the_page_and_its_numbers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    small = partial(explore_toy.explore_toy, betas=[0.5], rates=[])
    monkeypatch.setattr(explore_toy, "explore_toy", small)
    words = ["explore", "--source", "bernoulli:0.3", "--slopes", "3", "--out", "page.html"]
    done = CliRunner().invoke(cli, [*words, "--bits", "--json", "found.json"])
    assert (done.exit_code, done.stdout) == (0, "page.html\n")
    found = json.loads((tmp_path / "found.json").read_text())
    assert (found["command"], found["settings"]["bits"]) == ("explore", True)
    page = _data((tmp_path / "page.html").read_text("utf-8"))
    rates = [step["rate"] for step in found["source"]["steps"]]  # of the file, in nats
    assert page["source"]["rate"] == pytest.approx(rates, rel=1e-8, abs=1e-12)
    assert page["units"] == "bits"
    with pytest.raises(FileExistsError):
        refuse_existing(tmp_path / "page.html", overwrite=False)
    one_error(CliRunner().invoke(cli, words), "page.html exists", "--overwrite")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--out", "page.txt"], "--out must be a .html file, got page.txt"),
        (["--out", "no/page.html"], "--out must be in a directory that is there, got no/page.html"),
        (["--out", "p.html", "--source", "coin"], "source must be like bernoulli:0.3"),
        (["--out", "p.html", "--source", "gaussian:401"], "must have at most 400 letters, got 401"),
        (["--out", "p.html", "--slopes", "301"], "slopes must be an integer from 2 to 300"),
        (["--out", "p.html", "--slopes", "0"], "slopes must be"),
        (["--out", "p.html", "--json", "no/found.json"], "--json must be in a directory"),
        ([], "--out"),
    ],
)
def test_bad_input_is_one_line(words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    one_error(CliRunner().invoke(cli, ["explore", *words]), said)
    assert list(tmp_path.iterdir()) == []
