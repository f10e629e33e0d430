"""Distributions of codes, and how draws are held against densities."""

import math

import pytest
import torch
from torch import nn

from rdneural.models.code_distributions import DiagonalNormal
from rdneural.models.layers import MADE
from tests.tolerances import IDENTITY, QUADRATURE, STANDARD_ERRORS

FUNCTIONS = {
    "first": lambda z, _: z[:, 0],
    "second": lambda z, _: z[:, 1],
    "squares": lambda z, _: z.square().sum(1),
    "product": lambda z, _: z[:, 0] * z[:, 1],
    "wave": lambda z, _: torch.sin(2 * z[:, 0] + z[:, 1]),
    "quadrant": lambda z, _: torch.sigmoid(5 * z[:, 0]) * torch.sigmoid(5 * z[:, 1]),
    "density": lambda _, log_prob: log_prob,
}


def normal(*shape, seed=0):
    """Return a batch of diagonal normals far from N(0, I), in float64."""
    generator = torch.Generator().manual_seed(seed)
    mean = 2 * torch.randn(*shape, generator=generator, dtype=torch.float64)
    scale = torch.randn(*shape, generator=generator, dtype=torch.float64).exp()
    return DiagonalNormal(mean.requires_grad_(), scale.requires_grad_())


def reference(base):
    """Return torch's own distribution of a batch of diagonal normals."""
    return torch.distributions.Independent(torch.distributions.Normal(base.mean, base.scale), 1)


def made_steps(dim, *, seed=0, count=4):
    """Return steps of a flow far from the identity, in float64."""
    torch.manual_seed(seed)
    steps = [MADE(dim, (12, 12), backwards=k % 2 == 1).double() for k in range(count)]
    for step in steps:
        for parameter in step.parameters():
            nn.init.normal_(parameter, std=0.5)
    return steps


def close(found, expected, *, atol=IDENTITY):
    torch.testing.assert_close(found, expected, rtol=IDENTITY, atol=atol)


def plane(draws, *, points=801):
    """Return a grid (points^2, 2) that holds the draws with a margin, and the area of a cell.

    The axes are those in which the draws are uncorrelated, since a flow may stretch the plane.
    """
    axes = torch.linalg.cholesky(torch.cov(draws.T))
    along = torch.linalg.solve(axes, draws.T)
    low, high = along.min(1).values, along.max(1).values
    margin = 0.3 * (high - low)
    lines = [
        torch.linspace(a, b, points, dtype=torch.float64)
        for a, b in zip((low - margin).tolist(), (high + margin).tolist(), strict=True)
    ]
    area = torch.det(axes).item() * math.prod((line[1] - line[0]).item() for line in lines)
    return torch.cartesian_prod(*lines) @ axes.T, area


def hold_draws_against_density(distribution, *sets):
    """Assert that the density sums to one and that means of draws are integrals of the density.

    All sets of draws are held against the plane in which the first one lies.
    """
    grid, area = plane(sets[0])
    with torch.no_grad():
        on_grid = distribution.log_prob(grid)
    mass = on_grid.exp() * area
    assert mass.sum().item() == pytest.approx(1.0, abs=QUADRATURE)
    mean = (mass[:, None] * grid).sum(0)
    scale = (mass[:, None] * (grid - mean).square()).sum(0).sqrt()
    for draws in sets:
        with torch.no_grad():
            of_draws = distribution.log_prob(draws)
        for name, function in FUNCTIONS.items():
            values = function((draws - mean) / scale, of_draws)
            error = values.std().item() / math.sqrt(len(draws))
            on_plane = mass * function((grid - mean) / scale, on_grid)
            allowed = STANDARD_ERRORS * error + QUADRATURE * on_plane.abs().sum().item()
            assert abs(values.mean() - on_plane.sum()) < allowed, name
