"""Every command explains itself."""

from collections.abc import Iterator

import click
import pytest

from cli import cli


def commands(group: click.Group, *path: str) -> Iterator[tuple[str, ...]]:
    """Yield the way to every command, groups among them."""
    for name, command in group.commands.items():
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)


ALL = list(commands(cli))


def test_all_commands_are_there():
    assert len(ALL) == 28
    assert ("bench", "neural") in ALL
    assert ("sweep", "pull") in ALL


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_help_says_what_a_command_does_and_shows_it(run, path):
    result = run(*path, "--help")
    assert result.exit_code == 0, result.stderr
    usage, _, rest = result.stdout.partition("\n\n")
    assert usage.startswith(f"Usage: cli {' '.join(path)}")
    assert rest.split("\n")[0].strip()[0].isupper()
    command = cli
    for name in path:
        command = command.commands[name]
    for option in command.params:
        if isinstance(option, click.Option):
            assert option.help, option.name
    if path != ("bench",):
        assert f"python cli.py {' '.join(path)}" in rest
        assert "--json PATH" in rest


@pytest.mark.parametrize("path", ALL, ids=" ".join)
def test_an_unknown_option_is_one_line(run, path):
    result = run(*path, "--no-such-option")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")
    assert "--no-such-option" in result.stderr
    assert result.stderr.count("\n") == 1
