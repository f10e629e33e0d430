"""Muon: singular values near one, PyTorch's own as a judge, and whose every weight is."""

import numpy as np
import pytest
import torch

from rdneural.models.build import build_model
from rdneural.records.sizes import SIZES
from rdneural.training.optimisers import Muon, make_optimisers, orthogonalised

ROUNDED = 0.02
"""Relative: PyTorch iterates in bfloat16, of eight bits, and we in float32."""


@pytest.mark.parametrize("shape", [(3, 8, 8), (2, 5, 30), (2, 30, 5)])
def test_singular_vectors_stay_and_values_come_near_one(shape):
    matrices = torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    left, values, right = torch.linalg.svd(matrices, full_matrices=False)
    middle = left.mT @ orthogonalised(matrices) @ right.mT  # diagonal, where the vectors stay
    kept = values / values.norm(dim=1, keepdim=True) > 0.01  # smaller ones are still on the way
    found = middle.diagonal(dim1=1, dim2=2)
    assert ((found > 0.6) & (found < 1.3))[kept].all()
    torch.testing.assert_close(middle, torch.diag_embed(found), atol=1e-10, rtol=0.0)


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="PyTorch has Muon from 2.9 on")
def test_steps_are_those_of_pytorch():
    generator = torch.Generator().manual_seed(1)
    shape = (6, 4, 2, 3)
    kernel = torch.randn(shape, generator=generator).requires_grad_()
    matrix = kernel.detach().flatten(1).clone().requires_grad_()
    ours = Muon([kernel], lr=0.1, weight_decay=0.3)
    theirs = torch.optim.Muon(
        [matrix], lr=0.1, weight_decay=0.3, adjust_lr_fn="match_rms_adamw"
    )  # fmt: skip
    for _ in range(5):
        before = kernel.detach().clone()
        gradient = torch.randn(shape, generator=generator)
        kernel.grad, matrix.grad = gradient, gradient.flatten(1)
        ours.step()
        theirs.step()
        step = (kernel - before).norm().item()
        assert (kernel.flatten(1) - matrix).norm().item() < ROUNDED * step
        matrix.data.copy_(kernel.flatten(1))  # roundings do not add up


def test_weights_alike_move_as_they_would_alone():
    generator = torch.Generator().manual_seed(2)
    shapes = ((4, 6), (4, 3, 2), (4, 1, 2, 3))  # one matrix each, of four rows and six columns
    values = [torch.randn(shape, generator=generator) for shape in shapes]
    slopes = [[torch.randn(shape, generator=generator) for shape in shapes] for _ in range(2)]

    def moved(chosen):
        weights = [values[k].clone().requires_grad_() for k in chosen]
        made = Muon(weights, lr=0.1)
        for slope in slopes:
            for k, weight in zip(chosen, weights, strict=True):
                weight.grad = slope[k]
            made.step()
        return [weight.detach().numpy() for weight in weights]

    for k, found in enumerate(moved(range(3))):
        np.testing.assert_allclose(found, moved([k])[0], rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("family", ["-+v", "+-+", "bits+:8"])
def test_every_weight_is_of_one_optimiser(family):
    model = build_model(family, SIZES["tiny"])
    made = make_optimisers(model, "muon", rate=1e-3, decay=0.0)
    taken = [id(w) for one in made for group in one.param_groups for w in group["params"]]
    assert sorted(taken) == sorted(id(weight) for weight in model.parameters())
    assert isinstance(made[0], Muon)
    assert all(w.ndim == 4 for w in made[0].param_groups[0]["params"])


def test_vectors_are_refused():
    with pytest.raises(ValueError, match=r"weights must be matrices, got shape \(3,\)"):
        Muon([torch.zeros(3)], lr=0.1)
