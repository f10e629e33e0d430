"""Information of many images' encoders, held against cases with known answers."""

import math

import pytest
import torch

from rdneural.models.code_distributions import DiagonalNormal, InverseFlow
from rdneural.models.layers import MADE
from rdneural.theory.aggregate import AggregatedPosterior
from rdneural.theory.information import measure_information
from tests.tolerances import IDENTITY, STANDARD_ERRORS


def linear_gaussian(count, dim, noise, *, seed=0):
    """Return encoders z = x + noise of draws x ~ N(0, I), whose I is dim/2 log(1 + 1/noise^2)."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(count, dim, generator=generator, dtype=torch.float64)
    return DiagonalNormal(x, torch.full_like(x, noise))


FAR = 1e-6
"""Squares of distances are multiplied out: of up to 1e5 scales they are 1e10, times 2.2e-16."""


def apart(count, *, distance=20.0):
    """Return encoders of which every code tells its image."""
    mean = distance * torch.arange(count, dtype=torch.float64)[:, None]
    return DiagonalNormal(mean, torch.ones_like(mean))


def in_batches(encoder, size, *, seed=0):
    """Return the mean of log e(z|x) over its mean in batches, as VAE codes print it."""
    torch.manual_seed(seed)
    parts = []
    for rows in torch.randperm(len(encoder.mean)).split(size):
        batch = encoder.picked(rows)
        z, log_e = batch.rsample_with_log_prob()
        posterior = AggregatedPosterior(batch, torch.full((len(rows),), 1 / len(rows)).double())
        parts.append(log_e - posterior.log_prob(z))
    return torch.cat(parts).mean().item()


# -- linear-Gaussian encoders ------------------------------------------------------------------


@pytest.mark.parametrize(("dim", "noise"), [(1, 0.3), (2, 0.5), (3, 1.0)])
def test_the_bounds_of_the_population_hold_the_closed_form(dim, noise):
    truth = dim / 2 * math.log(1 + noise**-2)
    found = measure_information(linear_gaussian(3000, dim, noise), codes=6000, seed=1)
    assert found.lower.value - STANDARD_ERRORS * found.lower.se < truth
    assert truth < found.upper.value + STANDARD_ERRORS * found.upper.se
    assert found.upper.value - found.lower.value < 0.1  # 3000 images leave little between them


def test_the_bounds_are_bounds_on_the_mean_over_data_sets():
    truth = math.log(1 + 4)
    found = [
        measure_information(linear_gaussian(40, 2, 0.5, seed=s), codes=80, seed=s)
        for s in range(200)
    ]
    for bound, sign in (("lower", -1), ("upper", 1)):
        values = torch.tensor([getattr(f, bound).value for f in found])
        error = values.std().item() / math.sqrt(len(values))
        assert sign * (values.mean().item() - truth) > STANDARD_ERRORS * error


@pytest.mark.parametrize(("count", "codes"), [(100, 200), (400, 100)])
def test_the_errors_of_the_bounds_are_how_much_they_vary_over_data_sets(count, codes):
    found = [
        measure_information(linear_gaussian(count, 1, 0.5, seed=s), codes=codes, seed=s)
        for s in range(300)
    ]
    for bound in ("lower", "upper"):
        values = torch.tensor([getattr(f, bound).value for f in found])
        claimed = torch.tensor([getattr(f, bound).se for f in found]).square().mean().sqrt().item()
        # a standard deviation of 300 draws is known to 1 / sqrt(600) = 4 %
        assert values.std().item() == pytest.approx(claimed, rel=STANDARD_ERRORS * 0.041)


def test_the_error_of_the_empirical_value_is_how_much_it_varies_over_codes():
    encoder = linear_gaussian(200, 1, 0.5)
    found = [measure_information(encoder, codes=400, seed=s).empirical for s in range(300)]
    values = torch.tensor([f.value for f in found])
    claimed = torch.tensor([f.se for f in found]).square().mean().sqrt().item()
    assert values.std().item() == pytest.approx(claimed, rel=STANDARD_ERRORS * 0.041)


# -- encoders that tell all, and encoders that tell nothing ------------------------------------


@pytest.mark.parametrize("count", [2, 7, 500])
def test_codes_that_know_their_image_tell_log_n(count):
    found = measure_information(apart(count), codes=2 * count)
    assert found.ceiling == math.log(count)
    assert found.empirical.value == pytest.approx(math.log(count), abs=FAR)
    assert found.empirical.se < FAR
    assert found.lower.value == found.empirical.value
    assert found.upper.value > 10 * math.log(count)  # it has no ceiling


@pytest.mark.parametrize("count", [2, 7, 500])
def test_codes_of_one_distribution_tell_nothing(count):
    same = DiagonalNormal(torch.ones(count, 3).double(), torch.full((count, 3), 0.2).double())
    found = measure_information(same, codes=100)
    for estimate in (found.empirical, found.lower, found.upper):
        assert abs(estimate.value) < IDENTITY


def test_a_batch_saturates_where_the_sum_over_all_images_does_not():
    encoder = apart(1000)
    assert in_batches(encoder, 125) == pytest.approx(math.log(125), abs=FAR)
    found = measure_information(encoder, codes=2000)
    assert found.empirical.value == pytest.approx(math.log(1000), abs=FAR)


def test_a_mixture_of_clusters_where_batches_are_wrong_and_the_sum_over_all_is_right():
    # 400 clusters of 5 images with one distribution each: I is log 400 exactly
    centres = apart(400).mean.repeat_interleave(5, 0)
    encoder = DiagonalNormal(centres, torch.ones_like(centres))
    found = measure_information(encoder, codes=4000)
    assert found.empirical.value == pytest.approx(math.log(400), abs=FAR)
    assert in_batches(encoder, 100) < math.log(100) + FAR  # 1.4 nats too few


# -- what does not matter ----------------------------------------------------------------------


def test_a_flow_of_all_codes_changes_nothing():
    base = linear_gaussian(300, 3, 0.5)
    torch.manual_seed(2)
    steps = [MADE(3, (12, 12), backwards=k % 2 == 1).double() for k in range(2)]
    plain = measure_information(base, codes=600, seed=4)
    flowed = measure_information(InverseFlow(base, steps), codes=600, seed=4)
    assert flowed.empirical.value == pytest.approx(plain.empirical.value, abs=1e-9)
    assert flowed.upper.value == pytest.approx(plain.upper.value, abs=1e-9)


def test_chunks_do_not_matter(monkeypatch):
    encoder = linear_gaussian(50, 2, 0.5)
    whole = measure_information(encoder, codes=200, seed=3)
    monkeypatch.setattr("rdneural.theory.aggregate.PAIRS", 300)  # six codes at a time
    pieces = measure_information(encoder, codes=200, seed=3)
    for name in ("empirical", "lower", "upper"):
        one, other = getattr(whole, name), getattr(pieces, name)
        assert one.value == pytest.approx(other.value, abs=IDENTITY)
        assert one.se == pytest.approx(other.se, abs=IDENTITY)


def test_more_codes_than_images_and_fewer_mean_the_same():
    encoder = linear_gaussian(400, 1, 0.5)
    few, many = (measure_information(encoder, codes=codes, seed=5) for codes in (200, 4000))
    difference = few.empirical - many.empirical
    assert abs(difference.in_errors) < STANDARD_ERRORS
    assert many.empirical.se < few.empirical.se
    assert many.codes == 4000


def test_the_leave_one_out_sum_is_what_its_definition_says():
    encoder = linear_gaussian(4, 1, 0.5)
    found = measure_information(encoder, codes=8, seed=6)
    # the same codes, one pair for each image, by the definition
    from rdneural.machine.seeding import mixed_seed, seeded
    from rdneural.measures.estimates import draw_letters

    letters = draw_letters([0.25] * 4, 8, seed=mixed_seed(6, "images")).letters
    with seeded(mixed_seed(6, "codes")):
        z, log_e = encoder.picked(letters).rsample_with_log_prob()
    values = []
    for code, own, log_own in zip(z, letters.tolist(), log_e.tolist(), strict=True):
        others = [j for j in range(4) if j != own]
        mean = encoder.picked(torch.tensor(others)).log_prob(code).exp().mean()
        values.append(log_own - math.log(mean))
    assert found.upper.value == pytest.approx(sum(values) / 8, abs=1e-9)


def test_generators_are_left_alone():
    torch.manual_seed(9)
    before = torch.get_rng_state()
    measure_information(linear_gaussian(10, 1, 0.5), codes=20)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("count", "codes", "message"),
    [
        (1, 4, "number of images must be an integer of at least 2, got 1"),
        (5, 3, "samples must be even, got 3"),
        (5, 0, "samples must be an integer of at least 2, got 0"),
    ],
)
def test_bad_input_is_one_line(count, codes, message):
    with pytest.raises(ValueError, match=message):
        measure_information(apart(count), codes=codes)
