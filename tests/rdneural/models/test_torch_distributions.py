"""Distributions of torch.distributions, taken apart: what is done to parameters is done to all."""

import math
from typing import ClassVar

import pytest
import torch
from torch import distributions as d

from rdneural.models.code_distributions import DiagonalNormal
from rdneural.models.own_codes import TorchCodes, codes_of, spread_out
from rdneural.models.torch_distributions import is_density, rebuilt, widest

BATCH, DIM = 4, 3


def _made():
    torch.manual_seed(1)
    loc, scale = torch.randn(BATCH, DIM), 0.5 + torch.rand(BATCH, DIM)
    normal = d.Independent(d.Normal(loc, scale), 1)
    three = d.Normal(torch.randn(BATCH, 3, DIM), torch.ones(BATCH, 3, DIM))
    return {
        "normal": normal,
        "laplace": d.Independent(d.Laplace(loc, scale), 1),
        "student": d.Independent(d.StudentT(3 + scale, loc, scale), 1),
        "log-normal": d.Independent(d.LogNormal(loc, scale), 1),
        "gumbel": d.Independent(d.Gumbel(loc, scale), 1),
        "full": d.MultivariateNormal(loc, torch.eye(DIM) + 0.2),
        "low-rank": d.LowRankMultivariateNormal(loc, torch.randn(BATCH, DIM, 1), scale),
        "mixture": d.MixtureSameFamily(
            d.Categorical(logits=torch.randn(BATCH, 3)), d.Independent(three, 1)
        ),
        "transformed": d.TransformedDistribution(
            normal,
            d.ComposeTransform([d.TanhTransform(), d.AffineTransform(loc, 2.0, event_dim=1)]),
        ),
        "uniform": d.Independent(d.Uniform(loc - 3 * scale, loc + scale), 1),
        "relaxed": d.Independent(d.RelaxedBernoulli(torch.tensor(0.5), logits=loc), 1),
        "bits": d.Independent(d.Bernoulli(probs=torch.rand(BATCH, DIM)), 1),
    }


KINDS = sorted(_made())


@pytest.mark.parametrize("kind", KINDS)
def test_picked_and_joined_batches_score_as_their_members(kind):
    made = _made()[kind]
    torch.manual_seed(2)
    z = made.sample()
    codes, expected = TorchCodes(made), made.log_prob(z)
    some = torch.tensor([3, 0, 0])
    assert torch.allclose(codes.picked(some).log_prob(z[some]), expected[some], atol=1e-5)
    twice = codes.joined([codes.picked(some)])
    assert torch.allclose(
        twice.log_prob(torch.cat([z, z[some]])), torch.cat([expected, expected[some]]), atol=1e-5
    )
    assert codes.mode().shape == z.shape


@pytest.mark.parametrize("kind", KINDS)
def test_pairs_score_as_each_code_under_each_member(kind):
    codes = TorchCodes(_made()[kind])
    torch.manual_seed(3)
    z = codes.picked(torch.tensor([1])).sample(5)[:, 0]
    found = codes.pairwise_log_prob(z)
    assert found.shape == (5, BATCH)
    assert torch.allclose(found[:, 1], codes.picked(torch.tensor([1] * 5)).log_prob(z), atol=1e-5)
    assert not found.isnan().any()  # of a code outside of a member's support it is -inf


@pytest.mark.parametrize("kind", KINDS)
def test_in_double_the_same_codes_have_the_same_density_to_more_digits(kind):
    codes = TorchCodes(_made()[kind])
    torch.manual_seed(4)
    z = codes.sample(1)[0]
    wide = codes.double()
    assert wide.log_prob(z.double()).dtype == torch.float64
    assert torch.allclose(wide.log_prob(z.double()).float(), codes.log_prob(z), atol=1e-3)
    assert wide.sample(2).dtype == torch.float64


def test_a_network_in_a_transform_keeps_its_own_precision():
    class Shift(d.Transform):
        domain = codomain = d.constraints.independent(d.constraints.real, 1)
        bijective = True

        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(DIM, DIM)

        def _call(self, x):
            return x + self.layer(torch.zeros_like(x))

        def _inverse(self, y):
            return y - self.layer(torch.zeros_like(y))

        def log_abs_det_jacobian(self, x, y):
            return torch.zeros(x.shape[:-1])

    base = d.Independent(d.Normal(torch.zeros(BATCH, DIM), torch.ones(BATCH, DIM)), 1)
    codes = TorchCodes(d.TransformedDistribution(base, [Shift()])).double()
    z, log_e = codes.rsample_with_log_prob()
    assert z.dtype == log_e.dtype == torch.float64
    assert torch.allclose(codes.pairwise_log_prob(z).diagonal(), log_e, atol=1e-5)


def test_scales_are_widened_where_there_are_any():
    made = _made()
    for kind in ("normal", "laplace", "student"):
        wide = widest(made[kind], torch.tensor(2.0))
        assert torch.allclose(wide.stddev, 2 * made[kind].stddev)
        assert torch.allclose(wide.mean, made[kind].mean)
    assert widest(made["mixture"], torch.tensor(2.0)) is None
    assert spread_out(TorchCodes(made["full"]), torch.tensor(2.0)).made is made["full"]


def test_independent_normals_become_ours():
    made = _made()["normal"]
    codes = codes_of(made, part="encoder", batch=BATCH)
    assert isinstance(codes, DiagonalNormal)
    z = made.sample()
    assert torch.allclose(codes.log_prob(z), made.log_prob(z), atol=1e-5)


def test_what_has_probabilities_is_told_from_what_has_densities():
    made = _made()
    assert [kind for kind in KINDS if not is_density(made[kind])] == ["bits"]


@pytest.mark.parametrize(
    ("found", "batch", "kind", "said"),
    [
        (torch.zeros(3), 3, TypeError, "encoder must return a distribution of torch.distr"),
        (d.Normal(torch.zeros(3, 2), 1.0), 3, ValueError, r"wrap it in Independent\(..., 1\)"),
        (
            d.Normal(torch.zeros(3), 1.0),
            3,
            ValueError,
            r"got Normal of batch \(3,\) and event \(\)",
        ),
        (_made()["normal"], 3, ValueError, r"batch \(3,\) and event \(dim,\), got Independent of"),
    ],
)
def test_what_is_no_distribution_of_codes_is_refused(found, batch, kind, said):
    with pytest.raises(kind, match=said):
        codes_of(found, part="encoder", batch=batch)


def test_codes_without_gradients_cannot_be_trained_and_can_be_measured():
    codes = TorchCodes(_made()["bits"])
    with pytest.raises(ValueError, match="that has rsample"):
        codes.rsample_with_log_prob()
    with torch.no_grad():
        z, log_e = codes.rsample_with_log_prob()
    assert torch.equal(log_e, codes.log_prob(z))
    with pytest.raises(ValueError, match="noise must be None"):
        codes.rsample_with_log_prob(torch.zeros(BATCH, DIM))


def test_a_distribution_without_tensors_cannot_be_taken_apart():
    class Odd(d.Distribution):
        arg_constraints: ClassVar[dict[str, object]] = {}
        support = d.constraints.real

    with pytest.raises(ValueError, match="Odd must have tensors as parameters, got none"):
        rebuilt([Odd(validate_args=False)], lambda tensors: tensors[0])
    assert math.isfinite(_made()["normal"].entropy().sum())
