"""A run in Python: what it found, and its model, ready to use."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rdneural.data.greys import binary
from rdneural.door.given import check_given, said_in_python
from rdneural.door.pictures import Images, codes_in, images_in
from rdneural.door.shown import html_of, lines_of, table_of
from rdneural.door.terms import Terms, terms_in
from rdneural.machine.seeding import mixed_seed, seeded
from rdneural.measures.estimates import Estimate
from rdneural.measures.rates import measure
from rdneural.models.build import LatentModel
from rdneural.models.own_parts import stand_for
from rdneural.records.asked import outcome_of_result
from rdneural.records.identity import read_head
from rdneural.records.layout import (
    CHECKPOINT,
    CURVE,
    HISTORY,
    HISTORY_FILE,
    LOCK,
    RESULT,
    SAMPLES,
    SPLITS,
)
from rdneural.records.likelihoods import BERNOULLI
from rdneural.records.locks import alone_in
from rdneural.records.names import PARTS
from rdneural.records.own import check_binarise, rule_for
from rdneural.records.places import as_place
from rdneural.records.settings import RunSettings
from rdneural.records.zoo import found_place
from rdneural.runs.handing_on import OF_HANDING_ON, hand_on
from rdneural.runs.information import Effort, describe_run
from rdneural.runs.stored import images_of, read_run, unfinished
from rdtheory.checks import check_choice, check_count, check_number, check_seed
from rdtheory.results import read_rows

EFFORT = tuple(field.name for field in fields(Effort))

FILES = {"curves": HISTORY_FILE, "samples": SAMPLES}
"""What they are drawn of."""

FIGURES = {"curves": "curves", "samples": "samples"}
"""What can be plotted of a run, and the modules of `figures` that draw it."""


@dataclass(frozen=True)
class Run:
    """A trained model, what it was asked, and what was measured of it.

    It is read from its directory, which holds all there is of it; one that was
    stopped early has a model and a history, and nothing measured yet.

    Attributes
    ----------
    place
        the directory.
    result
        the content of `run.json`; of an unfinished run what is known of it.
    settings
        what was asked for.
    model
        on the CPU, in evaluation mode.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import rdneural as rn
    >>> rows = np.eye(2)[np.arange(60) % 2][:, None]
    >>> with tempfile.TemporaryDirectory() as place:
    ...     run = rn.train(rows, beta=1.0, preset="tiny", epochs=1, out=place)
    ...     run.model.family, run.rate.value >= 0, run.sample(3).shape
    ('---', True, (3, 1, 2))
    """

    place: Path
    result: Mapping[str, Any] = field(repr=False)
    settings: RunSettings
    model: LatentModel = field(repr=False)

    # -- what was found ----------------------------------------------------------------------------

    @property
    def finished(self) -> bool:
        """Whether it was trained to its end."""
        return self.of_curve or all(split in self.result for split in SPLITS)

    @property
    def of_curve(self) -> bool:
        """Whether it is a curve's model at a slope: it is measured at some."""
        return (self.place / CURVE).exists()

    @property
    def slope(self) -> float | None:
        """Of a curve, the slope at which it was loaded; None of a run."""
        return self.settings.beta if self.of_curve else None

    def split(self, name: str) -> Terms:
        """Return what was measured of `train`, `valid` or `test` at the end."""
        check_choice("split", name, SPLITS)
        if name in self.result:
            return terms_in(self.result[name])
        if self.of_curve:
            raise ValueError(
                f"{self.place} must have measured {name} at beta {self.settings.beta:g}, got none: "
                "use measure"
            )
        raise ValueError(
            f"{self.place} must be a finished run, got one that was stopped early: use measure, "
            "or train it on with resume=True"
        )

    @property
    def train(self) -> Terms:
        """R, D and R + D of training images."""
        return self.split("train")

    @property
    def valid(self) -> Terms:
        """R, D and R + D of validation images."""
        return self.split("valid")

    @property
    def test(self) -> Terms:
        """R, D and R + D of test images."""
        return self.split("test")

    @property
    def rate(self) -> Estimate:
        """R of the test images, in nats."""
        return self.test.rate

    @property
    def distortion(self) -> Estimate:
        """D of the test images, in nats."""
        return self.test.distortion

    @property
    def elbo(self) -> Estimate:
        """R + D of the test images, in nats: minus the ELBO."""
        return self.test.elbo

    @property
    def final_beta(self) -> float | None:
        """The slope that training ended with; None where it is not known yet."""
        slope: float | None = self.result.get("final_beta")
        return slope

    @property
    def history(self) -> Any:  # noqa: ANN401
        """The rows of `history.csv`: a DataFrame with pandas, else a list."""
        return table_of(read_rows(self.place / HISTORY_FILE, HISTORY))

    # -- what the model does -----------------------------------------------------------------------

    def encode(self, images: Images, *, seed: int | None = None) -> npt.NDArray[np.float32]:
        """Return codes (N, dim): of greatest density, or drawn with a seed."""
        with torch.no_grad(), seeded(0 if seed is None else check_seed(seed)):
            codes = self.model.encoder(self._canvas(images))
            z: Tensor = codes.mode() if seed is None else codes.rsample_with_log_prob()[0]
        return z.float().numpy()

    def decode(self, codes: Any, *, seed: int = 0) -> npt.NDArray[np.float32]:  # noqa: ANN401
        """Return an image x ~ d(x|z) of each code (N, dim), as (N, H, W)."""
        z = torch.from_numpy(codes_in(codes, self._dim)).to(torch.get_default_dtype())
        with torch.no_grad(), seeded(check_seed(seed)):
            return self._frame(self.model.decoder(z).sample())

    def reconstruct(self, images: Images, *, seed: int = 0) -> npt.NDArray[np.float32]:
        """Return an image x' ~ d(x'|z), z ~ e(z|x), of each image, (N, H, W)."""
        return self.decode(self.encode(images, seed=mixed_seed(seed, "codes")), seed=seed)

    def sample(self, count: int = 10, *, seed: int = 0) -> npt.NDArray[np.float32]:
        """Return images x ~ d(x|z), z ~ m(z), as (count, H, W)."""
        check_count("count", count)
        with torch.no_grad(), seeded(mixed_seed(check_seed(seed), "codes")):
            z = self.model.marginal(self.model.encoder).sample(count).reshape(count, -1)
        return self.decode(z.float(), seed=seed)

    def measure(
        self, images: Images, *, binarise: str | None = None, samples: int = 1, seed: int = 0
    ) -> Terms:
        """Measure R and D of other images, with `samples` codes each.

        Where the run's images are binary, grey ones are made so by a rule: that
        of the run, `settings.binarise`, or another.
        """
        x = self._canvas(images, binarise)
        grey = x[(x != 0) & (x != 1)]
        if self.settings.likelihood == BERNOULLI and len(grey):
            rule = self.settings.binarise or "threshold:0.5"
            raise ValueError(
                f"images must be of zeros and ones to be measured, got {grey[0]:g}: give "
                f"binarise, such as {rule!r}"
            )
        # images that were drawn with the plain seed would share their noise with codes
        found = measure(
            self.model, x, samples=check_count("samples", samples),
            seed=mixed_seed(check_seed(seed), "measure"),
        )  # fmt: skip
        return terms_in(found.as_dict())

    @said_in_python()
    def information(self, *, seed: int = 0, **effort: Any) -> dict[str, Any]:  # noqa: ANN401
        """Bound what the code tells, and what encoder and marginal cost.

        It is the content of `information.json`: see
        `rdneural.runs.information.describe_run`, and `Effort` there for what
        can be given.
        """
        check_given(effort, (*EFFORT, "seed"), of="information")
        return describe_run(
            self.place, effort=Effort(**effort), beta=self.slope, device="cpu", seed=seed
        )

    # -- to look at and to keep --------------------------------------------------------------------

    def plot(self, what: str = "curves") -> Any:  # noqa: ANN401  (a figure of matplotlib)
        """Return a figure: `curves` of the training, or `samples` of the model."""
        name = FIGURES[check_choice("what", what, tuple(FIGURES))]
        # pictures are drawn from files, by a room above this one that may not be there
        if not (self.place / FILES[what]).exists():
            raise ValueError(f"{self.place} must have {FILES[what]} to be plotted, got none there")
        return import_module(f"figures.{name}").figure_of(self.place)

    def save(self, place: str | Path, *, overwrite: bool = False) -> "Run":
        """Copy the run's directory to another place; return the run there."""
        place = as_place(place, "place")
        if place.exists() and any(place.iterdir()) and not overwrite:
            raise FileExistsError(f"{place} exists: choose another place or overwrite=True")
        shutil.copytree(
            self.place, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns(LOCK, ".*")
        )
        return load(place, beta=self.slope)

    @said_in_python()
    def export(self, place: str | Path, *, overwrite: bool = False, **measured: Any) -> "Run":  # noqa: ANN401
        """Leave a small copy of a finished run, to hand on: seven bits a weight.

        R and D are measured anew, of the weights as they are in it; training
        cannot go on from it. `measured` is what
        `rdneural.runs.handing_on.hand_on` takes besides: `test_images`, `data`.
        """
        place = as_place(place, "place")
        check_given(measured, ("place", "overwrite", *OF_HANDING_ON), of="export")
        with alone_in(place):
            hand_on(self.place, place, overwrite=overwrite, **measured)
        return load(place, beta=self.slope)

    def __repr__(self) -> str:
        """Return a few lines."""
        return "\n".join(lines_of(self._summary))

    def _repr_html_(self) -> str:
        """Return a table, for notebooks."""
        return html_of(self._summary)

    @cached_property
    def _summary(self) -> dict[str, Any]:
        parts = [f"{part} {where}" for part, where in self.settings.own_parts.items()]
        model = f"{self.model.family} ({self.settings.preset})"
        name = str(self.result.get("data", self.settings.dataset))
        found = {"run": str(self.place), "model": ", ".join([model, *parts]), "data": name}
        found["asked"] = f"{self._asked}{self._reached}"
        if not self.finished:
            return found | {"state": "stopped early: go on with resume=True"}
        found |= {split: repr(self.split(split)) for split in SPLITS if split in self.result}
        if self.result.get("warning"):
            found["note"] = self.result["warning"].removeprefix(f"{name}: ")
        return found

    @property
    def _asked(self) -> str:
        rate = self.settings.target_rate
        return f"beta {self.settings.beta:g}" if rate is None else f"R = {rate:g} nats"

    @property
    def _reached(self) -> str:
        """What came of a rate that was asked for, which only a measurement tells."""
        if self.settings.target_rate is None or not self.finished:
            return ""
        outcome = outcome_of_result(self.result)
        if not outcome["target_met"]:
            return f", missed by {outcome['target_miss']:+.2f} nats on test images"
        return ", met" if self.final_beta is None else f", met at beta {self.final_beta:.3g}"

    # -- images ------------------------------------------------------------------------------------

    @cached_property
    def _dim(self) -> int:
        side = self.model.sizes.side
        with torch.no_grad(), seeded(0):
            return int(self.model.encoder(torch.zeros(1, 1, side, side)).mode().shape[1])

    def _canvas(self, images: Images, binarise: str | None = None) -> Tensor:
        """Return images as networks see them, (N, 1, side, side)."""
        height, width = self.model.sizes.shape
        x = images_in(images, (height, width))
        if binarise is not None:
            rule_for(self.settings.likelihood, check_binarise(binarise))
            x = binary("images", {"test": x}, binarise)["test"]
        canvas = torch.from_numpy(x)[:, None].to(torch.get_default_dtype())
        side = self.model.sizes.side
        return torch.nn.functional.pad(canvas, (0, side - width, 0, side - height))

    def _frame(self, x: Tensor) -> npt.NDArray[np.float32]:
        height, width = self.model.sizes.shape
        return x[:, 0, :height, :width].float().numpy()


