"""Models that are known by four functions: closed forms, our own models, and a known source."""

import json
import math
import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.distributions import Bernoulli

from rdneural.machine.seeding import mixed_seed
from rdneural.measures.images import as_tensor
from rdneural.measures.rates import measure
from rdneural.models.build import build_model
from rdneural.records.sizes import SIZES
from rdneural.runs.foreign import PURPOSE, measure_model
from rdneural.theory.densities import encoded
from rdneural.theory.information import measure_information
from rdneural.theory.likelihood import importance_weighted
from rdtheory.sources.images import named_image_source
from tests.make.foreign import Letters, LinearNormal, OwnParts, four
from tests.make.stored import made_images
from tests.tolerances import FLOAT32_LOG_PROB, STANDARD_ERRORS

LINEAR = LinearNormal()
BARS = named_image_source("bars:4x4")


def near(estimate, truth):
    return abs(estimate.value - truth) <= STANDARD_ERRORS * estimate.error


@pytest.fixture(scope="module")
def linear():
    return measure_model(
        model=LINEAR, images=LINEAR.data(4000), discrete=False, name="linear", samples=4
    )


@pytest.fixture(scope="module")
def letters():
    x = torch.tensor(BARS.images).float()[np.random.default_rng(0).choice(30, 500, p=BARS.p_x)]
    return measure_model(model=Letters(BARS), images=x, name="letters")


# -- closed forms ---------------------------------------------------------------------------------


def test_rate_and_distortion_of_a_linear_model_are_those_of_the_closed_form(linear):
    assert near(linear.rate, LINEAR.rate)
    assert near(linear.distortion, LINEAR.distortion)
    assert near(linear.elbo, LINEAR.rate + LINEAR.distortion)
    assert 0 < linear.elbo.error < 0.05
    assert linear.hints == ()


def test_the_bounds_of_information_hold_the_closed_form(linear):
    found = linear.measure_information(images=1000, codes=1000)
    assert found.lower.value - STANDARD_ERRORS * found.lower.error < LINEAR.information
    assert LINEAR.information < found.upper.value + STANDARD_ERRORS * found.upper.error
    assert found.upper.value - found.lower.value < 0.1
    assert found.rate == linear.rate
    assert found.ceiling == math.log(1000)
    assert linear.information.images == 256  # the usual effort


def test_the_importance_weighted_bound_falls_to_the_evidence(linear):
    few, many = (linear.importance_weighted(codes=k, images=2000) for k in (1, 500))
    assert abs(few.saved.value) <= STANDARD_ERRORS * few.saved.error
    assert near(many.nats, LINEAR.code_length)
    gained = many.entropy_minus_distortion
    assert near(gained, LINEAR.code_length - LINEAR.distortion)
    assert gained.error < many.nats.error  # of the same images, whose D is in both


def test_the_best_for_a_decoder_is_what_the_finite_problem_has(letters):
    best = letters.best(images=250, codes=1000)
    _, counts = letters.data[::2].unique(dim=0, return_counts=True)
    shares = counts.double() / 250
    entropy = -(shares * shares.log()).sum().item()  # the least R + D of these images
    assert best.value == pytest.approx(entropy, abs=2e-6)
    assert best.gap <= 1e-6
    assert best.own.value == pytest.approx(math.log(30), abs=1e-6)
    assert best.encoder_cost.value == pytest.approx(0, abs=1e-6)
    assert best.marginal_cost.value == pytest.approx(math.log(30) - entropy, abs=4e-6)
    assert best.held_out.value > best.value


def test_no_encoder_and_marginal_are_better_than_the_best(linear):
    for beta in (0.5, 1.0):
        best = linear.best(beta=beta, images=200, codes=400)
        assert best.value < best.own.value
        cost = best.encoder_cost + best.marginal_cost
        assert cost.value == pytest.approx(best.encoder_and_marginal_cost.value, abs=1e-9)


# -- a source that is known -----------------------------------------------------------------------


def test_a_code_that_names_the_letter_holds_and_wastes_nothing(letters):
    found = letters.verdict("bars:4x4", samples=1024)
    assert found.holds, found.said
    assert found.evaluation.rate.value == pytest.approx(BARS.entropy, abs=1e-6)
    assert found.evaluation.mutual_information.value == pytest.approx(BARS.entropy, abs=1e-6)
    assert found.evaluation.excess.value == pytest.approx(0.0, abs=1e-6)
    assert found.as_dict()["verdict"] == "holds"


