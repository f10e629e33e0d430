"""Every table of measured numbers is what the committed files say."""

import pytest

from figures.tables import run_table
from rdneural.records.names import FAMILIES
from tests.make import measured
from tests.make.readme import (
    CURVES,
    FRONT,
    PAGE,
    TRAININGS,
    blocks,
    json_of,
    rows_of,
    runs_of,
    span_of,
    swept,
    table,
    with_error,
)


def test_the_toy_table_is_that_of_the_result():
    found = json_of("toy.json")
    for name, *cells in table(PAGE, "| model | R | D | I | excess | recovery"):
        model, restarts = found["models"][name], found["restarts"].get(name)
        count = f"{sum(r['converged'] for r in restarts)}/{len(restarts)}" if restarts else "-"
        assert cells == [
            *(f"{model[key]:.6f}" for key in ("rate", "distortion", "mutual_information")),
            f"{model['excess']:.1e}", f"{model['recovery']:.4f}", count,
        ]  # fmt: skip


def test_the_front_page_prints_the_newcomer_s_run():
    printed = run_table(json_of("mnist5k/run.json"))
    (shown,) = [block for block in blocks(FRONT, "text") if "codes each" in block]
    assert shown.strip("\n") in printed
    assert json_of("mnist5k/run.json")["warning"].startswith("mnist5k: ")


def _two_digits(value: float) -> str:
    return f"{float(f'{value:.2g}'):,.0f}"


SOLVERS = {
    "rdtheory": "rdtheory",
    "dense interior point (ours, numpy)": "interior point",
    "cvxpy with Clarabel": "cvxpy, Clarabel",
    "Blahut-Arimoto, tuned": "Blahut-Arimoto, tuned",
    "Blahut-Arimoto, plain numpy": "Blahut-Arimoto, plain",
    "dit, 3 starts": "dit",
}


OTHERS = {
    "random channel, 300 x 300": "random channel 300 x 300",
    "Gaussian channel, A = 5, 1,000 x 2,000": "gaussian:A=5,inputs=1000,outputs=2000",
    "300 letters of a ring, reproductions anywhere": "300 of sphere:2:0.1, anywhere",
}


def test_the_bench_tables_are_those_of_the_result():
    timings = json_of("bench.json")["timings"]
    found = {row["solver"]: row for row in timings if row["problem"] == "gaussian:1000"}
    rows = table("rdtheory/README.md", "| solver | asked gap")
    assert [row[0] for row in rows] == list(SOLVERS)
    for name, asked, *cells in rows:
        expected = _timing_cells(found[SOLVERS[name]])
        assert asked in ("-", expected[0])
        assert cells == expected[1:]
    others = [row for row in timings if row["problem"] in OTHERS.values()]
    rows = table("rdtheory/README.md", "| problem | solver | asked gap")
    for (problem, *cells), row in zip(rows, others, strict=True):
        assert OTHERS[problem] == row["problem"]
        assert cells == [row["solver"], *_timing_cells(row)]


def _timing_cells(row):
    """Return the gaps asked for and found, seconds and ratio of a timing as a table has them."""
    asked, gap = (f"{row[key]:{form}}".replace("e-0", "e-") for key, form in
                  (("asked", ".0e"), ("gap", ".1e")))  # fmt: skip
    if row["extrapolated"]:
        seconds = f"about {_two_digits(row['seconds'])}, extrapolated"
        return [asked, f"{gap} in 12 s", seconds, _two_digits(row["ratio"])]
    ratio = f"{row['ratio']:.0f}" if row["ratio"] < 1000 else _two_digits(row["ratio"])
    return [asked, gap, f"{row['seconds']:.3g}", ratio]


def test_the_table_of_costs_is_that_of_the_result():
    found: dict[str, dict[str, str]] = {}
    for row in json_of("scale/bench-scale.json")["timings"]:
        cell = f"{'~' * row['extrapolated']}{float(format(row['seconds'], '.2g')):,g}"
        found.setdefault(f"{row['letters']:,}", {})[row["solver"]] = cell
    rows = table(PAGE, "| letters | table | no table")
    assert [row[0] for row in rows] == list(found)
    ways = ("rdtheory, table", "rdtheory, no table", "rdtheory, moving atoms",
            "Blahut-Arimoto, tuned")  # fmt: skip
    for letters, *cells in rows:
        assert cells == [found[letters].get(way, "-") for way in ways]


