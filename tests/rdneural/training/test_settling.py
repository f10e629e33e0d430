"""One factor of the encoder's scales meets a rate."""

import numpy as np
import pytest
import torch

from rdneural.measures.images import spread_subset
from rdneural.measures.rates import measure
from rdneural.models.build import build_model
from rdneural.models.encoders import NormalEncoder
from rdneural.records.layout import CHECKPOINT
from rdneural.records.settings import RunSettings
from rdneural.records.sizes import SIZES
from rdneural.training.learner import Learner
from rdneural.training.loop import UNSETTLED, make_objective, train
from rdneural.training.options import LoopOptions
from rdneural.training.settling import MOST, settle_rate

TOLERANCE = 0.01  # nats; the factor is found to 5e-4, of each of 4 dimensions


def images(count=400):
    torch.manual_seed(3)
    return (torch.rand(count, 1, 4, 4) < 0.4).to(torch.uint8)


def model_of(family):
    torch.manual_seed(4)
    return build_model(family, SIZES["tiny"])


def rate_at(model, x):
    return measure(model, x, seed=0, batch=500).rate


@pytest.mark.parametrize("family", ["---", "+--", "--+", "--v", "-+-", "+-v"])
def test_the_rate_of_the_images_is_the_target(family):
    model, x = model_of(family), images()
    target = rate_at(model, x) + (0.03 if family[2] == "v" else 0.1)  # an untrained v has little
    found = settle_rate(model, x, target, seed=0)
    assert -MOST < found < MOST
    # the decoder draws nothing, so a measurement meets the codes that the settling saw
    assert rate_at(model, x) == pytest.approx(target, abs=TOLERANCE)


def test_wider_scales_cost_less_and_narrower_ones_more():
    model, x = model_of("---"), images()
    rate = rate_at(model, x)
    assert settle_rate(model, x, rate - 0.1) > 0 > settle_rate(model, x, rate + 0.1)


@pytest.mark.parametrize(("shift", "end"), [(50.0, -MOST), (-50.0, MOST)])
def test_a_rate_out_of_reach_gets_the_nearest_end(shift, end):
    model, x = model_of("---"), images()
    assert settle_rate(model, x, rate_at(model, x) + shift) == end


def test_generators_are_left_alone():
    model, x = model_of("---"), images()
    torch.manual_seed(9)
    before = torch.get_rng_state()
    settle_rate(model, x, 1.0)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("asked", "epochs", "settled"),
    [({"target_rate": 2.0}, 8.0, True), ({"beta": 1.0}, 1.0, False)],
)
def test_training_settles_only_where_a_rate_is_asked_for(tmp_path, asked, epochs, settled):
    settings = RunSettings(
        "mnist", preset="tiny", batch=32, epochs=epochs, learning_rate=1e-2, seed=1, **asked
    )
    found = train(settings, images(), images(50), tmp_path)
    spread = found.model.encoder.log_spread.item()
    assert (spread != 0) == settled
    if settled:
        rate = measure(found.model, spread_subset(images(), 10_000), seed=1, batch=500).rate
        assert abs(spread) == pytest.approx(MOST) or rate == pytest.approx(2.0, abs=TOLERANCE)


def test_the_factor_is_one_where_nothing_was_settled():
    assert np.exp(model_of("+++").encoder.normal.log_spread.item()) == 1.0


# -- encoders of one's own ------------------------------------------------------------------------


def own(kind):
    """An encoder of another make: without a factor, with one of another sort, or with its own."""

    class Own(NormalEncoder):
        def forward(self, x):
            return self.trained(x)

    encoder = Own(SIZES["tiny"])
    del encoder.log_spread
    if kind == "a number":
        encoder.log_spread = 0.0
    elif kind == "of each dimension":
        encoder.register_buffer("log_spread", torch.zeros(4))
    elif kind == "not kept":
        encoder.register_buffer("log_spread", torch.zeros(()), persistent=False)
    return encoder


@pytest.mark.parametrize("kind", ["none", "a number", "of each dimension", "not kept"])
@pytest.mark.parametrize("steps", [1.0, 2.0])
def test_an_own_encoder_without_a_factor_stays_as_it_is_and_that_is_said(tmp_path, kind, steps):
    told = []

    def make(settings, plan, x, digest, place):
        model = build_model(settings.model, settings.sizes)
        model.encoder = own(kind)
        return Learner(
            settings, plan, model, make_objective(settings, plan), images=digest, place=place
        )

    settings = RunSettings("mnist", preset="tiny", batch=200, epochs=steps, target_rate=2.0)
    options = LoopOptions(tell=told.append)
    found = train(settings, images(), images(50), tmp_path, make=make, options=options)
    assert UNSETTLED in told
    assert found.progress.step == found.plan.steps
    assert (tmp_path / CHECKPOINT).exists()


def test_a_factor_that_is_trained_is_settled_from_where_it_is():
    model, x = model_of("---"), images()
    with torch.no_grad():
        model.encoder.log_spread.fill_(0.3)
    target = rate_at(model, x) + 0.05
    found = settle_rate(model, x, target, seed=0)
    assert model.encoder.log_spread.item() == pytest.approx(0.3 + found)
    assert rate_at(model, x) == pytest.approx(target, abs=TOLERANCE)


@pytest.mark.parametrize("family", ["---", "+--", "-+v", "bits-:4", "bits+:3"])
def test_every_family_that_may_be_asked_for_a_rate_has_a_factor(family):
    assert settle_rate(model_of(family), images(50), 1.0) is not None


@pytest.mark.parametrize("family", ["split:4", "coarse:2"])
def test_fixed_maps_have_none_and_are_left_alone(family):
    assert settle_rate(model_of(family), images(20), 1.0) is None
