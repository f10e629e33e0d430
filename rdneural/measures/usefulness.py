r"""What a code is good for: which class it tells, and what of an image comes back through it.

The paper names its models by looking at reconstructions: a *semantic encoder* keeps "semantically
meaningful information about the input, such as its class" and not the strokes, an *autodecoder*
keeps nothing (Alemi et al. 2018, section 4.2). Here the words are numbers, each with its error and
each beside the rate R of the same images.

Two of them need care. The mean code is a function of the image and costs more than R nats: an
encoder that adds much noise to small differences of its means has a low rate, and the means tell
the class all the same. So the probes also read *drawn* codes z ~ e(z|x), which tell no more than R
nats of anything (`rdtheory.information.greatest_accuracy`), and so do reconstructions. A `---`
that was trained for minutes to 6 nats has 93 % by neighbours of its mean codes, and 46 % of drawn
ones.

*Held out* is meant of the classifier. Models of the static MNIST have seen most of the labelled
digits, in another binarisation (`rdneural.data.labels.labelled_digits`), so that their R and D here
are about those of their training images.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rdneural.data.labels import LabelledImages
from rdneural.machine.device import autocast
from rdneural.machine.seeding import mixed_seed, seeded
from rdneural.measures.classifier import Classifier
from rdneural.measures.code_length import label_entropy, label_nats
from rdneural.measures.estimates import Estimate, flat, plain
from rdneural.measures.images import spread_subset
from rdneural.measures.probes import linear_probe, nearest_neighbours, share
from rdneural.measures.rates import measure
from rdneural.models.build import LatentModel
from rdneural.models.frames import real_pixels
from rdneural.models.pixel_distributions import BernoulliImages
from rdneural.records.settings import RunSettings
from rdtheory.checks import check_count, check_seed

HELD_OUT = ("valid", "test")
"""Splits on which R, D and reconstructions are measured: the classifier has not seen them."""

IMAGES = 1_000
"""Held-out images of R and D, at most."""

RECONSTRUCTIONS, FEW_RECONSTRUCTIONS = 1_000, 100
"""Images that are reconstructed, at most; the few where pixels are not drawn all at once, as in a
PixelCNN++: a hundred take minutes, and leave class agreement an error of 3 to 5 %."""

BATCH = 250


@dataclass(frozen=True)
class Usefulness:
    """Rate and distortion in nats per image, nats per label, and shares in [0, 1].

    Attributes
    ----------
    rate, distortion
        of `images` held-out images, one code each.
    linear_probe, nearest_neighbours
        accuracy of the class read from the mean code, `encoder(x).mode()`, over all `probed` images
        by cross-validation (`rdneural.measures.probes`).
    drawn_linear_probe, drawn_nearest_neighbours
        the same from one code drawn for each image.
    label_nats, drawn_label_nats
        nats of the class that the mean code, or the drawn one, spares whoever is told it, learning
        paid for (`rdneural.measures.code_length`), over the same images. Of drawn codes it is, in
        expectation, at most I(Y; Z) and so at most R.
    class_agreement
        how often the classifier sees the image's own class in one reconstruction x' ~ d(x'|z),
        z ~ e(z|x), of `reconstructions` of the held-out images. At best it is the accuracy of the
        classifier; at a rate of 0 it is chance.
    pixel_agreement
        mean over pixels and images of 1[x = x'], for the same reconstructions.
    """

    images: int
    rate: Estimate
    distortion: Estimate
    probed: int
    linear_probe: Estimate
    nearest_neighbours: Estimate
    drawn_linear_probe: Estimate
    drawn_nearest_neighbours: Estimate
    label_nats: Estimate
    drawn_label_nats: Estimate
    reconstructions: int
    class_agreement: Estimate
    pixel_agreement: Estimate

    def as_dict(self) -> dict[str, float]:
        """Return the fields as tables have them."""
        return flat(self)


@dataclass(frozen=True)
class Baselines:
    """What the numbers of `Usefulness` are held against; shares in [0, 1], and nats.

    Attributes
    ----------
    classes
        how many there are.
    counts
        how many images of each class there are, parted by blanks.
    chance
        accuracy of always naming the most frequent class.
    pixels_linear_probe, pixels_nearest_neighbours
        accuracy of the probes on the images themselves: the code of an autoencoder without loss.
    label_entropy
        H^ of the classes in nats, by their counts: no code spares more.
    pixels_label_nats
        nats of the class that the images themselves spare.
    classifier
        accuracy of the judge of class agreement, on held-out images.
    pixel_chance, pixel_same_class
        pixel agreement of two different images of the set, and of two of one class: exact means
        over all pairs. A code that tells no more than the class cannot be expected to reach more.
    """

    classes: int
    counts: str
    chance: float
    pixels_linear_probe: Estimate
    pixels_nearest_neighbours: Estimate
    label_entropy: float
    pixels_label_nats: Estimate
    classifier: Estimate
    pixel_chance: float
    pixel_same_class: float

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as tables have them."""
        return flat(self)


@torch.no_grad()
def usefulness_of(
    model: LatentModel,
    settings: RunSettings,
    labelled: LabelledImages,
    classifier: Classifier,
    *,
    images: int | None = None,
    reconstructions: int | None = None,
    seed: int = 0,
) -> Usefulness:
    """Measure what a model's code is good for.

    Parameters
    ----------
    model
        anything with `encoder(x).mode()`, `encode(x)`, `decoder(z).sample()` and, called itself,
        `Terms`; on the device of `settings`.
    settings
        of the run, for the device and the precision of the networks.
    labelled
        images as large as the model's, with labels.
    classifier
        that judges reconstructions; see `rdneural.measures.classifier.train_classifier`.
    images, reconstructions
        how many held-out images are measured, and reconstructed; `IMAGES` and, by the decoder,
        `RECONSTRUCTIONS` or `FEW_RECONSTRUCTIONS` where None, and no more than there are.
    seed
        of everything drawn.

    Raises
    ------
    ValueError
        where a count is below 1, or the model's rate or distortion is not finite.
    """
    check_seed(seed)
    check_count("images", 1 if images is None else images)
    check_count("reconstructions", 1 if reconstructions is None else reconstructions)
    held, held_labels = labelled.pooled(*HELD_OUT)
    pixels, labels = labelled.pooled()
    with autocast(settings):
        some = spread_subset(_tensor(held, settings), images or IMAGES)
        measured = measure(model, some, seed=mixed_seed(seed, "rate"), batch=BATCH)
        mean, drawn = codes_of(model, _tensor(pixels, settings), seed=seed)
        if reconstructions is None:
            quick = isinstance(model.decoder(drawn[:1]), BernoulliImages)
            reconstructions = RECONSTRUCTIONS if quick else FEW_RECONSTRUCTIONS
        picked = spread_subset(torch.arange(len(held)), reconstructions)
        originals = _tensor(held, settings)[picked.to(settings.device)]
        found = reconstructed(model, originals, seed=seed)
    same = real_pixels(originals == found, labelled.images.frame)
    agreement = plain(same.double().flatten(1).mean(1))
    return Usefulness(
        images=measured.images,
        rate=Estimate(measured.rate, measured.rate_se),
        distortion=Estimate(measured.distortion, measured.distortion_se),
        probed=len(pixels),
        linear_probe=linear_probe(_array(mean), labels, seed=0),
        nearest_neighbours=nearest_neighbours(_array(mean), labels, seed=0),
        drawn_linear_probe=linear_probe(_array(drawn), labels, seed=0),
        drawn_nearest_neighbours=nearest_neighbours(_array(drawn), labels, seed=0),
        label_nats=label_nats(_array(mean), labels, seed=0),
        drawn_label_nats=label_nats(_array(drawn), labels, seed=0),
        reconstructions=len(picked),
        class_agreement=share(classifier.classify(found) == held_labels[picked.numpy()]),
        pixel_agreement=agreement,
    )


def baselines_of(labelled: LabelledImages, classifier: Classifier) -> Baselines:
    """Return what no model is needed for."""
    pixels, labels = labelled.pooled()
    height, width = labelled.images.shape
    flat_images = pixels[:, :height, :width].reshape(len(pixels), -1).astype(np.float64)
    counts = np.bincount(labels, minlength=len(labelled.classes))
    return Baselines(
        classes=len(labelled.classes),
        counts=" ".join(map(str, counts.tolist())),
        chance=float(counts.max() / counts.sum()),
        pixels_linear_probe=linear_probe(flat_images, labels, seed=0),
        pixels_nearest_neighbours=nearest_neighbours(flat_images, labels, seed=0),
        label_entropy=label_entropy(labels),
        pixels_label_nats=label_nats(flat_images, labels, seed=0),
        classifier=classifier.accuracy,
        pixel_chance=pair_agreement(flat_images),
        pixel_same_class=pair_agreement(flat_images, labels),
    )


def codes_of(model: LatentModel, images: Tensor, *, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Return the mean code of each image, and one that is drawn, (N, dim) each."""
    mean, drawn = [], []
    with torch.no_grad(), seeded(mixed_seed(seed, "codes")):
        for x in images.split(BATCH):
            mean.append(model.encoder(x).mode())
            drawn.append(model.encode(x)[0])
    return torch.cat(mean), torch.cat(drawn)


def reconstructed(model: LatentModel, images: Tensor, *, seed: int = 0) -> Tensor:
    """Return one reconstruction x' ~ d(x'|z), z ~ e(z|x), of each image (N, 1, side, side)."""
    found = []
    with torch.no_grad(), seeded(mixed_seed(seed, "reconstructions")):
        for x in images.split(BATCH):
            found.append(model.decoder(model.encode(x)[0]).sample())
    return torch.cat(found).to(images.dtype)


def pair_agreement(
    images: npt.NDArray[np.float64], labels: npt.NDArray[np.int64] | None = None
) -> float:
    r"""Return how many pixels two different images share, on average over all pairs of images.

    Of N images, n_i with pixel i set, it is the mean over pixels of
    (n_i (n_i - 1) + (N - n_i) (N - n_i - 1)) / (N (N - 1)).

    Parameters
    ----------
    images : (N, pixels) of zeros and ones
    labels : (N,); where given, pairs of one class only

    Examples
    --------
    >>> import numpy as np
    >>> pair_agreement(np.array([[0.0, 0.0], [0.0, 1.0], [0.0, 1.0]]))
    0.6666666666666666
    """
    groups = [images] if labels is None else [images[labels == k] for k in np.unique(labels)]
    agreeing = pairs = 0.0
    for group in groups:
        count, ones = len(group), group.sum(0)
        zeros = count - ones
        agreeing += (ones * (ones - 1) + zeros * (zeros - 1)).mean()
        pairs += count * (count - 1)
    return float(agreeing / pairs)


def _tensor(images: npt.NDArray[np.uint8], settings: RunSettings) -> Tensor:
    return torch.from_numpy(images)[:, None].to(settings.device, torch.get_default_dtype())


def _array(codes: Tensor) -> npt.NDArray[np.float64]:
    return codes.double().cpu().numpy()
