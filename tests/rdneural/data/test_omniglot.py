import hashlib
import re

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from rdneural.data import SPLITS, drawings, omniglot
from rdneural.data.cache import content_digest
from rdneural.data.drawings import area_weights, read_drawings, shrink
from tests.make.data import bar, digests, png, write_chardata, write_drawings, write_zip
from tests.tolerances import ROUNDING

# -- chardata.mat ---------------------------------------------------------------------------------

FORM = omniglot.Form(train=9, test=4, valid=2, md5=None)


def test_columns_become_upright_images(tmp_path):
    upright = (np.random.default_rng(1).random((4, 28, 28)) < 0.3).astype(float)
    # column by column of the image, as Burda's file has it
    columns = np.stack([image.ravel(order="F") for image in upright], axis=1)
    path = write_chardata(tmp_path / "chardata.mat", testdata=columns)
    np.testing.assert_array_equal(omniglot._read_chardata(path, form=FORM).test, upright)


def test_the_images_are_those_of_the_well_known_reshape(tmp_path):
    columns = (np.random.default_rng(1).random((784, 4)) < 0.3).astype(float)
    path = write_chardata(tmp_path / "chardata.mat", testdata=columns)
    as_published = columns.T.reshape((-1, 28, 28)).reshape((-1, 784), order="F")
    found = omniglot._read_chardata(path, form=FORM).test
    np.testing.assert_array_equal(found.reshape(-1, 784), as_published)


def test_validation_is_the_end_of_a_fixed_order(tmp_path):
    # image k has its first k + 1 pixels black and is not drawn at random
    columns = np.array([[float(i <= k) for k in range(9)] for i in range(784)])
    path = write_chardata(tmp_path / "chardata.mat", data=columns)
    data = omniglot._read_chardata(path, form=FORM)
    train, valid = (images.sum(axis=(1, 2)).tolist() for images in (data.train, data.valid))
    assert [len(train), len(valid), len(data.test)] == [7, 2, 4]
    assert sorted(train + valid) == list(range(1, 10))
    assert train + valid == (omniglot.fixed_order(9, seed=omniglot.ORDER_SEED) + 1).tolist()
    assert data.name == "omniglot"
    assert data.warning is None


def test_grey_pixels_are_drawn_with_their_value_and_always_alike(tmp_path):
    grey = np.repeat(np.linspace(0, 1, 28), 28)[:, None].repeat(4, axis=1)  # by image column
    path = write_chardata(tmp_path / "chardata.mat", testdata=grey, data=np.full((784, 9), 0.5))
    data = omniglot._read_chardata(path, form=FORM)
    share = data.test.mean(axis=(0, 1))
    spread = np.sqrt(grey[::28, 0] * (1 - grey[::28, 0]) / (4 * 28))
    assert (np.abs(share - grey[::28, 0]) <= 4 * spread).all()
    assert np.unique(data.train, axis=0).shape[0] == 7  # not one draw for all
    again = omniglot._read_chardata(path, form=FORM)
    assert all(np.array_equal(data.split(s), again.split(s)) for s in SPLITS)


def test_the_draws_never_change(tmp_path):
    steps = np.arange(784 * 13).reshape(784, 13) % 17 / 16
    path = write_chardata(tmp_path / "c.mat", data=steps[:, :9], testdata=steps[:, 9:])
    digest = content_digest(omniglot._read_chardata(path, form=FORM))
    assert digest.startswith("b1c8d9ef97cbe85645ec201980157964")


def test_matrices_of_bytes_are_read_too(tmp_path):
    images = {"data": np.ones((784, 9), np.uint8), "testdata": np.zeros((784, 4), bool)}
    data = omniglot._read_chardata(write_chardata(tmp_path / "c.mat", **images), form=FORM)
    assert data.train.all()
    assert not data.test.any()


WRONG = np.full((784, 4), 0.5)
ABOVE, BELOW, NAN = WRONG.copy(), WRONG.copy(), WRONG.copy()
ABOVE[3, 2], BELOW[3, 2], NAN[3, 2] = 1.5, -0.25, np.nan


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"data": None}, r"must hold the matrices data and testdata, got no data"),
        ({"testdata": None}, r"must hold the matrices data and testdata, got no testdata"),
        ({"testdata": WRONG[:, :3]}, r"must have testdata of shape \(784, 4\), got \(784, 3\)"),
        ({"testdata": WRONG.T}, r"must have testdata of shape \(784, 4\), got \(4, 784\)"),
        ({"data": WRONG}, r"must have data of shape \(784, 9\), got \(784, 4\)"),
        ({"testdata": ABOVE}, r"must have testdata in \[0, 1\], got 1\.5"),
        ({"testdata": BELOW}, r"must have testdata in \[0, 1\], got -0\.25"),
        ({"testdata": NAN}, r"must have testdata in \[0, 1\], got nan"),
        ({"testdata": WRONG * 1j}, r"must have testdata of numbers, got complex128"),
        ({"testdata": WRONG.astype(object)}, r"must have testdata of numbers, got object"),
    ],
)
def test_messages_of_chardata(tmp_path, changed, message):
    path = write_chardata(tmp_path / "mine.mat", **changed)
    with pytest.raises(ValueError, match=message) as caught:
        omniglot._read_chardata(path, form=FORM)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_the_published_one_is_refused(tmp_path):
    path = write_chardata(tmp_path / "mine.mat")
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    omniglot._read_chardata(path, form=omniglot.Form(9, 4, 2, md5=md5))
    message = rf"must be the published chardata\.mat with MD5 21ecaf34\.\.\., got MD5 {md5[:8]}"
    with pytest.raises(ValueError, match=message):
        omniglot._read_chardata(path, form=omniglot.Form(9, 4, 2, omniglot.PUBLISHED.md5))


