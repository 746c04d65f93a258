"""Where a training's holes come from: a weighted mixture of generators and mask files."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import cv2
import numpy as np

from inpaint_bench.errors import DataMissingError, MaskError
from inpaint_bench.masks import MASKS
from inpaint_bench.masks.folder import MaskFolder

__all__ = ["MaskMixture"]

_TRIES = 2000
# What NumPy raises for text, pictures, damaged archives, single arrays and other arrays.
_UNREADABLE = (
    OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, zipfile.BadZipFile,
    zlib.error,
)  # fmt: skip


class MaskMixture:
    """Draws holes from several sources.

    Args:
        sources: what to draw from, each with its weight: names of generators
            (`inpaint_bench.masks`), paths of packed mask files, or of folders of mask pictures
            (white = missing).
        ratio: hole ratios outside these bounds are drawn again.

    A packed file is an `.npz` with `bits` (NxB, rows of `numpy.packbits` of square masks,
    1 = missing).

    Raises:
        DataMissingError: a source is missing.
        MaskError: a file is no packed mask file, or a weight is not above 0.
    """

    def __init__(self, sources: dict[str, float], ratio: tuple[float, float] = (0.02, 0.7)) -> None:
        self.names = list(sources)
        for name, weight in sources.items():
            if not 0.0 < weight <= 1e9:  # NaN is not
                raise MaskError(f"expected a weight above 0 for the masks of {name}, got {weight}")
        weights = np.array([sources[name] for name in self.names], dtype=float)
        self.weights = weights / weights.sum()
        self.ratio = ratio
        paths = {name: Path(name) for name in self.names if name not in MASKS}
        self.folders = {name: MaskFolder(path) for name, path in paths.items() if path.is_dir()}
        self.packed = {
            name: _read_packed(path) for name, path in paths.items() if name not in self.folders
        }

    def draw(self, size: int, rng: np.random.Generator, turn: int | None = None) -> np.ndarray:
        """Return a hole, SxS bool with True = missing, whose ratio lies within the bounds.

        Args:
            size: side in pixels.
            rng: source of randomness.
            turn: draw from this source, counted round and round, instead of by weight.

        Raises:
            MaskError: no such hole came in many tries.
        """
        low, high = self.ratio
        for _ in range(_TRIES):
            if turn is None:
                name = self.names[int(rng.choice(len(self.names), p=self.weights))]
            else:
                name = self.names[turn % len(self.names)]
            if name in self.packed:
                hole = _augmented(self.packed[name], size, rng)
            elif name in self.folders:
                folder = self.folders[name]
                mask_id = folder.ids[int(rng.integers(len(folder)))]
                hole = _turned(folder.read(mask_id, size, size), rng)
            else:
                hole = np.asarray(MASKS[name](size, size, rng), dtype=bool)
            if low <= hole.mean() <= high:
                return hole
        raise MaskError(f"no hole of ratio {low:.2f} to {high:.2f} in {_TRIES} draws")


def _read_packed(path: Path) -> np.ndarray:
    """Return Nx(side*side/8) uint8, after checking that the masks are square."""
    if not path.is_file():
        raise DataMissingError(
            f"expected a mask generator ({', '.join(MASKS)}), a packed mask file or a folder of "
            f"masks, got {path}"
        )
    try:
        with np.load(path) as file:
            bits = file["bits"]
        bits = bits.reshape(len(bits), -1)
        if bits.dtype != np.uint8 or not bits.size:
            raise ValueError(f"{bits.dtype} {bits.shape}")
    except _UNREADABLE as error:
        raise MaskError(
            f"expected a packed mask file (.npz with `bits`, NxB uint8) in {path}, got a file of "
            "another kind"
        ) from error
    side = int(round((bits.shape[1] * 8) ** 0.5))
    if side * side != bits.shape[1] * 8:
        raise MaskError(f"expected square masks in {path}, got rows of {bits.shape[1] * 8} bits")
    return bits


def _augmented(bits: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Unpack a random mask, turn and mirror it, and bring it to SxS (nearest)."""
    row = np.unpackbits(bits[int(rng.integers(len(bits)))])
    side = int(round(row.size**0.5))
    mask = np.ascontiguousarray(_turned(row.reshape(side, side), rng))
    return cv2.resize(mask, (size, size), interpolation=cv2.INTER_NEAREST).astype(bool)


def _turned(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turn a square mask by a random number of quarters and mirror it half of the time."""
    mask = np.rot90(mask, int(rng.integers(4)))
    return mask[:, ::-1] if rng.random() < 0.5 else mask
