"""Twelve families whose rates and distortions are what they are called, and how they are measured.

Statistical tests fix their seed and allow four standard errors.
"""

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from rdneural.measures.rates import measure, terms_of
from rdneural.models.build import FAMILIES, Terms, build_model, check_family
from rdneural.models.encoders import LEAST_SCALE
from rdneural.records.sizes import SIZES
from tests.make.models import PAIRWISE_FAMILIES
from tests.tolerances import STANDARD_ERRORS

TINY = SIZES["tiny"]

families = pytest.mark.parametrize("family", FAMILIES)


def tiny_model(family, *, seed=0):
    torch.manual_seed(seed)
    return build_model(family, TINY)


def tiny_images(count, *, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return (torch.rand(count, 1, 4, 4, generator=generator) < 0.3).to(torch.uint8)


# -- names ----------------------------------------------------------------------------------------


def test_the_families_are_the_twelve_of_the_paper():
    assert sorted(FAMILIES) == sorted(
        ["---", "--+", "--v", "-+-", "-++", "-+v", "+--", "+-+", "+-v", "++-", "+++", "++v"]
    )


@pytest.mark.parametrize("name", ["", "-", "--", "----", "v--", "-v-", "+-x", "-+V", "_-_", " ---"])
@pytest.mark.parametrize("door", [check_family, lambda name: build_model(name, TINY)])
def test_an_unknown_family_is_refused_in_one_line(door, name):
    with pytest.raises(ValueError, match=r"^model must be one of ---, ") as caught:
        door(name)
    message = str(caught.value)
    assert message.endswith(f"got {name!r}")
    assert "\n" not in message
    assert all(family in message for family in FAMILIES)


# -- rate and distortion --------------------------------------------------------------------------


@pytest.mark.parametrize("family", PAIRWISE_FAMILIES)
def test_rate_and_distortion_of_a_single_image_are_finite(family):
    terms = tiny_model(family)(tiny_images(1).float())
    assert terms.rate.shape == terms.distortion.shape == (1,)
    assert terms.rate.isfinite().all()
    assert terms.distortion.isfinite().all()
    assert (terms.distortion > 0).all()


@pytest.mark.parametrize("side", [4, 8, 12, 28])
def test_networks_fit_images_of_every_side(side):
    torch.manual_seed(0)
    model = build_model("---", replace(TINY, side=side))
    terms = model(torch.rand(3, 1, side, side).round())
    assert terms.rate.shape == terms.distortion.shape == (3,)
    assert (terms.rate + terms.distortion).isfinite().all()


@pytest.mark.parametrize("family", ["---", "+++", "--v"])
def test_every_parameter_of_a_quick_model_has_a_part(family):
    torch.manual_seed(0)
    model = build_model(family, SIZES["quick"])
    terms = model(torch.rand(4, 1, 28, 28).round())
    (terms.rate + terms.distortion).mean().backward()
    idle = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert idle == []


@families
def test_rate_and_distortion_are_the_log_densities_of_one_code(family):
    model, x = tiny_model(family).double(), tiny_images(6).double()
    torch.manual_seed(1)
    terms = model(x)
    torch.manual_seed(1)
    z, log_e = model.encoder(x).rsample_with_log_prob()
    log_m = model.marginal(model.encoder).log_prob(z)
    assert terms.rate.shape == terms.distortion.shape == (6,)
    torch.testing.assert_close(terms.rate, log_e - log_m)
    torch.testing.assert_close(terms.rate, model.encoder(x).log_prob(z) - log_m)
    torch.testing.assert_close(terms.distortion, -model.decoder(z).log_prob(x))


@pytest.mark.parametrize("family", [family for family in FAMILIES if family[1] == "-"])
def test_the_expected_rate_is_not_negative(family):
    found = measure(tiny_model(family), tiny_images(2000))
    assert found.rate > -STANDARD_ERRORS * found.rate_se


@pytest.mark.parametrize("family", PAIRWISE_FAMILIES)
def test_every_parameter_has_a_part_in_rate_and_distortion(family):
    model = tiny_model(family)
    terms = model(tiny_images(16).float())
    (terms.rate + terms.distortion).mean().backward()
    idle = [n for n, p in model.named_parameters() if p.grad is None or not p.grad.any()]
    assert idle == []
    assert all(p.grad.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize("family", PAIRWISE_FAMILIES)
def test_the_rate_teaches_encoder_and_marginal_and_not_the_decoder(family):
    model = tiny_model(family)
    model(tiny_images(16).float()).rate.mean().backward()
    assert all(p.grad is None for p in model.decoder.parameters())
    taught = [*model.encoder.named_parameters(), *model.marginal.named_parameters()]
    if family[0] == family[2] == "-":  # all of the encoder but nothing else
        assert list(model.marginal.parameters()) == []
    assert [n for n, p in taught if p.grad is None or not p.grad.any()] == []


@pytest.mark.parametrize("family", ["--v", "+-v"])
def test_every_pseudo_input_is_taught(family):
    model = tiny_model(family)
    model(tiny_images(64).float()).rate.mean().backward()
    assert model.marginal.pseudo_inputs.grad.flatten(1).any(1).all()


@pytest.mark.parametrize("family", PAIRWISE_FAMILIES)
def test_a_model_starts_from_what_the_images_tell(family):
    model, images = tiny_model(family), tiny_images(50).float()
    model.start_at(images)
    assert measure(model, images).distortion < 16 * math.log(2)  # below that of fair coins
    if family[2] == "v":
        chosen = model.marginal.pseudo_inputs.detach()
        known = {tuple(row) for row in (0.1 + 0.8 * images).flatten(1).tolist()}
        assert {tuple(row) for row in chosen.flatten(1).tolist()} <= known


@families
def test_a_family_keeps_its_name_and_its_seed(family):
    one, other = tiny_model(family), tiny_model(family)
    assert one.family == family
    weights = zip(one.parameters(), other.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in weights)


# -- the paper's sizes, by hand -------------------------------------------------------------------


def weights(inputs, outputs, *kernel):
    """Numbers of a layer with a bias."""
    return inputs * outputs * math.prod(kernel) + outputs


MADE_64 = weights(64, 640) + 2 * weights(640, 640) + weights(640, 64)
RESNET_LAYER = (  # of both streams: kernels 2 x 3 and 2 x 2, the vertical stream into the other
    3 * weights(64, 64, 2, 3) + 3 * weights(64, 64, 2, 2) + weights(64, 64)
)
SHORTCUTS = weights(64, 64) + 64 * 64  # into the vertical; and 64 more inputs of the horizontal
BY_HAND = {
    "encoder": {
        "-": 2 * weights(1, 32, 5, 5)
        + 2 * weights(32, 32, 5, 5)
        + 2 * weights(32, 64, 5, 5)
        + 2 * weights(64, 64, 5, 5)
        + 2 * weights(64, 256, 7, 7)
        + 2 * weights(256, 64)
    },
    "decoder": {
        "-": 2 * weights(64, 64, 7, 7)
        + 2 * weights(64, 64, 5, 5)
        + 2 * weights(64, 64, 5, 5)
        + 2 * weights(64, 32, 5, 5)
        + 2 * weights(32, 32, 5, 5)
        + 2 * weights(32, 32, 4, 4)
        + weights(32, 1, 5, 5),
        "+": 2 * weights(64, 28 * 28)
        + weights(3, 64, 2, 3)  # the shifted image, the code and a map of ones
        + weights(3, 64, 2, 2)
        + 12 * RESNET_LAYER  # six blocks of two
        + 6 * SHORTCUTS
        + 2 * (weights(64, 64, 2, 3) + weights(64, 64, 2, 2))  # halvings of both streams
        + 4 * weights(64, 64, 2, 2)  # and doublings
        + weights(64, 1),
    },
    "marginal": {"-": 0, "+": 4 * MADE_64, "v": 500 * 28 * 28 + 500},
}
BY_HAND["encoder"]["+"] = BY_HAND["encoder"]["-"] + 4 * MADE_64


@pytest.mark.parametrize("family", ["---", "+++", "--v"])  # every part of every kind
def test_a_family_of_the_paper_has_as_many_numbers_as_by_hand(family):
    with torch.device("meta"):
        model = build_model(family, SIZES["paper"])
    for part, name in zip(BY_HAND, family, strict=True):
        counted = sum(p.numel() for p in getattr(model, part).parameters())
        assert counted == BY_HAND[part][name], part
    assert model.size() == sum(
        BY_HAND[part][name] for part, name in zip(BY_HAND, family, strict=True)
    )


@pytest.mark.parametrize("family", ["-+v", "+-+"])
def test_a_model_of_the_paper_takes_a_step(family):
    torch.manual_seed(2)
    model = build_model(family, replace(SIZES["paper"], pseudo_inputs=20))
    before = [p.detach().clone() for p in model.parameters()]
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-4)
    terms = model(torch.rand(2, 1, 28, 28).round())
    loss = (terms.rate + terms.distortion).mean()
    loss.backward()
    optimiser.step()
    assert terms.rate.shape == (2,)
    assert loss.isfinite()
    moved = [not torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True)]
    assert all(moved)
    assert all(p.isfinite().all() for p in model.parameters())


