import gzip

import numpy as np
import pytest

from rdneural.data import SPLITS, amat
from tests.make.data import amat_text, binary, publish_mnist


@pytest.fixture
def published(monkeypatch):
    return publish_mnist(monkeypatch)


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("suffix", ["amat", "amat.gz"])
def test_a_made_split_comes_back(tmp_path, published, split, suffix):
    data, texts = published
    path = tmp_path / f"mine.{suffix}"
    path.write_bytes(gzip.compress(texts[split]) if suffix == "amat.gz" else texts[split])
    found = amat.read_split(path, split)
    np.testing.assert_array_equal(found, data.split(split))
    assert found.dtype == np.uint8


@pytest.mark.parametrize("zipped", [False, True])
def test_lines_may_end_as_windows_ends_them(tmp_path, published, zipped):
    data, texts = published
    text = texts["train"].replace(b"\n", b"\r\n")
    path = tmp_path / ("mine.amat.gz" if zipped else "mine.amat")
    path.write_bytes(gzip.compress(text) if zipped else text)
    np.testing.assert_array_equal(amat.read_split(path, "train"), data.train)


def test_the_published_test_images_come_back(real_mnist):
    found = amat.read_split(real_mnist / "binarized_mnist_test.amat.gz", "test")
    assert found.shape == (10_000, 28, 28)
    # an independent reader, of a few rows
    with gzip.open(real_mnist / "binarized_mnist_test.amat.gz", "rt") as lines:
        rows = np.loadtxt(lines, max_rows=20)
    np.testing.assert_array_equal(found[:20].reshape(20, 784), rows)
    # digits are drawn in the middle, and only a mirrored or turned one starts at the lower left
    assert found[:, :2].mean() < 0.001 < found[:, 10:18, 10:18].mean()


TEXT = amat_text(binary(5))
ROW = 2 * 784


def changed(place, value, text=TEXT):
    return text[:place] + value + text[place + len(value) :]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", r"must have 5 rows of 784 values, got 0 whole rows"),
        (TEXT[: 3 * ROW], r"must have 5 rows of 784 values, got 3 whole rows"),
        (TEXT[: 3 * ROW + 100], r"must have 5 rows of 784 values, got 3 whole rows"),
        (TEXT[:-1], r"must have 5 rows of 784 values, got 4 whole rows"),
        (TEXT + TEXT, r"must have 5 rows of 784 values, got more"),
        (TEXT + b"0", r"must have 5 rows of 784 values, got more"),
        (amat_text(binary(5, side=27)), r"must have rows of 784 values, got 729 in row 0"),
        (amat_text(binary(5, side=29)), r"must have rows of 784 values, got 841 in row 0"),
        (changed(2 * ROW + 8, b"2"), r"must hold zeros and ones, got '2' in row 2, column 4"),
        (changed(0, b"-"), r"must hold zeros and ones, got '-' in row 0, column 0"),
        (changed(0, b"\xff"), r"must hold zeros and ones, got '\W' in row 0, column 0"),
        (b"0.0 " + TEXT[2:], r"must hold zeros and ones, got '0\.0' in row 0, column 0"),
        (TEXT.replace(b"\n", b"\r"), r"must separate values by one blank and rows by one line"),
        (TEXT.replace(b"\n", b"\r\r\n"), r"must separate values by one blank and rows by one line"),
        ((TEXT + TEXT).replace(b"\n", b"\r\n"), r"must have 5 rows of 784 values, got more"),
        (TEXT[: 3 * ROW].replace(b"\n", b"\r\n"), r"must have 5 rows of 784 values, got 3 whole"),
        (TEXT.replace(b"\n", b" "), r"must have rows of 784 values, got 3920 in row 0"),
        (changed(0, bytes([TEXT[0] ^ 1])), r"must be the published .*_train\.amat with SHA-256 "),
        (TEXT.replace(b" ", b"\t"), r"must be the published binarized_mnist_train\.amat"),
    ],
)
@pytest.mark.parametrize("zipped", [False, True])
def test_messages_of_wrong_text(tmp_path, published, text, message, zipped):
    path = tmp_path / ("mine.amat.gz" if zipped else "mine.amat")
    path.write_bytes(gzip.compress(text) if zipped else text)
    with pytest.raises(ValueError, match=message) as caught:
        amat.read_split(path, "train")
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_split_in_place_of_another_is_recognised(tmp_path, published, monkeypatch):
    _, texts = published
    monkeypatch.setattr(amat, "COUNTS", dict.fromkeys(SPLITS, 3))
    path = tmp_path / "mine.amat"
    path.write_bytes(texts["test"])
    with pytest.raises(ValueError, match=r"_valid\.amat with SHA-256 .*, got the test images$"):
        amat.read_split(path, "valid")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:-4],
        lambda whole: b"no gzip " + whole,
        lambda whole: whole[:40] + b"\xff" * 40 + whole[80:],
        lambda whole: whole[:-8] + bytes(8),
    ],
    ids=["half", "without its end", "another form", "spoilt", "wrong checksum"],
)
def test_a_broken_gzip_file_is_refused(tmp_path, published, spoil):
    path = tmp_path / "mine.amat.gz"
    path.write_bytes(spoil(gzip.compress(TEXT)))
    with pytest.raises(ValueError, match=r"mine\.amat\.gz must be a whole gzip file, got .") as bad:
        amat.read_split(path, "train")
    assert "\n" not in str(bad.value)


@pytest.mark.parametrize("suffix", ["amat", "amat.gz"])
@pytest.mark.parametrize("make", [lambda path: None, lambda path: path.mkdir()])
def test_what_cannot_be_read_is_refused(tmp_path, suffix, make):
    path = tmp_path / f"mine.{suffix}"
    make(path)
    with pytest.raises(ValueError, match=r"mine\.amat.* must be a readable file, got (No|Is) "):
        amat.read_split(path, "train")


def test_an_unknown_split_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"split must be one of train, valid, test, got 'dev'"):
        amat.read_split(tmp_path, "dev")


def test_plain_text_goes_before_gzipped(tmp_path):
    for suffix in ("amat", "amat.gz"):
        (tmp_path / f"binarized_mnist_test.{suffix}").touch()
    assert amat.find_files(tmp_path) == {"test": tmp_path / "binarized_mnist_test.amat"}
