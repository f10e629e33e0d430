"""Objectives are the formulas that they are called by, and a target rate is reached.

The frontier of the tests is D = H exp(-R / a), whose slope is -dD/dR = (H / a) exp(-R / a); the
rate of a model in training follows the slope's best rate with a lag, and is seen with noise.
"""

import itertools
import json
import math
import random

import pytest
import torch

from rdneural.records.plan import plan_of
from rdneural.records.settings import RunSettings
from rdneural.training.loop import make_objective
from rdneural.training.objectives import FixedBeta, RatePenalty, TargetRate

ends = pytest.mark.parametrize("end", [0.1, 1.0, 10.0])
TARGETS = [1.0, 3.0, 10.0, 30.0, 100.0]
targets = pytest.mark.parametrize("target", TARGETS)


def gradients(objective, rate, distortion=7.0):
    """Return loss, d loss / d rate and d loss / d distortion."""
    r = torch.tensor(rate, dtype=torch.float64, requires_grad=True)
    d = torch.tensor(distortion, dtype=torch.float64, requires_grad=True)
    loss = objective.loss(r, d)
    loss.backward()
    return loss.item(), r.grad.item(), d.grad.item()


# -- beta given -----------------------------------------------------------------------------------


@pytest.mark.parametrize("beta", [0.0, 0.1, 1.0, 10.0])
@pytest.mark.parametrize("rate", [0.0, 0.3, 40.0])
def test_the_loss_is_distortion_plus_beta_times_rate(beta, rate):
    assert gradients(FixedBeta(beta), rate) == (7.0 + beta * rate, beta, 1.0)


def test_an_estimate_of_the_rate_below_zero_counts_as_it_is():
    # one-sample estimates log e - log m are below zero for many images where the rate is small
    assert gradients(FixedBeta(2.0), -0.25) == (6.5, 2.0, 1.0)


@ends
@pytest.mark.parametrize("steps", [1, 4, 100])
def test_beta_rises_linearly_from_zero_to_its_end(end, steps):
    objective, betas = FixedBeta(end, anneal_steps=steps), []
    for _ in range(steps + 3):
        betas.append(objective.beta)
        objective.update(5.0)
    assert betas == pytest.approx([end * min(k / steps, 1.0) for k in range(steps + 3)], rel=1e-14)
    assert betas[0] == 0.0
    assert betas[steps:] == [end] * 3


@ends
def test_without_annealing_beta_is_its_end_from_the_start(end):
    objective = FixedBeta(end)
    assert objective.beta == end
    objective.update(3.0)
    assert objective.beta == end


def test_the_annealed_loss_has_the_beta_of_its_step():
    objective = FixedBeta(2.0, anneal_steps=4)
    found = []
    for _ in range(6):
        found.append(gradients(objective, 3.0)[1])
        objective.update(3.0)
    assert found == [0.0, 0.5, 1.0, 1.5, 2.0, 2.0]


@pytest.mark.parametrize(
    ("rate", "loss", "slope"),
    [(0.0, 15.0, 0.0), (3.9, 15.0, 0.0), (4.1, 15.2, 2.0), (40.0, 87.0, 2.0)],
)
def test_below_the_free_bits_the_rate_costs_nothing_more_and_gains_nothing(rate, loss, slope):
    found = gradients(FixedBeta(2.0, free_bits=4.0), rate)
    assert found == (pytest.approx(loss, rel=1e-14), slope, 1.0)


@pytest.mark.parametrize(
    ("rate", "loss", "slope"), [(1.0, 7.0 + 3 * 4, -3.0), (9.0, 7.0 + 3 * 4, 3.0), (5.0, 7.0, 0.0)]
)
def test_the_penalty_is_the_weighted_distance_from_the_target(rate, loss, slope):
    assert gradients(RatePenalty(5.0, 3.0), rate) == (loss, slope, 1.0)


