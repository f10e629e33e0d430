"""The paper's words for runs: our rules name its four examples as it does, and leave no gap.

What a run is called depends on that run alone.
"""

from math import inf, nan

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figures import figure3
from figures.choice.kinds import (
    AUTODECODER,
    AUTOENCODER,
    HIGH_RATE,
    KINDS,
    LOW_RATE,
    kind_of,
    kind_of_row,
    least_elbo,
)
from figures.choice.paper import comparable, read_points
from figures.report.runs import runs_table
from tests.make.sweeps_table import make_row

PAPERS_BEST = 80.2
ROUNDED = 0.06
"""The paper prints one decimal."""
nats = st.floats(-1.0, 300.0, width=32)
runs = st.builds(lambda rate, distortion: make_row(rate=rate, distortion=distortion), nats, nats)


def test_the_papers_four_runs_are_named_as_in_the_paper():
    points = [point for point in read_points("mnist") if point["model"] == "-+v"]
    assert [point["kind"] for point in points] == [AUTODECODER, LOW_RATE, HIGH_RATE, AUTOENCODER]
    assert [point["beta"] for point in points] == [1.1, 1.0, 0.15, 0.1]
    for point in points:
        assert kind_of(point["rate"], point["distortion"]) == point["kind"]


@given(nats, nats)
def test_one_rule_applies_and_no_other(rate, distortion):
    elbo = rate + distortion
    silent, perfect, gist = rate < 1, distortion <= 0.05 * elbo, rate < 0.2 * elbo
    regions = {
        AUTODECODER: silent,
        AUTOENCODER: not silent and perfect,
        LOW_RATE: not silent and not perfect and gist,
        HIGH_RATE: not silent and not perfect and not gist,
    }
    assert sum(regions.values()) == 1
    assert regions[kind_of(rate, distortion)]


@given(nats, nats, nats, nats)
def test_more_rate_and_less_distortion_never_lead_towards_the_autodecoder(a, b, c, d):
    poor = kind_of(min(a, b), max(c, d))
    rich = kind_of(max(a, b), min(c, d))
    assert KINDS.index(rich) <= KINDS.index(poor)


@pytest.mark.parametrize(
    ("rate", "distortion", "kind"),
    [
        (1.0, 60.0, LOW_RATE), (0.999, 60.0, AUTODECODER), (0.5, 0.01, AUTODECODER),
        (57.0, 3.0, AUTOENCODER), (57.0, 3.001, HIGH_RATE), (11.999, 48.0, LOW_RATE),
        (12.0, 48.0, HIGH_RATE), (-0.01, 60.0, AUTODECODER), (-0.01, 0.005, AUTODECODER),
        (0.0, 0.0, AUTODECODER), (1.0, 0.0, AUTOENCODER), (1.0, -1.0, AUTOENCODER),
        (5.0, -60.0, AUTOENCODER), (1.0, 0.06, HIGH_RATE), (1e13, 80.0, AUTOENCODER),
    ],
)  # fmt: skip
def test_the_limits_belong_where_the_rules_say(rate, distortion, kind):
    assert kind_of(rate, distortion) == kind


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_what_is_no_number_has_no_kind(value):
    with pytest.raises(ValueError, match=f"^rate must be a finite number, got {value}$"):
        kind_of(value, 80.0)
    with pytest.raises(ValueError, match=f"^distortion must be a finite number, got {value}$"):
        kind_of(0.0, value)


@given(runs, st.lists(runs, max_size=6), st.integers(0, 6))
@settings(deadline=None)
def test_a_run_keeps_its_kind_whatever_others_are_in_the_table(run, others, place):
    place = min(place, len(others))
    table = [*others[:place], run, *others[place:]]
    kind = kind_of_row(run)
    assert figure3.describe([run])[0]["kind"] == kind
    assert figure3.describe(table)[place]["kind"] == kind
    column = [name for name, _ in runs_table(table)["header"]].index("kind")
    assert runs_table(table)["lines"][place][column].text == kind


def test_the_entropy_is_the_least_of_the_table():
    rows = [make_row(rate=r, distortion=d) for r, d in ((5.0, 90.0), (40.0, 47.0), (0.0, 88.0))]
    assert least_elbo(rows) == 87.0
    assert [kind_of_row(row) for row in rows] == [LOW_RATE, HIGH_RATE, AUTODECODER]


def test_the_papers_points_add_up_and_say_what_is_missing():
    mnist, omniglot = read_points("mnist"), read_points("omniglot")
    for point in mnist:
        assert point["elbo"] == pytest.approx(point["rate"] + point["distortion"], abs=ROUNDED)
    assert min(point["elbo"] for point in mnist) == PAPERS_BEST
    assert [point["model"] for point in mnist if point["elbo"] == PAPERS_BEST] == [None]
    assert [(point["elbo"], point["rate"]) for point in omniglot] == [(90.37, None)]
    assert "remembered" in omniglot[0]["note"]
    assert read_points("mnist5k") == []


def test_only_whole_runs_of_the_papers_networks_compare():
    paper = make_row(preset="paper", epochs_asked=200.0)
    assert comparable([paper, paper])
    assert not comparable([paper | {"epochs_asked": 199.0}])
    assert not comparable([paper, make_row()])
    assert not comparable([paper | {"complete": False}])
    assert not comparable([paper | {"warning": "not the published data"}])
