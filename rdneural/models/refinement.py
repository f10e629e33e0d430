"""Refined codes: an encoder's mean goes on to where the decoder would rather have it.

An encoder answers for every image in one pass, and names another normal than the best that there
is for the image: the amortisation gap, of two nats and more on MNIST. From the mean mu_0 and the
scales s that it names, K steps

    mu_{k+1} = mu_k + eta s^2 grad_z [log d(x|z) / beta + log m(z)], at z = mu_k,

close most of it. They are steps of natural gradient of (D + beta R) / beta in the mean of a normal
of scales s, with the expectation over codes taken at their mean; no coordinate moves by more than
its s in a step. They are taken when training is over: training through them gained nothing.

Sources: Kim et al. (2018), arXiv:1802.02550, and Marino et al. (2018), arXiv:1807.09356, for steps
from an encoder's answer; Hoffman et al. (2013), arXiv:1206.7051, for natural gradients.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from rdneural.models.code_distributions import DiagonalNormal

BATCH = 250
"""Images whose codes are refined at a time: a pass of the decoder and back takes memory."""

BUFFER = "refinement"
"""The name of the three numbers (K, eta, beta) that an encoder keeps; zeros where it has none."""


def refined(
    normal: DiagonalNormal,
    x: Tensor,
    log_joint: Callable[[Tensor, Tensor], Tensor],
    *,
    steps: int,
    rate: float,
) -> DiagonalNormal:
    """Return the normals (B, dim) with their means moved; their scales are what they were.

    Parameters
    ----------
    normal, x
        what the encoder names, and the images (B, ...) that it sees.
    log_joint
        log d(x|z) / beta + log m(z) of codes (B, dim) and images, as (B,).
    steps, rate
        K and eta.

    Examples
    --------
    Of a joint density that is normal itself, a single step of rate 1 finds the mean:

    >>> import torch
    >>> normal = DiagonalNormal(torch.tensor([[0.5]]), torch.tensor([[2.0]]))
    >>> joint = lambda z, x: -((z - x) ** 2).sum(1) / 8
    >>> refined(normal, torch.ones(1, 1), joint, steps=1, rate=1.0).mean
    tensor([[1.]])
    """
    moved = torch.cat([
        _climbed(mean, scale, images, log_joint, steps, rate)
        for mean, scale, images in zip(
            normal.mean.detach().split(BATCH), normal.scale.detach().split(BATCH), x.split(BATCH),
            strict=True,
        )
    ])  # fmt: skip
    return DiagonalNormal(normal.mean + (moved - normal.mean.detach()), normal.scale)


def _climbed(
    mean: Tensor, scale: Tensor, x: Tensor, log_joint: Callable[[Tensor, Tensor], Tensor],
    steps: int, rate: float,
) -> Tensor:  # fmt: skip
    """Return the means (B, dim) after all steps."""
    with torch.inference_mode(False), torch.enable_grad():
        mean, scale, x = mean.clone(), scale.clone(), x.clone()
        for _ in range(steps):
            z = mean.requires_grad_()
            (gradient,) = torch.autograd.grad(log_joint(z, x).sum(), z)
            mean = z.detach() + (rate * scale**2 * gradient).clamp(-scale, scale)
    return mean
