"""What the help of training says."""

import pytest

from tests.make.commands import SHORT


@pytest.mark.parametrize("command", ["mnist", "omniglot", "evaluate", "sample"])
def test_help_names_an_example_and_defaults(run, command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"python cli.py {command} " in result.stdout
    assert "[default: " in result.stdout
    for option in ("--json", "--out", "--seed", "--overwrite"):
        assert option in result.stdout


@pytest.mark.parametrize("command", ["mnist", "omniglot"])
def test_help_of_training_names_units(run, command):
    text = run(command, "--help").stdout
    assert "nats per image" in text
    for option, unit in (
        ("--target-rate", "NATS"),
        ("--anneal", "EPOCHS"),
        ("--free-bits", "NATS"),
    ):
        assert f"{option} {unit}" in text


def test_the_example_of_the_help_names_a_family_that_is_read(run, undrawn, tmp_path):
    assert "--model=-+v --target-rate 20" in run("mnist", "--help").stdout
    arguments = ["--model=-+v", "--target-rate", 2, "--out", tmp_path / "v"]
    assert run("mnist", *SHORT, *arguments, "--json", "-").exit_code == 0