def test_a_marginal_of_half_the_mass_passes_as_a_code_and_is_broken_where_all_is_known(letters):
    half = measure_model(model=Letters(BARS, mass=0.5), images=letters.data)
    assert half.rate.value == pytest.approx(letters.rate.value + math.log(2), abs=1e-4)
    found = half.verdict("bars:4x4", samples=1024)
    assert re.match(r"broken: the marginal integrates to 0\.(49|50)\d* \+-", found.said)


def test_a_source_of_other_images_is_refused(letters, linear):
    with pytest.raises(ValueError, match=r"source must have images of 16 pixels, .* got ising:3x3"):
        letters.verdict("ising:3x3")
    with pytest.raises(ValueError, match="got bars:4x4 with 4x4"):
        linear.verdict("bars:4x4")
    grey = measure_model(
        model=LinearNormal(dim=16), images=LinearNormal(dim=16).data(50), discrete=False
    )
    with pytest.raises(ValueError, match="images must be of zeros and ones"):
        grey.verdict("bars:4x4")


def test_codes_of_bits_are_summed_over():
    random = torch.Generator().manual_seed(0)
    to_bits = torch.randn(16, 3, generator=random)
    to_logits = torch.randn(3, 16, generator=random)

    def bits(x):
        return Bernoulli(logits=(x.flatten(1) - 0.5) @ to_bits)

    found = measure_model(
        sample=lambda x: bits(x).sample(), log_e=lambda z, x: bits(x).log_prob(z).sum(1),
        log_m=lambda z: torch.full((len(z),), -3 * math.log(2)),
        log_d=lambda x, z: Bernoulli(logits=z @ to_logits).log_prob(x.flatten(1)).sum(1),
        images=BARS.images[:, None].astype(float),
    )  # fmt: skip
    said = found.verdict("bars:4x4", samples=512)
    assert said.holds, said.said
    entropy = bits(torch.tensor(BARS.images).float()).entropy().sum(1).mean().item()
    assert near(said.evaluation.rate, 3 * math.log(2) - entropy)


# -- our own models -------------------------------------------------------------------------------


@pytest.mark.parametrize("family", ["---", "++v"])
def test_our_own_model_has_the_numbers_it_has_without_the_door(family):
    torch.manual_seed(1)
    model = build_model(family, SIZES["tiny"]).eval()
    images = as_tensor(made_images().train)
    ours = measure(model, images, samples=2, seed=mixed_seed(7, PURPOSE))
    found = measure_model(model=OwnParts(model), images=images.float(), samples=2, seed=7)
    for name in ("rate", "distortion", "elbo"):
        estimate = getattr(found, name)
        assert estimate.value == pytest.approx(getattr(ours, name), abs=FLOAT32_LOG_PROB)
        assert estimate.error == pytest.approx(getattr(ours, f"{name}_se"), abs=FLOAT32_LOG_PROB)
    told = measure_information(encoded(model, images[::3]), codes=200, seed=1)
    heard = found.measure_information(images=100, codes=200)
    for bound in ("lower", "upper"):
        apart = getattr(told, bound) - getattr(heard, bound)
        assert abs(apart.value) <= STANDARD_ERRORS * apart.se
    some = images[::6]
    bounds = importance_weighted(model, some, codes=20, seed=2)
    theirs = importance_weighted(found.model, some.float(), codes=20, seed=2)
    assert (bounds - theirs).abs().mean() < 0.5  # of other codes
    assert (bounds - theirs).mean().abs() < STANDARD_ERRORS * (bounds - theirs).std() / 50**0.5


# -- what functions may take ----------------------------------------------------------------------


def test_images_and_codes_may_have_any_shape():
    x = torch.bernoulli(torch.full((60, 4), 0.5), generator=torch.Generator().manual_seed(0))

    def model(shape, code):
        return {
            "sample": lambda x: (x.flatten(1) + torch.randn(len(x), 4)).view(len(x), *code),
            "log_e": lambda z, x: normal(z.flatten(1) - x.flatten(1)),
            "log_m": lambda z: normal(z.flatten(1) / 2) - 4 * math.log(2),
            "log_d": lambda x, z: -4 * math.log(2) + 0 * x.view(len(x), *shape).flatten(1)[:, 0],
        }

    def normal(z):
        return -(z.square() / 2 + 0.5 * math.log(2 * math.pi)).sum(1)

    flat, square, long = (
        measure_model(**model(shape, code), images=x.view(60, *shape).to(kind))
        for shape, code, kind in (
            ((4,), (4,), torch.float32), ((1, 2, 2), (2, 2), torch.float64),
            ((2, 2), (4, 1), torch.int64),
        )
    )  # fmt: skip
    assert flat.rate.value == pytest.approx(square.rate.value, abs=1e-5)
    assert flat.rate.value == pytest.approx(long.rate.value, abs=1e-5)
    assert flat.distortion.value == pytest.approx(4 * math.log(2), abs=1e-6)
    assert long.measure_information(images=60, codes=60).lower.value > 0
    array = measure_model(**model((4,), (4,)), images=x.numpy().astype(np.uint8))
    assert array.rate == flat.rate


