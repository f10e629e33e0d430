"""Usefulness of what finished trainings hold: a table with a row for each model.

A row that is there already is kept, so that a table grows with its sweep. It is kept only if it is
of the same checkpoint and of the same counts, labels and seed; a row of others is in the way, and
is replaced only where that is asked for.
"""

import hashlib
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rdneural.data.labels import (
    KINDS,
    LabelledImages,
    kind_of_file,
    labelled_own,
    labelled_source,
    load_labelled,
)
from rdneural.measures.classifier import Classifier, train_classifier
from rdneural.measures.estimates import columns_of
from rdneural.measures.usefulness import Baselines, Usefulness, baselines_of, usefulness_of
from rdneural.models.build import LatentModel
from rdneural.records.own import LATER_OF_OWN, OWN
from rdneural.records.settings import RunSettings
from rdneural.runs.stored import elsewhere
from rdneural.runs.subjects import Subject
from rdneural.theory.classes import class_information
from rdtheory.checks import check_count, check_seed
from rdtheory.results import read_rows, write_rows
from rdtheory.sources.image_classes import image_classes

TEXTS = (
    "run", "data", "model", "preset", "labelled", "labels", "counts", "warning", "checkpoint",
)  # fmt: skip
EXACT = ("class_information", "class_information_se")
"""I(Y; Z) of a source that can be enumerated, and its error; of other data empty."""
OPTIONAL = (
    "counts", "label_nats", "label_nats_se", "drawn_label_nats", "drawn_label_nats_se",
    "label_entropy", "pixels_label_nats", "pixels_label_nats_se", *EXACT,
)  # fmt: skip
"""Columns that tables of before November (the first) or December 2026 lack."""
ASKED = ("checkpoint", "labels", "images_asked", "reconstructions_asked", "seed")
"""What a row must share with what is asked for to be kept."""

COLUMNS = (
    "run", "data", "model", "preset", "beta", "target_rate", "final_beta", "epochs",
    "labelled", "labels", "warning", *columns_of(Usefulness), *EXACT, *columns_of(Baselines),
    "images_asked", "reconstructions_asked", "seed", "checkpoint",
)  # fmt: skip

Row = dict[str, Any]


@dataclass(frozen=True)
class UsefulnessOptions:
    """How runs are measured: the options of `usefulness_of`, labels, data and device."""

    labels: str = "auto"
    images: int | None = None
    reconstructions: int | None = None
    data: str | None = None
    binarise: str | None = None
    split_seed: int | None = None
    device: str = "auto"
    seed: int = 0


def measure_runs(
    subjects: Mapping[str, Subject],
    table: Path,
    asked: UsefulnessOptions,
    *,
    overwrite: bool = False,
    progress: Callable[[float], None] = lambda share: None,
) -> dict[str, Any]:
    """Measure the usefulness of models; write a row for each into a table, as soon as it is found.

    Parameters
    ----------
    subjects : models by name (`rdneural.runs.subjects.find_subjects`)
    table : path of the CSV; rows of others in it stay
    asked : how they are measured
    overwrite : measure again what has a row already
    progress : called with the share of the work that is done since the call before

    Returns
    -------
    dict
        `rows`, those of `subjects` in their order, and the names `measured` and `kept`.

    Raises
    ------
    FileExistsError
        where a row is of another checkpoint, or of other counts, labels or seed.
    ValueError
        where a run, the table, data or a number is not usable.
    """
    check_seed(asked.seed)
    for name in ("images", "reconstructions"):
        if getattr(asked, name) is not None:
            check_count(name, getattr(asked, name))
    rows = _rows(table)
    files = {path: _digest(path) for path in {subject.checkpoint for subject in subjects.values()}}
    digests = {name: files[subject.checkpoint] for name, subject in subjects.items()}
    waiting = []
    for name in subjects:
        if name not in rows or overwrite:
            waiting.append(name)
        else:
            _check_row(table, rows[name], asked, digests[name])
    bench = _Bench(asked)
    for name in waiting:
        row = bench.row(name, subjects[name]) | {"checkpoint": digests[name]}
        rows = _rows(table) | {name: row}  # read again: another process may have added to it
        write_rows(table, COLUMNS, rows.values(), overwrite=True)
        progress(1 / len(waiting))
    return {
        "rows": [rows[name] for name in subjects],
        "measured": waiting,
        "kept": [name for name in subjects if name not in waiting],
    }


