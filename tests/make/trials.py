"""Many random cases tried one after another, from the command line."""

import argparse
import sys
from collections.abc import Callable

DIGITS = 40
"""Of the judges."""

POLISH = 200
"""Blahut-Arimoto steps in long double, which only make a judge stricter."""

LEAST = 1e-30
"""What 40 digits may be off, relative."""


def try_many(faults: Callable[[int], list[str]], description: str, what: str) -> None:
    """Try the cases of many seeds; print what is false, and exit with 1 where anything is.

    `faults` returns what is false of the case of a seed, a line each.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("count", type=int)
    parser.add_argument("--first", type=int, default=0)
    asked = parser.parse_args()
    wrong = 0
    for seed in range(asked.first, asked.first + asked.count):
        for line in faults(seed):
            wrong += 1
            print(f"seed {seed}: {line}", flush=True)
    print(f"{asked.count} {what}, {wrong} faults")
    sys.exit(bool(wrong))
