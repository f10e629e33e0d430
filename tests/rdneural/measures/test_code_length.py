"""Prequential code lengths of labels against closed forms: what codes tell, paid for."""

import itertools
import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.special import gammaln

from rdneural.measures import code_length
from rdneural.measures.code_length import (
    STRENGTHS,
    VOTERS,
    block_ends,
    code_lengths,
    frequencies,
    label_entropy,
    label_nats,
)
from tests.tolerances import IDENTITY, STANDARD_ERRORS

MIXED = 1 + 2 * len(STRENGTHS) + len(VOTERS)
"""Probes, and the frequencies."""


def test_probabilities_of_all_labels_sum_to_one(monkeypatch):
    """Kraft's equality, through two blocks and with probes that learn: it is a code."""
    monkeypatch.setattr(code_length, "LEAST", 2)
    assert block_ends(4) == [2, 4]
    codes = np.random.default_rng(0).normal(size=(4, 2))
    total = sum(
        math.exp(-code_lengths(codes, np.array(labels), 2).sum())
        for labels in itertools.product(range(2), repeat=4)
    )
    assert total == pytest.approx(1.0, abs=IDENTITY)


def test_frequencies_cost_what_their_closed_form_says():
    labels, K = np.random.default_rng(1).integers(3, size=200), 3
    counts = np.bincount(labels)
    exact = gammaln(counts + 0.5).sum() - K * gammaln(0.5) + gammaln(K / 2) - gammaln(200 + K / 2)
    assert np.log(frequencies(labels, K)).sum() == pytest.approx(exact, rel=1e-12)
    # the regret of Krichevsky and Trofimov's estimator: (K - 1)/2 log N and a constant
    assert -exact - 200 * label_entropy(labels) < (K - 1) / 2 * math.log(200) + math.log(K)


@pytest.mark.parametrize("dim", [0, 5])
def test_codes_that_tell_nothing_are_worth_nothing_and_cost_little(dim):
    rng = np.random.default_rng(2)
    labels, codes = rng.integers(4, size=600), rng.normal(size=(600, dim))
    found = label_nats(codes, labels)
    assert found.value < STANDARD_ERRORS * found.se
    classes = labels[np.random.default_rng(0).permutation(600)]
    known = -np.log(frequencies(classes, 4)).sum()
    paid = 600 * (label_entropy(labels) - found.value)
    assert paid <= known + len(block_ends(600)) * math.log(MIXED) + 1e-9


def test_a_code_that_is_the_label_is_worth_all_but_what_learning_costs():
    found = {}
    for count in (200, 800):
        labels = np.random.default_rng(3).permutation(np.arange(count) % 4)
        found[count] = label_nats(np.eye(4)[labels], labels)
    costs = {count: count * (math.log(4) - each.value) for count, each in found.items()}
    assert 0 < costs[200] < costs[800] < 2 * costs[200]  # as log N does, not as N
    assert found[800].value > 0.95 * math.log(4)


def test_two_gaussian_classes_are_worth_at_most_what_they_tell():
    rng = np.random.default_rng(4)
    labels = rng.integers(2, size=3000)
    codes = rng.normal(size=(3000, 2))
    codes[:, 0] += 2 * labels - 1

    def surprise(x):  # of the label, whose posterior is logistic in 2 x
        return math.exp(-((x - 1) ** 2) / 2) / math.sqrt(2 * math.pi) * np.logaddexp(0, -2 * x)

    known = math.log(2) - quad(surprise, -12, 14)[0]
    found = label_nats(codes, labels)
    assert known - 0.03 - STANDARD_ERRORS * found.se < found.value
    assert found.value < known + STANDARD_ERRORS * found.se


def test_rings_are_told_by_their_squares_and_by_neighbours():
    rng = np.random.default_rng(5)
    labels, angle = rng.integers(2, size=800), rng.uniform(0, 2 * np.pi, size=800)
    codes = (1 + labels[:, None]) * np.stack([np.cos(angle), np.sin(angle)], 1)
    assert label_nats(codes, labels).value > 0.85 * math.log(2)


def test_the_order_is_the_seeds_and_scale_is_not_seen():
    rng = np.random.default_rng(6)
    labels = rng.integers(2, size=100)
    codes = rng.normal(size=(100, 1)) + labels[:, None]
    assert label_nats(codes, labels) == label_nats(codes, labels, seed=0)
    assert label_nats(codes, labels) != label_nats(codes, labels, seed=1)
    assert label_nats(64 * codes, labels + 7) == label_nats(codes, labels)


@pytest.mark.parametrize(
    ("codes", "labels", "message"),
    [
        (np.full((20, 2), np.nan), np.arange(20) % 2, "codes must"),
        (np.zeros((20, 2)), np.arange(19) % 2, r"one for each of 20 codes, got shape \(19,\)"),
    ],
)
def test_what_code_lengths_refuse(codes, labels, message):
    with pytest.raises(ValueError, match=message):
        label_nats(codes, labels)


def test_few_labels_and_a_class_seen_late_are_coded_too():
    assert label_nats(np.zeros((1, 1)), np.array([3])).value == 0.0
    labels = np.zeros(40, int)
    labels[-1] = 1
    assert math.isfinite(code_lengths(np.arange(40.0)[:, None], labels, 2).sum())
