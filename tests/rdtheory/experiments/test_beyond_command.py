"""`frontier --side`, `--perception` and `--quantiser`: what they write, print and refuse."""

import json
import math

import numpy as np
import pytest

from rdtheory import (
    binary_entropy,
    solve_conditional,
    solve_perception_distortion,
    solve_quantiser,
    solve_wyner_ziv,
)
from rdtheory.sources.textbook import bernoulli, gaussian

pytestmark = pytest.mark.usefixtures("undrawn")

JOINT, ERRORS = [[0.45, 0.05], [0.05, 0.45]], [[0, 1], [1, 0]]


def found(run, tmp_path, *asked):
    done = run("frontier", *asked, "--out", tmp_path / "out")
    assert done.exit_code == 0, done.stderr
    return json.loads((tmp_path / "out/frontier.json").read_text()), done.stdout


def test_side_information_from_a_file(run, tmp_path):
    np.savetxt(tmp_path / "joint.csv", JOINT, delimiter=",")
    side = ("--side", tmp_path / "joint.csv")
    result, text = found(run, tmp_path, "--source", "bernoulli:0.5", *side, "--betas", "0.3,0.2")
    nobody, decoder, both = (curve["points"] for curve in result["curves"])
    for place, beta in enumerate((0.3, 0.2)):
        exact = solve_wyner_ziv(JOINT, ERRORS, beta), solve_conditional(JOINT, ERRORS, beta)
        for points, point in zip((decoder, both), exact, strict=True):
            assert points[place]["rate"] == pytest.approx(point.rate, abs=1e-12)
            assert points[place]["distortion"] == pytest.approx(point.distortion, abs=1e-12)
        rate = math.log(2) - binary_entropy(nobody[place]["distortion"])
        assert nobody[place]["rate"] == pytest.approx(rate, abs=1e-9)
    assert "the decoder knows Y" in text
    assert result["max_gap"] <= 1e-9
    assert result["settings"]["side_at"] == "all"


def test_one_end_alone_at_a_rate_in_bits(run, tmp_path):
    asked = ("--side", "dsbs:0.1", "--side-at", "both", "--bits", "--rate", "0.2")
    result, text = found(run, tmp_path, "--source", "bernoulli:0.5", *asked)
    (curve,) = result["curves"]
    (point,) = curve["points"]
    assert point["rate"] == pytest.approx(0.2 * math.log(2))
    assert "0.20000000" in text


def test_perceptions_and_the_curve_without(run, tmp_path):
    asked = ("--perception", "kl:0.01,0.05", "--distortion", "0.25")
    result, _ = found(run, tmp_path, "--source", "bernoulli:0.3", *asked)
    rates = {curve["name"]: curve["points"][0]["rate"] for curve in result["curves"]}
    assert list(rates) == ["no limit: R(D)", "P = 0.05", "P = 0.01"]
    point = solve_perception_distortion(
        bernoulli(0.3), target=0.25, perception=0.01, divergence="kl"
    )
    assert rates["P = 0.01"] == pytest.approx(point.rate, abs=1e-12)
    assert list(rates.values()) == sorted(rates.values())


def test_quantisers(run, tmp_path):
    result, _ = found(run, tmp_path, "--source", "gaussian:200", "--quantiser", "--betas", "0.2")
    ((shannon,), (best,)) = (curve["points"] for curve in result["curves"])
    assert best["rate"] == solve_quantiser(gaussian(200), beta=0.2).rate
    assert best["distortion"] + 0.2 * best["rate"] > shannon["distortion"] + 0.2 * shannon["rate"]
    assert best["rate"] > result["shannon"][0]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--side", "dsbs:0.1", "--quantiser"), "got side, quantiser"),
        (("--side-at", "both"), "side-at must be left out without --side, got both"),
        (("--perception", "tv:-1"), "perception must be tv:P, kl:P or P"),
        (("--perception", "emd:1"), "perception must be tv:P, kl:P or P"),
        (("--quantiser", "--rate", "1"), "--rate must be left out with --quantiser, got both"),
        (("--side", "dsbs:0.1", "--channel"), "--channel must be left out with --side, got both"),
        (("--side", "dsbs:0.1", "--source", "bernoulli:0.3"), "0.3 as the sum of row 1, got 0.5"),
        (("--side", "dsbs:0.1", "--source", "hamming:3"), "a row for each of 3 letters"),
        (("--quantiser", "--source", "hamming:3"), "measure of the source must be"),
    ],
)  # fmt: skip
def test_refusals_are_one_line(run, tmp_path, asked, said):
    done = run("frontier", "--source", "bernoulli:0.5", *asked, "--out", tmp_path / "out")
    assert done.exit_code == 2
    (line,) = (line for line in done.stderr.splitlines() if line.startswith("error"))
    assert said in line
