"""Own images: whatever they lie in they are the same images, by a stated rule or refused."""

import gzip

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.io import savemat

from rdneural.data import frame_of, places, read_own, register_data
from rdneural.data.greys import SEEDS
from rdneural.data.images import ImageData
from rdneural.data.named import naming
from rdneural.data.own import read_labelled_own
from rdneural.data.registry import loader_of
from rdneural.data.sampling import bernoulli
from rdneural.records.layout import SPLITS
from rdneural.records.own import REGISTERED

NOISE = np.random.default_rng(0)
BINARY = (NOISE.random((30, 5, 3)) < 0.4).astype(np.uint8)
LEVELS = NOISE.integers(0, 256, (30, 5, 3), dtype=np.uint8)
LABELS = np.arange(30) % 3


@pytest.fixture(autouse=True)
def _nothing_is_remembered():
    yield
    places._read.cache_clear()
    REGISTERED.clear()


def _same(one: ImageData, other: ImageData) -> bool:
    return all(np.array_equal(one.split(s), other.split(s)) for s in SPLITS)


def _write_pictures(place, images, folders=None):
    for index, image in enumerate(images):
        folder = place / (folders[index] if folders else ".")
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(folder / f"{index:03d}.png")
    return place


# -- places and objects ---------------------------------------------------------------------------


class Pictures:
    """A data set as torchvision has them: pictures of Pillow with labels."""

    def __len__(self):
        return len(LEVELS)

    def __getitem__(self, index):
        if index >= len(self):
            raise IndexError
        return Image.fromarray(LEVELS[index]), int(LABELS[index])


def _places(place):
    """The same grey images by every way that there is, with what is called by the same name."""
    np.save(place / "a.npy", LEVELS)
    np.save(place / "b.npy", LEVELS[:, None])
    np.savez(place / "c.npz", images=LEVELS, labels=LABELS)
    np.savez(place / "d.npz", LEVELS[..., None])
    np.savez(place / "e.npz", other=BINARY, mine=LEVELS)
    np.savez(place / "f.npz", images=LEVELS.reshape(30, 15), shape=[5, 3])
    savemat(place / "g.mat", {"faces": LEVELS})
    savemat(place / "h.mat", {"faces": np.moveaxis(LEVELS, 0, 2), "labels": LABELS})
    savemat(place / "i.mat", {"other": np.eye(4), "faces": LEVELS})
    (place / "made.py").write_text(
        f"import numpy as np\ndef load():\n    return np.load({str(place / 'a.npy')!r})\n"
    )
    _write_pictures(place / "pictures", LEVELS)
    register_data("registered", lambda: LEVELS)
    names = ("a.npy", "b.npy", "c.npz", "d.npz", "e.npz:mine", "f.npz", "g.mat", "h.mat",
             "i.mat:faces", "made.py:load", "pictures")  # fmt: skip
    return [
        *(str(place / name) for name in names), "registered", LEVELS, torch.from_numpy(LEVELS),
        list(LEVELS), Pictures(), {"images": LEVELS, "y": LABELS}, (LEVELS, LABELS),
    ]  # fmt: skip


def test_the_same_images_are_read_from_everywhere(tmp_path):
    expected = read_own(LEVELS, binarise="sample")
    for place in _places(tmp_path):
        found = read_own(place, binarise="sample")
        assert _same(found, expected), place
        assert (found.shape, found.side) == ((5, 3), 8)
        assert frame_of(place) == (5, 3)
        assert found.name.split("(")[1] == expected.name.split("(")[1]  # rule and digest


def test_text_of_zeros_and_ones(tmp_path):
    text = "\n".join(" ".join(map(str, row)) for row in BINARY[:, :3].reshape(30, 9))
    (tmp_path / "a.amat").write_text(text)
    with gzip.open(tmp_path / "a.amat.gz", "wt") as stream:
        stream.write(text)
    expected = read_own(BINARY[:, :3])
    for name in ("a.amat", "a.amat.gz"):
        assert _same(read_own(tmp_path / name), expected)


