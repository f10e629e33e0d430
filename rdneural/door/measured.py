"""`rdneural.validate`, `rdneural.information` and `rdneural.usefulness`: what runs are held to."""

from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path
from typing import Any

from rdneural.door.given import check_given, families_of, numbers_of, said_in_python
from rdneural.door.run import EFFORT, Run
from rdneural.door.shown import table_of
from rdneural.records.layout import USEFULNESS, VALIDATION
from rdneural.records.locks import alone_in
from rdneural.records.places import as_place, check_own_place, new_place
from rdneural.runs.against_theory import run_validation
from rdneural.runs.information import Effort, describe_run
from rdneural.runs.subjects import find_subjects
from rdneural.runs.usefulness import UsefulnessOptions, measure_runs
from rdtheory.results import result_head, write_json

OF_VALIDATION = ("samples", "epochs", "anneal", "seed", "jobs")
"""What else a validation can be given (`rdneural.runs.against_theory.run_validation`)."""

OF_USEFULNESS = tuple(field.name for field in fields(UsefulnessOptions))


@said_in_python()
def validate(
    source: str,
    models: str | Iterable[str] = "all",
    *,
    betas: float | Iterable[float] = (),
    target_rates: float | Iterable[float] = (),
    out: str | Path | None = None,
    overwrite: bool = False,
    resume: bool = False,
    **asked: Any,  # noqa: ANN401  (OF_VALIDATION)
) -> dict[str, Any]:
    """Train families on a source that is known exactly, and hold them against the theory.

    It returns the content of `validate.json`, which it leaves in `out`: see
    `rdneural.runs.against_theory.run_validation` for what it has and what can be given.
    """
    known = ("source", "models", "betas", "target_rates", "out", "overwrite", "resume")
    check_given(asked, (*known, *OF_VALIDATION), of="validate")
    models = families_of(models)
    slopes, rates = numbers_of("betas", betas), numbers_of("target_rates", target_rates)
    if out is not None:
        check_own_place(as_place(out), VALIDATION)
    place = new_place("validate") if out is None else as_place(out)
    with alone_in(place):
        found = run_validation(
            source, place, models=models, betas=slopes, target_rates=rates,
            overwrite=overwrite, resume=resume, **asked,
        )  # fmt: skip
        settings = {"source": source, "models": models, "beta": slopes, "target_rate": rates,
                    **asked}  # fmt: skip
        head = result_head(
            "validate", settings=settings, seed=asked.get("seed", 0), seconds=0.0
        )  # fmt: skip
        write_json(place / VALIDATION, head | found, overwrite=overwrite or resume)
    return found


@said_in_python()
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
    known = ("run", "beta", "entropy_estimate", "data", "device", "seed")
    check_given(effort, (*known, *EFFORT), of="information")
    return describe_run(
        _place_of(run), effort=Effort(**effort), beta=beta, entropy_estimate=entropy_estimate,
        data=data, device=device, seed=seed,
    )  # fmt: skip


@said_in_python()
def usefulness(
    runs: Run | str | Path | Iterable[Run | str | Path],
    *,
    out: str | Path | None = None,
    betas: float | Iterable[float] | None = None,
    overwrite: bool = False,
    **asked: Any,  # noqa: ANN401  (the fields of UsefulnessOptions)
) -> Any:  # noqa: ANN401
    """Measure what the codes of runs are good for: a row for each, a DataFrame with pandas.

    The rows are also in `usefulness.csv` in `out`, by default the directory of a single run; those
    that are there are kept unless `overwrite`. See `rdneural.runs.usefulness`.
    """
    check_given(asked, ("runs", "out", "betas", "overwrite", *OF_USEFULNESS), of="usefulness")
    slopes = None if betas is None else numbers_of("betas", betas)
    places = [_place_of(run) for run in ([runs] if isinstance(runs, Run | str | Path) else runs)]
    subjects, _ = find_subjects(places, (), slopes)
    place = as_place(out) if out is not None else places[0] if len(places) == 1 else None
    place = new_place("usefulness") if place is None else place
    with alone_in(place):
        found = measure_runs(
            subjects, place / USEFULNESS, UsefulnessOptions(**asked), overwrite=overwrite
        )
    return table_of(found["rows"])


def _place_of(run: Run | str | Path) -> Path:
    return run.place if isinstance(run, Run) else as_place(run, "run")