def test_the_table_of_free_reproductions_is_that_of_the_result():
    found = json_of("images/grey-free.json")["free"]
    for cells, row in zip(table(PAGE, "| beta | R, anywhere"), found, strict=True):
        assert cells == [
            f"{row['beta']:.4g}", f"{row['rate']:.6f}", f"{row['distortion']:.4f}",
            str(row["atoms"]), f"{row['gap']:.1e}", f"{row['seconds']:.1f}",
            f"{row['set_rate']:.6f}", f"{row['set_distortion']:.4f}",
            f"{row['set_value'] - row['value']:.4f}",
        ]  # fmt: skip


def test_the_table_of_target_rates_is_that_of_the_runs():
    found = runs_of("targets")
    rows = table(PAGE, "| model | target | R train")
    assert 2 * len(rows) == len(found)
    for model, target, *cells in rows:
        pair = [found[f"{model}_rate{target}_seed{seed}"] for seed in (0, 1)]
        expected = [
            [f"{run[split][key]:.{digits}f}" for run in pair]
            for key, digits in (("rate", 2), ("elbo", 1)) for split in ("train", "test")
        ]  # fmt: skip
        expected.append([f"{run['final_beta']:.2f}" for run in pair])
        assert cells == [", ".join(numbers) for numbers in expected]
        for run in pair:
            epochs = 0.5 if model[1] == "+" else 4.0 if target == "2" else 2.0
            assert (run["settings"]["epochs"], run["device"]) == (epochs, "CPU, 1 threads")
            assert run["settings"]["weight_decay"] == (0.0 if model[1] == "+" else 0.05)


def test_the_table_of_twelve_families_is_that_of_the_runs():
    found = runs_of("families")
    rows = table(PAGE, "| model | epochs | minutes")
    assert [row[0] for row in rows] == list(FAMILIES)
    for model, *cells in rows:
        run = found[model]
        test = run["test"]
        assert cells == [
            f"{run['settings']['epochs']:.1f}", f"{run['seconds'] / 60:.1f}",
            run["device"].removeprefix("CPU, ").removesuffix(" threads"),
            f"{test['rate']:.2f}", f"{test['distortion']:.2f}",
            f"{test['elbo']:.2f} ± {test['elbo_se']:.2f}", f"{run['train']['elbo']:.2f}",
            f"{run['images_per_second']:.0f}", f"{run['peak_memory_mib']:.0f}",
        ]  # fmt: skip


def test_the_table_of_the_sweep_is_that_of_its_runs():
    rows = table(PAGE, "| beta | R, deconvolutions")
    assert [row[0] for row in rows] == ["0.1", "0.3", "0.5", "1"]
    for beta, *cells in rows:
        expected = []
        for decoder, epochs in (("-", 1.0), ("+", 0.25)):
            found = swept(beta, decoder)
            assert len(found) == 6
            assert {float(row["epochs_asked"]) for row in found} == {epochs}
            expected += [span_of((row[f"test_{k}"] for row in found), 1) for k in ("rate", "elbo")]
        assert cells == expected


def test_the_table_of_curves_is_that_of_the_comparisons():
    rows = table(PAGE, "| model | training | beta = 0.1")
    assert len(rows) == 12
    for file, block in zip(TRAININGS, (rows[:4], rows[4:8], rows[8:]), strict=True):
        for model, training, *cells in block[1:]:
            found = rows_of(CURVES[model], f"{file}.csv")
            assert [row["beta"] for row in found] == ["0.1", "0.3", "0.5", "1.0", "3.0", "10.0"]
            assert cells == [
                with_error(row["difference"], row["difference_se"], plus=True) for row in found
            ]
            first = found[0]
            steps, images = int(first["curve_steps"]), int(first["curve_images_seen"])
            said = f"{steps} steps"
            if file == "equal-both":
                said += f" of {images // steps} images"
            said += f", {float(first['curve_training_seconds']) / 60:.0f} minutes"
            if file == "comparison":
                minutes = sum(float(row["run_training_seconds"]) for row in found) / 60
                said += f" (runs: {minutes:.0f})"
            assert training == said


@pytest.mark.parametrize(
    ("heading", "rows"),
    [
        ("| run | epochs | minutes | R", measured.paper_rows),
        ("| name | model", measured.zoo_rows),
        ("| paper: beta", measured.paper_point_rows),
        ("| precision | R | D", measured.precision_rows),
        ("| set | beta", measured.image_rows),
        ("| candidate | parameters", measured.candidate_rows),
        ("| candidate | CPU seconds", measured.candidate_rows_amx),
        ("| model | images/s, float32", measured.speed_rows),
    ],
)
def test_the_tables_of_longer_runs_and_of_speed_are_those_of_their_files(heading, rows):
    assert table(PAGE, heading) == rows()
