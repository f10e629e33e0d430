"""What can be refused without torch, is: it takes seconds to load, and none of them tells more."""

import json
import subprocess
import sys

import pytest

from rdneural.records.layout import RESULT
from tests.conftest import ROOT
from tests.make.commands import SAME, SHORT, WITHOUT_TORCH, one_error

CURVE = ("curve", "--preset", "tiny", "--data", "mnist5k")
TRAIN = ("train", "--preset", "tiny", "--data", "bars:4x4", "--beta", "1")
REFUSED = [
    (("sweep", "status", "--out", "none"), "none must be the directory of a sweep, got nothing"),
    ((*CURVE, "--range", "20:.05"), "the range of beta must have 0 < low < high, got '20:.05'"),
    ((*CURVE, "--range", "0:1"), "the range of beta must have 0 < low < high, got '0:1'"),
    ((*CURVE, "--range", "nan:1"), "the range of beta must have 0 < low < high, got 'nan:1'"),
    ((*CURVE, "--model", "split:6"), "model must be one of ---, "),
    ((*CURVE, "--model", "coarse:2"), "model must be one of ---, "),
    ((*CURVE, "--betas", "0.1,30"), "betas must be in [0.05, 20], the range of"),
    ((*CURVE, "--slopes", "0"), "slopes must be an integer of at least 1, got 0"),
    ((*CURVE, "--power", "-1"), "power must be finite and at least 0, got -1"),
    ((*CURVE, "--widening", "2"), "widening must be in [0, 1], got 2"),
    ((*CURVE, "--test-images", "0"), "test_images must be an integer of at least 1, got 0"),
    (("curve", "--preset", "tiny", "--data", "bars:5x5"),
     "--data must fit the 4x4 pixels of preset tiny, got bars:5x5"),
    (("sweep", "--models=---", "--betas", "1", "--preset", "tiny", "--data", "bars:5x5"),
     "--data must fit the 4x4 pixels of preset tiny, got bars:5x5"),
    (("sweep", "--models=---", "--betas", "1", "--preset", "quick", "--out", "PLAN"),
     "dataset must be that of the other runs in PLAN/sweep.json, bars:4x4, got mnist"),
    (("sweep", "--models=---", "--betas", "1", "--data", "bars:4x4", "--preset", "quick",
      "--out", "PLAN"), "PLAN/sweep.json, tiny (4x4), got quick (28x28)"),
    (("sweep", "--out", "BROKEN"), "BROKEN/table.csv must have the columns"),
    (("sample", "RUN", "--out", "RUN"), "samples.npz exists: choose another place"),
    ((*TRAIN, "--pictures", "0"), "pictures must be an integer of at least 1, got 0"),
    ((*TRAIN, "--encoder", "mine.py"), "got mine.py: name its class, mine.py:Class"),
    ((*TRAIN, "--encoder", "none.py:Codes"), "encoder must be in a file that is there, got none"),
    ((*TRAIN, "--encoder", "PARTS.py:Decoder"),
     "encoder must be defined in its file, got PARTS.py:Decoder: it has no Decoder"),
    ((*TRAIN, "--device", "tpu"), "device must be cpu, cuda or cuda:N, got 'tpu'"),
    (("sweep", "--models=---", "--betas", "1", "--decoder", "mine"),
     "decoder must be module:Class or file.py:Class, got mine"),
    (("evaluate", "SWEEP"), "SWEEP must be the directory of a run, got that of a sweep"),
    (("report", "RUN"), "DIRECTORY must be that of a sweep, with table.csv, got that of a run"),
    (("mnist", *SHORT, *SAME, "--seed", "5", "--beta", "3", "--out", "RUN", "--resume"),
     f"beta must be that of RUN/{RESULT} to resume, 1.0, got 3.0: choose another place"),
    (("mnist", *SHORT[:-4], "--epochs", "0.1", "--seed", "5", "--beta", "1", "--out", "RUN",
      "--resume"), f"epochs must be that of RUN/{RESULT} to resume, 0.2, got 0.1"),
    (("mnist", *SHORT, *SAME, "--seed", "6", "--beta", "1", "--out", "HALF", "--resume"),
     "seed must be that of HALF/checkpoint.safetensors to resume, 5, got 6"),
    (("mnist", *SHORT, "--seed", "5", "--target-rate", "1", "--out", "HALF", "--resume"),
     "target_rate must be that of HALF/checkpoint.safetensors to resume, None, got 1.0"),
    (("mnist", *SHORT, "--seed", "5", "--beta", "3", "--out", "RUN", "--resume", "--overwrite"),
     "beta must be that of RUN/checkpoint.safetensors to resume, 1.0, got 3.0"),
]  # fmt: skip


@pytest.fixture
def places(copied, tmp_path):
    """A finished run, one of which only the checkpoint is there, and a sweep."""
    copied.rename(tmp_path / "RUN")
    (tmp_path / "HALF").mkdir()
    name = "checkpoint.safetensors"
    (tmp_path / "HALF" / name).write_bytes((tmp_path / "RUN" / name).read_bytes())
    run = tmp_path / "SWEEP" / "runs" / "a"
    run.mkdir(parents=True)
    (run / RESULT).write_text("{}")
    (tmp_path / "SWEEP" / "sweep.json").write_text("{}")
    (tmp_path / "PLAN").mkdir()
    planned = {"name": "a", "settings": {"dataset": "bars:4x4", "preset": "tiny"}}
    head = {"command": "sweep", "versions": {"format": 1}, "runs": [planned]}
    (tmp_path / "PLAN" / "sweep.json").write_text(json.dumps(head))
    (tmp_path / "BROKEN").mkdir()
    (tmp_path / "PARTS.py").write_text("class Encoder:\n    pass\n")
    (tmp_path / "BROKEN" / "table.csv").write_text("a;b\n1;2\n")
    return tmp_path


def test_what_needs_no_torch_is_refused_without(places):
    found = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH], input=json.dumps([words for words, _ in REFUSED]),
        capture_output=True, text=True, check=True, cwd=places, timeout=300,
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    for (words, said), line in zip(REFUSED, found.stdout.splitlines(), strict=True):
        code, stderr = json.loads(line)
        assert code == 2, words
        assert said in stderr, words
        assert stderr.count("\n") == 1, words  # nor is anything begun


def test_a_training_goes_on_that_names_what_is_recommended(run, finished, copied):
    words = ("mnist", *SHORT, "--beta", 1, "--seed", 5, "--out", copied, "--resume")
    result = run(*words, *SAME, "--batch", 128)
    assert result.exit_code == 0, result.stderr
    assert "is finished" in result.stderr
    one_error(run(*words, *SAME, "--batch", 64), "batch must be that of", "128, got 64")
