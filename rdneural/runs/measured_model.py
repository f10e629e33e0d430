"""What was measured of a model that another code base trained, and what more can be."""

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from html import escape
from math import isqrt
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from rdneural.machine.seeding import mixed_seed
from rdneural.measures.estimates import Estimate, plain
from rdneural.measures.images import spread_subset
from rdneural.measures.rates import terms_of
from rdneural.models.function_model import FunctionModel
from rdneural.records.layout import ELSEWHERE, MEASURED_FILE
from rdneural.runs.foreign_findings import (
    BestForDecoder,
    CodeLength,
    InformationBounds,
    Verdict,
    shown,
)
from rdneural.theory.aggregate import aggregated_posterior
from rdneural.theory.decoder_frontier import decoder_frontier
from rdneural.theory.densities import encoded
from rdneural.theory.information import measure_information
from rdneural.theory.likelihood import importance_weighted
from rdneural.theory.mass import MOST_PIXELS
from rdneural.theory.position import locate
from rdneural.theory.verdict import judge
from rdtheory.checks import check_beta, check_count
from rdtheory.results import result_head, write_json
from rdtheory.sources.images import ImageSource, named_image_source

CODES_EACH = 4
"""Codes of each image with which the model's own D + beta R is measured beside the best."""

TABLE = 2**17
"""Pairs of a code and an image in a table that takes a function for each, where nobody says."""


