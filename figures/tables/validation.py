"""Models of a source that is known exactly, as tables for a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from figures.parts.words import asked, compact, estimate, faults, missed, target_said
from figures.tables.columns import columns
from rdneural.records.asked import target_outcome


def validation_table(found: Mapping[str, Any]) -> str:
    """Return where each model of `validate` is, what is wrong with the broken ones, and costs."""
    entropy = found["entropy"]
    header = ["model", "asked", "R", "D", "H", "H - D", "I_e", "R", "excess", "marginal gap",
              "decoder gap", "verdict"]  # fmt: skip
    rows = []
    for row in found["models"]:
        rate = estimate(row, "rate")
        lower = compact(entropy - row["distortion"], row["distortion_se"])
        rows.append(
            [row["model"], asked(row), rate, estimate(row, "distortion"), f"{entropy:.4f}"]
            + [lower, estimate(row, "mutual_information"), rate]
            + [estimate(row, name) for name in ("excess", "marginal_gap", "decoder_gap")]
            + [row["verdict"].partition(":")[0]]
        )
    lines = [
        f"source {found['source']}: {found['letters']:,} letters, H = {entropy:.6f} nats",
        columns(rows, header),
        "nats; 0.8987(81) means 0.8987 +- 0.0081, one standard error",
        *faults(found["models"]),
        *_missed(found["models"]),
    ]
    return "\n".join(lines) + "\n\n" + costs_table(found)


def _missed(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line for each model that has not the rate it was asked for."""
    outcomes = [target_outcome(row["target_rate"], row["rate"], row["rate_se"]) for row in rows]
    return [
        f"warning: {row['model']} at {asked(row)}: target rate {target_said(outcome)}"
        for row, outcome in zip(rows, outcomes, strict=True) if missed(outcome)
    ]  # fmt: skip


def costs_table(found: Mapping[str, Any]) -> str:
    """Return what the parts of each model of `validate` cost at its slope."""
    header = ["model", "asked", "beta", "encoder cost", "marginal cost", "decoder cost", "codes",
              "with half the codes"]  # fmt: skip
    rows = [
        [row["model"], asked(row), f"{row['final_beta']:.4g}"]
        + [estimate(row, f"{part}_cost") for part in ("encoder", "marginal", "decoder")]
        + [row["decoder_frontier"]["codes"], f"{row['decoder_frontier']['halving']:+.1e}"]
        for row in found["models"]
    ]
    table = columns(rows, header)
    return f"what each part costs at the slope beta, in nats of D + beta R:\n{table}"