def test_splits_that_are_given_stay(tmp_path):
    parts = {"train": LEVELS[:20], "valid": LEVELS[20:24], "test": LEVELS[24:]}
    np.savez(tmp_path / "a.npz", **parts)
    np.savez(tmp_path / "b.npz", **{f"x_{split}": part for split, part in parts.items()})
    folders = ["train"] * 20 + ["val"] * 4 + ["test"] * 6
    _write_pictures(tmp_path / "c", LEVELS, folders)
    labelled = {split: (part, range(len(part))) for split, part in parts.items()}
    for place in (
        tmp_path / "a.npz", tmp_path / "b.npz", tmp_path / "c", tuple(parts.values()), labelled,
    ):  # fmt: skip
        found = read_own(place, binarise="threshold:0.5", split_seed=3)
        for split, part in parts.items():
            assert np.array_equal(found.split(split)[:, :5, :3], part >= 128), split


def test_pictures_keep_bits_and_equal_channels_and_refuse_colours(tmp_path):
    for index in range(4):
        grey = Image.fromarray(LEVELS[index])
        (tmp_path / "grey").mkdir(exist_ok=True)
        grey.convert("RGB" if index % 2 else "L").save(tmp_path / "grey" / f"{index}.png")
        (tmp_path / "bits").mkdir(exist_ok=True)
        Image.fromarray(BINARY[index] > 0).save(tmp_path / "bits" / f"{index}.png")
    assert _same(
        read_own(tmp_path / "grey", binarise="sample"), read_own(LEVELS[:4], binarise="sample")
    )
    assert _same(read_own(tmp_path / "bits"), read_own(BINARY[:4]))
    Image.fromarray(np.stack([LEVELS[0], LEVELS[1], LEVELS[2]], -1)).save(
        tmp_path / "grey" / "0.png"
    )
    with pytest.raises(ValueError, match=r"0\.png must be grey, got colours"):
        read_own(tmp_path / "grey", binarise="sample")


# -- rules ----------------------------------------------------------------------------------------


def test_binary_images_are_as_they_are_whatever_their_type():
    expected = read_own(BINARY)
    for kind in (bool, np.int64, np.float32):
        found = read_own(BINARY.astype(kind))
        assert _same(found, expected)
        assert found.name == expected.name
    assert sorted(map(len, map(expected.split, SPLITS))) == [3, 3, 24]
    rows = np.concatenate([expected.split(s)[:, :5, :3] for s in SPLITS]).reshape(30, -1)
    assert sorted(map(bytes, rows)) == sorted(map(bytes, BINARY.reshape(30, -1)))


@pytest.mark.parametrize("images", [LEVELS, (LEVELS / 255).astype(np.float32)], ids=["255", "1"])
def test_grey_images_become_binary_by_the_rule_that_is_named(images):
    parts = (images[:20], images[20:25], images[25:])
    chances = {s: (p / np.float32(255 if p.dtype == np.uint8 else 1)) for s, p in
               zip(SPLITS, parts, strict=True)}  # fmt: skip
    found = read_own(parts, binarise="sample", name="made")
    for split, chance in chances.items():
        assert np.array_equal(
            found.split(split)[:, :5, :3], bernoulli(chance.astype(np.float32), seed=SEEDS[split])
        )
    assert found.grey is None
    assert found.name.startswith("made (sample, ")
    assert "never comparable with the paper's data" in found.warning
    above = read_own(parts, binarise="threshold:0.25")
    for split, chance in chances.items():
        assert np.array_equal(above.split(split)[:, :5, :3], chance >= np.float32(0.25))
    anew = read_own(parts, binarise="resampled", name="made")
    assert _same(anew, found)
    assert anew.name != found.name
    assert np.array_equal(anew.grey[:, :5, :3], chances["train"].astype(np.float32))
    assert not anew.grey[:, 5:].any()


def test_a_seed_and_the_content_make_the_splits_and_the_name():
    one, again = read_own(BINARY, split_seed=1), read_own(BINARY.copy(), split_seed=1)
    assert (one.name, _same(one, again)) == (again.name, True)
    other, changed = read_own(BINARY, split_seed=2), BINARY.copy()
    changed[3, 2, 1] ^= 1
    assert len({one.name, other.name, read_own(changed, split_seed=1).name}) == 3
    assert "split seed 2" in other.warning


