"""The floor of a step: counted bytes, and the longer of two times."""

import torch
from torch import nn

from rdneural.runs.floor import Speeds, kept_bytes


def test_what_a_pass_keeps_is_counted_once():
    x = torch.randn(10, 100, requires_grad=True)
    assert kept_bytes(lambda: x.exp() * x) == 2 * 4 * 1000  # exp keeps its result, the product both
    layer = nn.Linear(100, 3)
    assert kept_bytes(lambda: layer(x.detach())) == 4 * 1000  # for the gradient by the weight


def test_the_floor_is_the_longer_of_the_two_times():
    speeds = Speeds(gflops=200.0, gigabytes=20.0)
    assert speeds.floor(100.0, 1e9) == 0.5  # seconds of arithmetic, 0.1 of memory
    assert speeds.floor(1.0, 40e9) == 4.0  # written once, and read once
