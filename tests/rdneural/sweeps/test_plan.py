"""The plan of a sweep: a grid as a list, kept in a file, and what may be trained together."""

import itertools
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rdneural.models.build import FAMILIES
from rdneural.records.layout import PLAN, RUNS
from rdneural.records.names import chosen_families
from rdneural.records.settings import RunSettings
from rdneural.sweeps.plan import (
    Planned,
    extend_plan,
    extended_plan,
    make_plan,
    name_of,
    planned_anew,
    read_plan,
    together,
)
from rdneural.training.together import check_together
from tests.make.runs import SMALL, plan
from tests.strategies import PROOF

# -- the grid ----------------------------------------------------------------------------------


def test_the_grid_is_the_product_in_the_stated_order():
    made = plan(
        models="---,?+v", betas=[0.1, 1], anneals=[0.0, 0.5], target_rates=[2.5], seeds=2, seed=7
    )
    ends = ["beta-0.1", "beta-0.1_anneal-0.5", "beta-1", "beta-1_anneal-0.5", "rate-2.5"]
    assert [run.name for run in made] == [
        f"{end}_{model}_seed-{seed}"
        for seed, end, model in itertools.product((7, 8), ends, ("---", "-+v", "++v"))
    ]
    assert len({run.name for run in made}) == len(made) == 2 * 5 * 3
    for run in made:
        assert name_of(run.settings) == run.name
        assert (run.settings.beta is None) == (run.settings.target_rate == 2.5)


def test_annealing_is_an_axis_of_slopes_alone():
    made = plan(betas=[2], target_rates=[1], anneals=[0.0, 0.25])
    asked = [(run.settings.beta, run.settings.target_rate, run.settings.anneal) for run in made]
    assert asked == [(2, None, 0.0), (2, None, 0.25), (None, 1, 0.0)]


def test_all_runs_have_the_settings_asked_for_and_else_those_recommended():
    settings = RunSettings(
        dataset="bars:4x4", model="-+v", preset="tiny", beta=1.0, epochs=1.0, batch=64,
        learning_rate=4e-3, clip=3.0,
    )  # fmt: skip
    assert plan("-+v", [1.0], clip=3.0, ema=None) == [Planned("beta-1_-+v_seed-0", settings)]


def test_all_families_are_run_where_none_are_chosen():
    made = make_plan(**SMALL, betas=[1])
    assert tuple(run.settings.model for run in made) == FAMILIES


@pytest.mark.parametrize(
    ("models", "families"),
    [
        ("all", FAMILIES),
        ("*", FAMILIES),
        ("++v", ("++v",)),
        (" --v , ---", ("--v", "---")),
        ("?+?", tuple(family for family in FAMILIES if family[1] == "+")),
        ("-??,---", tuple(family for family in FAMILIES if family[0] == "-")),
        ("[+]-[v]", ("+-v",)),
    ],
)
def test_patterns_stand_for_families_each_once(models, families):
    assert chosen_families(models) == families


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"seeds": 0}, "seeds must be"),
        ({"betas": []}, "give at least one of beta and target_rate, got neither"),
        ({"anneals": []}, "anneals must have at least one number, got none"),
        ({"models": "---,+++-"}, "model must be one of ---, .* or a pattern, got '[+]{3}-'"),
        ({"models": ""}, "model must be one of .* got ''"),
        ({"betas": [1, 1.0]}, "must differ in their names, got beta-1_---_seed-0 twice"),
        ({"betas": [1.00000001, 1]}, "must differ in their names"),
        ({"anneals": [0.5, 0.5]}, "must differ in their names"),
        ({"betas": [-1]}, "beta must be finite and at least 0, got -1"),
        ({"betas": [float("nan")]}, "beta must be finite"),
        ({"target_rates": [0.0]}, "target_rate must be finite and above 0, got 0"),
        ({"anneals": [-1]}, "anneal must be finite"),
        ({"anneals": [0.5, 1]}, "anneal must be below the 1 epochs of the training, .*, got 1"),
        ({"target_rates": [1, 4]}, "target_rate must be at most 3.4012 nats, as much as images"),
        ({"dataset": "mnist", "target_rates": [12]}, "must be at most 11.0904 nats, .* of 4x4 pix"),
        ({"models": "bits-:2", "target_rates": [2]}, "at most 1.3863 nats, .* codes of 2 bits"),
        ({"penalty": 2.0}, "penalty needs target_rate"),
        ({"target_rates": [1], "free_bits": 1.0}, "free_bits goes with beta"),
        ({"dataset": "digits"}, "dataset must be one of"),
        ({"preset": "huge"}, "preset must be one of"),
        ({"device": "tpu"}, "device must be"),
        ({"precision": "int8"}, "precision must be one of"),
        ({"epochs": 0.0}, "epochs must be finite and above 0"),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_what_is_not_usable_is_refused_in_one_line(changed, words):
    with pytest.raises(ValueError, match=words) as caught:
        plan(**changed)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({}, "beta-0.25_--v_seed-3"),
        ({"beta": 0.0}, "beta-0_--v_seed-3"),
        ({"anneal": 2.0}, "beta-0.25_anneal-2_--v_seed-3"),
        ({"anneal": 2.5, "free_bits": 1.0}, "beta-0.25_anneal-2.5_free-1_--v_seed-3"),
        ({"beta": None, "target_rate": 12.5}, "rate-12.5_--v_seed-3"),
        ({"beta": None, "target_rate": 5, "penalty": 2}, "rate-5_penalty-2_--v_seed-3"),
    ],
)
def test_a_name_says_what_is_minimised(changed, name):
    settings = RunSettings(dataset="mnist", model="--v", beta=0.25, seed=3)
    assert name_of(replace(settings, **changed)) == name


