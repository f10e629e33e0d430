"""A mixture of orders is a distribution of images, measured exactly and drawn from."""

import math

import pytest
import torch
from torch import nn

from rdneural.models.decoders import PixelDecoder
from rdneural.models.orders import turned, turns
from rdneural.records.sizes import Sizes
from tests.tolerances import STANDARD_ERRORS

FRAMED = {"side": 4, "frame": (2, 3)}
EVERY = ((torch.arange(64)[:, None] >> torch.arange(6)) & 1).double().view(-1, 1, 2, 3)
"""All images of the frame."""


def random_decoder(orders, **sizes):
    torch.manual_seed(orders)
    decoder = PixelDecoder(
        Sizes(dim=2, pixel_features=6, pixel_layers=1, pixel_levels=2, pixel_orders=orders, **sizes)
    )
    for parameter in decoder.parameters():
        nn.init.normal_(parameter, std=0.4)
    return decoder.double().eval()


def canvas(x):
    return nn.functional.pad(x, (0, 1, 0, 2))


def test_turns_are_the_eight_rearrangements_that_keep_distances():
    places = turns(3, torch.device("cpu"))
    at = torch.stack([places // 3, places % 3], 2).double()  # (8, pixels, 2)
    distances = torch.cdist(at, at)
    torch.testing.assert_close(distances, distances[:1].expand(8, -1, -1))
    assert len({tuple(of) for of in places.tolist()}) == 8
    assert places[0].tolist() == list(range(9))


def test_an_image_that_was_turned_is_turned_back():
    x = torch.rand(8, 2, 4, 4)
    places = turns(4, x.device)
    assert torch.equal(turned(turned(x, places), places.argsort(1)), x)
    torch.testing.assert_close(turned(x, places)[1], x[1].rot90(2, (1, 2)))


@pytest.mark.parametrize("orders", [2, 8])
@torch.no_grad()
def test_the_probabilities_of_all_images_sum_to_one_in_every_order(orders):
    images = random_decoder(orders, **FRAMED)(torch.ones(1, 2, dtype=torch.float64))
    of_orders = torch.stack(
        [images.in_order(canvas(EVERY), torch.full((64,), k)) for k in range(orders)]
    )
    sums = of_orders.logsumexp(1)
    torch.testing.assert_close(sums, torch.zeros_like(sums), rtol=0, atol=1e-12)
    assert (of_orders - of_orders[0])[1:].abs().amin(0).max() > 1e-3  # and no two are the same
    mixture = of_orders.logsumexp(0) - math.log(orders)
    torch.testing.assert_close(images.log_prob(canvas(EVERY)), mixture)


@torch.no_grad()
def test_no_pixel_of_a_turned_image_sees_a_later_one():
    decoder = random_decoder(8, side=4)
    x, z = torch.rand(1, 1, 4, 4).double(), torch.randn(1, 2).double()
    there = turns(4, x.device)
    for k in range(8):
        logits_of = decoder(z).logits_of
        before = logits_of(turned(x, there[k : k + 1]), torch.tensor([k]), there[k : k + 1])
        for pixel in (0, 5, 15):
            changed = turned(x, there[k : k + 1]).flatten(2)
            changed[..., pixel:] = float("nan")
            found = logits_of(changed.view_as(x), torch.tensor([k]), there[k : k + 1])
            torch.testing.assert_close(
                found.flatten()[: pixel + 1], before.flatten()[: pixel + 1], rtol=0, atol=1e-12
            )


@torch.no_grad()
def test_what_is_learnt_is_a_bound_by_one_order_for_each_image():
    decoder = random_decoder(4, **FRAMED)
    z = torch.randn(64, 2, dtype=torch.float64)
    exact = decoder(z).log_prob(canvas(EVERY))
    of_orders = torch.stack(
        [decoder(z).in_order(canvas(EVERY), torch.full((64,), k)) for k in range(4)]
    )
    assert (of_orders.mean(0) <= exact).all()
    torch.manual_seed(0)
    learnt = decoder.train()(z).log_prob(canvas(EVERY))
    torch.manual_seed(0)
    which = torch.randint(4, (64,))
    assert torch.equal(learnt, of_orders[which, torch.arange(64)])
    assert len(which.unique()) == 4


@torch.no_grad()
def test_pairs_are_those_of_images_alone():
    decoder, z = random_decoder(3, **FRAMED), torch.randn(2, 2, dtype=torch.float64)
    found = decoder(z).pairwise_log_prob(canvas(EVERY))
    alone = [decoder(one.expand(64, -1)).log_prob(canvas(EVERY)) for one in z]
    torch.testing.assert_close(found, torch.stack(alone))


@torch.no_grad()
def test_images_are_drawn_as_often_as_they_are_probable():
    decoder, count = random_decoder(8, **FRAMED), 1000
    z = torch.ones(1, 2, dtype=torch.float64)
    torch.manual_seed(1)
    drawn = decoder(z.expand(count, -1)).sample().double()
    assert not drawn[:, :, 2:].any()
    assert not drawn[:, :, :, 3:].any()
    seen = (drawn[:, :, :2, :3].flatten(1) * 2 ** torch.arange(6)).sum(1).long()
    often = torch.bincount(seen, minlength=64) / count
    chance = decoder(z).log_prob(canvas(EVERY)).exp()
    error = (chance * (1 - chance) / count).sqrt()
    assert ((often - chance).abs() <= STANDARD_ERRORS * error + 1 / count).all()
