"""A command that is resumed, and is over: its result is shown again, and nothing is done."""

from collections.abc import Callable, Mapping
from typing import Any

from rdneural.commands.job import Done, Job
from rdneural.commands.pulse import say


def finished(
    job: Job, settings: Mapping[str, Any], check: Callable[[], object] = lambda: None, *,
    draw: tuple[str, ...], table: str,
) -> Done | None:  # fmt: skip
    """Return what a command found before, where there is a result and it is not to be replaced.

    `check` raises where it is not what is asked for now. Figures that are missing are drawn.

    Raises
    ------
    FileExistsError
        where the result is of other settings.
    ValueError
        where it cannot be read, or is not of the checkpoint beside it.
    """
    from rdneural.records.identity import check_own, kept_images
    from rdneural.records.plan import is_complete
    from rdneural.records.settings import check_same_settings
    from rdtheory.results import read_json

    assert job.place is not None
    path = job.place / job.file
    if job.overwrite or not path.exists():
        return None
    result = read_json(path, command=job.command)
    try:
        if "planned_steps" in result and not is_complete(result):
            return None  # there is more to do
        kept = {**settings, **result["settings"], "seed": result["seed"]}
    except (LookupError, TypeError) as error:
        raise ValueError(f"{path} must hold a whole result, got {error!r}") from error
    check_own(result, path)
    try:
        check_same_settings(
            kept, {**settings, "seed": job.seed}, path,
            by_content=kept_images(job.place) is not None,
        )  # fmt: skip
    except ValueError as error:
        raise FileExistsError(f"{error}: choose another place or pass --overwrite") from error
    check()
    say(f"{job.place} is finished, and there is nothing to go on with: this is its result")
    missing = tuple(name for name in draw if not (job.place / f"{name}.png").exists())
    return Done(result, result["settings"], draw=missing, saved=True, table=table)
