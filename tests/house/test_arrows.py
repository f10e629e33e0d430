"""The rule between rooms: an arrow goes down or stays on its floor, and never in a circle."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.conftest import ROOT

EXACT = ("", "solver", "side", "perception", "quantisers", "capacity", "continuous", "toy",
         "bottleneck", "sources", "experiments", "doors", "lessons")  # fmt: skip
NEURAL = ("", "records", "machine", "data", "models", "measures", "training", "theory", "runs",
          "sweeps", "door", "doors", "lessons", "commands")  # fmt: skip
DRAWN = ("choice", "parts", "tables", "", "report", "explore", "gallery")
FLOORS = [*(("rdtheory", room) for room in EXACT), *(("rdneural", room) for room in NEURAL),
          *(("figures", room) for room in DRAWN), ("cli", "")]  # fmt: skip
"""From the ground up: a file imports from its own floor and from those below."""

DOORS = ("rdtheory", "rdtheory.image_sources", "rdtheory.convex_program", "rdneural")
"""Files at the top that hand on what the rooms have."""

LIGHT = {"click", *sys.stdlib_module_names}
"""What may be imported when the command line starts."""


def read_house() -> dict[str, str]:
    """Return the source of every file of ours by the name of its module."""
    folders = ("rdtheory", "rdneural", "figures")
    paths = [
        *(path for folder in folders for path in (ROOT / folder).rglob("*.py")),
        ROOT / "cli.py",
    ]
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"):
        path.read_text() for path in paths
    }  # fmt: skip


def floor_of(module: str) -> int:
    """Return on which floor a module is; the ground is 0."""
    package, _, rest = module.partition(".")
    room = "doors" if module in DOORS else rest.partition(".")[0]
    return FLOORS.index((package, room if (package, room) in FLOORS else ""))


@cache  # of the house with a fault, all files but one are as they were
def nodes_of(source: str, *, top: bool) -> list[ast.AST]:
    """Return all imports of a source, or those at its top."""
    tree = ast.parse(source)
    nodes = tree.body if top else ast.walk(tree)
    return [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]


def imports_of(house: dict[str, str], module: str, *, top: bool = False) -> Iterator[str]:
    """Yield what a module imports, in its functions too unless `top`: modules of ours, packages."""
    for node in nodes_of(house[module], top=top):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        else:
            source = node.module or ""
            for alias in node.names:
                inner = f"{source}.{alias.name}"
                yield inner if inner in house else source


def faults(house: dict[str, str]) -> list[str]:
    """Return what is against the rule in a house, a line each."""
    arrows = {name: {i for i in imports_of(house, name) if i in house} for name in house}
    found = [
        f"{name} -> {other} is an arrow up"
        for name, others in arrows.items() for other in others if floor_of(other) > floor_of(name)
    ]  # fmt: skip
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        found.append(f"circle: {' -> '.join(error.args[1])}")
    for name in house:
        if re.match(r"figures|rdneural\.records|rdtheory", name):
            heavy = [i for i in imports_of(house, name) if i.partition(".")[0] == "torch"]
            beyond = [i for i in arrows[name] if re.match(r"rdneural\.(?!records)", i)]
            found += [f"{name} reaches torch by {i}" for i in heavy + beyond]
        if name == "cli" or name.startswith("rdneural.commands"):
            found += [
                f"{name} imports {i} at its top" for i in imports_of(house, name, top=True)
                if i.partition(".")[0] not in LIGHT and not i.startswith("rdneural.commands")
            ]  # fmt: skip
    return found


def test_every_arrow_goes_down_and_none_in_a_circle():
    assert faults(read_house()) == []


@pytest.mark.parametrize(
    ("module", "line", "said"),
    [
        ("rdtheory.solver.slope", "from rdtheory.sources.textbook import bernoulli", "arrow up"),
        ("rdneural.models.layers", "import rdneural.runs.run", "arrow up"),
        ("rdtheory.checks", "from rdtheory import results, solver", "arrow up"),
        ("rdneural.training.state", "from rdneural.training.loop import train", "circle: "),
        ("figures.parts.style", "    import torch.nn", "figures.parts.style reaches torch"),
        ("rdneural.records.names", "from torch import Tensor", "names reaches torch"),
        ("figures.curves", "from rdneural.measures import rates", "figures.curves reaches torch"),
        ("cli", "import numpy as np", "cli imports numpy at its top"),
        ("cli", "from rdtheory.results import dumps", "cli imports rdtheory.results at its top"),
        ("rdneural.commands", "import tqdm", "rdneural.commands imports tqdm at its top"),
    ],
)  # fmt: skip
def test_a_planted_fault_is_found(module, line, said):
    house = read_house()
    planted = f"if True:\n{line}\n" if line.startswith(" ") else f"{line}\n"
    assert any(said in fault for fault in faults(house | {module: house[module] + "\n" + planted}))


def test_no_test_imports_a_test():
    for path in (ROOT / "tests").rglob("*.py"):
        modules = [
            node.module or "" for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom)
        ]  # fmt: skip
        assert not [m for m in modules if re.search(r"(^tests\.|\.)test_\w+$", m)], path
