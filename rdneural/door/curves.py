"""`rdneural.curve`: one model trained for every slope, and its whole curve measured."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from rdneural.door.asked import AskedImages, check_names
from rdneural.door.given import check_given, numbers_of, said_in_python
from rdneural.door.run import Run, load
from rdneural.door.shown import html_of, lines_of, table_of
from rdneural.records.curves import HIGH, LOW, CurveSettings, check_betas
from rdneural.records.layout import CURVE
from rdneural.records.locks import alone_in
from rdneural.records.places import as_place, begun_in, check_own_place, kind_of, new_place
from rdneural.records.zoo import found_place
from rdneural.runs.curve import run_curve
from rdneural.runs.handing_on import OF_HANDING_ON, hand_on
from rdneural.runs.stored import read_points
from rdneural.sweeps.curves import rows_of
from rdneural.training.curve import make_settings
from rdneural.training.options import LoopOptions, say_nothing
from rdtheory.results import result_head, write_json

OF_CURVES = ("slopes", "power", "widening")
"""Settings that a curve has besides those of a run (`rdneural.records.curves`)."""

OF_A_SLOPE = {"beta": "betas", "target_rate": "target_rates"}
"""Settings of a run that a curve has several of, and how they are given."""


@dataclass(frozen=True)
class Curve:
    """A conditioned model's curve: its directory, and the content of `curve.json`.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import rdneural as rn
    >>> rows = np.eye(2)[np.arange(60) % 2][:, None]
    >>> with tempfile.TemporaryDirectory() as place:
    ...     found = rn.curve(rows, betas=1, preset="tiny", epochs=1, out=place)
    ...     found.result["model"], len(rn.load_curve(place).points)
    ('---', 1)
    """

    place: Path
    result: Mapping[str, Any] = field(repr=False)

    @property
    def points(self) -> Any:  # noqa: ANN401
        """R, D and R + D with errors at each slope; a DataFrame with pandas."""
        return table_of(rows_of(self.place.name, self.result))

    def at(self, beta: float) -> Run:
        """Return the model at a slope, as a run: to sample, measure or encode."""
        return load(self.place, beta=beta)

    @said_in_python()
    def export(self, place: str | Path, *, overwrite: bool = False, **measured: Any) -> "Curve":  # noqa: ANN401
        """Leave a small copy of the curve, to hand on, as `Run.export` does."""
        place = as_place(place, "place")
        check_given(measured, ("place", "overwrite", *OF_HANDING_ON), of="export")
        with alone_in(place):
            hand_on(self.place, place, overwrite=overwrite, **measured)
        return load_curve(place)

    def plot(self) -> Any:  # noqa: ANN401  (a figure of matplotlib)
        """Return a figure of the curve."""
        return import_module("figures.curve").figure_of(self.place)

    def __repr__(self) -> str:
        """Return a line for each slope."""
        return "\n".join(lines_of(self._summary()))

    def _repr_html_(self) -> str:
        return html_of(self._summary())

    def _summary(self) -> dict[str, str]:
        head = {"curve": str(self.place), "model": self.result["model"]}
        return head | {
            f"beta {point['beta']:.3g}": (
                f"R {point['test']['rate']:.2f}, D {point['test']['distortion']:.2f}, "
                f"R + D {point['test']['elbo']:.2f} nats"
            )
            for point in self.result["points"]
        }


@said_in_python()
def curve(
    data: Any = "mnist",  # noqa: ANN401  (as of `train`)
    model: str = "---",
    *,
    betas: float | Iterable[float] = (0.1, 0.3, 1.0, 3.0, 10.0),
    target_rates: float | Iterable[float] = (),
    range: tuple[float, float] = (LOW, HIGH),
    against: str | Path | None = None,
    test_images: int | None = None,
    out: str | Path | None = None,
    binarise: str | None = None,
    split_seed: int = 0,
    name: str = "images",
    where: str = "auto",
    resume: bool = False,
    overwrite: bool = False,
    progress: bool = True,
    tell: Callable[[str], None] = say_nothing,
    **settings: Any,  # noqa: ANN401  (of a run, and OF_CURVES)
) -> Curve:
    """Train one model for every slope in a range, and measure its R and D.

    The model is told the slope beta; for each it minimises D + beta R, in nats
    per image.

    Source: Bae et al. (2023), arXiv:2212.03905, for networks that are told the
    slope.

    Parameters
    ----------
    data, model, out, binarise, split_seed, name, where, resume, overwrite,
        progress, tell as of `rdneural.train`; the model must be one of the
        twelve families.
    betas, target_rates
        slopes at which it is measured, and rates whose slopes are sought.
    range
        slopes that training sees.
    against
        the table of a sweep, to compare with.
    test_images
        test images measured; all where None.
    settings
        as of `rdneural.train`, and `slopes`, `power`, `widening`.

    Raises
    ------
    TypeError, ValueError, FileExistsError
        as `rdneural.train` does.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import rdneural as rn
    >>> rows = np.eye(2)[np.arange(60) % 2][:, None]
    >>> asked = {"preset": "tiny", "epochs": 1, "betas": [0.5, 1.0]}
    >>> with tempfile.TemporaryDirectory() as place:
    ...     found = rn.curve(rows, out=place, **asked)
    ...     len(found.points)
    2
    """
    check_names({"model": model, **settings}, more=OF_CURVES, instead=OF_A_SLOPE)
    low, high = range
    slopes, rates = numbers_of("betas", betas), numbers_of("target_rates", target_rates)
    place = None if out is None else as_place(out)
    if place is not None:
        check_own_place(place, CURVE)
    given = {"preset": "auto", "device": "auto", "precision": "auto"} | settings
    images = AskedImages(data, where, binarise, split_seed, name, settings.get("likelihood"))
    check_betas(slopes, low, high)
    given |= {"low": low, "high": high, "model": model}
    make_settings(**images.named(), **given)
    place = place or new_place("curve")
    measured = {
        "betas": slopes, "target_rates": rates,
        "test_images": test_images, "against": None if against is None else str(against),
    }  # fmt: skip
    with begun_in(place, f"{name}.npz"), alone_in(place):
        asked = make_settings(**images.named(place, overwrite=overwrite), **given)
        return carried_out(
            asked, place, measured, resume=resume, overwrite=overwrite,
            options=LoopOptions(bar=progress, tell=tell),
        )  # fmt: skip


def carried_out(
    asked: CurveSettings,
    place: Path,
    measured: Mapping[str, Any],
    *,
    resume: bool = False,
    overwrite: bool = False,
    options: LoopOptions,
) -> Curve:
    """Train a curve in a directory that is held, measure it and leave `curve.json`.

    `measured` says where: `betas`, `target_rates`, `test_images` and `against`. It is what `curve`
    and the command do once they know what is asked.
    """
    against = measured["against"]
    found = run_curve(
        asked, place, **{**measured, "against": None if against is None else Path(against)},
        resume=resume, overwrite=overwrite, options=options,
    )  # fmt: skip
    head = result_head(
        "curve", settings=asked.as_dict() | dict(measured), seed=asked.run.seed,
        seconds=found["seconds"],
    )  # fmt: skip
    write_json(place / CURVE, head | found, overwrite=overwrite or resume)
    return Curve(place, head | found)


@said_in_python()
def load_curve(place: str | Path) -> Curve:
    """Read a measured curve from its directory, or from the zoo by its name.

    `ValueError` where none is.

    Examples
    --------
    >>> import rdneural as rn
    >>> rn.load_curve("nowhere")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: nowhere/curve.json must be a readable result file, got ...
    """
    place = found_place(place)
    kind = kind_of(place)
    if kind is not None and not (place / CURVE).exists():
        raise ValueError(f"{place} must be the directory of a curve, got that of {kind}")
    return Curve(place, read_points(place))
