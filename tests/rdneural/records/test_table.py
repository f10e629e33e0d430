"""The table of a sweep: every number to the last bit, for us and for pandas; and broken tables."""

import json
import math
import warnings
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdneural.records.layout import RESULT, TABLE
from rdneural.records.plan import plan_of
from rdneural.records.settings import RunSettings
from rdneural.records.table import (
    COLUMNS,
    SETTINGS,
    TEXTS,
    check_row,
    read_table,
    row_of,
    write_table,
)
from rdneural.runs.run import write_result
from rdneural.sweeps.plan import Planned
from rdneural.sweeps.results import collect, load_result, read_result
from rdtheory.results import write_json
from tests.make import sweeps_table as made_sweep
from tests.make.runs import made_result, one_row, plan
from tests.strategies import PROOF


@pytest.fixture(scope="module")
def rows():
    made = plan("---,-+v", [0.1, 1 / 3], target_rates=[2.5], patience=0)
    warned = {"warning": 'never "comparable", ever', "final_beta": 0.1 + 0.2}
    return [one_row(made_result(run.settings, **warned), run) for run in made]


# -- rows --------------------------------------------------------------------------------------


def test_a_row_has_every_column_once_and_in_order(rows):
    assert all(set(row) == set(COLUMNS) for row in rows)
    assert len(set(COLUMNS)) == len(COLUMNS)
    assert set(SETTINGS) < set(COLUMNS)
    assert set(TEXTS) < set(COLUMNS)


def test_made_up_tables_have_the_columns_of_real_ones():
    assert sorted(made_sweep.COLUMNS) == sorted(COLUMNS)


def test_a_row_is_what_the_result_says(rows):
    (run,) = plan("-+v", [1 / 3], learning_rate=1e-3)
    result = made_result(run.settings, epochs=0.96)
    row = one_row(result, run, "far")
    assert (row["run"], row["origin"]) == (run.name, "far")
    assert (row["epochs"], row["epochs_asked"], row["steps"]) == (0.96, 1.0, 3)
    assert (row["beta"], row["target_rate"], row["learning_rate"]) == (1 / 3, None, 1e-3)
    for split in ("train", "valid", "test"):
        assert {k: row[f"{split}_{k}"] for k in result[split]} == result[split]


@pytest.mark.parametrize(
    ("epochs", "steps", "stopped", "complete"),
    [
        (2.0, 6, False, True),
        (2.0, 5, False, False),
        (2.0, 5, True, True),
        (0.5, 2, False, True),  # 1.5 steps, which training rounds to 2
        (0.5, 1, False, False),
        (0.01, 1, False, True),  # there is one step at least
        (1.2, 4, False, True),
    ],
)
def test_a_run_is_complete_where_its_steps_are_made_or_it_stopped_early(
    epochs, steps, stopped, complete
):
    (run,) = plan(betas=[1], epochs=epochs, patience=2)
    result = made_result(run.settings, epochs=steps / 3, steps=steps, stopped_early=stopped)
    assert one_row(result, run)["complete"] is complete


@given(images=st.integers(64, 60_000), epochs=st.floats(1e-3, 100.0))
@PROOF
def test_a_run_of_all_steps_is_complete_however_they_are_rounded(images, epochs):
    settings = RunSettings(dataset="mnist", beta=1.0, epochs=epochs, batch=64)
    made = plan_of(settings, images)
    for steps, complete in ((made.steps, True), (made.steps - 1, False)):
        if steps:
            result = made_result(settings, epochs=steps / made.epoch_steps, steps=steps)
            assert one_row(result, Planned("a", settings))["complete"] is complete


