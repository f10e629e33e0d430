"""The tables of results as text, from small mappings made by hand."""

import re

import pytest

from figures import tables
from figures.parts.words import compact, duration


def _cells(line):
    return re.split(r"\s{2,}", line.strip())


def _row(text, name):
    """Return the cells of the one line that begins with a name."""
    (cells,) = (cells for cells in map(_cells, text.splitlines()) if cells[0] == name)
    return cells


# -- the toy source ----------------------------------------------------------------------------


def _restart(**changed):
    restart = {
        "rate": 0.5, "excess": 2e-7, "recovery": 0.25, "class0_mass": 0.7, "bayes_agreement": 0.9,
        "effective_codes": 2.0, "converged": True,
    }  # fmt: skip
    return restart | changed


@pytest.fixture
def toy_found():
    model = {
        "rate": 0.5, "distortion": 2.7177883, "mutual_information": 0.4999999, "excess": 1.25e-7,
        "marginal_gap": 0.0, "decoder_gap": 1.25e-7, "recovery": 0.378110,
    }  # fmt: skip
    restarts = [_restart(), _restart(converged=False), _restart(recovery=0.375)]
    return {
        "entropy": 3.217788332,
        "source_mutual_information": 0.5,
        "models": {"optimal": model, "target": model | {"recovery": 0.31}},
        "restarts": {"target": restarts},
    }


def test_the_toy_table_begins_with_the_source(toy_found):
    lines = tables.toy_table(toy_found).splitlines()
    assert lines[0] == (
        "toy source: H = 3.217788 nats, I(x; z*) = 0.500000 nats; best of each fit:"
    )
    assert lines[1] == ""


def test_the_toy_table_has_a_row_for_each_model_and_counts_its_converged_restarts(toy_found):
    models, _ = tables.toy_table(toy_found).split("\n\nover all restarts")
    measures = ["0.500000", "2.717788", "0.500000", "1.2e-07", "0.0e+00", "1.2e-07"]
    assert _row(models, "optimal") == ["optimal", *measures, "0.3781", "-"]
    assert _row(models, "target") == ["target", *measures, "0.3100", "2/3"]


def test_the_toy_table_ends_with_the_table_of_its_restarts(toy_found):
    restarts = tables.restarts_table(toy_found["restarts"], "model")
    assert tables.toy_table(toy_found).endswith("\n\n" + restarts)


def test_restarts_are_median_least_and_greatest():
    ways = {
        "L-BFGS alone": [_restart(rate=0.5 + k / 1000, excess=10.0**-k) for k in (7, 3, 4)],
        "trained": [_restart(converged=False)],
    }
    text = tables.restarts_table(ways, "way of fitting")
    lines = text.splitlines()
    assert lines[:2] == ["over all restarts, median [least, greatest]:", ""]
    assert _cells(lines[2])[0] == "way of fitting"
    assert _row(text, "L-BFGS alone") == [
        "L-BFGS alone", "0.5040 [0.5030, 0.5070]", "1e-04 [1e-07, 1e-03]", "0.250 [0.250, 0.250]",
        "0.70 [0.70, 0.70]", "0.90 [0.90, 0.90]", "2.0 [2.0, 2.0]", "3/3",
    ]  # fmt: skip
    assert _row(text, "trained")[-1] == "0/1"


# -- a curve -----------------------------------------------------------------------------------


def _curve(points=1, **changed):
    point = {
        "rate": 0.25, "distortion": 0.116979984, "gap": 2.3e-10, "support": [0, 3],
        "iterations": 22, "converged": True,
    }  # fmt: skip
    found = {
        "points": [point | {"beta": 1 / (k + 2)} for k in range(points)],
        "width": None,
        "closed_form_error": None,
        "closed_form_exact": True,
    }
    return found | changed


def test_a_point_of_a_curve_is_one_row_and_nothing_else():
    lines = tables.frontier_table(_curve()).splitlines()
    assert len(lines) == 3
    assert _cells(lines[0])[:4] == ["beta", "R (nats)", "D", "gap (nats)"]
    assert _cells(lines[2]) == ["0.5", "0.25000000", "0.11697998", "2.3e-10", "2", "22", "yes"]


