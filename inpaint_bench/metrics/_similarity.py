"""The arithmetic under every structural similarity: windowed means, once for all of them.

With d = a - b and s = a + b the two factors of the index at a pixel are

    luminance  1 - 2 p,  p = m_d^2 / (m_s^2 + m_d^2 + 2 C1)
    structure  1 - 2 q,  q = v_d   / (v_s   + v_d   + 2 C2)

with the windowed means m and variances v of d and s. That needs four filters, as the usual form
does, but no small difference of large numbers: d is small where the pictures agree, and s is
taken from its mean first, which changes no variance. float32 pictures are thus measured in
float32 with errors below 1e-6, at twice the speed; float64 pictures stay in float64.

On the CPU everything happens in scratch memory that each thread keeps (fresh pages would cost
more than the sums), the channels of small pictures all at once.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from inpaint_bench.metrics._base import arrays

__all__ = ["C1", "C2", "GAUSSIAN", "Window", "index_map", "mean_index", "mean_structure"]

C1 = 0.01**2
C2 = 0.03**2
_SCRATCH = threading.local()
_GRID = 2.0**24
_TYPES = {"float32": torch.float32, "float64": torch.float64}
_TOGETHER = 200_000  # elements; more do not stay in the processor's cache


@dataclass(frozen=True)
class Window:
    """Weights of a separable window.

    Attributes:
        kernel: its weights along one axis; an odd number that adds up to 1.
        sample: variances are multiplied by n / (n - 1), n being the window's pixels.
    """

    kernel: tuple[float, ...]
    sample: bool = False

    @property
    def border(self) -> int:
        """Return how far from the border a pixel's window lies inside the picture."""
        return len(self.kernel) // 2

    @property
    def flat(self) -> bool:
        """Return whether all weights are equal, which a running sum filters faster."""
        return len(set(self.kernel)) == 1

    @property
    def c2(self) -> float:
        """Return the constant that the variances' factor turns C2 into."""
        pixels = len(self.kernel) ** 2
        return C2 * (pixels - 1) / pixels if self.sample else C2


def _gaussian(size: int, sigma: float) -> tuple[float, ...]:
    position = np.arange(size) - size // 2
    kernel = np.exp(-0.5 * (position / sigma) ** 2)
    return tuple((kernel / kernel.sum()).tolist())


GAUSSIAN = Window(_gaussian(11, 1.5))
"""The window of Wang et al. 2004."""


def mean_index(result: Tensor, truth: Tensor, window: Window) -> Tensor:
    """Return the mean of the index over the channels and the pixels whose window lies inside.

    Args:
        result, truth: BxCxHxW in [0,1], at least as large as the window.
        window: its shape.

    Returns:
        B float64.
    """
    if result.device.type != "cpu":
        luminance, structure = _factors_torch(result.double(), truth.double(), window)
        return (luminance * structure).mean(dim=(1, 2, 3))
    return _means(result, truth, window, whole=True)


def mean_structure(result: Tensor, truth: Tensor, window: Window) -> Tensor:
    """Return the mean of the structure factor; as `mean_index`."""
    if result.device.type != "cpu":
        return _factors_torch(result.double(), truth.double(), window)[1].mean(dim=(1, 2, 3))
    return _means(result, truth, window, whole=False)


def index_map(result: Tensor, truth: Tensor, window: Window) -> Tensor:
    """Return the index at every pixel whose window lies inside, averaged over the channels.

    Args:
        result, truth: BxCxHxW in [0,1].
        window: its shape.

    Returns:
        Bxhxw float64 with h = H - 2 border, w = W - 2 border.
    """
    if result.device.type != "cpu":
        luminance, structure = _factors_torch(result.double(), truth.double(), window)
        return (luminance * structure).mean(dim=1)
    maps = []
    for a, b in zip(arrays(result), arrays(truth), strict=True):
        planes = _values(a, b, window, whole=True)  # each is gone when the next one comes
        maps.append(sum(plane.astype(np.float64) for plane in planes) / len(a))
    return torch.from_numpy(np.stack(maps))


def _means(result: Tensor, truth: Tensor, window: Window, *, whole: bool) -> Tensor:
    means = []
    for a, b in zip(arrays(result), arrays(truth), strict=True):
        planes = [_mean(plane) for plane in _values(a, b, window, whole=whole)]
        means.append(sum(planes) / len(planes))
    return torch.tensor(means, dtype=torch.float64)


def _mean(plane: np.ndarray) -> float:
    return float(cv2.sumElems(plane)[0]) / plane.size  # adds up in float64


