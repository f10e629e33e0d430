"""`rdneural.train`: a model of a family, or of own parts, trained and measured."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from rdneural.door.asked import KNOWN, AskedImages, check_names, settings_of
from rdneural.door.given import said_in_python
from rdneural.door.run import Run, load
from rdneural.models.own_parts import found_part
from rdneural.records.begun import gone_on_with, kept_settings
from rdneural.records.layout import CHECKPOINT, RESULT
from rdneural.records.locks import alone_in
from rdneural.records.places import as_place, begun_in, check_own_place, new_place
from rdneural.records.settings import DATASETS, RunSettings
from rdneural.runs.run import PICTURES, check_pictures, refuse_results, run_training
from rdneural.training.options import LoopOptions, say_nothing
from rdtheory.checks import check_number


@said_in_python()
def train(
    data: Any = None,  # noqa: ANN401  (a name, a place, arrays, a data set)
    model: str | None = None,
    *,
    beta: float | None = None,
    target_rate: float | None = None,
    epochs: float | None = None,
    out: str | Path | None = None,
    encoder: Any = None,  # noqa: ANN401  (a name, a class, a function or a module)
    decoder: Any = None,  # noqa: ANN401
    marginal: Any = None,  # noqa: ANN401
    binarise: str | None = None,
    split_seed: int = 0,
    name: str = "images",
    where: str = "auto",
    resume: bool = False,
    overwrite: bool = False,
    pictures: int = PICTURES,
    progress: bool = True,
    on_row: Callable[[Mapping[str, float]], None] | None = None,
    checkpoint_seconds: float = 120.0,
    tell: Callable[[str], None] = say_nothing,
    **settings: Any,  # noqa: ANN401  (other fields of RunSettings)
) -> Run:
    r"""Train a model to minimise D + beta R, or D at a target rate, and measure it.

    R = E log e(z|x) / m(z) and D = E -log d(x|z), in nats per image (Alemi et
    al. 2018, arXiv:1711.00464, equations 5 and 4); encoder, decoder and
    marginal are trained together.

    Parameters
    ----------
    data
        a name (`mnist`, `omniglot`, `mnist5k`, a source such as `bars:4x4`), a
        place (`digits.npy`, a folder of pictures, `faces.py:load`), arrays or
        tensors (N, H, W), a torchvision-like data set, or a tuple of them for
        train, valid and test. `mnist` where None.
    model
        a family: encoder `-` or `+` (IAF), decoder `-` or `+` (PixelCNN++),
        marginal `-`, `+` (MAF) or `v` (VampPrior); or `split:K`, `coarse:S`,
        `bits-:K`, `bits+:K`. `---` where None.
    beta, target_rate
        the slope, or the rate in nats: exactly one of them.
    epochs
        passes over the training images; what the preset recommends where None.
    out
        directory of the run, a new one in `runs` where None. It holds what the
        command leaves.
    encoder, decoder, marginal
        own parts in place of the family's: a class, a function or a module
        (`rdneural.models.own_parts`), a registered name, `module:Class` or
        `file.py:Class`.
    binarise, split_seed, name
        of own images: what makes grey ones binary, the seed of their splits,
        what results call arrays. Grey ones stay grey with another `likelihood`:
        `categorical:L`, `logistic:L` or `normal` (`rdneural.models.pixels`).
    where
        a directory with the files of a published set.
    resume
        go on with the run in `out`, with more `epochs` or as it was; what else
        is given must be what it was begun with.
    overwrite
        replace a run that is there.
    pictures
        reconstructions and generations that are drawn at the end.
    progress, on_row, tell
        whether a bar is shown; called with each row of the history; called with
        lines about what is being done.
    checkpoint_seconds
        what a kill may cost.
    settings
        other fields of `rdneural.records.settings.RunSettings`: `preset`,
        `seed`, `batch`, `learning_rate`, `anneal`, `dropout`, `device` and so
        on.

    Raises
    ------
    TypeError
        where something given is no setting, or no images, or no part.
    ValueError
        where a setting, images or a part are not usable, or training diverges.
    FileExistsError
        where `out` holds a run and neither `resume` nor `overwrite` is asked
        for.

    Notes
    -----
    Interrupted (a notebook's cell, too), it keeps what is done: `resume=True`
    goes on.

    Examples
    --------
    >>> import tempfile, numpy as np
    >>> kinds = np.random.default_rng(0).integers(2, size=99)
    >>> stripes = np.kron(np.eye(2), np.ones((1, 3)))[kinds]
    >>> with tempfile.TemporaryDirectory() as place:
    ...     run = train(
    ...         stripes[:, None], beta=1.0, preset="tiny", epochs=1, out=place
    ...     )
    ...     run.settings.frame, run.finished
    ((1, 6), True)
    """
    check_names(settings)
    given = settings | {
        "model": model, "beta": beta, "target_rate": target_rate, "epochs": epochs,
        "encoder": encoder, "decoder": decoder, "marginal": marginal,
    }  # fmt: skip
    check_pictures(pictures)
    check_number("checkpoint_seconds", checkpoint_seconds, low=0.0)
    if on_row is not None and not callable(on_row):
        raise TypeError(f"on_row must be a function of a row, got {on_row!r}")
    place = None if out is None else as_place(out)
    if resume:
        if place is None:
            raise ValueError("resume needs out, the directory to go on with")
        if overwrite:
            raise ValueError("resume goes on with a run, and overwrite begins anew: give one")
        given = _gone_on_with(place, given)
    elif place is not None:
        check_own_place(place, RESULT)
        refuse_results(place, overwrite=overwrite)
    if data is None and not resume:
        data = "mnist"
    of_images = AskedImages(data, where, binarise, split_seed, name, given.get("likelihood"))
    images: dict[str, Any] = {}
    if data is not None:
        images = of_images.named()
        settings_of(images, given)  # what is wrong is said before anything is left
        place = place or new_place(images["dataset"] if images["dataset"] in DATASETS else "train")
    assert place is not None
    options = LoopOptions(checkpoint_seconds, bar=progress, tell=tell, on_row=on_row)
    with begun_in(place, f"{name}.npz"), alone_in(place):
        if data is not None:
            images = of_images.named(place, overwrite=overwrite)
        return carried_out(
            settings_of(images, given), place, resume=resume, overwrite=overwrite,
            pictures=pictures, options=options,
        )  # fmt: skip


def _gone_on_with(place: Path, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is given now of a run's settings, else what it was begun with."""
    if not any((place / name).exists() for name in (CHECKPOINT, RESULT)):
        raise ValueError(f"out must be the directory of a run to go on with, got {place}")
    kept = {name: value for name, value in kept_settings(place).items() if name in KNOWN}
    said = [name for name, value in given.items() if value is not None]
    return gone_on_with(kept, given, [*said, "device"])


def carried_out(
    asked: RunSettings,
    place: Path,
    *,
    resume: bool = False,
    overwrite: bool = False,
    pictures: int = PICTURES,
    options: LoopOptions,
) -> Run:
    """Train as the settings say in a directory that is held; return the run.

    It is what `train` and the commands do once they know what is asked.
    """
    for part, where in asked.own_parts.items():
        found_part(part, where)
    try:
        run_training(
            asked, place, resume=resume, overwrite=overwrite, pictures=pictures, options=options
        )
    except KeyboardInterrupt as interrupt:
        if (place / CHECKPOINT).exists():
            interrupt.add_note(
                f"what is done is in {place}: go on with rdneural.train(out={str(place)!r}, "
                "resume=True)"
            )
        raise
    return load(place)