def test_a_slope_that_is_infinite_or_not_reached_says_so():
    found = _curve()
    found["points"][0] |= {"beta": None, "converged": False}
    cells = _cells(tables.frontier_table(found).splitlines()[2])
    assert cells[0] == "inf"
    assert cells[-1] == "no"


@pytest.mark.parametrize(("points", "shown"), [(24, 24), (25, 13), (48, 24), (49, 17)])
def test_a_long_curve_is_thinned_evenly_and_says_so(points, shown):
    lines = tables.frontier_table(_curve(points)).splitlines()
    assert _cells(lines[2])[0] == "0.5"
    if shown == points:
        assert len(lines) == 2 + points
    else:
        assert len(lines) == 2 + shown + 1
        assert lines[-1] == f"({shown} of {points} points shown)"


@pytest.mark.parametrize(
    ("exact", "of"),
    [(True, "the closed form"), (False, "the continuous source's, at D above the grid's")],
)
def test_a_curve_says_how_well_it_is_known(exact, of):
    found = _curve(width=2.14e-4, closed_form_error=3.3e-16, closed_form_exact=exact)
    assert tables.frontier_table(found).splitlines()[3:] == [
        "the curve is known within 2.1e-04 in distortion everywhere",
        f"largest difference from {of}: 3.3e-16 nats",
    ]


# -- a training run ----------------------------------------------------------------------------


@pytest.fixture
def run_found():
    measured = {
        "rate": 19.996, "rate_se": 0.021, "distortion": 61.5, "distortion_se": 0.333,
        "elbo": 81.496, "elbo_se": 0.3, "images": 10000, "latent_samples": 1,
    }  # fmt: skip
    return {
        "model": "-+v", "preset": "paper", "data": "mnist", "beta": 0.5, "target_rate": None,
        "final_beta": 0.5, "warning": None,
        "train": measured, "valid": measured, "test": measured | {"latent_samples": 8},
    }  # fmt: skip


def test_a_run_has_each_split_with_its_standard_errors(run_found):
    lines = tables.run_table(run_found).splitlines()
    assert lines[0] == "model -+v (paper) on data: mnist, beta 0.5"
    assert _cells(lines[1]) == ["nats per image", "R", "D", "R + D", "images", "codes each"]
    cells = ["20.00 +- 0.02", "61.50 +- 0.33", "81.50 +- 0.30", "10000"]
    assert [_cells(line) for line in lines[3:]] == [
        ["train", *cells, "1"],
        ["valid", *cells, "1"],
        ["test", *cells, "8"],
    ]


def test_a_run_to_a_rate_names_it_and_the_slope_found_there(run_found):
    asked = {"beta": None, "target_rate": 20.0, "final_beta": 0.987654}
    first = tables.run_table(run_found | asked).splitlines()[0]
    assert first == "model -+v (paper) on data: mnist, target rate 20, final beta 0.9877"


def test_the_warning_of_a_run_is_a_line_above_its_table(run_found):
    plain = tables.run_table(run_found).splitlines()
    warned = tables.run_table(run_found | {"warning": "5,000 digits"}).splitlines()
    assert warned == [plain[0], "warning: 5,000 digits", *plain[1:]]


# -- models held against the theory ------------------------------------------------------------


def _validated(**changed):
    numbers = {
        "rate": (0.8987, 0.0081), "distortion": (2.6, 0.012), "mutual_information": (0.75, 0.0),
        "excess": (0.1, 0.02), "marginal_gap": (-0.0001, 0.01), "decoder_gap": (0.1, 0.002),
        "encoder_cost": (-0.004, 0.03), "marginal_cost": (0.05, 0.01), "decoder_cost": (0.02, 0.0),
    }  # fmt: skip
    row = {"model": "-+v", "beta": 1.0, "target_rate": None, "final_beta": 1.0, "verdict": "holds"}
    for name, (value, error) in numbers.items():
        row |= {name: value, f"{name}_se": error}
    return row | {"decoder_frontier": {"codes": 2048, "halving": 2.04e-5}} | changed