def frame_of(place):
    """What pandas reads; it may think that its default is as good by now."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*float_precision")
        return pd.read_csv(place / TABLE, float_precision="round_trip", keep_default_na=True)


# -- there and back ----------------------------------------------------------------------------


def test_a_table_comes_back_as_it_went(tmp_path, rows):
    write_table(tmp_path, rows)
    assert read_table(tmp_path) == read_table(tmp_path / TABLE) == rows
    kinds = [{name: type(cell) for name, cell in row.items()} for row in read_table(tmp_path)]
    assert kinds == [{name: type(cell) for name, cell in row.items()} for row in rows]


@pytest.mark.parametrize(("mark", "index"), [(",", True), (";", False), ("\t", True)])
def test_what_pandas_writes_is_read(tmp_path, rows, mark, index):
    write_table(tmp_path, rows)
    frame_of(tmp_path).to_csv(tmp_path / TABLE, sep=mark, index=index)
    back = read_table(tmp_path)
    assert back == rows
    assert all(type(row[name]) is int for row in back for name in ("steps", "seed", "batch"))


@pytest.mark.parametrize("missing", ["", "NaN", "nan", "NA", "NULL", "None"])
@pytest.mark.parametrize(
    "how", [{}, {"sep": ";", "decimal": ","}, {"sep": "\t", "encoding": "utf-16"}, {"quoting": 1}]
)
def test_what_pandas_writes_for_other_tools_is_read(tmp_path, rows, missing, how):
    write_table(tmp_path, rows)
    frame = frame_of(tmp_path).assign(penalty=None)
    frame.to_csv(tmp_path / TABLE, index=False, na_rep=missing, **how)
    assert read_table(tmp_path) == rows


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("true", "TRUE").replace("false", "FALSE"),
        lambda text: text.replace(",", ", ") if '"' not in text else "sep=,\r" + text,
        lambda text: text + "\n\n",
        lambda text: text + "," * (len(COLUMNS) - 1) + "\n",
        lambda text: text.replace("\n", "\r"),
    ],
)
def test_what_a_spreadsheet_makes_of_it_is_read(tmp_path, rows, change):
    write_table(tmp_path, rows)
    (tmp_path / TABLE).write_text(change((tmp_path / TABLE).read_text()), newline="")
    assert read_table(tmp_path) == rows


def test_pandas_reads_the_same_numbers(tmp_path, rows):
    write_table(tmp_path, rows)
    frame = frame_of(tmp_path)
    assert tuple(frame.columns) == COLUMNS
    assert len(frame) == len(rows)
    for name in COLUMNS:
        for cell, value in zip(frame[name], [row[name] for row in rows], strict=True):
            assert pd.isna(cell) if value is None else cell == value, name
    for name in ("complete", "stopped_early", "compiled", "normalise_gradients"):
        assert frame[name].dtype == bool


@given(
    st.lists(
        st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.none() | st.booleans()),
        min_size=1, max_size=5,
    )
)  # fmt: skip
@PROOF
def test_every_float_comes_back_to_the_last_bit(tmp_path_factory, cells):
    (run,) = plan(betas=[1])
    row = one_row(made_result(run.settings), run)
    rows = [row | {"test_rate": number, "stopped_early": flag} for number, flag in cells]
    place = tmp_path_factory.mktemp("floats")
    write_table(place, rows)
    numbers = frame_of(place)["test_rate"]
    for (number, flag), back, other in zip(cells, read_table(place), numbers, strict=True):
        assert back["test_rate"] == number == other
        assert math.copysign(1, back["test_rate"]) == math.copysign(1, number)
        assert back["stopped_early"] is flag


def test_a_table_without_rows_is_one_of_no_runs(tmp_path):
    write_table(tmp_path, [])
    assert read_table(tmp_path) == []


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_what_is_not_finite_is_not_written(tmp_path, rows, number):
    write_table(tmp_path, rows)
    before = (tmp_path / TABLE).read_bytes()
    with pytest.raises(ValueError, match="cells of a table must be finite numbers"):
        write_table(tmp_path, [rows[0] | {"log_spread": number}])
    assert (tmp_path / TABLE).read_bytes() == before


# -- broken tables -----------------------------------------------------------------------------


def _lines(text):
    return text.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: "", "must have the columns run, .*: no run"),
        (lambda text: text.replace("log_spread", "spread", 1), "must have the columns .* no log"),
        (lambda text: text[:-1], "must end with the end of a line"),
        (lambda text: text[:-400], "must end with the end of a line"),
        (lambda text: text[: len(_lines(text)[0]) // 2], "must end with the end of a line"),
        (lambda text: text + "1,2\n", f"must have {len(COLUMNS)} cells.*, got 2 in line 8"),
        (
            lambda text: text.replace("0.01,", "nan,", 1),
            "number as train_rate_se, got nan in line 2",
        ),
        (lambda text: text.replace("0.01,", ",", 1), "as train_rate_se, got nothing in line 2"),
        (lambda text: text.replace("0.01,", "inf,", 1), "finite numbers.* got 'inf' as train"),
        (lambda text: text.replace("0.01,", "1e999,", 1), "finite numbers.* got '1e999'"),
        (lambda text: text.replace("0.01,", "9" * 400 + ",", 1), "finite numbers.* got '999"),
        (lambda text: text.replace("0.01,", "1_0,", 1), "finite numbers.* got '1_0'"),
        (lambda text: text.replace("0.01,", "bit,", 1), "got 'bit' as train_rate_se in line 2"),
        (lambda text: text.replace("0.01,", '"0.01,', 1), "must be a readable table"),
        (lambda text: text.replace("true", "yes", 1), "got 'yes' as complete in line 2"),
    ],
)
def test_a_broken_table_is_one_line_that_names_it(tmp_path, rows, change, words):
    write_table(tmp_path, rows)
    (tmp_path / TABLE).write_text(change((tmp_path / TABLE).read_text()))
    with pytest.raises(ValueError, match=words) as caught:
        read_table(tmp_path)
    assert TABLE in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text_and_a_missing_table_are_named(tmp_path):
    (tmp_path / TABLE).write_bytes(b"run,\xff\xfe\n")
    for path in (tmp_path / TABLE, tmp_path / "nothing.csv", tmp_path / "no" / "table.csv"):
        with pytest.raises(ValueError, match=rf"{path.name} must be a readable table"):
            read_table(path)


def test_a_column_more_is_no_fault(tmp_path, rows):
    write_table(tmp_path, rows)
    lines = (tmp_path / TABLE).read_text().splitlines()
    more = [f"{line},{'note' if i == 0 else i}" for i, line in enumerate(lines)]
    (tmp_path / TABLE).write_text("\n".join(more) + "\n")
    assert read_table(tmp_path) == rows


# -- rows and settings -------------------------------------------------------------------------


def test_a_row_is_that_of_its_run(tmp_path):
    (run,) = plan(betas=[1])
    row = one_row(made_result(run.settings, epochs=0.5), run)
    check_row(row, run.settings, tmp_path)
    check_row(row, replace(run.settings, device="cuda", data="elsewhere"), tmp_path)


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"epochs": 3.0}, "epochs_asked"),
        ({"beta": 0.5}, "beta"),
        ({"beta": None, "target_rate": 1.0}, "beta"),
        ({"model": "-+-"}, "model"),
        ({"seed": 1}, "seed"),
        ({"preset": "quick"}, "preset"),
        ({"normalise_gradients": True}, "normalise_gradients"),
        ({"precision": "bfloat16"}, "precision"),
    ],
)
def test_a_row_of_other_settings_is_named(tmp_path, changed, column):
    (run,) = plan(betas=[1])
    row = one_row(made_result(run.settings), run)
    with pytest.raises(ValueError, match=rf"^{column} must be that of {run.name} in .*, got"):
        check_row(row, replace(run.settings, **changed), tmp_path)


# -- results that have no row ------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found.pop("settings"),
        lambda found: found["settings"].pop("epochs"),
        lambda found: found.pop("log_spread"),
        lambda found: found.pop("test"),
        lambda found: found.update(test=[]),
        lambda found: found["valid"].pop("elbo_se"),
        lambda found: found.update(epochs=0),
        lambda found: found.update(steps="many"),
    ],
)
def test_a_result_that_lacks_something_is_as_none(tmp_path, change):
    (run,) = plan(betas=[1])
    directory = tmp_path / "runs" / run.name
    write_result(directory, run.settings, made_result(run.settings), seconds=0.0)
    whole = json.loads((directory / RESULT).read_text())
    assert collect(tmp_path, [run]) == [row_of(run.name, "here", whole)]
    change(whole)
    write_json(directory / RESULT, whole, overwrite=True)
    assert read_result(directory, run) is None
    assert collect(tmp_path, [run]) == []
    with pytest.raises(ValueError, match=rf"{RESULT} must hold what a run found"):
        load_result(directory, run)
