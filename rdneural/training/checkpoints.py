"""Checkpoints: every tensor and number that training needs to go on, in one safetensors file.

Numbers travel as JSON in the file's header, so tensors and numbers can never be of two moments, and
nothing is ever unpickled. Files are written beside and renamed; a digest of the content tells
where a disk changed a bit of it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from rdtheory.results import atomic_path

FORMAT = 1
"""Version of the layout; a reader refuses any other."""


@dataclass(frozen=True)
class Checkpoint:
    """Named tensors, and numbers that JSON can hold."""

    tensors: dict[str, Tensor]
    numbers: dict[str, Any]

    def group(self, prefix: str) -> dict[str, Tensor]:
        """Return the tensors whose names begin with `prefix` and a slash, without it."""
        start = f"{prefix}/"
        return {k.removeprefix(start): v for k, v in self.tensors.items() if k.startswith(start)}


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint, in place of one that is there.

    Raises
    ------
    OSError
        where it cannot be written, as on a full disk; one that was there stays.
    """
    tensors = {name: t.detach().contiguous().cpu() for name, t in checkpoint.tensors.items()}
    numbers = json.dumps(checkpoint.numbers)
    header = {"format": str(FORMAT), "numbers": numbers, "sha256": _digest(tensors, numbers)}
    with atomic_path(path, overwrite=True) as temporary:
        temporary.write_bytes(save(tensors, metadata=header))


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint back.

    Raises
    ------
    ValueError
        where the file is missing, truncated, changed, no checkpoint of ours, or of another format.
    """
    numbers = read_numbers(path)
    try:
        with safe_open(path, framework="pt") as stored:
            header = stored.metadata()
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise ValueError(f"{path} must be a readable checkpoint, got {error}") from error
    kept = header.get("sha256")  # earlier ones have none
    if kept is not None and kept != _digest(tensors, header["numbers"]):
        raise ValueError(f"{path} must hold what was written, got other bytes")
    return Checkpoint(tensors, numbers)


def read_numbers(path: Path) -> dict[str, Any]:
    """Read the numbers of a checkpoint alone, which is quick; raises as `read_checkpoint` does."""
    try:
        with safe_open(path, framework="pt") as stored:
            header = stored.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise ValueError(f"{path} must be a readable checkpoint, got {error}") from error
    if header.get("format") != str(FORMAT):
        raise ValueError(f"{path} must have format {FORMAT}, got {header.get('format')!r}")
    try:
        numbers: dict[str, Any] = json.loads(header["numbers"])
    except (KeyError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} must hold its numbers as JSON, got {error!r}") from error
    return numbers


def has_weights_alone(path: Path) -> bool:
    """Return whether a checkpoint has no state of a training; False where it cannot be read."""
    try:
        with safe_open(path, framework="pt") as stored:
            return not any(name.startswith("weights/") for name in stored.keys())  # noqa: SIM118
    except (OSError, SafetensorError):
        return False


def check_goes_on(path: Path) -> None:
    """Raise `ValueError` where a checkpoint has weights alone, from which training cannot go on.

    What is missing or cannot be read is left to who reads it.
    """
    if has_weights_alone(path):
        raise ValueError(f"{path} must hold the state of a training, got weights alone")


def digest_of_weights(weights: Mapping[str, Tensor]) -> str:
    """Return the SHA-256 of named tensors, by which a result knows the model it is of."""
    return _digest({name: tensor.detach().cpu() for name, tensor in weights.items()}, "")


def _digest(tensors: Mapping[str, Tensor], numbers: str) -> str:
    digest = hashlib.sha256(numbers.encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(name.encode())
        digest.update(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
