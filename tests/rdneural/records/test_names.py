"""Names of families, and where they are taken and refused."""

from itertools import pairwise

import pytest

from rdneural.models.build import build_model
from rdneural.records.names import (
    FAMILIES,
    check_family,
    chosen_families,
    coarse_sides,
    code_of,
    discrete_of,
    has_fixed_rate,
    is_autoregressive,
    is_family,
    order_of,
    parts_of,
)
from rdneural.records.settings import RunSettings
from rdneural.records.sizes import SIZES
from rdneural.sweeps.plan import make_plan, together


def test_the_twelve_have_no_discrete_code():
    assert len(set(FAMILIES)) == 12
    assert all(discrete_of(family) is None for family in FAMILIES)
    assert not any(has_fixed_rate(family) for family in FAMILIES)
    assert [code_of(family) for family in FAMILIES] == [None] * 12
    assert ["".join(parts_of(family)) for family in FAMILIES] == list(FAMILIES)


@pytest.mark.parametrize(
    ("family", "kind", "code", "size", "fixed", "parts"),
    [
        ("split:0", "split", "split", 0, True, "d+a"),
        ("split:16", "split", "split", 16, True, "d+a"),
        ("coarse:2", "coarse", "coarse", 2, True, "d+a"),
        ("bits-:6", "bits-", "bits", 6, False, "d-a"),
        ("bits+:6", "bits+", "bits", 6, False, "d+a"),
    ],
)
def test_a_name_says_kind_and_size(family, kind, code, size, fixed, parts):
    found = discrete_of(check_family(family, side=4))
    assert (found.kind, found.size) == (kind, size)
    assert code_of(family) == code
    assert has_fixed_rate(family) == fixed
    assert is_autoregressive(family) == (parts[1] == "+")
    assert "".join(parts_of(family)) == parts


@pytest.mark.parametrize(
    ("family", "message"),
    [
        ("split:", "model must be one of ---, .*, split:K, coarse:S, bits-:K, .*, got 'split:'"),
        ("split:-1", "model must be one of"),
        ("split:01", "model must be one of"),
        ("split:1.5", "model must be one of"),
        ("bits:6", "model must be one of"),
        ("Split:6", "model must be one of"),
        ("split:17", "model must split off at most 16 pixels, got 'split:17'"),
        ("coarse:4", "model must be one of coarse:2 at 4x4 pixels, got 'coarse:4'"),
        ("bits-:0", "model must have from 1 to 4096 bits, got 'bits-:0'"),
        ("bits+:4097", "model must have from 1 to 4096 bits"),
    ],
)
def test_a_name_that_is_none_is_refused(family, message):
    with pytest.raises(ValueError, match=message):
        build_model(family, SIZES["tiny"])
    with pytest.raises(ValueError, match=message):
        RunSettings("mnist", model=family, preset="tiny", beta=1.0)


@pytest.mark.parametrize("name", ["split:01", "split:1234567", "-+x", "", "bits:6", 3, None, ["-"]])
def test_what_is_read_may_be_no_name(name):
    assert not is_family(name)
    if isinstance(name, str):
        for ask in (check_family, parts_of, order_of):
            with pytest.raises(ValueError):  # noqa: PT011
                ask(name)


@pytest.mark.parametrize("side", [4, 5, 7, 8, 28, 32])
def test_sides_are_halved_down_to_four(side):
    sides = coarse_sides(side)
    assert sides[0] == side
    assert len(sides) >= 2
    assert all(after == -(-before // 2) for before, after in pairwise(sides))
    assert 2 <= sides[-1] <= 4
    assert all(before > 4 for before in sides[1:-1])


@pytest.mark.parametrize("family", ["split:6", "coarse:2"])
def test_a_fixed_code_cannot_be_asked_for_a_rate(family):
    with pytest.raises(ValueError, match=f"target_rate cannot be asked of {family}"):
        RunSettings("mnist", model=family, preset="tiny", target_rate=2.0)


def test_a_sweep_takes_discrete_families_by_name_and_trains_them_alone():
    assert chosen_families("split:6, -+v,bits-:6") == ("split:6", "-+v", "bits-:6")
    assert chosen_families("all") == FAMILIES
    with pytest.raises(ValueError, match="or a pattern, got 'split:K'"):
        chosen_families("split:K")
    plan = make_plan(
        dataset="bars:4x4", models="---,bits-:6", betas=[0.5, 1], preset="tiny", device="cpu"
    )
    assert [run.name for run in plan] == [
        "beta-0.5_---_seed-0", "beta-0.5_bits--6_seed-0",
        "beta-1_---_seed-0", "beta-1_bits--6_seed-0",
    ]  # fmt: skip
    groups = together(plan, [0] * 4, 8)
    assert sorted(map(len, groups)) == [1, 1, 2]
