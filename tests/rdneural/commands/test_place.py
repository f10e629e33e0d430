"""Where results go: one command's at a time, tried before work, and told apart afterwards."""

import json
import shutil
from pathlib import Path

import pytest
from filelock import FileLock

import cli
from rdneural.commands import place as places
from rdneural.data import of_run
from rdneural.records.layout import CHECKPOINT, LOCK
from rdneural.runs import run as runs
from tests.make.commands import FILES, SAME, SHORT, one_error, read_result
from tests.make.stored import made_images

BUSY = "must be the directory of one command at a time, got another at work in it"
TRAIN = ("mnist", *SHORT, *SAME, "--beta", 1, "--seed", 5)
CURVE = ("curve", "--data", "bars:4x4", "--preset", "tiny")
VALIDATE = ("validate", "--source", "bars:4x4", "--models=---", "--beta", 1)

pytestmark = pytest.mark.usefixtures("undrawn")


@pytest.fixture
def no_work(monkeypatch):
    """Fail where anything is trained."""
    monkeypatch.setattr(runs, "train", None)


def content(place):
    return {p.name: p.read_bytes() for p in place.iterdir() if p.is_file() and p.name != LOCK}


# -- one command at a time -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments",
    [
        (*TRAIN, "--out", "RUN", "--overwrite"),
        (*TRAIN, "--out", "RUN", "--resume"),
        ("evaluate", "RUN", "--out", "RUN"),
        ("sample", "RUN", "--out", "RUN", "--overwrite"),
        ("information", "RUN", "--out", "RUN"),
        ("diagonal", "RUN", "--out", "RUN"),
        ("usefulness", "RUN"),
        ("frontier", "--source", "bernoulli:0.3", "--out", "RUN"),
        ("bench", "neural", "--preset", "tiny", "--out", "RUN"),
    ],
    ids=lambda arguments: " ".join(map(str, (arguments[0], *arguments[-1:]))),
)
def test_a_directory_that_is_at_work_is_refused_to_every_command(run, copied, no_work, arguments):
    before = content(copied)
    with FileLock(copied / LOCK):
        arguments = [copied if word == "RUN" else word for word in arguments]
        one_error(run(*arguments), f"{copied} {BUSY}")
    assert content(copied) == before


@pytest.mark.parametrize("arguments", [TRAIN, CURVE, VALIDATE], ids=lambda words: words[0])
def test_a_new_directory_that_is_at_work_is_refused(run, tmp_path, no_work, arguments):
    place = tmp_path / "a"
    place.mkdir()
    with FileLock(place / LOCK):
        one_error(run(*arguments, "--out", place), str(place), BUSY)
    assert content(place) == {}


def test_a_sweep_leaves_a_run_to_the_command_that_has_it(run, copied, no_work):
    place = copied / "of" / "another"
    shutil.copytree(copied, copied.parent / "kept")
    with FileLock(copied / LOCK):
        one_error(run("sweep", "pull", copied.parent / "kept", "--out", copied), BUSY)
    assert not place.exists()


def test_a_leftover_lock_is_in_nobodys_way_and_what_fails_leaves_none(run, tmp_path, monkeypatch):
    place = tmp_path / "a" / "b"
    one_error(run(*TRAIN, "--learning-rate", 0, "--out", place), "learning_rate")
    assert not (tmp_path / "a").exists()
    place.mkdir(parents=True)
    (place / LOCK).write_bytes(b"left by the dead")
    assert run(*TRAIN, "--out", place).exit_code == 0
    assert {path.name for path in place.iterdir()} == FILES


# -- a directory of its own ----------------------------------------------------------------------

MARKS = {"run.json": "run", "curve.json": "curve", "sweep.json": "sweep", "table.csv": "sweep",
         "validate.json": "validation"}  # fmt: skip


