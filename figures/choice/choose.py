"""Rules that choose which runs of a sweep stand side by side in the pictures of samples.

Every rule sees the runs that have samples, of the preset that most of them have, and takes one run
of each model and setting, that is, of each beta or target rate. Runs without samples have no part
in any choice. Rates are compared by their square roots, so that small ones count, too. Where a rule
leaves a choice, the table's order decides.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import log, sqrt
from pathlib import Path
from typing import Any

from figures.choice.kinds import kind_of_row
from rdneural.records.asked import slope_reached
from rdneural.records.layout import RUNS, SAMPLES
from rdneural.records.names import order_of
from rdneural.records.table import Row

PAPERS_MODEL, SIMPLEST = "-+v", "---"
"""The model of the paper's Figures 4a and 4b, and the plain VAE."""
MOST = 4
"""Models side by side in the paper's Figure 4."""
LONGEST = 8
"""Models of one trace."""
NEAR = 0.05
"""Share of the least R + D within which R + D is nearly the best, in the trace."""
WINDOWS = (0.005, 0.01, 0.02, 0.05, 0.1)
"""Shares of the least R + D, one after the other, within which R + D is called equal."""
TINY = 1e-9
"""Stands for a beta of 0, whose logarithm there is none."""

Rule = Callable[[Sequence[Row]], list[Row]]
"""Chooses rows of those that have samples, or raises `TooFewRunsError`."""


class TooFewRunsError(ValueError):
    """The runs of a sweep do not make a figure: nothing is broken, but something is not there."""


def samples_of(directory: Path, row: Row) -> Path:
    """Return where the samples of a run lie in the directory of its sweep."""
    return directory / RUNS / row["run"] / SAMPLES


def with_samples(directory: Path, rows: Iterable[Row]) -> list[Row]:
    """Return the rows whose runs have samples, of the preset that most of these have."""
    kept = [row for row in rows if samples_of(directory, row).exists()]
    presets = [row["preset"] for row in kept]
    most = max(presets, key=presets.count, default=None)
    return [row for row in kept if row["preset"] == most]


def setting_of(row: Mapping[str, Any]) -> tuple[str, float]:
    """Return what a run was asked for: ("beta", its beta) or ("rate", its target rate).

    A run that ended at another slope than its beta counts as one of the slope that it had.
    """
    if row["target_rate"] is not None:
        return "rate", row["target_rate"]
    if row["beta"] is None or slope_reached(row) is not None:
        return "beta", row["final_beta"]
    return "beta", row["beta"]


def one_each(rows: Sequence[Row], *, annealed: bool = False) -> list[Row]:
    """Return one run of each model and setting, in the order of the rows.

    It is a complete one where there is one, then the least annealed, or with `annealed` the most,
    then that of the lowest seed.
    """

    def key(row: Row) -> tuple[bool, float, int]:
        anneal = row["anneal"] or 0.0
        return not row["complete"], (-anneal if annealed else anneal), row["seed"]

    first: dict[tuple[str, tuple[str, float]], Row] = {}
    for row in sorted(rows, key=key):
        first.setdefault((row["model"], setting_of(row)), row)
    kept = {row["run"] for row in first.values()}
    return [row for row in rows if row["run"] in kept]


def span(rows: Sequence[Row], count: int, *, first: Iterable[Row] = ()) -> list[Row]:
    """Return up to `count` runs that span the kinds, then the rates, by falling rate.

    After those of `first`, or else the run of the highest rate, `farthest` joins again and again.
    """
    chosen = list(first) or sorted(rows, key=_falling)[:1]
    while len(chosen) < count:
        left = [row for row in rows if row not in chosen]
        if not left:
            break
        chosen.append(farthest(left, chosen))
    return sorted(chosen, key=_falling)


def farthest(rows: Sequence[Row], chosen: Sequence[Row]) -> Row:
    """Return the run of a kind not yet chosen whose rate is farthest from the nearest chosen one.

    Where all kinds of `rows` are there already, any kind will do.
    """
    kinds = set(map(kind_of_row, chosen))
    new = [row for row in rows if kind_of_row(row) not in kinds]
    return max(new or rows, key=lambda row: _distance(row, chosen))


def _falling(row: Row) -> float:
    return -float(row["test_rate"])


def _distance(row: Row, chosen: Iterable[Row]) -> float:
    root = sqrt(max(0.0, row["test_rate"]))
    gaps = (abs(root - sqrt(max(0.0, other["test_rate"]))) for other in chosen)
    return min(gaps, default=root)


