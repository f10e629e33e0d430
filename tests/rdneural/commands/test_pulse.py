"""Long work is never silent, and says how it goes on where somebody stops it."""

import re
import shlex
import threading
import time

import pytest

from rdneural.commands import pulse
from rdneural.commands.pulse import Pulse
from rdneural.records.layout import CHECKPOINT
from rdneural.runs import run as runs
from rdneural.training import loop
from tests.make.runs import stopped

pytestmark = pytest.mark.usefixtures("undrawn")

SMALL = ("mnist", "--data", "mnist5k", "--preset", "tiny", "--epochs", 0.05, "--batch", 64,
         "--device", "cpu", "--precision", "float32", "--pictures", 1, "--beta", 1)  # fmt: skip


class Heard:
    """Lines that were said, for a thread that waits for them."""

    def __init__(self):
        self.lines, self.news = [], threading.Condition()

    def __call__(self, line):
        with self.news:
            self.lines.append(line)
            self.news.notify_all()

    def wait_for(self, line):
        with self.news:
            assert self.news.wait_for(lambda: line in self.lines, timeout=60), self.lines


@pytest.fixture
def heard(monkeypatch):
    heard = Heard()
    monkeypatch.setattr(pulse, "say", heard)
    monkeypatch.setattr(pulse, "FIRST", 0.0)
    monkeypatch.setattr(pulse, "EVERY", 0.01)
    return heard


def test_the_first_line_comes_first_and_then_what_is_told_last(heard):
    beat = Pulse("mnist: training ---, results in runs/mnist-1")
    heard.wait_for("mnist: training ---, results in runs/mnist-1")
    heard.wait_for("mnist: training ---: at it for 0 s")
    for line in ("step 10 of 60", "step 20 of 60"):
        beat.tell(line)
        heard.wait_for(line)
    beat.stop()
    assert heard.lines[0] == beat.head
    assert heard.lines.index("step 10 of 60") < heard.lines.index("step 20 of 60")


def test_nothing_is_said_while_a_bar_says_it_and_after_the_end(heard):
    beat = Pulse("head")
    beat.tell("told")
    heard.wait_for("told")
    beat.tell("")
    beat.stop()
    said = len(heard.lines)
    assert "" not in heard.lines
    time.sleep(0.05)
    assert len(heard.lines) == said


def test_input_at_fault_is_one_line_where_it_is_found_at_once(run, tmp_path):
    result = run(*SMALL, "--target-rate", 3, "--out", tmp_path / "a")
    assert result.stderr == "error: give exactly one of --beta and --target-rate\n"


def test_a_training_says_what_runs_where_and_how_far_it_is(run, tmp_path, monkeypatch, heard):
    steps = []
    real = loop.take_step

    def take_step(learner, forward, x):
        real(learner, forward, x)
        steps.append(learner.progress.step)
        if learner.progress.step % 10 == 1 and len(steps) > 10:
            heard.wait_for(next(line for line in told if f"step {steps[-1] - 1:,} of" in line))

    told = []
    tell = Pulse.tell
    monkeypatch.setattr(Pulse, "tell", lambda self, line: (told.append(line), tell(self, line)))
    monkeypatch.setattr(loop, "take_step", take_step)
    place = tmp_path / "a"
    result = run(*SMALL, "--epochs", 0.5, "--out", place)
    assert result.exit_code == 0, result.stderr
    first, *_ = heard.lines
    assert first.startswith("mnist: training --- (tiny, 0.5 epochs) to beta 1")
    assert f"results in {place}" in first
    assert re.search(r"; about \d+ s of training on two cores$", first)
    line = next(line for line in told if "step 10 of" in line)
    assert re.fullmatch(
        r"mnist: step 10 of \d+, R [\d.]+, D [\d.]+, R \+ D [\d.]+, \d+ (s|min) of training left",
        line,
    )
    assert {"mnist: measuring R and D", "mnist: drawing samples"} <= set(told)


def test_who_stops_a_run_is_told_the_exact_command_that_goes_on(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    real = loop.train

    def train(*given, **how):
        real(*given, **stopped(how, 3))
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(runs, "train", train)
        result = run(*SMALL)
    assert result.exit_code == 1
    said = result.stderr.splitlines()[-1]
    place, command = re.fullmatch(
        r"interrupted; what is done is in (\S+); go on with: python cli\.py (.*)", said
    ).groups()
    assert (tmp_path / place / CHECKPOINT).exists()
    again = run(*shlex.split(command))
    assert again.exit_code == 0, again.stderr
    assert (tmp_path / place / "run.json").exists()


def test_who_stops_before_anything_is_kept_is_told_so(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def train(*given, **how):
        raise KeyboardInterrupt

    monkeypatch.setattr(runs, "train", train)
    result = run(*SMALL)
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1] == "interrupted; nothing is lost but the time"
    assert list(tmp_path.iterdir()) == []


def test_train_calls_itself_so_whatever_its_images_are(run, tmp_path, heard):
    given = ("--preset", "tiny", "--precision", "float32", "--epochs", 0.02, "--beta", 1)
    result = run("train", "--data", "bars:4x4", *given, "--out", tmp_path / "a")
    assert result.exit_code == 0, result.stderr
    assert heard.lines[0].startswith("train: training --- (tiny, 0.02 epochs) to beta 1")
