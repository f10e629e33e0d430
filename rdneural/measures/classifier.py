"""A small classifier of our own, to judge whether a reconstruction still shows the same class.

It is trained on the training images with their labels, and its accuracy on the others is part of
every result: agreement with a judge who errs in 2 % of the images cannot mean more than that.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from rdneural.data.labels import LabelledImages
from rdneural.machine.seeding import mixed_seed, seeded
from rdneural.measures.estimates import Estimate
from rdneural.measures.probes import share
from rdtheory.checks import check_seed

EPOCHS, BATCH, LEARNING_RATE = 18, 50, 3e-3

SHIFT = 2
"""Pixels that a training image is moved by, at most, either way."""

TURN, SHEAR = 0.2, 0.2
"""Radians that it is turned by, and the tangent that it is sheared by, at most, either way."""

GRAIN = 0.06
"""Share of the pixels of a training image that are flipped, at most: where a decoder's pixels are
independent, what it draws has such grain, and a judge of shapes must see through it."""


@dataclass(frozen=True, eq=False)
class Classifier:
    """A trained network with what it is worth.

    Attributes
    ----------
    network : from images (B, 1, side, side) of zeros and ones to logits (B, classes)
    accuracy : on the validation and test images, which it has not seen
    images : how many these are
    """

    network: nn.Module
    accuracy: Estimate
    images: int

    @torch.no_grad()
    def classify(self, images: Tensor, *, batch: int = 500) -> npt.NDArray[np.int64]:
        """Return the likeliest class of each image (N, 1, side, side), (N,)."""
        guessed = [self.network(part.float().cpu()).argmax(1) for part in images.split(batch)]
        return torch.cat(guessed).numpy()


def train_classifier(
    labelled: LabelledImages, *, seed: int = 0, epochs: int = EPOCHS
) -> Classifier:
    """Train on the training images, on the CPU; about half a minute for 4,000 of 28x28 pixels.

    Two convolutions and two linear layers, Adam, images varied at random. Nothing is
    chosen on the images that it is then judged by. On one machine and one thread the same seed
    gives the same network; torch's generators are left as they were.

    Examples
    --------
    >>> from rdneural.data.labels import labelled_digits
    >>> tiny = train_classifier(labelled_digits().downsampled(4), epochs=1)
    >>> 0.1 < tiny.accuracy.value < 0.9, tiny.images
    (True, 1000)
    """
    check_seed(seed)
    images = torch.from_numpy(labelled.images.train)[:, None].float()
    labels = torch.from_numpy(labelled.train)
    with seeded(mixed_seed(seed, "classifier")):
        network = _network(labelled.images.side, len(labelled.classes))
        _train(network, images, labels, epochs)
    held, held_labels = labelled.pooled("valid", "test")
    judge = Classifier(network.eval(), Estimate(0.0), len(held))
    right = judge.classify(torch.from_numpy(held)[:, None]) == held_labels
    return Classifier(network, share(right), len(held))


def _network(side: int, classes: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(1, 16, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),  # (B, 16, side/2, side/2)
        nn.Conv2d(16, 32, 5, padding=2),
        nn.ReLU(),
        nn.MaxPool2d(2),  # (B, 32, side/4, side/4)
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(32 * (side // 4) ** 2, 128),
        nn.ReLU(),
        nn.Dropout(0.2),
        nn.Linear(128, classes),
    )


def _train(network: nn.Module, images: Tensor, labels: Tensor, epochs: int) -> None:
    optimiser = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    steps = epochs * -(-len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, LEARNING_RATE, total_steps=max(2, steps)
    )
    network.train()
    for _ in range(epochs):
        for picked in torch.randperm(len(images)).split(BATCH):
            loss = functional.cross_entropy(network(_varied(images[picked])), labels[picked])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()


def _varied(images: Tensor) -> Tensor:
    """Return the images, each turned, sheared, moved, and with some of its pixels flipped."""
    count, side = len(images), images.shape[-1]
    turn, shear, *moves = torch.rand(4, count) * 2 - 1
    turn, shear = TURN * turn, SHEAR * shear
    right, down = (2 * min(SHIFT, side // 8) / side * move for move in moves)
    cos, sin = turn.cos(), turn.sin()
    rows = [cos, shear * cos - sin, right, sin, shear * sin + cos, down]
    grid = functional.affine_grid(
        torch.stack(rows, 1).view(-1, 2, 3), list(images.shape), align_corners=False
    )
    moved = (functional.grid_sample(images, grid, align_corners=False) > 0.5).float()
    flipped = torch.rand(moved.shape) < GRAIN * torch.rand(count, 1, 1, 1)
    return torch.where(flipped, 1 - moved, moved)