def test_what_was_changed_is_read_anew(tmp_path):
    np.save(tmp_path / "a.npy", BINARY)
    (tmp_path / "a.py").write_text("import numpy as np\ndef load(): return np.load('a.npy')\n")
    register_data("changing", lambda: np.load(tmp_path / "a.npy"))
    _write_pictures(tmp_path / "c", LEVELS)
    places = ("a.npy", "a.py:load", "changing", "c")
    with pytest.MonkeyPatch.context() as context:
        context.chdir(tmp_path)
        before = [read_own(place, binarise="sample" if place == "c" else None) for place in places]
        np.save("a.npy", 1 - BINARY)
        _write_pictures(tmp_path / "c", 255 - LEVELS[:3])
        after = [read_own(place, binarise="sample" if place == "c" else None) for place in places]
    assert len({data.name for data in before} & {data.name for data in after}) == 0


def test_dark_images_and_those_of_black_and_white_are_told():
    dark = read_own(LEVELS // 16, binarise="sample")
    assert "the brightest pixel 0.059 of white" in dark.warning
    assert "brightest" not in read_own(LEVELS, binarise="sample").warning
    with pytest.raises(
        ValueError, match=r"black or white, which threshold:0\.5 leaves as they are"
    ):
        read_own(255 * BINARY)
    assert _same(read_own(255 * BINARY, binarise="threshold:0.5"), read_own(BINARY))


def test_labels_stay_with_their_images(tmp_path):
    images = np.repeat(LABELS.astype(np.uint8)[:, None, None], 4, 1) == np.arange(3)
    images = images.astype(np.uint8)  # an image shows its label
    np.save(tmp_path / "labels.npy", LABELS)
    names = [f"{'abc'[label]}/{index % 2}" for index, label in enumerate(LABELS)]
    _write_pictures(tmp_path / "folders", 255 * images, names)
    for place, given in (
        ((images, LABELS), None), (images, LABELS), (images, tmp_path / "labels.npy"),
        (tmp_path / "folders", None),
    ):  # fmt: skip
        rule = "threshold:0.5" if given is None and not isinstance(place, tuple) else None
        data, labels = read_labelled_own(place, binarise=rule, labels=given)
        for split in SPLITS:
            shown = data.split(split)[:, 0, :3].argmax(1)
            found = labels[split]
            found = np.searchsorted(list("abc"), found) if rule else found
            assert np.array_equal(found, shown)


# -- what is refused, in one line -----------------------------------------------------------------

GREY = LEVELS / 255


@pytest.mark.parametrize(
    ("images", "rule", "said"),
    [
        (LEVELS, None, "binarise must be sample, threshold:T or resampled for grey images"),
        (BINARY, "sample", "binarise must be none for binary images"),
        (LEVELS, "threshold:1.5", r"binarise must be threshold:T with T in \(0, 1\], got"),
        (LEVELS, "halve", "binarise must be sample, threshold:T or resampled, got 'halve'"),
        (16 * GREY, "sample", r"fractions in \[0, 1\], got float64 of 16: divide by what is white"),
        (GREY - 0.5, "sample", r"fractions in \[0, 1\], got float64 of -0.5$"),
        (np.where(GREY > 0.9, np.nan, GREY), "sample", "finite numbers, got NaN or infinity"),
        (np.zeros((9, 4, 4)), None, "pixels that differ, got 0 everywhere"),
        (GREY * 0.5, "threshold:0.9", "pixels that differ, got 0 everywhere after threshold:0.9"),
        (BINARY[:1], None, "3 images or more, one for each split, got 1"),
        (BINARY[:0], None, r"must hold images, got an array of shape \(0, 5, 3\)"),
        (BINARY[0], None, r"rows that are squares, or be \(N, height, width\), got shape \(5, 3\)"),
        (BINARY[None, None], None, r"got \(1, 1, 30, 5, 3\)"),
        (np.zeros((4, 3, 9, 9)), None, r"must be grey, got colours, shape \(4, 3, 9, 9\)"),
        (np.zeros((4, 9, 9, 3)), None, r"must be grey, got colours, shape \(4, 9, 9, 3\)"),
        (np.array([None, 1.0]), None, "must hold numbers, got an array of object"),
        (np.array(["a", "b", "c"]), None, "must hold numbers, got an array of <U1"),
        ((BINARY, BINARY, BINARY[:, :2]), None, "images of one size, got 2x3 and 5x3 pixels"),
        ([BINARY[0], BINARY[1][:2]], None, "images of one size"),
        ((BINARY, LABELS[:-1]), None, r"one for each of 30 images, got shape \(29,\)"),
        ({"a": BINARY, "b": BINARY}, None, "train, valid and test, or images, or one array, got"),
        ({"train": BINARY}, None, "train, valid and test, or train and test, got train"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_images_is_one_line(images, rule, said):
    with pytest.raises(ValueError, match=said) as caught:
        read_own(images, binarise=rule)
    assert "\n" not in str(caught.value)


def test_what_is_no_images_at_all_is_a_type_error():
    with pytest.raises(TypeError, match="data must be an array, a tensor"):
        read_own(3)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.npy", b"nonsense", "a.npy must be a whole .npy file of numbers, got"),
        ("a.npz", b"PK nonsense", "a.npz must be a whole .npz file"),
        ("a.mat", b"nonsense", "a.mat must be a whole .mat file"),
        ("a.amat", b"1 0 1 1\n1 0\n", "a.amat must be a whole .amat file of numbers, got"),
        ("a.amat", b"", "a must hold images, got an array of shape"),
        ("a.amat.gz", b"nonsense", "a.amat.gz must be a readable file, got"),
        ("a.txt", b"1 0", "a.txt must end in .npy, .npz, .amat, .amat.gz, .mat to be read"),
        ("a.py", b"x = 1", "data must name a function of .*a.py, like .*a.py:load, got none"),
        ("a.py:load", b"x = 1", "a.py:load must be a function of a file, got no function load"),
        ("a.py:load", b"1 / 0", "a.py:load must be a function of a file, got ZeroDivisionError"),
        ("a.py:load", b"def load(): raise KeyError(3)", "a.py:load must return images, got Key"),
    ],
)
def test_what_is_wrong_with_a_file_is_one_line(tmp_path, name, content, said):
    (tmp_path / name.partition(":")[0]).write_bytes(content)
    with pytest.raises(ValueError, match=said) as caught:
        read_own(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_objects_that_are_pickled_are_not_opened(tmp_path):
    np.save(tmp_path / "a.npy", np.array([None, 1]), allow_pickle=True)
    with pytest.raises(ValueError, match=r"a\.npy must be a whole \.npy file of numbers, got Obj"):
        read_own(tmp_path / "a.npy")


def test_folders_without_pictures_or_of_several_sizes(tmp_path):
    with pytest.raises(ValueError, match="must hold pictures"):
        read_own(tmp_path)
    _write_pictures(tmp_path, [LEVELS[0], LEVELS[1][:4], LEVELS[2]])
    with pytest.raises(ValueError, match=r"one size, got 5x3 in 000\.png and 4x3 in 001\.png"):
        read_own(tmp_path)
    (tmp_path / "001.png").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match=r"001\.png must be a picture"):
        read_own(tmp_path)


def test_a_place_with_nothing_says_what_was_meant():
    register_data("my-faces", lambda: BINARY)
    with pytest.raises(ValueError, match=r"where nothing is \(did you mean my-faces\?\)"):
        read_own("myfaces")


# -- names ----------------------------------------------------------------------------------------


def test_published_images_are_entries_of_the_same_registry():
    assert all(loader_of(name) is not None for name in ("mnist", "omniglot", "mnist5k"))
    assert loader_of("mnist5k")().name == "mnist5k"
    for name, said in (("mnist", "new"), ("bars", "new"), ("a b", "letters"), ("auto", "new")):
        with pytest.raises(ValueError, match=f"name must be {said}"):
            register_data(name, lambda: BINARY)
    with pytest.raises(TypeError, match="loader must be a function"):
        register_data("faces", BINARY)


def test_what_names_images_in_settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.save("a.npy", LEVELS)
    own_entries = {"binarise": "sample", "split_seed": 4, "frame": (5, 3), "dataset": "own"}
    assert naming("a.npy", binarise="sample", split_seed=4) == own_entries | {
        "data": str(tmp_path / "a.npy")
    }
    kept = naming(LEVELS, binarise="sample", split_seed=4)
    assert kept | {"data": ""} == own_entries | {"data": ""}
    assert _same(read_own(kept["data"]), read_own(LEVELS, binarise="sample", split_seed=4))
    with pytest.raises(ValueError, match="handed over in Python: hand them over again"):
        read_own("memory:00000000")
    (tmp_path / "binarized_mnist_test.amat").touch()
    assert naming(".")["dataset"] == "mnist"
    with pytest.raises(ValueError, match="binarise goes with own images, got sample"):
        naming("mnist", binarise="sample")