def _values(a: np.ndarray, b: np.ndarray, window: Window, *, whole: bool) -> Iterator[np.ndarray]:
    """Give the index (or its structure factor) of each channel of CxHxW pictures.

    Each is hxw and good until the next one is asked for.
    """
    channels, height, width = a.shape
    count = channels if a.size <= _TOGETHER else 1
    inside = slice(window.border, -window.border)
    for first in range(0, channels, count):
        block = slice(first, first + count)
        stacked = (count * height, width)
        values = _block(a[block].reshape(stacked), b[block].reshape(stacked), window, whole)
        # Windows that see two channels lie within the border of one of them.
        for plane in values.reshape(count, height, width):
            yield plane[inside, inside]


def _block(a: np.ndarray, b: np.ndarray, window: Window, whole: bool) -> np.ndarray:
    """Return index or structure factor at every pixel of two HxW planes, in scratch memory."""
    (plane_d, plane_s, blur_d, blur_s), (d, s, mean_d, mean_s) = _scratch(a.shape, a.dtype)
    centre = float(cv2.mean(a)[0] + cv2.mean(b)[0])
    np.subtract(a, b, out=plane_d)
    cv2.addWeighted(a, 1.0, b, 1.0, -centre, dst=plane_s)
    _filter(plane_d, window, blur_d)
    _filter(plane_s, window, blur_s)
    d.square_()
    torch.addcmul(d, s, s, out=s)
    _filter(plane_d, window, plane_d)  # OpenCV filters in place: it keeps the rows it needs
    _filter(plane_s, window, plane_s, 2.0 * window.c2)
    mean_d.square_()
    d.sub_(mean_d)  # variance of d
    s.sub_(mean_d).addcmul_(mean_s, mean_s, value=-1.0)  # v_s + v_d + 2 C2
    torch.sub(s, d, alpha=2.0, out=d)
    if not whole:
        d.div_(s)
        return plane_d
    mean_s.add_(centre)
    torch.addcmul(mean_d, mean_s, mean_s, out=mean_s).add_(2.0 * C1)  # m_s^2 + m_d^2 + 2 C1
    torch.sub(mean_s, mean_d, alpha=2.0, out=mean_d)
    mean_d.mul_(d).div_(mean_s.mul_(s))
    return blur_d


def _filter(plane: np.ndarray, window: Window, into: np.ndarray, plus: float = 0.0) -> None:
    """Write the windowed means of a plane, plus a constant, into another."""
    if window.flat:
        cv2.boxFilter(plane, -1, (len(window.kernel),) * 2, dst=into)
        into += plus
        return
    kernel = _kernel(window.kernel, plane.dtype)
    cv2.sepFilter2D(plane, -1, kernel, kernel, dst=into, delta=plus)


def _factors_torch(a: Tensor, b: Tensor, window: Window) -> tuple[Tensor, Tensor]:
    """Return luminance and structure of BxCxHxW float64 wherever they are."""
    s, d = a + b, a - b
    mean_d, mean_s = _blur(d, window).square(), _blur(s, window).square()
    variance_d = _blur(d * d, window) - mean_d
    variance_s = _blur(s * s, window) - mean_s
    luminance = 1.0 - 2.0 * mean_d / (mean_s + mean_d + 2.0 * C1)
    return luminance, 1.0 - 2.0 * variance_d / (variance_s + variance_d + 2.0 * window.c2)


def _blur(planes: Tensor, window: Window) -> Tensor:
    """Return the windowed means of BxCxHxW where the window fits."""
    kernel = planes.new_tensor(window.kernel)
    single = planes.flatten(0, 1).unsqueeze(1)  # BCx1xHxW
    single = functional.conv2d(single, kernel.view(1, 1, 1, -1))
    single = functional.conv2d(single, kernel.view(1, 1, -1, 1))
    return single.squeeze(1).unflatten(0, planes.shape[:2])  # BxCxhxw


@lru_cache(maxsize=16)
def _kernel(weights: tuple[float, ...], dtype: np.dtype) -> np.ndarray:
    """Return weights whose sum is exactly 1, else flat regions would have a variance."""
    if dtype == np.float64:
        return np.array(weights)
    rounded = np.round(np.array(weights) * _GRID) / _GRID
    rounded[len(rounded) // 2] += 1.0 - rounded.sum()
    return rounded.astype(np.float32)


def _scratch(shape: tuple[int, ...], dtype: np.dtype) -> tuple[list[np.ndarray], list[Tensor]]:
    """Return four arrays of this thread and the same memory as tensors.

    They are the ones of the call before while shape and type stay the same.
    """
    key = (shape, dtype)
    if getattr(_SCRATCH, "key", None) != key:
        # Torch's starts at multiples of 64 bytes: OpenCV's sums depend on that in the last bit.
        with torch.inference_mode(False):  # else these tensors could be used in no other mode
            tensors = [torch.empty(shape, dtype=_TYPES[dtype.name]) for _ in range(4)]
        _SCRATCH.arrays = [one.numpy() for one in tensors], tensors
        _SCRATCH.key = key
    return _SCRATCH.arrays
