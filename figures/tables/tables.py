"""Results as text: the tables that commands print."""

from collections.abc import Mapping, Sequence
from typing import Any

from tabulate import tabulate

from rdtheory.experiments.toy import spread

MOST_POINTS = 24
"""Points of a curve that a table shows, at most."""

LEAST_ERROR = 1e-9
"""Nats; a standard error below this is one of rounding."""


def toy_table(found: Mapping[str, Any]) -> str:
    """Return the source, the best model of each fit and the spread over restarts, of `toy`."""
    header = ["model", "R", "D", "I", "excess", "marginal gap", "decoder gap", "recovery",
              "converged"]  # fmt: skip
    rows = []
    for name, model in found["models"].items():
        restarts = found["restarts"].get(name)
        rows.append(
            [name]
            + [f"{model[key]:.6f}" for key in ("rate", "distortion", "mutual_information")]
            + [f"{model[key]:.1e}" for key in ("excess", "marginal_gap", "decoder_gap")]
            + [f"{model['recovery']:.4f}", _count_converged(restarts) if restarts else "-"]
        )
    source = (
        f"toy source: H = {found['entropy']:.6f} nats, "
        f"I(x; z*) = {found['source_mutual_information']:.6f} nats; best of each fit:"
    )
    models = tabulate(rows, header, disable_numparse=True, stralign="right")
    return f"{source}\n\n{models}\n\n{restarts_table(found['restarts'], 'model')}"


def restarts_table(ways: Mapping[str, Sequence[dict[str, Any]]], title: str) -> str:
    """Return what the restarts of each way of fitting found; `title` heads the ways' names."""

    def cell(restarts: Sequence[dict[str, Any]], key: str, form: str) -> str:
        median, least, greatest = (format(value, form) for value in spread(restarts, key))
        return f"{median} [{least}, {greatest}]"

    header = [title, "R", "excess", "recovery", "class 0 mass", "Bayes agreement", "codes used",
              "converged"]  # fmt: skip
    rows = [
        [
            name,
            cell(restarts, "rate", ".4f"),
            cell(restarts, "excess", ".0e"),
            cell(restarts, "recovery", ".3f"),
            cell(restarts, "class0_mass", ".2f"),
            cell(restarts, "bayes_agreement", ".2f"),
            cell(restarts, "effective_codes", ".1f"),
            _count_converged(restarts),
        ]
        for name, restarts in ways.items()
    ]
    table = tabulate(rows, header, disable_numparse=True)
    return f"over all restarts, median [least, greatest]:\n\n{table}"


def _count_converged(restarts: Sequence[dict[str, Any]]) -> str:
    return f"{sum(restart['converged'] for restart in restarts)}/{len(restarts)}"


