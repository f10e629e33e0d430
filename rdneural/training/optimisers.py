"""What makes the steps of a training: AdamW for all weights, or Muon for those of convolutions.

Muon takes the momentum of a matrix and replaces its singular values by about one, so that a step
moves every direction alike, where Adam moves every entry alike. Layers are small here and pixels
many, so that this costs a few hundredths of a step, and a PixelCNN++ learns in as many steps what
takes AdamW a quarter more (`bench candidates`).

Sources: Loshchilov and Hutter (2019), arXiv:1711.05101, for AdamW; Jordan et al. (2024), "Muon: An
optimizer for hidden layers in neural networks", for the iteration; Liu et al. (2025),
arXiv:2502.16982, equation 4, for the size of its steps. `torch.optim.Muon` is the same for single
matrices: here kernels of convolutions are matrices, too, and equal shapes are iterated at once.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from rdneural.records.settings import RunSettings

MOMENTUM = 0.95
COEFFICIENTS, ITERATIONS = (3.4445, -4.7750, 2.0315), 5
"""Of Newton and Schulz's iteration: singular values end between 0.7 and 1.2."""

LIKE_ADAM = 0.2
"""Root of the mean square of an entry of a step of Adam at rate 1, about."""


def optimisers_of(model: nn.Module, settings: RunSettings) -> tuple[Optimizer, ...]:
    """Return what makes the steps of a model: each weight is of one of them.

    With `muon` the kernels of convolutions are Muon's, read as a row for each output (each input,
    of transposed ones). All else is AdamW's: biases, pseudo-inputs, single rows, and dense layers,
    for which the iteration would take a quarter of a step.
    """
    return make_optimisers(
        model, settings.optimiser, rate=settings.learning_rate, decay=settings.weight_decay
    )


def make_optimisers(
    model: nn.Module, name: str, *, rate: float, decay: float
) -> tuple[Optimizer, ...]:
    """Return the optimisers of a name, `adamw` or `muon`, with a learning rate and a decay."""
    kernels = {id(weight) for weight in _kernels(model)} if name == "muon" else set()
    weights = list(model.parameters())
    rest = [weight for weight in weights if id(weight) not in kernels]
    taken = [weight for weight in weights if id(weight) in kernels]
    made: list[Optimizer] = []
    if taken:
        made.append(Muon(taken, lr=rate, weight_decay=decay))
    if rest:
        made.append(torch.optim.AdamW(rest, lr=rate, weight_decay=decay, fused=True))
    return tuple(made)


def step_all(optimisers: Iterable[Optimizer], rate: float) -> None:
    """Make a step at a learning rate with the gradients that are there, and forget them."""
    for optimiser in optimisers:
        for group in optimiser.param_groups:
            group["lr"] = rate
        optimiser.step()
        optimiser.zero_grad(set_to_none=True)


def _kernels(model: nn.Module) -> Iterable[Tensor]:
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            weight = module.weight
            if weight.requires_grad and min(weight.shape[0], weight[0].numel()) > 1:
                yield weight


class Muon(Optimizer):
    """Momentum of matrices, orthogonalised: W <- (1 - lr decay) W - lr size(W) NS(G + mu M).

    M <- mu M + G is the momentum of gradients G, mu = 0.95; NS brings the singular values of its
    argument near one; size(W) = 0.2 sqrt(max(rows, columns)) makes a step about as large as one of
    Adam, so that learning rates and decays mean the same.

    Parameters
    ----------
    weights : of two dimensions or more; all but the first are the columns of a matrix
    lr, weight_decay : as of AdamW

    Raises
    ------
    ValueError
        where a weight has one dimension.
    """

    def __init__(self, weights: Iterable[Tensor], *, lr: float, weight_decay: float = 0.0) -> None:
        weights = list(weights)
        for weight in weights:
            if weight.ndim < 2:
                raise ValueError(f"weights must be matrices, got shape {tuple(weight.shape)}")
        super().__init__(weights, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:  # type: ignore[override]
        """Make a step of all weights that have a gradient."""
        for group in self.param_groups:
            alike: dict[tuple[int, int], list[Tensor]] = {}
            for weight in group["params"]:
                if weight.grad is not None:
                    shape = len(weight), weight[0].numel()
                    alike.setdefault(shape, []).append(weight)
            for shape, weights in alike.items():
                self._step(weights, shape, group["lr"], group["weight_decay"])

    def _step(
        self, weights: list[Tensor], shape: tuple[int, int], rate: float, decay: float
    ) -> None:
        """Make a step of weights that are matrices of one shape."""
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        for weight in weights:
            if not self.state[weight]:
                self.state[weight]["momentum"] = torch.zeros_like(weight)
        momenta = [self.state[weight]["momentum"] for weight in weights]
        torch._foreach_mul_(momenta, MOMENTUM)
        torch._foreach_add_(momenta, gradients)
        ahead = torch._foreach_add(gradients, momenta, alpha=MOMENTUM)
        found = orthogonalised(torch.stack([each.reshape(shape) for each in ahead]))
        steps = [each.view_as(weight) for each, weight in zip(found, weights, strict=True)]
        if decay:
            torch._foreach_mul_(weights, 1 - rate * decay)
        torch._foreach_add_(weights, steps, alpha=-rate * LIKE_ADAM * max(shape) ** 0.5)


def orthogonalised(matrices: Tensor) -> Tensor:
    """Return matrices (K, n, m) with their singular vectors, and singular values of about one.

    Newton and Schulz's iteration with coefficients that hurry: X <- (a + b X X' + c (X X')^2) X.

    Examples
    --------
    >>> found = orthogonalised(torch.tensor([[[3.0, 0.0, 0.0], [0.0, 0.1, 0.0]]]))
    >>> bool(((torch.linalg.svdvals(found) - 0.95).abs() < 0.3).all())
    True
    """
    tall = matrices.shape[1] > matrices.shape[2]
    x = matrices.mT if tall else matrices
    x = x / (x.norm(dim=(1, 2), keepdim=True) + 1e-7)
    a, b, c = COEFFICIENTS
    for _ in range(ITERATIONS):
        squared = x @ x.mT
        x = a * x + (b * squared + c * squared @ squared) @ x
    return x.mT if tall else x
