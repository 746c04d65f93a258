"""What all downloads share: an address that gives up in time."""

from __future__ import annotations

import queue
import threading
from http.client import HTTPException, HTTPResponse
from urllib.request import Request, urlopen

__all__ = ["open_address"]


def open_address(address: str | Request, seconds: float) -> HTTPResponse:
    """Open an address, giving up after `seconds` even while its name is looked up.

    The time-out of `urlopen` does not cover the look-up, and torch hub's download has none.

    Raises:
        OSError, HTTPException, ValueError: as `urlopen`; a `TimeoutError` after that time.
    """
    answers: queue.SimpleQueue[HTTPResponse | Exception] = queue.SimpleQueue()

    def attempt() -> None:
        try:
            answers.put(urlopen(address, timeout=seconds))
        except (OSError, HTTPException, ValueError) as error:
            answers.put(error)

    threading.Thread(target=attempt, daemon=True).start()
    try:
        answer = answers.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError(f"no answer within {seconds:.0f} s") from None
    if isinstance(answer, Exception):
        raise answer
    return answer