@pytest.mark.parametrize("mark", MARKS)
@pytest.mark.parametrize(
    ("arguments", "own"),
    [(TRAIN, "run.json"), (CURVE, "curve.json"), (VALIDATE, "validate.json"),
     (("sweep", "--data", "mnist5k", "--preset", "tiny", "--betas", 1), "sweep.json")],
    ids=lambda words: words[0] if isinstance(words, tuple) else "",
)  # fmt: skip
@pytest.mark.parametrize("more", [(), ("--overwrite",)], ids=["", "overwrite"])
def test_the_directory_of_another_kind_is_refused(
    run, tmp_path, no_work, mark, arguments, own, more
):
    if mark == own or (own, mark) == ("sweep.json", "table.csv"):
        return
    place = tmp_path / "a"
    place.mkdir()
    (place / mark).write_text("theirs")
    words = ("--out must be a directory of its own", f"a {MARKS[mark]}, {place}", mark)
    one_error(run(*arguments, *more, "--out", place), *words)
    assert [path.name for path in place.iterdir()] == [mark]


# -- tried before work ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("out", "words"),
    [
        ("/proc/none", ("--out must be a directory that can be written", "/proc/none")),
        ("/sys/none", ("--out must be a directory that can be written", "/sys/none")),
        ("file", ("--out must be a directory, got the file", "file")),
        ("file/within", ("--out must be a directory that can be written", "file/within")),
        ("x" * 300, ("--out must be", "File name too long")),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_before_work(
    run, tmp_path, no_work, copied, out, words
):
    (tmp_path / "file").write_text("mine")
    sweep = ("sweep", "--data", "mnist5k", "--preset", "tiny", "--betas", 1)
    frontier = ("frontier", "--source", "bernoulli:0.3")
    for arguments in (TRAIN, ("evaluate", copied), ("usefulness", copied), sweep, frontier):
        one_error(run(*arguments, "--out", out), *words)
    assert {path.name for path in tmp_path.iterdir()} <= {"file", "copied", "cache"}


@pytest.mark.parametrize("command", [TRAIN, ("sample", "RUN"), ("usefulness", "RUN")])
def test_a_full_or_read_only_place_is_refused_before_work(
    run, copied, no_work, monkeypatch, command
):
    def full(directory):
        raise OSError(28, "No space left on device", str(directory))

    before = content(copied)
    monkeypatch.setattr(places, "probe", full)
    one_error(
        run(*[copied if word == "RUN" else word for word in command]),
        "--out must be a directory that can be written", "No space left on device",
    )  # fmt: skip
    assert content(copied) == before
    assert not Path("runs").exists()


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("none/copy.json", "--json must be in a directory that is there"),
        ("copied/run.json", "exists"),
        ("copied", "--json must be a file"),
        ("/dev/null", "--json must be a file"),
        ("/proc/copy.json", "--json must be a file that can be written"),
        ("new/run.json", "--json must be in a directory that is there"),
        ("there/run.json", "--json must be outside there"),
        ("there/checkpoint.safetensors", "--json must be outside there"),
        ("there/none/copy.json", "--json must be in a directory that is there"),
    ],
)
def test_a_copy_that_cannot_be_written_is_refused_before_work(run, copied, no_work, path, words):
    Path("there").mkdir()
    out = path.partition("/")[0] if path.startswith(("new", "there")) else "fresh"
    for arguments in (TRAIN, ("evaluate", copied), ("frontier", "--source", "bernoulli:0.3")):
        one_error(run(*arguments, "--out", out, "--json", path), words)
    assert not Path("fresh").exists()
    assert not Path("new").exists()
    if path == "/dev/null":
        one_error(run(*TRAIN, "--json", path, "--overwrite"), words)
        assert Path("/dev/null").is_char_device()


def test_a_copy_that_fails_after_work_costs_no_more_than_the_copy(run, tmp_path, monkeypatch):
    (tmp_path / "there").mkdir()
    real = cli._show

    def gone(*given):
        shutil.rmtree(tmp_path / "there")
        (tmp_path / "there").write_text("a file in the way")
        real(*given)

    monkeypatch.setattr(cli, "_show", gone)
    result = run(*TRAIN, "--out", tmp_path / "a", "--json", tmp_path / "there" / "copy.json")
    assert result.exit_code == cli.NOT_SHOWN
    assert "codes each" in result.stdout
    last = result.stderr.splitlines()[-1]
    assert last.startswith("error: the results are saved, but could not be shown as well: ")
    assert "there" in last
    assert "Traceback" not in result.output
    assert {path.name for path in (tmp_path / "a").iterdir()} == FILES


