"""Usefulness of models that are known through and through."""

import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from rdneural.machine.seeding import seeded
from rdneural.measures.usefulness import baselines_of, pair_agreement, usefulness_of
from rdneural.models.build import build_model
from rdneural.models.latent import Terms
from rdneural.records.sizes import SIZES
from rdtheory.information import greatest_accuracy
from tests.make.labelled import CLASSES, PROTOTYPES, SETTINGS, judge, made_labelled, nearest
from tests.tolerances import STANDARD_ERRORS


class MadeModel(nn.Module):
    """A model by its doors alone; what it does is handed to it."""

    def __init__(self, mode, draw, sample, terms):
        super().__init__()
        self.encoder = lambda x: SimpleNamespace(mode=lambda: mode(x))
        self.encode = lambda x: (draw(x), None)
        self.decoder = lambda z: SimpleNamespace(sample=lambda: sample(z))
        self.terms = terms

    def forward(self, x):
        rate, distortion = self.terms
        return Terms(torch.full((len(x),), rate), torch.full((len(x),), distortion))


def one_hot(classes):
    return nn.functional.one_hot(classes, CLASSES).float()


def prototypes(z):
    return PROTOTYPES[z.argmax(1)][:, None]


def autoencoder():
    def flat(x):
        return x.flatten(1)

    return MadeModel(flat, flat, lambda z: z.view(-1, 1, 4, 4), (16 * math.log(2), 0.0))


def class_encoder(right):
    """Its code is the class, drawn wrong with equal chance for each other; its mode is right."""

    def draw(x):
        seen = nearest(x)
        other = (seen + torch.randint(1, CLASSES, seen.shape)) % CLASSES
        return one_hot(torch.where(torch.rand(len(x)) < right, seen, other))

    wrong = 1 - right
    rate = math.log(CLASSES) + right * math.log(right) + wrong * math.log(wrong / (CLASSES - 1))
    return MadeModel(lambda x: one_hot(nearest(x)), draw, prototypes, (rate, 5.0))


def autodecoder():
    def draw(x):
        return torch.zeros(len(x), 2)

    def sample(z):
        return PROTOTYPES[torch.randint(CLASSES, (len(z),))][:, None]

    return MadeModel(draw, draw, sample, (0.0, 9.0))


def measured(model, labelled=None, **options):
    options = {"reconstructions": 1000} | options
    return usefulness_of(model, SETTINGS, labelled or made_labelled(0.0), judge(), **options)


# -- models that are known --------------------------------------------------------------------


def test_an_autoencoder_gives_everything_back():
    labelled = made_labelled()
    found = measured(autoencoder(), labelled)
    held, labels = labelled.pooled("valid", "test")
    right = (nearest(torch.from_numpy(held)[:, None]).numpy() == labels).mean()
    assert found.class_agreement.value == right  # the judge's own accuracy, errors and all
    assert (found.pixel_agreement.value, found.pixel_agreement.se) == (1.0, 0.0)
    assert (found.rate.value, found.distortion.value) == (pytest.approx(16 * math.log(2)), 0.0)
    known = baselines_of(labelled, judge(right))
    assert found.linear_probe == found.drawn_linear_probe == known.pixels_linear_probe
    assert found.nearest_neighbours == known.pixels_nearest_neighbours
    assert (found.images, found.probed, found.reconstructions) == (160, 400, 160)


def test_an_autodecoder_is_worth_chance():
    found = measured(autodecoder())
    assert (
        abs(found.class_agreement.value - 1 / CLASSES) < STANDARD_ERRORS * found.class_agreement.se
    )
    # a template beside another one drawn at will: all 16 pixels in a quarter of cases, else 8
    error = STANDARD_ERRORS * found.pixel_agreement.se
    assert abs(found.pixel_agreement.value - (1 + 3 * 8 / 16) / 4) < error
    for name in ("linear_probe", "nearest_neighbours", "drawn_linear_probe"):
        assert getattr(found, name).value <= 1 / CLASSES


@pytest.mark.parametrize("right", [0.4, 0.8])
def test_a_drawn_code_and_a_reconstruction_are_bound_by_the_rate_and_a_mean_code_is_not(right):
    found = measured(class_encoder(right), made_labelled(0.0, (1000, 500, 500)))
    most = float(greatest_accuracy(found.rate.value, CLASSES))
    assert most == pytest.approx(right, abs=1e-6)  # this channel reaches the bound
    for name in ("drawn_linear_probe", "drawn_nearest_neighbours", "class_agreement"):
        share = getattr(found, name)
        assert share.value < most + STANDARD_ERRORS * share.se
    assert abs(found.class_agreement.value - right) < STANDARD_ERRORS * found.class_agreement.se
    assert found.linear_probe.value == found.nearest_neighbours.value == 1.0
    # class and pixels hang together here: a wrong template shares 8 of 16 pixels
    assert found.pixel_agreement.value == pytest.approx((1 + found.class_agreement.value) / 2)


