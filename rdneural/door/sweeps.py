"""`rdneural.sweep`: a grid of runs, which can be killed and goes on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rdneural.door.asked import check_names, named_images, named_parts
from rdneural.door.run import Run, load
from rdneural.door.shown import html_of, lines_of, table_of
from rdneural.records.layout import CHECKPOINT, RUNS
from rdneural.records.likelihoods import BERNOULLI
from rdneural.records.own import rule_for
from rdneural.records.places import new_place
from rdneural.runs.run import PICTURES
from rdneural.sweeps.plan import make_plan, read_plan
from rdneural.sweeps.results import collect
from rdneural.sweeps.status import STATES, sweep_status
from rdneural.sweeps.sweep import Workers, run_sweep
from rdneural.training.options import say_nothing


@dataclass(frozen=True)
class Sweep:
    """A sweep's directory, and what lies in it now."""

    place: Path

    @property
    def table(self) -> Any:  # noqa: ANN401
        """A row for each run that is done, as `table.csv`: a DataFrame where pandas is there."""
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

    def __repr__(self) -> str:
        """Return a few lines: what is done, and R and D of it."""
        return "\n".join(lines_of(self._summary()))

    def _repr_html_(self) -> str:
        return html_of(self._summary())

    def _summary(self) -> dict[str, str]:
        status = sweep_status(self.place)
        head = {"sweep": str(self.place)}
        head["runs"] = ", ".join(f"{status[state]} {state}" for state in STATES)
        return head | {
            row["run"]: f"R {row['test_rate']:.2f}, D {row['test_distortion']:.2f}, "
            f"R + D {row['test_elbo']:.2f} nats"
            for row in collect(self.place, read_plan(self.place))
        }


def sweep(
    data: Any = "mnist",  # noqa: ANN401  (as of `train`)
    models: str = "all",
    *,
    betas: Sequence[float] = (),
    target_rates: Sequence[float] = (),
    anneals: Sequence[float] = (0.0,),
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
    """Run a grid of models, slopes or rates, and seeds; go on with what is missing of it.

    Parameters
    ----------
    data, out, binarise, split_seed, name, where, tell
        as of `rdneural.train`.
    models
        "all", or families and patterns with commas between them.
    betas, target_rates, anneals, seeds
        what the grid is made of; at least one slope or rate.
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
        as `rdneural.train` does, or where a run was planned with other settings.
    """
    check_names(settings)
    place = None if out is None else Path(out)
    given = dict(settings)
    if any(given.get(part) is not None for part in ("encoder", "decoder", "marginal")):
        given |= named_parts(models, given)
        models = given.pop("model")
    grid: dict[str, Any] = {
        "models": models, "betas": betas, "target_rates": target_rates, "anneals": anneals,
        "seeds": seeds,
    }  # fmt: skip
    rule = rule_for(settings.get("likelihood") or BERNOULLI, binarise)
    images: dict[str, Any] = {
        "where": where,
        "binarise": rule,
        "split_seed": split_seed,
        "name": name,
    }
    make_plan(**grid, **named_images(data, None, **images), **given)
    place = place or new_place("sweep")
    plan = make_plan(**grid, **named_images(data, place, **images), **given)
    run_sweep(
        place, plan, workers=Workers(jobs=jobs), retry=retry, pictures=pictures,
        checkpoint_seconds=checkpoint_seconds, say=say, tell=tell,
    )  # fmt: skip
    return Sweep(place)


def load_sweep(place: str | Path) -> Sweep:
    """Read a sweep from its directory; `ValueError` where there is none."""
    sweep_status(Path(place))
    return Sweep(Path(place))
