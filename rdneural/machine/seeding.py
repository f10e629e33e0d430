"""Random numbers that depend on a seed alone and leave torch's own generators as they were."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Seed torch, on every device, within the block; put its generators back after it."""
    with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
        torch.manual_seed(seed)
        yield


def mixed_seed(seed: int, purpose: str, index: int = 0) -> int:
    """Return a seed of 63 bits that no other purpose or index shares."""
    words = np.random.SeedSequence([seed, *purpose.encode(), index]).generate_state(1, np.uint64)
    return int(words[0] >> np.uint64(1))
