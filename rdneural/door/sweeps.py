"""`rdneural.sweep`: a grid of runs, which can be killed and goes on."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

from rdneural.door.asked import AskedImages, check_names, named_parts
from rdneural.door.given import families_of, numbers_of, said_in_python
from rdneural.door.run import Run, load
from rdneural.door.shown import html_of, lines_of, table_of
from rdneural.records.layout import CHECKPOINT, PLAN, RUNS
from rdneural.records.places import as_place, check_own_place, new_place
from rdneural.runs.run import PICTURES, check_pictures
from rdneural.sweeps.plan import make_plan, read_plan
from rdneural.sweeps.results import collect
from rdneural.sweeps.status import STATES, sweep_status
from rdneural.sweeps.sweep import Workers, run_sweep
from rdneural.training.options import say_nothing
from rdtheory.checks import check_choice, check_count

FIGURES = {"plane": "rd_plane", "fronts": "figure3"}
"""What can be plotted of a sweep, and the modules of `figures` that draw it."""

OF_THE_GRID = {
    "model": "models", "beta": "betas", "target_rate": "target_rates", "anneal": "anneals",
}  # fmt: skip
"""Settings of a run that a sweep has several of, and how they are given."""

OF_SWEEPS = ("models", "betas", "target_rates", "anneals", "seeds", "jobs", "retry", "say")


@dataclass(frozen=True)
class Sweep:
    """A sweep's directory, and what lies in it now.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import rdneural as rn
    >>> rows = np.eye(2)[np.arange(60) % 2][:, None]
    >>> asked = {"preset": "tiny", "epochs": 1, "betas": 1}
    >>> with tempfile.TemporaryDirectory() as place:
    ...     found = rn.sweep(rows, "---", out=place, say=len, **asked)
    ...     found["beta-1_---_seed-0"].sample(3).shape
    (3, 1, 2)
    """

    place: Path

    @property
    def table(self) -> Any:  # noqa: ANN401
        """A row for each finished run, as `table.csv`; a DataFrame with pandas."""
        return table_of(collect(self.place, read_plan(self.place)))

    @cached_property
    def runs(self) -> dict[str, Run]:
        """The runs whose models are here, by name."""
        places = [self.place / RUNS / run.name for run in read_plan(self.place)]
        return {place.name: load(place) for place in places if (place / CHECKPOINT).exists()}

    def __getitem__(self, name: str) -> Run:
        """Return a run by its name."""
        if name not in self.runs:
            raise KeyError(f"{name} must be one of {', '.join(self.runs)}")
        return self.runs[name]

    def plot(self, what: str = "plane") -> Any:  # noqa: ANN401  (a figure of matplotlib)
        """Return a figure: `plane`, each run's R and D; or `fronts`.

        The latter are the best of each part.
        """
        name = FIGURES[check_choice("what", what, tuple(FIGURES))]
        return import_module(f"figures.{name}").figure_of(self.place)

    def __repr__(self) -> str:
        """Return a few lines: what is done, R and D of it, and why runs failed."""
        return "\n".join(lines_of(self._summary()))

    def _repr_html_(self) -> str:
        return html_of(self._summary())

    def _summary(self) -> dict[str, str]:
        status = sweep_status(self.place)
        head = {"sweep": str(self.place)}
        head["runs"] = ", ".join(f"{status[state]} {state}" for state in STATES)
        head |= {
            row["run"]: f"R {row['test_rate']:.2f}, D {row['test_distortion']:.2f}, "
            f"R + D {row['test_elbo']:.2f} nats"
            for row in collect(self.place, read_plan(self.place))
        }
        failed = [run for run in status["runs"] if run["state"] == "failed"]
        return head | {run["run"]: f"failed: {run['reason']}" for run in failed}


@said_in_python()
def sweep(
    data: Any = "mnist",  # noqa: ANN401  (as of `train`)
    models: str | Iterable[str] = "all",
    *,
    betas: float | Iterable[float] = (),
    target_rates: float | Iterable[float] = (),
    anneals: float | Iterable[float] = (0.0,),
    seeds: int = 1,
    jobs: int = 1,
    out: str | Path | None = None,
    binarise: str | None = None,
    split_seed: int = 0,
    name: str = "images",
    where: str = "auto",
    retry: bool = False,
    pictures: int = PICTURES,
    checkpoint_seconds: float = 120.0,
    say: Callable[[str], None] = print,
    tell: Callable[[str], None] = say_nothing,
    **settings: Any,  # noqa: ANN401  (of a run, own parts included)
) -> Sweep:
    """Run a grid of models, slopes or rates, and seeds, or what is missing of it.

    Parameters
    ----------
    data, out, binarise, split_seed, name, where, tell
        as of `rdneural.train`.
    models
        "all", or families and patterns: a list, or with commas between them.
    betas, target_rates, anneals, seeds
        what the grid is made of, a number or several; at least one slope or
        rate.
    jobs
        processes that share the work; 1 is this one.
    retry
        whether runs that failed are tried again.
    pictures, checkpoint_seconds
        of each run.
    say
        takes a line about each run that ends.
    settings
        of every run, as of `rdneural.train`; with own parts, of one family.

    Raises
    ------
    TypeError, ValueError
        as `rdneural.train` does, or where a run was planned with other
        settings, or `out` is the directory of something else.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import rdneural as rn
    >>> rows = np.eye(2)[np.arange(60) % 2][:, None]
    >>> asked = {"preset": "tiny", "epochs": 1, "betas": [0.5, 1.0]}
    >>> with tempfile.TemporaryDirectory() as place:
    ...     found = rn.sweep(rows, "---", out=place, say=len, **asked)
    ...     len(found.table), list(found.runs)[0]
    (2, 'beta-0.5_---_seed-0')
    """
    check_names(settings, instead=OF_THE_GRID, meant=OF_SWEEPS)
    check_pictures(pictures)
    check_count("jobs", jobs)
    place = None if out is None else as_place(out)
    if place is not None:
        check_own_place(place, PLAN)
    models = families_of(models)
    slopes, rates = numbers_of("betas", betas), numbers_of("target_rates", target_rates)
    if not (slopes or rates):
        raise ValueError("give betas or target_rates, got neither")
    given = dict(settings)
    if any(given.get(part) is not None for part in ("encoder", "decoder", "marginal")):
        given |= named_parts(models, given)
        models = given.pop("model")
    grid: dict[str, Any] = {
        "models": models, "betas": slopes, "target_rates": rates,
        "anneals": numbers_of("anneals", anneals), "seeds": seeds,
    }  # fmt: skip
    images = AskedImages(data, where, binarise, split_seed, name, settings.get("likelihood"))
    make_plan(**grid, **images.named(), **given)
    place = place or new_place("sweep")
    plan = make_plan(**grid, **images.named(place), **given)
    run_sweep(
        place, plan, workers=Workers(jobs=jobs), retry=retry, pictures=pictures,
        checkpoint_seconds=checkpoint_seconds, say=say, tell=tell,
    )  # fmt: skip
    return Sweep(place)


@said_in_python()
def load_sweep(place: str | Path) -> Sweep:
    """Read a sweep from its directory; `ValueError` where there is none.

    Examples
    --------
    >>> import rdneural as rn
    >>> rn.load_sweep("nowhere")
    Traceback (most recent call last):
    ValueError: nowhere must be the directory of a sweep, got no plan there
    """
    place = as_place(place, "place")
    sweep_status(place)
    return Sweep(place)
