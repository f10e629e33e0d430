"""What the code of a run tells about its images, and what its parts cost.

The entropy H of a population of images is not known. What stands in for it is an estimate from
above, the best code length there is for them, and all that depends on it is called an estimate.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from rdneural.machine.device import device_name
from rdneural.machine.seeding import mixed_seed
from rdneural.measures.estimates import Estimate, plain
from rdneural.measures.images import as_tensor, spread_subset
from rdneural.measures.rates import measure, terms_of
from rdneural.models.build import LatentModel
from rdneural.records.measured import Measured
from rdneural.records.names import has_fixed_rate, is_autoregressive
from rdneural.runs.stored import KEPT, elsewhere, images_of, is_curve, read_run, unfinished
from rdneural.theory.aggregate import aggregated_posterior
from rdneural.theory.decoder_frontier import decoder_frontier
from rdneural.theory.densities import encoded
from rdneural.theory.information import measure_information
from rdneural.theory.likelihood import importance_weighted
from rdtheory.checks import check_count, check_number, check_seed

SPLITS = ("train", "test")

MEASURED = 10_000
"""Images of a split on which R and D are measured, at most."""

LEAST_BETA = 1e-6
"""A slope below this is no trade-off."""

CODES_EACH = 4
"""Codes of each image with which the model's own D + beta R is measured."""


@dataclass(frozen=True)
class Effort:
    """How much is drawn: what is None is chosen by how long the decoder takes.

    Attributes
    ----------
    codes
        codes of each split for its information.
    bound_images, bound_codes
        test images, and codes of each, for the importance-weighted bound.
    frontier_images, frontier_codes
        N training images and M codes for the frontier of the decoder.
    """

    codes: int = 4096
    bound_images: int | None = None
    bound_codes: int | None = None
    frontier_images: int | None = None
    frontier_codes: int | None = None

    def completed(self, family: str) -> "Effort":
        """Return the effort with what suits a family's decoder, some minutes in all."""
        autoregressive = is_autoregressive(family)
        images, codes, table = (20, 200, 128) if autoregressive else (100, 500, 1000)
        return Effort(
            codes=check_count("codes", self.codes, low=2),
            bound_images=_given("bound_images", self.bound_images, images),
            bound_codes=_given("bound_codes", self.bound_codes, codes),
            frontier_images=_given("frontier_images", self.frontier_images, table, low=2),
            frontier_codes=_given("frontier_codes", self.frontier_codes, table, low=4),
        )


def _given(name: str, asked: int | None, otherwise: int, *, low: int = 1) -> int:
    return otherwise if asked is None else check_count(name, asked, low=low)


def describe_run(
    directory: Path,
    *,
    effort: Effort | None = None,
    beta: float | None = None,
    entropy_estimate: float | None = None,
    data: str | None = None,
    binarise: str | None = None,
    split_seed: int | None = None,
    device: str = "auto",
    seed: int = 0,
) -> dict[str, Any]:
    """Measure what the code of a run tells, and what encoder and marginal cost.

    One that was stopped early is measured as it was left, and the result says how far it was.

    Where the code is a fixed map, `decoder_frontier` is None: the decoder gives an image no
    probability but at its own code, so that there is no other encoder to hold this one against.
    Networks compute in float32 and codes in float64, whatever the run was trained in.

    Parameters
    ----------
    directory
        of the run.
    effort
        how much is drawn.
    beta
        slope at which encoder and marginal are held against the best, that of the run where None;
        a curve is taken at it.
    entropy_estimate
        the best code length known for the images, in nats, if it is better than this model's.
    data, binarise, split_seed, device, seed
        as of `rdneural.runs.again.evaluate_run`.

    Raises
    ------
    ValueError
        where the directory holds no run, or data or a number are not usable.
    """
    check_seed(seed)
    result, model, settings = (
        read_run(directory, beta=beta) if beta is not None and is_curve(directory)
        else read_run(directory)
    )  # fmt: skip
    effort = (effort or Effort()).completed(settings.model)
    if beta is not None:
        check_number("beta", beta, low=LEAST_BETA)
    if entropy_estimate is not None:
        check_number("entropy_estimate", entropy_estimate, low=0.0)
    settings = elsewhere(
        settings, data=data, device=device, precision="float32", binarise=binarise,
        split_seed=split_seed,
    )  # fmt: skip
    data_found = images_of(directory, settings, data=data)
    result |= unfinished(directory, settings, data_found)
    beta = _slope(directory, result["final_beta"]) if beta is None else beta
    model = model.to(settings.device)

    images = {s: as_tensor(data_found.split(s)).to(settings.device) for s in SPLITS}

    measured = {
        split: measure(model, spread_subset(images[split], MEASURED), seed=seed) for split in SPLITS
    }
    some = spread_subset(images["test"], effort.bound_images or 1)
    rate, distortion = terms_of(model, some, samples=CODES_EACH, seed=mixed_seed(seed, "own"))
    bounds = _bound(model, some, effort, 1.0, seed)
    best = bounds if beta == 1 else _bound(model, some, effort, beta, seed)
    # what the bound saves varies less from image to image than the bound itself
    whole = Estimate(measured["test"].elbo, measured["test"].elbo_se)
    code_length = whole - plain(rate + distortion - bounds)
    entropy = code_length
    if entropy_estimate is not None and entropy_estimate < code_length.value:
        entropy = Estimate(entropy_estimate)
    return {
        "data": data_found.name,
        "warning": data_found.warning,
        "device": device_name(settings.device),
        **{name: result[name] for name in (*KEPT, "unfinished") if name in result},
        "beta_evaluated": beta,
        **{
            split: _split(model, images[split], found, entropy, effort, seed)
            for split, found in measured.items()
        },
        "code_length_bound": {
            "images": effort.bound_images,
            "codes": effort.bound_codes,
            **code_length.as_dict("nats"),
        },
        "entropy_estimate": {
            "from": "this model's bound" if entropy is code_length else "given",
            **entropy.as_dict("nats"),
        },
        **plain(distortion + beta * rate - best).as_dict("encoder_cost"),
        "decoder_frontier": None
        if has_fixed_rate(model.family)
        else _frontier(model, images, effort, beta, seed),
    }


