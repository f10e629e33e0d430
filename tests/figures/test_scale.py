"""The picture of costs: every row in it, and what is extrapolated in another mark."""

import pytest

from figures import scale
from rdtheory.results import result_head, write_json
from tests.make.figures_files import csv_rows, is_picture, refuses_to_overwrite

TIMINGS = [
    {"letters": n, "problem": f"gaussian:{n}", "beta": 0.5, "solver": name, "asked": 1e-6,
     "gap": 1e-7, "seconds": n**power / 1e5, "ratio": 1.0,
     "extrapolated": name[0] == "B" and n > 99}
    for name, power in (("rdtheory, moving atoms", 1), ("Blahut-Arimoto, tuned", 2))
    for n in (10, 100, 1000)
]  # fmt: skip


def test_every_row_is_drawn_and_extrapolated_ones_are_hollow(tmp_path):
    head = result_head("bench-scale", settings={}, seed=0, seconds=1.0)
    result = head | {"asked": 1e-6, "beta": 0.5, "timings": TIMINGS}
    write_json(tmp_path / "bench-scale.json", result)
    (path,) = scale.draw(tmp_path)
    assert is_picture(path)
    assert [float(row["seconds"]) for row in csv_rows(path)] == pytest.approx(
        [row["seconds"] for row in TIMINGS]
    )
    refuses_to_overwrite(scale.draw, path)
    (axes,) = scale.picture(result).axes
    marks = [line for line in axes.lines if line.get_marker() in ("D", "^")]
    hollow = [line for line in marks if line.get_markerfacecolor() == "white"]
    assert sum(line.get_xdata().size for line in marks) == len(TIMINGS)
    assert [line.get_xdata().tolist() for line in hollow] == [[100, 1000]]