# -- the rules of the figures ---------------------------------------------------------------------


def across_settings(rows: Sequence[Row]) -> list[Row]:
    """Choose up to four runs of one model, by falling rate (Figures 4a and 4b).

    The model is -+v where it has at least two betas, else the one with the most betas, then with
    the most settings. Target rates count only where the model has less than two betas; annealed
    runs come first, as in the paper. Of these runs, `span` takes four.
    """
    if not rows:
        raise TooFewRunsError("needs a model with samples at two settings or more, got no samples")
    models = sorted({row["model"] for row in rows}, key=order_of)
    model = max(models, key=lambda name: _wealth(rows, name))
    own = one_each([row for row in rows if row["model"] == model], annealed=True)
    by_beta = [row for row in own if setting_of(row)[0] == "beta"]
    own = by_beta if len(by_beta) > 1 else own
    if len(own) < 2:
        raise TooFewRunsError("needs a model with samples at two settings or more, got one of each")
    return span(own, MOST)


def _wealth(rows: Sequence[Row], model: str) -> tuple[bool, int, int]:
    """Return how rich a model is in settings: the richest is greatest."""
    settings = {setting_of(row) for row in rows if row["model"] == model}
    betas = sum(kind == "beta" for kind, _ in settings)
    return model == PAPERS_MODEL and betas > 1, betas if betas > 1 else 0, len(settings)


def at_beta_one(rows: Sequence[Row]) -> list[Row]:
    """Choose up to four models at beta = 1, by falling rate (Figure 4c).

    There is one of each pair of encoder and decoder where there can be: --- and -+v where they
    are there, then the `farthest` of each pair that is missing; `span` takes what is left to take.
    """
    there = one_each([row for row in rows if setting_of(row) == ("beta", 1.0)])
    if len(there) < 2:
        raise TooFewRunsError(f"needs samples of two models at beta = 1, got {len(there)}")
    chosen = [row for row in there if row["model"] in (SIMPLEST, PAPERS_MODEL)]
    for pair in sorted({row["model"][:2] for row in there} - {row["model"][:2] for row in chosen}):
        own = [row for row in there if row["model"][:2] == pair]
        chosen.append(farthest(own, chosen))
    return span(there, MOST, first=chosen)


def equal_elbo(rows: Sequence[Row]) -> list[Row]:
    """Choose four runs of nearly equal R + D whose kinds and rates differ (Figure 4d).

    Of the `WINDOWS` above the least R + D of the runs with samples, the first counts that holds
    four runs of three kinds; where none does, of two kinds; else of one; else the widest one. From
    it `span` takes four.
    """
    for kinds in (3, 2, 1):
        for share in WINDOWS:
            near = one_each(within(rows, share))
            if len(near) >= MOST and len(set(map(kind_of_row, near))) >= kinds:
                return span(near, MOST)
    return span(_several(one_each(within(rows, WINDOWS[-1]))), MOST)


def trace(rows: Sequence[Row]) -> list[Row]:
    """Choose up to eight runs whose R + D is within 5 % of the least, by falling rate (Figure 6).

    The least is that of the runs with samples. Of more than eight, `span` takes eight.
    """
    return span(_several(one_each(within(rows, NEAR))), LONGEST)


def within(rows: Sequence[Row], share: float) -> list[Row]:
    """Return the rows whose R + D is above their least by at most a share of it."""
    least = min((row["test_elbo"] for row in rows), default=0.0)
    return [row for row in rows if row["test_elbo"] <= least + share * abs(least)]


def _several(rows: list[Row]) -> list[Row]:
    if len(rows) < 2:
        raise TooFewRunsError(f"needs samples of two runs of near R + D, got {len(rows)}")
    return rows


def near_beta_one(rows: Sequence[Row]) -> list[Row]:
    """Choose a run of each model at one beta, in the order of `order_of` (Figure 5).

    The beta is 1 where at least half of the models have it; else the one that most models have,
    and of several such the nearest to 1 by its logarithm.
    """
    there = [row for row in one_each(rows) if setting_of(row)[0] == "beta"]
    if not there:
        raise TooFewRunsError("needs samples of a model at a beta, got none")
    betas = [setting_of(row)[1] for row in there]
    models = len({row["model"] for row in rows})
    if 2 * betas.count(1.0) >= models:
        beta = 1.0
    else:
        beta = max(betas, key=lambda b: (betas.count(b), -abs(log(max(b, TINY)))))
    chosen = [row for row in there if setting_of(row)[1] == beta]
    return sorted(chosen, key=lambda row: order_of(row["model"]))
