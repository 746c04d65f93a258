"""Where a training's holes come from: a weighted mixture of generators and mask files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from inpaint_bench.errors import DataMissingError, MaskError
from inpaint_bench.masks import MASKS

__all__ = ["MaskMixture"]

_TRIES = 2000


class MaskMixture:
    """Draws holes from several sources.

    Args:
        sources: what to draw from, each with its weight: names of generators
            (`inpaint_bench.masks`), or paths of packed mask files.
        ratio: hole ratios outside these bounds are drawn again.

    A packed file is an `.npz` with `bits` (NxB, rows of `numpy.packbits` of square masks,
    1 = missing).
    """

    def __init__(
        self, sources: dict[str, float], ratio: tuple[float, float] = (0.02, 0.7)
    ) -> None:
        self.names = list(sources)
        weights = np.array([sources[name] for name in self.names], dtype=float)
        self.weights = weights / weights.sum()
        self.ratio = ratio
        self.packed = {name: _read_packed(Path(name)) for name in self.names if name not in MASKS}

    def draw(self, size: int, rng: np.random.Generator) -> np.ndarray:
        """Return a hole, SxS bool with True = missing, whose ratio lies within the bounds.

        Raises:
            MaskError: no such hole came in many tries.
        """
        low, high = self.ratio
        for _ in range(_TRIES):
            name = self.names[int(rng.choice(len(self.names), p=self.weights))]
            if name in self.packed:
                hole = _augmented(self.packed[name], size, rng)
            else:
                hole = np.asarray(MASKS[name](size, size, rng), dtype=bool)
            if low <= hole.mean() <= high:
                return hole
        raise MaskError(f"no hole of ratio {low:.2f} to {high:.2f} in {_TRIES} draws")


def _read_packed(path: Path) -> np.ndarray:
    """Return Nx(side*side/8) uint8, after checking that the masks are square."""
    if not path.is_file():
        raise DataMissingError(
            f"expected a mask generator ({', '.join(MASKS)}) or a packed mask file, got {path}"
        )
    with np.load(path) as file:
        bits = file["bits"]
    bits = bits.reshape(len(bits), -1)
    side = int(round((bits.shape[1] * 8) ** 0.5))
    if side * side != bits.shape[1] * 8:
        raise MaskError(f"expected square masks in {path}, got rows of {bits.shape[1] * 8} bits")
    return bits


def _augmented(bits: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Unpack a random mask, turn and mirror it, and bring it to SxS (nearest)."""
    row = np.unpackbits(bits[int(rng.integers(len(bits)))])
    side = int(round(row.size**0.5))
    mask = np.rot90(row.reshape(side, side), int(rng.integers(4)))
    if rng.random() < 0.5:
        mask = mask[:, ::-1]
    mask = np.ascontiguousarray(mask)
    return cv2.resize(mask, (size, size), interpolation=cv2.INTER_NEAREST).astype(bool)
