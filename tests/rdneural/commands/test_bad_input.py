"""Bad input of training, evaluating and sampling is one line and exit code 2."""

import pytest
import torch

from rdneural.records.layout import CHECKPOINT
from rdneural.runs import run as runs
from tests.make.commands import SHORT, one_error

BETA = ("--beta", "1")
SPOILT = {
    "nothing there": lambda place: [path.unlink() for path in place.iterdir()],
    "no checkpoint": lambda place: (place / CHECKPOINT).unlink(),
    "run.json cut": lambda place: (place / "run.json").write_text(
        (place / "run.json").read_text()[:300]
    ),
    "run.json empty": lambda place: (place / "run.json").write_text(""),
    "run.json of another command": lambda place: (place / "run.json").write_text(
        (place / "run.json").read_text().replace('"command": "mnist"', '"command": "toy"')
    ),
    "run.json of another format": lambda place: (place / "run.json").write_text(
        (place / "run.json").read_text().replace('"format": 1', '"format": 7')
    ),
    "run.json without entries": lambda place: (place / "run.json").write_text(
        '{"command": "mnist", "versions": {"format": 1}}'
    ),
    "checkpoint cut": lambda place: (place / CHECKPOINT).write_bytes(
        (place / CHECKPOINT).read_bytes()[:5000]
    ),
    "checkpoint empty": lambda place: (place / CHECKPOINT).write_bytes(b""),
    "checkpoint of something else": lambda place: (place / CHECKPOINT).write_bytes(b"x" * 999),
}

pytestmark = pytest.mark.usefixtures("undrawn")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], ["--beta", "--target-rate"]),
        (["--beta", "1", "--target-rate", "2"], ["--beta", "--target-rate"]),
        ([*BETA, "--model", "xyz"], ["model", "xyz", "---"]),
        ([*BETA, "--model", ""], ["model", "''"]),
        ([*BETA, "--model=v--"], ["model", "v--"]),
        ([*BETA, "--preset", "huge"], ["preset", "huge", "tiny"]),
        ([*BETA, "--device", "tpu"], ["device", "tpu"]),
        ([*BETA, "--device", "cpu:"], ["device", "cpu:"]),
        ([*BETA, "--device", "cpu:x"], ["device", "cpu:x"]),
        ([*BETA, "--device", "cuda:x"], ["device", "cuda:x"]),
        ([*BETA, "--precision", "float16"], ["precision", "float16"]),
        ([*BETA, "--schedule", "step"], ["schedule", "step"]),
        (["--beta", "-1"], ["beta", "-1"]),
        (["--beta", "nan"], ["beta", "nan"]),
        (["--beta", "inf"], ["beta", "inf"]),
        (["--beta", "much"], ["beta", "much"]),
        (["--target-rate", "0"], ["target_rate", "0"]),
        (["--target-rate", "-2"], ["target_rate", "-2"]),
        (["--target-rate", "nan"], ["target_rate", "nan"]),
        (["--target-rate", "inf"], ["target_rate", "inf"]),
        (["--target-rate", "2", "--penalty", "0"], ["penalty", "0"]),
        (["--target-rate", "2", "--penalty", "nan"], ["penalty", "nan"]),
        (["--target-rate", "2", "--anneal", "1"], ["anneal"]),
        (["--target-rate", "2", "--free-bits", "1"], ["free_bits"]),
        ([*BETA, "--penalty", "2"], ["penalty"]),
        ([*BETA, "--anneal", "-1"], ["anneal", "-1"]),
        ([*BETA, "--free-bits", "-1"], ["free_bits", "-1"]),
        ([*BETA, "--epochs", "0"], ["epochs", "0"]),
        ([*BETA, "--epochs", "-1"], ["epochs", "-1"]),
        ([*BETA, "--epochs", "nan"], ["epochs", "nan"]),
        ([*BETA, "--epochs", "inf"], ["epochs", "inf"]),
        ([*BETA, "--batch", "0"], ["batch", "0"]),
        ([*BETA, "--batch", "2.5"], ["batch", "2.5"]),
        ([*BETA, "--learning-rate", "0"], ["learning_rate", "0"]),
        ([*BETA, "--learning-rate", "nan"], ["learning_rate", "nan"]),
        ([*BETA, "--learning-rate", "inf"], ["learning_rate", "inf"]),
        ([*BETA, "--clip", "0"], ["clip", "0"]),
        ([*BETA, "--clip", "nan"], ["clip", "nan"]),
        ([*BETA, "--ema", "1"], ["ema", "1"]),
        ([*BETA, "--ema", "-0.1"], ["ema", "-0.1"]),
        ([*BETA, "--ema", "nan"], ["ema", "nan"]),
        ([*BETA, "--patience", "-1"], ["patience", "-1"]),
        ([*BETA, "--seed", "-1"], ["seed", "-1"]),
        ([*BETA, "--seed", "1.5"], ["seed", "1.5"]),
        ([*BETA, "--seed", str(2**64)], ["seed", str(2**64)]),
        ([*BETA, "--data", "no/such/directory"], ["no/such/directory"]),
        ([*BETA, "--data", "."], ["data directory", "must hold"]),
        ([*BETA, "--resume"], ["--resume needs --out"]),
        ([*BETA, "--resume", "--out", "empty"], ["empty", "checkpoint"]),
        (["--resume", "--out", "empty"], ["empty", "checkpoint"]),
        ([*BETA, "--colour", "red"], ["No such option"]),
    ],
    ids=str,
)
def test_bad_input_is_one_line_and_exit_code_2(run, tmp_path, arguments, words):
    short = ["--preset", "tiny", "--epochs", "0.01"]
    if "--data" not in arguments:
        short += ["--data", "mnist5k"]
    one_error(run("mnist", *short, *arguments), *words)
    assert not [path for path in tmp_path.iterdir() if path.name != "cache"]