def _slope(directory: Path, slope: float | None) -> float:
    """Return the slope that a run ended at, or raise `ValueError` where it is no trade-off."""
    if slope is None or slope < LEAST_BETA:
        seen = "none yet" if slope is None else f"the slope {slope:.4g}"
        raise ValueError(
            f"beta must be given for {directory}, whose training ended at no trade-off between D "
            f"and R, got {seen}"
        )
    return check_number("beta", slope, low=LEAST_BETA)


def _bound(model: LatentModel, images: Tensor, effort: Effort, beta: float, seed: int) -> Tensor:
    assert effort.bound_codes is not None
    return importance_weighted(
        model, images, codes=effort.bound_codes, beta=beta, seed=mixed_seed(seed, "bound")
    )


def _split(
    model: LatentModel,
    images: Tensor,
    measured: Measured,
    entropy: Estimate,
    effort: Effort,
    seed: int,
) -> dict[str, Any]:
    """Return R, D and the information of a split's images, and the estimate of H - D."""
    found = measure_information(
        encoded(model, images), codes=effort.codes, seed=mixed_seed(seed, "information")
    )
    lower = entropy - Estimate(measured.distortion, measured.distortion_se)
    return {
        "measured_images": measured.images,
        "rate": measured.rate,
        "rate_se": measured.rate_se,
        "distortion": measured.distortion,
        "distortion_se": measured.distortion_se,
        "images": found.images,
        "codes": found.codes,
        "ceiling": found.ceiling,
        **found.empirical.as_dict("mutual_information"),
        **found.lower.as_dict("population_lower"),
        **found.upper.as_dict("population_upper"),
        **lower.as_dict("entropy_estimate_minus_distortion"),
    }


def _frontier(
    model: LatentModel,
    splits: Mapping[str, Tensor],
    effort: Effort,
    beta: float,
    seed: int,
) -> dict[str, Any]:
    """Return the least D + beta R for the decoder, and how far the model is from it."""
    assert effort.frontier_images is not None
    assert effort.frontier_codes is not None
    images, others = (spread_subset(splits[split], effort.frontier_images) for split in SPLITS)
    begun = time.perf_counter()
    found = decoder_frontier(
        model, aggregated_posterior(model, images), images, np.full(len(images), 1 / len(images)),
        beta, codes=effort.frontier_codes, held_out=others, seed=seed,
    )  # fmt: skip
    seconds = time.perf_counter() - begun
    own, elsewhere = (
        distortion + beta * rate
        for rate, distortion in (
            terms_of(model, some, samples=CODES_EACH, seed=mixed_seed(seed, "own"))
            for some in (images, others)
        )
    )
    assert found.held_out is not None
    return {
        **found.as_dict(),
        "seconds": seconds,
        **plain(own).as_dict("model"),
        **plain(found.held_out).as_dict("held_out"),
        **plain(elsewhere).as_dict("held_out_model"),
        **(plain(own) - Estimate(found.value)).as_dict("encoder_and_marginal_cost"),
    }