# -- the file ----------------------------------------------------------------------------------


def test_a_plan_comes_back_as_it_went(tmp_path):
    made = plan("-?v", [0.1, 1 / 3], target_rates=[2], anneals=[0, 0.5], seeds=2)
    extend_plan(tmp_path / "new", made)
    assert read_plan(tmp_path / "new") == made
    assert read_plan(tmp_path) == []


def test_other_lists_add_to_a_plan_and_the_same_leave_it_as_it_is(tmp_path):
    first, second = plan(betas=[1, 2]), plan(betas=[2, 3])
    extend_plan(tmp_path, first)
    extend_plan(tmp_path, second)
    assert read_plan(tmp_path) == [*first, second[1]]
    written = (tmp_path / PLAN).stat().st_mtime_ns
    extend_plan(tmp_path, first)
    assert (tmp_path / PLAN).stat().st_mtime_ns == written


def test_a_run_that_has_begun_keeps_its_settings_and_another_may_be_planned_anew(tmp_path):
    extend_plan(tmp_path, plan(betas=[1, 2]))
    (tmp_path / RUNS / "beta-1_---_seed-0").mkdir(parents=True)
    before = (tmp_path / PLAN).read_bytes()
    with pytest.raises(ValueError, match=rf"^clip must be that of .*{PLAN} .* 100.0, got 5.0$"):
        extend_plan(tmp_path, plan(betas=[2, 1], clip=5.0))
    assert (tmp_path / PLAN).read_bytes() == before
    extend_plan(tmp_path, plan(betas=[2], clip=5.0))
    assert [run.settings.clip for run in read_plan(tmp_path)] == [100.0, 5.0]


def test_a_run_that_has_begun_may_go_on_on_another_device(tmp_path):
    elsewhere = [Planned(r.name, replace(r.settings, device="cuda")) for r in plan(betas=[1])]
    extend_plan(tmp_path, elsewhere)
    (tmp_path / RUNS / elsewhere[0].name).mkdir(parents=True)
    extend_plan(tmp_path, plan(betas=[1]))
    assert read_plan(tmp_path) == plan(betas=[1])


def test_a_plan_is_of_one_data_set(tmp_path):
    extend_plan(tmp_path, plan(betas=[1]))
    with pytest.raises(ValueError, match=r"dataset must be that of .* bars:4x4, got mnist"):
        extended_plan(tmp_path, plan(betas=[2], dataset="mnist"))
    assert read_plan(tmp_path) == plan(betas=[1])
    extend_plan(tmp_path, plan(betas=[1], dataset="mnist"))  # nothing of the first one is left
    assert read_plan(tmp_path) == plan(betas=[1], dataset="mnist")


