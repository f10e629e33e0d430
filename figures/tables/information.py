"""What the code of a run tells, and what its parts cost, as a table for a terminal."""

from collections.abc import Mapping
from typing import Any

from tabulate import tabulate

from figures.parts.words import asked, estimate
from rdneural.records.asked import of_steps


def information_table(found: Mapping[str, Any]) -> str:
    """Return the bounds of what a run's code tells, and what its encoder and marginal cost."""
    splits = [found["train"], found["test"]]

    def row(title: str, name: str) -> list[str]:
        return [title, *(estimate(split, name) for split in splits)]

    counts = [f"{split['images']:,}" for split in splits]
    ceilings = [f"{split['ceiling']:.4f}" for split in splits]
    rows = [
        ["images N", *counts],
        row("distortion D", "distortion"),
        row("H^ - D, an estimate", "entropy_estimate_minus_distortion"),
        row("population's I, at least", "population_lower"),
        row("I_e of the N images", "mutual_information"),
        ["its ceiling, log N", *ceilings],
        row("population's I, at most", "population_upper"),
        row("and at most the rate R", "rate"),
    ]
    bounds = tabulate(
        rows, ["nats per image", "train", "test"], disable_numparse=True,
        colalign=("left", "right", "right"),
    )  # fmt: skip
    lines = [
        f"model {found['model']} ({found['preset']}) on data: {found['data']}, {asked(found)}",
        *([of_steps(found)] if "unfinished" in found else []),
        *([f"warning: {found['warning']}"] if found["warning"] else []),
        f"{bounds}\n0.8987(81) means 0.8987 +- 0.0081, one standard error\n",
        _information_costs(found),
    ]
    return "\n".join(lines)


def _information_costs(found: Mapping[str, Any]) -> str:
    """Return the code length and the costs of `information`, a line each with what it is of."""
    entropy, bound, best = (
        found[name] for name in ("entropy_estimate", "code_length_bound", "decoder_frontier")
    )
    value = f"D + {found['beta_evaluated']:.4g} R"
    rows = [
        ("-log p(x), at most", estimate(bound, "nats"),
         f"{bound['images']:,} test images, {bound['codes']:,} codes each"),
        ("H^, stands in for H", estimate(entropy, "nats"), entropy["from"]),
        ("encoder cost", estimate(found, "encoder_cost"), f"of {value}, the same test images"),
    ]  # fmt: skip
    rows += [] if best is None else [
        (value, estimate(best, "model"), f"{best['images']:,} training images"),
        ("best for its decoder", f"{best['value']:.4f}",
         f"{best['codes']:,} codes, {best['codes_used']:,} in use, {best['seconds']:.1f} s; "
         f"certified to {best['gap']:.0e}; {best['halving']:+.2g} with half the codes"),
        ("encoder and marginal cost", estimate(best, "encoder_and_marginal_cost"),
         "the difference"),
        (value, estimate(best, "held_out_model"), "as many test images"),
        ("with that marginal", estimate(best, "held_out"), "the same test images"),
    ]  # fmt: skip
    header = ["nats per image", "", "of"]
    return tabulate(rows, header, disable_numparse=True, colalign=("left", "right", "left"))
