"""Every shell line of the READMEs runs, the long ones at less effort by the rules below.

A line that no rule knows fails. The lines of all pages run in order, in one directory, each once;
without a network, and with RDLATENT_DATA=DIR on made files of the published form, of a few images.
Lines with `pip` are held against the project's file in `test_readme`, and not run.
"""

import json
import re
import runpy
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image
from sklearn.datasets import load_digits

from cli import cli
from rdneural.data import enumerated, load
from rdneural.data.labels import LabelledImages
from rdneural.runs import usefulness as usefulness_run
from rdtheory.experiments import bench, capacity_bench, explore_toy, toy
from rdtheory.sources import bernoulli
from rdtheory.sources.channels import bsc
from tests.conftest import ROOT
from tests.make import data
from tests.make.readme import NAMES, RESULTS, Line, blocks, shell_lines

COUNTS = {"train": 192, "valid": 48, "test": 64}
MACHINE = "--device cpu"
SMALL = f"--preset tiny {MACHINE} --precision float32 --batch 64"
MINE = """
from torch import nn
from torch.distributions import Independent, Normal

class Mine(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(64, 12))

    def forward(self, x):
        mean, scale = self.layers(x).chunk(2, 1)
        return Independent(Normal(mean, scale.exp()), 1)
"""
"""The own encoder that lines name."""

RUN = f"{SMALL} --epochs 2 --pictures 2"


@dataclass(frozen=True)
class Rule:
    """How lines are run: which they are, options put at their end, what is done before."""

    lines: str
    adds: str = ""
    first: Callable[[Path], None] = lambda place: None
    slow: bool = False
    says: str = ""


def _break_off(place: Path) -> None:
    """Leave of a finished run what an interrupted one has."""
    for path in (place / "runs" / "v20").iterdir():
        if path.name != "checkpoint.safetensors":
            path.unlink() if path.is_file() else shutil.rmtree(path)


def _copy_sweep(place: Path) -> None:
    shutil.copytree(place / "runs" / "vamp", place / "from-gpu" / "vamp")


def _make_own(place: Path) -> None:
    """Leave the own images that lines name: grey digits with labels, and a folder of pictures."""
    found = load_digits()
    np.save(place / "digits.npy", found.images[:200] / 16)
    np.save(place / "labels.npy", found.target[:200])
    (place / "mine.py").write_text(MINE)
    (place / "pictures").mkdir(exist_ok=True)
    for index in range(40):
        grey = np.outer(np.arange(12) == index % 12, np.ones(9)) * 200
        Image.fromarray(grey.astype(np.uint8)).save(place / "pictures" / f"{index}.png")


def _make_pairs(place: Path) -> None:
    """Leave the pairs of labels that a line names."""
    (place / "pairs.csv").write_text("x,y\ncat,purrs\ncat,sleeps\ndog,barks\ndog,sleeps\n")


def _copy_results(*names: str) -> Callable[[Path], None]:
    """Let the directory have copies of some of our results, under their own names."""

    def copy(place: Path) -> None:
        for name in names:
            source, target = RESULTS / name, place / "figures" / "results" / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if source.is_dir():
                shutil.copytree(source, target, dirs_exist_ok=True)
            else:
                shutil.copy(source, target)

    return copy


NOT_RUN = (r"pip install .*", r"python -m pytest", r"toy --target-rate 0\.5", r"recovery")
"""The third is the main job; `test_readme` has what it left and printed. The last is run in
`tests/cli/test_cli.py`."""