def test_omniglot_refuses_as_mnist_does(run, tmp_path):
    for arguments, words in (
        (["--beta", "1", "--target-rate", "2"], ["--beta", "--target-rate"]),
        ([*BETA, "--model", "xyz"], ["model", "xyz", "---"]),
        ([*BETA, "--data", "no/such/directory"], ["no/such/directory"]),
    ):
        one_error(run("omniglot", "--preset", "tiny", *arguments), *words)
    assert not [path for path in tmp_path.iterdir() if path.name != "cache"]


def test_patience_with_a_target_rate_works_or_is_one_line(run, tmp_path):
    result = run("mnist", *SHORT, "--target-rate", 2, "--patience", 2, "--out", tmp_path / "a")
    if result.exit_code != 0:
        one_error(result, "patience")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
@pytest.mark.parametrize("device", ["cuda", "cuda:0"])
def test_a_gpu_that_is_not_there_is_one_line(run, finished, device):
    one_error(run("mnist", *SHORT, "--beta", 1, "--device", device), "device", device)
    for command in ("evaluate", "sample"):
        one_error(run(command, finished[0], "--device", device), "device", device)


def test_omniglot_without_data_or_network_is_one_line(run, tmp_path):
    one_error(run("omniglot", "--preset", "tiny", "--beta", 1), "omniglot", "--data DIR")
    assert not (tmp_path / "runs").exists()


def test_omniglot_has_no_stand_in(run):
    one_error(run("omniglot", "--preset", "tiny", "--beta", 1, "--data", "mnist5k"), "mnist5k")


def test_a_directory_of_results_that_is_a_file_is_refused_before_any_work(
    run, tmp_path, monkeypatch
):
    (tmp_path / "file").write_text("mine")
    monkeypatch.setattr(runs, "train", None)  # hours, and then nowhere to put it
    one_error(run("mnist", *SHORT, "--beta", 1, "--out", tmp_path / "file"), "file")
    assert (tmp_path / "file").read_text() == "mine"


def test_divergence_is_one_line(run, tmp_path):
    arguments = [*SHORT, "--beta", 1, "--learning-rate", 1e38, "--epochs", 1]
    one_error(run("mnist", *arguments, "--out", tmp_path / "a"), "at step", "learning_rate")
    assert not (tmp_path / "a" / "run.json").exists()


@pytest.mark.parametrize("command", ["evaluate", "sample"])
@pytest.mark.parametrize("fault", SPOILT)
def test_a_directory_that_holds_no_run_is_one_line(run, copied, command, fault):
    SPOILT[fault](copied)
    before = {path.name for path in copied.iterdir()}
    one_error(run(command, copied, "--data", "mnist5k"), str(copied))
    assert {path.name for path in copied.iterdir()} == before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["evaluate"], ["DIRECTORY"]),
        (["evaluate", "none"], ["none"]),
        (["sample", "none"], ["none"]),
        (["evaluate", "RUN", "--samples", "0"], ["samples", "0"]),
        (["evaluate", "RUN", "--samples", "x"], ["samples", "x"]),
        (["evaluate", "RUN", "--train-images", "-1"], ["train_images", "-1"]),
        (["evaluate", "RUN", "--precision", "half"], ["precision", "half"]),
        (["evaluate", "RUN", "--device", "cpu:"], ["device", "cpu:"]),
        (["evaluate", "RUN", "--data", "nowhere"], ["nowhere"]),
        (["evaluate", "RUN", "--seed", "-1"], ["seed", "-1"]),
        (["evaluate", "RUN", "--seed", str(2**64)], ["seed"]),
        (["sample", "RUN", "--count", "0"], ["count", "0"]),
        (["sample", "RUN", "--count", "-1"], ["count", "-1"]),
        (["sample", "RUN", "--data", "nowhere"], ["nowhere"]),
        (["sample", "RUN", "--seed", "-1"], ["seed", "-1"]),
        (["sample", "RUN", "--device", "tpu"], ["device", "tpu"]),
    ],
    ids=str,
)
def test_bad_input_of_evaluate_and_sample_is_one_line(run, copied, arguments, words):
    before = {path.name for path in copied.iterdir()}
    one_error(run(*[copied if word == "RUN" else word for word in arguments]), *words)
    assert {path.name for path in copied.iterdir()} == before
