"""Usefulness of models that are known through and through, and of runs through the command."""

import csv
import json
import math
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from rdneural.data.images import ImageData
from rdneural.data.labels import LabelledImages, labelled_digits
from rdneural.machine.seeding import seeded
from rdneural.measures.classifier import Classifier, train_classifier
from rdneural.measures.estimates import Estimate
from rdneural.measures.usefulness import (
    Baselines,
    Usefulness,
    baselines_of,
    pair_agreement,
    usefulness_of,
)
from rdneural.models.build import build_model
from rdneural.models.latent import Terms
from rdneural.records.settings import RunSettings
from rdneural.records.sizes import SIZES
from rdneural.runs import run as runs
from rdneural.runs import usefulness as usefulness_run
from rdneural.runs.run import PACKAGES, run_training
from rdneural.runs.subjects import Subject, find_subjects
from rdneural.runs.usefulness import Asked, measure_runs, read_table
from rdtheory.information import greatest_accuracy
from rdtheory.results import result_head, write_json
from tests.make.runs import one_line
from tests.tolerances import STANDARD_ERRORS

SETTINGS = RunSettings("mnist", model="---", preset="tiny", beta=1.0, device="cpu")
CLASSES = 4
TEMPLATES = np.kron(np.eye(4, dtype=np.uint8).reshape(4, 2, 2), np.ones((2, 2), np.uint8))
"""Four classes, each with one quarter of 4x4 pixels inked."""
PROTOTYPES = torch.from_numpy(TEMPLATES).float()


def made_labelled(noise=0.05, counts=(240, 80, 80)):
    """Images of the templates, with that share of their pixels flipped."""
    rng = np.random.default_rng(0)
    labels = [np.arange(count) % CLASSES for count in counts]
    images = [TEMPLATES[y] ^ (rng.random((len(y), 4, 4)) < noise) for y in labels]
    data = ImageData("quarters", *(x.astype(np.uint8) for x in images))
    return LabelledImages(data, "digit", tuple("abcd"), *labels)


def nearest(x):
    """Which template an image is nearest to: (B,) indices."""
    return (x[:, 0, None] - PROTOTYPES).abs().flatten(2).sum(2).argmin(1)


class Nearest(nn.Module):
    """A classifier that errs only where noise made an image look like another class."""

    def forward(self, x):
        return nn.functional.one_hot(nearest(x), CLASSES).float()


def judge(accuracy=1.0):
    return Classifier(Nearest(), Estimate(accuracy), 160)


class MadeModel(nn.Module):
    """A model by its doors alone; what it does is handed to it."""

    def __init__(self, mode, draw, sample, terms):
        super().__init__()
        self.encoder = lambda x: SimpleNamespace(mode=lambda: mode(x))
        self.encode = lambda x: (draw(x), None)
        self.decoder = lambda z: SimpleNamespace(sample=lambda: sample(z))
        self.terms = terms

    def forward(self, x):
        rate, distortion = self.terms
        return Terms(torch.full((len(x),), rate), torch.full((len(x),), distortion))


def one_hot(classes):
    return nn.functional.one_hot(classes, CLASSES).float()


def prototypes(z):
    return PROTOTYPES[z.argmax(1)][:, None]


def autoencoder():
    def flat(x):
        return x.flatten(1)

    return MadeModel(flat, flat, lambda z: z.view(-1, 1, 4, 4), (16 * math.log(2), 0.0))


def class_encoder(right):
    """Its code is the class, drawn wrong with equal chance for each other; its mode is right."""

    def draw(x):
        seen = nearest(x)
        other = (seen + torch.randint(1, CLASSES, seen.shape)) % CLASSES
        return one_hot(torch.where(torch.rand(len(x)) < right, seen, other))

    wrong = 1 - right
    rate = math.log(CLASSES) + right * math.log(right) + wrong * math.log(wrong / (CLASSES - 1))
    return MadeModel(lambda x: one_hot(nearest(x)), draw, prototypes, (rate, 5.0))


def autodecoder():
    def draw(x):
        return torch.zeros(len(x), 2)

    def sample(z):
        return PROTOTYPES[torch.randint(CLASSES, (len(z),))][:, None]

    return MadeModel(draw, draw, sample, (0.0, 9.0))


def measured(model, labelled=None, **options):
    options = {"reconstructions": 1000} | options
    return usefulness_of(model, SETTINGS, labelled or made_labelled(0.0), judge(), **options)


# -- models that are known --------------------------------------------------------------------