def test_a_model_that_keeps_the_class_alone_has_the_pixels_of_its_class():
    def another(z):  # a new image of the same class
        flips = torch.rand(len(z), 1, 4, 4) < 0.05
        return torch.where(flips, 1 - prototypes(z), prototypes(z))

    def draw(x):
        return one_hot(nearest(x))

    labelled = made_labelled(noise=0.05)
    found = measured(MadeModel(draw, draw, another, (math.log(CLASSES), 5.0)), labelled)
    # two draws of one template agree in a pixel with probability 0.95^2 + 0.05^2
    error = STANDARD_ERRORS * found.pixel_agreement.se
    assert abs(found.pixel_agreement.value - 0.905) < error
    assert (
        abs(found.pixel_agreement.value - baselines_of(labelled, judge()).pixel_same_class) < error
    )
    assert found.pixel_agreement.value < 1 - error


def test_what_is_drawn_depends_on_the_seed_alone():
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    one = measured(class_encoder(0.6), seed=1)
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(6)
    assert measured(class_encoder(0.6), seed=1) == one
    assert measured(class_encoder(0.6), seed=2) != one


def test_counts_are_as_asked_and_no_more_than_there_are():
    found = measured(autodecoder(), images=50, reconstructions=30)
    assert (found.images, found.reconstructions) == (50, 30)
    assert measured(autodecoder(), images=5000, reconstructions=5000).reconstructions == 160


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"images": 0}, "images must be"),
        ({"reconstructions": 0}, "reconstructions must be"),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_counts_that_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        measured(autodecoder(), **options)


def test_numbers_that_are_not_finite_are_refused():
    model = autodecoder()
    model.terms = (math.nan, 1.0)
    with pytest.raises(ValueError, match="must be finite"):
        measured(model)


# -- families, untrained ----------------------------------------------------------------------


@pytest.mark.parametrize("family", ["--v", "-++", "coarse:2", "bits-:6"])
def test_no_family_tells_more_of_the_class_than_its_rate(family):
    with seeded(2):
        model = build_model(family, SIZES["tiny"])
    found = measured(model, made_labelled(), reconstructions=40)
    assert_no_more_than_its_rate(found)
    assert found.reconstructions == 40


def assert_no_more_than_its_rate(found):
    most = float(greatest_accuracy(found.rate.value + STANDARD_ERRORS * found.rate.se, CLASSES))
    for name in ("drawn_linear_probe", "drawn_nearest_neighbours", "class_agreement"):
        share = getattr(found, name)
        assert share.value < most + STANDARD_ERRORS * share.se


def test_pixels_that_are_the_code_come_back():
    labelled = made_labelled()
    for kept in (0, 6, 16):
        model = build_model(f"split:{kept}", SIZES["tiny"])
        found = measured(model, labelled, reconstructions=40)
        assert_no_more_than_its_rate(found)
        assert found.pixel_agreement.value >= kept / 16
        assert found.linear_probe == found.drawn_linear_probe  # its code is never noisy
    assert found.pixel_agreement.value == 1.0


# -- baselines --------------------------------------------------------------------------------


def test_pair_agreement_is_the_mean_over_all_pairs():
    rng = np.random.default_rng(0)
    images = (rng.random((12, 9)) < 0.4).astype(float)
    labels = np.arange(12) % 3
    pairs = [(i, j) for i in range(12) for j in range(12) if i != j]
    agree = {pair: (images[pair[0]] == images[pair[1]]).mean() for pair in pairs}
    assert pair_agreement(images) == pytest.approx(np.mean(list(agree.values())))
    same = [value for (i, j), value in agree.items() if labels[i] == labels[j]]
    assert pair_agreement(images, labels) == pytest.approx(np.mean(same))


def test_chance_is_the_most_frequent_class_of_the_counts():
    labelled = made_labelled()
    frequent = replace(labelled, train=np.where(np.arange(240) < 120, 0, labelled.train))
    assert baselines_of(labelled, judge()).chance == 0.25
    known = baselines_of(frequent, judge())
    assert known.chance == np.mean(frequent.pooled()[1] == 0)
    counts = [(frequent.pooled()[1] == k).sum() for k in range(len(frequent.classes))]
    assert [int(count) for count in known.counts.split()] == counts
