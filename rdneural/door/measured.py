"""`rdneural.validate`, `rdneural.information` and `rdneural.usefulness`: what runs are held to."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rdneural.door.run import Run
from rdneural.door.shown import table_of
from rdneural.records.layout import USEFULNESS, VALIDATION
from rdneural.records.locks import alone_in
from rdneural.records.places import new_place
from rdneural.runs.against_theory import run_validation
from rdneural.runs.information import Effort, describe_run
from rdneural.runs.subjects import find_subjects
from rdneural.runs.usefulness import UsefulnessOptions, measure_runs
from rdtheory.results import result_head, write_json


def validate(
    source: str,
    models: str = "all",
    *,
    betas: Sequence[float] = (),
    target_rates: Sequence[float] = (),
    out: str | Path | None = None,
    overwrite: bool = False,
    resume: bool = False,
    **asked: Any,  # noqa: ANN401  (samples, epochs, anneal, seed, jobs)
) -> dict[str, Any]:
    """Train families on a source that is known exactly, and hold them against the theory.

    It returns the content of `validate.json`, which it leaves in `out`: see
    `rdneural.runs.against_theory.run_validation` for what it has and what can be given.
    """
    place = new_place("validate") if out is None else Path(out)
    with alone_in(place):
        found = run_validation(
            source, place, models=models, betas=betas, target_rates=target_rates,
            overwrite=overwrite, resume=resume, **asked,
        )  # fmt: skip
        settings = {"source": source, "models": models, "beta": list(betas),
                    "target_rate": list(target_rates), **asked}  # fmt: skip
        head = result_head(
            "validate", settings=settings, seed=asked.get("seed", 0), seconds=0.0
        )  # fmt: skip
        write_json(place / VALIDATION, head | found, overwrite=overwrite or resume)
    return found


def information(
    run: Run | str | Path,
    *,
    beta: float | None = None,
    entropy_estimate: float | None = None,
    data: str | None = None,
    device: str = "auto",
    seed: int = 0,
    **effort: Any,  # noqa: ANN401  (the fields of Effort)
) -> dict[str, Any]:
    """Bound what the code of a run tells, and what its encoder and marginal cost.

    It returns what the command leaves in `information.json`: see
    `rdneural.runs.information.describe_run`.
    """
    return describe_run(
        _place_of(run), effort=Effort(**effort), beta=beta, entropy_estimate=entropy_estimate,
        data=data, device=device, seed=seed,
    )  # fmt: skip


def usefulness(
    runs: Run | str | Path | Iterable[Run | str | Path],
    *,
    out: str | Path | None = None,
    betas: Sequence[float] | None = None,
    overwrite: bool = False,
    **asked: Any,  # noqa: ANN401  (the fields of UsefulnessOptions)
) -> Any:  # noqa: ANN401
    """Measure what the codes of runs are good for: a row for each, a DataFrame with pandas.

    The rows are also in `usefulness.csv` in `out`, by default the directory of a single run; those
    that are there are kept unless `overwrite`. See `rdneural.runs.usefulness`.
    """
    places = [_place_of(run) for run in ([runs] if isinstance(runs, Run | str | Path) else runs)]
    subjects, _ = find_subjects(places, (), betas)
    place = Path(out) if out is not None else places[0] if len(places) == 1 else None
    place = new_place("usefulness") if place is None else place
    with alone_in(place):
        found = measure_runs(
            subjects, place / USEFULNESS, UsefulnessOptions(**asked), overwrite=overwrite
        )
    return table_of(found["rows"])


def _place_of(run: Run | str | Path) -> Path:
    return run.place if isinstance(run, Run) else Path(run)
