"""Results are read warily: what is wrong with a run's file is named in one line."""

import json

import pytest

from figures import curves, samples
from figures.parts.reading import read_run
from tests.make.figures_files import refused
from tests.make.figures_run import make_run


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"command": "frontier"}, ("must be a result of `mnist` or `omniglot`", "'frontier'")),
        ({"versions": {"format": 0}}, ("must have format",)),
        ({"test": {}}, ("every entry", "'rate'")),
        ({"test": None}, ("every entry",)),
        ({"settings": {"model": "-+v"}}, ("every entry", "'preset'")),
        ({"data": 5}, ("text", "5")),
        ({"target_rate": "20"}, ("a finite number", "'20'")),
        ({"beta": float("nan")}, ("a finite number", "nan")),
    ],
)
def test_a_wrong_run_file_is_named(tmp_path, entries, words):
    path = make_run(tmp_path) / "run.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | entries))
    refused(read_run, tmp_path, "run.json", *words)


@pytest.mark.parametrize("draw", [curves.draw, samples.draw])
def test_a_missing_or_truncated_run_file_is_named(tmp_path, draw):
    path = make_run(tmp_path) / "run.json"
    path.write_text(path.read_text()[:-40])
    refused(draw, tmp_path, "run.json must hold a whole JSON object")
    path.unlink()
    refused(draw, tmp_path, "run.json must be a readable result file")