def read_table(path: Path) -> list[Row]:
    """Read the rows of a table that `measure_runs` wrote; `ValueError` where it is broken."""
    return read_rows(path, COLUMNS, texts=TEXTS, optional=OPTIONAL)


class _Bench:
    """What several runs are measured with: labelled images, a classifier and baselines."""

    def __init__(self, asked: UsefulnessOptions) -> None:
        self.asked = asked
        self.known: dict[Hashable, tuple[LabelledImages, Classifier, Baselines]] = {}

    def row(self, name: str, subject: Subject) -> Row:
        """Measure a model."""
        asked = self.asked
        result, model, settings = subject.load()
        settings = elsewhere(
            settings, data=asked.data, device=asked.device, binarise=asked.binarise,
            split_seed=asked.split_seed,
        )  # fmt: skip
        labelled, classifier, baselines = self._of(settings)
        found = usefulness_of(
            model.to(settings.device), settings, labelled, classifier, images=asked.images,
            reconstructions=asked.reconstructions, seed=asked.seed,
        )  # fmt: skip
        return {
            "run": name,
            "data": result["data"],
            **{k: result[k] for k in ("model", "preset", "beta", "target_rate", "final_beta")},
            "epochs": result["epochs"],
            "labelled": labelled.images.name,
            "warning": labelled.images.warning,
            **found.as_dict(),
            **_exact(model, settings, seed=asked.seed),
            **baselines.as_dict(),
            "labels": labelled.kind,
            "images_asked": asked.images,
            "reconstructions_asked": asked.reconstructions,
            "seed": asked.seed,
        }

    def _of(self, settings: RunSettings) -> tuple[LabelledImages, Classifier, Baselines]:
        of_own = {name: getattr(settings, name) for name in LATER_OF_OWN}
        key = settings.dataset, settings.data, settings.sizes.side, *of_own.values()
        if key not in self.known:
            if settings.dataset == OWN:
                labelled = labelled_own(settings.data, self.asked.labels, **of_own)
            elif settings.source is not None:
                labelled = _of_source(settings, self.asked.labels)
            else:
                labelled = load_labelled(settings.dataset, settings.data, self.asked.labels)
                labelled = labelled.downsampled(settings.sizes.side)
            classifier = train_classifier(labelled, seed=self.asked.seed)
            self.known[key] = labelled, classifier, baselines_of(labelled, classifier)
        return self.known[key]


def _of_source(settings: RunSettings, labels: str) -> LabelledImages:
    if labels not in ("auto", "class"):
        raise ValueError(f"labels of a source must be class, got {labels!r}")
    return labelled_source(settings.dataset, settings.sizes.side)


def _exact(model: LatentModel, settings: RunSettings, *, seed: int) -> Mapping[str, float | None]:
    """Return what codes tell of the class of a source that can be enumerated."""
    source = settings.source
    if source is None:
        return dict.fromkeys(EXACT)
    found = class_information(model, source, image_classes(source).posterior, seed=seed)
    return found.as_dict(EXACT[0])


def _rows(table: Path) -> dict[str, Row]:
    return {row["run"]: row for row in read_table(table)} if table.exists() else {}


def _check_row(table: Path, row: Row, asked: UsefulnessOptions, digest: str) -> None:
    wanted = {
        "checkpoint": digest, "labels": asked.labels, "images_asked": asked.images,
        "reconstructions_asked": asked.reconstructions, "seed": asked.seed,
    }  # fmt: skip
    if asked.labels == "auto":
        wanted["labels"] = row["labels"]
    elif asked.labels not in KINDS:
        wanted["labels"] = kind_of_file(asked.labels)
    for name in ASKED:
        if row[name] != wanted[name]:
            raise FileExistsError(
                f"{table} has {row['run']} with {name} {row[name]} and not {wanted[name]}: choose "
                "another place or pass --overwrite"
            )


def _digest(path: Path) -> str:
    """Return the beginning of the SHA-256 of a file, enough to tell checkpoints apart."""
    with path.open("rb") as stream:
        return "sha256:" + hashlib.file_digest(stream, "sha256").hexdigest()[:16]