@said_in_python()
def load(
    place: str | Path,
    *,
    beta: float | None = None,
    encoder: Any = None,  # noqa: ANN401  (a class, a function or a module)
    decoder: Any = None,  # noqa: ANN401
    marginal: Any = None,  # noqa: ANN401
) -> Run:
    """Read a run, finished or stopped early, or a curve at a slope.

    `place` is its directory, or `zoo:NAME`: a model that comes with the project
    (`rdneural.zoo`). `beta` is the slope of a curve, 1 where None. An own part
    is found where it was, by module or file. One that was defined in a notebook
    or in a script has no such place, and is given again.

    Raises
    ------
    ValueError
        where there is none, it is broken, an own part cannot be imported here,
        or `beta` is out of the range of the curve, or given for a run.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> import rdneural as rn
    >>> rows = np.eye(2)[np.arange(60) % 2][:, None]
    >>> with tempfile.TemporaryDirectory() as place:
    ...     run = rn.train(rows, beta=1.0, preset="tiny", epochs=1, out=place)
    ...     rn.load(place).rate == run.rate
    True
    """
    place = found_place(place)
    if not (place / CHECKPOINT).exists():
        raise ValueError(f"{place} must be the directory of a run, got no {CHECKPOINT} there")
    if beta is not None:
        check_number("beta", beta, low=0.0)
    asked = read_head(place / CHECKPOINT)["settings"]
    for part, given in zip(PARTS, (encoder, decoder, marginal), strict=True):
        if given is not None:
            if not asked.get(part):
                raise ValueError(f"{part} must be given for a run that has an own one, got {place}")
            stand_for(part, asked[part], given)
    result, model, settings = read_run(place, beta=beta)
    if not any((place / name).exists() for name in (RESULT, CURVE)):
        images = images_of(place, settings, data=None)
        result = unfinished(place, settings, images) | {"data": images.name}
    return Run(place, result, settings, model)