@pytest.mark.parametrize("name", ["noise", "generator"])
def test_codes_may_be_made_of_noise_or_by_a_generator(name):
    x = LINEAR.data(200)

    def by_noise(x, noise):
        return LINEAR.gain * x + LINEAR.noise * noise

    def by_generator(x, generator):
        return by_noise(x, torch.randn(x.shape, generator=generator))

    sample, dim = (by_noise, 2) if name == "noise" else (by_generator, None)
    found = [
        measure_model(**four(LINEAR, sample=sample), images=x, discrete=False, dim=dim, seed=seed)
        for seed in (0, 0, 1)
    ]
    assert found[0].rate == found[1].rate != found[2].rate
    assert near(found[0].rate, LINEAR.rate)
    if name == "noise":
        with pytest.raises(ValueError, match="dim must be given where sample takes noise"):
            measure_model(**four(LINEAR, sample=sample), images=x, discrete=False)


def test_a_table_of_pairs_takes_the_place_of_pairs():
    calls = []

    def table(z, x):
        calls.append((len(z), len(x)))
        return torch.stack([LINEAR.log_e(z, one.expand(len(z), -1)) for one in x], 1)

    given = {"images": LINEAR.data(300), "discrete": False}
    slow = measure_model(model=LINEAR, **given).measure_information(images=50, codes=100)
    fast = measure_model(model=LINEAR, log_e_pairs=table, **given)
    fast = fast.measure_information(images=50, codes=100)
    assert sum(codes for codes, _ in calls) == 100
    assert fast.lower.value == pytest.approx(slow.lower.value, abs=1e-6)


class Noisy(nn.Module):
    """A network that adds up gradients if it may, and drops out in training mode."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Linear(2, 2, bias=False)
        self.drop = nn.Dropout(0.5)
        nn.init.eye_(self.scale.weight)

    def forward(self, x):
        assert not torch.is_grad_enabled()
        return LINEAR.gain * self.drop(self.scale(x))


@pytest.mark.parametrize("training", [True, False])
def test_networks_generators_and_gradients_are_left_as_they_were(training):
    network = Noisy().train(training)
    network.drop.train()  # an odd state is left as well

    def mean(x):
        return network(x)

    functions = four(
        LINEAR, sample=lambda x: mean(x) + LINEAR.noise * torch.randn_like(x),
        log_e=lambda z, x: torch.distributions.Normal(mean(x), LINEAR.noise).log_prob(z).sum(1),
    )  # fmt: skip
    torch.manual_seed(3)
    state = torch.get_rng_state()
    found = measure_model(**functions, images=LINEAR.data(300), discrete=False)
    assert near(found.rate, LINEAR.rate)  # nothing was dropped out
    found.measure_information(images=20, codes=20)
    assert network.training is training
    assert network.drop.training
    assert torch.equal(torch.get_rng_state(), state)
    assert network.scale.weight.grad is None


# -- what is left ---------------------------------------------------------------------------------


def test_what_is_found_is_told_in_a_few_lines_and_as_json(linear):
    lines = repr(linear).splitlines()
    assert len(lines) == 4
    assert "densities: D may be negative, H is differential" in lines[0]
    assert lines[1] == f"  R      {linear.rate.value:.3f} +- {linear.rate.error:.3f}"
    found = json.loads(json.dumps(linear.as_dict()))
    assert found["elbo"] == linear.elbo.value
    assert found["elbo_se"] == linear.elbo.error
    for more in (linear.information, linear.importance_weighted(), linear.best(images=20, codes=8)):
        assert "\n" not in str(more)
        json.dumps(more.as_dict(), allow_nan=False)


def test_a_point_is_left_once_for_figures(letters, linear, tmp_path):
    path = letters.save(tmp_path, data="made")
    assert path == tmp_path / "elsewhere" / "letters.measured.json"
    stored = json.loads(path.read_text())
    assert stored["command"] == "elsewhere"
    assert (stored["data"], stored["rate"]) == ("made", letters.rate.value)
    with pytest.raises(FileExistsError):
        letters.save(tmp_path, data="made")
    letters.save(tmp_path, data="other", overwrite=True)
    assert json.loads(path.read_text())["data"] == "other"
    with pytest.raises(ValueError, match="linear must have probabilities of pixels to be shown"):
        linear.save(tmp_path, data="made")
