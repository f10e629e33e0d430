"""The tables of sweeps, from small mappings made by hand."""

from figures.tables import cost_table, sweep_table
from tests.make.figures_text import row_of


def _status(**changed):
    runs = [
        {"run": "beta-1_---_seed-0", "state": "failed", "reason": "MemoryError: 9 GiB"},
        {"run": "beta-2_---_seed-0", "state": "waiting", "share": 0.5},
    ]
    found = {"total": 7, "done": 4, "running": 0, "waiting": 2, "failed": 1, "seconds_left": 90.5}
    return found | {"runs": runs} | changed


def test_the_table_of_a_sweep_counts_and_tells_the_time_left_and_why_runs_failed():
    assert sweep_table(_status()).splitlines() == [
        "7 runs: 4 done, 0 running, 2 waiting, 1 failed",
        "time left: 2 min",
        "failed: beta-1_---_seed-0: MemoryError: 9 GiB",
    ]
    assert "time left: not known yet" in sweep_table(_status(seconds_left=None))
    running = sweep_table(_status(waiting=0, running=2, seconds_left=7200))
    assert "0 waiting" in running
    assert "time left: 2 h 00 min" in running


def test_a_sweep_with_nothing_left_has_no_time_left():
    done = _status(done=7, waiting=0, failed=0, seconds_left=0.0, runs=[])
    assert sweep_table(done) == "7 runs: 7 done, 0 running, 0 waiting, 0 failed"


def test_the_cost_table_lists_every_run_and_the_time_of_those_to_make():
    runs = [
        {"run": "beta-1_---_seed-0", "epochs": 16.0, "finished": True, "seconds": None},
        {"run": "beta-1_-+-_seed-0", "epochs": 1.5, "finished": False, "seconds": 5400.0},
        {"run": "beta-1_-+v_seed-0", "epochs": 1.5, "finished": False, "seconds": None},
    ]
    text = cost_table({"runs": runs, "total": 3, "finished": 1, "seconds": 5400.0})
    assert row_of(text, "beta-1_---_seed-0")[1:] == ["16", "finished"]
    assert row_of(text, "beta-1_-+-_seed-0")[1:] == ["1.5", "1 h 30 min"]
    assert row_of(text, "beta-1_-+v_seed-0")[1:] == ["1.5", "not known yet"]
    assert text.splitlines()[-1] == "2 of 3 runs to make: 1 h 30 min"


def test_the_table_of_a_sweep_names_what_did_not_get_what_was_asked():
    found = _status(
        diverged=[{"run": "beta-3_---_seed-0"}],
        missed=[{"run": "rate-5_---_seed-0", "target_met": False, "target_miss": -4.4}],
        short_of_beta=[{"run": "beta-1_---_seed-1", "beta": 1.0, "final_beta": 0.25}],
    )  # fmt: skip
    assert sweep_table(found).splitlines()[3:] == [
        "diverged: beta-3_---_seed-0",
        "target rate: rate-5_---_seed-0: missed by -4.40 nats on test images",
        "annealing not over: beta-1_---_seed-1: beta 0.25 at the end (1 asked for)",
    ]
