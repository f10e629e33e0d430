"""Do the parts of a model integrate, or sum, to one? What does not is no code and has no rate."""

import math

import torch
from torch import Tensor, nn

from rdneural.machine.seeding import seeded
from rdneural.measures.estimates import Estimate, plain
from rdneural.models.code_distributions import CodeDistribution
from rdneural.theory.densities import decoder_table

MOST_PIXELS = 16
"""Images of so many pixels can all be listed."""

CENTRES = 1024
NEIGHBOURS = (10, 24)
FREEDOM = 4.0
"""Kernels of the proposal: how many, as wide as how many neighbours, degrees of freedom. Of narrow
components only those with as many draws as the smaller number are seen for what they are."""


def all_images(side: int) -> Tensor:
    """Return every binary image of side x side pixels, (2^(side^2), 1, side, side) uint8."""
    if side**2 > MOST_PIXELS:
        raise ValueError(f"side must be at most {math.isqrt(MOST_PIXELS)}, got {side}")
    return all_codes(side**2).to(torch.uint8).view(-1, 1, side, side)


def decoder_masses(decoder: nn.Module, z: Tensor, side: int) -> Tensor:
    """Return sum_x d(x|z) over all images, for each of the codes (S, dim): (S,) float64."""
    return decoder_table(decoder, z, all_images(side)).logsumexp(1).exp()


@torch.no_grad()
def code_mass(density: CodeDistribution, size: int) -> float:
    """Return the sum of a density over all codes of `size` bits.

    Raises `ValueError` where there are too many to list.
    """
    total = torch.zeros((), dtype=torch.float64)
    for part in all_codes(size).split(2**14):
        total += density.log_prob(part).double().exp().sum().cpu()
    return total.item()


def all_codes(size: int) -> Tensor:
    """Return every row of `size` zeros and ones, (2^size, size) float64."""
    if size > MOST_PIXELS:
        raise ValueError(f"codes must have at most {MOST_PIXELS} bits to be listed, got {size}")
    numbers = torch.arange(2**size)[:, None]
    return ((numbers >> torch.arange(size - 1, -1, -1)) & 1).double()


@torch.no_grad()
def total_mass(density: CodeDistribution, *, samples: int = 4096, seed: int = 0) -> Estimate:
    r"""Estimate the integral of a density of codes, by importance sampling.

    The proposal is a mixture of multivariate t distributions, one around each of some draws of the
    density, shaped as their nearest neighbours are spread: it is wide where the density is, has
    heavier tails, and its own integral is known.

    Examples
    --------
    >>> from rdneural.models.code_distributions import DiagonalNormal
    >>> mass = total_mass(DiagonalNormal(torch.zeros(2).double(), torch.ones(2).double()))
    >>> abs(mass.value - 1) < 4 * mass.se < 0.1
    True
    """
    with seeded(seed):
        centres = density.sample(CENTRES)  # (C, dim)
        factors = _spreads(centres)
        count, dim = centres.shape
        picked = torch.randint(count, (samples,), device=centres.device)
        noise = torch.randn(samples, dim, dtype=centres.dtype, device=centres.device)
        gamma = torch._standard_gamma(torch.full((samples, 1), FREEDOM / 2).to(noise))
        t = noise / (gamma * 2 / FREEDOM).sqrt()
        z = centres[picked] + (factors[picked] @ t[..., None])[..., 0]
    ratio = density.log_prob(z) - _log_proposal(z, centres, factors)
    return plain(ratio.exp())


def _spreads(centres: Tensor) -> Tensor:
    """Return a factor of the covariance of the neighbours of each centre, (C, dim, dim).

    Few and many neighbours take turns from one centre to the next.
    """
    scales = centres.std(0).clamp_min(1e-12)
    near = torch.cdist(centres / scales, centres / scales).topk(max(NEIGHBOURS), largest=False)
    factors = torch.empty(*centres.shape, centres.shape[1]).to(centres)
    for turn, count in enumerate(NEIGHBOURS):
        around = centres[near.indices[turn :: len(NEIGHBOURS), :count]]  # (C / 2, count, dim)
        around = around - around.mean(1, keepdim=True)
        covariance = around.mT @ around / count
        ridge = 1e-6 * covariance.diagonal(dim1=1, dim2=2) + 1e-16
        factors[turn :: len(NEIGHBOURS)] = torch.linalg.cholesky(
            covariance + torch.diag_embed(ridge)
        )
    return factors


def _log_proposal(z: Tensor, centres: Tensor, factors: Tensor) -> Tensor:
    count, dim = centres.shape
    constant = (
        math.lgamma((FREEDOM + dim) / 2)
        - math.lgamma(FREEDOM / 2)
        - 0.5 * dim * math.log(FREEDOM * math.pi)
        - math.log(count)
    )
    inverse = torch.linalg.inv(factors)
    log_det = factors.diagonal(dim1=1, dim2=2).log().sum(1)
    parts = []
    for chunk in z.split(1024):
        away = torch.einsum("cij,scj->sci", inverse, chunk[:, None] - centres)
        square = away.square().sum(-1)
        log_t = constant - log_det - 0.5 * (FREEDOM + dim) * torch.log1p(square / FREEDOM)
        parts.append(log_t.logsumexp(1))
    return torch.cat(parts)
