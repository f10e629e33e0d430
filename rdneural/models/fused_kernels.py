"""Loops over activations that PyTorch goes over several times: read once, write once.

Arrays are float32, or bfloat16 as the uint16 of its bits; sums and products are float32 in both.
Images lie with channels last, a row of pixels after the other: (rows, width * channels).

A network of 32 features at 28x28 pixels spends nearly half of a training step here where matrix
products are quick; `python cli.py bench neural` shows it. PyTorch's own dropout takes longer than
a convolution does, so its mask is a hash here, of the place and a seed.
"""

# ruff: noqa: ANN401  (numbers and types are numba's)

from typing import Any

import numba
import numpy as np
import numpy.typing as npt
from numba import types
from numba.extending import intrinsic, overload

Array = npt.NDArray[np.float32] | npt.NDArray[np.uint16]

QUICK: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy"}
FAST = {"contract", "arcp", "nsz"}  # nan and infinity stay what they are
f32 = np.float32


@intrinsic
def _float_of(context: Any, bits: Any) -> Any:
    """Return the float32 of its bits."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.float32))

    return types.float32(types.int32), codegen


@intrinsic
def _bits_of(context: Any, value: Any) -> Any:
    """Return the bits of a float32."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(types.int32))

    return types.int32(types.float32), codegen


def _read(value: Any) -> Any:
    raise NotImplementedError


@overload(_read, inline="always", strict=False)
def _read_of(value: Any) -> Any:
    if value == types.uint16:
        return lambda value: _float_of(np.int32(np.int32(value) << 16))  # type: ignore[call-arg]
    return lambda value: value


def _rounded(value: Any, like: Any) -> Any:
    raise NotImplementedError


@overload(_rounded, inline="always", strict=False)
def _rounded_to(value: Any, like: Any) -> Any:
    if like == types.uint16:  # to the nearest, ties to even

        def to_bfloat16(value: Any, like: Any) -> Any:
            bits: Any = _bits_of(f32(value))  # type: ignore[call-arg]
            if value != value:
                return np.uint16(0x7FC0)
            odd = np.int32(np.int32(bits >> 16) & 1)
            return np.uint16(np.int32(bits + np.int32(0x7FFF) + odd) >> 16)

        return to_bfloat16
    return lambda value, like: value


@numba.njit(inline="always")
def _sigmoid(x: Any) -> Any:
    """Return 1 / (1 + exp(-x)) to some units in the last place of float32, by tanh(x / 2).

    The rational approximation of tanh is that of Eigen's `ptanh_float`.
    """
    t = f32(0.5) * x
    t = f32(-7.99) if t < f32(-7.99) else t  # so that nan stays nan
    t = f32(7.99) if t > f32(7.99) else t
    s = t * t
    top = f32(-2.76076847742355e-16)
    top = top * s + f32(2.00018790482477e-13)
    top = top * s + f32(-8.60467152213735e-11)
    top = top * s + f32(5.12229709037114e-08)
    top = top * s + f32(1.48572235717979e-05)
    top = top * s + f32(6.37261928875436e-04)
    top = top * s + f32(4.89352455891786e-03)
    below = f32(1.19825839466702e-06)
    below = below * s + f32(1.18534705686654e-04)
    below = below * s + f32(2.26843463243900e-03)
    below = below * s + f32(4.89352518554385e-03)
    return f32(0.5) + f32(0.5) * (t * top / below)


@numba.njit(inline="always")
def _kept(index: Any, seed: Any, dropped: Any) -> Any:
    """Return whether the hash of a place and a seed (Wang's, as in MurmurHash3) is not dropped."""
    h = np.uint32(index) ^ np.uint32(seed)
    h = np.uint32((h ^ np.uint32(h >> 16)) * np.uint32(0x85EBCA6B))
    h = np.uint32((h ^ np.uint32(h >> 13)) * np.uint32(0xC2B2AE35))
    return np.uint32(h ^ np.uint32(h >> 16)) >= np.uint32(dropped)


