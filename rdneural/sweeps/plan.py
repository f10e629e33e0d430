"""What a sweep is to run: the grid of models, slopes, rates, annealings and seeds, as a list."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rdneural.machine.device import pick_precision
from rdneural.records.identity import kept_images
from rdneural.records.layout import PLAN, RUNS
from rdneural.records.names import FAMILIES, chosen_families
from rdneural.records.own import words_of
from rdneural.records.sameness import check_same_images, check_same_settings
from rdneural.records.settings import RunSettings, place_of_data
from rdneural.sweeps.planned import Planned, planned_of
from rdneural.training.defaults import complete_settings
from rdtheory.checks import check_count
from rdtheory.results import read_json, result_head, write_json


def make_plan(
    *,
    dataset: str,
    models: str = "all",
    betas: Sequence[float] = (),
    target_rates: Sequence[float] = (),
    anneals: Sequence[float] = (0.0,),
    seeds: int = 1,
    seed: int = 0,
    preset: str = "auto",
    device: str = "auto",
    precision: str = "auto",
    priority: int = 0,
    **asked: Any,  # noqa: ANN401  (other fields of RunSettings)
) -> list[Planned]:
    """Return the runs of a grid, those of the first seed first.

    Parameters
    ----------
    dataset
        as of `RunSettings`.
    models
        "all", or names of families and patterns such as `?+?` with commas between them.
    betas, target_rates
        slopes of D + beta R, and rates in nats; at least one of either.
    anneals
        epochs over which beta rises from 0, an axis of its own: each slope is run with each.
    seeds, seed
        how many seeds, and the first of them.
    preset, device, precision, asked
        the same for all runs; what is None or "auto" is recommended for the family.
    priority
        of all of them: trainings of a lower one come first.

    Raises
    ------
    ValueError
        where a number or a name is not usable, a list is empty, or two runs would have the same
        name.

    Examples
    --------
    >>> plan = make_plan(dataset="mnist", models="---,?+v", betas=[0.1, 1], preset="tiny")
    >>> [run.name for run in plan][:3]
    ['beta-0.1_---_seed-0', 'beta-0.1_-+v_seed-0', 'beta-0.1_++v_seed-0']
    """
    check_count("seeds", seeds)
    if not (betas or target_rates):
        raise ValueError("give at least one of beta and target_rate, got neither")
    if not anneals:
        raise ValueError("anneals must have at least one number, got none")
    ends: list[dict[str, float]] = [
        {"beta": beta, "anneal": anneal} for beta in betas for anneal in anneals
    ]
    ends += [{"target_rate": rate} for rate in target_rates]
    plan: dict[str, Planned] = {}
    for number in range(seed, seed + seeds):
        for end in ends:
            for model in chosen_families(models):
                settings = complete_settings(
                    dataset=dataset, model=model, preset=preset, device=device,
                    precision=precision, seed=number, **(asked | end),
                )  # fmt: skip
                name = name_of(settings)
                if name in plan:
                    raise ValueError(f"runs must differ in their names, got {name} twice")
                plan[name] = Planned(name, settings, priority=priority)
    return list(plan.values())


def name_of(settings: RunSettings) -> str:
    """Return a run's name: what a sweep varies, and whatever else alters what is minimised."""
    end = f"beta-{settings.beta:g}" if settings.target_rate is None else ""
    end = end or f"rate-{settings.target_rate:g}"
    extras = [
        f"_{name}-{getattr(settings, field):g}"
        for name, field in (("penalty", "penalty"), ("anneal", "anneal"), ("free", "free_bits"))
        if getattr(settings, field)
    ]
    model = settings.model.replace(":", "-")  # which not every file system has in names
    return f"{end}{''.join(extras)}_{model}_seed-{settings.seed}"


def read_plan(place: Path) -> list[Planned]:
    """Return all runs that a sweep's directory was ever asked for; none where there is no plan.

    Raises
    ------
    ValueError
        where the plan is broken.
    """
    path = place / PLAN
    if not path.exists():
        return []
    found = read_json(path, command="sweep")
    try:
        return [planned_of(run) for run in found["runs"]]
    except (LookupError, TypeError, ValueError) as error:
        raise ValueError(f"{path} must hold the runs of a sweep, got {error!r}") from error