@pytest.mark.parametrize(
    "change",
    [
        lambda found: found.pop("runs"),
        lambda found: found.update(runs=3),
        lambda found: found.update(runs=["beta-1"]),
        lambda found: found["runs"][0].pop("name"),
        lambda found: found["runs"][0].pop("settings"),
        lambda found: found["runs"][0]["settings"].update(colour="red"),
        lambda found: found["runs"][0]["settings"].update(beta="1"),
        lambda found: found["runs"][0]["settings"].update(beta=-1),
        lambda found: found["runs"][0]["settings"].update(model="*"),
        lambda found: found.update(command="mnist"),
        lambda found: found["versions"].update(format=99),
    ],
)
def test_a_broken_plan_is_named(tmp_path, change):
    extend_plan(tmp_path, plan())
    found = json.loads((tmp_path / PLAN).read_text())
    change(found)
    (tmp_path / PLAN).write_text(json.dumps(found))
    with pytest.raises(ValueError, match=rf"{PLAN} must") as caught:
        read_plan(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_plan_that_was_cut_off_is_named(tmp_path, share):
    extend_plan(tmp_path, plan())
    text = (tmp_path / PLAN).read_text()
    (tmp_path / PLAN).write_text(text[: int(share * len(text))])
    with pytest.raises(ValueError, match=rf"{PLAN} must hold a whole JSON object"):
        read_plan(tmp_path)


# -- what is trained together ------------------------------------------------------------------

GRID = [
    Planned(f"{run.name}_{number}", run.settings)
    for number, run in enumerate(
        plan("---,-+v", [0.1, 1], target_rates=[2], anneals=[0, 0.5], seeds=2)
        + plan("---", [0.1], patience=3)
        + plan("---", [0.1], compiled=True)
        + plan("---", [0.1, 1], batch=32)
        + plan("---", [0.1, 1], free_bits=1.0)
        + plan("---", [], target_rates=[1, 2], penalty=2.0)
    )
]


@given(
    chosen=st.lists(st.sampled_from(GRID), unique_by=lambda run: run.name).flatmap(
        lambda runs: st.tuples(
            st.just(runs),
            st.lists(st.integers(0, 2), min_size=len(runs), max_size=len(runs)),
        )
    ),
    most=st.integers(1, 5),
)
@PROOF
def test_groups_are_a_partition_into_runs_that_can_be_trained_together(chosen, most):
    runs, steps = chosen
    behind = dict(zip(runs, steps, strict=True))
    groups = together(runs, steps, most)
    assert Counter(run for group in groups for run in group) == Counter(runs)
    for group in groups:
        assert 1 <= len(group) <= most
        assert len({behind[run] for run in group}) == 1
        assert [run for run in runs if run in group] == group
        if len(group) > 1:
            check_together([run.settings for run in group], [Path(run.name) for run in group])


@given(most=st.integers(2, 30))
@PROOF
def test_groups_are_as_large_as_they_may_be(most):
    runs = plan("---,-+v", [0.1, 1], target_rates=[2], anneals=[0, 0.5], seeds=2)  # ten of each
    groups = together(runs, [4] * len(runs), most)
    assert len(groups) == 2 * -(-10 // most)


def test_what_has_not_begun_is_planned_in_the_precision_of_the_machine_at_hand(tmp_path):
    extend_plan(tmp_path, plan(betas=[1, 2], precision="bfloat16"))
    begun, other = read_plan(tmp_path)
    (tmp_path / RUNS / begun.name).mkdir(parents=True)
    extend_plan(tmp_path, planned_anew(tmp_path, precision="float32"))
    assert read_plan(tmp_path) == [
        begun, Planned(other.name, replace(other.settings, precision="float32"))
    ]  # fmt: skip
    with pytest.raises(ValueError, match="must have a plan to go on with"):
        planned_anew(tmp_path / "none", precision="auto")
