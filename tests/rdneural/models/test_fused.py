"""The kernels of activations are the formulas, in float32 and bfloat16, forth and back."""

import math

import pytest
import torch
from torch import nn
from torch.nn import functional

from rdneural.models import fused
from rdneural.models.fused import Padding, gated_product, gated_sum, silu_padded
from rdneural.models.layers import Doubling
from rdneural.models.pixelcnn import PixelCNN
from tests.make.pixels import small
from tests.tolerances import STANDARD_ERRORS

FLOAT32 = {"rtol": 2e-6, "atol": 5e-6}
"""Sigmoids of both are off by 2e-7, times inputs of up to 20."""
BFLOAT16 = {"rtol": 2.0**-7, "atol": 1e-5}
"""Results of both are rounded to 8 bits, PyTorch's after the sum and after silu."""
LIMITS = {torch.float32: FLOAT32, torch.bfloat16: BFLOAT16}

formats = pytest.mark.parametrize("kind", LIMITS, ids=str)
paddings = pytest.mark.parametrize("padding", [Padding(1, 1, 1), Padding(1, 0, 1), fused.NONE])


@pytest.fixture(autouse=True)
def kernels(monkeypatch):
    """Let one thread be at work, as the kernels want it."""
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)


def drawn(kind, *shape, seed=0):
    torch.manual_seed(seed)
    x = (4 * torch.randn(shape)).to(kind).to(memory_format=torch.channels_last)
    return x.requires_grad_()


def gradients(found, inputs):
    torch.manual_seed(9)
    return torch.autograd.grad(found, inputs, torch.randn(found.shape).to(found))


@formats
@paddings
@pytest.mark.parametrize("more", [False, True])
def test_silu_padded_is_its_formula(kind, padding, more):
    x, extra = drawn(kind, 3, 5, 6, 7), drawn(kind, 3, 5, 6, 7, seed=1) if more else None
    inputs = (x,) if extra is None else (x, extra)
    found = silu_padded(x, padding, extra)
    exact = [one.detach().double().requires_grad_() for one in inputs]
    around = (padding.left, padding.right, padding.top, 0)
    right = functional.pad(functional.silu(sum(exact)), around)
    torch.testing.assert_close(found.double(), right, **LIMITS[kind])
    for mine, theirs in zip(gradients(found, inputs), gradients(right, exact), strict=True):
        torch.testing.assert_close(mine.double(), theirs, **LIMITS[kind])


@formats
def test_gated_sum_is_its_formula(kind):
    parts = [drawn(kind, 2, 3, 4, 5, seed=seed) for seed in range(3)]
    found = gated_sum(*parts)
    exact = [one.detach().double().requires_grad_() for one in parts]
    right = exact[0] + exact[1] * torch.sigmoid(exact[2])
    torch.testing.assert_close(found.double(), right, **LIMITS[kind])
    for mine, theirs in zip(gradients(found, parts), gradients(right, exact), strict=True):
        torch.testing.assert_close(mine.double(), theirs, **LIMITS[kind])


@formats
def test_numbers_that_are_none_stay_so(kind):
    x = torch.tensor([math.nan, math.inf, -1.0, 2.0], dtype=kind).view(1, 1, 2, 2)
    fine = torch.ones_like(x)
    assert not silu_padded(x, fused.NONE).isfinite().flatten()[:2].any()
    assert silu_padded(x, fused.NONE).isfinite().flatten()[2:].all()
    for parts in ((x, fine, fine), (fine, x, fine)):
        assert gated_sum(*parts).isfinite().flatten().tolist() == [False, False, True, True]
    assert gated_sum(fine, fine, x).isnan().flatten().tolist() == [True, False, False, False]


@formats
def test_results_are_rounded_to_the_nearest(kind):
    x, value = drawn(kind, 2, 8, 16, 16), drawn(kind, 2, 8, 16, 16, seed=1)
    found = gated_sum(x, value, torch.zeros_like(x))
    assert torch.equal(found, (x.float() + 0.5 * value.float()).to(kind))


# -- dropout --------------------------------------------------------------------------------------