# -- rates in closed form -------------------------------------------------------------------------


def deaf(model, *, scale=1.0):
    """Let an encoder without flow ignore the image: N(0, scale)."""
    encoder = model.encoder
    for layer in (encoder.mean, encoder.scale):
        nn.init.zeros_(layer.weight)
        nn.init.zeros_(layer.bias)
    nn.init.constant_(encoder.scale.bias, math.log(math.expm1(scale - LEAST_SCALE)))
    return model


@pytest.mark.parametrize("family", ["---", "--v"])
def test_an_encoder_that_is_the_marginal_has_no_rate(family):
    terms = deaf(tiny_model(family))(tiny_images(100).float())
    # the same density twice, in float32: four coordinates of a few nats
    assert terms.rate.abs().max() < 1e-5


def test_the_rate_of_a_deaf_encoder_is_its_divergence_from_the_marginal():
    found = measure(deaf(tiny_model("---"), scale=0.4), tiny_images(4000))
    expected = TINY.dim * (0.5 * (0.4**2 - 1) - math.log(0.4))
    assert found.rate_se > 0
    assert abs(found.rate - expected) < STANDARD_ERRORS * found.rate_se


def test_the_rate_of_a_normal_encoder_is_its_divergence_from_the_standard_normal():
    model, images = tiny_model("---"), tiny_images(300)
    nn.init.normal_(model.encoder.mean.weight)
    nn.init.normal_(model.encoder.scale.weight)
    rates, _ = terms_of(model, images, samples=20, seed=3)
    with torch.no_grad():
        codes = model.encoder(images.float())
    mean, scale = codes.mean.double(), codes.scale.double()
    expected = (0.5 * (mean.square() + scale.square() - 1) - scale.log()).sum(1)
    missed = rates - expected
    assert expected.std() > 0.1
    assert missed.mean().abs() < STANDARD_ERRORS * missed.std() / math.sqrt(len(images))


