"""Curves, sweeps, validations and measures from Python: what their commands leave."""

import numpy as np
import pytest

import rdneural as rn
from rdneural.records.layout import CURVE, TABLE, USEFULNESS, VALIDATION
from tests.make.own import Codes

TINY = {"preset": "tiny", "precision": "float32", "epochs": 0.02}
SMALL = {"codes": 8, "bound_images": 2, "bound_codes": 2, "frontier_images": 4,
         "frontier_codes": 4}  # fmt: skip


def _bars(count=60):
    lit = np.random.default_rng(0).random((count, 1, 4)) < 0.4
    return np.repeat(lit, 4, axis=1)


def test_a_curve_is_trained_measured_and_read_again(tmp_path):
    place = tmp_path / "curve"
    curve = rn.curve("bars:4x4", betas=[0.5, 2], out=place, progress=False, **TINY)
    assert list(curve.points["beta"]) == [0.5, 2.0]
    assert (place / CURVE).exists()
    again = rn.load_curve(place)
    assert repr(again) == repr(curve)
    assert again._repr_html_().count("<tr>") == 4
    more = rn.curve("bars:4x4", betas=[1], out=place, resume=True, progress=False, **TINY)
    assert list(more.points["beta"]) == [1.0]
    with pytest.raises(FileExistsError):
        rn.curve("bars:4x4", betas=[1], out=place, **TINY)
    with pytest.raises(ValueError, match="model must be one of"):
        rn.curve("bars:4x4", "split:4", betas=[1], **TINY)


def test_a_curve_on_other_images_is_begun_anew_where_that_is_asked(tmp_path):
    asked = {"betas": [1], "out": tmp_path / "curve", "name": "bars", "progress": False,
             "preset": "tiny", "epochs": 1, "batch": 20}  # fmt: skip
    first = rn.curve(_bars(), **asked)
    other = rn.curve(~_bars(), overwrite=True, **asked)
    assert other.result["images_digest"] != first.result["images_digest"]


def test_a_sweep_of_own_images_and_an_own_part_goes_on(tmp_path):
    said = []
    given = {"encoder": Codes, "name": "bars", "out": tmp_path / "sweep", "say": said.append,
             "pictures": 1, "preset": "tiny", "epochs": 1, "batch": 20}  # fmt: skip
    sweep = rn.sweep(_bars(), "---", betas=[1], **given)
    assert list(sweep.table["run"]) == ["beta-1_o--_seed-0"]
    more = rn.sweep(_bars(), "---", betas=[1, 2], **given)
    assert len(said) == 2  # the first is not run again
    assert sorted(more.runs) == ["beta-1_o--_seed-0", "beta-2_o--_seed-0"]
    assert more["beta-2_o--_seed-0"].encode(_bars(2)).shape == (2, 3)
    assert (more.place / TABLE).exists()
    assert "2 done" in repr(rn.load_sweep(more.place))
    with pytest.raises(KeyError, match="must be one of"):
        _ = more["beta-3"]


def test_runs_are_validated_bounded_and_of_use(tmp_path):
    found = rn.validate(
        "bars:2x2", "---", betas=[1], samples=64, epochs=0.02, out=tmp_path / "validated"
    )
    assert found["models"][0]["verdict"]
    assert (tmp_path / "validated" / VALIDATION).exists()
    run = rn.train(
        _bars().repeat(2, 0), beta=1, preset="tiny", epochs=1, batch=20, pictures=1,
        out=tmp_path / "run", name="bars",
    )  # fmt: skip
    assert rn.information(run, **SMALL)["test"]["rate"] == run.information(**SMALL)["test"]["rate"]
    labels = np.arange(120) % 2
    np.save(tmp_path / "labels.npy", labels)
    table = rn.usefulness(
        run, labels=str(tmp_path / "labels.npy"), images=10, reconstructions=10, out=tmp_path
    )
    assert len(table) == 1
    assert (tmp_path / USEFULNESS).exists()
