"""What sums or integrates to one is seen to, and what does not is seen not to.

Statistical tests fix their seed and allow four standard errors.
"""

import math

import pytest
import torch
from torch import nn

from rdneural.models.build import FAMILIES
from rdneural.models.code_distributions import (
    AutoregressiveFlow,
    DiagonalNormal,
    InverseFlow,
    NormalMixture,
)
from rdneural.models.decoders import DECODERS
from rdneural.theory import densities
from rdneural.theory.aggregate import AggregatedPosterior
from rdneural.theory.densities import encoded
from rdneural.theory.evaluation import as_images
from rdneural.theory.mass import all_images, decoder_masses, total_mass
from rdtheory.sources.images import bars_and_stripes
from tests.make.codes import made_steps, normal
from tests.make.models import SMALL, Times, TimesDecoder, lively
from tests.tolerances import FLOAT32_MASS, IDENTITY, STANDARD_ERRORS

SAMPLES = 1024


# -- all images -----------------------------------------------------------------------------------


@pytest.mark.parametrize("side", [1, 2, 3, 4])
def test_every_image_is_listed_once(side):
    images = all_images(side)
    assert images.shape == (2**side**2, 1, side, side)
    assert images.dtype == torch.uint8
    assert images.max() == 1
    numbers = images.flatten(1).long() @ 2 ** torch.arange(side**2)
    assert torch.equal(numbers.sort().values, torch.arange(2**side**2))


@pytest.mark.parametrize("side", [5, 28])
def test_images_that_are_too_many_are_refused(side):
    with pytest.raises(ValueError, match=f"^side must be at most 4, got {side}$"):
        all_images(side)
    with pytest.raises(ValueError, match=r"^side must be at most 4"):
        decoder_masses(nn.Identity(), torch.zeros(1, 2), side)


# -- decoders -------------------------------------------------------------------------------------


def decoder_of(sign, *, sizes=SMALL):
    torch.manual_seed(0)
    return DECODERS[sign](sizes)


@pytest.mark.parametrize(("sign", "count"), [("-", 2), ("+", 1)])
def test_a_decoder_sums_to_one_for_every_code(sign, count):
    decoder = decoder_of(sign)
    z = 3 * torch.randn(count, 3)
    masses = decoder_masses(decoder, z, 4)
    assert masses.shape == (count,)
    assert masses.dtype == torch.float64
    torch.testing.assert_close(masses, torch.ones(count).double(), rtol=0, atol=FLOAT32_MASS)
    with torch.no_grad():  # not fair coins, which sum to one by themselves
        of_images = decoder(z).pairwise_log_prob(as_images(bars_and_stripes(4), lively("---")))
    assert of_images.std(1).min() > 0.1


def test_in_float64_a_decoder_sums_to_one_exactly():
    decoder = decoder_of("-").double()
    mass = decoder_masses(decoder, torch.randn(1, 3, dtype=torch.float64), 4)
    torch.testing.assert_close(mass, torch.ones(1).double(), rtol=0, atol=IDENTITY)


@pytest.mark.parametrize("factor", [0.9, 2.0])
def test_a_multiple_of_a_decoder_sums_to_it(factor):
    masses = decoder_masses(TimesDecoder(factor, decoder_of("-")), torch.randn(1, 3), 4)
    torch.testing.assert_close(masses, torch.full((1,), factor).double(), rtol=0, atol=FLOAT32_MASS)


def test_codes_may_be_decoded_in_parts(monkeypatch):
    decoder, z = decoder_of("-"), torch.randn(7, 3)
    whole = decoder_masses(decoder, z, 4)
    monkeypatch.setattr(densities, "CODES", 2)
    torch.testing.assert_close(decoder_masses(decoder, z, 4), whole, rtol=0, atol=FLOAT32_MASS)


# -- densities of codes ---------------------------------------------------------------------------


def one_normal(dim, *, scale=1.0, far=0.0):
    generator = torch.Generator().manual_seed(dim)
    spread = torch.randn(dim, generator=generator, dtype=torch.float64).exp()
    return DiagonalNormal(far + torch.zeros(dim, dtype=torch.float64), scale * spread)


def mixture(dim, *, count, scale, uneven=1.0):
    torch.manual_seed(count)
    mean = torch.randn(count, dim, dtype=torch.float64)
    log_weights = torch.log_softmax(uneven * torch.randn(count, dtype=torch.float64), 0)
    return NormalMixture(log_weights, DiagonalNormal(mean, torch.full_like(mean, scale)))


def marginal_of(family):
    model = lively(family)
    return model.marginal(model.encoder).double()


def one_encoder(family):
    """Return e(z|x) of one image, as the verdict holds it against one."""
    model = lively(family)
    encoder = encoded(model, as_images(bars_and_stripes(4), model)[5:6])
    return AggregatedPosterior(encoder, torch.ones(1, dtype=torch.float64))


