"""What a run says of itself, and what of all that can be handed to the door is refused, and how."""

import numpy as np
import pytest

import rdneural as rn
from tests.make.own import Codes

TINY = {"preset": "tiny", "precision": "float32", "pictures": 2, "progress": False}
RNG = np.random.default_rng(0)
BARS = np.broadcast_to(RNG.random((100, 1, 3)) < 0.4, (100, 4, 3)).astype(np.uint8)
GREY = BARS * 0.6 + 0.2
OWN = {"batch": 20, "name": "bars", **TINY}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A directory with a run that missed its rate, and one that met it."""
    place = tmp_path_factory.mktemp("runs")
    rn.train(BARS, target_rate=6, epochs=0.25, out=place / "missed", encoder=Codes, **OWN)
    rn.train(BARS, target_rate=0.1, epochs=1, out=place / "met", **OWN)
    return place


@pytest.fixture(scope="module")
def run(place):
    return rn.load(place / "missed")


def test_a_run_says_whether_it_met_its_rate_and_by_how_much_not(run, place):
    miss = run.result["target_miss"]
    assert miss < -1
    for said in (repr(run), run._repr_html_()):
        assert f"R = 6 nats, missed by {miss:+.2f} nats on test images" in said
        assert "met at" not in said
        assert "o-- (tiny), encoder tests.make.own:Codes" in said
    assert repr(run).count("bars (") == 1  # the note does not repeat the name
    met = rn.load(place / "met")
    assert met.result["target_met"]
    assert f"R = 0.1 nats, met at beta {met.final_beta:.3g}\n" in repr(met)


def test_a_run_that_was_stopped_has_its_name_and_says_nothing_of_a_rate(tmp_path):
    def stop(row):
        if row["epoch"] >= 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rn.train(
            BARS, target_rate=1, epochs=2, out=tmp_path, on_row=stop, checkpoint_seconds=0.0, **OWN
        )
    said = repr(rn.load(tmp_path))
    assert "data   bars (" in said
    assert "R = 1 nats\n" in said


def test_images_are_taken_in_every_shape_that_training_takes(run):
    z = run.encode(BARS)
    for images in (BARS[:, None], BARS[..., None], BARS.reshape(100, 12), BARS.tolist()):
        assert np.array_equal(run.encode(images), z)
    found = run.measure(GREY, binarise="threshold:0.5")
    assert found == run.measure(BARS)


@pytest.mark.parametrize(
    ("call", "kind", "said"),
    [
        (lambda r: r.decode(np.zeros(4)), ValueError, r"codes must have shape \(N, 3\), got \(4,"),
        (lambda r: r.decode(np.full((2, 3), np.nan)), ValueError, "codes must be finite, got nan"),
        (lambda r: r.decode("x"), TypeError, "codes must be an array of numbers, got 'x'"),
        (lambda r: r.encode("x"), TypeError, "images must be an array of numbers, got 'x'"),
        (lambda r: r.encode(255 * BARS), ValueError, r"lie in \[0, 1\], got 255: divide by"),
        (lambda r: r.encode(BARS + np.nan), ValueError, r"images must lie in \[0, 1\], got nan"),
        (lambda r: r.encode(BARS[:, :2]), ValueError, r"shape \(N, 4, 3\), got \(100, 2, 3\)"),
        (lambda r: r.measure(GREY), ValueError, "got 0.2: give binarise, such as 'threshold:0.5'"),
        (lambda r: r.measure(GREY, binarise="grey"), ValueError, "must be sample, threshold:T or"),
        (lambda r: r.information(foo=3), TypeError, "information takes codes, .* got 'foo'"),
        (lambda r: r.save(__file__), ValueError, "place must be a directory, got '.*test_run.py'"),
        (lambda r: r.save(3), TypeError, "place must be a directory, got 3"),
        (lambda r: rn.load(3), TypeError, "place must be a directory, got 3"),
        (lambda r: rn.load_curve(r.place), ValueError, "directory of a curve, got that of a run"),
        (lambda r: rn.information(3), TypeError, "run must be a directory, got 3"),
        (lambda r: rn.usefulness(r, foo=3), TypeError, "usefulness takes runs, .* got 'foo'"),
        (lambda r: rn.validate("bars:2x2", marginal="v"), TypeError, "validate takes source, .*"),
        (lambda r: _sweep(out=r.place), ValueError, "directory of its own, got that of a run"),
        (lambda r: _sweep(foo=1), TypeError, "settings must be .* got 'foo': they are dataset"),
        (lambda r: _sweep(bets=[1]), TypeError, r"got 'bets' \(did you mean betas\?\)"),
        (lambda r: _sweep(beta=1), TypeError, "beta must be given as betas, got beta=1"),
        (lambda r: _sweep(models=3), TypeError, "models must be names of families, got 3"),
        (lambda r: _sweep(betas="1"), TypeError, "betas must be numbers, got '1'"),
        (lambda r: _sweep(betas=[]), ValueError, "give betas or target_rates, got neither"),
        (lambda r: _curve(out=r.place), ValueError, "directory of its own, got that of a run"),
        (lambda r: _curve(betas=99), ValueError, r"betas must be in \[0.05, 20\]"),
        (lambda r: _train(beta="1"), TypeError, "beta must be a number, got '1'"),
        (lambda r: _train(beta=True), TypeError, "beta must be a number, got True"),
        (lambda r: _train(target_rate="8"), TypeError, "target_rate must be a number, got '8'"),
        (lambda r: _train(beta=1, epochs="3"), TypeError, "epochs must be a number, got '3'"),
        (lambda r: _train(beta=1, compiled="yes"), TypeError, "compiled must be True or False"),
        (lambda r: _train(beta=1, model=["---"]), TypeError, "model must be a text, got"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_one_line_that_names_it(
    run, call, kind, said, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind, match=said) as seen:
        call(run)
    assert "\n" not in str(seen.value)
    assert not list(tmp_path.glob("runs/*/*"))


def _train(**given):
    return rn.train("bars:4x4", preset="tiny", **given)


def _sweep(**given):
    return rn.sweep("bars:4x4", preset="tiny", **{"betas": 1} | given)


def _curve(**given):
    return rn.curve("bars:4x4", preset="tiny", progress=False, **given)


def test_a_sweep_takes_a_list_is_drawn_and_says_why_a_run_failed(tmp_path):
    given = {"preset": "tiny", "epochs": 0.02, "pictures": 1, "say": lambda line: None}
    sweep = rn.sweep("bars:4x4", ["---", "+--"], betas=1, out=tmp_path, **given)
    assert sorted(sweep.table["model"]) == ["+--", "---"]
    for what in ("plane", "fronts"):
        assert sweep.plot(what).get_axes()
    failing = {"out": tmp_path, "learning_rate": 1e30, **given}
    failed = rn.sweep("bars:4x4", "---", betas=2, **failing)
    assert "1 failed" in repr(failed)
    assert "beta-2_---_seed-0  failed: " in repr(failed)


def test_errors_advise_what_python_takes(tmp_path):
    _curve(betas=1, epochs=0.01, out=tmp_path)
    with pytest.raises(FileExistsError, match=r"choose another place or overwrite=True$"):
        _curve(betas=1, epochs=0.01, out=tmp_path)
