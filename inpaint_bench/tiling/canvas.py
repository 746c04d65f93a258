"""One photograph that is being filled, and the windows through which a network sees it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from inpaint_bench.tiling.resampling import enlarge, shrink

__all__ = ["Canvas", "Cut", "Fill", "Frame", "Window"]

# Image 1x3xhxw, hole 1x1xhxw and perhaps a sketch -> 1x3xhxw in [0,1].
Fill = Callable[[Tensor, Tensor, Tensor | None], Tensor]
Cut = tuple[object, slice, slice]  # index of a part of BxCxHxW

_PASTED_ROWS = 64


@dataclass(frozen=True)
class Frame:
    """The pictures that a network takes.

    Attributes:
        side: of the squares it was trained on, in pixels.
        only: whether it takes nothing but such squares.
    """

    side: int
    only: bool = False

    def fit(self, height: int, width: int) -> tuple[int, int]:
        """Return the size at which a picture is shown: its shape, as many pixels as trained on.

        Where the network takes squares only, the longer side becomes `side`, by enlarging too.
        """
        if self.only:
            scale = self.side / max(height, width)
        else:
            scale = min(1.0, self.side / math.sqrt(height * width))
        return max(1, round(height * scale)), max(1, round(width * scale))


@dataclass(frozen=True)
class Window:
    """A rectangle of a photograph, in pixels; `bottom` and `right` are the first outside."""

    top: int
    left: int
    bottom: int
    right: int

    def shared(self, other: Window) -> Window:
        """Return what two windows share; its height or width is below 1 if nothing."""
        return Window(
            max(self.top, other.top),
            max(self.left, other.left),
            min(self.bottom, other.bottom),
            min(self.right, other.right),
        )

    def within(self, other: Window) -> Cut:
        """Return the index of this window in a picture of `other`, which holds it."""
        return (
            ...,
            slice(self.top - other.top, self.bottom - other.top),
            slice(self.left - other.left, self.right - other.left),
        )

    @property
    def height(self) -> int:
        return self.bottom - self.top

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def cut(self) -> Cut:
        """Index of the window in BxCxHxW."""
        return (..., slice(self.top, self.bottom), slice(self.left, self.right))


class Canvas:
    """One photograph that is being filled.

    Attributes:
        image: 1x3xHxW: known pixels as they were, missing ones as far as they are filled.
        missing: 1x1xHxW bool, not filled yet.
        sketch: 1x1xHxW or None.
    """

    def __init__(
        self, fill: Fill, frame: Frame, image: Tensor, missing: Tensor, sketch: Tensor | None
    ) -> None:
        self.image, self.missing, self.sketch = image, missing, sketch
        self.frame = frame
        self._fill = fill

    @property
    def whole(self) -> Window:
        """The window that is the whole photograph."""
        return Window(0, 0, *self.missing.shape[-2:])

    def known_share(self, window: Window) -> float:
        """Return the share of known and filled pixels of a window."""
        missing = self.missing[window.cut]
        return 1.0 - int(missing.sum()) / missing.numel()

    def see(self, cut: Cut) -> Tensor:
        """Return what the network puts into a part of the photograph, 1x3xhxw."""
        missing = self.missing[cut]
        image = self.image[cut].to(torch.float32).masked_fill(missing, 0.0)
        sketch = None if self.sketch is None else self.sketch[cut] * missing
        return self._fill(image, missing.to(torch.float32), sketch)

    def see_fitted(self, window: Window) -> Tensor:
        """Return a window as the network completes it at its trained size, small, 1x3xhxw."""
        size = self.frame.fit(window.height, window.width)
        mean, share = shrink(self.image[window.cut], self.missing[window.cut], size)
        hole = _missing(share)
        if hole is None:  # nothing that a network could be asked for
            return mean
        sketch = None
        if self.sketch is not None:
            sketch = functional.adaptive_max_pool2d(self.sketch[window.cut], size) * hole
        filled = self._fill(mean.masked_fill(hole, 0.0), hole.to(torch.float32), sketch)
        return torch.where(hole, filled, mean)

    def paste(self, small: Tensor, window: Window, part: Window) -> None:
        """Enlarge what `see_fitted` gave for `window` into the missing pixels of `part`."""
        size = (window.height, window.width)
        for top in range(part.top, part.bottom, _PASTED_ROWS):
            rows = Window(top, part.left, min(top + _PASTED_ROWS, part.bottom), part.right)
            missing = self.missing[rows.cut]
            if bool(missing.any()):
                large = enlarge(small, size, rows.top - window.top, rows.bottom - window.top)
                columns = rows.within(window)[2]
                self.write(rows.cut, large[..., columns])

    def write(self, cut: Cut, result: Tensor) -> None:
        """Put a result into the missing pixels of a part."""
        old = self.image[cut]
        old.copy_(torch.where(self.missing[cut], result.to(old), old))


def _missing(share: Tensor) -> Tensor | None:
    """Return which small pixels are missing, by the share that is known of what they cover.

    Usually those known by less than a half; the others have the mean of what is known. Where
    holes are smaller than the pixels, or everything is nearly missing, the half lies between the
    least and the most that is known of any. None where that is the same everywhere.
    """
    low, high = (float(x) for x in torch.aminmax(share))
    return share < (low + high) / 2 if high - low > 1e-3 else None
