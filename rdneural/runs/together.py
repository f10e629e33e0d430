"""Runs that are trained together, each of which leaves what it would leave alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rdneural.data.of_run import load_data
from rdneural.machine.device import keep_freed_memory
from rdneural.measures.images import as_tensor, grey_of, spread_subset
from rdneural.records.asked import check_attainable
from rdneural.records.settings import RunSettings
from rdneural.runs.run import (
    PICTURES,
    VALIDATION_IMAGES,
    finish_run,
    refuse_results,
    remove_results,
)
from rdneural.training.learner import DivergedError
from rdneural.training.options import PLAIN, LoopOptions
from rdneural.training.together import check_together, train_together
from rdtheory.checks import check_count


def run_together(
    settings: Sequence[RunSettings],
    places: Sequence[Path],
    *,
    resume: bool = False,
    overwrite: bool = False,
    pictures: int = PICTURES,
    options: LoopOptions = PLAIN,
) -> list[dict[str, Any] | ValueError]:
    """Train models together and measure each, as `rdneural.runs.run.run_training` does with one.

    Settings may differ in `rdneural.training.together.VARYING` alone. `options.on_row` is called
    with the number of a model and a row of its history.

    Returns
    -------
    list
        for each model the result of `run_training`, or why it has none. `batched` is the number of
        models K; `training_seconds` is the time that their steps took together, divided by K, so
        `images_per_second` is that of all; `seconds` is the time on the clock from the beginning of
        all to the end of their training, and that of the model's own measurements.

    Raises
    ------
    FileExistsError
        where a place holds a checkpoint and neither `resume` nor `overwrite` is asked for.
    ValueError
        where models cannot be trained together, or data or a checkpoint are not usable.
    """
    check_count("pictures", pictures)
    check_together(settings, places)
    if not resume:
        for one, place in zip(settings, places, strict=True):
            check_attainable(one)
            refuse_results(place, overwrite=overwrite)
    keep_freed_memory()
    data = load_data(settings[0])
    if overwrite and not resume:
        for place in places:
            remove_results(place)
    all_trained = train_together(
        settings,
        as_tensor(data.train),
        spread_subset(as_tensor(data.valid), VALIDATION_IMAGES),
        places,
        grey=grey_of(data),
        resume=resume,
        options=options,
    )
    results: list[dict[str, Any] | ValueError] = []
    for one, place, trained in zip(settings, places, all_trained, strict=True):
        if isinstance(trained, DivergedError):
            results.append(trained)
            continue
        try:
            found = finish_run(
                one, place, data, trained, pictures=pictures, batched=len(settings),
                options=options,
            )  # fmt: skip
            results.append(found)
        except ValueError as error:  # of this one alone
            results.append(error)
    return results
