"""Where networks compute: the device, its number format, its memory."""

import ctypes
import platform
import re
import resource
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import torch

from rdneural.records.settings import RunSettings

FAST_BFLOAT16 = ("amx_tile", "avx512_bf16")
"""What a CPU needs one of to multiply bfloat16 faster than float32, as torch.cpu names it."""


def pick_device(device: str) -> str:
    """Return the name of a device that is there; "auto" is the GPU, if any.

    Raises
    ------
    ValueError
        where the device is unknown or not there.
    """
    if device == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    match = re.fullmatch(r"cpu|cuda(?::(\d+))?", device)
    if match is None:
        raise ValueError(f"device must be auto, cpu, cuda or cuda:N, got {device!r}")
    if device != "cpu" and int(match[1] or 0) >= torch.cuda.device_count():
        raise ValueError(
            f"device must be one of the {torch.cuda.device_count()} GPUs here, got {device!r}"
        )
    return device


def has_fast_bfloat16(device: str) -> bool:
    """Return whether the device multiplies matrices of bfloat16 faster than of float32."""
    if torch.device(device).type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    probes = (getattr(torch.cpu, f"_is_{name}_supported", None) for name in FAST_BFLOAT16)
    return any(probe is not None and probe() for probe in probes)


def pick_precision(precision: str, device: str) -> str:
    """Return a precision; "auto" is what the device is fastest with."""
    if precision != "auto":
        return precision
    return "bfloat16" if has_fast_bfloat16(device) else "float32"


def keep_freed_memory() -> None:
    """Ask glibc to keep freed blocks; without it every layer's output is mapped in anew.

    Worth about a fifth of a PixelCNN's step on a CPU; `rdneural.runs.bench.time_family` shows it,
    with `keep_memory` on and off in two processes.
    """
    if platform.libc_ver()[0] == "glibc":
        trim_threshold, mmap_threshold = -1, -3  # names of mallopt(3)
        libc = ctypes.CDLL(None)
        libc.mallopt(mmap_threshold, 2**30)
        libc.mallopt(trim_threshold, 2**31 - 1)


def peak_memory_mib(device: str) -> float:
    """Return the greatest memory in use so far: of the GPU, or of this process on a CPU."""
    if torch.device(device).type == "cuda":
        return torch.cuda.max_memory_allocated(device) / 2**20
    kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return kib / (2**20 if platform.system() == "Darwin" else 2**10)


def device_name(device: str) -> str:
    """Return what the device calls itself."""
    if torch.device(device).type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"CPU, {torch.get_num_threads()} threads"


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute on one thread: with little to do at a time a second one only waits."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def autocast(settings: RunSettings) -> AbstractContextManager[object]:
    """Return a context in which networks compute at the settings' precision."""
    kind = torch.device(settings.device).type
    return torch.autocast(kind, torch.bfloat16, enabled=settings.precision == "bfloat16")
