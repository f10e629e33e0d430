"""Distributions of bits sum to one, agree with each other, and pass the gradients they claim."""

import pytest
import torch

from rdneural.models.discrete_codes import AutoregressiveCodes, BernoulliCodes, PointCodes
from rdneural.models.layers import MADE
from rdneural.theory.mass import all_codes, code_mass
from tests.tolerances import STANDARD_ERRORS

BITS = 5


def _bernoulli(batch=3, *, requires_grad=False):
    generator = torch.Generator().manual_seed(1)
    logits = 2 * torch.randn(batch, BITS, generator=generator, dtype=torch.float64)
    return BernoulliCodes(logits.requires_grad_(requires_grad))


def _made():
    torch.manual_seed(2)
    made = MADE(BITS, (16, 16)).double()
    return AutoregressiveCodes(lambda z: made(2 * z - 1), torch.zeros(BITS, dtype=torch.float64))


def test_all_codes_are_listed_once():
    assert len(set(map(tuple, all_codes(BITS).tolist()))) == 2**BITS
    assert all_codes(0).shape == (1, 0)
    with pytest.raises(ValueError, match="at most 16 bits to be listed, got 17"):
        all_codes(17)


def test_every_distribution_sums_to_one():
    codes = _bernoulli()
    for index in range(3):
        one = codes.picked(torch.tensor([index]))
        assert code_mass(one, BITS) == pytest.approx(1, abs=1e-12)
    assert code_mass(_made(), BITS) == pytest.approx(1, abs=1e-12)
    assert code_mass(PointCodes(torch.tensor([[1.0, 0, 1, 1, 0]]).double()), BITS) == 1


@pytest.mark.parametrize("kind", ["bernoulli", "point"])
def test_pairwise_is_log_prob_of_every_pair(kind):
    codes = _bernoulli()
    if kind == "point":
        codes = PointCodes((codes.logits > 0).double())
    z = all_codes(BITS)
    expected = torch.stack([codes.log_prob(code) for code in z])
    assert torch.allclose(codes.pairwise_log_prob(z), expected, rtol=1e-12, atol=1e-12)


def test_a_draw_has_its_own_log_probability_and_the_right_frequencies():
    codes, count = _bernoulli(1), 20_000
    torch.manual_seed(3)
    many = codes.picked(torch.zeros(count, dtype=torch.long))
    z, log_e = many.rsample_with_log_prob()
    assert set(z.unique().tolist()) == {0.0, 1.0}
    assert torch.allclose(log_e, many.log_prob(z), atol=1e-12)
    for drawn in (z, codes.sample(count)[:, 0]):
        p = codes.logits[0].sigmoid()
        error = (p * (1 - p) / count).sqrt()
        assert ((drawn.mean(0) - p).abs() <= STANDARD_ERRORS * error).all()


def test_noise_takes_the_place_of_what_is_drawn():
    codes = _bernoulli()
    noise = torch.randn(3, BITS, dtype=torch.float64, generator=torch.Generator().manual_seed(4))
    z, _ = codes.rsample_with_log_prob(noise)
    uniform = torch.distributions.Normal(0.0, 1.0).cdf(noise)
    assert torch.equal(z, (uniform < codes.logits.sigmoid()).double())


def test_the_gradient_of_log_e_is_that_of_minus_the_entropy_at_every_draw():
    codes = _bernoulli(requires_grad=True)
    torch.manual_seed(5)
    _, log_e = codes.rsample_with_log_prob()
    (found,) = torch.autograd.grad(log_e.sum(), codes.logits)
    p = codes.logits.sigmoid()
    entropy = -(p * p.log() + (1 - p) * (1 - p).log()).sum()
    (expected,) = torch.autograd.grad(-entropy, codes.logits)
    assert torch.allclose(found, expected, rtol=1e-10)


def test_the_mean_gradient_of_a_quadratic_function_is_exact():
    generator = torch.Generator().manual_seed(6)
    square = torch.randn(BITS, BITS, generator=generator, dtype=torch.float64)

    def quadratic(z):
        return ((z @ square) * z).sum(-1) + z.sum(-1)

    every = all_codes(BITS)
    logits = _bernoulli(1).logits.expand(len(every), -1).clone().requires_grad_()
    codes = BernoulliCodes(logits)
    weights = codes.log_prob(every).exp()
    z, _ = codes.rsample_with_log_prob(100 * (0.5 - every))  # normal numbers that draw each code
    assert torch.equal(z, every)
    (found,) = torch.autograd.grad((weights.detach() * quadratic(z)).sum(), logits)
    (expected,) = torch.autograd.grad((weights * quadratic(every)).sum(), logits)
    assert torch.allclose(found.sum(0), expected.sum(0), rtol=1e-10)


def test_bits_in_turn_are_drawn_as_often_as_they_are_likely():
    marginal, count = _made(), 20_000
    torch.manual_seed(7)
    numbers = (marginal.sample(count) @ (2.0 ** torch.arange(BITS - 1, -1, -1)).double()).long()
    p = marginal.log_prob(all_codes(BITS)).exp()
    found = torch.bincount(numbers, minlength=2**BITS) / count
    error = (p * (1 - p) / count).sqrt()
    assert ((found - p).abs() <= STANDARD_ERRORS * error + 1 / count).all()


def test_modes_are_the_likeliest_codes():
    codes = _bernoulli()
    best = codes.pairwise_log_prob(all_codes(BITS)).argmax(0)
    assert torch.equal(codes.mode(), all_codes(BITS)[best])
