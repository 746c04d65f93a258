"""What makes two photographs or two masks the same one: the hashes in frozen test sets.

A photograph in a lossless file (PNG, BMP, PPM, lossless WebP) is known by its pixels, so that
Kodak is the same set as PNG and as lossless WebP. In any other file it is known by the file's
bytes, because decoders differ in the last bit of a JPEG.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from inpaint_bench.imaging import read_image

__all__ = ["bytes_sha256", "load_image", "mask_sha256", "pixels_sha256"]

_HEADER = 16


def load_image(path: Path | str) -> tuple[np.ndarray, str]:
    """Return a photograph as HxWx3 uint8 RGB and its hash.

    The hash is that of the pixels if the file is lossless, else that of the file's bytes.

    Raises:
        ImageError: the file cannot be read.
    """
    image = read_image(path)
    return image, pixels_sha256(image) if _is_lossless(path) else bytes_sha256(path)


def bytes_sha256(path: Path | str) -> str:
    """Return the sha256 of a file's bytes."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def pixels_sha256(image: np.ndarray) -> str:
    """Return the sha256 of the text "HEIGHTxWIDTH:" followed by the bytes of HxWx3 uint8."""
    digest = hashlib.sha256(f"{image.shape[0]}x{image.shape[1]}:".encode())
    digest.update(np.ascontiguousarray(image).data)
    return digest.hexdigest()


def mask_sha256(hole: np.ndarray) -> str:
    """Return the sha256 of HxW bool as uint8 zeros and ones."""
    return hashlib.sha256(hole.astype(np.uint8).tobytes()).hexdigest()


def _is_lossless(path: Path | str) -> bool:
    """Tell by the first bytes of a file whether it stores pixels exactly."""
    with open(path, "rb") as stream:
        head = stream.read(_HEADER)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return head[12:16] == b"VP8L"
    return head.startswith((b"\x89PNG\r\n\x1a\n", b"BM", b"P6"))
