"""Photographs larger than a network was trained on: five ways to fill them, memory bounded.

- `whole`: the network sees the photograph as it is. Memory grows with the photograph.
- `resize`: it sees the photograph shrunk to as many pixels as it was trained on; what it put
  into the hole is enlarged.
- `tile`: it sees overlapping windows of its trained size, those that hold missing pixels, each
  once. Their outer sixteenth is context only, then they are blended linearly. A window with
  hardly any known pixel takes what `resize` gives there.
- `crop`: it sees one window around each hole, twice as wide as the hole, shrunk to its trained
  size where it is larger. Holes that are near each other share a window; a hole that reaches
  far but is thin (strokes, scratches) is tiled instead, at full resolution.
- `subsample`: it sees every s-th pixel of every s-th row, s x s such pictures (DeepGIN, section
  6.1; Shi et al. 2016), and the results are interleaved.

With `tile`, `crop` and `subsample`, memory beyond the result and one map of what is missing does
not depend on the photograph. Owns windows, blending and writing into holes; what runs a network
on a window, and the default of each model, is `_api`'s.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from torch import Tensor

from inpaint_bench.tiling.boxes import find_boxes, largest_share
from inpaint_bench.tiling.canvas import Canvas, Fill, Frame, Window
from inpaint_bench.tiling.resampling import enlarge
from inpaint_bench.tiling.windows import spread_windows

__all__ = ["STRATEGIES", "Fill", "Frame", "fill_oversize"]

_FEW = 1 / 32  # share of known pixels below which a window tells a network nothing
_DENSE = 1 / 2  # share of missing pixels of half a window above which a hole is not thin


def fill_oversize(
    fill: Fill,
    image: Tensor,
    missing: Tensor,
    *,
    strategy: str,
    frame: Frame,
    sketch: Tensor | None = None,
) -> Tensor:
    """Fill photographs of any size by a network that sees pictures of bounded size.

    Args:
        fill: runs the network on a picture of at most `frame.side` squared pixels.
        image: Bx3xHxW in [0,1].
        missing: Bx1xHxW bool.
        strategy: "resize", "tile", "crop" or "subsample".
        frame: what the network takes.
        sketch: Bx1xHxW float32, 1 = stroke, or None.

    Returns:
        A new Bx3xHxW tensor; known pixels are those of `image`, bit for bit.
    """
    result = image.clone()
    for i in range(len(image)):
        one = slice(i, i + 1)
        strokes = None if sketch is None else sketch[one]
        canvas = Canvas(fill, frame, result[one], missing[one].clone(), strokes)
        _STRATEGIES[strategy](canvas)
    return result


def _resize(canvas: Canvas) -> None:
    canvas.paste(canvas.see_fitted(canvas.whole), canvas.whole, canvas.whole)


def _tile(canvas: Canvas) -> None:
    _tile_box(canvas, canvas.whole, canvas.whole)


def _tile_box(canvas: Canvas, box: Window, part: Window) -> None:
    """Fill what is missing in a box by overlapping windows over a part around it; blend them."""
    target = canvas.image[box.cut]
    target.masked_fill_(canvas.missing[box.cut], 0.0)
    small: Tensor | None = None
    for window, weight in spread_windows(part, canvas.frame.side):
        own = window.shared(box)
        if min(own.height, own.width) < 1 or not bool(canvas.missing[own.cut].any()):
            continue
        if canvas.known_share(window) >= _FEW:
            result = canvas.see(window.cut)
        else:
            small = canvas.see_fitted(part) if small is None else small
            rows = (window.top - part.top, window.bottom - part.top)
            result = enlarge(small, (part.height, part.width), *rows)
            result = result[..., window.within(part)[2]]
        inside = own.within(window)
        share = (result * weight.to(result.device))[inside]
        canvas.write(own.cut, canvas.image[own.cut] + share)
    target.clamp_(0.0, 1.0)  # weights sum to 1 but for rounding; known pixels are in range
    canvas.missing[box.cut] = False


def _crop(canvas: Canvas) -> None:
    side = canvas.frame.side
    for box in find_boxes(canvas.missing, side):
        own = canvas.missing[box.cut]
        if not bool(own.any()):  # filled with a neighbour
            continue
        wide = 2 * max(box.height, box.width)
        window = _around(box, max(wide, side), max(wide, side), canvas.whole)
        context = side // 2
        height, width = max(box.height + context, side), max(box.width + context, side)
        near = _around(box, height, width, canvas.whole)
        if wide > side and largest_share(canvas.missing[near.cut], side // 2) < _DENSE:
            _tile_box(canvas, box, near)
            continue
        if canvas.known_share(window) < _FEW:
            window = canvas.whole
        if max(window.height, window.width) > side:
            canvas.paste(canvas.see_fitted(window), window, box)
        else:
            canvas.write(box.cut, canvas.see(window.cut)[box.within(window)])
        canvas.missing[box.cut] = False


def _around(box: Window, height: int, width: int, whole: Window) -> Window:
    """Return a window around a box, moved and cut so that it lies in the photograph."""
    top, bottom = _interval(box.top, box.bottom, height, whole.height)
    left, right = _interval(box.left, box.right, width, whole.width)
    return Window(top, left, bottom, right)


def _interval(low: int, high: int, size: int, length: int) -> tuple[int, int]:
    size = min(size, length)
    start = min(max((low + high - size) // 2, 0), length - size)
    return start, start + size


def _subsample(canvas: Canvas) -> None:
    height, width = canvas.missing.shape[-2:]
    step = math.ceil(max(height, width) / canvas.frame.side)
    small: Tensor | None = None
    for i in range(min(step, height)):
        for j in range(min(step, width)):
            cut = (..., slice(i, None, step), slice(j, None, step))
            missing = canvas.missing[cut]
            if bool(missing.all()):  # the network would see nothing
                small = canvas.see_fitted(canvas.whole) if small is None else small
                large = enlarge(small, (height, width), 0, height)
                canvas.write(cut, large[cut])
            elif bool(missing.any()):
                canvas.write(cut, canvas.see(cut))


_STRATEGIES: dict[str, Callable[[Canvas], None]] = {
    "resize": _resize,
    "tile": _tile,
    "crop": _crop,
    "subsample": _subsample,
}
STRATEGIES = ("whole", *_STRATEGIES)
