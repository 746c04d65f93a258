"""Ctrl-C and SIGTERM as a request that a training reads between two steps.

An exception raised by a handler lands anywhere: in the middle of an update, or of an import. A
request leaves weights, optimiser and image count of one and the same step.
"""

from __future__ import annotations

import signal

__all__ = ["StopRequest"]


class StopRequest:
    """False until the process is asked to stop; asked again, it stops at once."""

    def __init__(self) -> None:
        self.asked = False

    def __bool__(self) -> bool:
        return self.asked

    def listen(self) -> None:
        """Take over SIGINT, which Ctrl-C sends, and SIGTERM, which schedulers send."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)

    def _on_signal(self, number: int, frame: object) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
