"""Every measured number in a sentence is what files say: one list, as the last test needs all."""

import math
import re
from collections.abc import Iterator

import pytest

from figures.choice.paper import read_points
from figures.choice.semantic import is_semantic
from figures.usefulness import frontier_beside, read_table
from rdneural.records.asked import LEAST_MISS, SHARE_MISSED, outcome_of_result
from rdneural.records.names import FAMILIES
from tests.make.measured import models_of_the_zoo
from tests.make.readme import (
    CURVES,
    FRONT,
    NAMES,
    PAGE,
    RESULTS,
    TRAININGS,
    json_of,
    percent,
    prose,
    rows_of,
    runs_of,
    span_of,
    swept,
    with_error,
)


def _of_the_toy() -> Iterator[str]:
    found = json_of("toy.json")
    target, smoothest = (found["restarts"][name] for name in ("target", "smoothest"))
    yield (
        f"recovery is {span_of((r['recovery'] for r in target), 3)} for *target* and "
        f"{span_of((r['recovery'] for r in smoothest), 3)} for *smoothest*; a draw from p(z\\*|x) "
        f"has {found['models']['optimal']['recovery']:.3f}. The worst excess of a *target* "
        f"restart is {max(r['excess'] for r in target):.1e}"
    )


def _of_candidates() -> Iterator[str]:
    found = {row["candidate"]: row for row in rows_of("candidates-amx", "candidates.csv")}
    adamw, muon = (found[name] for name in ("learning-rate-1.6e-2", "muon-1e-2"))
    assert float(muon["epochs"]) < 0.8 * float(adamw["epochs"])
    yield f"lower than AdamW by {float(adamw['test']) - float(muon['test']):.2f} on test images"
    one, eight = (found[name] for name in ("long-muon", "long-8-orders"))
    assert float(eight["epochs"]) < float(one["epochs"])
    yield f"it is lower by {float(one['valid']) - float(eight['valid']):.2f} on validation images"
    rows = rows_of("paper", "table.csv")
    split = min(float(row["test_elbo"]) for row in rows if row["model"] == "split:392")
    assert float(eight["test"]) < min(float(row["test_elbo"]) for row in rows)
    yield (
        f"R + D of {float(eight['test']):.2f} ± {float(eight['test_se']):.2f} in an hour of one "
        f"thread is {split - float(eight['test']):.2f} below that of `split:392`"
    )
    now = json_of("muon", "run.json")
    (before,) = (row for row in rows_of("paper", "table.csv") if row["run"] == "beta-1_-+-_seed-0")
    assert (now["settings"]["optimiser"], now["settings"]["model"]) == ("muon", before["model"])
    yield (
        f"has R + D of {now['test']['elbo']:.2f} ± {now['test']['elbo_se']:.2f} on all test "
        f"images, {now['seconds'] / 60:.0f} minutes beside other work on that machine"
    )
    yield f"AdamW's had {float(before['test_elbo']):.2f} ± {float(before['test_elbo_se']):.2f}"


def _of_recovery() -> Iterator[str]:
    found = json_of("recovery.json")
    ways = {name: [r["recovery"] for r in restarts] for name, restarts in found["ways"].items()}
    restarts = [r for way in found["ways"].values() for r in way]
    good = [r["recovery"] for r in restarts if r["excess"] <= 1e-6]
    yield f"fits R = 0.5 in {len(ways)} ways, 24 restarts each; a CPU, {found['seconds']:.0f} s"
    yield (f"{len(good)} of the {len(restarts)} restarts end within 1e-6 nats of the bound, with "
           f"recoveries from {min(good):.2f} to {max(good):.2f}")  # fmt: skip
    small = [r for name, way in ways.items() for r in way if name in (
        "trained (default)", "trained, penalty 1 as in the paper", "trained, penalty 2",
        "trained, start 0.001", "trained, learning rate 0.003", "trained, learning rate 0.03",
    )]  # fmt: skip
    assert len(small) == 6 * 24
    newton, large = ways["quasi-Newton only, start 0.01"], ways["trained, start 1"]
    yield (
        f"restarts end between {min(small):.3f} and {max(small):.3f}. A quasi-Newton search from "
        f"0.01 ends between {min(newton):.3f} and {max(newton):.3f}, and training from numbers of "
        f"size 1 between {min(large):.3f} and {max(large):.3f}"
    )
    low = [r for r in ways["trained, 2 codes"] if r < 0.3]
    yield f"with only 2 codes, {len(low)} of 24 trained restarts end at {span_of(low, 3)}"
    medians = sorted(sorted(way)[11] / 2 + sorted(way)[12] / 2 for name, way in ways.items()
                     if name.startswith("smoothest"))  # fmt: skip
    said = ", ".join(f"{median:.3f}" for median in medians[:-1])
    yield f"have medians of {said} and {medians[-1]:.3f}"
    trained = found["ways"]["smoothest, trained"]
    least = min(r["recovery"] for r in trained)
    yield (
        f"all 24 restarts end at {least:.3f} or above, and the two kinds of codes carry a mass of "
        f"{span_of((r['class0_mass'] for r in trained), 2)} and the rest, where the hidden class "
        "has 0.7 and 0.3"
    )
    large = found["ways"]["smoothest, trained, start 1"]
    yield (f"{sum(r['converged'] for r in large)} of 24 restarts converge, and the worst recovers "
           f"{min(r['recovery'] for r in large):.3f}")  # fmt: skip


