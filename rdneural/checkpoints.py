"""Checkpoints: every tensor and number that training needs to go on, in one safetensors file.

Numbers travel as JSON in the file's header, so tensors and numbers can never be of two moments, and
nothing is ever unpickled. Files are written beside and renamed.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
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
    """Write a checkpoint, in place of one that is there."""
    header = {"format": str(FORMAT), "numbers": json.dumps(checkpoint.numbers)}
    tensors = {name: t.detach().contiguous().cpu() for name, t in checkpoint.tensors.items()}
    with atomic_path(path, overwrite=True) as temporary:
        save_file(tensors, temporary, metadata=header)


def read_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint back.

    Raises
    ------
    ValueError
        where the file is missing, truncated, no checkpoint of ours, or of another format.
    """
    try:
        with safe_open(path, framework="pt") as stored:
            header = stored.metadata() or {}
            tensors = {name: stored.get_tensor(name) for name in stored.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise ValueError(f"{path} must be a readable checkpoint, got {error}") from error
    if header.get("format") != str(FORMAT):
        raise ValueError(f"{path} must have format {FORMAT}, got {header.get('format')!r}")
    try:
        numbers = json.loads(header["numbers"])
    except (KeyError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} must hold its numbers as JSON, got {error!r}") from error
    return Checkpoint(tensors, numbers)
