"""What codes are good for, as a table for a terminal."""

from collections.abc import Mapping
from typing import Any

from figures.choice.kinds import kind_of
from figures.choice.semantic import is_semantic
from figures.parts.words import compact
from figures.tables.columns import columns


def usefulness_table(found: Mapping[str, Any]) -> str:
    """Return the rows of `usefulness`: per cent, with the last digits' error in parentheses.

    Nats of the class have columns where any row has them.
    """
    rows = found["rows"]

    def cell(row: Mapping[str, Any], name: str, factor: float = 100.0) -> str:
        return compact(factor * row[name], factor * row[f"{name}_se"])

    def nats(row: Mapping[str, Any], name: str) -> str:
        return "" if row.get(name) is None else cell(row, name, 1.0)

    measured = ("linear_probe", "nearest_neighbours", "drawn_linear_probe",
                "drawn_nearest_neighbours", "class_agreement", "pixel_agreement")  # fmt: skip
    of_class = [name for name in ("label_nats", "drawn_label_nats", "class_information")
                if any(row.get(name) is not None for row in rows)]  # fmt: skip
    lines = [
        [
            row["model"],
            compact(row["rate"], row["rate_se"]),
            compact(row["distortion"], row["distortion_se"]),
            *(cell(row, name) for name in measured),
            *(nats(row, name) for name in of_class),
            kind_of(row["rate"], row["distortion"]),
            {True: "yes", False: "no", None: "-"}[is_semantic(row)],
        ]
        for row in sorted(rows, key=lambda row: row["rate"])
    ]
    first = rows[0]
    lines.append(
        ["the images", "", "", cell(first, "pixels_linear_probe"),
         cell(first, "pixels_nearest_neighbours"), "", "", cell(first, "classifier"), "",
         *(nats(first, "pixels_label_nats"), "", "")[: len(of_class)], "", ""]
    )  # fmt: skip
    heads = {"label_nats": "nats", "drawn_label_nats": "drawn: nats", "class_information": "I(Y;Z)"}
    head = ("model", "R", "D", "probe %", "neighb. %", "drawn: probe", "neighb.", "class %",
            "pixels %", *(heads[name] for name in of_class), "by R and D", "semantic")  # fmt: skip
    title = (
        f"{first['labelled']}, {first['labels']} of {first['classes']}; chance "
        f"{100 * first['chance']:.3g} %, pixels of two images {100 * first['pixel_chance']:.1f} %, "
        f"of one class {100 * first['pixel_same_class']:.1f} %"
    )
    return f"{title}\n" + columns(lines, head)
