"""Refined codes: where the steps go, how far, and whose networks they ask."""

from copy import deepcopy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rdneural.machine.seeding import seeded
from rdneural.models.build import LatentModel, build_model
from rdneural.models.code_distributions import DiagonalNormal
from rdneural.models.conditioned import ConditionedModel
from rdneural.models.encoders import refinement_of
from rdneural.models.refinement import refined
from rdneural.records.names import FAMILIES
from rdneural.records.sizes import SIZES
from rdneural.training.settling import settle_refinement

IMAGES = (torch.rand(40, 1, 4, 4, generator=torch.Generator().manual_seed(0)) < 0.3).float()


def cost_of(model: LatentModel, beta: float) -> float:
    with torch.no_grad(), seeded(7):
        terms = model(IMAGES)
    return (terms.distortion + beta * terms.rate).double().sum().item()


@given(seed=st.integers(0, 2**32 - 1), steps=st.integers(1, 40), dim=st.integers(1, 6))
def test_steps_climb_to_the_mean_of_a_normal_joint_and_none_is_longer_than_a_scale(
    seed, steps, dim
):
    generator = torch.Generator().manual_seed(seed)
    best = 3 * torch.randn(5, dim, generator=generator)
    precision = 0.5 + torch.rand(5, dim, generator=generator)
    start = best + 4 * torch.randn(5, dim, generator=generator)
    scale = precision.rsqrt()  # what the best normal of this joint has
    found = refined(
        DiagonalNormal(start, scale), best,
        lambda z, x: -(precision * (z - x).square()).sum(1) / 2, steps=steps, rate=0.5,
    )  # fmt: skip
    assert torch.equal(found.scale, scale)
    far, left = (start - best).abs(), (found.mean - best).abs()
    assert bool((left <= far * (1 + 1e-5)).all())
    assert bool(((found.mean - start).abs() <= steps * scale * (1 + 1e-5)).all())
    near = far <= scale  # from where on every step halves what is left
    assert torch.allclose(left[near], far[near] / 2**steps, rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("family", FAMILIES)
def test_on_the_images_that_it_is_settled_on_it_never_costs(family):
    with seeded(3):
        model = build_model(family, SIZES["tiny"]).eval()
    model.start_at(IMAGES)
    before = cost_of(model, 0.5)
    settle_refinement(model, IMAGES, steps=2, beta=0.5, seed=7)
    steps, rate, beta = refinement_of(model.encoder).tolist()
    assert (steps, beta) == (2, 0.5)
    assert rate > 0
    assert cost_of(model, 0.5) < before


def test_a_copy_asks_its_own_decoder():
    with seeded(3):
        model = build_model("+-v", SIZES["tiny"]).eval()
    settle_refinement(model, IMAGES, steps=1, beta=1.0)
    copy = deepcopy(model)
    with torch.no_grad():
        for weight in model.decoder.parameters():
            weight.zero_()
    fresh = build_model("+-v", SIZES["tiny"]).eval()
    fresh.load_state_dict(copy.state_dict())
    assert torch.equal(copy.encoder(IMAGES).mode(), fresh.encoder(IMAGES).mode())
    assert not torch.equal(copy.encoder(IMAGES).mode(), model.encoder(IMAGES).mode())


def test_gradients_of_the_encoder_are_those_of_its_own_answer():
    with seeded(3):
        model = build_model("---", SIZES["tiny"]).eval()
    plain = model.encoder(IMAGES).mean
    wanted = torch.autograd.grad(plain.sum(), list(model.encoder.mean.parameters()))
    refinement_of(model.encoder).copy_(torch.tensor([2.0, 0.3, 1.0]))
    moved = model.encoder(IMAGES).mean
    assert not torch.equal(moved, plain)
    found = torch.autograd.grad(moved.sum(), list(model.encoder.mean.parameters()))
    assert all(map(torch.allclose, found, wanted))


def test_of_a_conditioned_model_each_slope_is_refined_at_itself():
    with seeded(3):
        model = ConditionedModel("--v", SIZES["tiny"], low=0.1, high=10.0).eval()
    before = model.encode(IMAGES, torch.zeros(40, 4))
    refinement_of(model.encoder).copy_(torch.tensor([2.0, 0.3, 1.0]))
    after = model.encode(IMAGES, torch.zeros(40, 4))
    assert all(map(torch.equal, before, after))  # with all slopes together there is none
    for beta in (0.2, 5.0):
        found = refinement_of(model.at(beta).encoder)
        assert torch.allclose(found, torch.tensor([2.0, 0.3, beta]))