def _of_target_rates() -> Iterator[str]:
    found = runs_of("targets").values()
    miss = {split: max(abs(run[split]["rate"] - run["target_rate"]) for run in found)
            for split in ("train", "test")}  # fmt: skip
    hundredths = {split: math.ceil(100 * value) / 100 for split, value in miss.items()}
    yield f"images is within {hundredths['test']:.2f} nats of its target, on training images " + (
        f"within {hundredths['train']:.2f}"
    )
    yield f"met within {LEAST_MISS:g} nats, {100 * SHARE_MISSED:g} % or three standard errors"
    off = [run for run in found if not outcome_of_result(run)["target_met"]]
    yield f"{len(found) - len(off)} of the {len(found)} are, and " + " and ".join(
        f"`{run['model']}` at {run['target_rate']:g} nats, seed {run['seed']}, is missed by "
        f"{abs(outcome_of_result(run)['target_miss']):.2f} nats" for run in off
    )  # fmt: skip
    minutes = [run["seconds"] / 60 for run in found]
    yield f"{span_of(minutes, 0)} minutes a run"
    worst = {rate: max(run["test"]["elbo"] for run in found if run["model"] == "-+v"
                       and run["target_rate"] == rate) for rate in (2.0, 5.0)}  # fmt: skip
    assert worst[5.0] <= worst[2.0]
    families = runs_of("families")
    plus = [families[name]["test"]["rate"] for name in FAMILIES if name[1] == "+"]
    assert max(plus) < 1
    elbos = {name: run["test"]["elbo"] for name, run in families.items()}
    assert min(elbos, key=elbos.get) == "-+-"
    yield f"With `-+-`, R = {families['-+-']['test']['rate']:.2f} is the collapse"


def _of_the_sweep() -> Iterator[str]:
    rows = rows_of("mnist-quick", "table.csv")
    yield f"has all {len(rows)} runs"
    yield f"adds the {sum(row['origin'] == 'first-session' for row in rows)} runs"
    assert {row["device"] for row in rows} == {"CPU, 1 threads"}
    spans = [span_of((row["test_elbo"] for d in "-+" for row in swept("0.1", d, m)), 1)
             for m in "-+v"]  # fmt: skip
    yield f"R + D is {spans[0]} with N(0, I), {spans[1]} with flows and {spans[2]} with VampPriors"
    for beta in ("0.1", "0.3", "0.5", "1"):
        of = {row["model"]: float(row["test_elbo"]) for d in "-+" for row in swept(beta, d)}
        for start in ("--", "-+", "+-", "++"):  # the worst marginal is N(0, I)
            assert of[start + "-"] == max(of[start + m] for m in "-+v")
    for decoder, used in (("-", True), ("+", False)):
        assert all((float(row["test_rate"]) > 20) == used for row in swept("1", decoder))


def _of_the_corner() -> Iterator[str]:
    points = {row["model"]: row for row in rows_of("mnist-quick", "diagonal.csv")}
    split, coarse = points["split:0"], points["coarse:14"]
    for kind, one in (("split", split), ("coarse", coarse)):
        assert {p["elbo"] for n, p in points.items() if n.startswith(kind)} == {one["elbo"]}
        yield f"`{kind}` has R + D = {float(one['elbo']):.2f} ± {float(one['elbo_se']):.2f} at"
    assert split["steps"] == coarse["steps"]
    assert float(points["split:784"]["distortion"]) == 0
    assert float(split["epochs"]) == pytest.approx(1.5, abs=1e-3)
    rates = [f"{float(points[f'coarse:{side}']['rate']):.1f}" for side in (4, 7, 14)]
    above = float(coarse["elbo"]) - float(split["elbo"])
    yield (f"({rates[0]} nats for 4 x 4 pixels, {rates[1]} for 7 x 7, {rates[2]} for 14 x 14), "
           f"{above:.2f} above `split` after as many steps")  # fmt: skip
    rows = rows_of("mnist-quick", "table.csv")
    least = [min(float(row["test_elbo"]) for row in rows if float(row["test_rate"]) >= rate)
             for rate in (40, 60)]  # fmt: skip
    curve = [(float(p["rate"]) + float(p["distortion"]), float(p["rate"]))
             for name in CURVES.values() for p in rows_of(name, "curve.csv")
             if p["source"] == "curve" and float(p["rate"]) >= 40]  # fmt: skip
    yield (f"least R + D there is {least[0]:.2f}, and above 60 nats {least[1]:.1f}. The curves "
           f"below, six times as long, come to {min(curve)[0]:.1f} at "
           f"{min(curve)[1]:.0f} nats")  # fmt: skip
    bits = [next(row for row in rows if row["run"] == f"rate-{rate}_bits--256_seed-0")
            for rate in (10, 20, 40)]  # fmt: skip
    assert {row["epochs"] for row in bits} == {"1.0"}
    rates, elbos = ([f"{float(row[key]):.{digits}f}" for row in bits]
                    for key, digits in (("test_rate", 2), ("test_elbo", 1)))  # fmt: skip
    longer = [runs_of("targets")[f"---_rate{rate}_seed0"]["test"]["elbo"] for rate in (10, 20, 40)]
    yield (f"come out as {rates[0]}, {rates[1]} and {rates[2]} on test images) at R + D of "
           f"{elbos[0]}, {elbos[1]} and {elbos[2]}, above `---` after two epochs ({longer[0]:.0f}, "
           f"{longer[1]:.0f} and {longer[2]:.0f})")  # fmt: skip
    now = json_of("bits", "run.json")
    assert (now["settings"]["precision"], now["device"]) == ("float32", "CPU, 1 threads")
    before = next(row for row in rows if row["run"] == "beta-1_bits--256_seed-0")
    yield (f"gives R + D of {now['test']['elbo']:.2f} ± {now['test']['elbo_se']:.2f} (float32, one "
           f"thread of a CPU with AVX2, 2026-11-29), where the sweep's has "
           f"{float(before['test_elbo']):.2f}.")  # fmt: skip