# -- whose result it is --------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["evaluate", "sample", "information", "diagonal", "usefulness"])
def test_another_s_checkpoint_beside_a_result_is_refused_by_every_reader(run, copied, command):
    other = copied.parent / "other"
    assert run(*TRAIN[:-3], 3, "--seed", 5, "--epochs", 0.02, "--out", other).exit_code == 0
    (copied / CHECKPOINT).write_bytes((other / CHECKPOINT).read_bytes())
    before = content(copied)
    one_error(run(command, copied), str(copied / "run.json"), "beside a checkpoint of")
    one_error(run(*TRAIN, "--out", copied, "--resume"), "beside a checkpoint of")
    assert content(copied) == before


def test_other_weights_under_the_same_settings_are_refused(run, copied):
    found = read_result(copied)
    found["weights_digest"] = "0" * 64
    (copied / "run.json").write_text(json.dumps(found))
    for command in ("evaluate", "usefulness"):
        one_error(run(command, copied), "run.json", "other weights")


# -- images are known by their content -----------------------------------------------------------


@pytest.fixture
def folders(monkeypatch, tmp_path):
    """Folders with images: a and b with the same, c with others."""
    for name, kind in (("a", "one"), ("b", "one"), ("c", "two")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "kind").write_text(kind)

    def load(dataset, where, **_):
        data = made_images()
        other = (Path(where) / "kind").read_text() == "two"
        return type(data)("made", 1 - data.train, data.valid, data.test) if other else data

    monkeypatch.setattr(of_run, "load_images", load)


FOLDER = ("mnist", "--preset", "tiny", "--epochs", 0.3, "--batch", 20, "--pictures", 1, *SAME,
          "--device", "cpu", "--beta", 1)  # fmt: skip


def break_off(run, monkeypatch, *arguments):
    from rdneural.training import loop
    from tests.make.runs import stopped

    def train(*given, **how):
        loop.train(*given, **stopped(how, 2))
        raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(runs, "train", train)
        assert run(*arguments).exit_code == 1


@pytest.mark.parametrize(
    "spelt", ["a", "./a/", "a//", "x/../a", "ABSOLUTE", "b", "MOVED", "ELSEWHERE"]
)
def test_images_that_are_the_same_are_gone_on_with_however_they_are_named(
    run, tmp_path, folders, monkeypatch, spelt
):
    out = tmp_path / "run"
    Path("x").mkdir()
    break_off(run, monkeypatch, *FOLDER, "--data", "a", "--out", out)
    if spelt == "MOVED":
        Path("a").rename("moved")
    if spelt == "ELSEWHERE":
        Path("below").mkdir()
        monkeypatch.chdir("below")
    named = {"ABSOLUTE": tmp_path / "a", "MOVED": "moved", "ELSEWHERE": "../a"}.get(spelt, spelt)
    result = run(*FOLDER, "--data", named, "--out", out, "--resume")
    assert result.exit_code == 0, result.stderr
    assert Path(read_result(out)["settings"]["data"]).is_absolute()
    again = run(*FOLDER, "--data", named, "--out", out, "--resume")
    assert again.exit_code == 0, again.stderr
    assert "is finished" in again.stderr
    monkeypatch.chdir("/")  # where no relative path would be found
    assert run("evaluate", out).exit_code == 0


def test_other_images_are_refused_under_whatever_name(run, tmp_path, folders, monkeypatch):
    out = tmp_path / "run"
    break_off(run, monkeypatch, *FOLDER, "--data", "a", "--out", out)
    words = ("data must hold the images of", "other images")
    one_error(run(*FOLDER, "--data", "c", "--out", out, "--resume"), *words)
    Path("a/kind").write_text("two")
    one_error(run(*FOLDER, "--data", "a", "--out", out, "--resume"), *words)
    Path("a/kind").write_text("one")
    assert run(*FOLDER, "--data", "a", "--out", out, "--resume").exit_code == 0
    Path("a/kind").write_text("two")
    for command in (("evaluate", out), ("sample", out), (*FOLDER, "--data", "a", "--out", out,
                    "--resume")):  # fmt: skip
        one_error(run(*command), str(out), "must be measured on the images it was trained on")
    assert run("evaluate", out, "--data", "c").exit_code == 0  # which is asked for
