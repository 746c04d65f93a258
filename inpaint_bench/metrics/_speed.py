"""What the four everyday metrics cost beside scikit-image's, timed in turn on one thread each."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import cv2
import numpy as np
import torch

from inpaint_bench.metrics._base import METRICS

__all__ = ["NAMES", "MetricsSpeed", "metrics_speed"]

NAMES = ("l1", "l2", "psnr", "ssim")
_IN_A_ROW = 5  # pictures, as in a run: one after the other


@dataclass(frozen=True)
class MetricsSpeed:
    """Median seconds for one picture.

    Attributes:
        size: side of the pictures.
        ours: of `NAMES`, each called by itself as the benchmark does.
        scikit_image: of the same four numbers with scikit-image and NumPy, from float32 in
            [0,1] too, which is what scikit-image is fastest on.
    """

    size: int
    ours: float
    scikit_image: float

    @property
    def times_faster(self) -> float:
        """Return how many times faster ours is."""
        return self.scikit_image / self.ours


def metrics_speed(size: int = 256, rounds: int = 20) -> MetricsSpeed:
    """Time L1, L2, PSNR and SSIM together on one thread, and the scikit-image loop likewise.

    The two take turns, a few pictures each, so that another process on the machine slows both
    alike. The picture is smooth noise under a hole of a third of its pixels.

    Args:
        size: side of the square picture in pixels, at least 64.
        rounds: timings of each; the median counts.
    """
    truth, result, hole = _pictures(size)
    tensors = [_tensor(result), _tensor(truth), torch.from_numpy(hole)[None, None].float()]

    def ours() -> None:
        for name in NAMES:
            METRICS[name].compute(*tensors)

    def theirs() -> None:
        _scikit_image(result, truth)

    with _one_thread():
        timings = [(_seconds(ours), _seconds(theirs)) for _ in range(1 + rounds)]
    median = np.median(timings[1:], axis=0)  # the first round warms up
    return MetricsSpeed(size, float(median[0]), float(median[1]))


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


def _pictures(size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return truth, composite (HxWx3 float32 on the grid of 8 bits) and hole (HxW bool)."""
    rng = np.random.default_rng(0)
    noise = [cv2.GaussianBlur(rng.random((size, size, 3)), (0, 0), sigma) for sigma in (6.0, 2.0)]
    stretched = [(x - x.min()) / np.ptp(x) for x in noise]
    truth, filled = ((np.round(255.0 * x) / 255.0).astype(np.float32) for x in stretched)
    hole = np.zeros((size, size), dtype=bool)
    hole[size // 5 : -size // 5, size // 5 : -size // 5] = True
    return truth, np.where(hole[..., None], filled, truth), hole


def _tensor(picture: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))[None]


def _seconds(function: Callable[[], None]) -> float:
    """Return the mean seconds of a few calls."""
    started = time.perf_counter()
    for _ in range(_IN_A_ROW):
        function()
    return (time.perf_counter() - started) / _IN_A_ROW


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