def _of_curves() -> Iterator[str]:
    steps = []
    for name in CURVES.values():
        for file in TRAININGS:
            rows = rows_of(name, f"{file}.csv")
            rates = [float(row["curve_rate"]) for row in rows]
            assert rates == sorted(rates, reverse=True)
            if file != "equal-steps":
                assert all(float(row["difference"]) < 0 for row in rows)
                run = sum(int(row["run_images_seen"]) for row in rows)
                assert int(rows[0]["curve_images_seen"]) == pytest.approx(run, rel=0.01)
            if file != "comparison":
                assert rows[0]["curve_steps"] == rows[0]["run_steps"]
            if file == "equal-steps":
                steps.append([float(row["difference"]) for row in rows])
    assert sum(value > 1 for lost in steps for value in lost[1:]) == 1
    yield f"a curve loses {span_of((lost[0] for lost in steps), 1)} nats at the lowest beta"
    met = {}
    for model, name in CURVES.items():
        asked = {row["target_rate"]: row["rate"] for row in rows_of(name, "curve.csv")}
        targets = sorted((target for target in asked if target), key=float)
        met[model] = [f"{float(asked[target]):.2f}" for target in targets]
    one, two, three = (f"{a}, {b} and {c}" for a, b, c in met.values())
    yield (f"5, 20 and 40 as {one} (`---`), 5, 12 and 20 as {two} (`-+-`) and as {three} "
           "(`-+v`)")  # fmt: skip