def planned_anew(
    place: Path,
    *,
    images: tuple[str, str] | None = None,
    precision: str | None = None,
) -> list[Planned]:
    """Return the plan of a directory, changed as the machine at hand asks for.

    Parameters
    ----------
    images
        data set and place, where they are somewhere else now.
    precision
        of trainings that have not begun, "auto" for what is fast here.

    Raises
    ------
    ValueError
        where they are another data set's, or there is no plan.
    """
    plan = read_plan(place)
    if not plan:
        raise ValueError(f"{place} must have a plan to go on with, got none: give --betas")
    if images is not None:
        dataset, data = images
        other = next((run for run in plan if run.settings.dataset != dataset), None)
        if other is not None:
            raise ValueError(
                f"dataset must be that of the runs in {place / PLAN}, {other.settings.dataset}, "
                f"got {dataset}"
            )
        plan = [_with(run, data=place_of_data(data)) for run in plan]
    if precision is not None:
        plan = [
            run
            if (place / RUNS / run.name).exists()
            else _with(run, precision=pick_precision(precision, run.settings.device))
            for run in plan
        ]
    return plan


def _with(run: Planned, **changed: Any) -> Planned:  # noqa: ANN401  (fields of RunSettings)
    return replace(run, settings=replace(run.settings, **changed))


def extended_plan(
    place: Path, asked: Sequence[Planned], kept: Sequence[Planned] | None = None
) -> list[Planned]:
    """Return the plan of a directory with other runs taken in; those of its own must be the same.

    `kept` is the plan that is there, where it was read already.

    Raises
    ------
    ValueError
        where a run that has begun was planned with other settings, but for the device, or the
        runs would be of more than one data set, or of images of more than one size.
    """
    plan = {run.name: run for run in (read_plan(place) if kept is None else kept)}
    for run in asked:
        mine = plan.get(run.name)
        directory = place / RUNS / run.name
        if mine is not None and directory.exists():
            check_same_settings(
                mine.asked(), run.asked(), place / PLAN,
                by_content=kept_images(directory) is not None,
            )  # fmt: skip
        plan[run.name] = run
    for run in plan.values():
        for other in asked:
            known, new = run.settings, other.settings
            check_same_images(
                (known.dataset, known.preset, words_of(known.frame)),
                (new.dataset, new.preset, words_of(new.frame)),
                place / PLAN,
            )
    return list(plan.values())


def extend_plan(place: Path, asked: Sequence[Planned]) -> None:
    """Take runs into the plan of a directory; raises as `extended_plan` does."""
    kept = read_plan(place)
    plan = extended_plan(place, asked, kept)
    if plan != kept:
        write_plan(place, plan)


def write_plan(place: Path, plan: Sequence[Planned]) -> None:
    """Leave a plan, in place of one that is there."""
    head = result_head("sweep", settings={}, seed=0, seconds=0.0)
    runs = [run.as_dict() for run in plan]
    write_json(place / PLAN, head | {"runs": runs}, overwrite=True)


def together(runs: Sequence[Planned], steps: Sequence[int], most: int) -> list[list[Planned]]:
    """Return runs in groups of at most `most` that can be trained as one batched model.

    Such runs have the same network and the same steps behind them (`steps`), and differ in what
    they minimise and in their seed alone.
    """
    groups: dict[str, list[Planned]] = {}
    for run, step in zip(runs, steps, strict=True):
        asked = run.settings
        alone = most == 1 or asked.model not in FAMILIES or run.curve is not None
        alone = alone or bool(asked.patience or asked.compiled or asked.dropout)
        groups.setdefault(run.name if alone else f"{step} {_network(run.settings)}", []).append(run)
    return [
        group[first : first + most]
        for group in groups.values()
        for first in range(0, len(group), most)
    ]


def _network(settings: RunSettings) -> str:
    """Return a digest of the settings that members of a batch must share."""
    neutral = replace(
        settings, beta=1.0, target_rate=None, penalty=None, anneal=0.0, free_bits=0.0, seed=0
    )
    return hashlib.sha256(json.dumps(neutral.as_dict(), sort_keys=True).encode()).hexdigest()
