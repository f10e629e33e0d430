"""Which runs stand side by side: chosen by the stated rules."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figures.choice import choose
from figures.choice.kinds import KINDS, kind_of_row
from rdneural.records.names import FAMILIES
from tests.make.sweeps_table import grid, make_row, make_sweep

runs = st.builds(
    lambda model, beta, target, seed, rate, excess: make_row(
        model, beta, seed=seed, rate=rate, distortion=max(1.0, 80 + excess - rate),
        **({} if target is None else {"target_rate": target}),
    ),
    st.sampled_from(FAMILIES), st.sampled_from([0.1, 0.5, 1.0, 2.0]),
    st.sampled_from([None, None, 5.0, 20.0]), st.integers(0, 1),
    st.floats(-0.01, 150.0), st.floats(0.0, 40.0),
)  # fmt: skip
tables = st.lists(runs, min_size=1, max_size=15, unique_by=lambda row: row["run"])


def _kinds(rows):
    return list(map(kind_of_row, rows))


@given(tables)
@settings(deadline=None, max_examples=50)
def test_every_rule_keeps_its_word(rows):
    for rule, most in (
        (choose.across_settings, 4), (choose.at_beta_one, 4), (choose.equal_elbo, 4),
        (choose.trace, 8), (choose.near_beta_one, 12),
    ):  # fmt: skip
        try:
            chosen = rule(rows)
        except choose.TooFewRunsError:
            continue
        assert 1 <= len(chosen) <= most
        assert all(row in rows for row in chosen)
        pairs = [(row["model"], choose.setting_of(row)) for row in chosen]
        assert len(set(pairs)) == len(pairs)  # never two seeds of one thing
        if rule is not choose.near_beta_one:
            assert len(chosen) >= 2
            rates = [row["test_rate"] for row in chosen]
            assert rates == sorted(rates, reverse=True)
        if rule is choose.across_settings:
            assert len({model for model, _ in pairs}) == 1
        if rule is choose.at_beta_one:
            assert {setting for _, setting in pairs} == {("beta", 1.0)}
        if rule is choose.near_beta_one:
            assert len({setting for _, setting in pairs}) == 1
            assert [model for model, _ in pairs] == [m for m in FAMILIES if m in dict(pairs)]
        if rule is choose.trace:
            least = min(row["test_elbo"] for row in rows)
            assert max(row["test_elbo"] for row in chosen) <= 1.05 * least + 1e-9


@given(tables, st.integers(2, 5))
@settings(deadline=None)
def test_a_span_holds_every_kind_that_it_has_room_for(rows, count):
    chosen = choose.span(rows, count)
    assert len(chosen) == min(count, len(rows))
    assert max(row["test_rate"] for row in rows) == chosen[0]["test_rate"]
    kinds = set(_kinds(rows))
    assert len(set(_kinds(chosen))) == min(count, len(kinds))


def test_one_model_goes_from_autoencoder_to_autodecoder():
    rows = grid(betas=(0.1, 0.3, 0.5, 1.0, 5.0), seeds=2)
    chosen = choose.across_settings(rows)
    assert [row["run"] for row in chosen] == [
        "beta-0.1_-+v_seed-0", "beta-0.3_-+v_seed-0", "beta-1_-+v_seed-0", "beta-5_-+v_seed-0",
    ]  # fmt: skip
    assert tuple(_kinds(chosen)) == KINDS


def test_another_model_stands_in_where_the_papers_has_one_beta():
    rows = [make_row("-+v", 1.0), make_row("-+v", 1.0, seed=1)]
    rows += [make_row("+--", beta) for beta in (0.1, 1.0)]
    rows += [make_row("++-", target_rate=rate) for rate in (5.0, 10.0, 20.0)]
    assert {row["model"] for row in choose.across_settings(rows)} == {"+--"}
    rows = rows[:3] + rows[4:]
    assert {row["model"] for row in choose.across_settings(rows)} == {"++-"}
    with pytest.raises(choose.TooFewRunsError, match="two settings"):
        choose.across_settings(rows[:3])


def test_annealed_runs_are_for_the_first_pictures_and_whole_runs_come_first():
    plain, annealed = make_row(), make_row(anneal=2.0)
    assert choose.one_each([annealed, plain]) == [plain]
    assert choose.one_each([plain, annealed], annealed=True) == [annealed]
    late = make_row(seed=4)
    assert choose.one_each([plain | {"complete": False}, late]) == [late]


def test_models_at_beta_one_differ_in_encoder_and_decoder():
    chosen = choose.at_beta_one(grid())
    assert {"---", "-+v"} <= {row["model"] for row in chosen}
    assert {row["model"][:2] for row in chosen} == {"--", "-+", "+-", "++"}
    with pytest.raises(choose.TooFewRunsError, match="got 1"):
        choose.at_beta_one([make_row(), make_row(seed=1), make_row("-+v", 0.5)])


def test_runs_of_equal_elbo_come_from_the_first_window_that_holds_several_kinds():
    near = [make_row(rate=r, distortion=80.0 - r, target_rate=r) for r in (20.0, 22.0, 24.0, 26.0)]
    far = [make_row(rate=r, distortion=81.5 - r, target_rate=r) for r in (0.1, 5.0, 40.0)]
    wide = [make_row(rate=r, distortion=95.0 - r, target_rate=r) for r in (0.2, 6.0, 60.0)]
    chosen = choose.equal_elbo(near + wide)
    assert chosen == near[::-1]
    chosen = choose.equal_elbo(near + far + wide)
    assert [row["test_rate"] for row in chosen] == [40.0, 20.0, 5.0, 0.1]
    assert choose.trace(near + wide) == near[::-1]


@pytest.mark.parametrize("least", [-80.0, 0.0, 80.0])
def test_the_least_lies_within_any_share_of_itself(least):
    rows = [make_row(rate=10.0, distortion=least - 10.0 + k, seed=k) for k in (0, 1, 2, 3, 5)]
    assert choose.within(rows, 0.0) == rows[:1]
    assert choose.within(rows, 0.03125) == rows[: 1 if least == 0.0 else 3]


@pytest.mark.parametrize(
    ("counts", "beta"), [({1.0: 6, 0.5: 12}, 1.0), ({1.0: 5, 0.5: 12}, 0.5), ({0.4: 3, 2: 3}, 2.0)]
)
def test_all_models_are_shown_at_beta_one_or_what_most_have(counts, beta):
    rows = [make_row(m, b) for b, count in counts.items() for m in FAMILIES[:count]]
    chosen = choose.near_beta_one(rows)
    assert {row["beta"] for row in chosen} == {beta}
    assert len(chosen) == counts[beta]


def test_pictures_keep_to_one_preset(tmp_path):
    rows = [make_row("-+v", 0.5, preset="paper"), make_row(), make_row("+--", preset="paper")]
    make_sweep(tmp_path, rows)
    assert [row["preset"] for row in choose.with_samples(tmp_path, rows)] == ["paper", "paper"]
    assert choose.with_samples(tmp_path / "elsewhere", rows) == []


def test_a_run_stands_at_the_slope_that_it_had():
    row = make_row(beta=1.0, final_beta=0.25)
    assert choose.setting_of(row) == ("beta", 0.25)
    assert choose.setting_of(make_row(beta=1.0)) == ("beta", 1.0)
    assert choose.setting_of(make_row(target_rate=5.0, final_beta=0.25)) == ("rate", 5.0)
