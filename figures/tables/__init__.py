"""Results as tables of text: a function for each table that commands print.

`figures.tables.toy_table` and its like are found by name and read when they are asked for, so that
the exact commands need nothing of the neural half.
"""

from collections.abc import Callable
from importlib import import_module

ROOMS = {
    "toy": ("toy_table", "restarts_table", "recovery_table"),
    "frontier": ("frontier_table",),
    "capacity": ("capacity_table",),
    "bottleneck": ("bottleneck_table",),
    "bench": (
        "bench_table",
        "neural_bench_table",
        "batched_bench_table",
        "candidates_table",
    ),
    "runs": ("run_table", "diagonal_table"),
    "curve": ("curve_table",),
    "information": ("information_table",),
    "usefulness": ("usefulness_table",),
    "validation": ("validation_table", "costs_table"),
    "sweeps": ("sweep_table", "cost_table"),
}
"""Which file has which tables."""


def __getattr__(name: str) -> Callable[..., str]:
    """Return the table of that name."""
    for room, names in ROOMS.items():
        if name in names:
            table: Callable[..., str] = getattr(import_module(f"figures.tables.{room}"), name)
            return table
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Return the names of all tables."""
    return sorted(name for names in ROOMS.values() for name in names)
