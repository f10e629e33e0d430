"""What `toy` and `recovery` found, as tables for a terminal."""

from collections.abc import Mapping, Sequence
from typing import Any

from tabulate import tabulate

from figures.tables.columns import columns
from rdtheory.experiments.toy import spread


def toy_table(found: Mapping[str, Any]) -> str:
    """Return the source, the best model of each fit and the spread over restarts, of `toy`."""
    header = ["model", "R", "D", "I", "excess", "marginal gap", "decoder gap", "recovery",
              "converged"]  # fmt: skip
    rows = []
    for name, model in found["models"].items():
        restarts = found["restarts"].get(name)
        rows.append(
            [name]
            + [f"{model[key]:z.6f}" for key in ("rate", "distortion", "mutual_information")]
            + [f"{model[key]:.1e}" for key in ("excess", "marginal_gap", "decoder_gap")]
            + [f"{model['recovery']:z.4f}", _count_converged(restarts) if restarts else "-"]
        )
    source = (
        f"toy source: H = {found['entropy']:.6f} nats, "
        f"I(x; z*) = {found['source_mutual_information']:.6f} nats; best of each fit:"
    )
    models = columns(rows, header)
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


def recovery_table(found: Mapping[str, Any]) -> str:
    """Return what each way of fitting recovers, a line for each."""
    return restarts_table(found["ways"], "way of fitting")


def _count_converged(restarts: Sequence[dict[str, Any]]) -> str:
    return f"{sum(restart['converged'] for restart in restarts)}/{len(restarts)}"