def test_an_autoencoder_gives_everything_back():
    labelled = made_labelled()
    found = measured(autoencoder(), labelled)
    held, labels = labelled.pooled("valid", "test")
    right = (nearest(torch.from_numpy(held)[:, None]).numpy() == labels).mean()
    assert found.class_agreement == right  # the judge's own accuracy, errors and all
    assert (found.pixel_agreement, found.pixel_agreement_se) == (1.0, 0.0)
    assert (found.rate, found.distortion) == (pytest.approx(16 * math.log(2)), 0.0)
    known = baselines_of(labelled, judge(right))
    assert found.linear_probe == found.drawn_linear_probe == known.pixels_linear_probe
    assert found.nearest_neighbours == known.pixels_nearest_neighbours
    assert (found.images, found.probed, found.reconstructions) == (160, 400, 160)


def test_an_autodecoder_is_worth_chance():
    found = measured(autodecoder())
    assert abs(found.class_agreement - 1 / CLASSES) < STANDARD_ERRORS * found.class_agreement_se
    # a template beside another one drawn at will: all 16 pixels in a quarter of cases, else 8
    error = STANDARD_ERRORS * found.pixel_agreement_se
    assert abs(found.pixel_agreement - (1 + 3 * 8 / 16) / 4) < error
    for name in ("linear_probe", "nearest_neighbours", "drawn_linear_probe"):
        assert getattr(found, name) <= 1 / CLASSES


@pytest.mark.parametrize("right", [0.4, 0.8])
def test_a_drawn_code_and_a_reconstruction_are_bound_by_the_rate_and_a_mean_code_is_not(right):
    found = measured(class_encoder(right), made_labelled(0.0, (1000, 500, 500)))
    most = float(greatest_accuracy(found.rate, CLASSES))
    assert most == pytest.approx(right, abs=1e-6)  # this channel reaches the bound
    for name in ("drawn_linear_probe", "drawn_nearest_neighbours", "class_agreement"):
        value, error = getattr(found, name), getattr(found, f"{name}_se")
        assert value < most + STANDARD_ERRORS * error
    assert abs(found.class_agreement - right) < STANDARD_ERRORS * found.class_agreement_se
    assert found.linear_probe == found.nearest_neighbours == 1.0
    # class and pixels hang together here: a wrong template shares 8 of 16 pixels
    assert found.pixel_agreement == pytest.approx((1 + found.class_agreement) / 2)


def test_a_model_that_keeps_the_class_alone_has_the_pixels_of_its_class():
    def another(z):  # a new image of the same class
        flips = torch.rand(len(z), 1, 4, 4) < 0.05
        return torch.where(flips, 1 - prototypes(z), prototypes(z))

    def draw(x):
        return one_hot(nearest(x))

    labelled = made_labelled(noise=0.05)
    found = measured(MadeModel(draw, draw, another, (math.log(CLASSES), 5.0)), labelled)
    # two draws of one template agree in a pixel with probability 0.95^2 + 0.05^2
    error = STANDARD_ERRORS * found.pixel_agreement_se
    assert abs(found.pixel_agreement - 0.905) < error
    assert abs(found.pixel_agreement - baselines_of(labelled, judge()).pixel_same_class) < error
    assert found.pixel_agreement < 1 - error


def test_what_is_drawn_depends_on_the_seed_alone():
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    one = measured(class_encoder(0.6), seed=1)
    assert torch.equal(torch.random.get_rng_state(), before)
    torch.manual_seed(6)
    assert measured(class_encoder(0.6), seed=1) == one
    assert measured(class_encoder(0.6), seed=2) != one


def test_counts_are_as_asked_and_no_more_than_there_are():
    found = measured(autodecoder(), images=50, reconstructions=30)
    assert (found.images, found.reconstructions) == (50, 30)
    assert measured(autodecoder(), images=5000, reconstructions=5000).reconstructions == 160


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"images": 0}, "images must be"),
        ({"reconstructions": 0}, "reconstructions must be"),
        ({"seed": -1}, "seed must be"),
    ],
)
def test_counts_that_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        measured(autodecoder(), **options)


def test_numbers_that_are_not_finite_are_refused():
    model = autodecoder()
    model.terms = (math.nan, 1.0)
    with pytest.raises(ValueError, match="must be finite"):
        measured(model)


# -- families, untrained ----------------------------------------------------------------------


@pytest.mark.parametrize("family", ["--v", "-++", "split:0", "split:6", "coarse:2", "bits-:6"])
def test_no_family_tells_more_of_the_class_than_its_rate(family):
    with seeded(2):
        model = build_model(family, SIZES["tiny"])
    found = measured(model, made_labelled(), reconstructions=40)
    most = float(greatest_accuracy(found.rate + STANDARD_ERRORS * found.rate_se, CLASSES))
    for name in ("drawn_linear_probe", "drawn_nearest_neighbours", "class_agreement"):
        assert getattr(found, name) < most + STANDARD_ERRORS * getattr(found, f"{name}_se")
    assert found.reconstructions == 40


