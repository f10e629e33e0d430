"""What directories hold: runs, curves at their points, fixed maps with other sizes."""

import pytest
import torch

from rdneural.runs.diagonal import rates_of
from rdneural.runs.stored import load_model
from rdneural.runs.subjects import Subject, find_subjects
from rdneural.training.curve import load_curve
from tests.make.runs import COMMAND, few_images

X = (torch.rand(5, 1, 4, 4, generator=torch.Generator().manual_seed(0)) < 0.4).float()


@pytest.fixture(scope="module")
def place(run, tmp_path_factory):
    """A sweep of two fixed maps and another family, and a curve measured at two points."""
    place = tmp_path_factory.mktemp("subjects")
    sweep = ("--models", "split:6,coarse:2,---", "--betas", 1, "--out", place / "sweep")
    curve = ("--betas", "0.1", "--target-rates", "0.55", "--out", place / "curve")
    with pytest.MonkeyPatch.context() as context:
        few_images(context)
        for command in ((*COMMAND, *sweep), ("curve", *COMMAND[1:], *curve)):
            done = run(*command)
            assert done.exit_code == 0, done.stderr
    return place


def test_a_curve_is_a_model_at_each_of_its_points(place):
    found, left_out = find_subjects([place / "curve"])
    assert found.keys() == {"curve_beta-0.1", "curve_rate-0.55"}
    assert not left_out
    conditioned, settings = load_curve(place / "curve")
    for subject in found.values():
        facts, model, of_run = subject.load()
        assert (facts["model"], facts["data"], of_run) == ("---", "bars:4x4", settings.run)
        assert facts["beta"] == facts["final_beta"] == subject.beta
        same = conditioned.at(subject.beta).state_dict()
        assert all(torch.equal(tensor, same[name]) for name, tensor in model.state_dict().items())
    assert found["curve_rate-0.55"].load()[0]["target_rate"] == 0.55
    assert found["curve_beta-0.1"].load()[0]["beta"] == 0.1


def test_a_curve_is_a_model_at_any_other_slope(place):
    found, _ = find_subjects([place / "curve"], betas=[0.1, 7.0])
    assert list(found) == ["curve_beta-0.1", "curve_beta-7"]
    conditioned, _ = load_curve(place / "curve")
    same = conditioned.at(7.0).state_dict()
    model = found["curve_beta-7"].load()[1]
    assert all(torch.equal(tensor, same[name]) for name, tensor in model.state_dict().items())
    for beta in (0.04, 21.0):  # before any is measured
        rule = rf"^betas must be in \[0.05, 20\], the range of the training, got {beta:g}$"
        with pytest.raises(ValueError, match=rule):
            find_subjects([place / "curve"], betas=[1.0, beta])


def test_a_fixed_map_is_its_kind_at_every_size_that_is_asked_for(place):
    found, _ = find_subjects([place / "sweep"], ["split:6", "split:10", "split:0"])
    assert list(found) == [
        "beta-1_---_seed-0", "beta-1_coarse-2_seed-0",
        "beta-1_split-6_seed-0", "beta-1_split-6_seed-0_as-split-10",
        "beta-1_split-6_seed-0_as-split-0",
    ]  # fmt: skip
    facts, model, _ = found["beta-1_split-6_seed-0_as-split-10"].load()
    assert facts["model"] == model.family == "split:10"
    trained, _ = load_model(place / "sweep" / "runs" / "beta-1_split-6_seed-0")
    at_all = {row["size"]: row for row in rates_of(trained, X, points=17)}
    assert model(X).rate.mean().item() == pytest.approx(at_all[10]["rate"], rel=1e-5)
    assert model(X).distortion.mean().item() == pytest.approx(at_all[10]["distortion"], rel=1e-5)


@pytest.mark.parametrize(
    ("held", "others", "words"),
    [
        ("sweep", ["---"], "as must name codes that are fixed maps, got '---'"),
        ("sweep", ["bits-:4"], "as must name codes that are fixed maps, got 'bits-:4'"),
        ("sweep", ["coarse:3"], "model must be one of coarse:2 at 4x4 pixels, got 'coarse:3'"),
        ("sweep", ["split:17"], "at most 16 pixels, got 'split:17'"),
        ("curve", ["split:6"], "as must name codes of kinds that runs are of, got 'split:6'"),
        ("nothing", [], "must be the directory of a sweep, of a curve with curve.json, or of"),
    ],
)
def test_what_is_not_there_is_refused_in_one_line(place, held, others, words):
    with pytest.raises(ValueError, match=words.replace("'", ".")) as caught:
        find_subjects([place / held], others)
    assert "\n" not in str(caught.value)


def test_a_broken_curve_is_refused(place, tmp_path):
    for name in ("curve.json", "checkpoint.safetensors"):
        (tmp_path / name).write_bytes((place / "curve" / name).read_bytes())
    (tmp_path / "curve.json").write_text("{}")
    with pytest.raises(ValueError, match="must be a result of `curve`"):
        find_subjects([tmp_path])
    assert Subject(tmp_path, beta=0.1).checkpoint == tmp_path / "checkpoint.safetensors"
