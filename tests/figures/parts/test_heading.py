"""What stands above pictures of many runs."""

from figures.parts.heading import describe_runs, warnings_of
from tests.make.sweeps_table import make_row


def test_the_heading_says_what_was_trained_and_how_long():
    rows = [make_row(epochs=0.5, training_seconds=30.0), make_row("-+v", epochs=2.0)]
    words = "mnist, preset quick: 2 runs of 2 models, trained for 0.5 to 2 epochs"
    assert describe_runs(rows) == f"{words} (0.5 to 1.5 minutes)"
    rows = [make_row(epochs=1.0, training_seconds=60.0, complete=False, preset="paper")]
    words = "mnist, preset paper: 1 run of 1 model, trained for 1 epoch (1 minute)"
    assert describe_runs(rows) == f"{words}; 1 run cut short"


def test_a_warning_is_said_once():
    rows = [make_row(warning="b"), make_row(), make_row(warning="a"), make_row(warning="b")]
    assert warnings_of(rows) == ["b", "a"]