RULES = (
    *map(Rule, NOT_RUN),
    Rule(r"toy .*", "--restarts 1"),
    Rule(r"frontier --source gaussian:20000 .*", "--source gaussian:8000", slow=True),
    Rule(r"frontier .*"),
    Rule(r"explore .*", "--slopes 3"),
    Rule(r"capacity .*--amplitudes .*", "--amplitudes 1.5,2"),
    Rule(r"capacity .*"),
    Rule(r"bottleneck --joint toy", "--codes 3 --starts 1"),
    Rule(r"bottleneck .*labels:pairs\.csv .*", first=_make_pairs),
    Rule(r"bottleneck .*"),
    Rule(r"bench exact", "--budget 0.05"),  # on a coin
    Rule(r"bench scale .*", "--largest 100 --budget 0.05"),
    Rule(r"bench images .*", "--source images:digits.npy:40 --betas 2,6", _make_own),
    Rule(r"bench neural .*", f"--preset tiny --models=--- --steps 1 {MACHINE}"),
    Rule(r"bench candidates .*", "--seconds 0.5 --only batch-32 --test-images 20"),
    Rule(r"bench batched .*", f"--models=--- --counts 2 --steps 1 {MACHINE}"),
    Rule(r"mnist --beta 1\.0", f"{RUN} --epochs 0.1", says="mnist5k"),  # all 5,000 of them
    Rule(r"mnist .*--resume", MACHINE, _break_off),
    Rule(r"omniglot .*--anneal 2", f"{RUN} --epochs 3"),
    Rule(r"(mnist|omniglot) .*", RUN),
    Rule(r"train .*", RUN, _make_own),
    Rule(r"evaluate .*", MACHINE),
    Rule(r"sample zoo:.*", f"--count 1 {MACHINE}"),
    Rule(r"sample .*", MACHINE),
    Rule(r"export .*", MACHINE),
    Rule(r"sweep .*--dry-run", f"{SMALL} --models=---,--v", says=f"{540 // 6}"),  # two of twelve
    Rule(r"sweep pull figures/results/quick/targets .*", "--out runs/pulled",
         _copy_results("quick/targets")),
    Rule(r"sweep pull .*", first=_copy_sweep),
    Rule(r"sweep --jobs 2 --out figures/results/paper", f"{RUN} --models=--- --betas 1 --jobs 1"),
    Rule(r"sweep --curves .*", f"{SMALL} --models=--- --epochs 20 --betas 1 --learning-rate 0.02"),
    Rule(r"sweep --jobs 2 --out [\w/-]+", "--jobs 1"),
    Rule(r"sweep (status )?--out [\w/-]+"),
    Rule(r"sweep .*", f"{RUN} --models=---,-+- --betas 1 --jobs 1"),
    Rule(r"report .*"),
    Rule(r"curve .*", f"{SMALL} --model=--- --epochs 20 --learning-rate 0.02 --betas 1 "
         "--target-rates 0.3 --against runs/vamp --overwrite"),
    Rule(r"diagonal .*", f"--points 3 --pictures 2 {MACHINE}"),
    Rule(r"usefulness .*", f"--images 20 --reconstructions 20 --overwrite {MACHINE}"),
    Rule(r"information .*", "--codes 64 --bound-images 4 --bound-codes 4 --frontier-images 16 "
         f"--frontier-codes 16 {MACHINE}"),
    Rule(r"validate .*", "--source bars:2x2 --models=--- --epochs 0.05 --samples 64"),
    Rule(r"figures\.figure2 .*", first=_copy_results("toy.json", "models.npz")),
    Rule(r"figures\.images .*", first=_copy_results("images")),
    Rule(r"figures\.rd_plane .*", first=_copy_results("quick")),
    Rule(r"figures\.scale .*", first=_copy_results("scale")),
    Rule(r"figures\.sweep .*", first=_copy_results("mnist-quick")),
)  # fmt: skip

SWAPS = {
    "--model=split:392": "--model=split:8", "--model=coarse:14": "--model=coarse:2",
    "coarse:4,coarse:7": "coarse:2",
}  # fmt: skip
"""Codes of 28 x 28 pixels, and those of 4 x 4 that stand for them."""
HELD = 0.25
"""Share of the rates that lines ask for which images of 4 x 4 pixels can hold."""


def _call(line: Line) -> list[str]:
    """Return the words after `python cli.py`, `python -m`, or all of a line that is neither."""
    words = [SWAPS.get(word, word) for word in line.words]
    if {"mnist", "omniglot", "sweep"} & set(words):
        for option in {"--target-rate", "--target-rates"} & set(words):
            place = words.index(option) + 1
            words[place] = ",".join(f"{HELD * float(rate):g}" for rate in words[place].split(","))
    if words[0] == "timeout":  # -s INT 9m
        words = words[4:]
    if words[:2] == ["python", "cli.py"] or words[:2] == ["python", "-m"]:
        words = words if words[2] == "pytest" else words[2:]
    return words


def _rule(line: Line) -> Rule | None:
    text = " ".join(_call(line))
    return next((rule for rule in RULES if re.fullmatch(rule.lines, text)), None)


def _quick(line: Line) -> bool:
    rule = _rule(line)
    return rule is not None and not rule.slow


LINES = list({line.text: line for name in NAMES for line in shell_lines(name)}.values())
"""The lines of all pages, in order; one that is on two pages once."""


def test_every_line_has_a_rule_and_every_rule_a_line():
    assert [line.text for line in LINES if _rule(line) is None] == []
    used = {rule.lines for rule in map(_rule, LINES) if rule is not None}
    assert [rule.lines for rule in RULES if rule.lines not in used] == []


def test_lines_set_the_place_of_the_data_and_threads_alone():
    sets = {(key, value) for line in LINES for key, value in line.sets.items()}
    threads = {(f"{library}_NUM_THREADS", "1") for library in ("OMP", "OPENBLAS", "NUMBA")}
    assert sets <= threads | {("RDLATENT_DATA", "DIR")}


# -- running them ---------------------------------------------------------------------------------