DENSITIES = {
    "normal of 1": lambda: one_normal(1),
    "normal of 4": lambda: one_normal(4),
    "normal of 6": lambda: one_normal(6),
    "narrow normal": lambda: one_normal(4, scale=1e-4),
    "narrow normal far away": lambda: one_normal(4, scale=1e-4, far=30.0),
    "wide normal": lambda: one_normal(4, scale=1e4),
    "mixture": lambda: mixture(4, count=8, scale=0.5),
    "mixture of narrow ones": lambda: mixture(4, count=8, scale=0.02, uneven=0.0),
    "line of modes": lambda: mixture(1, count=8, scale=0.1),
    "autoregressive flow": lambda: AutoregressiveFlow(
        made_steps(3, count=2), torch.zeros(3, dtype=torch.float64)
    ),
    "aggregated normals": lambda: AggregatedPosterior(
        normal(6, 3), torch.full((6,), 1 / 6, dtype=torch.float64)
    ),
    "aggregated flows": lambda: AggregatedPosterior(
        InverseFlow(normal(6, 2), made_steps(2, count=2)),
        torch.full((6,), 1 / 6, dtype=torch.float64),
    ),
    **{f"marginal {sign}": (lambda sign=sign: marginal_of(f"--{sign}")) for sign in "-+v"},
    **{f"encoder {sign}": (lambda sign=sign: one_encoder(f"{sign}--")) for sign in "-+"},
}

MOST_ERROR = 0.08
"""Of an integral from 1024 samples; the verdict takes 8192."""


@pytest.mark.parametrize("name", DENSITIES)
def test_a_density_integrates_to_one(name):
    found = total_mass(DENSITIES[name](), samples=SAMPLES, seed=1)
    assert abs(found.value - 1) <= STANDARD_ERRORS * found.se
    assert 0 < found.se < MOST_ERROR


@pytest.mark.parametrize(
    ("name", "factor"),
    [("normal of 4", 2.0), ("mixture", 0.5), ("autoregressive flow", 2.0), ("marginal v", 0.5)],
)
def test_a_multiple_of_a_density_integrates_to_it(name, factor):
    found = total_mass(Times(factor, DENSITIES[name]()), samples=SAMPLES, seed=1)
    assert abs(found.value - factor) <= STANDARD_ERRORS * found.se
    assert 0 < found.se < MOST_ERROR * factor


def test_every_family_has_a_marginal_and_an_encoder_that_are_tested_here():
    assert {family[2] for family in FAMILIES} == set("-+v")
    assert {family[0] for family in FAMILIES} == set("-+")


def test_errors_are_those_of_repeated_estimates():
    density, repeats = mixture(2, count=5, scale=0.5), 40
    found = [total_mass(density, samples=256, seed=seed) for seed in range(repeats)]
    off = torch.tensor([(estimate.value - 1) / estimate.se for estimate in found])
    assert abs(off.mean()) <= STANDARD_ERRORS / math.sqrt(repeats)
    # squares of normals, and a little for errors that are estimates themselves
    allowed = STANDARD_ERRORS * math.sqrt(2 / repeats) + 0.1
    assert off.square().mean().item() == pytest.approx(1.0, abs=allowed)


def test_errors_shrink_with_the_root_of_the_samples():
    density = mixture(2, count=5, scale=0.5)
    few, many = (total_mass(density, samples=n).se for n in (512, 8192))
    assert few / many == pytest.approx(4.0, rel=0.3)


def test_narrow_components_of_little_weight_are_not_missed():
    """A component of fewer draws than a kernel has neighbours gets one as wide as the mixture."""
    density = mixture(4, count=8, scale=1e-2)
    found = total_mass(density, seed=0)
    assert abs(found.value - 1) <= STANDARD_ERRORS * found.se


class OneSided:
    """A density whose draws leave out half of it."""

    def __init__(self):
        self.whole = one_normal(2)

    def log_prob(self, z):
        return self.whole.log_prob(z)

    def sample(self, count):
        z = self.whole.sample(count)
        return torch.cat([z[:, :1].abs(), z[:, 1:]], 1)


def test_draws_that_miss_some_of_the_density_do_not_hide_it():
    found = total_mass(OneSided(), samples=4 * SAMPLES)
    assert abs(found.value - 1) <= STANDARD_ERRORS * found.se


def test_a_seed_reproduces_and_generators_are_left_alone():
    torch.manual_seed(2)
    state = torch.get_rng_state()
    density = one_normal(2)
    first, again, other = (total_mass(density, samples=64, seed=seed) for seed in (3, 3, 4))
    assert first == again
    assert first != other
    assert torch.equal(torch.get_rng_state(), state)


def test_nothing_of_an_estimate_needs_a_gradient():
    density = normal(3)  # whose mean and scale ask for one
    assert density.mean.requires_grad
    total_mass(density, samples=64)
    assert density.mean.grad is None
