"""Classes of enumerated images: Bayes' rule, by counting."""

import numpy as np
import pytest

from rdtheory.bottleneck.problem import Problem
from rdtheory.sources.image_classes import ImageClasses, image_classes
from rdtheory.sources.images import bernoulli_mixture, ising, named_image_source, toy_images
from rdtheory.sources.joints import named_joint
from rdtheory.sources.mixtures import glyphs
from rdtheory.toy.source import toy_source
from tests.tolerances import IDENTITY, STANDARD_ERRORS


@pytest.mark.parametrize("noise", ["", ":noise=0.2"])
def test_glyphs_are_told_by_bayes_rule(noise):
    source = named_image_source("templates:3x3" + noise)
    chance = 0.2 if noise else 0.05
    kept = np.where(glyphs(3), 1 - chance, chance)
    each = np.stack([
        bernoulli_mixture(kept[k : k + 1]).p_x for k in range(4)
    ], axis=1)  # p(x|y), as the sum over one glyph alone  # fmt: skip
    found = image_classes(source).posterior
    np.testing.assert_allclose(found * source.p_x[:, None], each / 4, rtol=1e-9)


def test_the_toy_has_its_hidden_class():
    table = named_joint("images:toy").table
    found = Problem(table)
    assert found.information == pytest.approx(0.5, abs=1e-9)  # as the source was made
    np.testing.assert_allclose(found.p_y, toy_source().p_class)
    assert len(toy_images().images) == len(table)


def test_an_ising_image_is_of_the_colour_of_most_pixels():
    odd, even = image_classes(ising(3)), image_classes(ising(2))
    assert set(np.unique(odd.posterior)) == {0.0, 1.0}
    halves = (even.posterior == 0.5).all(1)
    assert halves.sum() == 6  # two of four pixels
    # every image and its negative are as likely: the class is a fair coin
    assert ising(2).p_x @ even.posterior[:, 0] == pytest.approx(0.5, abs=IDENTITY)


def test_drawn_classes_are_as_frequent_as_they_are_likely():
    classes = ImageClasses(("a", "b", "c"), np.array([[0.2, 0.5, 0.3], [0.0, 0.0, 1.0]]))
    drawn = classes.draw(np.repeat([0, 1], [4000, 100]))
    assert (drawn[4000:] == 2).all()
    shares = np.bincount(drawn[:4000]) / 4000
    error = np.sqrt(classes.posterior[0] * (1 - classes.posterior[0]) / 4000)
    assert (np.abs(shares - classes.posterior[0]) < STANDARD_ERRORS * error).all()


def test_a_source_without_classes_is_refused():
    other = bernoulli_mixture(np.full((1, 2, 2), 0.5))
    with pytest.raises(ValueError, match=r"classes must be of toy, bars, .* got mixture"):
        image_classes(other)
