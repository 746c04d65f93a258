"""What buttons have made of a visitor's hole: for undo, and for clicks quicker than the editor.

The editor forgets its strokes when it is sent another hole, and takes a moment to put that on: a
click within that moment still brings along the hole of before.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from inpaint_bench.errors import MaskError
from inpaint_bench.ui.canvas import Paint, layer_of, read_paint

__all__ = ["HoleHistory"]

_MOST_KEPT = 6
_MOST_LATE = 12
_SECONDS_TO_PUT_ON = 1.5  # the editor takes no longer, but over a slow connection


@dataclass(frozen=True)
class HoleHistory:
    """The history of one photograph's hole.

    Attributes:
        kept: holes that buttons have changed, the last of them at the end.
        sent: what the editor was sent last.
        late: digests of what it may still show instead.
        when: it was sent, in seconds of `time.monotonic`.
    """

    kept: tuple[Paint, ...] = ()
    sent: Paint | None = None
    late: tuple[bytes, ...] = ()
    when: float = -math.inf

    def meant(self, value: Mapping[str, Any] | None, *, side: int) -> dict[str, Any]:
        """Return the canvas that a click means: what was sent last, until the editor shows it.

        Args:
            value: what the editor shows.
            side: of the square canvas in pixels.

        Raises:
            MaskError: as `read_paint`.
        """
        return {"layers": [layer_of(self._meant(read_paint(value, side=side)))]}

    def changed(self, value: Mapping[str, Any] | None, sent: Paint) -> HoleHistory:
        """Return the history once a button has changed what the editor shows into `sent`."""
        shown = read_paint(value, side=len(sent.hole))
        meant = self._meant(shown)
        return self._sending(sent, (*self.kept, meant)[-_MOST_KEPT:], shown, meant)

    def anew(self, value: Mapping[str, Any] | None, sent: Paint) -> HoleHistory:
        """Return a history with nothing to undo, once another photograph came with `sent`."""
        return replace(self.changed(value, sent), kept=())

    def by_hand(self) -> HoleHistory:
        """Return the history once a hand was on the canvas: what the editor shows is meant.

        Right after a button it shows the hole of before, and a hand that only scrolls past on a
        phone changes nothing.
        """
        late = time.monotonic() - self.when < _SECONDS_TO_PUT_ON
        return self if late else replace(self, late=())

    def undone(self, value: Mapping[str, Any] | None, *, side: int) -> tuple[Paint, HoleHistory]:
        """Return the last other hole that was kept, and the history without it.

        Raises:
            MaskError: there is none; or as `read_paint`.
        """
        shown = read_paint(value, side=side)
        meant = self._meant(shown)
        for place in reversed(range(len(self.kept))):
            hole = self.kept[place]
            if not np.array_equal(hole, meant):
                return hole, self._sending(hole, self.kept[:place], shown, meant)
        raise MaskError("expected an earlier hole of this photograph, got none: nothing to undo")

    def _meant(self, shown: Paint) -> Paint:
        return self.sent if self.sent is not None and _digest(shown) in self.late else shown

    def _sending(
        self, sent: Paint, kept: tuple[Paint, ...], shown: Paint, meant: Paint
    ) -> HoleHistory:
        before = self.late if meant is not shown else ()  # once it shows the last, all are past
        late = (*before, _digest(shown), _digest(meant))[-_MOST_LATE:]
        return HoleHistory(kept, sent, late, time.monotonic())


def _digest(paint: Paint) -> bytes:
    return hashlib.sha256(np.packbits(paint).tobytes()).digest()
