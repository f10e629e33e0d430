"""`rdneural.train` and `rdneural.load`: what the command leaves, ready to use, to the bit."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch

import rdneural as rn
from rdneural.measures.rates import measure
from rdneural.records.layout import CHECKPOINT, HISTORY_FILE, RESULT, SAMPLES
from rdneural.training.checkpoints import read_checkpoint
from tests.conftest import ROOT
from tests.make.own import Codes, Mixture, Pixels

TINY = {"preset": "tiny", "precision": "float32", "pictures": 2}


def _bars(count=200, height=4, width=3):
    rng = np.random.default_rng(0)
    lit = rng.random((count, 1, width)) < 0.4
    return np.broadcast_to(lit, (count, height, width)).astype(np.uint8)


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """A run of own images and all own parts, to a rate."""
    place = tmp_path_factory.mktemp("door") / "own"
    return rn.train(
        _bars(), target_rate=1.0, epochs=2, batch=20, out=place, name="bars", encoder=Codes,
        decoder=Pixels, marginal=Mixture, **TINY,
    )  # fmt: skip


def test_a_run_has_what_was_measured_with_its_errors(own):
    found = json.loads((own.place / RESULT).read_text())
    for split in ("train", "valid", "test"):
        terms = getattr(own, split)
        assert (terms.rate.value, terms.rate.se) == (found[split]["rate"], found[split]["rate_se"])
        assert terms.elbo.value == pytest.approx(terms.rate.value + terms.distortion.value)
    assert (own.rate, own.distortion, own.elbo) == (
        own.test.rate, own.test.distortion, own.test.elbo
    )  # fmt: skip
    assert own.final_beta == found["final_beta"]
    assert len(own.history) == len((own.place / HISTORY_FILE).read_text().splitlines()) - 1
    assert own.model.family == "ooo"
    assert not own.model.training
    assert "never comparable with the paper" in repr(own)
    assert own._repr_html_().count("<tr>") == len(repr(own).splitlines())


def test_what_a_model_does_has_the_shape_of_the_images(own):
    x = _bars(5)
    z = own.encode(x)
    assert z.shape == (5, 3)
    assert np.array_equal(z, own.encode(torch.from_numpy(x)[:, None]))
    assert not np.array_equal(own.encode(x, seed=1), own.encode(x, seed=2))
    for pictures in (own.decode(z), own.reconstruct(x), own.sample(5)):
        assert pictures.shape == (5, 4, 3)
        assert set(np.unique(pictures)) <= {0.0, 1.0}
    assert np.array_equal(own.sample(4, seed=3), own.sample(4, seed=3))


def test_other_images_are_measured_as_those_of_the_run(own):
    x = torch.from_numpy(_bars(64))[:, None]
    found = own.measure(x, samples=3)
    padded = torch.nn.functional.pad(x.float(), (0, 1))
    expected = measure(own.model, padded, samples=40, seed=11)
    error = np.hypot(found.elbo.se, expected.elbo_se)
    assert abs(found.elbo.value - expected.elbo) <= 4 * error  # of the same images: less, in truth
    assert found.images == 64


def test_a_run_is_read_again_in_another_process(own):
    script = (
        f"import rdneural as rn; run = rn.load({str(own.place)!r}); "
        "print(run.rate.value, run.encode(run.sample(2)).shape)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.split()[0] == str(own.rate.value)
    assert done.stdout.split(maxsplit=1)[1].strip() == "(2, 3)"


def test_a_run_whose_class_is_gone_says_so_in_one_line(own, tmp_path):
    place = own.save(tmp_path / "copy").place
    checkpoint = read_checkpoint(place / CHECKPOINT)
    checkpoint.numbers["settings"]["encoder"] = "tests.make.own:Gone"
    from rdneural.training.checkpoints import write_checkpoint

    write_checkpoint(place / CHECKPOINT, checkpoint)
    (place / RESULT).unlink()
    with pytest.raises(ValueError, match="encoder must be a registered name, module:Class") as seen:
        rn.load(place)
    assert "\n" not in str(seen.value)


def test_a_class_that_is_gone_can_be_given_again(tmp_path):
    class Here(Codes):
        """As a notebook defines one."""

    run = rn.train(
        _bars(), beta=1.0, encoder=Here, epochs=1, batch=20, out=tmp_path / "run", **TINY
    )
    script = (
        "import rdneural as rn; from tests.make.own import Codes; "
        f"print(rn.load({str(run.place)!r}, encoder=Codes).encode(rn.np.zeros((1, 4, 3))).shape)"
    ).replace("rn.np", "__import__('numpy')")
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.strip() == "(1, 3)"
    with pytest.raises(ValueError, match="decoder must be given for a run that has an own one"):
        rn.load(run.place, decoder=Pixels)


def test_saving_copies_the_run_and_overwrites_nothing(own, tmp_path):
    copy = own.save(tmp_path / "copy")
    assert copy.rate == own.rate
    assert (copy.place / SAMPLES).exists()
    with pytest.raises(FileExistsError, match="choose another place"):
        own.save(tmp_path / "copy")


def test_resumed_equals_unbroken_for_own_images_and_own_parts(tmp_path):
    given = dict(target_rate=1.0, batch=20, encoder=Codes, decoder=Pixels, name="bars", **TINY)

    def stop(row):
        if row["epoch"] >= 1 and stopping:
            raise KeyboardInterrupt

    unbroken = rn.train(_bars(), epochs=2, out=tmp_path / "unbroken", **given)
    stopping = True
    with pytest.raises(KeyboardInterrupt) as seen:
        rn.train(
            _bars(), epochs=2, out=tmp_path / "broken", on_row=stop, checkpoint_seconds=0.0, **given
        )
    assert "resume=True" in str(seen.value.__notes__)
    stopped = rn.load(tmp_path / "broken")
    assert not stopped.finished
    assert "stopped early" in repr(stopped)
    with pytest.raises(ValueError, match="stopped early: use measure"):
        _ = stopped.rate
    resumed = rn.train(out=tmp_path / "broken", resume=True)
    for name in ("train", "valid", "test"):
        assert getattr(resumed, name) == getattr(unbroken, name)
    one, other = (read_checkpoint(run.place / CHECKPOINT).tensors for run in (resumed, unbroken))
    assert all(torch.equal(one[name], other[name]) for name in other)


def test_more_epochs_go_on_with_what_was_asked(own, tmp_path):
    place = own.save(tmp_path / "longer").place
    longer = rn.train(out=place, resume=True, epochs=3)
    assert longer.result["epochs"] == 3
    assert (longer.settings.target_rate, longer.settings.batch) == (1.0, 20)
    with pytest.raises(ValueError, match="batch must be that of"):
        rn.train(out=place, resume=True, epochs=4, batch=10)
    with pytest.raises(ValueError, match=r"must be the images that .* keeps, got others"):
        rn.train(1 - _bars(), out=place, resume=True, epochs=4, name="bars")


def test_nothing_is_overwritten_unless_asked(own):
    with pytest.raises(FileExistsError):
        rn.train(_bars(), beta=1.0, out=own.place, **TINY)


def test_names_need_no_files_and_new_places_are_numbered(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number in (1, 2):
        run = rn.train("bars:4x4", beta=1.0, epochs=0.005, **TINY)
        assert str(run.place) == f"runs/train-{number}"


@pytest.mark.parametrize(
    ("data", "given", "kind", "said"),
    [
        (_bars(), {"beta": 1, "epoch": 3}, TypeError, r"got 'epoch' \(did you mean epochs\?\)"),
        (_bars(), {}, ValueError, "give exactly one of beta and target_rate"),
        (_bars() * 7, {"beta": 1}, ValueError, "binarise|zeros and ones"),
        (_bars()[:1], {"beta": 1}, ValueError, "3 images or more"),
        (0 * _bars(), {"beta": 1}, ValueError, "images"),
        (_bars() + np.nan, {"beta": 1}, ValueError, "NaN|finite|nan"),
        ("nowhere.npy", {"beta": 1}, ValueError, "nowhere.npy"),
        ("bars:4x4", {"beta": 1, "model": "-*v"}, ValueError, "model must be one of"),
        ("bars:4x4", {"beta": 1, "encoder": 3}, TypeError, "encoder must be a name, a class"),
        ("bars:4x4", {"beta": 1, "encoder": "nobody"}, ValueError, "nothing is registered"),
        ("bars:4x4", {"beta": 1, "model": "bits-:4", "encoder": Codes}, ValueError, "the twelve"),
        ("bars:4x4", {"resume": True}, ValueError, "resume needs out"),
        (_bars(), {"beta": 1, "name": "../x"}, ValueError, "name must be of letters, digits"),
        (_bars(), {"beta": 1, "pictures": 10**6}, ValueError, "pictures must be at most 10000"),
        (_bars(), {"beta": 1, "out": ""}, ValueError, "out must be a directory, got ''"),
        (_bars(), {"beta": 1, "out": 5}, TypeError, "out must be a directory, got 5"),
        (_bars(), {"beta": 1, "on_row": 3}, TypeError, "on_row must be a function"),
        (_bars(), {"beta": 1, "encoder": torch.nn.Flatten}, TypeError, "must return a distrib"),
        (None, {"resume": True, "out": "none"}, ValueError, "out must be the directory of a run"),
        (None, {"resume": True, "out": "x", "overwrite": True}, ValueError, "give one"),
    ],
)  # fmt: skip
def test_wrong_input_is_one_line_and_leaves_nothing(data, given, kind, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind, match=said) as seen:
        rn.train(data, **{"preset": "tiny", "epochs": 0.01} | given)
    assert "\n" not in str(seen.value)
    assert not [path for path in tmp_path.rglob("*") if path != tmp_path / "runs"]


def test_a_refused_training_leaves_what_was_there(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    for wrong in (torch.nn.Flatten, "nobody"):
        with pytest.raises((TypeError, ValueError)):
            rn.train(_bars(), beta=1, encoder=wrong, out=tmp_path, **TINY)
        assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
    rn.train(_bars(50), beta=1, epochs=1, batch=20, out=tmp_path, **TINY)


class Plain(torch.nn.Module):
    """A marginal that returns a class of its own, with two methods."""

    def __init__(self, sizes):
        super().__init__()
        self.dim = sizes.dim

    def forward(self):
        normal = torch.distributions.Normal(torch.zeros(self.dim), 1.0)

        class Found:
            def log_prob(self, z):
                return normal.log_prob(z).sum(-1)

            def sample(self, count):
                return normal.sample((count,))

        return Found()


def test_a_marginal_of_two_methods_is_enough_for_information(tmp_path):
    run = rn.train(
        _bars(), beta=1.0, marginal=Plain, epochs=1, batch=20, out=tmp_path / "run", **TINY
    )
    found = run.information(
        codes=8, bound_images=2, bound_codes=2, frontier_images=4, frontier_codes=4
    )
    assert found["test"]["mutual_information"] <= np.log(20) + 1e-9


def test_importing_the_package_takes_no_torch():
    script = "import sys, rdneural; print('torch' in sys.modules, 'train' in dir(rdneural))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert done.stdout.split() == ["False", "True"]
    for name in rn.NAMES:
        assert getattr(rn, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'trian'"):
        _ = rn.trian