def _validation(*rows):
    return {"source": "bars:4x4", "letters": 65536, "entropy": 3.401197381662155, "models": rows}


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [
        (0.8987, 0.0081, "0.8987(81)"),
        (0.89874, 0.00814, "0.8987(81)"),
        (-7.68890449, 6.18e-4, "-7.68890(62)"),
        (1.5, 0.25, "1.50(25)"),
        (0.5, 0.0996, "0.50(10)"),
        (0.5, 0.996, "0.5(1.0)"),
        (12.345, 1.23, "12.3(1.2)"),
        (123.4, 12.3, "123(12)"),
        (1234.4, 123.0, "1230(120)"),
        (-0.0001, 0.01, "0.000(10)"),
        (3.0, 9.96, "3(10)"),
        (1.2345678, 1e-5, "1.234568(10)"),
        (0.75, 0.0, "0.7500"),
        (-1e-9, 0.0, "0.0000"),
        (0.75, 1e-17, "0.7500"),
    ],
)
def test_an_error_has_two_digits_in_parentheses(value, error, text):
    assert compact(value, error) == text


def test_a_validation_shows_the_sandwich_and_what_is_wasted():
    text = tables.validation_table(_validation(_validated()))
    lines = text.splitlines()
    assert lines[0] == "source bars:4x4: 65,536 letters, H = 3.401197 nats"
    assert _cells(lines[1]) == [
        "model", "asked", "R", "D", "H", "H - D", "I_e", "R", "excess", "marginal gap",
        "decoder gap", "verdict",
    ]  # fmt: skip
    assert _cells(lines[3]) == [
        "-+v", "beta 1", "0.8987(81)", "2.600(12)", "3.4012", "0.801(12)", "0.7500", "0.8987(81)",
        "0.100(20)", "0.000(10)", "0.1000(20)", "holds",
    ]  # fmt: skip
    assert "0.8987(81) means 0.8987 +- 0.0081" in lines[4]
    assert lines[5] == ""
    assert text.endswith("\n\n" + tables.costs_table(_validation(_validated())))


def test_each_reason_for_which_a_model_is_broken_is_a_line_below_the_table():
    broken = _validated(verdict="broken: I_e must be at most R: got 2")
    other = _validated(model="+--", beta=None, target_rate=2.5, verdict="broken: it is")
    lines = tables.validation_table(_validation(_validated(), broken, other)).splitlines()
    assert [_cells(line)[-1] for line in lines[3:6]] == ["holds", "broken", "broken"]
    assert lines[7:9] == ["-+v at beta 1: I_e must be at most R: got 2", "+-- at rate 2.5: it is"]
    assert lines[9] == ""


def test_costs_are_those_at_the_slope_and_may_be_negative_within_their_errors():
    asked = {"beta": None, "target_rate": 1.0, "final_beta": 0.321916}
    lines = tables.costs_table(_validation(_validated(), _validated(**asked))).splitlines()
    assert "beta" in lines[0]
    assert _cells(lines[1]) == [
        "model", "asked", "beta", "encoder cost", "marginal cost", "decoder cost", "codes",
        "with half the codes",
    ]  # fmt: skip
    costs = ["-0.004(30)", "0.050(10)", "0.0200", "2048", "+2.0e-05"]
    assert [_cells(line) for line in lines[3:]] == [
        ["-+v", "beta 1", "1", *costs],
        ["-+v", "rate 1", "0.3219", *costs],
    ]


# -- timings -----------------------------------------------------------------------------------