def test_the_public_reader_wants_all_images(tmp_path):
    path = write_chardata(tmp_path / "mine.mat")
    with pytest.raises(ValueError, match=r"data of shape \(784, 24345\), got \(784, 9\)"):
        omniglot.read_chardata(path)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.3, 0.6, 0.99])
@pytest.mark.parametrize("compressed", [False, True])
def test_a_truncated_chardata_is_refused(tmp_path, share, compressed):
    path = write_chardata(tmp_path / "mine.mat")
    if compressed:
        stored = {key: loadmat(path)[key] for key in ("data", "testdata")}
        savemat(path, stored, do_compression=True)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    message = r"mine\.mat must (be a whole MATLAB file|hold the matrices data and testdata), got ."
    with pytest.raises(ValueError, match=message) as caught:
        omniglot._read_chardata(path, form=FORM)
    assert "\n" not in str(caught.value)


def test_what_is_no_matlab_file_is_refused(tmp_path):
    path = tmp_path / "mine.mat"
    path.write_bytes(b"<!DOCTYPE html>\n<html>a page in place of the file</html>\n" * 9)
    with pytest.raises(ValueError, match=r"mine\.mat must be a whole MATLAB file, got .") as caught:
        omniglot.read_chardata(path)
    assert "\n" not in str(caught.value)


# -- drawings -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("small", "large"), [(28, 105), (4, 28), (5, 7), (3, 3)])
def test_areas_are_shared_out_without_loss(small, large):
    weights = area_weights(small, large)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=ROUNDING)  # averages
    np.testing.assert_allclose(weights.sum(axis=0), small / large, rtol=ROUNDING)
    # against cells cut so fine that every edge lies between two
    fine = np.kron(np.eye(small), np.ones(large)) @ np.kron(np.eye(large), np.ones(small)).T
    np.testing.assert_allclose(weights, fine / large, rtol=ROUNDING)


def test_half_an_area_of_ink_is_ink():
    ink = np.zeros((105, 105))
    ink[:2, :] = 1  # 2 of 3.75 rows
    ink[100:, 0:2] = 1  # 3.75 and 1.25 rows of 2 of 3.75 columns
    found = shrink(ink)
    assert found[0].all()
    assert found[27, 0] == 1
    assert found[26, 0] == 0
    assert found.sum() == 29


@pytest.fixture
def made(tmp_path, monkeypatch):
    paths = write_drawings(tmp_path / "omniglot")
    monkeypatch.setattr(drawings, "SHA256", digests(paths))
    return paths


def rows(images):
    """Return the first row of ink of each image's bar, in pixels of a drawing, rounded to 3.75."""
    return sorted((images.any(axis=2).argmax(axis=1) * 3.75).tolist())


def pixel(row):
    return 3.75 * round(row / 3.75)


def test_drawings_are_counted_once_and_split_by_drawer(made):
    data = read_drawings(made)
    assert rows(data.train) == sorted(pixel(4 * k) for k in range(1, 17))
    assert rows(data.valid) == sorted([pixel(68), pixel(72), pixel(2)])
    assert rows(data.test) == sorted([pixel(76), pixel(80), pixel(90)])
    assert data.train.mean() == pytest.approx(8 / 105, abs=0.01)  # ink is one, not paper
    assert data.name == "omniglot-drawings"
    assert data.warning == (
        "omniglot-drawings: not Burda's chardata.mat, "
        "never comparable with published Omniglot numbers"
    )


def test_the_order_of_the_archives_does_not_matter(made):
    one, other = read_drawings(made), read_drawings(made[::-1])
    assert all(np.array_equal(one.split(split), other.split(split)) for split in SPLITS)


NAME = "Greek/character01/0394_01.png"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({NAME: b"no image"}, r"small1\.zip: .*/0394_01\.png must be a PNG image, got ."),
        ({NAME: bar(3)[:60]}, r"small1\.zip: .*/0394_01\.png must be a PNG image, got ."),
        ({NAME: png(np.ones((28, 28)))}, r"must have 105x105 grey pixels, got shape \(28, 28\)"),
        ({"README.txt": b""}, r"archives of drawings must hold drawings, got none"),
    ],
)
def test_messages_of_drawings(tmp_path, members, message):
    path = write_zip(tmp_path / "images_background_small1.zip", members)
    with pytest.raises(ValueError, match=message) as caught:
        drawings._read_drawings([path], sha256=digests([path]))
    assert "\n" not in str(caught.value)


def test_archives_that_are_not_the_published_ones_are_refused(tmp_path):
    paths = write_drawings(tmp_path)
    seen = digests(paths)[paths[0].name][:8]
    message = rf"small1\.zip with SHA-256 f38eb80f\.\.\., got SHA-256 {seen}\.\.\."
    with pytest.raises(ValueError, match=message):
        read_drawings(paths)


@pytest.mark.parametrize("share", [0.0, 0.5, 0.99])
def test_a_truncated_archive_is_refused(made, share):
    whole = made[1].read_bytes()
    made[1].write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(ValueError, match=r"small2\.zip must be a whole zip file, got File is not"):
        read_drawings(made)


def test_no_drawer_is_in_two_splits():
    found = {}
    for drawer in range(1, 21):
        match = drawings.NAME.fullmatch(f"set/Greek/character01/0394_{drawer:02}.png")
        number = int(match["drawer"])
        found[drawer] = (number > drawings.LAST_TRAIN) + (number > drawings.LAST_VALID)
    assert list(found.values()) == [0] * 16 + [1] * 2 + [2] * 2
    assert re.fullmatch(r"Greek/.*/0394_20\.png", match["drawing"])
