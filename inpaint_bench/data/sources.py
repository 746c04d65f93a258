"""Where the photographs and the holes of a test set come from, each behind one small face.

Photographs come from scikit-image's package ("skimage") or from a folder. Holes come from a
generator of `masks.MASKS` or from a folder of masks; a folder in which black means missing is
written with `:black` at its end, a generator whose draws are taken as they come, whatever their
ratio, with `:any`.
"""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import numpy as np

from inpaint_bench.data.folder import list_images
from inpaint_bench.data.identity import bytes_sha256, load_image
from inpaint_bench.data.root import find_folder
from inpaint_bench.data.samples import read_sample, sample_file, sample_names
from inpaint_bench.data.tiles import PARTS, TiledImages
from inpaint_bench.errors import BenchError, DataMissingError, ImageError
from inpaint_bench.masks import EDGES, MASKS, MaskFolder, bucket_label, bucket_labels, draw_mask

__all__ = [
    "ANY",
    "BLACK",
    "SKIMAGE",
    "FolderImages",
    "FolderMasks",
    "GeneratedMasks",
    "ImageSource",
    "MaskSource",
    "SampleImages",
    "bucket_range",
    "open_images",
    "open_masks",
]

SKIMAGE = "skimage"
BLACK, ANY = ":black", ":any"


class ImageSource(Protocol):
    """Photographs by id.

    Attributes:
        ids: in the order in which a test set takes them.
    """

    ids: list[str]

    def sha256(self, image_id: str) -> str:
        """Return the hash that `read` gives; of the file's bytes if the file cannot be read."""

    def read(self, image_id: str) -> tuple[np.ndarray, str]:
        """Return a photograph at its own size, HxWx3 uint8 RGB, and its hash.

        The hash is that of `data.identity`; for scikit-image's, that of the file's bytes.
        """


class MaskSource(Protocol):
    """Holes by id."""

    def read(self, mask_id: str, size: int, bucket: str) -> np.ndarray:
        """Return a hole as `size` x `size` bool, True = missing; `bucket` is its label."""


class SampleImages:
    """The photographs inside scikit-image's package."""

    def __init__(self) -> None:
        self.ids = sample_names()

    def sha256(self, image_id: str) -> str:
        """Return the sha256 of the bytes of the sample's file."""
        return bytes_sha256(sample_file(image_id))

    def read(self, image_id: str) -> tuple[np.ndarray, str]:
        """Return the sample at its own size and the sha256 of its file's bytes."""
        return read_sample(image_id), self.sha256(image_id)


class FolderImages:
    """The photographs of one folder by their file's stem."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._files = {file.stem: file for file in list_images(folder)}
        self.ids = list(self._files)

    def sha256(self, image_id: str) -> str:
        """Return the photograph's hash; of its bytes, or of none, where the file is broken.

        So a broken file can be an item of a test set, and its rows say what is wrong.
        """
        file = self._file(image_id)
        try:
            return load_image(file)[1]
        except ImageError:
            return bytes_sha256(file) if os.access(file, os.R_OK) else sha256(b"").hexdigest()

    def read(self, image_id: str) -> tuple[np.ndarray, str]:
        """Return the photograph at its own size and its hash."""
        return load_image(self._file(image_id))

    def _file(self, image_id: str) -> Path:
        if image_id not in self._files:
            raise DataMissingError(
                f"no image {image_id} among the {len(self.ids)} images in {self.folder}: "
                "put it there"
            )
        return self._files[image_id]


class FolderMasks:
    """The masks of one folder by their file's stem."""

    def __init__(self, masks: MaskFolder) -> None:
        self.masks = masks
        self.ids = list(masks.ids)

    def read(self, mask_id: str, size: int, bucket: str) -> np.ndarray:
        """Return the mask at `size`; the bucket does not matter."""
        return self.masks.read(mask_id, size, size)


class GeneratedMasks:
    """The draws of one generator, known by `generator:seed` and the bucket they were drawn for.

    Attributes:
        generator: name in `MASKS`.
        any_ratio: draws are taken as they come; the bucket does not matter.
    """

    def __init__(self, generator: str, *, any_ratio: bool = False) -> None:
        self.generator = generator
        self.any_ratio = any_ratio

    def read(self, mask_id: str, size: int, bucket: str) -> np.ndarray:
        """Draw the mask again."""
        generator, _, seed = mask_id.rpartition(":")
        if generator != self.generator or not seed.isdecimal():
            raise BenchError(f"expected a mask id {self.generator}:SEED, got {mask_id!r}")
        ratio = None if self.any_ratio else bucket_range(bucket)
        return draw_mask(generator, size, size, seed=int(seed), ratio=ratio)


def open_images(name: str, root: Path | str | None = None) -> ImageSource:
    """Return the photographs called `name` in a test set: "skimage", a folder, or, with ":train"
    or ":test" at its end, the sheets of tiles of that part.

    Raises:
        DataMissingError: the folder is not on this machine; says what to fetch and to where.
    """
    if name == SKIMAGE:
        return SampleImages()
    folder, _, part = name.rpartition(":")
    if part in PARTS:
        return TiledImages(find_folder(folder, root), part)
    return FolderImages(find_folder(name, root))


def open_masks(name: str, root: Path | str | None = None) -> FolderMasks | GeneratedMasks:
    """Return the holes called `name` in a test set: a generator or a folder.

    Raises:
        DataMissingError: the folder is not on this machine; says what to fetch and to where.
    """
    if name.removesuffix(ANY) in MASKS:
        return GeneratedMasks(name.removesuffix(ANY), any_ratio=name.endswith(ANY))
    folder = find_folder(name.removesuffix(BLACK), root)
    return FolderMasks(MaskFolder(folder, hole="black" if name.endswith(BLACK) else "white"))


def bucket_range(bucket: str) -> tuple[float, float]:
    """Return the edges of a bucket by its label.

    Raises:
        BenchError: it is none of the buckets.
    """
    for low, high in zip(EDGES, EDGES[1:], strict=False):
        if bucket_label(low) == bucket:
            return low, high
    raise BenchError(
        f"expected one of the buckets {', '.join(bucket_labels(EDGES))}, got {bucket!r}"
    )