def test_the_paper_s_penalty_cannot_tell_larger_rates_along_the_diagonal():
    objective = RatePenalty(5.0, 1.0)
    losses = [gradients(objective, r, 60.0 - r)[0] for r in (5.0, 6.0, 30.0, 60.0)]
    assert losses == [55.0] * 4
    assert gradients(RatePenalty(5.0, 1.5), 6.0, 54.0)[0] > 55.0


# -- beta found -----------------------------------------------------------------------------------

H, A = 200.0, 30.0
LAG = 0.02


def slope_at(rate):
    return H / A * math.exp(-rate / A)


def best_rate(beta):
    return max(0.0, A * math.log(H / A / beta))


def follow(objective, steps, *, rate=0.0, noise=0.02, seed=0):
    """Train on the frontier: yield the true rate of each step."""
    chance = random.Random(seed)
    for _ in range(steps):
        rate += LAG * (best_rate(objective.beta) - rate)
        objective.update(rate + noise * objective.target * chance.gauss(0, 1))
        yield rate


@targets
@pytest.mark.parametrize("start", [0.0, 150.0], ids=["from nothing", "from everything"])
def test_the_rate_ends_at_the_target_and_the_multiplier_at_the_slope(target, start):
    objective = TargetRate(target)
    rates = list(follow(objective, 6000, rate=start))[-1000:]
    assert sum(rates) / len(rates) == pytest.approx(target, rel=0.01)
    # noise of 2 % a step, averaged over 20, moves the rate held by less than a tenth of that again
    assert max(abs(r / target - 1) for r in rates) < 0.1
    assert objective.slope == pytest.approx(slope_at(target), rel=0.03)


def test_without_noise_target_and_slope_are_exact():
    objective = TargetRate(20.0)
    rate = list(follow(objective, 20_000, noise=0.0))[-1]
    assert rate == pytest.approx(20.0, rel=1e-6)
    assert objective.slope == pytest.approx(slope_at(20.0), rel=1e-6)
    assert objective.beta == pytest.approx(slope_at(20.0), rel=1e-6)


@targets
def test_a_target_is_held_on_the_diagonal_where_no_beta_alone_can(target):
    # D = H - R: descending D + beta R moves the rate by so many nats times 1 - beta, wherever it is
    objective, rate, rates = TargetRate(target), 0.0, []
    chance = random.Random(1)
    for _ in range(20_000):
        rate = min(H, max(0.0, rate + 0.5 * (1 - objective.beta)))
        objective.update(rate + 0.02 * target * chance.gauss(0, 1))
        rates.append(rate)
    late = rates[-5000:]
    assert sum(late) / len(late) == pytest.approx(target, rel=0.01)
    assert objective.slope == pytest.approx(1.0, rel=0.05)


def test_a_larger_target_has_a_smaller_multiplier():
    found = []
    for target in TARGETS:
        objective = TargetRate(target)
        list(follow(objective, 6000))
        found.append(objective.slope)
    assert all(a > b for a, b in itertools.pairwise(found))


def test_beta_rises_above_the_target_and_falls_below_it():
    above, below = TargetRate(5.0), TargetRate(5.0)
    for _ in range(50):
        above.update(20.0)
        below.update(1.0)
    assert above.beta > above.slope > 0.5 > below.slope > below.beta > 0


@targets
def test_on_target_nothing_moves(target):
    objective = TargetRate(target)
    for _ in range(100):
        objective.update(target)
    assert objective.beta == pytest.approx(0.5, rel=1e-12)
    assert objective.slope == pytest.approx(0.5, rel=1e-12)


def test_the_multiplier_is_the_formula_of_its_docstring():
    objective = TargetRate(4.0, start=0.7, stiffness=3.0, patience=50.0, memory=5.0)
    smoothed, log_multiplier, keep = 4.0, math.log(0.7), math.exp(-1 / 5)
    for rate in (4.5, 3.0, 4.0, 9.0, 0.0, -1.0, 400.0, 400.0, 3.0):
        objective.update(rate)
        smoothed = keep * smoothed + (1 - keep) * rate
        asked = 3.0 * math.log(max(smoothed, 1e-6) / 4.0)
        push = max(-math.log(2), min(math.log(2), asked))
        log_multiplier += push / 50
        assert objective.beta == pytest.approx(math.exp(log_multiplier + push), rel=1e-12)


