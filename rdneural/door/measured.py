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
from rdneural.records.zoo import found_place, of_zoo
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
    """Train families on a source known exactly, and hold them against theory.

    Every nat of R + D - H that a model wastes is told apart: marginal gap,
    decoder gap, and an encoder that is not the best for the decoder. All in
    nats per image.

    Source: Alemi et al. (2018), arXiv:1711.00464, equation 2 and appendices D.1
    to D.4.

    Parameters
    ----------
    source
        a source whose images can be enumerated: `bars:4x4`, `ising:3x3`, ...
    models
        "all", or families: a list, or with commas between them.
    betas, target_rates
        slopes, and rates in nats, a number or several; at least one of either.
    out
        directory of the result, a new one in `runs` where None.
    overwrite, resume
        replace a validation that is there, or go on with it.
    asked
        `samples` (codes drawn for the evaluation), `epochs`, `anneal`, `seed`,
        `jobs`, as of `rdneural.runs.against_theory.run_validation`.

    Returns
    -------
    The content of `validate.json`, which it leaves in `out`: `entropy` of the
        source, and of each
    of `models` what was measured, with its `verdict`.

    Raises
    ------
    FileExistsError
        where a result is there, and neither `resume` nor `overwrite` is asked
        for.
    ValueError
        where an argument is out of its range or unknown.

    Examples
    --------
    >>> import rdneural as rn
    >>> rn.validate("bars:4x4", "---", betas=-1.0)
    Traceback (most recent call last):
    ValueError: beta must be above 0, got -1.0
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

    I_e(X; Z) is bounded from both sides, in nats; where H is unknown, H - D is
    an estimate.

    Source: Poole et al. (2019), arXiv:1905.06922.

    Parameters
    ----------
    run
        a run, its directory, that of a curve, or one of the zoo.
    beta
        of a curve, the slope at which it is asked; that of the run where None.
    entropy_estimate
        nats to take for the unknown H; the least R + D that was measured where
        None.
    data
        where the images are; where the run had them where None.
    device, seed
        what computes, and the seed of its draws.
    effort
        fields of `rdneural.runs.information.Effort`: how many codes and images
        are taken.

    Returns
    -------
    What the command leaves in `information.json`: see
        `rdneural.runs.information.describe_run`.

    Raises
    ------
    TypeError, ValueError
        where an option is unknown or out of its range, or there is no finished
        run.

    Examples
    --------
    >>> import rdneural as rn
    >>> rn.information("nowhere")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: nowhere/checkpoint.safetensors must be ...
    """
    known = ("run", "beta", "entropy_estimate", "data", "device", "seed")
    check_given(effort, (*known, *EFFORT), of="information")
    if beta is None and isinstance(run, Run):
        beta = run.slope
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
    """Measure what the codes of runs are good for, a row for each.

    The rows, a DataFrame where pandas is there, are also in `usefulness.csv` in
    `out`, by default the directory of a single run; those that are there are
    kept unless `overwrite`. Accuracies of classes are held against Fano's bound
    at the code's rate in nats; `drawn_label_nats` is what a drawn code spares
    of the class, at most I(Y; Z) <= R in expectation.

    Sources: Alemi et al. (2018), arXiv:1711.00464, section 4.2; Voita and Titov
    (2020), arXiv:2003.12298, section 2.2.2, for the nats.

    Parameters
    ----------
    runs
        a run or several, or their directories.
    out
        where the table is kept.
    betas
        of curves, the slopes at which they are taken.
    overwrite
        measure again what is there.
    asked
        fields of `rdneural.runs.usefulness.UsefulnessOptions`.

    Raises
    ------
    TypeError, ValueError
        where an option is unknown or out of its range, or there is no finished
        run.

    Examples
    --------
    >>> import rdneural as rn
    >>> rn.usefulness("nowhere")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: nowhere must be the directory of a sweep, of a curve ...
    """
    check_given(asked, ("runs", "out", "betas", "overwrite", *OF_USEFULNESS), of="usefulness")
    slopes = None if betas is None else numbers_of("betas", betas)
    places = [_place_of(run) for run in ([runs] if isinstance(runs, Run | str | Path) else runs)]
    subjects, _ = find_subjects(places, (), slopes)
    alone = len(places) == 1 and not of_zoo(places[0])
    place = as_place(out) if out is not None else places[0] if alone else None
    place = new_place("usefulness") if place is None else place
    with alone_in(place):
        found = measure_runs(
            subjects, place / USEFULNESS, UsefulnessOptions(**asked), overwrite=overwrite
        )
    return table_of(found["rows"])


def _place_of(run: Run | str | Path) -> Path:
    return run.place if isinstance(run, Run) else found_place(run, "run")
