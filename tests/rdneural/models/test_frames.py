from dataclasses import replace

import pytest
import torch

from rdneural.machine.seeding import seeded
from rdneural.models.build import build_model
from rdneural.models.coarse_pixels import coarser
from rdneural.models.frames import fixed_beyond, on_canvas, real_pixels
from rdneural.theory.mass import all_codes
from tests.make.models import TINY

FLOAT32 = 1e-5
FRAMES = [(3, 2), (2, 4), (3, 3)]
SIZES = {frame: replace(TINY, frame=frame) for frame in FRAMES}
FAMILIES = ("---", "-+-", "split:4", "coarse:2", "coarse:2 in 8 orders", "bits-:3", "bits+:3")

frames = pytest.mark.parametrize("frame", FRAMES, ids=str)
families = pytest.mark.parametrize("family", FAMILIES)


def _model(family, frame):
    name, _, orders = family.partition(" ")
    with seeded(5):
        return build_model(name, replace(SIZES[frame], pixel_orders=8 if orders else 1)).eval()


def _images_of(frame):
    """Every binary image of a frame, on its canvas."""
    height, width = frame
    return on_canvas(all_codes(height * width).float().view(-1, 1, height, width), 4)


def _codes(model, x):
    with seeded(6), torch.no_grad():
        return model.encode(x)[0]


@frames
@families
@torch.no_grad()
def test_the_images_of_the_frame_have_all_the_mass(family, frame):
    model, every = _model(family, frame), _images_of(frame)
    z = _codes(model, every[[0, 5, -1]])
    masses = model.decoder(z).pairwise_log_prob(every).double()
    if family.startswith("coarse"):  # pairs are of an image with its own code alone
        own = torch.stack([coarser(x[None]).flatten() for x in every])
        for code in z:
            held = every[(own == code).all(1)]
            found = model.decoder(code.expand(len(held), -1)).log_prob(held)
            assert found.exp().sum().item() == pytest.approx(1, abs=FLOAT32)
    else:
        assert masses.exp().sum(1).tolist() == pytest.approx([1] * 3, abs=FLOAT32)
    for index, code in enumerate(z):
        alone = model.decoder(code.expand(len(every), -1)).log_prob(every).double()
        assert torch.allclose(alone.exp(), masses[index].exp(), atol=FLOAT32)


@frames
@pytest.mark.parametrize("family", ["split:4", "coarse:2", "coarse:2 in 8 orders"])
@torch.no_grad()
def test_fixed_maps_have_code_lengths_of_the_frame(family, frame):
    """R + D are those of a distribution of the images of the frame; nothing beyond is counted."""
    model, every = _model(family, frame), _images_of(frame)
    terms = model(every)  # of coarse codes some are of no image, as in images of odd sides
    mass = torch.exp(-(terms.rate + terms.distortion).double()).sum().item()
    if family == "split:4":
        assert mass == pytest.approx(1, abs=FLOAT32)
    z = model.encoder(every).mode()
    assert torch.allclose(terms.rate, -model.marginal(model.encoder).log_prob(z), atol=FLOAT32)
    assert torch.allclose(terms.distortion, -model.decoder(z).log_prob(every), atol=FLOAT32)


@frames
@families
def test_samples_are_empty_beyond_the_frame(family, frame):
    model = _model(family, frame)
    z = _codes(model, _images_of(frame)[-8:])
    with seeded(7):
        drawn = model.decoder(z).sample()
    assert torch.equal(drawn, on_canvas(real_pixels(drawn, frame), 4))
    assert real_pixels(drawn, frame).sum() > 0


def test_no_gradient_and_no_nats_come_from_beyond_the_frame():
    logits = torch.linspace(-3, 3, 16).view(1, 1, 4, 4).requires_grad_()
    fixed = fixed_beyond(logits, (3, 2))
    x = torch.zeros(1, 1, 4, 4)
    nats = torch.nn.functional.binary_cross_entropy_with_logits(fixed, x, reduction="none")
    assert real_pixels(nats, (3, 2)).min() > 0
    assert nats.count_nonzero() == 6
    nats.sum().backward()
    assert (real_pixels(logits.grad, (3, 2)) > 0).all()
    assert logits.grad.count_nonzero() == 6


@pytest.mark.parametrize("family", ["---", "-+v", "split:4", "coarse:2"])
@torch.no_grad()
def test_a_frame_of_the_whole_canvas_changes_nothing(family):
    x = all_codes(16)[::4099].float().view(-1, 1, 4, 4)
    found = []
    for sizes in (TINY, replace(TINY, frame=(4, 4))):
        with seeded(8):
            terms = build_model(family, sizes).eval()(x)
        found.append(torch.stack([terms.rate, terms.distortion]))
    assert torch.equal(*found)