def test_an_extrapolated_time_is_marked():
    measured = {
        "problem": "gaussian:1000", "beta": 0.123456, "solver": "ours", "asked": 1e-9,
        "gap": 4.56e-10, "seconds": 0.01234, "ratio": 1.0, "extrapolated": False,
    }  # fmt: skip
    guessed = measured | {
        "solver": "Blahut-Arimoto", "asked": 1e-6, "seconds": 98765.0, "ratio": 8003646.7,
        "extrapolated": True,
    }  # fmt: skip
    lines = tables.bench_table({"timings": [measured, guessed]}).splitlines()
    assert [_cells(line) for line in lines[2:]] == [
        ["gaussian:1000", "0.1235", "ours", "1e-09", "4.6e-10", "0.0123", "1"],
        ["gaussian:1000", "0.1235", "Blahut-Arimoto", "1e-06", "4.6e-10", "~9.88e+04", "8e+06"],
    ]


def test_the_speed_of_a_family_is_its_flops_times_its_images():
    timing = {
        "model": "+-v", "parameters": 1234567, "training_gflop": 0.1236,
        "training_images_per_second": 1000.4, "measuring_gflop": 0.0412,
        "measuring_images_per_second": 3000.6,
    }  # fmt: skip
    found = {"preset": "quick", "device": "a GPU", "precision": "bfloat16", "timings": [timing]}
    lines = tables.neural_bench_table(found).splitlines()
    assert lines[0] == "preset quick, a GPU, bfloat16"
    assert _cells(lines[3]) == ["+-v", "1,234,567", "0.124", "1000", "124", "0.041", "3001"]


# -- sweeps ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "not known yet"),
        (0.0, "0 s"),
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (60, "1 min"),
        (89, "1 min"),
        (3569, "59 min"),
        (3571, "1 h 00 min"),
        (3600 + 5 * 60, "1 h 05 min"),
        (100 * 3600.0, "100 h 00 min"),
    ],
)
def test_a_duration_is_in_the_unit_that_is_fit(seconds, text):
    assert duration(seconds) == text


def _status(**changed):
    runs = [
        {"run": "beta-1_---_seed-0", "state": "failed", "reason": "MemoryError: 9 GiB"},
        {"run": "beta-2_---_seed-0", "state": "waiting", "share": 0.5},
    ]
    found = {"total": 7, "done": 4, "running": 0, "waiting": 2, "failed": 1, "seconds_left": 90.5}
    return found | {"runs": runs} | changed


def test_the_table_of_a_sweep_counts_and_tells_the_time_left_and_why_runs_failed():
    assert tables.sweep_table(_status()).splitlines() == [
        "7 runs: 4 done, 0 running, 2 waiting, 1 failed",
        "time left: 2 min",
        "failed: beta-1_---_seed-0: MemoryError: 9 GiB",
    ]
    assert "time left: not known yet" in tables.sweep_table(_status(seconds_left=None))
    running = tables.sweep_table(_status(waiting=0, running=2, seconds_left=7200))
    assert "0 waiting" in running
    assert "time left: 2 h 00 min" in running


def test_a_sweep_with_nothing_left_has_no_time_left():
    done = _status(done=7, waiting=0, failed=0, seconds_left=0.0, runs=[])
    assert tables.sweep_table(done) == "7 runs: 7 done, 0 running, 0 waiting, 0 failed"


def test_the_cost_table_lists_every_run_and_the_time_of_those_to_make():
    runs = [
        {"run": "beta-1_---_seed-0", "epochs": 16.0, "finished": True, "seconds": None},
        {"run": "beta-1_-+-_seed-0", "epochs": 1.5, "finished": False, "seconds": 5400.0},
        {"run": "beta-1_-+v_seed-0", "epochs": 1.5, "finished": False, "seconds": None},
    ]
    text = tables.cost_table({"runs": runs, "total": 3, "finished": 1, "seconds": 5400.0})
    assert _row(text, "beta-1_---_seed-0")[1:] == ["16", "finished"]
    assert _row(text, "beta-1_-+-_seed-0")[1:] == ["1.5", "1 h 30 min"]
    assert _row(text, "beta-1_-+v_seed-0")[1:] == ["1.5", "not known yet"]
    assert text.splitlines()[-1] == "2 of 3 runs to make: 1 h 30 min"
