"""Which parameters of a command were given, and which have their defaults."""

from collections.abc import Iterator

import click


def is_given(*names: str) -> bool:
    """Return whether one of the parameters was given."""
    return any(name in names for name, _ in given(click.get_current_context()))


def given(context: click.Context) -> Iterator[tuple[str, str]]:
    """Yield the parameters that were given, each with its option."""
    for parameter in context.command.params:
        name = parameter.name or ""
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            yield name, parameter.opts[0]
