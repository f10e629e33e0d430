"""A PixelCNN++ a row at a time has the numbers of whole passes, whatever is drawn later."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from rdneural.machine.seeding import seeded
from rdneural.models.build import build_model
from rdneural.models.pixel_distributions import AutoregressiveImages
from rdneural.models.pixel_rows import remembered
from rdneural.models.pixelcnn import PixelCNN
from rdneural.records.sizes import SIZES

TINY = SIZES["tiny"]


def network(side, levels, *, layers=1, orders=1, own=0):
    sizes = replace(
        TINY, side=side, pixel_levels=levels, pixel_layers=layers, pixel_orders=orders,
        pixel_features=6,
    )  # fmt: skip
    net = PixelCNN(sizes, maps=2, own=own).double()
    for weight in net.parameters():
        nn.init.normal_(weight, std=1 / math.sqrt(max(1, weight[0].numel())))
    return net


@pytest.mark.parametrize(
    ("side", "levels", "changed"),
    [(4, 1, {}), (8, 2, {"layers": 2}), (8, 3, {"orders": 3}), (12, 3, {"own": 3})],
)
def test_passes_of_rows_have_the_numbers_of_whole_passes(side, levels, changed):
    torch.manual_seed(levels)
    net, features = network(side, levels, **changed), 6
    x = torch.rand(3, 1, side, side, dtype=torch.float64).round()
    code = torch.randn(3, 2, side, side, dtype=torch.float64)
    own = torch.randn(3, 3, side, side, dtype=torch.float64) if "own" in changed else None
    order = torch.tensor([2, 0, 1]) if "orders" in changed else None
    told = [
        [torch.randn(3, 2 * features, side >> k, side >> k, dtype=torch.float64) for k in of]
        for of in (range(1, levels), range(levels - 1))
    ]
    with torch.no_grad():
        whole = net(x, code, *told, own, order)
        drawn = torch.full_like(x, 7.0)  # what is there before a pixel is drawn is of no account
        with remembered(net) as memory:
            for row in range(side):
                memory.begin(row)
                for column in range(side):
                    found = net(drawn, code, *told, own, order)
                    drawn[:, :, row, column] = x[:, :, row, column]
                    at = (slice(None), slice(None), row, column)
                    torch.testing.assert_close(found[at], whole[at], rtol=0, atol=1e-12)
        assert torch.equal(net(x, code, *told, own, order), whole)  # nothing is remembered


@pytest.mark.parametrize("family", ["-+-", "split:6", "coarse:2"])
@pytest.mark.parametrize("frame", [None, (3, 2)])
def test_samples_are_those_of_whole_passes(family, frame, monkeypatch):
    """Of one seed, whether rows are remembered or every pixel asks the whole network."""
    if family.startswith("coarse") and frame:
        pytest.skip("a coarse image of a frame so small is no code")
    with seeded(5):
        model = build_model(family, replace(TINY, side=4, frame=frame)).double().eval()

    def draw():
        with torch.no_grad(), seeded(9):
            codes = model.marginal(model.encoder).sample(20).reshape(20, -1)
            return codes, model.decoder(codes.double()).sample()

    quick = draw()
    forward = PixelCNN.forward

    def forgetful(net, *given, **named):
        net.memory = None
        return forward(net, *given, **named)

    monkeypatch.setattr(PixelCNN, "forward", forgetful)
    slow = draw()
    assert all(map(torch.equal, quick, slow))
    assert 0 < quick[1].mean() < 1


def test_pixels_that_are_given_stay_and_others_follow():
    torch.manual_seed(0)
    known = torch.rand(50, 1, 4, 4).round()
    net = network(4, 1)

    def copies(x):  # each pixel that of the row above, for sure
        return 200 * nn.functional.pad(x, (0, 0, 1, 0))[:, :, :-1] - 100

    images = AutoregressiveImages(
        copies, 50, 4, net, torch.device("cpu"), known=known, first=6
    )  # fmt: skip
    drawn = images.sample().flatten(1)
    assert torch.equal(drawn[:, :6], known.flatten(1)[:, :6])
    assert torch.equal(drawn[:, 6:], drawn[:, 2:-4])
