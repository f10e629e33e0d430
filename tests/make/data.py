"""Small files of the forms of the published ones."""

import hashlib
import os
import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
from scipy.io import savemat

from rdneural.data import SPLITS, ImageData, amat, drawings, load, omniglot
from rdneural.data.cache import content_digest

REAL = Path(os.environ.get("RDLATENT_DATA") or Path(__file__).parents[2].parent / "shared/data")
"""Where the published files are, on a machine that has them."""

COUNTS = {"train": 5, "valid": 2, "test": 3}


def binary(n, *, side=28, seed=0):
    return (np.random.default_rng(seed).random((n, side, side)) < 0.3).astype(np.uint8)


def image_data(name="mnist", *, side=28, warning=None):
    images = [binary(COUNTS[split], side=side, seed=i) for i, split in enumerate(SPLITS)]
    return ImageData(name, *images, warning=warning)


def same(a, b):
    return a.name == b.name and all(np.array_equal(a.split(s), b.split(s)) for s in SPLITS)


def amat_text(images):
    rows = images.reshape(len(images), -1)
    return "".join(" ".join(str(value) for value in row) + "\n" for row in rows).encode()


def publish_mnist(monkeypatch):
    """Make the data of `image_data` the published ones; return the text of each split."""
    data = image_data()
    texts = {split: amat_text(data.split(split)) for split in SPLITS}
    digests = {split: hashlib.sha256(text).hexdigest() for split, text in texts.items()}
    monkeypatch.setattr(amat, "COUNTS", COUNTS)
    monkeypatch.setattr(amat, "SHA256", digests)
    monkeypatch.setattr(load, "MNIST_CONTENT", content_digest(data))
    return data, texts


def write_mnist(directory: Path, texts):
    directory.mkdir(parents=True, exist_ok=True)
    for split, text in texts.items():
        (directory / f"binarized_mnist_{split}.amat").write_bytes(text)


def write_chardata(path: Path, **changed):
    rng = np.random.default_rng(0)
    arrays = {"data": rng.random((784, 9)), "testdata": rng.random((784, 4)), **changed}
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {key: value for key, value in arrays.items() if value is not None})
    return path


def publish_chardata(monkeypatch, path: Path):
    md5 = hashlib.md5(path.read_bytes()).hexdigest()
    form = omniglot.Form(train=9, test=4, valid=2, md5=md5)
    monkeypatch.setattr(omniglot, "PUBLISHED", form)


def png(paper):
    """Return the PNG file of one bit a pixel, as the published ones are, of zeros and ones."""
    height, width = paper.shape
    lines = np.packbits(paper.astype(np.uint8), axis=1)
    lines = np.pad(lines, ((0, 0), (1, 0)))  # no filter
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(lines.tobytes())), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )


def bar(row):
    """A drawing on white paper with a bar of eight pixels' height that says which it is."""
    paper = np.ones((105, 105))
    paper[row : row + 8] = 0
    return png(paper)


def write_zip(path: Path, members):
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{path.stem}/{name}", content)
    return path


def write_drawings(directory: Path):
    """Two archives of drawers 1..20 that share the alphabet Greek; return their paths."""
    shared = {f"Greek/character01/0394_{k:02}.png": bar(4 * k) for k in range(1, 21)}
    first = {"": b"", "Latin/character02/0700_17.png": bar(2), **shared}
    second = {"Tagalog/character01/0900_20.png": bar(90), **shared}
    return [
        write_zip(directory / name, members)
        for name, members in zip(drawings.SHA256, [first, second], strict=True)
    ]


def digests(paths):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}
