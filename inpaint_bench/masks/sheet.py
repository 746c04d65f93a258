"""A contact sheet of masks with a line of text under each."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from inpaint_bench.errors import MaskError

__all__ = ["draw_sheet"]

_CELL = 160  # pixels, side of a mask on the sheet
_GAP = 12
_LINE = 18
_PAPER, _INK, _KNOWN = 245, 40, 0


def draw_sheet(
    holes: Sequence[np.ndarray], labels: Sequence[Sequence[str]], *, columns: int | None = None
) -> np.ndarray:
    """Lay masks out in rows.

    Args:
        holes: HxW bool each, True = missing, drawn white.
        labels: for each mask the lines of (ASCII) text under it.
        columns: masks in a row; by default as many as there are rows.

    Returns:
        HxWx3 uint8.

    Raises:
        MaskError: there are no masks, or not as many labels.
    """
    if not holes or len(holes) != len(labels):
        raise MaskError(f"expected masks and a label for each, got {len(holes)} and {len(labels)}")
    columns = columns or int(np.ceil(np.sqrt(len(holes))))
    rows = -(-len(holes) // columns)
    step_y = _CELL + _LINE * max(len(lines) for lines in labels) + _GAP
    step_x = _CELL + _GAP
    sheet = np.full((rows * step_y + _GAP, columns * step_x + _GAP), _PAPER, dtype=np.uint8)
    for index, (hole, lines) in enumerate(zip(holes, labels, strict=True)):
        top = _GAP + index // columns * step_y
        left = _GAP + index % columns * step_x
        small = _shrink(hole)
        sheet[top : top + small.shape[0], left : left + small.shape[1]] = small
        for number, line in enumerate(lines, start=1):
            _write(sheet, line, left, top + _CELL + number * _LINE - 4)
    return np.repeat(sheet[..., None], 3, axis=2)


def _shrink(hole: np.ndarray) -> np.ndarray:
    """Return a mask in shades of grey that fits a cell."""
    scale = _CELL / max(hole.shape)
    size = max(1, round(hole.shape[1] * scale)), max(1, round(hole.shape[0] * scale))
    method = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_NEAREST
    return cv2.resize(np.where(hole, 255, _KNOWN).astype(np.uint8), size, interpolation=method)


def _write(sheet: np.ndarray, line: str, left: int, baseline: int) -> None:
    """Write a line of text that is no wider than a cell."""
    font, size = cv2.FONT_HERSHEY_SIMPLEX, 0.42
    (width, _), _ = cv2.getTextSize(line, font, size, 1)
    size *= min(1.0, _CELL / max(width, 1))
    cv2.putText(sheet, line, (left, baseline), font, size, _INK, 1, cv2.LINE_AA)
