"""Strategies that rise with y: that they are enough where they are said to be, and are few."""

import numpy as np
import pytest

from rdtheory import certify_wyner_ziv, solve_wyner_ziv
from rdtheory.side.certificate import Pair, climb
from rdtheory.side.ordered import rises
from rdtheory.side.pricing import price
from rdtheory.sources.joints import gaussian_pair
from tests.make.theory_side import all_strategies


def squares(n, beta):
    x = np.linspace(-2, 2, n)
    return np.square(x[:, None] - x) / beta


def pair_of(joint, surplus):
    p = joint.sum(axis=1)
    return Pair(p, joint / p[:, None], surplus)


@pytest.mark.parametrize("power", [1.0, 2.0, 3.0])
@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_no_strategy_is_above_the_best_rising_one(power, seed):
    random = np.random.default_rng(seed)
    x = np.sort(random.normal(size=5))
    pair = pair_of(gaussian_pair(0.7, 5).table, 3.0 * np.abs(x[:, None] - x) ** power)
    assert rises(pair)
    u = random.normal(size=5)
    laws = climb(pair, np.log(pair.p) + u - pair.costs(all_strategies(5, 5)), apart=1e-10)
    found = price(pair, u, laws.lower.max() - 0.05, 100_000, enough=10_000)
    assert found.best == pytest.approx(laws.lower.max(), abs=1e-8)
    assert found.most == pytest.approx(laws.upper.max(), abs=1e-6)


def test_an_order_that_is_none_is_seen():
    joint = gaussian_pair(0.7, 5).table
    assert rises(pair_of(joint, squares(5, 1.0)))
    assert not rises(pair_of(joint[:, ::-1], squares(5, 1.0)))  # falls
    assert not rises(pair_of(joint[[1, 0, 2, 3, 4]], squares(5, 1.0)))
    assert not rises(pair_of(joint, 1 - np.eye(5)))
    holed = joint.copy()
    holed[0, 4] = 0.0
    assert not rises(pair_of(holed / holed.sum(), squares(5, 1.0)))


def test_twelve_letters_are_proved_in_their_order_and_the_order_does_not_matter_to_the_optimum():
    joint, table = gaussian_pair(0.8, 12).table, squares(12, 1.0)
    point = solve_wyner_ziv(joint, table, 0.4)
    assert point.gap <= 1e-9
    mixed = np.random.default_rng(0).permutation(12)
    with pytest.warns(RuntimeWarning, match="raise max_branches"):
        other = solve_wyner_ziv(joint[mixed], table[mixed], 0.4, max_branches=500)
    assert other.bound <= point.value <= other.value + 1e-9
    whole = certify_wyner_ziv(joint, table, 0.4, point.strategies, point.encoder)
    assert whole.gap <= 1e-6
