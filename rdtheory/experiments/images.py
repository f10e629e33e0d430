r"""R(D) of a set of images at some slopes, beside Blahut-Arimoto's gaps after as much time.

Blahut-Arimoto on the whole table is what papers on neural estimators hold their estimates against.
Here it has the two products with the table that a step needs, and nothing else to do; seconds are
of processor time of one process, all its threads together, and those of a slope's table of
exponentials count for both. Both marginals are judged by log max c of
`rdtheory.solver.certificate`, by the same two products. The table itself is made before the clock.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

import numpy as np

from rdtheory.checks import Array
from rdtheory.shown import text_table
from rdtheory.solver.gibbs import TableKernel, TableProblem
from rdtheory.solver.newton import one_thread
from rdtheory.solver.slopes import solve_slopes
from rdtheory.sources.source import Source

GAP = 1e-6
"""Nats."""


@dataclass(frozen=True)
class Row:
    """A slope: our point, and Blahut-Arimoto's after as many `seconds`.

    `gap` and `rival_gap` are judged alike; `value` and `rival_value` are R + D / beta in nats.
    """

    beta: float
    rate: float
    distortion: float
    outputs: int
    iterations: int
    seconds: float
    value: float
    gap: float
    rival_seconds: float
    rival_iterations: int
    rival_value: float
    rival_gap: float


class Judged(NamedTuple):
    """F of a marginal in nats, and how far it is at most above the least."""

    value: float
    gap: float


def run_images(
    source: Source,
    betas: Sequence[float],
    *,
    gap: float = GAP,
    progress: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """Solve a set of images at slopes, then give Blahut-Arimoto the seconds that each took.

    Returns `source`, `images`, `asked`, `seconds_solve`, the sum of ours, and `rows`, by falling
    slope, with the fields of `Row`.

    Examples
    --------
    >>> from rdtheory.sources.image_sets import image_set
    >>> random = np.random.default_rng(0).integers(2, size=(40, 20))
    >>> found = run_images(image_set(random), [1.0, 3.0])
    >>> [row["gap"] <= 1e-6 for row in found["rows"]], found["images"]
    ([True, True], 40)
    """
    slopes = sorted(set(betas), reverse=True)
    ends = [time.process_time()]

    def ended(share: float) -> None:
        ends.append(time.process_time())
        if progress:
            progress(share / 2.0)

    points = solve_slopes(source, betas=slopes, gap=gap, progress=ended)
    problem, rows = TableProblem.of(source.distortion), []
    for point, seconds in zip(points, np.diff(ends).tolist(), strict=True):
        begun = time.process_time()
        kernel = problem.kernel(point.beta)
        with one_thread():
            r, steps = _blahut_arimoto(kernel, source.p_x, begun + seconds)
            spent = time.process_time() - begun
            ours, rival = (_judge(kernel, source.p_x, one) for one in (point.marginal, r))
        rows.append(
            Row(
                point.beta, point.rate, point.distortion, point.support.size, point.iterations,
                seconds, ours.value, ours.gap, spent, steps, rival.value, rival.gap,
            )
        )  # fmt: skip
        if progress:
            progress(0.5 / len(slopes))
    return {
        "source": source.name,
        "images": source.p_x.size,
        "asked": gap,
        "seconds_solve": sum(row.seconds for row in rows),
        "rows": [asdict(row) for row in rows],
    }


def _blahut_arimoto(kernel: TableKernel, p: Array, stop: float) -> tuple[Array, int]:
    """Return Blahut-Arimoto's marginal after the step that ends past a time, and its steps."""
    r, steps = np.full(kernel.letters, 1.0 / kernel.letters), 0
    while time.process_time() < stop:
        r *= kernel.entries @ (p / (r @ kernel.entries))
        steps += 1
    return r / r.sum(), steps


def _judge(kernel: TableKernel, p: Array, r: Array) -> Judged:
    q = r @ kernel.entries
    return Judged(-float(p @ np.log(q)), max(0.0, math.log((kernel.entries @ (p / q)).max())))


def images_table(found: dict[str, Any]) -> str:
    """Return the rows of a result as text."""
    header = ["beta", "rate", "distortion", "outputs", "gap", "CPU s", "Blahut-Arimoto's gap",
              "its steps"]  # fmt: skip
    rows = [
        [f"{row['beta']:.4g}", f"{row['rate']:.6f}", f"{row['distortion']:.4f}",
         str(row["outputs"]), f"{row['gap']:.1e}", f"{row['seconds']:.1f}",
         f"{row['rival_gap']:.1e}", str(row["rival_iterations"])]
        for row in found["rows"]
    ]  # fmt: skip
    return text_table(header, rows)