def _of_usefulness() -> Iterator[str]:
    rows = {row["run"]: row for row in rows_of("usefulness", "usefulness.csv")}
    yield f"has all {len(rows)} rows"
    first = next(iter(rows.values()))
    yield (f"right on {percent(first['classifier'])} ± {percent(first['classifier_se'])} % of "
           "held-out digits")  # fmt: skip

    def of(run: str, key: str, digits: int = 1) -> str:
        value = rows[run][key]
        return f"{float(value):.1f}" if key == "rate" else percent(value, digits)

    def all_of(runs, key, digits=1) -> list[str]:
        return [of(run, key, digits) for run in runs]

    points = "beta-10", "rate-5", "beta-5.62341", "beta-3.16228", "beta-1.77828", "beta-1"
    curve = [f"curve-6_{point}" for point in points]
    low, five, eight, mid, high, top = curve
    drawn = "drawn_nearest_neighbours"
    yield (
        f"neighbours read {of(low, 'nearest_neighbours')} % of digits from means of the "
        f"conditioned `---` at {of(low, 'rate')} nats. A *drawn* code is: {of(low, drawn)} % "
        f"there, {of(eight, drawn)} % at {of(eight, 'rate')} nats, {of(mid, drawn)} % at "
        f"{of(mid, 'rate')}, {of(top, drawn)} % at {of(top, 'rate')}."
    )
    some = [low, five, mid, high, top]
    shown, rates = all_of(some, "class_agreement"), all_of(some, "rate")
    least = float(rows[top]["rate"])
    above = [row for run, row in rows.items()
             if run.startswith("curve-6") and float(row["rate"]) >= least]  # fmt: skip
    yield (
        f"show the digit in {', '.join(shown[:-1])} and {shown[-1]} % of cases at "
        f"{', '.join(rates[:-1])} and {rates[-1]} nats, then hardly more "
        f"({percent(max(row['class_agreement'] for row in above))} % at most, up to "
        f"{max(float(row['rate']) for row in above):.0f} nats), while pixels still come back: "
        f"{span_of((100 * float(row['pixel_agreement']) for row in above), 1)} %. An autodecoder, "
        f"`---` trained for beta = 10 to {of('beta-10_---_seed-0', 'rate')} nats, shows it in "
        f"{of('beta-10_---_seed-0', 'class_agreement')} %"
    )
    others = ("--+", "--v", "+--", "+-+", "+-v")

    def family(name: str, beta: int) -> str:
        return f"curve-6_beta-{beta}" if name == "---" else f"fam_{name}_beta-{beta}"

    three = {name: family(name, 3) for name in ("---", *others)}
    shown = {name: float(rows[run]["class_agreement"]) for name, run in three.items()}
    assert min(shown, key=shown.get) == "+--"
    assert max(shown, key=shown.get) == "--v"
    one = [family(name, 1) for name in others]
    yield (
        f"At beta = 3, {span_of((rows[run]['rate'] for run in three.values()), 1)} nats, they show "
        f"the digit in {percent(min(shown.values()))} (`+--`) to {percent(max(shown.values()))} "
        f"% (`--v`); at beta = 1, {span_of((rows[run]['rate'] for run in one), 1)} nats, in "
        f"{span_of((100 * float(rows[run]['class_agreement']) for run in one), 1)} %."
    )
    ten = {name: of(family(name, 10), "class_agreement") for name in others}
    yield (f"VampPriors show {ten['--v']} and {ten['+-v']} %, MAFs {ten['--+']} and "
           f"{ten['+-+']} %")  # fmt: skip
    assert all(4.5 < float(rows[family(name, 10)]["rate"]) < 5 for name in others if name[2] != "-")
    learned = [100 * float(rows[three[name]][drawn]) for name in others if name[2] != "-"]
    yield (f"drawn code at beta = 3: {span_of(learned, 1)} %, against {of(three['+--'], drawn)} "
           f"(`+--`) and {of(three['---'], drawn)} % (`---`)")  # fmt: skip
    longer = "semantic-10"
    assert float(rows[longer]["epochs"]) == 12
    yield (f"`---` of 12 epochs shows the digit in {of(longer, 'class_agreement')} % at "
           f"{of(longer, 'rate')} nats")  # fmt: skip
    plain = [f"curvePd-1.5_beta-{beta}" for beta in ("0.9753", "0.79", "0.6682", "0.5")]
    vamp = [f"curvePv-1.5_beta-{beta}" for beta in ("0.874247", "0.735252", "0.5")]
    (a, b, c, d), (e, f, g) = (all_of(runs, "class_agreement", 0) for runs in (plain, vamp))
    (h, i, j, k), (m, n, o) = (all_of(runs, "rate") for runs in (plain, vamp))
    yield (f"`-+-` {a}, {b}, {c} and {d} % at {h}, {i}, {j} and {k} nats, `-+v` {e}, {f} and {g} "
           f"% at {m}, {n} and {o}.")  # fmt: skip
    for run, nearest in zip(plain[1:], ("beta-3", "beta-1.77828", "beta-1"), strict=True):
        assert float(rows[run]["class_agreement"]) < float(
            rows[f"curve-6_{nearest}"]["class_agreement"]
        )
    quarter = [row for row in rows.values()
               if row["model"] in FAMILIES and float(row["epochs"]) < 0.3]  # fmt: skip
    assert len(quarter) == 6
    shown = span_of((100 * float(row["class_agreement"]) for row in quarter), 0)
    yield f"show it in {shown} % at {span_of((row['rate'] for row in quarter), 1)} nats"
    run = "beta-1_coarse-14_seed-0"
    chain = [f"{run}_as-coarse-4", f"{run}_as-coarse-7", run]
    (a, b, c), (d, e, f) = all_of(chain, "class_agreement", 0), all_of(chain, "rate")
    yield f"`coarse` shows the digit in {a}, {b} and {c} % at {d}, {e} and {f} nats"
    bits = [f"rate-{rate}_bits--256_seed-0" for rate in (10, 20, 40)]
    (a, b, c), (d, e, f) = all_of(bits, "class_agreement"), all_of(bits, "rate")
    yield f"show it in {a}, {b} and {c} % at {d}, {e} and {f} nats"
    half = rows["beta-1_split-392_seed-0"]

    def elbo(row: dict[str, str]) -> float:
        return float(row["rate"]) + float(row["distortion"])

    rich = [row for row in rows.values() if float(row["rate"]) >= 40]
    assert min(rich, key=elbo) is half
    assert min(rich, key=lambda row: float(row["linear_probe"])) is half
    near = [row for run, row in rows.items() if run.startswith("beta-0.3_")
            and row["model"][1] == "-"]  # fmt: skip
    assert len(near) == 6
    yield (
        f"above 40 nats, {elbo(half):.2f} at {float(half['rate']):.1f}, and is the least useful "
        f"there: half an image tells the digit worse (probe {percent(half['linear_probe'])} %) "
        "than the six deconvolutions of the sweep at "
        f"{span_of((row['rate'] for row in near), 1)} nats "
        f"({span_of((100 * float(row['linear_probe']) for row in near), 1)} %), and worse than "
        f"pixels do ({percent(half['pixels_linear_probe'])} %)"
    )
    keeps = 0.95 * float(first["classifier"])
    strokes = (1 + float(first["pixel_same_class"])) / 2
    kept = [row for row in rows.values() if float(row["class_agreement"]) >= keeps]
    assert all(float(row["pixel_agreement"]) >= strokes for row in kept)
    yield f"the class is kept from {min(float(row['rate']) for row in kept):.1f} nats on"
    nearest = [three["--v"], longer]
    (a, b), (c, d) = (all_of(nearest, key) for key in ("class_agreement", "pixel_agreement"))
    yield (
        f"`--v` at {of(nearest[0], 'rate')} nats and `---` of 12 epochs at {of(longer, 'rate')}: "
        f"{a} and {b} % of the class, {c} and {d} % of pixels, where the rule asks for "
        f"{100 * keeps:.1f} % and at most {100 * strokes:.1f} %"
    )


