"""The tables of models held against the theory, from small mappings made by hand."""

from figures.tables import costs_table, validation_table
from tests.make.figures_text import cells_of


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


def test_a_validation_shows_the_sandwich_and_what_is_wasted():
    text = validation_table(_validation(_validated()))
    lines = text.splitlines()
    assert lines[0] == "source bars:4x4: 65,536 letters, H = 3.401197 nats"
    assert cells_of(lines[1]) == [
        "model", "asked", "R", "D", "H", "H - D", "I_e", "R", "excess", "marginal gap",
        "decoder gap", "verdict",
    ]  # fmt: skip
    assert cells_of(lines[3]) == [
        "-+v", "beta 1", "0.8987(81)", "2.600(12)", "3.4012", "0.801(12)", "0.7500", "0.8987(81)",
        "0.100(20)", "0.000(10)", "0.1000(20)", "holds",
    ]  # fmt: skip
    assert "0.8987(81) means 0.8987 +- 0.0081" in lines[4]
    assert lines[5] == ""
    assert text.endswith("\n\n" + costs_table(_validation(_validated())))


def test_each_reason_for_which_a_model_is_broken_is_a_line_below_the_table():
    broken = _validated(verdict="broken: I_e must be at most R: got 2")
    other = _validated(model="+--", beta=None, target_rate=2.5, verdict="broken: it is")
    lines = validation_table(_validation(_validated(), broken, other)).splitlines()
    assert [cells_of(line)[-1] for line in lines[3:6]] == ["holds", "broken", "broken"]
    assert lines[7:9] == ["-+v at beta 1: I_e must be at most R: got 2", "+-- at rate 2.5: it is"]
    assert lines[9:11] == ["warning: +-- at rate 2.5: target rate missed by -1.60 nats", ""]


def test_costs_are_those_at_the_slope_and_may_be_negative_within_their_errors():
    asked = {"beta": None, "target_rate": 1.0, "final_beta": 0.321916}
    lines = costs_table(_validation(_validated(), _validated(**asked))).splitlines()
    assert "beta" in lines[0]
    assert cells_of(lines[1]) == [
        "model", "asked", "beta", "encoder cost", "marginal cost", "decoder cost", "codes",
        "with half the codes",
    ]  # fmt: skip
    costs = ["-0.004(30)", "0.050(10)", "0.0200", "2048", "+2.0e-05"]
    assert [cells_of(line) for line in lines[3:]] == [
        ["-+v", "beta 1", "1", *costs],
        ["-+v", "rate 1", "0.3219", *costs],
    ]
