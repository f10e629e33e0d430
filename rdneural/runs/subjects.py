"""What finished trainings hold to be measured: runs, curves at their points, maps at their rates.

A run is one model. A curve from one training (`rdneural.runs.curve`) is a model at every point that
was measured of it. A run whose code is a fixed map is, with the same weights, the model of every
other K or S (`rdneural.runs.diagonal`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rdneural.models.build import LatentModel
from rdneural.records.curves import check_betas
from rdneural.records.layout import CHECKPOINT, CURVE, RESULT, RUNS
from rdneural.records.names import check_family, discrete_of, has_fixed_rate
from rdneural.records.settings import RunSettings
from rdneural.runs.diagonal import at_size
from rdneural.runs.stored import read_run
from rdneural.training.checkpoints import Checkpoint, read_numbers
from rdneural.training.curve import load_curve
from rdneural.training.state import settings_of
from rdtheory.results import read_json


@dataclass(frozen=True)
class Subject:
    """A model that a directory holds.

    Attributes
    ----------
    directory
        of a finished run or curve.
    size
        another K or S than the run's, of a fixed map; None as it was trained.
    beta, target_rate
        the point of a curve, and the rate that it was sought for; None for a run.
    """

    directory: Path
    size: int | None = None
    beta: float | None = None
    target_rate: float | None = None

    @property
    def checkpoint(self) -> Path:
        """The file that holds the weights."""
        return self.directory / CHECKPOINT

    def load(self) -> tuple[dict[str, Any], LatentModel, RunSettings]:
        """Return what is known of it, with the entries of a run's result; model; run's settings.

        Raises
        ------
        ValueError
            where a file is missing, broken or incomplete.
        """
        if self.beta is None:
            result, model, settings = read_run(self.directory)
            if self.size is not None:
                model = at_size(model, self.size)
            return result | {"model": model.family}, model, settings
        curve, of_curve = load_curve(self.directory)
        result = read_json(self.directory / CURVE, command="curve")
        point = {"beta": self.beta, "target_rate": self.target_rate, "final_beta": self.beta}
        return result | point, curve.at(self.beta), of_curve.run


def find_subjects(
    directories: Iterable[Path], others: Sequence[str] = (), betas: Sequence[float] | None = None
) -> tuple[dict[str, Subject], list[str]]:
    """Return what directories hold by name, and the names of runs of sweeps that are left out.

    A directory is that of a run, of a curve, or of a sweep, with runs in `runs/*` below it. Runs of
    a sweep that have no checkpoint (pulled from elsewhere) or no result yet are left out; what is
    named itself must have both. `others` are fixed maps, such as `coarse:7`, as which the runs of
    their kind are measured besides. Curves are measured at `betas`, if there are any, and else
    where they were.

    Raises
    ------
    ValueError
        where a directory holds none of these, two of what it holds have one name, a curve was not
        trained at one of `betas`, or one of `others` is no fixed map, is of a kind that no run is
        of, or does not fit the images.
    """
    for family in others:
        if not has_fixed_rate(check_family(family)):
            raise ValueError(f"as must name codes that are fixed maps, got {family!r}")
    found: dict[str, Subject] = {}
    left_out: list[str] = []
    unused = set(others)
    for place in directories:
        whole, missing = _trainings(place)
        left_out += missing
        for path in whole:
            if _is_curve(path):
                held = _points(path, betas)
            else:
                alike = _alike(path, others) if others else {}
                unused -= set(alike)
                held = _sizes(path, alike)
            for name, subject in held.items():
                if found.get(name, subject) != subject:
                    raise ValueError(
                        f"runs must have names of their own, got {name} in "
                        f"{found[name].directory.parent} and {path.parent}"
                    )
                found[name] = subject
    for family in others:
        if family in unused:
            raise ValueError(f"as must name codes of kinds that runs are of, got {family!r}")
    return found, left_out


def _trainings(place: Path) -> tuple[list[Path], list[str]]:
    """Return the directories of the whole trainings in a place, and the names of the others."""
    below = sorted(path for path in (place / RUNS).glob("*") if path.is_dir())
    whole = [path for path in below or [place] if not _missing(path)]
    if not whole and below:
        raise ValueError(
            f"{place} must have a run with {RESULT} and {CHECKPOINT}, got none among {len(below)}"
        )
    if not whole:
        raise ValueError(
            f"{place} must be the directory of a sweep, of a curve with {CURVE}, or of a run "
            f"with {RESULT}, and have {CHECKPOINT}, got no {_missing(place)} there"
        )
    return whole, [path.name for path in below if path not in whole]


def _is_curve(path: Path) -> bool:
    return (path / CURVE).is_file() and not (path / RESULT).is_file()


def _missing(path: Path) -> str | None:
    needed = (CURVE if _is_curve(path) else RESULT, CHECKPOINT)
    return next((name for name in needed if not (path / name).is_file()), None)


def _points(path: Path, betas: Sequence[float] | None) -> dict[str, Subject]:
    """Return a subject for every point of a curve, or for its slopes that are asked for."""
    result = read_json(path / CURVE, command="curve")
    points: list[tuple[float, float | None]]
    try:
        points = [(float(point["beta"]), point["target_rate"]) for point in result["points"]]
        low, high = (float(result["settings"][f"beta_{end}"]) for end in ("low", "high"))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{path / CURVE} must hold points, got {error!r}") from error
    if betas is not None:
        check_betas(betas, low, high)
        points = [(beta, None) for beta in betas]
    found = {}
    for beta, rate in points:
        where = f"beta-{beta:g}" if rate is None else f"rate-{rate:g}"
        found[f"{path.resolve().name}_{where}"] = Subject(path, beta=beta, target_rate=rate)
    return found


def _alike(path: Path, others: Sequence[str]) -> dict[str, int | None]:
    """Return those of `others` that a run is with the same weights: K or S, its own as None."""
    checkpoint = path / CHECKPOINT
    settings = settings_of(Checkpoint({}, read_numbers(checkpoint)), checkpoint)
    trained, found = discrete_of(settings.model), {}
    for family in others:
        other = discrete_of(family)
        if trained is not None and other is not None and trained.kind == other.kind:
            check_family(family, settings.sizes.side)
            found[family] = None if other == trained else other.size
    return found


def _sizes(path: Path, alike: Mapping[str, int | None]) -> dict[str, Subject]:
    """Return a run as it was trained, and as what else it is."""
    name = path.resolve().name
    return {name: Subject(path)} | {
        f"{name}_as-{family.replace(':', '-')}": Subject(path, size)
        for family, size in alike.items()
        if size is not None
    }