def test_pixels_that_are_the_code_come_back():
    labelled = made_labelled()
    for kept in (0, 6, 16):
        model = build_model(f"split:{kept}", SIZES["tiny"])
        found = measured(model, labelled, reconstructions=40)
        assert found.pixel_agreement >= kept / 16
        assert found.linear_probe == found.drawn_linear_probe  # its code is never noisy
    assert found.pixel_agreement == 1.0


# -- baselines --------------------------------------------------------------------------------


def test_pair_agreement_is_the_mean_over_all_pairs():
    rng = np.random.default_rng(0)
    images = (rng.random((12, 9)) < 0.4).astype(float)
    labels = np.arange(12) % 3
    pairs = [(i, j) for i in range(12) for j in range(12) if i != j]
    agree = {pair: (images[pair[0]] == images[pair[1]]).mean() for pair in pairs}
    assert pair_agreement(images) == pytest.approx(np.mean(list(agree.values())))
    same = [value for (i, j), value in agree.items() if labels[i] == labels[j]]
    assert pair_agreement(images, labels) == pytest.approx(np.mean(same))


def test_chance_is_the_most_frequent_class():
    labelled = made_labelled()
    frequent = replace(labelled, train=np.where(np.arange(240) < 120, 0, labelled.train))
    assert baselines_of(labelled, judge()).chance == 0.25
    assert baselines_of(frequent, judge()).chance == np.mean(frequent.pooled()[1] == 0)


# -- the classifier ---------------------------------------------------------------------------


def test_a_classifier_is_the_same_for_a_seed_and_says_what_it_is_worth():
    labelled = made_labelled(noise=0.02)
    before = torch.random.get_rng_state()
    one, other = (train_classifier(labelled, seed=3, epochs=6) for _ in range(2))
    assert torch.equal(torch.random.get_rng_state(), before)
    held, labels = labelled.pooled("valid", "test")
    images = torch.from_numpy(held)[:, None]
    assert (one.classify(images) == other.classify(images)).all()
    assert one.accuracy.value == (one.classify(images) == labels).mean() > 0.9
    assert one.images == 160


@pytest.mark.slow
def test_a_classifier_of_digits_learns_quickly():
    found = train_classifier(labelled_digits(), epochs=3)
    assert found.accuracy.value > 0.9
    assert found.images == 1000


# -- runs and their table ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def made_world():
    """Let the digits be quarters, of 4x4 pixels, and the classifier one that knows them."""
    labelled = made_labelled(noise=0.05)
    with pytest.MonkeyPatch.context() as context:
        context.setattr(runs, "load_images", lambda *_, **__: labelled.images)
        context.setattr(usefulness_run, "load_labelled", lambda *_: labelled)
        context.setattr(usefulness_run, "train_classifier", lambda *_, **__: judge())
        yield context


@pytest.fixture(scope="module")
def sweep(made_world, tmp_path_factory):
    """A sweep of two finished runs, one that was pulled without its checkpoint, one begun."""
    place = tmp_path_factory.mktemp("useful") / "sweep"
    for name, model in (("one", "---"), ("two", "-+-")):
        settings = replace(SETTINGS, model=model, epochs=2.0, batch=60, precision="float32")
        run = place / "runs" / name
        found = run_training(settings, run, pictures=1, progress=False)
        head = result_head("mnist", settings=settings.as_dict(), seed=0, seconds=1.0,
                           packages=PACKAGES)  # fmt: skip
        write_json(run / "run.json", head | found)
    for name, file in (("pulled", "run.json"), ("begun", "checkpoint.safetensors")):
        (place / "runs" / name).mkdir()
        (place / "runs" / name / file).write_text("{}")
    return place


@pytest.fixture
def no_measuring(made_world):
    with pytest.MonkeyPatch.context() as context:
        context.setattr(usefulness_run, "usefulness_of", None)
        yield


def test_runs_of_a_sweep_without_a_checkpoint_or_result_are_left_out(sweep):
    found, left_out = find_subjects([sweep])
    assert found == {name: Subject(sweep / "runs" / name) for name in ("one", "two")}
    assert left_out == ["begun", "pulled"]
    assert find_subjects([sweep / "runs" / "two", sweep / "runs" / "two"])[0].keys() == {"two"}


def test_a_run_that_is_named_must_be_whole(sweep, tmp_path):
    with pytest.raises(ValueError, match=r"got no checkpoint\.safetensors there"):
        find_subjects([sweep / "runs" / "pulled"])
    with pytest.raises(ValueError, match=r"got no run\.json there"):
        find_subjects([tmp_path / "nowhere"])
    (tmp_path / "runs" / "one").mkdir(parents=True)
    with pytest.raises(ValueError, match=r"run\.json and checkpoint\.safetensors, got none among"):
        find_subjects([tmp_path])
    for file in ("run.json", "checkpoint.safetensors"):
        (tmp_path / "runs" / "one" / file).write_text("{}")
    with pytest.raises(ValueError, match="names of their own, got one in"):
        find_subjects([sweep, tmp_path])