# -- measuring ------------------------------------------------------------------------------------


class Known(nn.Module):
    """A model whose terms are functions of the image and of noise."""

    def __init__(self, noise):
        super().__init__()
        self.noise = noise

    def forward(self, x):
        rate = x.sum((1, 2, 3)) + self.noise * torch.randn(len(x))
        return Terms(rate=rate, distortion=10 - rate.square() / 16)


@pytest.mark.parametrize("batch", [7, 250, 1000])
def test_means_and_standard_errors_are_those_of_the_images(batch):
    images = tiny_images(300)
    found = measure(Known(0.0), images, samples=2, batch=batch)
    rate = images.sum((1, 2, 3)).double().numpy()
    for name, values in (
        ("rate", rate),
        ("distortion", 10 - rate**2 / 16),
        ("elbo", rate + 10 - rate**2 / 16),
    ):
        error = np.std(values, ddof=1) / math.sqrt(300)
        assert getattr(found, name) == pytest.approx(values.mean(), rel=1e-6)
        assert getattr(found, f"{name}_se") == pytest.approx(error, rel=1e-5)
    assert (found.images, found.latent_samples) == (300, 2)


def test_terms_are_means_over_latent_samples():
    images = tiny_images(2000)
    rate = images.sum((1, 2, 3)).double()
    spread = {k: (terms_of(Known(1.0), images, samples=k)[0] - rate).std() for k in (1, 16)}
    # a standard deviation of 2000 draws is off by 1 / sqrt(4000) of itself
    assert abs(spread[1] - 1) < STANDARD_ERRORS / math.sqrt(4000)
    assert abs(spread[16] - 1 / 4) < STANDARD_ERRORS / 4 / math.sqrt(4000)


def test_of_one_image_the_error_is_unknown_and_given_as_zero():
    found = measure(Known(0.0), tiny_images(1))
    assert (found.rate_se, found.distortion_se, found.elbo_se) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("family", PAIRWISE_FAMILIES)
def test_measuring_is_reproducible_by_seed_and_leaves_the_generator_alone(family):
    model, images = tiny_model(family), tiny_images(40)
    torch.manual_seed(77)
    state = torch.get_rng_state()
    first = measure(model, images, samples=2, seed=5)
    assert torch.equal(torch.get_rng_state(), state)
    torch.randn(3)
    assert measure(model, images, samples=2, seed=5) == first
    assert measure(model, images, samples=2, seed=6).rate != first.rate
    assert all(p.grad is None for p in model.parameters())


def test_the_parts_of_a_measurement_go_to_json():
    found = measure(tiny_model("---"), tiny_images(10)).as_dict()
    assert found["elbo"] == pytest.approx(found["rate"] + found["distortion"], rel=1e-12)
    assert found["images"] == 10


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_model_that_is_not_finite_is_refused(value):
    model = tiny_model("---")
    nn.init.constant_(model.encoder.mean.bias, value)
    with pytest.raises(ValueError, match=r"^the model's rate and distortion must be finite"):
        measure(model, tiny_images(3))
