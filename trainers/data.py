"""What the trainers learn from: photographs, holes, sketches, and how they are drawn from a seed.

Sample number n of a training is the same on every machine and after every resume: photograph,
crop, flip, hole and strokes all come from generators seeded with (seed, n).
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info

from inpaint_bench.errors import DataMissingError
from trainers.augment import Augmentation, random_square
from trainers.masks import MaskMixture
from trainers.pictures import Picture, read_rgb
from trainers.sketches import draw_sketch, find_edges

__all__ = ["HeldOut", "TrainingStream", "make_loader", "split"]


def split(
    photographs: Sequence[Picture], held_out: int, seed: int
) -> tuple[list[Picture], list[Picture]]:
    """Split off `held_out` photographs, chosen by `seed`, for validation: a tenth at most, or one.

    A file that is listed several times, under whatever path, is either held out or trained on as
    many times an epoch.

    Raises:
        DataMissingError: there are fewer than two photographs.
    """
    times = Counter(p.resolve() if isinstance(p, Path) else p for p in photographs)
    different = list(times)
    if len(different) < 2:
        raise DataMissingError(
            f"expected two or more photographs, one of them held out, got {len(different)}"
        )
    order = np.random.default_rng(seed).permutation(len(different))
    count = max(1, min(held_out, len(different) // 10))
    training = [different[i] for i in order[count:]]
    return [p for p in training for _ in range(times[p])], [different[i] for i in order[:count]]


class TrainingStream:
    """Endless samples from `first` on, shared out over workers and processes without overlap.

    Args:
        photographs: what to cut the samples from.
        masks: where holes come from.
        size: side of the square samples in pixels.
        seed: of everything that is drawn.
        first: number of the first sample.
        step: this process takes every step-th sample (number of processes) ..
        offset: .. starting at this one (rank).
        sketches: also draw strokes into the hole.
        holes_each: samples in a row that show one and the same square with another hole, its
            mask from another of the sources in turn.
        augmentation: how squares are cut.
    """

    def __init__(
        self,
        photographs: Sequence[Picture],
        masks: MaskMixture,
        *,
        size: int,
        seed: int,
        first: int = 0,
        step: int = 1,
        offset: int = 0,
        sketches: bool = False,
        holes_each: int = 1,
        augmentation: Augmentation | None = None,
    ) -> None:
        self.photographs = list(photographs)
        self.masks = masks
        self.size = size
        self.seed = seed
        self.first, self.step, self.offset = first, step, offset
        self.sketches, self.holes_each = sketches, holes_each
        self.augmentation = augmentation or Augmentation()

    def sample(self, number: int) -> tuple[Tensor, ...]:
        """Return image 3xSxS, hole 1xSxS and, where asked for, sketch 1xSxS of a sample, uint8."""
        square, turn = divmod(number, self.holes_each)
        epoch, index = divmod(square, len(self.photographs))
        order = _order(len(self.photographs), self.seed, epoch)
        rng = np.random.default_rng([self.seed, square])
        picture = read_rgb(self.photographs[order[index]])
        picture = random_square(picture, self.size, rng, self.augmentation)
        if self.holes_each == 1:
            hole = self.masks.draw(self.size, rng)
        else:
            rng = np.random.default_rng([self.seed, number, 1])
            hole = self.masks.draw(self.size, rng, turn)
        planes = [hole]
        if self.sketches:
            planes.append(draw_sketch(np.ascontiguousarray(picture), hole, rng))
        return _as_tensors(picture, *planes)


def _as_tensors(picture: np.ndarray, *planes: np.ndarray) -> tuple[Tensor, ...]:
    """Turn SxSx3 uint8 into 3xSxS, and each SxS bool into 1xSxS uint8."""
    image = torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))
    return image, *(torch.from_numpy(plane[None].astype(np.uint8)) for plane in planes)


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

    def __iter__(self) -> Iterator[tuple[Tensor, ...]]:
        cv2.setNumThreads(0)
        info = get_worker_info()
        worker, workers = (info.id, info.num_workers) if info else (0, 1)
        stream, block = self.stream, worker
        while True:
            numbers = range(block * self.batch, (block + 1) * self.batch)
            samples = [
                stream.sample(stream.first + stream.offset + n * stream.step) for n in numbers
            ]
            yield tuple(torch.stack(column) for column in zip(*samples, strict=True))
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


class HeldOut(Dataset):
    """The frozen validation subset: centre squares, each with one hole that never changes.

    With `sketches` each comes with every edge of its hole as strokes.
    """

    def __init__(
        self,
        photographs: Sequence[Picture],
        masks: MaskMixture,
        *,
        size: int,
        seed: int,
        sketches: bool = False,
    ) -> None:
        self.photographs, self.masks = list(photographs), masks
        self.size, self.seed, self.sketches = size, seed, sketches

    def __len__(self) -> int:
        return len(self.photographs)

    def __getitem__(self, index: int) -> tuple[Tensor, ...]:
        """Return image 3xSxS, hole 1xSxS and, where asked for, sketch 1xSxS, uint8."""
        picture = read_rgb(self.photographs[index])
        height, width = picture.shape[:2]
        side = min(height, width)
        top, left = (height - side) // 2, (width - side) // 2
        square = picture[top : top + side, left : left + side]
        if side != self.size:
            square = cv2.resize(square, (self.size, self.size), interpolation=cv2.INTER_AREA)
        hole = self.masks.draw(self.size, np.random.default_rng([self.seed, index]))
        planes = [hole]
        if self.sketches:
            planes.append(find_edges(np.ascontiguousarray(square)) & hole)
        return _as_tensors(square, *planes)
