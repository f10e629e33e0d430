"""Channels of an exponential form, and what they prove of a source."""

import math

import numpy as np

from rdtheory import mutual_information


def primal_and_dual(source, outputs, s):
    """(D, I, lower bound on R(D)) of the channel proportional to q(y) exp(-s d(x, y)).

    R(D) >= sum_x p log l_x - s D for all l with sum_x p l_x exp(-s d) <= 1 at every y: Berger
    (1971), theorem 2.5.3; here l_x = 1 / sum_y q exp(-s d), lowered until the constraint holds.
    """
    kernel = np.exp(-s * source.distortion)
    scale = 1 / (kernel @ outputs)
    channel = scale[:, None] * kernel * outputs
    distortion = float(source.p_x @ (channel * source.distortion).sum(axis=1))
    constraint = max(1.0, float(((source.p_x * scale) @ kernel).max()))
    dual = float(source.p_x @ np.log(scale)) - math.log(constraint) - s * distortion
    return distortion, mutual_information(source.p_x, channel), dual
