r"""What codes tell of labels, in nats that are paid for: prequential code length.

Somebody has the codes z_1, ..., z_N and is told the labels y_1, ..., y_N, one after the other, in
as few nats as possible. Each is coded with what was learned from those before,

.. math:: L = \sum_i -\log q_i(y_i), \quad q_i = q(\cdot \mid z_i; z_1 y_1, ..., z_{i-1} y_{i-1}),

so that learning is paid for: at first no probe knows anything, and a label costs log K nats. What
the codes are worth is what they spare, in nats per label, below the empirical entropy H^ of the
labels:

.. math:: U = \hat H - L / N.

**What holds.** The q are a code for the labels given the codes, so that for any N pairs that are
independent and alike, E L >= H(y_1..y_N | z_1..z_N) = N H(Y|Z), whatever the probes; and
E H^ <= H(Y), by Jensen's inequality. So E U <= I(Y; Z): U is, in expectation, a lower bound of what
a code tells of the class, too low by what learning costs and by what the probes cannot see. Of
codes drawn from an encoder, I(Y; Z) <= I(X; Z) <= R. (What classes there are is told for nothing.
The 5,000 digits have 500 of each class by choice, and are not quite independent; no probe uses it.)

**The probes.** Blocks end at N / 512, N / 256, ..., N, at 8 images or later; in a block a probe
stays as the blocks before have made it: logistic regressions of three strengths, on the code, and
on the code with its squares (and products, where coordinates are few), which is how Gaussian
classes are known; and the votes of 5 and of 20 nearest neighbours. With n images seen a probe's
probabilities p are coded as (n p + 1 / K) / (n + 1), which costs it log(1 + 1/n) a label at most,
and no label more than log(K (n + 1)): none is infinite. Beside them are the frequencies of the
labels alone, by Krichevsky and Trofimov's estimator (n_y + 1/2) / (n + K / 2). In each block these
M are mixed as Bayes would, from equal weights, so that

.. math:: L \le \sum_{\text{blocks}} \Bigl( \min_m L_m + \log M \Bigr):

which probe serves best, and how strongly it is held back, is found out on the way and is paid for.
A code that tells nothing costs hardly more than the frequencies: (K - 1) / 2 log N nats in all, and
log M a block.

Sources: Dawid, *Statistical theory: the prequential approach* (1984), doi:10.2307/2981683; Blier
and Ollivier, *The description length of deep learning models* (2018), arXiv:1802.07044, section
3.3; Voita and Titov, *Information-theoretic probing with minimum description length* (2020),
arXiv:2003.12298, section 2.2.2; Krichevsky and Trofimov (1981), doi:10.1109/TIT.1981.1056331.
"""

import math
import warnings

import numpy as np
import numpy.typing as npt
from scipy.special import logsumexp

from rdneural.measures.estimates import Estimate
from rdneural.measures.probes import STEPS, Labels, checked_codes
from rdtheory.checks import Array, check_seed
from rdtheory.information import entropy

STRENGTHS = (0.01, 0.1, 1.0)
"""scikit-learn's C of the logistic regressions."""

FEW = 16
"""Coordinates, at most, of codes whose products are seen, too."""

VOTERS = (5, 20)
"""Neighbours that vote; one vote more is shared as the labels' frequencies are."""

HALVINGS, LEAST = 9, 8
"""The first block is N / 2^9 images, or the least."""


def label_entropy(labels: Labels) -> float:
    """Return the empirical entropy of labels (N,) in nats.

    Examples
    --------
    >>> round(label_entropy(np.array([0, 0, 1, 1])), 6)
    0.693147
    """
    return entropy(np.unique(labels, return_counts=True)[1], normalise=True)


def label_nats(codes: npt.ArrayLike, labels: Labels, *, seed: int = 0) -> Estimate:
    r"""Return how many nats codes spare of each label, learning paid for: H^ - L / N.

    In expectation it is at most I(Y; Z) (the module's docstring), and it may be below 0. The error
    is that of the choice of images to be coded: by blocks, in each of which the probes are given,
    of -log of the label's frequency minus its code length. What other images to learn from would
    change is not in it: of 24 repetitions of 160 and of 640 images the spread was 1.2 and 1.3
    times the error.

    Parameters
    ----------
    codes : (N, dim), finite
    labels : (N,) classes
    seed : of the order in which labels are told

    Raises
    ------
    ValueError
        where codes are not finite, or labels do not fit them.

    Source: Voita and Titov (2020), arXiv:2003.12298, section 2.2.2.

    Examples
    --------
    >>> side = np.arange(1024) % 2
    >>> found = label_nats(np.sign(side - 0.5)[:, None], side)
    >>> 0.62 < found.value < 0.6931  # all of the label, log 2, but for what learning that costs
    True
    """
    values = checked_codes(codes, labels)
    order = np.random.default_rng(check_seed(seed)).permutation(len(values))
    values = values[order]
    names, classes = np.unique(np.asarray(labels)[order], return_inverse=True)
    counts = np.bincount(classes)
    lengths = code_lengths(values, classes, len(names))
    spared = -np.log(counts / len(values))[classes] - lengths
    inside = 0.0
    for part in np.split(spared, block_ends(len(values))[:-1]):
        inside += len(part) * part.var(ddof=min(1, len(part) - 1))
    return Estimate(float(spared.mean()), math.sqrt(inside) / len(values))


