"""Whose a file is: a result is held against the checkpoint beside it, images against a digest.

What is read here is the head of a checkpoint alone, which takes no torch.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rdneural.records.layout import CHECKPOINT, CURVE, RESULT
from rdtheory.results import read_json

IMAGES, WEIGHTS = "images_digest", "weights_digest"
"""Entries of a result: SHA-256 of the training images, and of the weights it was measured with."""

LONGEST = 100_000_000
"""Bytes that the head of a checkpoint has at most, as safetensors has it."""

NOT_HELD = ("device", "data")
"""Settings that say where, and not what: images are known by their digest."""


def read_head(path: Path) -> dict[str, Any]:
    """Return the numbers of a checkpoint; `ValueError` where its head cannot be read."""
    try:
        with path.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            if length > LONGEST:
                raise ValueError(f"a head of {length} bytes")
            head = json.loads(stream.read(length))
        numbers: dict[str, Any] = json.loads(head["__metadata__"]["numbers"])
        if not isinstance(numbers["settings"], dict):
            raise ValueError("no settings")
    except OSError as error:
        reason = error.strerror or error
        raise ValueError(f"{path} must be a readable checkpoint, got {reason}") from error
    except (ValueError, LookupError, TypeError) as error:
        raise ValueError(f"{path} must be a checkpoint of ours, got {error!r}") from error
    return numbers


def read_result(path: Path, dataset: str | None) -> dict[str, Any]:
    """Return the result of a run on a data set, on any where None; `ValueError` without one."""
    if dataset is None:
        try:
            dataset = str(json.loads(path.read_text())["command"])
        except (OSError, ValueError, LookupError, TypeError):
            dataset = "train"  # read_json says what is wrong
    return read_json(path, command=dataset)


def check_own(result: Mapping[str, Any], path: Path) -> None:
    """Raise `ValueError` where the result in `path` is not of the checkpoint beside it.

    They must share settings and the digest of the training images, as far as both say them. Where
    there is no checkpoint, or none that can be read, there is nothing to say.
    """
    try:
        numbers = read_head(path.parent / CHECKPOINT)
    except ValueError:
        return
    theirs = numbers["settings"] | {"images": numbers.get("images")}
    objective = numbers.get("objective")
    if isinstance(objective, dict) and "beta_low" in result["settings"]:  # of a curve
        theirs |= objective
    ours = dict(result["settings"])
    if result.get(IMAGES) and theirs["images"]:
        ours["images"] = result[IMAGES]
    for name, mine in ours.items():
        other = theirs.get(name, mine)
        if name not in NOT_HELD and mine != other:
            if name == "images":
                mine, other = mine[:8], other[:8]
            raise ValueError(
                f"{path} must be of the checkpoint beside it, got {name} {mine} beside a "
                f"checkpoint of {name} {other}"
            )


def check_place(directory: Path, weights: str | None = None) -> None:
    """Raise `ValueError` where a run or a curve lies beside a checkpoint that is not its own.

    `weights` is the digest of the weights in it, where they have been read. What cannot be read is
    left to who reads it.
    """
    for name in (RESULT, CURVE):
        path = directory / name
        try:
            result = json.loads(path.read_text())
            held = isinstance(result["settings"], dict)
        except (OSError, ValueError, LookupError, TypeError):
            continue
        if not held:
            continue
        check_own(result, path)
        if weights and result.get(WEIGHTS, weights) != weights:
            raise ValueError(
                f"{path} must be of the checkpoint beside it, got a checkpoint of other weights"
            )


def kept_images(directory: Path) -> str | None:
    """Return the digest of the training images that a run's directory names, None if none."""
    try:
        found = json.loads((directory / RESULT).read_text())[IMAGES]
    except (OSError, ValueError, LookupError, TypeError):
        try:
            found = read_head(directory / CHECKPOINT).get("images")
        except ValueError:
            return None
    return found if isinstance(found, str) else None


def kept_name(directory: Path) -> str | None:
    """Return what the run or the curve in a directory calls its images; None where it has none."""
    for name in (RESULT, CURVE):
        try:
            return str(json.loads((directory / name).read_text())["data"])
        except (OSError, ValueError, LookupError, TypeError):
            continue
    return None
