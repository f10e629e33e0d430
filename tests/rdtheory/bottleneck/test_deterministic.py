"""The deterministic and the generalised bottleneck, and both conventions of beta."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import entr

from rdtheory import mutual_information
from rdtheory.bottleneck import bottleneck, bottleneck_curve
from tests.make.theory_joints import binary_pair, random_joint
from tests.strategies import PROOF, conditionals, plain_mass, pmfs
from tests.tolerances import IDENTITY

TOLERANCE = 1e-6
"""Default of `tolerance`, the share of q(t|x) that a last round may still move."""


def value_of(joint, encoder, beta, alpha):
    """H(Y|T) + beta (H(T) - alpha H(T|X)) from entropies alone."""
    p_ty, p_x = encoder.T @ joint, joint.sum(axis=1)
    masses = p_ty.sum(axis=1)
    seen = entr(p_ty).sum() - entr(masses).sum()
    return seen + beta * (entr(masses).sum() - alpha * (p_x @ entr(encoder).sum(axis=1)))


def partitions(n):
    """All ways to part n letters, as labels."""
    if n == 1:
        yield (0,)
        return
    for labels in partitions(n - 1):
        for label in range(max(labels) + 2):
            yield (*labels, label)


small = st.tuples(st.integers(2, 5), st.integers(2, 3)).flatmap(
    lambda s: pmfs(s[0] * s[1], plain_mass).map(lambda p: p.reshape(s))
)


@settings(PROOF, max_examples=25)
@given(small, st.sampled_from([1e-3, 0.05, 0.2, 0.6]), st.data())
def test_the_deterministic_bottleneck_is_the_best_of_all_codes(joint, beta, data):
    found = bottleneck(joint, beta, alpha=0.0, starts=1)
    assert found.proved
    assert set(np.unique(found.encoder[joint.sum(axis=1) > 0])) <= {0.0, 1.0}
    least = min(
        value_of(joint, np.eye(len(joint))[list(labels)], beta, 0.0)
        for labels in partitions(len(joint))
    )
    assert found.value == pytest.approx(least, abs=1e-10)
    assert found.bound == pytest.approx(found.value, abs=1e-10)
    encoder = data.draw(conditionals(len(joint), 3, plain_mass))
    assert found.bound <= value_of(joint, encoder, beta, 0.0) + IDENTITY


@pytest.mark.parametrize("seed", range(3))
def test_a_binary_outcome_has_the_best_of_all_partitions_in_intervals(seed):
    joint = random_joint(seed, (8, 2))
    joint = joint[np.argsort(joint[:, 0] / joint.sum(axis=1))]
    for beta in (0.0, 0.03, 0.1):
        found = bottleneck(joint, beta, alpha=0.0, starts=1, codes=4)
        least = min(
            value_of(joint, np.eye(8)[list(labels)], beta, 0.0)
            for labels in partitions(8) if max(labels) < 4
        )  # fmt: skip
        assert found.value == pytest.approx(least, abs=IDENTITY)
        cells = found.encoder.argmax(axis=1)
        assert (np.diff(cells) != 0).sum() == found.codes - 1


@pytest.mark.parametrize("codes", [2, 3, 8])
def test_eight_letters_of_four_outcomes_have_the_best_of_all_partitions(codes):
    joint = random_joint(codes, (8, 4))
    found = bottleneck(joint, 0.05, alpha=0.0, starts=1, codes=codes)
    least = min(
        value_of(joint, np.eye(8)[list(labels)], 0.05, 0.0)
        for labels in partitions(8) if max(labels) < codes
    )  # fmt: skip
    assert found.proved
    assert found.value == pytest.approx(least, abs=IDENTITY)


@settings(PROOF, max_examples=25)
@given(small, st.sampled_from([0.05, 0.3]), st.floats(0.0, 1.0), st.data())
def test_no_code_is_below_the_generalised_bound(joint, beta, alpha, data):
    found = bottleneck(joint, beta, alpha=alpha, starts=2)
    encoder = data.draw(conditionals(len(joint), 3, plain_mass))
    assert found.bound <= value_of(joint, encoder, beta, alpha) + 1e-9
    assert found.bound <= found.value + IDENTITY
    assert found.value == pytest.approx(value_of(joint, found.encoder, beta, alpha), abs=1e-9)
    assert found.rate <= found.entropy + 1e-10


@pytest.mark.parametrize("alpha", [0.3, 0.7])
def test_the_generalised_equations_hold(alpha):
    joint, beta = random_joint(3, (5, 4)), 0.1
    found = bottleneck(joint, beta, alpha=alpha)
    p_x = joint.sum(axis=1)
    rows, p_ty = joint / p_x[:, None], found.encoder.T @ joint
    masses = p_ty.sum(axis=1)
    divergence = (rows[:, None] * np.log(rows[:, None] / (p_ty / masses[:, None]))).sum(axis=2)
    new = np.exp((np.log(masses) - divergence / beta) / alpha)  # Strouse and Schwab, equation 17
    new /= new.sum(axis=1, keepdims=True)
    assert found.encoder == pytest.approx(new, abs=TOLERANCE)


def test_the_value_falls_from_the_deterministic_bottleneck_to_the_bottleneck():
    joint = random_joint(1, (6, 3))
    found = [bottleneck(joint, 0.06, alpha=a) for a in (0.0, 0.25, 0.5, 0.75, 1.0)]
    for low, high in itertools.pairwise(found):
        assert high.value <= low.value + 1e-9
    assert found[0].entropy == pytest.approx(found[0].rate, abs=IDENTITY)
    assert found[-1].entropy > found[-1].rate
    curve = bottleneck_curve(joint, [0.02, 0.06], alpha=0.0)
    assert curve[1].value == pytest.approx(found[0].value, abs=IDENTITY)
    p_x = joint.sum(axis=1)
    assert curve[0].rate == pytest.approx(mutual_information(p_x, curve[0].encoder), abs=1e-10)


def test_tishbys_beta_is_one_over_ours():
    joint = binary_pair(0.1)
    ours, theirs = bottleneck(joint, 0.25), bottleneck(joint, tishby_beta=4.0)
    assert (theirs.beta, theirs.tishby_beta, theirs.value) == (0.25, 4.0, ours.value)
    rate, relevance = ours.rate, ours.relevance
    other = bottleneck(joint, 0.3)  # is worse in I(X; T) - 4 I(T; Y)
    assert rate - 4.0 * relevance <= other.rate - 4.0 * other.relevance + IDENTITY
    curve = bottleneck_curve(joint, tishby_betas=[2.0, 4.0])
    assert [point.tishby_beta for point in curve] == [2.0, 4.0]
    assert bottleneck(joint, 0.0).tishby_beta == np.inf
    counts = bottleneck([[9, 1], [1, 9]], 0.25, normalise=True)
    assert counts.value == pytest.approx(ours.value, abs=IDENTITY)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "one of beta and tishby_beta must be given, got none"),
        ({"beta": 0.1, "tishby_beta": 10}, "one of beta and tishby_beta must be given, got both"),
        ({"tishby_beta": 0.0}, "tishby_beta must be a finite number of at least 1e-300, got 0"),
        ({"beta": 0.1, "alpha": 1.5}, r"alpha must be in \[0, 1\], got 1\.5"),
        ({"beta": 0.1, "alpha": -0.5}, r"alpha must be in \[0, 1\], got -0\.5"),
    ],
)
def test_wrong_input_is_named(options, message):
    with pytest.raises(ValueError, match=message):
        bottleneck(binary_pair(0.1), **options)
    many = {f"{k}s" if "beta" in k else k: [v] if "beta" in k else v for k, v in options.items()}
    plural = message.replace("beta ", "betas ", 2) if "one of" in message else ""
    if plural:
        with pytest.raises(ValueError, match=plural):
            bottleneck_curve(binary_pair(0.1), **many)
