"""Figures 4 to 6: runs are chosen by the stated rules, and shown as their files hold them."""

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from figures import figure3, figure4, figure5, figure6, sweep
from figures.choice import choose
from figures.choice.kinds import KINDS, kind_of_row, least_elbo
from figures.parts import comparison
from figures.parts.reading import read_table
from figures.parts.style import new_figure
from rdtheory.results import write_arrays
from tests.conftest import ROOT
from tests.make.sweeps_table import MODELS, grid, make_row, make_sweep

AGREE = 1e-7
"""Relative; the CSV keeps eight digits."""

runs = st.builds(
    lambda model, beta, target, seed, rate, excess: make_row(
        model, beta, seed=seed, rate=rate, distortion=max(1.0, 80 + excess - rate),
        **({} if target is None else {"target_rate": target}),
    ),
    st.sampled_from(MODELS), st.sampled_from([0.1, 0.5, 1.0, 2.0]),
    st.sampled_from([None, None, 5.0, 20.0]), st.integers(0, 1),
    st.floats(-0.01, 150.0), st.floats(0.0, 40.0),
)  # fmt: skip
tables = st.lists(runs, min_size=1, max_size=15, unique_by=lambda row: row["run"])


def _rows(directory: Path, name: str) -> list[dict[str, str]]:
    with (directory / f"{name}.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def _is_picture(path: Path) -> bool:
    return path.read_bytes().startswith(b"\x89PNG") and path.stat().st_size > 2000


def _kinds(rows: list[choose.Row], entropy: float) -> list[str]:
    return [kind_of_row(row, entropy) for row in rows]


# -- the rules ------------------------------------------------------------------------------------


@given(tables)
@settings(deadline=None, max_examples=50)
def test_every_rule_keeps_its_word(rows):
    entropy = least_elbo(rows)
    for rule, most in (
        (choose.across_settings, 4), (choose.at_beta_one, 4), (choose.equal_elbo, 4),
        (choose.trace, 8), (choose.near_beta_one, 12),
    ):  # fmt: skip
        try:
            chosen = rule(rows, entropy)
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
            assert [model for model, _ in pairs] == [m for m in MODELS if m in dict(pairs)]
        if rule is choose.trace:
            assert max(row["test_elbo"] for row in chosen) <= 1.05 * entropy + 1e-9


@given(tables, st.integers(2, 5))
@settings(deadline=None)
def test_a_span_holds_every_kind_that_it_has_room_for(rows, count):
    entropy = least_elbo(rows)
    chosen = choose.span(rows, count, entropy)
    assert len(chosen) == min(count, len(rows))
    assert max(row["test_rate"] for row in rows) == chosen[0]["test_rate"]
    kinds = set(_kinds(rows, entropy))
    assert len(set(_kinds(chosen, entropy))) == min(count, len(kinds))


def test_one_model_goes_from_autoencoder_to_autodecoder():
    rows = grid(betas=(0.1, 0.3, 0.5, 1.0, 5.0), seeds=2)
    chosen = choose.across_settings(rows, least_elbo(rows))
    assert [row["run"] for row in chosen] == [
        "beta-0.1_-+v_seed-0", "beta-0.3_-+v_seed-0", "beta-1_-+v_seed-0", "beta-5_-+v_seed-0",
    ]  # fmt: skip
    assert tuple(_kinds(chosen, least_elbo(rows))) == KINDS


def test_another_model_stands_in_where_the_papers_has_one_beta():
    rows = [make_row("-+v", 1.0), make_row("-+v", 1.0, seed=1)]
    rows += [make_row("+--", beta) for beta in (0.1, 1.0)]
    rows += [make_row("++-", target_rate=rate) for rate in (5.0, 10.0, 20.0)]
    assert {row["model"] for row in choose.across_settings(rows, 80.0)} == {"+--"}
    rows = rows[:3] + rows[4:]
    assert {row["model"] for row in choose.across_settings(rows, 80.0)} == {"++-"}
    with pytest.raises(choose.TooFewRunsError, match="two settings"):
        choose.across_settings(rows[:3], 80.0)


def test_annealed_runs_are_for_the_first_pictures_and_whole_runs_come_first():
    plain, annealed = make_row(), make_row(anneal=2.0)
    assert choose.one_each([annealed, plain]) == [plain]
    assert choose.one_each([plain, annealed], annealed=True) == [annealed]
    late = make_row(seed=4)
    assert choose.one_each([plain | {"complete": False}, late]) == [late]


def test_models_at_beta_one_differ_in_encoder_and_decoder():
    chosen = choose.at_beta_one(grid(), 85.0)
    assert {"---", "-+v"} <= {row["model"] for row in chosen}
    assert {row["model"][:2] for row in chosen} == {"--", "-+", "+-", "++"}
    with pytest.raises(choose.TooFewRunsError, match="got 1"):
        choose.at_beta_one([make_row(), make_row(seed=1), make_row("-+v", 0.5)], 85.0)


def test_runs_of_equal_elbo_come_from_the_first_window_that_holds_several_kinds():
    near = [make_row(rate=r, distortion=80.0 - r, target_rate=r) for r in (20.0, 22.0, 24.0, 26.0)]
    far = [make_row(rate=r, distortion=81.5 - r, target_rate=r) for r in (0.1, 5.0, 40.0)]
    wide = [make_row(rate=r, distortion=95.0 - r, target_rate=r) for r in (0.2, 6.0, 60.0)]
    chosen = choose.equal_elbo(near + wide, 80.0)
    assert chosen == near[::-1]
    chosen = choose.equal_elbo(near + far + wide, 80.0)
    assert [row["test_rate"] for row in chosen] == [40.0, 20.0, 5.0, 0.1]
    assert choose.trace(near + wide, 80.0) == near[::-1]


@pytest.mark.parametrize(
    ("counts", "beta"), [({1.0: 6, 0.5: 12}, 1.0), ({1.0: 5, 0.5: 12}, 0.5), ({0.4: 3, 2: 3}, 2.0)]
)
def test_all_models_are_shown_at_beta_one_or_what_most_have(counts, beta):
    rows = [make_row(m, b) for b, count in counts.items() for m in MODELS[:count]]
    chosen = choose.near_beta_one(rows, 80.0)
    assert {row["beta"] for row in chosen} == {beta}
    assert len(chosen) == counts[beta]


def test_pictures_keep_to_one_preset(tmp_path):
    rows = [make_row("-+v", 0.5, preset="paper"), make_row(), make_row("+--", preset="paper")]
    make_sweep(tmp_path, rows)
    assert [row["preset"] for row in choose.with_samples(tmp_path, rows)] == ["paper", "paper"]
    assert choose.with_samples(tmp_path / "elsewhere", rows) == []


# -- the pictures ---------------------------------------------------------------------------------


def test_everything_is_drawn_and_the_csvs_are_the_table(tmp_path, monkeypatch):
    for paint in ("_planes", "_skew"):  # that has its own tests, and takes its time
        monkeypatch.setattr(figure3, paint, lambda _: new_figure(1.0, 1.0))
    rows = grid(betas=(0.1, 0.3, 1.0, 5.0))
    rows += [make_row("-++", target_rate=5.0, anneal=1.0)]
    make_sweep(tmp_path, rows)
    paths, notes = sweep.draw_all(tmp_path)
    assert notes == []
    assert paths == [tmp_path / f"{name}.png" for name in sweep.NAMES]
    table = {row["run"]: row for row in read_table(tmp_path)}
    entropy = least_elbo(table.values())
    for picture in sweep.PICTURES:
        assert _is_picture(tmp_path / f"{picture.name}.png")
        cells = _rows(tmp_path, picture.name)
        assert tuple(cells[0]) == comparison.HEADER
        chosen = picture.rule(list(table.values()), entropy)
        assert [c["run"] for c in cells] == [row["run"] for row in chosen]
        for cell, row in zip(cells, chosen, strict=True):
            for name in ("test_rate", "test_distortion", "test_elbo", "epochs", "seed"):
                assert float(cell[name]) == pytest.approx(row[name], rel=AGREE)
            assert cell["kind"] == kind_of_row(row, entropy)
            assert cell["model"] == row["model"]
    assert len(_rows(tmp_path, "figure5")) == 12
    before = {path: path.read_bytes() for path in tmp_path.glob("figure*")}
    (tmp_path / "figure3a.png").unlink()
    with pytest.raises(FileExistsError, match=r"figure3a\.csv exists"):
        sweep.draw_all(tmp_path)
    del before[tmp_path / "figure3a.png"]
    assert {path: path.read_bytes() for path in tmp_path.glob("figure*")} == before


def test_images_stand_where_their_headings_say(tmp_path):
    rows = [make_row("---"), make_row("-+v")]
    make_sweep(tmp_path, rows, side=5, count=12)
    images = comparison.read_samples(tmp_path, rows)
    for half, data in (("reconstruction", True), ("generation", True), ("generation", False)):
        sheet, lefts = comparison.sheet_of(images, half, data=data)
        stacks = [own[name] for own in images for name in (half, f"{half}_mean")]
        if data:
            shown = images[0]["data"] if half == "reconstruction" else np.zeros((10, 5, 5))
            stacks = [shown, *stacks]
        assert len(lefts) == len(stacks)
        assert sheet.shape[0] == 10 * 6 + 1
        for left, stack in zip(lefts, stacks, strict=True):
            for number in range(10):
                top = 1 + 6 * number
                assert (sheet[top : top + 5, left : left + 5] == stack[number]).all()


def test_one_omniglot_run_makes_a_figure_and_notes(tmp_path):
    make_sweep(tmp_path, [make_row(rate=3.0, distortion=100.0, data="omniglot", warning="odd $")])
    code = (
        "import sys; from pathlib import Path; from figures import figure3, sweep;"
        "figure3.draw = lambda *_, **__: []; sweep.draw(Path(sys.argv[1]));"
        "print({'matplotlib.pyplot', 'torch'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stdout.strip() == "set()"
    left_out = [line.split()[:3] for line in done.stderr.splitlines()]
    names = ("figure4a", "figure4b", "figure4c", "figure4d", "figure6")
    assert left_out == [["left", "out:", name] for name in names]
    assert [row["kind"] for row in _rows(tmp_path, "figure5")] == ["semantic encoder"]
    assert sorted(path.name for path in tmp_path.glob("figure*")) == ["figure5.csv", "figure5.png"]


@pytest.mark.parametrize("module", [figure4, figure5, figure6])
def test_a_sweep_without_samples_is_refused_in_one_line(tmp_path, module):
    make_sweep(tmp_path, samples=False)
    with pytest.raises(choose.TooFewRunsError, match=f"^{module.__name__.split('.')[1]}") as caught:
        module.draw(tmp_path)
    assert "\n" not in str(caught.value)
    assert not list(tmp_path.glob("figure*"))


def test_broken_samples_and_other_images_are_named(tmp_path):
    rows = [make_row("---"), make_row("-+v")]
    make_sweep(tmp_path, rows)
    path = choose.samples_of(tmp_path, rows[1])
    whole = path.read_bytes()
    with np.load(path) as stored:
        write_arrays(path, dict(stored) | {"data": 1 - stored["data"]}, overwrite=True)
    with pytest.raises(ValueError, match="must share some of their data") as caught:
        figure6.draw(tmp_path)
    assert rows[0]["run"] in str(caught.value)
    assert rows[1]["run"] in str(caught.value)
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ValueError, match=r"samples\.npz must be a readable \.npz file"):
        figure6.draw(tmp_path)
    assert not list(tmp_path.glob("figure*"))


def test_an_existing_figure_is_refused_and_replaced_where_asked(tmp_path):
    make_sweep(tmp_path, [make_row("---"), make_row("-+v", rate=20.0, distortion=66.0)])
    (tmp_path / "figure6.csv").write_text("old")
    with pytest.raises(FileExistsError, match=r"figure6\.csv exists"):
        figure6.draw(tmp_path)
    assert (tmp_path / "figure6.csv").read_text() == "old"
    assert not (tmp_path / "figure6.png").exists()
    figure6.draw(tmp_path, overwrite=True)
    assert len(_rows(tmp_path, "figure6")) == 2


def test_runs_that_drew_other_numbers_of_images_show_those_they_share(tmp_path):
    rows = [make_row("---"), make_row("-+v")]
    make_sweep(tmp_path, rows, side=16)
    path = choose.samples_of(tmp_path, rows[1])
    with np.load(path) as stored:
        whole = dict(stored)
    kept = [4, 2, 0]
    write_arrays(path, {name: stack[kept] for name, stack in whole.items()}, overwrite=True)
    first, second = comparison.read_samples(tmp_path, read_table(tmp_path))
    assert all(len(stack) == len(kept) for own in (first, second) for stack in own.values())
    assert np.array_equal(first["data"], second["data"])
    assert np.array_equal(second["reconstruction"], whole["reconstruction"][sorted(kept)])
