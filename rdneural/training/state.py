"""Everything that training needs to go on: written to a checkpoint and read back."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import torch
from torch import Tensor

from rdneural.models.refinement import BUFFER
from rdneural.records.layout import CHECKPOINT, HISTORY, HISTORY_FILE
from rdneural.records.sameness import check_same_settings
from rdneural.records.settings import RunSettings
from rdneural.training.averaging import WeightAverage, copy_into
from rdneural.training.checkpoints import (
    Checkpoint,
    check_goes_on,
    read_checkpoint,
    read_numbers,
    write_checkpoint,
)
from rdneural.training.objectives import Objective
from rdtheory.results import write_rows


@dataclass
class Progress:
    """How far a run has come."""

    step: int = 0
    seconds: float = 0.0
    training_seconds: float = 0.0
    sums: list[float] = field(default_factory=lambda: [0.0] * 4)  # rate, distortion, norm; steps
    history: list[dict[str, float]] = field(default_factory=list)
    best_loss: float | None = None
    validations_since_best: int = 0
    forgiven: int = 0  # those of them that patience does not count, since it was given anew
    stopped_early: bool = False


@dataclass
class TrainingState:
    """A run between two steps.

    `images` is the digest of the training images, so that a run is never resumed on others; `best`
    are the averaged weights of the best validation, where that matters.
    """

    settings: RunSettings
    images: str
    average: WeightAverage
    optimisers: Sequence[torch.optim.Optimizer]
    objective: Objective
    progress: Progress = field(default_factory=Progress)
    best: dict[str, Tensor] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        """Write a checkpoint, in place of one that is there."""
        weights = self.average.weights
        tensors = {f"weights/{name}": tensor for name, tensor in weights.items()}
        tensors |= {f"average/{name}": t for name, t in self.average.averages.items()}
        tensors |= {f"best/{name}": tensor for name, tensor in self.best.items()}
        for name, weight in weights.items():
            for key, value in self._state_of(weight).items():
                tensors[f"adam.{key}/{name}"] = value
        numbers = {
            "settings": self.settings.as_dict(),
            "images": self.images,
            "objective": self.objective.state(),
            "progress": asdict(self.progress),
        }
        write_checkpoint(path, Checkpoint(tensors, numbers))

    def _state_of(self, weight: Tensor) -> dict[str, Tensor]:
        """Return what the optimiser of a weight keeps of it, to read or to write."""
        for optimiser in self.optimisers:
            if any(weight is each for group in optimiser.param_groups for each in group["params"]):
                state: dict[str, Tensor] = optimiser.state[weight]
                return state
        return {}

    def restore(self, path: Path, *, steps: int) -> None:
        """Go on from a checkpoint, up to so many steps in all.

        They may be more than it was begun with: its epochs are no part of what must be the same. A
        run that ran out of patience then has all of it again.

        Raises
        ------
        ValueError
            where it is missing, broken, of other settings or images, or has made more steps.
        """
        stored = read_checkpoint(path)
        images = stored.numbers.get("images")  # the earliest have none: their place says it
        kept = settings_of(stored, path)
        check_same_settings(
            kept.as_dict() | {"epochs": self.settings.epochs}, self.settings.as_dict(), path,
            by_content=images is not None,
        )  # fmt: skip
        if images not in (None, self.images):
            raise ValueError(
                f"data must hold the images of {path} to resume, got other images in "
                f"{self.settings.data}"
            )
        check_goes_on(path)
        weights = self.average.weights
        copy_into(weights, stored.group("weights"))
        copy_into(self.average.averages, stored.group("average"))
        try:
            for key in ("step", "exp_avg", "exp_avg_sq", "momentum"):
                for name, value in stored.group(f"adam.{key}").items():
                    weight = weights[name]
                    if key != "step":  # laid out in memory as the weight: the fused Adam expects it
                        value = torch.empty_like(weight).copy_(value)
                    self._state_of(weight)[key] = value.to(weight.device)
            self.objective.restore(stored.numbers["objective"])
            for name, value in stored.numbers["progress"].items():
                setattr(self.progress, name, value)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path} must hold the state of a run, got {error!r}") from error
        if self.progress.step > steps:
            raise ValueError(
                f"epochs must be at least those that {path} has behind it, "
                f"{self.progress.step} steps, got {self.settings.epochs:g}, {steps} steps"
            )
        if self.settings.epochs > kept.epochs and self.progress.stopped_early:
            self.progress.stopped_early = False
            self.progress.forgiven = self.progress.validations_since_best
        self.best = {k: v.to(self.settings.device) for k, v in stored.group("best").items()}
        if self.progress.step < steps:  # a refinement is settled anew when all steps are made
            for weights in (self.average.averages, self.best):
                for name, value in weights.items():
                    if name.endswith(f".{BUFFER}"):
                        value.zero_()


def write_history(place: Path, history: Sequence[Mapping[str, float]]) -> None:
    """Write `history.csv` in a run's directory, in place of one that is there."""
    write_rows(place / HISTORY_FILE, HISTORY, history, overwrite=True)


def checkpoint_step(place: Path) -> int:
    """Return the steps that the checkpoint in a run's directory has made, 0 where there is none.

    Raises
    ------
    ValueError
        where the checkpoint is broken.
    """
    path = place / CHECKPOINT
    if not path.exists():
        return 0
    try:
        return int(read_numbers(path)["progress"]["step"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path} must hold the state of a run, got {error!r}") from error


def settings_of(stored: Checkpoint, path: Path) -> RunSettings:
    """Return the settings that a checkpoint holds, or raise `ValueError`."""
    try:
        return RunSettings(**stored.numbers["settings"])
    except (KeyError, TypeError) as error:
        raise ValueError(f"{path} must hold the settings of a run, got {error!r}") from error