@numba.njit(fastmath=FAST, **QUICK)
def silu_padded(
    before: int,
    x: Array,
    extra: Array | None,
    out: Array,
    height: int,
    top: int,
    first: int,
    seed: int,
    dropped: int | None,
    scale: float,
) -> None:
    """Write silu(x + extra), dropped out and padded with zeros, into `out`.

    x and extra are (B height, width), extra may be None; out is (B (height + top), any), and a row
    of x begins there at `first`. Of all hashes those below `dropped` drop a number, the others
    multiply it by `scale`; nothing is dropped where `dropped` is None. `before` is how many rows
    come before these, which are others' to write.
    """
    rows, width = x.shape
    for row in range(rows):
        image, within = row // height, row % height
        if within == 0:
            out[image * (height + top) : image * (height + top) + top] = 0
        padded = out[image * (height + top) + top + within]
        padded[:first] = 0
        padded[first + width :] = 0
        of_x, target = x[row], padded[first : first + width]
        of_extra = of_x if extra is None else extra[row]
        for i in range(width):
            value = _read(of_x[i])
            if extra is not None:
                value = value + _read(of_extra[i])
            value = value * _sigmoid(value)
            if dropped is not None:
                kept = _kept((before + row) * width + i, seed, dropped)
                value = value * scale if kept else f32(0.0)
            target[i] = _rounded(value, of_x[i])


@numba.njit(fastmath=FAST, **QUICK)
def silu_padded_gradient(
    before: int,
    x: Array,
    extra: Array | None,
    gradient: Array,
    out: Array,
    height: int,
    top: int,
    first: int,
    seed: int,
    dropped: int | None,
    scale: float,
) -> None:
    """Write the gradient by x, and by extra, into `out`, given that by what was padded."""
    rows, width = x.shape
    for row in range(rows):
        padded = gradient[(row // height) * (height + top) + top + row % height]
        of_x, source, target = x[row], padded[first : first + width], out[row]
        of_extra = of_x if extra is None else extra[row]
        for i in range(width):
            value = _read(of_x[i])
            if extra is not None:
                value = value + _read(of_extra[i])
            s = _sigmoid(value)
            slope = s * (f32(1.0) + value * (f32(1.0) - s)) * _read(source[i])
            if dropped is not None:
                kept = _kept((before + row) * width + i, seed, dropped)
                slope = slope * scale if kept else f32(0.0)
            target[i] = _rounded(slope, of_x[i])


@numba.njit(fastmath=FAST, **QUICK)
def gated_sum(x: Array, value: Array, gate: Array, out: Array) -> None:
    """Write x + value * sigmoid(gate) into `out`; all are (size,)."""
    for i in range(x.size):
        found = _read(x[i]) + _read(value[i]) * _sigmoid(_read(gate[i]))
        out[i] = _rounded(found, x[i])


@numba.njit(fastmath=FAST, **QUICK)
def gated_sum_gradient(
    value: Array, gate: Array, gradient: Array, by_value: Array, by_gate: Array
) -> None:
    """Write the gradients by value and gate, given that by the sum; all are (size,)."""
    for i in range(value.size):
        s, g = _sigmoid(_read(gate[i])), _read(gradient[i])
        by_value[i] = _rounded(g * s, value[i])
        by_gate[i] = _rounded(g * _read(value[i]) * s * (f32(1.0) - s), value[i])


@numba.njit(fastmath=FAST, **QUICK)
def gated_product(
    before: int, value: Array, gate: Array, out: Array, seed: int, dropped: int | None, scale: float
) -> None:
    """Write value * sigmoid(gate), dropped out as by `silu_padded`, into `out`; all are (size,).

    `before` is how many numbers come before these.
    """
    for i in range(value.size):
        found = _read(value[i]) * _sigmoid(_read(gate[i]))
        if dropped is not None:
            found = found * scale if _kept(before + i, seed, dropped) else f32(0.0)
        out[i] = _rounded(found, value[i])


@numba.njit(fastmath=FAST, **QUICK)
def gated_product_gradient(
    before: int, value: Array, gate: Array, gradient: Array, by_value: Array, by_gate: Array,
    seed: int, dropped: int | None, scale: float,
) -> None:  # fmt: skip
    """Write the gradients by value and gate, given that by the product; all are (size,)."""
    for i in range(value.size):
        s, g = _sigmoid(_read(gate[i])), _read(gradient[i])
        if dropped is not None:
            g = g * scale if _kept(before + i, seed, dropped) else f32(0.0)
        by_value[i] = _rounded(g * s, value[i])
        by_gate[i] = _rounded(g * _read(value[i]) * s * (f32(1.0) - s), value[i])
