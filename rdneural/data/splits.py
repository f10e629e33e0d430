"""Own images in splits: as they are given, or by a rule and a seed.

Images that are in no splits are put in a random order, which depends on their number and the seed
alone; a tenth of them are for tests, a tenth to validate on, at least one each, and the others are
for training. Where train and test are given, a tenth of train is to validate on, by the same order.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from rdneural.data.found import WHOLE, Grey
from rdneural.data.sampling import fixed_order
from rdneural.records.layout import SPLITS

SHARE = 10
"""One in so many images is to validate on, and one for tests."""

Indices = npt.NDArray[np.intp]


def split_rows(counts: Mapping[str, int], seed: int) -> dict[str, tuple[str, Indices]]:
    """Return for each split the part that its images are of, and which of them they are.

    `counts` are the images of each part. Chosen rows are in ascending order.

    Examples
    --------
    >>> rows = split_rows({"": 20}, seed=0)
    >>> [len(indices) for _, indices in rows.values()]
    [16, 2, 2]
    >>> len({int(index) for _, indices in rows.values() for index in indices})
    20
    """
    found = {part: (part, np.arange(count)) for part, count in counts.items()}
    part = "train" if "train" in counts else WHOLE
    order, few = fixed_order(counts[part], seed=seed), max(1, counts[part] // SHARE)
    if "test" not in found:
        found["test"] = part, np.sort(order[:few])
        order = order[few:]
    if "valid" not in found:
        found["valid"] = part, np.sort(order[:few])
        order = order[few:]
        found["train"] = part, np.sort(order)
    return {split: found[split] for split in SPLITS}


def said_of(parts: Mapping[str, Grey], seed: int) -> str:
    """Return what results say of the splits.

    Examples
    --------
    >>> said_of({"train": np.zeros(9), "test": np.zeros(2)}, seed=3)
    'a tenth of train to validate on, by split seed 3'
    """
    if WHOLE in parts:
        return f"split 80/10/10 by split seed {seed}"
    if "valid" in parts:
        return "in the splits given"
    return f"a tenth of train to validate on, by split seed {seed}"
