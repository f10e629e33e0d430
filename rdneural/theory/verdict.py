"""Is what a model reports of itself possible? If not, one line says what is wrong with it."""

import torch

from rdneural.machine.seeding import mixed_seed, seeded
from rdneural.measures.estimates import Estimate
from rdneural.models.build import LatentModel
from rdneural.records.names import discrete_of, has_fixed_rate
from rdneural.theory.aggregate import AggregatedPosterior, aggregated_posterior
from rdneural.theory.evaluation import Evaluation, as_images, evaluate
from rdneural.theory.evaluation_fixed import evaluate_fixed
from rdneural.theory.mass import code_mass, decoder_masses, total_mass
from rdtheory.sources.images import ImageSource

HOLDS = "holds"
"""The verdict on a model with which nothing is wrong."""

ERRORS = 3.0
"""Standard errors by which a bound or an identity may be missed."""

AGAIN = 4
"""Times the samples with which what was missed is drawn anew, before it is held against a model:
of several hundred correct comparisons one misses by three errors."""

DECODER_MASS = 1e-3
"""How far a sum over all images in float32 may be off one."""

CODE_MASS = 0.01
"""How far an integral over codes may be off one, besides 4 errors; it is what R may be off."""

ROUNDING = 1e-4
"""Nats that float32 may be off where no error of the codes hides it: R and D are sums of some 20
terms of up to 1e3 nats, each off by a part in 1.7e7."""

DRAW_ERROR = 1e-4
"""How far two ways to the same log-density in float64 may be apart, in nats: squares of distances
are multiplied out, and of the narrowest codes these are 1e5 scales, or 1e10 * 2.2e-16 and more."""


def judge(
    model: LatentModel,
    source: ImageSource,
    *,
    beta: float = 1.0,
    samples: int = 8192,
    seed: int = 0,
) -> tuple[Evaluation, str]:
    """Evaluate a model and say whether it holds: `HOLDS`, or "broken: " and the reason.

    First the parts: decoder and marginal must sum and integrate to one, and so must the encoder at
    an image drawn by chance. Then H - D <= I_e <= R and R + D - H = marginal gap + decoder gap,
    within 3 standard errors. Where one is missed all is evaluated again with four times the samples
    and new codes, and that counts. Where codes are a fixed map all is summed up, and one verdict is
    enough. Raises `ValueError` where a number is not finite.
    """
    sure = has_fixed_rate(model.family)
    if sure:
        found = evaluate_fixed(model, source, beta=beta)
    else:
        found = evaluate(model, source, beta=beta, samples=samples, seed=seed)
    fault = parts_fault(model, source, seed=seed)
    if fault is None and sure:
        fault = comparison_fault(found)
    elif fault is None and comparison_fault(found) is not None:
        again = mixed_seed(seed, "again")
        found = evaluate(model, source, beta=beta, samples=AGAIN * samples, seed=again)
        fault = comparison_fault(found)
    if fault is None and not found.draw_error <= DRAW_ERROR:
        fault = f"the encoder's log-density of its own draws is off by {found.draw_error:.3g} nats"
    return found, HOLDS if fault is None else f"broken: {fault}"


def parts_fault(model: LatentModel, source: ImageSource, *, seed: int = 0) -> str | None:
    """Return which part of a model is no distribution, or None."""
    images = as_images(source, model)
    codes = aggregated_posterior(model, images, torch.from_numpy(source.p_x.copy()))
    with seeded(mixed_seed(seed, "parts")):
        letter = torch.multinomial(codes.p_x, 1)
        z, _ = codes.draw(letter)
    own = AggregatedPosterior(codes.encoder.picked(letter), torch.ones_like(codes.p_x[:1]))
    mass = decoder_masses(model.decoder, z, model.sizes.side).item()
    if not abs(mass - 1) <= DECODER_MASS:
        return f"the decoder's probabilities sum to {mass:.4g} over all images, not to 1"
    marginal = model.marginal(model.encoder).double()
    for name, density in (("marginal", marginal), ("encoder", own)):
        if discrete_of(model.family) is None:
            integral = total_mass(density, seed=mixed_seed(seed, name))
        else:
            integral = Estimate(code_mass(density, z.shape[1]))
        if not abs(integral.value - 1) <= 4 * integral.se + CODE_MASS:
            return f"the {name} integrates to {_shown(integral)}, not to 1"
    return None


def comparison_fault(found: Evaluation) -> str | None:
    """Return which bound or identity is missed by more than 3 standard errors, or None."""
    information = found.mutual_information
    lower = Estimate(found.entropy) - found.distortion
    for name, difference, detail in (
        ("I_e must be at most R", found.rate - information,
         f"I_e = {_shown(information)} and R = {_shown(found.rate)}"),
        ("H - D must be at most I_e", information - lower,
         f"H - D = {_shown(lower)} and I_e = {_shown(information)}"),
    ):  # fmt: skip
        if not difference.value >= -ERRORS * difference.se - ROUNDING:
            return f"{name}, got {detail}"
    difference = found.excess - found.gaps
    if not abs(difference.value) <= ERRORS * difference.se + ROUNDING:
        return (
            f"R + D - H = {_shown(found.excess)} must be marginal gap + decoder gap, "
            f"{_shown(found.gaps)}"
        )
    return None


def _shown(estimate: Estimate) -> str:
    return f"{estimate.value:.4g} +- {estimate.se:.2g}"
