r"""How far a trained encoder and marginal are from the best for their decoder.

With the decoder fixed, d(x, z) = -log d(x|z) is a distortion like any other, and the best encoder
and marginal at a slope beta are the solution of an ordinary rate-distortion problem, which
`rdtheory` solves exactly on a list of codes. Codes are continuous, so that the list is a choice:
the solution is an upper bound for all codes, and what it loses with half of them says how much a
better choice may still gain.

Source: Huang, Makhzani, Cao and Grosse, *Evaluating Lossy Compression Rates of Deep Generative
Models* (ICML 2020).
"""

from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor

from rdneural.machine.seeding import mixed_seed, seeded
from rdneural.models.build import LatentModel
from rdneural.models.code_distributions import CodeDistribution
from rdneural.theory.aggregate import AggregatedPosterior
from rdneural.theory.densities import decoder_table
from rdtheory.checks import Array, check_count
from rdtheory.solver.slope import RDPoint, solve_slope


@dataclass(frozen=True)
class DecoderFrontier:
    """The least D + beta R of a decoder on N images, over encoders and marginals, in nats.

    Attributes
    ----------
    beta, images, codes
        the slope, N, and the codes in the list.
    value, rate, distortion
        the least D + beta R with these codes, and where it is.
    gap
        `value` is certified to be at most this above the least with these codes.
    halving
        what the value rises by with every other code left out: how much the choice of codes still
        matters.
    codes_used
        codes that carry mass.
    held_out
        (N',) beta times the nats of other images with the same codes and marginal, whose mean is
        D + beta R and does not profit from the marginal being made for the N images; or None.
    """

    beta: float
    images: int
    codes: int
    value: float
    rate: float
    distortion: float
    gap: float
    halving: float
    codes_used: int
    held_out: Tensor | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the numbers as JSON has them."""
        return {f.name: getattr(self, f.name) for f in fields(self) if f.name != "held_out"}


def decoder_frontier(
    model: LatentModel,
    posterior: AggregatedPosterior,
    images: Tensor,
    p_x: Array,
    beta: float,
    *,
    codes: int,
    held_out: Tensor | None = None,
    gap: float = 1e-6,
    seed: int = 0,
) -> DecoderFrontier:
    r"""Minimise D + beta R over all encoders and marginals of a model's decoder.

    Parameters
    ----------
    model
        of which the decoder and the marginal are used.
    posterior
        p_e(z), which codes are taken from.
    images, p_x
        (N, 1, side, side), and p\*(x), (N,).
    beta
        slope, positive.
    codes
        M, codes to tabulate: the modes of e(z|x) of all x, or of M/2 of them where there are more
        than M, and draws of p_e(z) and m(z).
    held_out
        other images of the same source, each as likely as the others.
    gap
        nats of R + D / beta within which to certify.

    Raises
    ------
    ValueError
        where a number is out of its range.
    """
    check_count("codes", codes, low=4)
    with seeded(mixed_seed(seed, "candidate codes")):
        z = candidate_codes(posterior, model.marginal(model.encoder).double(), codes)
    table = -decoder_table(model.decoder, z, images).T.cpu().numpy()  # (N, M)
    point = solve_slope(p_x, table, beta, gap=gap)
    half = solve_slope(p_x, table[:, ::2], beta, gap=gap)
    return DecoderFrontier(
        beta=beta,
        images=len(images),
        codes=codes,
        value=point.value,
        rate=point.rate,
        distortion=point.distortion,
        gap=beta * point.gap,
        halving=half.value - point.value,
        codes_used=len(point.support),
        held_out=None if held_out is None else _elsewhere(model, z, point, held_out),
    )


@torch.no_grad()
def candidate_codes(
    posterior: AggregatedPosterior, marginal: CodeDistribution, count: int
) -> Tensor:
    """Return codes (count, dim) in random order: modes of e(z|x), draws of p_e(z) and of m(z)."""
    every = len(posterior.p_x)
    letters = torch.multinomial(posterior.p_x, every if every <= count else count // 2)
    modes = posterior.encoder.picked(letters).mode()
    rest = count - len(modes)
    parts = [modes]
    for density, share in ((posterior, rest // 2), (marginal, rest - rest // 2)):
        if share:
            parts.append(density.sample(share).reshape(share, -1))
    z = torch.cat(parts)
    return z[torch.randperm(count, device=z.device)]


def _elsewhere(model: LatentModel, z: Tensor, point: RDPoint, images: Tensor) -> Tensor:
    """Return -beta log sum_z r(z) d(x|z)^(1/beta) of other images, r the marginal of a point."""
    used = torch.from_numpy(point.support).to(z.device)
    log_d = decoder_table(model.decoder, z[used], images)
    log_r = torch.from_numpy(point.marginal[point.support]).log().to(z.device)
    return -point.beta * (log_r[:, None] + log_d / point.beta).logsumexp(0)
