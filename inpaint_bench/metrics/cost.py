"""What the four everyday metrics cost beside scikit-image's, timed in turn on one thread each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from inpaint_bench.errors import BenchError
from inpaint_bench.metrics._base import METRICS

__all__ = ["NAMES", "MetricsCost", "compare_with_skimage"]

NAMES = ("l1", "l2", "psnr", "ssim")
_SMALLEST = 64


@dataclass(frozen=True)
class MetricsCost:
    """Median seconds for one picture.

    Attributes:
        size: side of the pictures.
        images: pictures that were measured in a row before the other side's turn.
        batch: of these in one call of each of `NAMES`, as in a run with --batch.
        ours: of the four metrics, each called by itself as the benchmark does.
        scikit_image: of the same four numbers with scikit-image and NumPy, picture by picture
            (it takes no batch), from float32 in [0,1] too, which it is fastest on.
    """

    size: int
    images: int
    batch: int
    ours: float
    scikit_image: float

    @property
    def times_faster(self) -> float:
        """Return how many times faster ours is."""
        return self.scikit_image / self.ours


def compare_with_skimage(
    size: int = 256,
    images: int = 8,
    seed: int = 0,
    *,
    batch: int | None = None,
    rounds: int = 10,
) -> MetricsCost:
    """Time L1, L2, PSNR and SSIM together on one thread, and the scikit-image loop likewise.

    The two take turns over the same pictures, so that another process on the machine slows both
    alike. The pictures are smooth noise under a hole of a third of their pixels, each another.

    Args:
        size: side of the square pictures in pixels, at least 64.
        images: pictures of one turn.
        seed: of the pictures.
        batch: pictures of one call; 1 for a run without --batch, None for all of a turn.
        rounds: timings of each; the median counts.

    Raises:
        BenchError: the pictures are too small, or there are none.
    """
    batch = images if batch is None else batch
    if size < _SMALLEST or min(images, batch, rounds) < 1:
        raise BenchError(
            f"expected pictures of {_SMALLEST} pixels or more, and 1 or more pictures, in a batch "
            f"and rounds, got {size}, {images}, {batch} and {rounds}"
        )
    drawn = [_pictures(size, seed + i) for i in range(images)]
    groups = [drawn[first : first + batch] for first in range(0, images, batch)]
    batches = [[_batch([one[k] for one in group]) for k in range(3)] for group in groups]

    def ours() -> None:
        for truth, result, hole in batches:
            for name in NAMES:
                METRICS[name].compute(result, truth, hole)

    def theirs() -> None:
        for one in drawn:
            _scikit_image(one[1], one[0])

    with _one_thread():
        timings = [(_seconds(ours), _seconds(theirs)) for _ in range(1 + rounds)]
    median = np.median(timings[1:], axis=0) / images  # the first round warms up
    return MetricsCost(size, images, batch, float(median[0]), float(median[1]))


def _scikit_image(result: np.ndarray, truth: np.ndarray) -> tuple[float, ...]:
    """Return L1, L2, PSNR, SSIM of HxWx3 float32 by the conventions of `NAMES`."""
    from skimage.metrics import peak_signal_noise_ratio, structural_similarity

    difference = result - truth
    similarity = structural_similarity(
        truth,
        result,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=1.0,
        channel_axis=2,
    )
    return (
        100.0 * float(np.abs(difference).mean()),
        100.0 * float(np.square(difference).mean()),
        float(peak_signal_noise_ratio(truth, result, data_range=1.0)),
        float(similarity),
    )


def _pictures(size: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return truth, composite (HxWx3 float32 on the grid of 8 bits) and hole (HxWx1 float32)."""
    rng = np.random.default_rng(seed)
    noise = [cv2.GaussianBlur(rng.random((size, size, 3)), (0, 0), sigma) for sigma in (6.0, 2.0)]
    stretched = [(x - x.min()) / np.ptp(x) for x in noise]
    truth, filled = ((np.round(255.0 * x) / 255.0).astype(np.float32) for x in stretched)
    hole = np.zeros((size, size, 1), dtype=np.float32)
    hole[size // 5 : -size // 5, size // 5 : -size // 5] = 1.0
    return truth, np.where(hole > 0, filled, truth), hole


def _batch(pictures: list[np.ndarray]) -> Tensor:
    """Return HxWxC arrays as BxCxHxW."""
    return torch.from_numpy(np.ascontiguousarray(np.stack(pictures).transpose(0, 3, 1, 2)))


def _seconds(function: Callable[[], None]) -> float:
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


@contextmanager
def _one_thread() -> Iterator[None]:
    """Hold torch and OpenCV to one thread; scikit-image has never more."""
    before = torch.get_num_threads(), cv2.getNumThreads()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before[0])
        cv2.setNumThreads(before[1])