@pytest.mark.parametrize("rate", [0.0, -3.0, 1e9])
def test_one_strange_rate_moves_beta_by_a_factor_of_two_and_little_more(rate):
    objective = TargetRate(5.0, start=0.5, patience=50.0)
    objective.update(rate)
    assert abs(math.log(objective.beta / 0.5)) < math.log(2) * (1 + 1 / 50) + 1e-12


def test_the_loss_of_a_target_is_distortion_plus_beta_times_rate():
    objective = TargetRate(5.0)
    list(follow(objective, 20))
    beta = objective.beta
    assert gradients(objective, 3.0) == (pytest.approx(7 + beta * 3), beta, 1.0)


# -- states ---------------------------------------------------------------------------------------

OBJECTIVES = {
    "fixed": lambda: FixedBeta(2.0),
    "annealed": lambda: FixedBeta(2.0, anneal_steps=40, free_bits=1.0),
    "penalty": lambda: RatePenalty(5.0, 3.0),
    "target": lambda: TargetRate(5.0),
}


@pytest.mark.parametrize("name", list(OBJECTIVES))
def test_an_objective_goes_on_from_its_state_as_if_unbroken(name):
    chance = random.Random(2)
    seen = [chance.uniform(0, 12) for _ in range(60)]
    unbroken, broken = OBJECTIVES[name](), OBJECTIVES[name]()
    for rate in seen[:23]:
        unbroken.update(rate)
        broken.update(rate)
    resumed = OBJECTIVES[name]()
    resumed.restore(json.loads(json.dumps(broken.state())))
    assert resumed.state() == broken.state()
    for rate in seen[23:]:
        assert resumed.beta == unbroken.beta
        assert gradients(resumed, rate) == gradients(unbroken, rate)
        unbroken.update(rate)
        resumed.update(rate)
    assert resumed.state() == unbroken.state()


def test_a_restored_multiplier_is_the_same():
    objective = TargetRate(5.0)
    list(follow(objective, 300))
    resumed = TargetRate(5.0)
    resumed.restore(objective.state())
    assert resumed.slope == objective.slope != TargetRate(5.0).slope


# -- the slope of a penalty -----------------------------------------------------------------------


@pytest.mark.parametrize(("above", "slope"), [(1.0, 3.0), (0.0, -3.0), (0.5, 0.0), (0.75, 1.5)])
@pytest.mark.parametrize("steps", [4, 40, 2000])
def test_the_slope_of_a_penalty_is_the_mean_weight_of_its_last_steps(above, slope, steps):
    objective = RatePenalty(5.0, 3.0)
    for step in range(steps):
        objective.update(6.0 if step % 4 < 4 * above else 4.0)
    assert objective.slope == pytest.approx(slope, abs=0.1)
    assert -3.0 <= objective.slope <= 3.0


def test_earlier_checkpoints_of_a_penalty_are_gone_on_with():
    objective = RatePenalty(5.0, 3.0)
    objective.restore({"mean_sign": 0.5})
    objective.update(6.0)
    assert objective.slope == pytest.approx(3.0 * 0.505)
    objective.restore({})
    objective.update(4.0)
    assert objective.slope == -3.0


@pytest.mark.parametrize("epochs", [0.02, 0.5, 1.0, 3.7])
@pytest.mark.parametrize("share", [0.5, 0.95, 0.9999])
def test_annealing_shorter_than_training_reaches_its_beta_in_however_few_steps(epochs, share):
    settings = RunSettings("mnist", beta=0.7, epochs=epochs, anneal=share * epochs, batch=64)
    plan = plan_of(settings, 600)
    objective = make_objective(settings, plan)
    betas = [beta for beta, _ in follow_steps(objective, plan.steps)]
    assert betas[-1] == objective.slope == 0.7


def follow_steps(objective, steps):
    for step in range(steps):
        yield objective.beta, step
        objective.update(1.0)