def frontier_table(found: Mapping[str, Any]) -> str:
    """Return the points of a curve, at most `MOST_POINTS`, and how well the curve is known."""
    header = ["beta", "R (nats)", "D", "gap (nats)", "outputs in use", "iterations", "converged"]
    points = found["points"]
    shown = points[:: max(1, -(-len(points) // MOST_POINTS))]
    rows = [
        [f"{p['beta']:.6g}" if p["beta"] is not None else "inf", f"{p['rate']:.8f}",
         f"{p['distortion']:.8g}", f"{p['gap']:.1e}", len(p["support"]), p["iterations"],
         "yes" if p["converged"] else "no"]
        for p in shown
    ]  # fmt: skip
    lines = [tabulate(rows, header, disable_numparse=True, stralign="right")]
    if len(shown) < len(points):
        lines.append(f"({len(shown)} of {len(points)} points shown)")
    if found["width"] is not None:
        lines.append(f"the curve is known within {found['width']:.1e} in distortion everywhere")
    if found["closed_form_error"] is not None:
        exact = found["closed_form_exact"]
        of = "the closed form" if exact else "the continuous source's, at D above the grid's"
        lines.append(f"largest difference from {of}: {found['closed_form_error']:.1e} nats")
    return "\n".join(lines)


def run_table(found: Mapping[str, Any]) -> str:
    """Return what a training run was asked for, its warning, and R, D and R + D of each split."""

    def cell(measured: Mapping[str, Any], key: str) -> str:
        return f"{measured[key]:.2f} +- {measured[key + '_se']:.2f}"

    asked = f"beta {found['beta'] or 0:g}"
    if found["target_rate"] is not None:
        asked = f"target rate {found['target_rate']:g}, final beta {found['final_beta']:.4g}"
    lines = [f"model {found['model']} ({found['preset']}) on data: {found['data']}, {asked}"]
    if found["warning"]:
        lines.append(f"warning: {found['warning']}")
    rows = [
        [split, *(cell(found[split], key) for key in ("rate", "distortion", "elbo")),
         found[split]["images"], found[split]["latent_samples"]]
        for split in ("train", "valid", "test")
    ]  # fmt: skip
    header = ["nats per image", "R", "D", "R + D", "images", "codes each"]
    lines.append(tabulate(rows, header, disable_numparse=True, stralign="right"))
    return "\n".join(lines)


def diagonal_table(found: Mapping[str, Any]) -> str:
    """Return the points of models whose code is a fixed map, in nats."""

    def cell(point: Mapping[str, Any], key: str) -> str:
        return f"{point[key]:.2f} +- {point[key + '_se']:.2f}"

    rows = [
        [point["model"], *(cell(point, key) for key in ("rate", "distortion", "elbo"))]
        for point in found["points"]
    ]
    header = ["model", "R (nats)", "D (nats)", "R + D"]
    table = tabulate(rows, header, disable_numparse=True, stralign="right")
    return f"data: {found['data']}, {found['points'][0]['images']} test images\n{table}"


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
        tabulate(rows, header, disable_numparse=True, stralign="right"),
        "nats; 0.8987(81) means 0.8987 +- 0.0081, one standard error",
        *faults(found["models"]),
    ]
    return "\n".join(lines) + "\n\n" + costs_table(found)


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
    table = tabulate(rows, header, disable_numparse=True, stralign="right")
    return f"what each part costs at the slope beta, in nats of D + beta R:\n{table}"


def asked(row: Mapping[str, Any]) -> str:
    """Return what a model was trained for, "beta 1" or "rate 1"."""
    target = row["target_rate"]
    return f"beta {row['beta']:g}" if target is None else f"rate {target:g}"


def faults(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return a line for each broken model, "-+v at beta 1: reason"."""
    return [
        f"{row['model']} at {asked(row)}: {row['verdict'].removeprefix('broken: ')}"
        for row in rows
        if row["verdict"] != "holds"
    ]


def estimate(row: Mapping[str, Any], name: str) -> str:
    """Return an entry and its standard error in compact notation."""
    return compact(row[name], row[f"{name}_se"])


def compact(value: float, error: float) -> str:
    """Return a value with two digits of its error in parentheses; four decimals if that is 0.

    Examples
    --------
    >>> compact(0.89871, 0.0081), compact(12.345, 1.23), compact(1.0, 0.0)
    ('0.8987(81)', '12.3(1.2)', '1.0000')
    """
    if error < LEAST_ERROR:
        return f"{value:z.4f}"
    first = int(f"{error:.1e}".partition("e")[2])  # the place of the error's first digit
    decimals = max(0, 1 - first)
    value, error = round(value, 1 - first), round(error, 1 - first)
    digits = f"{error:.{decimals}f}" if first >= 0 else f"{error * 10**decimals:.0f}"
    return f"{value:z.{decimals}f}({digits})"


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


def bench_table(found: Mapping[str, Any]) -> str:
    """Return the seconds of each exact solver on each problem, ~ before an extrapolated one."""
    header = ["problem", "beta", "solver", "asked gap", "certified gap", "seconds", "ratio"]
    rows = [
        [row["problem"], f"{row['beta']:.4g}", row["solver"], f"{row['asked']:.0e}",
         f"{row['gap']:.1e}", f"{'~' * row['extrapolated']}{row['seconds']:.3g}",
         f"{row['ratio']:.3g}"]
        for row in found["timings"]
    ]  # fmt: skip
    return tabulate(rows, header, disable_numparse=True)


def neural_bench_table(found: Mapping[str, Any]) -> str:
    """Return the size and the speed of each neural family, and the device they were timed on."""
    header = ["model", "parameters", "train: GFLOP", "images/s", "GFLOP/s", "measure: GFLOP",
              "images/s"]  # fmt: skip
    rows = [
        [row["model"], f"{row['parameters']:,}", f"{row['training_gflop']:.3f}",
         f"{row['training_images_per_second']:.0f}",
         f"{row['training_gflop'] * row['training_images_per_second']:.0f}",
         f"{row['measuring_gflop']:.3f}", f"{row['measuring_images_per_second']:.0f}"]
        for row in found["timings"]
    ]  # fmt: skip
    table = tabulate(rows, header, disable_numparse=True, stralign="right")
    return f"preset {found['preset']}, {found['device']}, {found['precision']}\n{table}"


def batched_bench_table(found: Mapping[str, Any]) -> str:
    """Return how fast K models are trained one after the other, and as one batched model."""
    header = ["model", "K", "images/s, one by one", "images/s, batched", "ratio"]
    rows = [
        [row["model"], row["count"], f"{row['sequential_images_per_second']:.0f}",
         f"{row['batched_images_per_second']:.0f}", f"{row['ratio']:.2f}"]
        for row in found["timings"]
    ]  # fmt: skip
    table = tabulate(rows, header, disable_numparse=True, stralign="right")
    return f"preset {found['preset']}, {found['device']}, {found['precision']}\n{table}"


def sweep_table(found: Mapping[str, Any]) -> str:
    """Return the counts of a sweep's runs, why some failed, and the time that is left."""
    counts = ", ".join(f"{found[state]} {state}" for state in SWEEP_STATES)
    lines = [f"{found['total']} runs: {counts}"]
    if found["running"] or found["waiting"]:
        lines.append(f"time left: {duration(found['seconds_left'])}")
    failed = [run for run in found["runs"] if run["state"] == "failed"]
    lines += [f"failed: {run['run']}: {run['reason']}" for run in failed]
    return "\n".join(lines)


def cost_table(found: Mapping[str, Any]) -> str:
    """Return the runs that a sweep would make, and the time that they are to take."""
    rows = [
        [run["run"], f"{run['epochs']:g}",
         "finished" if run["finished"] else duration(run["seconds"])]
        for run in found["runs"]
    ]  # fmt: skip
    table = tabulate(rows, ["run", "epochs", "time"], disable_numparse=True)
    missing = found["total"] - found["finished"]
    return f"{table}\n\n{missing} of {found['total']} runs to make: {duration(found['seconds'])}"


SWEEP_STATES = ("done", "running", "waiting", "failed")


def duration(seconds: float | None) -> str:
    """Return a time in hours and minutes, in minutes, or in seconds, whichever is fit."""
    if seconds is None:
        return "not known yet"
    if round(seconds) < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
