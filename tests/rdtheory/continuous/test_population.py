"""Densities, on a line and around the origin: closed forms of the population, bounds on it."""

import math

import numpy as np
import pytest

from rdtheory import Density, Radial, solve_continuous
from rdtheory.continuous.population import noisy_sphere, normal, uniform

SPHERES = {  # d: h(X) and R + 10 D at D = 0.05 d, as the issue of this room has them
    2: (2.075922453873, 2.540630480458),
    3: (2.852319842096, 3.549381881973),
    5: (4.016260080797, 5.178030147259),
    10: (6.124531092410, 8.448071225334),
}


@pytest.mark.parametrize("beta", [2.5, 1.9, 0.5])
def test_a_normal_has_its_closed_form_and_a_cloud_of_atoms(beta):
    point = solve_continuous(normal(), beta=beta)
    best = 0.5 * math.log(2 / beta) + 0.5 if beta < 2 else 1 / beta
    assert (point.converged, point.rigorous) == (True, True)
    assert point.bound / beta <= best <= point.value / beta + 1e-14
    if beta > 2:
        assert len(point.atoms) == 1
    else:  # the moments of N(0, 1 - D)
        places = point.atoms[:, 0]
        assert point.weights @ places**2 == pytest.approx(1 - beta / 2, abs=1e-5)
        assert point.weights @ places**4 == pytest.approx(3 * (1 - beta / 2) ** 2, abs=1e-4)


def test_a_bit_about_a_uniform_number_leaves_an_error_of_0_0173():
    point = solve_continuous(uniform(), beta=0.03839151434563072)
    assert point.bits == pytest.approx(1.0, abs=1e-7)
    assert point.distortion == pytest.approx(0.01727, abs=1e-5)
    wide = solve_continuous(uniform(-8, 8), beta=256 * 0.03839151434563072)
    assert wide.value == pytest.approx(256 * point.value, rel=1e-8)
    assert wide.atoms.ravel() == pytest.approx(16 * point.atoms.ravel() - 8, abs=1e-3)


@pytest.mark.parametrize("d", [2, 10])
def test_a_noisy_sphere_is_best_described_by_the_sphere(d):
    entropy, value = SPHERES[d]
    source = noisy_sphere(d)
    point = solve_continuous(source, beta=0.1, measure="half_squared", gap=1e-5)
    assert (point.converged, point.rigorous) == (True, True)
    assert point.atoms == pytest.approx(np.ones((1, 1)), abs=1e-6)
    assert point.rate == pytest.approx(
        entropy - d / 2 * math.log(0.2 * math.pi * math.e), abs=1e-10
    )
    assert point.bound / 0.1 <= value <= point.value / 0.1 + 1e-11
    r, p = source.nodes(0.02)  # h(X) of the density itself, by its radius
    area = 2 * math.pi ** (d / 2) / math.gamma(d / 2)
    assert p @ (math.log(area) + (d - 1) * np.log(r) - np.log(source.pdf(r))) == pytest.approx(
        entropy, abs=1e-10
    )


def test_samples_of_a_circle_agree_with_its_population():
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 2 * math.pi, 600)
    x = np.stack((np.cos(angle), np.sin(angle)), 1) + math.sqrt(0.1) * rng.normal(size=(600, 2))
    found = solve_continuous(x, beta=0.3, measure="half_squared", gap=1e-4)
    exact = solve_continuous(noisy_sphere(2), beta=0.3, measure="half_squared")
    assert found.rigorous
    assert found.value / 0.3 == pytest.approx(exact.value / 0.3, abs=0.1)
    assert np.linalg.norm(found.atoms, axis=1) @ found.weights == pytest.approx(
        exact.atoms[0, 0], abs=0.1
    )


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Density(lambda x: 2 + 0 * x, 0, 1), "pdf must integrate to 1"),
        (lambda: Density(lambda x: 3 - 4 * x, 0, 1), "pdf must be finite and not negative"),
        (lambda: Density(lambda x: 1 + 0 * x, 1, 1), "high must be above low"),
        (lambda: Radial(lambda r: 2 * r, 1, 0, 1), "dimension must be an integer of at least 2"),
        (lambda: Radial(lambda r: 2 * r, 2, -1, 1), "low must be"),
        (lambda: solve_continuous(normal(), beta=1, measure="absolute"), "measure must be squared"),
    ],
)
def test_bad_input_is_told_in_a_line(make, said):
    with pytest.raises(ValueError, match=said):
        make()


def test_a_density_takes_no_masses():
    with pytest.raises(TypeError, match="p_x must be left out beside a density"):
        solve_continuous(normal(), [1.0], 1.0)
    with pytest.raises(TypeError, match="beta must be given"):
        solve_continuous(normal())
