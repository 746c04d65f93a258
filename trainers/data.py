"""What the trainers learn from: photographs, holes, and how the two are drawn from a seed.

Sample number n of a training is the same on every machine and after every resume: photograph,
crop, flip and hole all come from a generator seeded with (seed, n).
"""

from __future__ import annotations

import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info

from inpaint_bench.errors import DataMissingError
from trainers.masks import MaskMixture

__all__ = ["HeldOut", "TrainingStream", "find_photographs", "make_loader", "split"]

_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}


def find_photographs(folders: Sequence[Path]) -> list[Path]:
    """List every image file below `folders`, sorted within each.

    Raises:
        DataMissingError: a folder is missing, or holds no images.
    """
    found: list[Path] = []
    for folder in folders:
        if not folder.is_dir():
            raise DataMissingError(f"expected a folder of images at {folder}, found none")
        files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in _SUFFIXES)
        if not files:
            raise DataMissingError(f"expected images below {folder}, found none of {_SUFFIXES}")
        found += files
    return found


def split(photographs: Sequence[Path], held_out: int, seed: int) -> tuple[list[Path], list[Path]]:
    """Split off `held_out` photographs (at most a tenth), chosen by `seed`, for validation."""
    order = np.random.default_rng(seed).permutation(len(photographs))
    count = min(held_out, len(photographs) // 10)
    return [photographs[i] for i in order[count:]], [photographs[i] for i in order[:count]]


def read_rgb(path: Path) -> np.ndarray:
    """Read HxWx3 uint8 RGB; OpenCV decodes several times faster than Pillow."""
    picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise DataMissingError(f"expected an image in {path}, could not decode it; remove the file")
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)


class TrainingStream:
    """Endless samples from `first` on, shared out over workers and processes without overlap.

    Args:
        photographs: image files.
        masks: where holes come from.
        size: side of the square samples in pixels.
        seed: of everything that is drawn.
        first: number of the first sample.
        step: this process takes every step-th sample (number of processes) ..
        offset: .. starting at this one (rank).
    """

    def __init__(
        self,
        photographs: Sequence[Path],
        masks: MaskMixture,
        *,
        size: int,
        seed: int,
        first: int = 0,
        step: int = 1,
        offset: int = 0,
    ) -> None:
        self.photographs = list(photographs)
        self.masks = masks
        self.size = size
        self.seed = seed
        self.first, self.step, self.offset = first, step, offset

    def sample(self, number: int) -> tuple[Tensor, Tensor]:
        """Return image 3xSxS uint8 and hole 1xSxS uint8 of sample `number`."""
        epoch, index = divmod(number, len(self.photographs))
        order = _order(len(self.photographs), self.seed, epoch)
        rng = np.random.default_rng([self.seed, number])
        picture = _random_square(read_rgb(self.photographs[order[index]]), self.size, rng)
        hole = self.masks.draw(self.size, rng)
        return (
            torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1))),
            torch.from_numpy(hole[None].astype(np.uint8)),
        )


_ORDERS: dict[tuple[int, int, int], np.ndarray] = {}


def _order(count: int, seed: int, epoch: int) -> np.ndarray:
    """Return the epoch's permutation of photographs; the latest one is kept."""
    key = (count, seed, epoch)
    if key not in _ORDERS:
        _ORDERS.clear()
        _ORDERS[key] = np.random.default_rng([seed, epoch, count]).permutation(count)
    return _ORDERS[key]


class _WorkerShare(IterableDataset):
    """The part of a stream that one loader worker draws: whole batches in turn."""

    def __init__(self, stream: TrainingStream, batch: int) -> None:
        self.stream, self.batch = stream, batch

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor]]:
        cv2.setNumThreads(0)
        info = get_worker_info()
        worker, workers = (info.id, info.num_workers) if info else (0, 1)
        stream, block = self.stream, worker
        while True:
            numbers = range(block * self.batch, (block + 1) * self.batch)
            pairs = [
                stream.sample(stream.first + stream.offset + n * stream.step) for n in numbers
            ]
            images, holes = zip(*pairs, strict=True)
            yield torch.stack(images), torch.stack(holes)
            block += workers


def make_loader(stream: TrainingStream, batch: int, workers: int) -> DataLoader:
    """Return batches of a stream in sample order, whatever the number of workers."""
    return DataLoader(
        _WorkerShare(stream, batch),
        batch_size=None,
        num_workers=workers,
        worker_init_fn=_leave_stopping_to_the_loop,
        prefetch_factor=4 if workers else None,
    )


def _leave_stopping_to_the_loop(worker: int) -> None:
    """Ctrl-C reaches every process of a terminal; the loop saves, then ends its workers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _random_square(picture: np.ndarray, size: int, rng: np.random.Generator) -> np.ndarray:
    """Cut a random square of at least `size` where there is one, shrink it to `size`, flip."""
    height, width = picture.shape[:2]
    shorter = min(height, width)
    side = int(rng.integers(min(size, shorter), shorter + 1))
    top = int(rng.integers(0, height - side + 1))
    left = int(rng.integers(0, width - side + 1))
    square = picture[top : top + side, left : left + side]
    if side != size:
        how = cv2.INTER_AREA if side > size else cv2.INTER_CUBIC
        square = cv2.resize(square, (size, size), interpolation=how)
    return square[:, ::-1] if rng.random() < 0.5 else square


class HeldOut(Dataset):
    """The frozen validation subset: centre squares, each with one hole that never changes."""

    def __init__(
        self, photographs: Sequence[Path], masks: MaskMixture, *, size: int, seed: int
    ) -> None:
        self.photographs, self.masks = list(photographs), masks
        self.size, self.seed = size, seed

    def __len__(self) -> int:
        return len(self.photographs)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        """Return image 3xSxS and hole 1xSxS, uint8."""
        picture = read_rgb(self.photographs[index])
        height, width = picture.shape[:2]
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        square = picture[top : top + side, left : left + side]
        if side != self.size:
            square = cv2.resize(square, (self.size, self.size), interpolation=cv2.INTER_AREA)
        rng = np.random.default_rng([self.seed, index])
        hole = self.masks.draw(self.size, rng)
        return (
            torch.from_numpy(np.ascontiguousarray(square.transpose(2, 0, 1))),
            torch.from_numpy(hole[None].astype(np.uint8)),
        )


