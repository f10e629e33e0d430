"""Sets of images as sources: their tables, their files, and what they bound."""

import gzip

import numpy as np
import pytest

from rdtheory import solve_slopes
from rdtheory.sources import named_source
from rdtheory.sources.image_sets import image_set, squared_errors
from tests.tolerances import ROUNDING

BINARY = np.random.default_rng(0).integers(2, size=(12, 3, 5)).astype(np.uint8)


def test_zeros_and_ones_are_under_hamming_distortion():
    flat = BINARY.reshape(12, -1)
    counted = (flat[:, None] != flat).sum(axis=2)
    assert np.array_equal(image_set(BINARY).distortion, counted)


def test_greys_are_exact_and_an_image_is_itself():
    grey = np.random.default_rng(1).integers(256, size=(9, 784))
    table = squared_errors(grey)
    exact = ((grey[:, None] - grey) ** 2).sum(axis=2) / 255**2
    assert np.array_equal(table, exact)
    assert not table.diagonal().any()


def test_other_numbers_are_taken_as_they_are():
    values = np.random.default_rng(2).normal(size=(6, 4))
    exact = ((values[:, None] - values) ** 2).sum(axis=2)
    assert np.abs(squared_errors(values) - exact).max() < ROUNDING


def test_files_hold_the_same_images(tmp_path):
    lines = "\n".join(" ".join(map(str, row)) for row in BINARY.reshape(12, -1)) + "\n"
    np.save(tmp_path / "a.npy", BINARY)
    (tmp_path / "a.amat").write_text(lines)
    (tmp_path / "a.amat.gz").write_bytes(gzip.compress(lines.encode()))
    for kind in ("npy", "amat", "amat.gz"):
        source = named_source(f"images:{tmp_path}/a.{kind}:10")
        assert np.array_equal(source.distortion, image_set(BINARY[:10]).distortion)
        assert source.name == f"images:a.{kind}:10"


def test_free_reproductions_are_between_twice_the_distortion_and_the_same():
    """All 2^4 binary images are free reproductions; those of a set are some of them."""
    images = np.array([[0, 0, 0, 0], [0, 0, 1, 1], [1, 1, 1, 0]])
    everything = (np.arange(16)[:, None] >> np.arange(4)) & 1
    free = (images[:, None] != everything).sum(axis=2).astype(float)
    p, betas = np.full(3, 1 / 3), [0.3, 0.7, 1.5]
    for anywhere in solve_slopes(p, free, betas):
        (inside,) = solve_slopes(image_set(images), [anywhere.beta])
        (double,) = solve_slopes(image_set(images), [2.0 * anywhere.beta])
        nats = anywhere.value / anywhere.beta  # R + D / beta, the least of all
        assert double.bound / double.beta - 1e-9 <= nats <= inside.value / inside.beta + 1e-9


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("images", "source images must have a place, as in images:mnist5k:1000, got 'images'"),
        ("images:a.png", "images must be mnist5k, a .npy or an .amat file, got 'a.png'"),
        ("images:{}/no.amat", "no.amat must be a readable file, got No such file"),
        ("images:{}/a.amat", "a.amat must have lines of as many zeros and ones, got others"),
        ("images:{}/b.amat.gz", "b.amat.gz must be a whole gzip file, got"),
        ("images:{}/a.npy:many", "count must be an integer, got 'many'"),
        ("images:{}/a.npy:13", "count must be at most the 12 images of .*, got 13"),
        ("images:{}/one.npy", r"images must be from 2 to 20000 of them, got shape \(1, 15\)"),
        ("images:{}/nan.npy", "images must be finite numbers, got float64"),
    ],
)
def test_what_is_no_set_of_images_is_refused(tmp_path, name, rule):
    np.save(tmp_path / "a.npy", BINARY)
    np.save(tmp_path / "one.npy", np.zeros((1, 15)))
    np.save(tmp_path / "nan.npy", np.full((2, 3), np.nan))
    (tmp_path / "a.amat").write_text("0 1 1\n0 2 1\n")
    (tmp_path / "b.amat.gz").write_bytes(b"0 1")
    with pytest.raises(ValueError, match=rule):
        named_source(name.format(tmp_path))
