"""Every table is found by its name, and those that commands print are there."""

import ast

import pytest

from figures import tables
from tests.conftest import ROOT


def _printed():
    """The names of tables in what commands return."""
    sources = [ROOT / "cli.py", *(ROOT / "rdneural" / "commands").glob("*.py")]
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and str(node.value).endswith("_table"):
                yield node.value


def test_the_tables_that_commands_print_are_there():
    assert set(_printed()) <= set(dir(tables))


@pytest.mark.parametrize("name", dir(tables))
def test_a_table_is_found_by_its_name(name):
    assert getattr(tables, name).__name__ == name


def test_there_is_no_other():
    with pytest.raises(AttributeError, match="no attribute 'no_table'"):
        tables.no_table  # noqa: B018
