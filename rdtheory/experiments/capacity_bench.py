r"""Time the capacity solver against its rivals on the same channels, in one run, under one judge.

As `bench`, whose rows these are: seconds of processor time after compilation, every input judged
by `certify_capacity`, and what Blahut-Arimoto would need where it does not reach its gap,
extrapolated.
"""

import importlib.util
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from scipy.special import entr

from rdtheory.capacity.blahut_arimoto import blahut_arimoto_capacity
from rdtheory.capacity.certificate import certify_capacity, neg_entropies
from rdtheory.capacity.solve import solve_capacity
from rdtheory.checks import Array, check_number
from rdtheory.experiments import bench
from rdtheory.experiments.bench import BLAHUT_ARIMOTO_GAP, Timing, timing_of
from rdtheory.experiments.continuous_bench import run_continuous_bench
from rdtheory.sources.channels import Channel, gaussian_channel

Rival = Callable[[Array, float, float], Array]
"""(rows, gap, seconds) -> input."""

NEGLIGIBLE = 1e-16
"""Mass below which a letter changes no sum in float64."""

RETURNING = 1e-6
"""Mass of a letter that comes back."""

CONVEX = 500
"""Most inputs of a channel that cvxpy is asked for: beyond it takes hours, or all memory."""


def bench_channels() -> list[Channel]:
    """Return a random channel of 300 letters and a Gaussian one of 1,000, of amplitude 5."""
    random = np.random.default_rng(0).dirichlet(np.ones(300), size=300)
    return [
        Channel.numbered("random channel 300 x 300", random),
        gaussian_channel(5.0, inputs=1000),
    ]


def run_capacity_bench(
    channels: Sequence[Channel], *, budget: float = 12.0, gap: float = 1e-9
) -> list[dict[str, Any]]:
    """Time all solvers on all channels; return rows with the fields of `bench.Timing`.

    Parameters
    ----------
    channels : as of `bench_channels`
    budget : seconds that a rival may take on a channel
    gap : nats that every solver but Blahut-Arimoto is asked for

    Examples
    --------
    >>> from rdtheory.sources.channels import z_channel
    >>> rows = run_capacity_bench([z_channel(0.3)], budget=0.1)
    >>> rows[0]["solver"], rows[0]["gap"] <= 1e-9
    ('rdtheory', True)
    """
    check_number("budget", budget, low=1e-3)
    rows = []
    for channel in channels:
        ours = _time_ours(channel, gap)
        rows.append(asdict(ours))
        for name, (rival, asked) in _rivals(channel).items():

            def run(
                seconds: float, rival: Rival = rival, asked: float = asked or gap,
                channel: Channel = channel,
            ) -> tuple[float, float]:  # fmt: skip
                return _run(rival, channel, asked, seconds)

            rows.append(asdict(timing_of(run, name, asked or gap, budget, ours)))
    return rows


def run_exact(
    *, budget: float, gap: float, progress: Callable[[float], None] | None = None
) -> list[dict[str, Any]]:
    """Return what `bench exact` times: the sources of `bench`, channels, and moving atoms."""
    rows = bench.run_bench(budget=budget, gap=gap, progress=progress)
    rows += run_capacity_bench(bench_channels(), budget=budget, gap=gap)
    return rows + run_continuous_bench(budget=budget, gap=gap)


def _rivals(channel: Channel) -> dict[str, tuple[Rival, float | None]]:
    """Every rival that is installed, with the gap that it is asked for where that is its own."""
    rivals: dict[str, tuple[Rival, float | None]] = {
        "Blahut-Arimoto, ours": (_our_blahut_arimoto, BLAHUT_ARIMOTO_GAP),
        "Blahut-Arimoto, tuned": (tuned_blahut_arimoto_capacity, BLAHUT_ARIMOTO_GAP),
    }
    if importlib.util.find_spec("cvxpy") and channel.inputs.size <= CONVEX:
        rivals["cvxpy, Clarabel"] = (_cvxpy, None)
    return rivals


def _time_ours(channel: Channel, gap: float) -> Timing:
    """Best of three, after a run that compiles."""
    solve_capacity(channel.rows, gap=gap)
    times = []
    for _ in range(3):
        begun = time.process_time()
        point = solve_capacity(channel.rows, gap=gap)
        times.append(time.process_time() - begun)
    judged = certify_capacity(channel.rows, point.input).gap
    return Timing(channel.name, None, "rdtheory", gap, judged, min(times), 1.0, False)


def _run(rival: Rival, channel: Channel, asked: float, budget: float) -> tuple[float, float]:
    begun = time.process_time()
    found = rival(channel.rows, asked, budget)
    seconds = time.process_time() - begun
    return certify_capacity(channel.rows, found).gap, seconds


def _our_blahut_arimoto(rows: Array, gap: float, seconds: float) -> Array:
    """Run textbook Blahut-Arimoto in slices that double, since it knows no clock."""
    stop, p, steps = time.process_time() + seconds, None, 16
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # of the cap on a slice
            found = blahut_arimoto_capacity(rows, gap=gap, max_iterations=steps, input=p)
        if found.converged or time.process_time() >= stop:
            return found.input
        p, steps = found.input, 2 * steps


def tuned_blahut_arimoto_capacity(rows: Array, gap: float, seconds: float) -> Array:
    """Run Blahut-Arimoto as fast as numpy allows: two products of matrix and vector, in place.

    Letters of negligible use leave the products every 100 iterations. Those that turn out to be
    wanted when the rest has reached the gap come back.

    Examples
    --------
    >>> tuned_blahut_arimoto_capacity(np.array([[1.0, 0.0], [0.5, 0.5]]), 1e-9, 9.0).round(4)
    array([0.6, 0.4])
    """
    stop = time.process_time() + seconds
    told = neg_entropies(rows)
    whole = np.full(told.size, 1 / told.size)
    active, part, p = np.arange(told.size), rows, whole.copy()
    iteration = 0
    while True:
        own = told[active] - part @ np.log(p @ part)
        if iteration % 10 == 0:
            if time.process_time() >= stop:
                break
            if own.max() - p @ own <= gap:
                whole[:] = 0.0
                whole[active] = p
                everywhere = told - rows @ np.log(p @ part)
                missing = np.flatnonzero(everywhere > p @ own + gap)
                if not missing.size:
                    break
                whole[missing] = np.maximum(whole[missing], RETURNING)
                active = np.flatnonzero(whole)
                part, p = rows[active], whole[active] / whole.sum()
                own = told[active] - part @ np.log(p @ part)
        p *= np.exp(own - own.max())
        p /= p.sum()
        if iteration % 100 == 99:
            kept = p > NEGLIGIBLE
            if not kept.all() and part[kept].any(axis=0).all():
                active, part, p = active[kept], part[kept], p[kept]
        iteration += 1
    whole[:] = 0.0
    whole[active] = p
    return whole / whole.sum()


def _cvxpy(rows: Array, gap: float, seconds: float) -> Array:
    import cvxpy

    p = cvxpy.Variable(rows.shape[0], nonneg=True)
    information = cvxpy.sum(cvxpy.entr(rows.T @ p)) - entr(rows).sum(axis=1) @ p
    cvxpy.Problem(cvxpy.Maximize(information), [cvxpy.sum(p) == 1]).solve(solver="CLARABEL")
    assert p.value is not None  # an input always exists
    found = np.maximum(p.value, 0.0)
    return found / found.sum()
