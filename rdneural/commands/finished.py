"""A command that is resumed: it goes on as what it was, or is over and shows its result again."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rdneural.commands.begun import longer
from rdneural.commands.job import Done, Job
from rdneural.commands.pulse import say


def refuse_others(
    job: Job, asked: Mapping[str, Any], of_result: Mapping[str, Any] | None = None
) -> None:
    """Refuse to go on with a training of other settings than those asked for, in no time.

    What is None or "auto" is recommended, and compared once that is known; `of_result` is what a
    checkpoint does not hold. Whoever reads the files says what else is wrong with them.

    Raises
    ------
    FileExistsError
        where there is a result of other settings.
    ValueError
        where there is a checkpoint of such.
    """
    from rdneural.records.identity import kept_images
    from rdneural.records.layout import CHECKPOINT
    from rdneural.records.sameness import check_same_settings
    from rdneural.records.settings import LATER

    assert job.place is not None
    given = {name: value for name, value in asked.items() if value not in (None, "auto")}
    by_content = kept_images(job.place) is not None
    for name, more in ((job.file, of_result or {}), (CHECKPOINT, {})):
        path = job.place / name
        kept = _settings_in(path, job)
        kept = LATER | kept if kept else {}
        held = {key: value for key, value in {**given, **more}.items() if key in kept}
        if longer(held, kept):
            del held["epochs"]
        try:
            check_same_settings(kept, held, path, by_content=by_content)
        except ValueError as error:
            if name == CHECKPOINT:
                raise
            raise FileExistsError(f"{error}: choose another place or pass --overwrite") from error


def _settings_in(path: Path, job: Job) -> dict[str, Any]:
    """Return what a result that is to stay, or a checkpoint, was made with; nothing if unknown."""
    from rdneural.records.identity import read_head
    from rdneural.records.plan import is_complete
    from rdtheory.results import read_json

    try:
        if path.name != job.file:
            numbers = read_head(path)
            objective = numbers.get("objective") or {}
            return numbers["settings"] | (objective if "beta_low" in objective else {})
        result = {} if job.overwrite else read_json(path, command=job.command)
        if "planned_steps" in result and not is_complete(result):
            return {}  # there is more to do
        return {**result["settings"], "seed": result["seed"]}
    except (LookupError, TypeError, ValueError, ArithmeticError):
        return {}


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
    from rdneural.records.sameness import check_same_settings
    from rdtheory.results import read_json

    assert job.place is not None
    path = job.place / job.file
    if job.overwrite or not path.exists():
        return None
    result = read_json(path, command=job.command)
    try:
        if "planned_steps" in result and not is_complete(result):
            return None  # there is more to do
        if longer(settings, result["settings"]):
            return None  # more is asked for now
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