@dataclass(frozen=True)
class MeasuredModel:
    """What was measured of a model from elsewhere, in nats per image, and what more can be.

    R, D and R + D are there at once; the rest is measured when it is asked for. Where pixels have
    densities (`discrete` is False) D and R + D may be negative, H is differential, and they depend
    on the unit of a pixel.

    Attributes
    ----------
    name
        of the model.
    images, latent_samples
        how many were measured, and the codes of each.
    discrete
        whether images have probabilities and not densities.
    rate, distortion, elbo
        R, D and R + D (-ELBO); the errors hold the choice of images and of codes.
    hints
        what may be wrong and could not be proved.
    """

    name: str
    images: int
    latent_samples: int
    discrete: bool
    rate: Estimate
    distortion: Estimate
    elbo: Estimate
    hints: tuple[str, ...]
    seconds: float
    seed: int
    model: FunctionModel = field(repr=False)
    data: Tensor = field(repr=False)

    def __repr__(self) -> str:
        """Return a few lines."""
        density = "" if self.discrete else "; densities: D may be negative, H is differential"
        return "\n".join([
            f"{self.name}, measured from elsewhere: {self.images} images, "
            f"codes of each: {self.latent_samples}; nats per image{density}",
            f"  R      {shown(self.rate)}",
            f"  D      {shown(self.distortion)}",
            f"  R + D  {shown(self.elbo)}",
            *(f"  hint: {hint}" for hint in self.hints),
        ])  # fmt: skip

    def _repr_html_(self) -> str:
        """Return a table, for notebooks."""
        found = {"model": self.name, "images": f"{self.images:,}", "R": shown(self.rate)}
        found |= {"D": shown(self.distortion), "R + D": shown(self.elbo)}
        found |= {"unit": "nats per image" if self.discrete else "nats per image, of densities"}
        found |= {"hint": "; ".join(self.hints)} if self.hints else {}
        rows = (f"<tr><th>{escape(name)}</th><td>{escape(said)}</td></tr>" for name, said in
                found.items())  # fmt: skip
        return f"<table>{''.join(rows)}</table>"

    def as_dict(self) -> dict[str, Any]:
        """Return R, D and R + D with their errors, and what they are of, as JSON has them."""
        return {
            "name": self.name,
            "images": self.images,
            "latent_samples": self.latent_samples,
            "discrete": self.discrete,
            **self.rate.as_dict("rate"),
            **self.distortion.as_dict("distortion"),
            **self.elbo.as_dict("elbo"),
            "hints": list(self.hints),
        }

    # -- information --------------------------------------------------------------------------

    @cached_property
    def information(self) -> InformationBounds:
        """Bounds of what codes tell, at the usual effort: see `measure_information`."""
        return self.measure_information()

    def measure_information(
        self, *, images: int | None = None, codes: int | None = None
    ) -> InformationBounds:
        """Bound the information I_e of code and image (`rdneural.theory.information`).

        `codes` times `images` pairs go through `log_e`, unless there is `log_e_pairs`: some 10^5
        where neither is given. More images allow larger bounds, up to their logarithm.
        """
        fast = self.model.functions.log_e_pairs is not None
        count = self._count("images", images, 10_000 if fast else isqrt(TABLE // 2), low=2)
        codes = check_count("codes", codes or (4096 if fast else 2 * (TABLE // count // 2)), low=2)
        with self.model.functions.evaluating():
            found = measure_information(
                encoded(self.model, spread_subset(self.data, count)), codes=codes,
                seed=mixed_seed(self.seed, "information"),
            )  # fmt: skip
        return InformationBounds(
            images=found.images, codes=found.codes, ceiling=found.ceiling,
            empirical=found.empirical, lower=found.lower, upper=found.upper, rate=self.rate,
        )  # fmt: skip

    def importance_weighted(self, *, codes: int = 100, images: int | None = None) -> CodeLength:
        """Bound -log p(x) with K = `codes` draws of each of some images (100 where None).

        The bound of all images is R + D less what it saves on these.
        """
        some = spread_subset(self.data, self._count("images", images, 100))
        with self.model.functions.evaluating():
            own = self._own(some, 1.0)
            bounds = importance_weighted(
                self.model, some, codes=codes, seed=mixed_seed(self.seed, "bound")
            )
        saved = plain(own - bounds)
        return CodeLength(
            images=len(some), codes=codes, saved=saved, nats=self.elbo - saved,
            entropy_minus_distortion=self.rate - saved, discrete=self.discrete,
        )  # fmt: skip

    # -- how good the parts are ---------------------------------------------------------------

    def best(
        self, *, beta: float = 1.0, images: int | None = None, codes: int | None = None
    ) -> BestForDecoder:
        """Solve for the best encoder and marginal of the decoder on N images and M codes.

        `images` times `codes` pairs go through `log_d`, some 10^5 where neither is given. As many
        images again are held out, if there are.
        """
        check_beta(beta)
        count = self._count("images", images, isqrt(TABLE), low=2)
        codes = check_count("codes", codes or TABLE // count, low=4)
        twice = spread_subset(self.data, 2 * count)
        enough = len(twice) == 2 * count
        some, others = (twice[::2], twice[1::2]) if enough else (twice[:count], None)
        if not enough:
            some = spread_subset(self.data, count)
        with self.model.functions.evaluating():
            own = self._own(some, beta)
            bounds = importance_weighted(
                self.model, some, codes=64, beta=beta, seed=mixed_seed(self.seed, "best encoder")
            )
            found = decoder_frontier(
                self.model, aggregated_posterior(self.model, some), some,
                np.full(len(some), 1 / len(some)), beta, codes=codes, held_out=others,
                seed=self.seed,
            )  # fmt: skip
        return BestForDecoder(
            **found.as_dict(), own=plain(own), encoder_cost=plain(own - bounds),
            marginal_cost=plain(bounds) - Estimate(found.value),
            held_out=None if found.held_out is None else plain(found.held_out),
        )  # fmt: skip

    def verdict(
        self, source: str | ImageSource, *, beta: float = 1.0, samples: int = 8192
    ) -> Verdict:
        """Hold the model against a source that is known exactly, such as `bars:4x4`.

        Images are those of the source, of zeros and ones, whatever was measured before.
        """
        check_beta(beta)
        known = named_image_source(source) if isinstance(source, str) else source
        pixels, values = self.data[0].numel(), self.data.unique().tolist()
        if known.side**2 != pixels:
            raise ValueError(
                f"source must have images of {pixels} pixels, as the model, got {known.name} with "
                f"{known.side}x{known.side}"
            )
        if not (self.discrete and set(values) <= {0, 1}):
            raise ValueError(
                "images must be of zeros and ones, with probabilities, to be held against a source"
            )
        if pixels > MOST_PIXELS:
            raise ValueError(f"images must have at most {MOST_PIXELS} pixels, got {pixels}")
        model = FunctionModel(
            self.model.functions, self.data, family=_family(self.model), side=known.side
        )
        with self.model.functions.evaluating():
            found, said = judge(model, known, beta=beta, samples=samples, seed=self.seed)
            place = locate(model, known, found, seed=self.seed)
        return Verdict(said, known.name, found, place)

    # -- a place beside our own ---------------------------------------------------------------

    def save(self, directory: str | Path, *, data: str, overwrite: bool = False) -> Path:
        """Leave the point where figures and the report of a directory show it beside our runs.

        Parameters
        ----------
        directory
            of a sweep, or of runs.
        data
            name of the images, as the `data` of the runs there: others are not comparable.

        Raises
        ------
        FileExistsError
            where a model of this name is there.
        ValueError
            where pixels have densities, which have no place beside probabilities.
        """
        if not self.discrete:
            raise ValueError(
                f"{self.name} must have probabilities of pixels to be shown beside runs that have, "
                "got densities (discrete=False)"
            )
        path = Path(directory) / ELSEWHERE / f"{self.name.replace(' ', '-')}{MEASURED_FILE}"
        content = self.data.cpu().contiguous().numpy()
        head = result_head(
            ELSEWHERE, settings={"samples": self.latent_samples}, seed=self.seed,
            seconds=self.seconds,
        )  # fmt: skip
        digest = sha256(content.tobytes()).hexdigest()
        path.parent.mkdir(parents=True, exist_ok=True)
        found = head | self.as_dict() | {"data": data, "images_digest": digest}
        write_json(path, found, overwrite=overwrite)
        return path

    # -- parts of these -----------------------------------------------------------------------

    def _count(self, name: str, asked: int | None, otherwise: int, *, low: int = 1) -> int:
        return min(
            len(self.data), check_count(name, otherwise if asked is None else asked, low=low)
        )

    def _own(self, images: Tensor, beta: float) -> Tensor:
        seed = mixed_seed(self.seed, "own")
        rate, distortion = terms_of(self.model, images, samples=CODES_EACH, seed=seed)
        return distortion + beta * rate


def _family(model: FunctionModel) -> str:
    """Return the family whose way of being judged suits the codes: normal ones, or bits."""
    z = model.known.mode()
    if not bool((z == z.round()).all()):
        return "---"
    if set(z.unique().tolist()) <= {0, 1} and z.shape[1] <= MOST_PIXELS:
        return f"bits-:{z.shape[1]}"
    raise ValueError(
        f"codes must be continuous, or {MOST_PIXELS} bits at most, to be held against a source"
    )
