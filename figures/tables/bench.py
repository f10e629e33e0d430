"""Timings as tables for a terminal."""

from collections.abc import Mapping
from typing import Any

from tabulate import tabulate

from figures.tables.columns import columns


def bench_table(found: Mapping[str, Any]) -> str:
    """Return the seconds of each exact solver on each problem, ~ before an extrapolated one."""
    header = ["problem", "beta", "solver", "asked gap", "certified gap", "seconds", "ratio"]
    rows = [
        [row["problem"], "-" if row["beta"] is None else f"{row['beta']:.4g}", row["solver"],
         f"{row['asked']:.0e}",
         f"{row['gap']:.1e}", f"{'~' * row['extrapolated']}{row['seconds']:.3g}",
         f"{row['ratio']:.3g}"]
        for row in found["timings"]
    ]  # fmt: skip
    return tabulate(rows, header, disable_numparse=True)


def neural_bench_table(found: Mapping[str, Any]) -> str:
    """Return the size and the speed of each neural family, and the device they were timed on.

    The floor is the least time that a step could take (`rdneural.runs.floor`), as a share of what
    it takes.
    """
    header = ["model", "parameters", "train: GFLOP", "images/s", "GFLOP/s", "floor", "kept MiB",
              "measure: GFLOP", "images/s"]  # fmt: skip
    rows = [
        [row["model"], f"{row['parameters']:,}", f"{row['training_gflop']:.3f}",
         f"{row['training_images_per_second']:.0f}",
         f"{row['training_gflop'] * row['training_images_per_second']:.0f}",
         f"{row['floor_share']:.0%}", f"{row['kept_mib']:.0f}",
         f"{row['measuring_gflop']:.3f}", f"{row['measuring_images_per_second']:.0f}"]
        for row in found["timings"]
    ]  # fmt: skip
    best = found["best"]
    table = columns(rows, header)
    return (
        f"preset {found['preset']}, {found['device']}, {found['precision']}; at best "
        f"{best['gflops']:.0f} GFLOP/s and {best['gigabytes']:.0f} GB/s\n{table}"
    )


def batched_bench_table(found: Mapping[str, Any]) -> str:
    """Return how fast K models are trained one after the other, and as one batched model."""
    header = ["model", "K", "images/s, one by one", "images/s, batched", "ratio"]
    rows = [
        [row["model"], row["count"], f"{row['sequential_images_per_second']:.0f}",
         f"{row['batched_images_per_second']:.0f}", f"{row['ratio']:.2f}"]
        for row in found["timings"]
    ]  # fmt: skip
    table = columns(rows, header)
    return f"preset {found['preset']}, {found['device']}, {found['precision']}\n{table}"


def candidates_table(found: Mapping[str, Any]) -> str:
    """Return what candidates reached in their CPU seconds, the best on test images first."""
    header = ["candidate", "parameters", "CPU s", "epochs", "images/s", "R + D, train", "valid",
              "test"]  # fmt: skip
    rows = [
        [row["candidate"], f"{row['parameters']:,}", f"{row['seconds']:g}", f"{row['epochs']:.2f}",
         f"{row['images_per_second']:.0f}", f"{row['train']:.2f}", f"{row['valid']:.2f}",
         f"{row['test']:.2f} ± {row['test_se']:.2f}"]
        for row in sorted(found["rows"], key=lambda row: (row["seconds"], row["test"]))
    ]  # fmt: skip
    return columns(rows, header)
