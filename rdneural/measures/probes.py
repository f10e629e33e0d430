r"""How much of a label simple methods read from codes: a linear probe and nearest neighbours.

Each is judged by cross-validation: every image is held out once, by a method that was fitted to
the other folds, so that the accuracy is over all N images and its error

.. math:: \sqrt{\tilde a (1 - \tilde a) / N}, \quad \tilde a = (k + 1) / (N + 2),

k of them right, is as small as labels allow: 0.4 % at 90 % of 5,000, where 500 held-out images
would leave 1.3 %. Laplace's share stands in for k / N, so that no error is 0. Nothing is chosen by
looking at accuracies, which would need a third set of images: how strongly the probe is held back,
and how many neighbours vote, are fixed. The error is of the choice of images to judge; the folds
share training images, which makes it a little too small (Bengio and Grandvalet, *No unbiased
estimator of the variance of K-fold cross-validation*, JMLR 5, 2004).

Sources: Alain and Bengio, *Understanding intermediate layers using linear classifier probes* (2016)
for the probe; Cover and Hart, *Nearest neighbor pattern classification* (1967).
"""

import math
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt

from rdneural.measures.estimates import Estimate
from rdtheory.checks import Array, check_array, check_count

FOLDS = 5

STRENGTH = 0.1
"""scikit-learn's C of the probe: one over the weight of its squared coefficients."""

STEPS = 300
"""Of L-BFGS, at most; the accuracy stands still long before the coefficients do."""

NEIGHBOURS = 5
"""That vote on a class."""

Labels = npt.NDArray[np.integer[Any]]


def linear_probe(codes: npt.ArrayLike, labels: Labels, *, seed: int = 0) -> Estimate:
    """Return the accuracy of logistic regression on codes (N, dim), each coordinate standardised.

    Mean and scale of a coordinate are those of the fold's training codes.

    Parameters
    ----------
    codes : (N, dim)
    labels : (N,) classes, at least `FOLDS` images of each
    seed : of the folds

    Raises
    ------
    ValueError
        where codes are not finite, labels do not fit them, or a class has too few images.

    Examples
    --------
    >>> import numpy as np
    >>> side = np.repeat([0, 1], 50)
    >>> codes = np.linspace(-1, 1, 100)[:, None] + np.sign(side - 0.5)[:, None]
    >>> linear_probe(codes, side).value
    1.0
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    probe = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=STEPS))
    return _accuracy(probe, codes, labels, seed=seed)


def nearest_neighbours(codes: npt.ArrayLike, labels: Labels, *, seed: int = 0) -> Estimate:
    """Return the accuracy of the vote of the nearest codes, by Euclidean distance.

    Coordinates are left as they are: those that a model does not use hardly vary, and standardised
    they would count as much as the others. Parameters and errors are those of `linear_probe`.

    Examples
    --------
    >>> import numpy as np
    >>> circle = np.repeat([0, 1], 50)  # no line parts a circle from one around it
    >>> angle = np.linspace(0, 6 * np.pi, 100)
    >>> codes = (1 + circle[:, None]) * np.stack([np.cos(angle), np.sin(angle)], 1)
    >>> nearest_neighbours(codes, circle).value, linear_probe(codes, circle).value < 0.7
    (0.98, True)
    """
    from sklearn.neighbors import KNeighborsClassifier

    voters = KNeighborsClassifier(n_neighbors=NEIGHBOURS, algorithm="brute")
    return _accuracy(voters, codes, labels, seed=seed)


def share(right: npt.ArrayLike) -> Estimate:
    """Return the share of truth values (N,) that are true, with its binomial error.

    Examples
    --------
    >>> share([True] * 98 + [False] * 2).value, round(share([True] * 98).se, 4)
    (0.98, 0.0101)
    """
    values = np.asarray(right, bool)
    count = check_count("number of images", len(values))
    smoothed = (values.sum() + 1) / (count + 2)
    return Estimate(float(values.mean()), math.sqrt(smoothed * (1 - smoothed) / count))


def checked_codes(codes: npt.ArrayLike, labels: Labels) -> Array:
    """Return codes (N, dim), of no coordinates as zeros; refuse labels that are not one for each.

    Examples
    --------
    >>> checked_codes(np.ones((2, 0)), np.array([0, 1])).shape
    (2, 1)
    """
    if np.ndim(codes) == 2 and not np.shape(codes)[1]:
        codes = np.zeros((len(np.asarray(codes)), 1))  # of no coordinates: one code for all images
    values = check_array("codes", codes, ndim=2)
    if np.shape(labels) != (len(values),):
        raise ValueError(
            f"labels must be one for each of {len(values)} codes, got shape {np.shape(labels)}"
        )
    return values


def _accuracy(method: Any, codes: npt.ArrayLike, labels: Labels, *, seed: int) -> Estimate:  # noqa: ANN401
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.model_selection import StratifiedKFold, cross_val_predict

    values = checked_codes(codes, labels)
    least = np.unique(labels, return_counts=True)[1].min()
    if least < FOLDS:
        raise ValueError(f"labels must have {FOLDS} images of each class or more, got {least}")
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        guessed = cross_val_predict(method, values, labels, cv=folds)
    return share(guessed == labels)