def code_lengths(codes: Array, classes: Labels, count: int) -> Array:
    """Return the nats that each label costs, (N,), told in this order.

    Parameters
    ----------
    codes : (N, dim)
    classes : (N,) numbers below `count`
    count : K, classes that there are

    Examples
    --------
    The first of two labels that may be anything is one of K, and their sum is that of a code:

    >>> codes, labels = np.zeros((2, 1)), np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> totals = [code_lengths(codes, pair, 2).sum() for pair in labels]
    >>> float(np.exp(-np.array(totals)).sum().round(12))
    1.0
    """
    known = frequencies(classes, count)
    found, begin = [], 0
    for end in block_ends(len(classes)):
        seen, told = slice(0, begin), slice(begin, end)
        probes = _predicted(codes[seen], classes[seen], codes[told], count) if begin else []
        own = classes[told]
        floored = [
            (begin * table[np.arange(len(own)), own] + 1 / count) / (begin + 1) for table in probes
        ]
        costs = -np.log(np.stack([known[told], *floored]))  # (M, block)
        joint = logsumexp(-costs.cumsum(1), axis=0) - math.log(len(costs))
        found.append(-np.diff(joint, prepend=0.0))
        begin = end
    return np.concatenate(found)


def frequencies(classes: Labels, count: int) -> Array:
    r"""Return the probability of each label (N,) given those before: (n_y + 1/2) / (n + K/2).

    Their product is \prod_y \Gamma(N_y + 1/2) / \Gamma(1/2) times \Gamma(K/2) / \Gamma(N + K/2).

    Source: Krichevsky and Trofimov (1981), doi:10.1109/TIT.1981.1056331.

    Examples
    --------
    >>> frequencies(np.array([0, 0, 1]), 2)
    array([0.5       , 0.75      , 0.16666667])
    """
    seen = np.eye(count)[classes].cumsum(0)
    before = seen[np.arange(len(classes)), classes] - 1
    return (before + 0.5) / (np.arange(len(classes)) + count / 2)


def block_ends(count: int) -> list[int]:
    """Return where blocks of N labels end.

    Examples
    --------
    >>> block_ends(100), block_ends(5)
    ([12, 25, 50, 100], [5])
    """
    ends = [count // 2**k for k in range(HALVINGS, -1, -1)]
    return [end for end in ends if end >= min(LEAST, count)]


def _predicted(codes: Array, classes: Labels, others: Array, count: int) -> list[Array]:
    """Return the probabilities (N', K) that each probe, fitted to codes, gives to other codes."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.preprocessing import StandardScaler

    present = np.unique(classes)
    if len(present) < 2:
        return []
    shares = np.bincount(classes, minlength=count) / len(classes)
    scaler = StandardScaler().fit(codes)
    own, new = scaler.transform(codes), scaler.transform(others)
    found = []
    for features in (_itself, _squared):
        scaled = StandardScaler().fit(features(own))
        known, told = scaled.transform(features(own)), scaled.transform(features(new))
        for strength in STRENGTHS:
            table = np.zeros((len(others), count))
            regression = LogisticRegression(C=strength, max_iter=STEPS)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)
                table[:, present] = regression.fit(known, classes).predict_proba(told)
            found.append(table)
    for many in VOTERS:
        voters = KNeighborsClassifier(n_neighbors=min(many, len(codes)), algorithm="brute")
        table = np.tile(shares, (len(others), 1))
        table[:, present] += many * voters.fit(codes, classes).predict_proba(others)
        found.append(table / (many + 1))
    return found


def _itself(codes: Array) -> Array:
    return codes


def _squared(codes: Array) -> Array:
    """Return codes (N, dim) with their squares, or with all products where these are few."""
    first, second = np.triu_indices(codes.shape[1])
    if codes.shape[1] > FEW:
        first = second = np.arange(codes.shape[1])
    return np.concatenate([codes, codes[:, first] * codes[:, second]], axis=1)
