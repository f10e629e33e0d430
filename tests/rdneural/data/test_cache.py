import os
import time
from contextlib import suppress

import numpy as np
import pytest

from rdneural.data import SPLITS
from rdneural.data.cache import (
    cache_directory,
    cached,
    content_digest,
    digest_of_files,
    read_packed,
    write_packed,
)
from rdneural.data.load import load_images
from tests.make.data import image_data, same


@pytest.mark.parametrize("side", [28, 5, 1])  # 5 x 5 pixels end within a byte
@pytest.mark.parametrize("warning", [None, "made: by us, with a “quote”"])
def test_packed_images_come_back(tmp_path, side, warning):
    data = image_data(side=side, warning=warning)
    path = tmp_path / "new" / "images.npz"
    write_packed(path, data, source="s")
    found = read_packed(path, source="s", known=content_digest(data))
    assert same(found, data)
    assert found.warning == warning
    assert found.train.dtype == np.uint8
    assert [place.name for place in path.parent.iterdir()] == ["images.npz"]


def test_the_digest_tells_images_and_splits_apart():
    data, turned = image_data(), image_data()
    turned.train[0, 0, 0] ^= 1
    assert content_digest(data) == content_digest(image_data(warning="of another warning"))
    assert content_digest(data) != content_digest(turned)


class Builder:
    def __init__(self):
        self.calls = 0

    def __call__(self):
        self.calls += 1
        return image_data()


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "source.amat"
    path.write_bytes(b"some text")
    return path


def test_the_second_time_is_from_the_cache(tmp_path, source):
    build = Builder()
    first = cached(tmp_path / "a.npz", [source], build)
    second = cached(tmp_path / "a.npz", [source], build)
    assert same(first, second)
    assert build.calls == 1


def test_a_source_that_changes_is_read_anew(tmp_path, source):
    build = Builder()
    cached(tmp_path / "a.npz", [source], build)
    before = source.stat()
    source.write_bytes(b"some TEXT")  # as long as before
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    cached(tmp_path / "a.npz", [source], build)
    assert build.calls == 2
    cached(tmp_path / "a.npz", [source], build)
    assert build.calls == 2


def test_a_copied_source_is_not_read_anew(tmp_path, source):
    build = Builder()
    cached(tmp_path / "a.npz", [source], build)
    copy = tmp_path / "copy.amat"
    copy.write_bytes(source.read_bytes())
    cached(tmp_path / "a.npz", [copy], build)
    assert build.calls == 1


def test_where_one_file_ends_matters(tmp_path):
    for name, content in [("a", b"xy"), ("b", b"z"), ("c", b"x"), ("d", b"yz")]:
        (tmp_path / name).write_bytes(content)
    one = digest_of_files([tmp_path / "a", tmp_path / "b"])
    assert one != digest_of_files([tmp_path / "c", tmp_path / "d"])
    assert one != digest_of_files([tmp_path / "b", tmp_path / "a"])


@pytest.mark.parametrize(
    "spoil", [lambda whole: whole[: len(whole) // 2], lambda whole: b"", lambda whole: b"\x80\x04."]
)
def test_a_spoilt_cache_is_written_anew(tmp_path, source, spoil):
    build, path = Builder(), tmp_path / "a.npz"
    cached(path, [source], build)
    path.write_bytes(spoil(path.read_bytes()))
    assert same(cached(path, [source], build), image_data())
    assert build.calls == 2
    assert same(read_packed(path), image_data())


def test_a_cache_of_other_images_than_known_is_not_believed(tmp_path, source):
    build, path = Builder(), tmp_path / "a.npz"
    write_packed(path, image_data(side=4), source=digest_of_files([source]))
    known = content_digest(image_data())
    assert same(cached(path, [source], build, known=known), image_data())
    assert build.calls == 1


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, source):
    (tmp_path / "file").touch()
    assert same(cached(tmp_path / "file" / "a.npz", [source], Builder()), image_data())


def test_a_spoilt_byte_is_found_or_means_nothing(tmp_path):
    path, data = tmp_path / "a.npz", image_data(side=4)
    write_packed(path, data)
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        with suppress(ValueError):
            assert same(read_packed(path), data)


def rewritten(path, **changed):
    with np.load(path) as stored:
        arrays = {**stored, **changed}
    np.savez(path, **{key: value for key, value in arrays.items() if value is not None})


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"format": 2}, r"must be packed images of rdlatent, got format 2, not 1"),
        ({"train": None}, r"must be packed images of rdlatent, got .*train"),
        ({"content": None}, r"must be packed images of rdlatent, got .*content"),
        ({"name": np.array([{}])}, r"must be packed images of rdlatent, got Object arrays"),
        ({"valid_shape": [9, 4, 4]}, r"got 4 bytes for 9 images of 4x4 pixels"),
        ({"valid_shape": [2, 4]}, r"must be packed images of rdlatent, got not enough values"),
        ({"valid_shape": [-2, -4, 4]}, r"must be packed images of rdlatent, got ."),
        ({"train": np.zeros(10)}, r"got 10 bytes for 5 images of 4x4 pixels"),
        ({"train": np.zeros(10, np.uint8)}, r"must be unspoilt, got images that differ from"),
        ({"content": "0"}, r"must be unspoilt, got images that differ from their checksum"),
        ({"source": "other"}, r"must be made from the present source files, got others"),
    ],
)
def test_messages_of_packed_files(tmp_path, changed, message):
    path = tmp_path / "a.npz"
    write_packed(path, image_data(side=4), source="mine")
    rewritten(path, **changed)
    with pytest.raises(ValueError, match=message) as caught:
        read_packed(path, source="mine")
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_packed_file_of_other_images_is_refused(tmp_path):
    path = tmp_path / "a.npz"
    write_packed(path, image_data())
    with pytest.raises(ValueError, match=r"a\.npz must hold the published mnist images, got oth"):
        read_packed(path, known="0")


def lone_array(path):
    with path.open("wb") as stream:
        np.save(stream, np.zeros(3))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, r"a\.npz must be a readable \.npz file, got No such file"),
        (lambda path: path.mkdir(), r"a\.npz must be a readable \.npz file, got Is a directory"),
        (lone_array, r"a\.npz must be packed images of rdlatent, got "),
        (lambda path: path.write_bytes(b"text"), r"must be packed images of rdlatent, got "),
    ],
)
def test_what_is_no_packed_file_is_refused(tmp_path, make, message):
    path = tmp_path / "a.npz"
    make(path)
    with pytest.raises(ValueError, match=message):
        read_packed(path)


def test_a_source_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"gone must be a readable file, got No such file"):
        digest_of_files([tmp_path / "gone"])


def test_the_cache_is_where_it_is_told_to_be(cache, monkeypatch):
    assert cache_directory() == cache
    monkeypatch.delenv("RDLATENT_CACHE")
    assert cache_directory().name == "rdlatent"


def test_fifty_thousand_images_take_less_than_a_second_the_second_time(real_mnist, cache):
    first = load_images("mnist", real_mnist)
    assert (cache / "binarized_mnist.npz").stat().st_size < 3e6
    start = time.perf_counter()
    second = load_images("mnist", real_mnist)
    seconds = time.perf_counter() - start
    assert same(first, second)
    assert [len(second.split(split)) for split in SPLITS] == [50_000, 10_000, 10_000]
    assert second.name == "mnist"
    assert second.warning is None
    assert seconds < 1  # 0.1 when nothing else runs
