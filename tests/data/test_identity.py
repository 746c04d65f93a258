"""What photographs and masks are known by."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
from PIL import Image

from inpaint_bench.data.identity import load_image, mask_sha256, pixels_sha256


@pytest.fixture
def pixels() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (21, 34, 3), dtype=np.uint8)


def test_lossless_files_of_the_same_pixels_are_one_photograph(tmp_path, pixels):
    Image.fromarray(pixels).save(tmp_path / "a.png")
    Image.fromarray(pixels).save(tmp_path / "b.png", compress_level=1)
    Image.fromarray(pixels).save(tmp_path / "c.webp", lossless=True)
    Image.fromarray(pixels).save(tmp_path / "d.bmp")
    Image.fromarray(pixels).save(tmp_path / "e.ppm")
    loaded = [load_image(file) for file in sorted(tmp_path.iterdir())]
    assert {found for _, found in loaded} == {pixels_sha256(pixels)}
    assert all(np.array_equal(image, pixels) for image, _ in loaded)


@pytest.mark.parametrize("name", ["a.jpg", "a.webp", "a.tiff"])
def test_other_files_are_known_by_their_bytes(tmp_path, pixels, name):
    Image.fromarray(pixels).save(tmp_path / name)
    image, found = load_image(tmp_path / name)
    assert image.shape == pixels.shape
    assert found == hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()


def test_one_other_pixel_or_another_shape_is_another_photograph(pixels):
    other = pixels.copy()
    other[3, 4, 1] ^= 1
    assert pixels_sha256(other) != pixels_sha256(pixels)
    assert pixels_sha256(pixels.reshape(34, 21, 3)) != pixels_sha256(pixels)


def test_masks_are_known_by_their_zeros_and_ones():
    hole = np.array([[True, False], [False, False]])
    assert mask_sha256(hole) == hashlib.sha256(bytes([1, 0, 0, 0])).hexdigest()