class World:
    """A directory where the lines of all pages run in order, each once."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.done: dict[str, tuple[int, str]] = {}

    def run(self, line: Line) -> tuple[int, str]:
        """Return exit code and output of a line; those before it have run then."""
        for before in LINES:
            if before.text not in self.done and _quick(before):
                self.done[before.text] = self._run(before)
            if before == line:
                break
        return self.done[line.text]

    def _run(self, line: Line) -> tuple[int, str]:
        rule, words = _rule(line), _call(line)
        if rule.lines in NOT_RUN:
            return 0, ""
        with pytest.MonkeyPatch.context() as context:
            context.chdir(self.place)
            if "RDLATENT_DATA" in line.sets:
                context.setenv("RDLATENT_DATA", str(self.place / "published"))
            rule.first(self.place)
            if words[0].startswith("figures."):
                return _run_module(words, context), ""
            done = CliRunner().invoke(cli, words + rule.adds.split())
        error = "" if done.exception is None else f"{done.exception!r}"
        return done.exit_code, done.output + error


def _run_module(words: list[str], context: pytest.MonkeyPatch) -> int:
    """Return the exit code of `python -m` and these words."""
    context.setattr(sys, "argv", words)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "'figures.* found in sys.modules")  # by other tests
        with pytest.raises(SystemExit) as ended:
            runpy.run_module(words[0], run_name="__main__")
    return ended.value.code or 0


def _bars(count: int, *, side: int, seed: int) -> np.ndarray:
    """Images whose rows of seven pixels are on or off, so that there is something to learn."""
    rows = np.random.default_rng(seed).random((count, side // 7, 1)) < 0.5
    return np.broadcast_to(rows.repeat(7, axis=1), (count, side, side)).astype(np.uint8)


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> Iterator[World]:
    place = tmp_path_factory.mktemp("lines")
    with pytest.MonkeyPatch.context() as context:
        context.setattr(data, "COUNTS", COUNTS)
        context.setattr(data, "binary", _bars)
        images, texts = data.publish_mnist(context)
        data.write_mnist(place / "published" / "mnist_static", texts)
        chardata = data.write_chardata(place / "published" / "omniglot" / "chardata.mat")
        data.publish_chardata(context, chardata)
        context.setattr(enumerated, "COUNTS", COUNTS)
        context.setenv("RDLATENT_CACHE", str(place / "cache"))
        context.delenv("RDLATENT_DATA", raising=False)
        for variable in ("NO_PROXY", "no_proxy"):
            context.setenv(variable, "127.0.0.1")
        for address in ("MNIST_URL", "OMNIGLOT_URL"):
            context.setattr(load, address, "http://127.0.0.1:1/")  # where nobody listens
        labels = [np.arange(count) % 2 for count in COUNTS.values()]
        labelled = LabelledImages(images, "digit", ("0", "1"), *labels)
        context.setattr(usefulness_run, "load_labelled", lambda *_: labelled)
        small = partial(bench.run_bench, [(bernoulli(0.3), 0.5)])
        context.setattr(bench, "run_bench", small)
        context.setattr(capacity_bench, "bench_channels", lambda: [bsc(0.1)])
        few = partial(explore_toy.explore_toy, betas=[0.5], rates=[])
        context.setattr(explore_toy, "explore_toy", few)
        context.setattr(toy, "run_recovery", partial(toy.run_recovery, ways=toy.WAYS[-2:]))
        yield World(place)


@pytest.mark.parametrize(
    "line", [pytest.param(line, id=line.text) for line in LINES if _quick(line)]
)
@pytest.mark.usefixtures("undrawn")
def test_a_line_runs(line, world):
    code, output = world.run(line)
    assert code == 0, output
    assert _rule(line).says in output


MEASURED = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""Runs a command and prints the most memory it had, in KiB; a process of its own, and small, since
a child's count begins with what its parent has."""


@pytest.mark.usefixtures("undrawn")
def test_the_front_page_shows_the_table_that_a_newcomer_sees(world):
    (line,) = (line for line in LINES if line.words[2:] == ("mnist", "--beta", "1.0"))
    _, output = world.run(line)
    _, block = blocks("README.md", "text")
    shown = [row.split() for row in block.splitlines() if "---" not in row]
    printed = [row.split() for row in output.splitlines()]
    assert shown[0] in printed
    begins = [row[0] for row in printed if row]
    for name, *cells in shown[1:]:
        found = printed[[bool(row) and row[0] == name for row in printed].index(True)]
        assert begins.count(name) == 1
        assert len(found) == len(cells) + 1
        assert found[-2:] == cells[-2:]  # images, and codes of each


@pytest.mark.slow
@pytest.mark.parametrize(
    "line", [pytest.param(line, id=line.text) for line in LINES if not _quick(line)]
)
def test_a_long_line_needs_little_memory(line, tmp_path):
    less = _rule(line).adds.split()
    command = [sys.executable, str(ROOT / "cli.py"), *_call(line), *less, "--json", "found.json"]
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, *command],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "warning" not in done.stderr
    (point,) = json.loads((tmp_path / "found.json").read_text())["points"]
    assert point["gap"] <= 1e-6
    assert int(done.stdout.split()[-1]) < 0.5e6  # kB; a table of 8,000 by 8,000 has 0.51e6
