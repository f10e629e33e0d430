"""The classifier that judges reconstructions: what it learns, and what it says it is worth."""

import torch

from rdneural.data.labels import labelled_digits
from rdneural.measures.classifier import train_classifier
from tests.make.labelled import made_labelled


def test_a_classifier_is_the_same_for_a_seed_and_says_what_it_is_worth():
    labelled = made_labelled(noise=0.02)
    before = torch.random.get_rng_state()
    one, other = (train_classifier(labelled, seed=3, epochs=6) for _ in range(2))
    assert torch.equal(torch.random.get_rng_state(), before)
    held, labels = labelled.pooled("valid", "test")
    images = torch.from_numpy(held)[:, None]
    assert (one.classify(images) == other.classify(images)).all()
    assert one.accuracy.value == (one.classify(images) == labels).mean() > 0.9
    assert one.images == 160


def test_a_classifier_of_digits_learns_quickly():
    found = train_classifier(labelled_digits().downsampled(14), epochs=4)
    assert found.accuracy.value > 0.9
    assert found.images == 1000
