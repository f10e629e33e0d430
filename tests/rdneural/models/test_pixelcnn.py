"""No pixel sees itself or later ones, and every pixel sees what it may."""

import math

import pytest
import torch
from torch import nn

from rdneural.models.decoders import PixelDecoder
from rdneural.models.pixelcnn import PixelCNN
from tests.make.pixels import small

sides = pytest.mark.parametrize("side", [4, 8, 12])
levels = pytest.mark.parametrize("levels", [1, 2, 3])


def random_net(side, levels, *, layers=1):
    """Return a float64 network with weights of unit gain and no zero bias."""
    torch.manual_seed(100 * side + levels)
    net = PixelCNN(small(side, levels, layers)).double()
    for parameter in net.parameters():
        fan_in = max(1, parameter[0].numel())
        nn.init.normal_(parameter, std=1 / math.sqrt(fan_in))
    return net


def random_inputs(count, side):
    x = torch.rand(count, 1, side, side, dtype=torch.float64)
    return x, torch.randn(count, 1, side, side, dtype=torch.float64)


def jacobians(net, side):
    """Return d logit i / d pixel j and d logit i / d code j, each (pixels, pixels).

    Image i of the batch carries the gradient of logit i, all at another point.
    """
    pixels = side**2
    x, code = random_inputs(pixels, side)
    x.requires_grad_()
    code.requires_grad_()
    logits = net(x, code).flatten(1)
    logits.diagonal().sum().backward()
    return x.grad.flatten(1), code.grad.flatten(1)


# -- which pixel sees which -----------------------------------------------------------------------


@sides
@levels
def test_no_logit_has_a_gradient_by_its_own_pixel_or_a_later_one(side, levels):
    by_pixel, _ = jacobians(random_net(side, levels, layers=2), side)
    assert torch.equal(by_pixel.triu(), torch.zeros_like(by_pixel))


@sides
@levels
def test_no_logit_changes_with_its_own_pixel_or_a_later_one(side, levels):
    net = random_net(side, levels)
    x, code = random_inputs(1, side)
    before = net(x, code).flatten()
    for pixel in range(0, side**2, 1 + side // 3):
        changed = x.clone().flatten(2)
        changed[..., pixel:] = float("nan")  # not even multiplied by zero
        found = net(changed.view_as(x), code).flatten()
        torch.testing.assert_close(found[: pixel + 1], before[: pixel + 1], rtol=0, atol=1e-12)


@sides
@levels
def test_every_logit_sees_the_pixel_to_its_left_and_the_one_above(side, levels):
    by_pixel, _ = jacobians(random_net(side, levels), side)
    sees = (by_pixel != 0).view(side, side, side, side)
    for row in range(side):
        for column in range(side):
            assert column == 0 or sees[row, column, row, column - 1]
            assert row == 0 or sees[row, column, row - 1, column]


@sides
@levels
def test_every_logit_sees_the_pixel_above_to_the_right(side, levels):
    # the blind spot of a single masked stream
    by_pixel, _ = jacobians(random_net(side, levels), side)
    sees = (by_pixel != 0).view(side, side, side, side)
    assert all(
        sees[row, column, row - 1, column + 1]
        for row in range(1, side)
        for column in range(side - 1)
    )


@pytest.mark.parametrize(
    ("side", "levels", "share"),
    [(4, 1, 1.0), (4, 2, 1.0), (4, 3, 1.0), (8, 2, 1.0), (8, 3, 1.0), (12, 3, 0.98)],
)
def test_the_last_logits_see_nearly_all_earlier_pixels(side, levels, share):
    # halved streams tell a pixel of an odd row nothing of its own row, which it sees ten pixels far
    by_pixel, _ = jacobians(random_net(side, levels, layers=2), side)
    earlier = torch.ones(side**2, side**2).tril(-1).bool()
    assert (by_pixel[earlier] != 0).double().mean() >= share
    assert (by_pixel[-1, :-1] != 0).double().mean() >= share


@sides
@levels
def test_every_logit_sees_the_code_at_its_own_pixel(side, levels):
    _, by_code = jacobians(random_net(side, levels), side)
    assert (by_code.diagonal() != 0).all()


@sides
@levels
def test_every_dimension_of_the_code_moves_every_logit(side, levels):
    torch.manual_seed(0)
    decoder = PixelDecoder(small(side, levels)).double()
    x = torch.rand(side**2, 1, side, side, dtype=torch.float64).round()
    z = torch.randn(side**2, 3, dtype=torch.float64, requires_grad=True)
    decoder(z).logits_of(x).flatten(1).diagonal().sum().backward()
    assert (z.grad != 0).all()


@sides
@levels
def test_the_first_rows_have_the_logits_that_they_have_without_the_others(side, levels):
    net = random_net(side, levels)
    assert net.row_step == 2 ** (levels - 1)
    x, code = random_inputs(2, side)
    whole = net(x, code)
    for rows in range(net.row_step, side, net.row_step):
        cropped = net(x[:, :, :rows], code[:, :, :rows])
        torch.testing.assert_close(cropped, whole[:, :, :rows], rtol=0, atol=1e-12)


@sides
@pytest.mark.parametrize("levels", [2, 3])
def test_what_is_told_besides_lets_no_logit_see_its_own_pixel_or_a_later_one(side, levels):
    """`own` may be seen at a pixel itself and not before; what is told of all sizes, everywhere."""
    torch.manual_seed(side + levels)
    net = PixelCNN(small(side, levels), own=2).double()
    for parameter in net.parameters():
        nn.init.normal_(parameter, std=1 / math.sqrt(max(1, parameter[0].numel())))
    pixels = side**2
    x, code = random_inputs(pixels, side)
    own = torch.randn(pixels, 2, side, side, dtype=torch.float64)
    sizes = [torch.randn(pixels, 6, side >> k, side >> k, dtype=torch.float64)
             for k in range(levels)]  # fmt: skip
    told = [x, own, *sizes]
    for tensor in told:
        tensor.requires_grad_()
    logits = net(x, code, sizes[1:], sizes[:-1], own).flatten(1)
    by_x, by_own, *by_sizes = torch.autograd.grad(logits.diagonal().sum(), told)
    assert by_x.flatten(1).triu().abs().max() == 0
    for part in by_own.unbind(1):
        assert part.flatten(1).triu(1).abs().max() == 0
        assert (part.flatten(1).diagonal() != 0).all()
    assert all(gradient.abs().max() > 0 for gradient in by_sizes)


def test_images_of_a_batch_do_not_meet():
    net = random_net(8, 3)
    x, code = random_inputs(3, 8)
    together = net(x, code)
    alone = torch.cat([net(x[i : i + 1], code[i : i + 1]) for i in range(3)])
    torch.testing.assert_close(together, alone, rtol=0, atol=1e-12)


@pytest.mark.parametrize(
    ("side", "levels", "multiple"),
    [(0, 1, 4), (-4, 1, 4), (6, 1, 4), (10, 3, 4), (12, 4, 8), (28, 4, 8)],
)
def test_sizes_that_cannot_be_halved_are_refused(side, levels, multiple):
    with pytest.raises(
        ValueError, match=rf"^side must be a positive multiple of {multiple}, got {side}$"
    ):
        small(side, levels)