def _semantic(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return the rows of codes that tell half of the class at no more than twice these nats."""

    def told(row: dict[str, str]) -> float:
        return float(row["class_information"] or row["drawn_label_nats"])

    return [row for row in rows
            if 2 * told(row) >= max(float(row["label_entropy"]), float(row["rate"]))]  # fmt: skip


def _of_class_nats() -> Iterator[str]:
    rows = rows_of("class-of-digits", "usefulness.csv")
    of_curve = sorted((row for row in rows if row["run"].startswith("mnist_")),
                      key=lambda row: float(row["rate"]))  # fmt: skip
    low, high = of_curve[0], of_curve[-1]
    share = [f"{100 * float(row['drawn_label_nats']) / float(row['rate']):.0f}"
             for row in (low, high)]  # fmt: skip
    yield (f"a drawn code of the conditioned `---` is about the digit in {share[0]} % of its "
           f"{float(low['rate']):.1f} nats, and in {share[1]} % of {float(high['rate']):.1f}"
           )  # fmt: skip
    yield f"Images themselves spare {float(low['pixels_label_nats']):.2f} nats"
    means = span_of((row["label_nats"] for row in of_curve), 2)
    yield f"mean codes of that `---` spare {means} at every rate"
    entropy = float(low["label_entropy"])
    yield f"For digits, H(Y) = {entropy:.3f} nats"
    yield f"a U of {entropy / 2:.2f} or more, at no more than {2 * entropy:.1f} nats"
    assert all(float(row["drawn_label_nats"]) < float(row["rate"]) for row in rows)
    assert not _semantic(rows)
    apart = sorted((row for row in rows if row not in of_curve), key=lambda row: float(row["rate"]))
    told = [f"`{row['model']}` {float(row['drawn_label_nats']):.2f} of {float(row['rate']):.2f} "
            f"nats ({_part(row)} %)" for row in apart]  # fmt: skip
    yield f"{', '.join(told[:-1])} and {told[-1]}"
    near = [row for row in of_curve if 3.5 < float(row["rate"]) < 4.5]
    first, second = near[0], next(row for row in apart if row["run"] == "vamp-3")
    yield (f"read by a linear probe in {percent(first['drawn_linear_probe'])} and "
           f"{percent(second['drawn_linear_probe'])} % of cases")  # fmt: skip
    best = max(apart, key=lambda row: float(row["drawn_label_nats"]) / float(row["rate"]))
    yield f"None of the {len(rows)} models of digits is"
    yield (f"the nearest, `{best['model']}` at {float(best['rate']):.2f} nats, is about the digit "
           f"in {_part(best)} % of its rate and tells "
           f"{100 * float(best['drawn_label_nats']) / entropy:.0f} % of it")  # fmt: skip


def _part(row: dict[str, str]) -> str:
    return f"{100 * float(row['drawn_label_nats']) / float(row['rate']):.0f}"


def _of_the_class_frontier() -> Iterator[str]:
    place = RESULTS / "class-of-glyphs"
    rows = sorted(read_table(place / "usefulness.csv"), key=lambda row: row["rate"])
    curve = frontier_beside(place, rows)
    assert curve is not None
    for row in rows:  # what a code tells is below the curve, and what is spared below that
        error = row["rate_se"] + row["class_information_se"]
        assert row["class_information"] < curve.upper(row["rate"]) + 4 * error
        error = math.hypot(row["class_information_se"], row["drawn_label_nats_se"])
        assert row["drawn_label_nats"] < row["class_information"] + 4 * error
    yield f"I(X; Y) = {curve.information:.3f} nats, known within {curve.width:.3f} nats"

    def reached(row: dict[str, float]) -> float:
        return 100 * row["class_information"] / float(curve.upper(row["rate"]))

    for model in ("bits-:8", "---", "-+-"):
        own = [row for row in rows if row["model"] == model]
        shares = [f"{reached(row):.0f}" for row in own]
        rates = [f"{row['rate']:.2f}" for row in own]
        yield (f"`{model}` {', '.join(shares[:-1])} and {shares[-1]} % at {', '.join(rates[:-1])} "
               f"and {rates[-1]} nats")  # fmt: skip
    spared = span_of((100 * row["drawn_label_nats"] / row["class_information"] for row in rows), 0)
    yield f"U is {spared} % of I(Y; Z)"
    found = [row for row in rows if is_semantic(row)]
    yield (f"{len(found)} of {len(rows)} models of glyphs are, from "
           f"{found[0]['rate']:.2f} to {found[-1]['rate']:.2f} nats")  # fmt: skip


def _of_omniglot() -> Iterator[str]:
    rows = rows_of("usefulness-omniglot", "usefulness.csv")
    (row,) = (row for row in rows if row["target_rate"] == "20.0")
    assert {one["labelled"] for one in rows} == {"omniglot-drawings"}
    yield (
        f"Of {row['classes']} alphabets neighbours read {percent(row['nearest_neighbours'])} % "
        f"from means at {float(row['rate']):.1f} nats, {percent(row['drawn_nearest_neighbours'])} "
        f"% from drawn codes, and {percent(row['pixels_nearest_neighbours'])} % from pixels; "
        f"{percent(row['class_agreement'])} % of reconstructions show theirs to a classifier that "
        f"is right on {percent(row['classifier'])} % of drawings"
    )


def _of_validation() -> Iterator[str]:
    tables = {name: rows_of("validation", name, "validation.csv") for name in
              ("bars-4x4", "ising-3x3", "ising-3x3-beta-1", "ising-4x4")}  # fmt: skip
    rows = [row for found in tables.values() for row in found]
    assert {row["verdict"] for row in rows} == {"holds"}
    assert {row["model"] for row in tables["ising-4x4"]} == set(FAMILIES)
    (steps,) = {row["steps"] for row in rows}
    low, high = (of(float(row["seconds"]) for row in rows) for of in (min, max))
    yield f"{steps} steps each, {low:.0f} to {high:.0f} s a model"
    yield f"{len(tables['bars-4x4']) + len(tables['ising-3x3'])} models"
    (letters,) = {row["letters"] for row in tables["ising-4x4"]}
    yield f"{int(letters):,} images at beta 1"
    one = tables["ising-3x3-beta-1"]
    plus, minus = ([row for row in one if row["model"][1] == sign] for sign in "+-")
    yield (
        f"the PixelCNN++ families end {span_of((row['excess'] for row in plus), 3)} nats above H, "
        f"and the deconvolutions {span_of((row['excess'] for row in minus), 3)}, of which "
        f"{span_of((row['decoder_cost'] for row in minus), 3)} is the decoder's: pixels that are "
        f"independent given a code of {span_of((row['rate'] for row in minus), 2)} nats"
    )

    def bars(model: str, **at: str) -> dict[str, str]:
        (row,) = (row for row in tables["bars-4x4"] if row["model"] == model
                  and all(row[key] == value for key, value in at.items()))  # fmt: skip
        return row

    plain, vamp = (bars(model, beta="0.5") for model in ("-+-", "-+v"))
    yield (
        f"`-+-` wastes {float(plain['excess']):.3f} nats, {float(plain['marginal_gap']):.3f} of "
        f"them because of its marginal, and `-+v` {float(vamp['excess']):.3f}"
    )
    plain, vamp = (bars(model, target_rate="2") for model in ("---", "-+v"))
    yield (
        f"has a final beta of {float(vamp['final_beta']):.3f} and an excess of "
        f"{float(vamp['excess']):.3f}; `---` there has {float(plain['final_beta']):.2f} and "
        f"{float(plain['excess']):.2f}"
    )
    silent = bars("---", beta="2")
    assert float(silent["distortion"]) == pytest.approx(16 * math.log(2), abs=1e-3)
    yield (f"(R = {float(silent['rate']):.4f}), and each of 16 pixels is a coin of its own: D = "
           f"{float(silent['distortion']):.3f} = 16 log 2")  # fmt: skip


def _of_information() -> Iterator[str]:
    train, test = rows_of("information", "information.csv")
    told, error = float(train["mutual_information"]), float(train["mutual_information_se"])
    yield (
        f"{told:.3f}({round(1000 * error):02d}) of {int(train['images']):,} training images. It is "
        f"at most log N = {float(train['ceiling']):.2f}, so it says little of a model of "
        f"{float(train['rate']):.0f} nats; a sum over a batch of 128 could not exceed log 128 = "
        f"{math.log(128):.2f}"
    )
    upper = min(float(train["rate"]), float(train["population_upper"]))
    yield f"I is between {float(train['population_lower']):.1f} and {upper:.1f} nats"
    left, se = (test[f"entropy_estimate_minus_distortion{end}"] for end in ("", "_se"))
    yield f"Ĥ - D = {with_error(left, se)} on test images"


def _of_images() -> Iterator[str]:
    mnist, grey = (json_of("images", f"{name}.json") for name in ("mnist", "grey"))
    for one in (mnist, grey):
        assert max(row["gap"] for row in one["rows"]) <= one["asked"]
        assert min(row["rival_gap"] for row in one["rows"]) > one["asked"]

    def most(one: dict) -> str:
        return f"{max(row['gap'] for row in one['rows']):.1e}"

    def rivals(one: dict) -> str:
        gaps = [row["rival_gap"] for row in one["rows"]]
        return f"{min(gaps):.1e} to {max(gaps):.1e}"

    yield (
        f"within {most(mnist)} nats after {mnist['seconds_solve']:.0f} CPU seconds, of *grey* "
        f"within {most(grey)} after {grey['seconds_solve']:.0f}. After as many Blahut-Arimoto has "
        f"gaps of {rivals(mnist)} and of {rivals(grey)}"
    )
    nats = " and ".join(f"{math.log(one['images']):.2f}" for one in (mnist, grey))
    yield f"R comes near log n, {nats} nats"
    last = mnist["rows"][-1]
    assert last["beta"] == 4.0
    yield f"At beta = 4 of *mnist* it has {last['rival_gap']:.1e}, and ours is {last['gap']:.1e}"
    short = [one["rows"][1] for one in (mnist, grey)]
    assert {row["rival_iterations"] for row in short} == {0}
    yield " and ".join(f"{row['beta']:.1f}" for row in short) + " its table alone took longer"


def _of_the_queue() -> Iterator[str]:
    rows = {row["run"]: row for row in rows_of("paper", "table.csv")}
    found = [rows[f"beta-1_---_seed-{seed}"] for seed in (0, 1)]
    tests = [float(row["test_elbo"]) for row in found]
    over = [test - float(row["train_elbo"]) for test, row in zip(tests, found, strict=True)]
    begin, end = (f"{float(row['epochs']):.0f}" for row in found)
    yield (
        f"From {begin} to {end} epochs `---` gains {tests[0] - tests[1]:.2f} on test images, which "
        f"are {over[1]:.2f} above training images by then, {over[1] - over[0]:.2f} more than before"
    )


def _of_one_training_for_all_slopes() -> Iterator[str]:
    (point,) = (p["test"] for p in json_of("curve-deconvolution", "curve.json")["points"]
                if p["beta"] == 1.0)  # fmt: skip
    (alone,) = (row for row in models_of_the_zoo() if row["name"] == "zoo:---_beta-1")
    yield (
        f"R + D at beta = 1 is {point['elbo']:.2f} ± {point['elbo_se']:.2f}, "
        f"{point['elbo'] - alone['elbo']:.2f} above `zoo:---_beta-1`"
    )
    missed = json_of("curve-vamp-pixelcnn", "curve.json")["out_of_reach"]
    assert min(one["target_rate"] for one in missed) > 120 > max(one["most"] for one in missed)
    yield "Codes of 32 dimensions reach no rate of 120 nats"


def _against_the_paper() -> Iterator[str]:
    paper = {p["beta"]: p["elbo"] for p in read_points("mnist") if p["model"] == "-+v"}
    zoo = {row["name"]: row for row in models_of_the_zoo()}
    of = {rate: zoo[f"zoo:-+v_rate-{rate}"]["elbo"] for rate in ("6.2", "120.3", "156")}
    aimed, split = zoo["zoo:-+v_rate-6.2"], zoo["zoo:split"]["elbo"]
    yield (
        f"At 6.2 nats ours is better than the paper's point, by {paper[1.0] - of['6.2']:.2f} in "
        f"R + D, after {aimed['epochs']:.0f} epochs of a network of {aimed['parameters']:,} "
        "parameters"
    )
    over = of["120.3"] - paper[0.15], of["156"] - paper[0.1]
    yield f"At 120.3 and 156 nats ours is {over[0]:.2f} and {over[1]:.2f} above it"
    whole = [_test_of("runs", f"rate-{rate}_-+v_seed-1", "run.json") for rate in ("120.3", "156")]
    six = [_test_of("tried", f"rate-{rate}_six-epochs.json") for rate in ("120.3", "156")]
    gained = [before - after for before, after in zip(six, whole, strict=True)]
    yield f"gained {gained[0]:.2f} and {gained[1]:.2f}"
    yield f"has {whole[0]:.2f} and {whole[1]:.2f}"
    yield "With 6 nats the digit stays"
    yield "with 120 and 156 the image comes back"
    points = json_of("curve-vamp-pixelcnn", "curve.json")["points"]
    at = {p["beta"]: p["test"]["elbo"] for p in points if p["target_rate"] is None}
    more = " and ".join(f"{at[beta] - paper[beta]:.1f}" for beta in (1.1, 1.0))
    yield f"{more} above the paper at 1.1 and 1"
    assert all(at[beta] < paper[beta] for beta in (0.15, 0.1))
    yield "At 0.15 and 0.1 it has other rates"
    best = min(p["elbo"] for p in read_points("mnist") if p["elbo"] is not None)
    assert split < best
    yield f"has R + D of {split:.2f}: below the paper's best, {best:g}"
    coarse = _test_of("runs", "beta-1_coarse-14_seed-1", "run.json")
    one = _test_of("tried", "coarse-14_one-order.json")
    assert coarse - split > 0.7
    yield f"is {coarse - split:.2f} above `split` after ten epochs"
    yield f"was {one - split:.2f} above it after eight epochs"
    yield "the goal, 0.7, is missed"


def _test_of(*place: str) -> float:
    """Return R + D of test images of a run."""
    return float(json_of("paper", *place)["test"]["elbo"])


def _of_scale() -> Iterator[str]:
    found = json_of("scale", "bench-scale.json")
    (row,) = (row for row in found["timings"] if row["solver"] == "Blahut-Arimoto, tuned"
              and row["letters"] == 3162)  # fmt: skip
    yield f"its gap there is {row['gap']:.1e} after 60 s"
    whole = json_of("scale", "gaussian-20000.json")
    assert whole["max_gap"] <= 1e-6
    yield f"the whole command: {whole['seconds']:.1f} s on the wall"


def _of_the_front_page() -> Iterator[str]:
    """What the front page repeats of the results."""
    runs = runs_of("targets").values()
    miss = max(abs(run["test"]["rate"] - run["target_rate"]) for run in runs)
    yield f"within {math.ceil(100 * miss) / 100:.2f} nats on test images in {len(runs)} runs"
    (split,) = (row for row in models_of_the_zoo() if row["name"] == "zoo:split")
    tables = ("paper", "table.csv"), ("paper", "points.csv"), ("mnist-quick", "table.csv")
    rows = [row for table in tables for row in rows_of(*table)]
    least = min(float(row["test_elbo"]) for row in rows
                if float(row["test_rate"]) >= 40 and row["model"] in FAMILIES)  # fmt: skip
    yield (f"R + D = {split['elbo']:.2f} ± {split['elbo_se']:.2f} at every rate, where the twelve "
           f"families have {least:.2f} or more so far from 40 nats on")  # fmt: skip


GROUPS = (
    _of_candidates,
    _of_scale,
    _of_the_queue, _of_one_training_for_all_slopes, _against_the_paper,
    _of_the_toy, _of_recovery, _of_target_rates, _of_the_sweep, _of_the_corner, _of_curves,
    _of_usefulness, _of_class_nats, _of_the_class_frontier, _of_omniglot, _of_validation,
    _of_information, _of_images,
)  # fmt: skip


@pytest.mark.parametrize("group", GROUPS)
def test_each_finding_is_what_the_files_say(group):
    text = prose(PAGE)
    assert [claim for claim in group() if claim not in text] == []


def test_what_the_front_page_repeats_is_what_the_files_say():
    text = prose(FRONT)
    assert [claim for claim in _of_the_front_page() if claim not in text] == []


ASKED = re.compile(
    r"beta(?: =)? [\d., /]+(?:(?:and|to) [\d.]+)?|0\.67\(3\) is 0\.67 ± 0\.03|R = 0\.5\b"
    r"|\(0\.01 or less\)|mlxtend|[\d.]+ epochs|\(95 % of the classifier's accuracy"
    r"|Errors of 0\.6 and 0\.7"
    r"|at a rate of 0\.5 nats|under R = 0\.5|shares 0\.5 nats|Python 3\.11"  # the toy; asked for
    r"|would take 3\.2 GB"  # 20,000 squared numbers of eight bytes
    r"|How good is the 0\.378|has 0\.378|can tell of z\\\* is 0\.3885|within 1e-4"  # in blocks
    r"|at 0\.5 nats the|Between 1 and 2\.5 nats"  # tests of the fits
    r"|that falls heads 30%"
    r"|at 0\.01 now|AdamW at 0\.016|learning rate of 0\.016|dropout 0\.15"
    r"|The paper's best R \+ D is 80\.2"
    r"|version = \{[\d.]+\}|arXiv:[\d.]+"  # how to cite
)
"""What is asked for, how to read a number, or what a block on the page asserts: no finding."""

MEASURED = re.compile(r"\d+\.\d+|\d+ %|± ")


@pytest.mark.parametrize("name", NAMES)
def test_no_measured_number_stands_on_a_page_without_its_file(name):
    text = prose(name)
    for group in (*GROUPS, _of_the_front_page):
        for claim in group():
            text = text.replace(claim, " ")
    text = ASKED.sub(" ", re.sub(r"`[^`]*`|\]\([^)]*\)", " ", text))
    assert [text[max(0, m.start() - 60) : m.end() + 20] for m in MEASURED.finditer(text)] == []