@formats
@pytest.mark.parametrize("share", [0.1, 0.5])
def test_dropout_leaves_out_its_share_and_scales_the_rest(kind, share):
    x = torch.full((8, 16, 20, 20), 3.0, dtype=kind).requires_grad_()
    torch.manual_seed(3)
    found = silu_padded(x, fused.NONE, dropout=share)
    whole = functional.silu(torch.tensor(3.0)) / (1 - share)
    kept = found != 0
    right = whole.expand(int(kept.sum()))
    torch.testing.assert_close(found[kept].float(), right, **LIMITS[kind])
    error = math.sqrt(share * (1 - share) / kept.numel())
    assert abs(kept.double().mean().item() - (1 - share)) < STANDARD_ERRORS * error
    (gradient,) = torch.autograd.grad(found.float().sum(), x)
    assert torch.equal(gradient != 0, kept)


def test_what_is_dropped_is_drawn_from_the_seed_and_for_each_layer_anew():
    x = torch.ones(4, 8, 16, 16)

    def masks(seed):
        torch.manual_seed(seed)
        return [silu_padded(x, fused.NONE, dropout=0.5) != 0 for _ in range(2)]

    first, second = masks(0)
    assert all(map(torch.equal, masks(0), (first, second)))
    error = 0.5 / math.sqrt(x.numel())
    for one, other in ((first, second), (first, masks(1)[0]), (first[1:], first[:-1])):
        agreeing = (one == other).double().mean().item()
        assert abs(agreeing - 0.5) < 2 * STANDARD_ERRORS * error


# -- networks -------------------------------------------------------------------------------------


def test_a_network_has_the_logits_and_gradients_that_it_has_without_kernels(monkeypatch):
    torch.manual_seed(0)
    net = PixelCNN(small(8, 2, 1)).to(memory_format=torch.channels_last)
    x, code = torch.rand(4, 1, 8, 8), torch.randn(4, 1, 8, 8)

    def found():
        net.zero_grad()
        logits = net(x, code)
        logits.square().sum().backward()
        return [logits, *(parameter.grad for parameter in net.parameters())]

    with_kernels = found()
    monkeypatch.setattr(fused, "_fits", lambda *given: False)
    for mine, theirs in zip(with_kernels, found(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-4)


def test_doubling_is_a_transposed_convolution_of_kernel_and_stride_two():
    torch.manual_seed(0)
    layer = Doubling(3, 5).double()
    x = torch.randn(2, 3, 4, 6, dtype=torch.float64)
    plain = nn.ConvTranspose2d(3, 5, 2, stride=2).double()
    plain.load_state_dict(layer.state_dict())
    torch.testing.assert_close(layer(x), plain(x), rtol=0.0, atol=1e-12)


@formats
@pytest.mark.parametrize("shape", [(3, 5, 4, 6), (7, 9)], ids=str)
def test_gated_product_is_its_formula_and_drops_out(kind, shape):
    torch.manual_seed(0)
    parts = [(4 * torch.randn(shape)).to(kind).requires_grad_() for _ in range(2)]
    found = gated_product(*parts)
    exact = [one.detach().double().requires_grad_() for one in parts]
    right = exact[0] * torch.sigmoid(exact[1])
    torch.testing.assert_close(found.double(), right, **LIMITS[kind])
    for mine, theirs in zip(gradients(found, parts), gradients(right, exact), strict=True):
        torch.testing.assert_close(mine.double(), theirs, **LIMITS[kind])
    half = gated_product(*parts, 0.5)
    kept = half != 0
    assert 0 < kept.double().mean() < 1
    torch.testing.assert_close(half[kept], 2 * found[kept], rtol=2.0**-7, atol=0.0)
    (by_value,) = torch.autograd.grad(half.float().sum(), parts[0])
    assert torch.equal(by_value != 0, kept)


def test_what_threads_drop_does_not_depend_on_how_many_there_are(monkeypatch):
    monkeypatch.setattr(fused, "LEAST", 1)
    x, gate = drawn(torch.float32, 5, 8, 6, 6), drawn(torch.float32, 5, 8, 6, 6, seed=1)

    def found(threads):
        monkeypatch.setattr(torch, "get_num_threads", lambda: threads)
        torch.manual_seed(4)
        made = [silu_padded(x, Padding(1, 1, 1), dropout=0.4), gated_product(x, gate, 0.4)]
        return made + [part for one in made for part in gradients(one, (x,))]

    for one, other in zip(found(1), found(3), strict=True):
        assert torch.equal(one, other)
