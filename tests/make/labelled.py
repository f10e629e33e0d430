"""Images of four classes that are known through and through, with labels, and their judge."""

import numpy as np
import torch
from torch import nn

from rdneural.data.images import ImageData
from rdneural.data.labels import LabelledImages
from rdneural.measures.classifier import Classifier
from rdneural.measures.estimates import Estimate
from rdneural.records.settings import RunSettings

SETTINGS = RunSettings("mnist", model="---", preset="tiny", beta=1.0, device="cpu")
CLASSES = 4
TEMPLATES = np.kron(np.eye(4, dtype=np.uint8).reshape(4, 2, 2), np.ones((2, 2), np.uint8))
"""Four classes, each with one quarter of 4x4 pixels inked."""
PROTOTYPES = torch.from_numpy(TEMPLATES).float()


def made_labelled(noise=0.05, counts=(240, 80, 80)):
    """Images of the templates, with that share of their pixels flipped."""
    rng = np.random.default_rng(0)
    labels = [np.arange(count) % CLASSES for count in counts]
    images = [TEMPLATES[y] ^ (rng.random((len(y), 4, 4)) < noise) for y in labels]
    data = ImageData("quarters", *(x.astype(np.uint8) for x in images))
    return LabelledImages(data, "digit", tuple("abcd"), *labels)


def nearest(x):
    """Which template an image is nearest to: (B,) indices."""
    return (x[:, 0, None] - PROTOTYPES).abs().flatten(2).sum(2).argmin(1)


class Nearest(nn.Module):
    """A classifier that errs only where noise made an image look like another class."""

    def forward(self, x):
        return nn.functional.one_hot(nearest(x), CLASSES).float()


def judge(accuracy=1.0):
    return Classifier(Nearest(), Estimate(accuracy), 160)