def test_the_command_leaves_a_table_and_its_picture(run, sweep, tmp_path):
    out = tmp_path / "out"
    result = run("usefulness", sweep, "--device", "cpu", "--out", out)
    assert result.exit_code == 0, (result.stderr, result.exception)
    assert "2 (begun, pulled)" in result.stderr
    assert (out / "usefulness.png").read_bytes().startswith(b"\x89PNG")
    rows = read_table(out / "usefulness.csv")
    assert [row["run"] for row in rows] == ["one", "two"]
    assert [row["reconstructions"] for row in rows] == [160, 100]  # PixelCNN++ is slow
    for row in rows:
        assert (row["beta"], row["labelled"], row["labels"]) == (1.0, "quarters", "digit")
        for field in (*Usefulness.__annotations__, *Baselines.__annotations__):
            assert math.isfinite(row[field])
        most = float(greatest_accuracy(row["rate"] + STANDARD_ERRORS * row["rate_se"], CLASSES))
        assert row["class_agreement"] < most + STANDARD_ERRORS * row["class_agreement_se"]
    with (out / "usefulness.csv").open() as stream:
        assert next(csv.reader(stream))[:5] == ["run", "data", "model", "preset", "beta"]


def test_rows_that_are_there_are_kept(run, sweep, tmp_path, no_measuring, made_world):
    table = tmp_path / "usefulness.csv"
    found, _ = find_subjects([sweep])
    with pytest.MonkeyPatch.context() as context:
        context.setattr(usefulness_run, "usefulness_of", usefulness_of)
        first = measure_runs({"one": found["one"]}, table, Asked(device="cpu"))
        again = measure_runs(found, table, Asked(device="cpu"))
    assert (first["measured"], first["kept"]) == (["one"], [])
    assert (again["measured"], again["kept"]) == (["two"], ["one"])
    assert again["rows"][0] == first["rows"][0]
    before = table.read_bytes()
    result = run("usefulness", sweep, "--device", "cpu", "--out", tmp_path, "--json", "-")
    assert result.exit_code == 0, result.stderr
    printed = json.loads(result.stdout)  # and nothing else
    assert (printed["command"], printed["measured"]) == ("usefulness", [])
    assert printed["rows"] == again["rows"]
    assert printed["left_out"] == ["begun", "pulled"]
    assert table.read_bytes() == before


def test_rows_of_other_counts_or_checkpoints_are_in_the_way(run, sweep, tmp_path):
    two = sweep / "runs" / "two"
    asked = ("usefulness", two, "--device", "cpu", "--out", tmp_path, "--reconstructions")
    assert run(*asked, 8).exit_code == 0
    one_line(run(*asked, 9), "two with reconstructions_asked 8 and not 9", "--overwrite")
    one_line(run(*asked, 8, "--seed", 1), "two with seed 0 and not 1")
    replaced = run(*asked, 9, "--overwrite")
    assert replaced.exit_code == 0, replaced.stderr
    table = tmp_path / "usefulness.csv"
    assert [row["reconstructions"] for row in read_table(table)] == [9]
    table.write_text(table.read_text().replace("sha256:", "sha256:0"))
    one_line(run(*asked, 9), "two with checkpoint sha256:0", "--overwrite")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--images", 0), ("images must be", "got 0")),
        (("--reconstructions", -3), ("reconstructions must be", "got -3")),
        (("--seed", -1), ("seed must be", "got -1")),
        (("--json", __file__), ("exists", "--overwrite")),
    ],
)
def test_bad_options_are_one_line(run, sweep, tmp_path, options, words):
    one_line(run("usefulness", sweep / "runs" / "one", "--out", tmp_path / "o", *options), *words)
    assert not (tmp_path / "o").exists()


def test_a_broken_table_is_one_line(run, sweep, tmp_path):
    (tmp_path / "usefulness.csv").write_text("run,rate\n")
    one_line(run("usefulness", sweep, "--out", tmp_path), "must have the columns")


def test_a_run_on_images_without_labels_is_refused(tmp_path, sweep):
    with pytest.MonkeyPatch.context() as context:
        from rdneural.data.labels import load_labelled

        context.setattr(usefulness_run, "load_labelled", load_labelled)
        found = {"one": Subject(sweep / "runs" / "one")}
        with pytest.raises(ValueError, match="labels must be one of digit, got 'alphabet'"):
            measure_runs(found, tmp_path / "t.csv", Asked(labels="alphabet", device="cpu"))
    assert not (tmp_path / "t.csv").exists()
