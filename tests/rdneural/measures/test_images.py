"""Few images that stand for many."""

import pytest
import torch

from rdneural.measures.images import spread_subset


@pytest.mark.parametrize("total", [1, 2, 7, 100, 50_000])
@pytest.mark.parametrize("count", [1, 2, 3, 7, 10, 99, 100, 1000])
def test_a_spread_subset_is_spread(total, count):
    images = torch.arange(total)
    found = spread_subset(images, count)
    assert len(found) == min(count, total)
    assert len(found.unique()) == len(found)
    assert found.tolist() == sorted(found.tolist())
    gaps = found.diff()
    if len(gaps):
        assert gaps.max() - gaps.min() <= 1
        assert total - found[-1] <= gaps.max() + 1  # it reaches the end as well


def test_a_spread_subset_that_wants_all_is_all():
    images = torch.arange(12).reshape(4, 3)
    assert torch.equal(spread_subset(images, 4), images)
    assert torch.equal(spread_subset(images, 9), images)
