"""One file over HTTP: goes on where it stopped, survives cut connections, and gives up early.

A file that is not whole lies under another name, beside a note of which version it is a part of.
Whether what came is what was published is for the caller to check.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request

from inpaint_bench import __version__
from inpaint_bench.errors import WeightsError
from inpaint_bench.web import open_address

__all__ = ["Progress", "download"]

# Called with the bytes there, and in all (0 if unknown).
Progress = Callable[[int, int], None]

_BLOCK = 1 << 20
_TRIES = 5  # connections in a row that bring nothing
_BUSY = (429, 500, 502, 503, 504)


@dataclass(frozen=True)
class Patience:
    """How long a download waits.

    Attributes:
        connect: seconds for an address to answer, the look-up of its name included.
        pause: seconds before the second try; each further one waits twice as long.
    """

    connect: float = 10.0
    pause: float = 1.0


class _CutError(Exception):
    """A connection that ended early; the next one may bring more."""


def download(
    address: str, path: Path, *, progress: Progress | None = None, patience: Patience | None = None
) -> None:
    """Fetch an address into `path`, going on from what is there already.

    Args:
        address: http or https; redirects are followed.
        path: of the part and, in the end, of the whole file; a note lies beside it meanwhile.
        progress: called after each block.
        patience: how long to wait.

    Raises:
        WeightsError: it cannot be had; what came so far stays for the next call.
    """
    patience = patience or Patience()
    tries, reason = 0, ""
    while tries < _TRIES:
        before = _size(path)
        if tries:
            time.sleep(patience.pause * 2 ** (tries - 1))
        try:
            _attempt(address, path, progress, patience)
        except _CutError as error:
            reason = str(error)
            tries = 1 if _size(path) > before else tries + 1
            continue
        _note(path).unlink(missing_ok=True)
        return
    raise _failed(address, path, f"{reason}, {_TRIES} times")


def _attempt(address: str, path: Path, progress: Progress | None, patience: Patience) -> None:
    """Ask for what is missing and write it down.

    Raises:
        _CutError: the connection broke after it stood, or the server is busy.
        WeightsError: trying again would not help.
    """
    start, version = _size(path), _read_note(path)
    if start and not version:
        path.unlink()
        start = 0
    headers = {"User-Agent": f"inpaint-bench/{__version__}", "Accept-Encoding": "identity"}
    if start:
        headers |= {"Range": f"bytes={start}-", "If-Range": version}
    try:
        response = open_address(Request(address, headers=headers), patience.connect)
    except HTTPError as error:
        error.close()
        if error.code == 416:
            if error.headers.get("Content-Range", "").endswith(f"/{start}"):
                return  # nothing is missing
            path.unlink(missing_ok=True)
            raise _CutError("the part was of another file") from error
        if error.code in _BUSY:
            raise _CutError(f"it answered {error.code} {error.reason}") from error
        raise _failed(address, path, f"it answered {error.code} {error.reason}") from error
    except (OSError, HTTPException) as error:
        if isinstance(_cause(error), (ConnectionResetError, http.client.RemoteDisconnected)):
            raise _CutError(_why(error)) from error
        raise _failed(address, path, _why(error)) from error
    with response:
        _receive(response, address, path, start, progress)


def _receive(
    response: HTTPResponse, address: str, path: Path, start: int, progress: Progress | None
) -> None:
    """Write the body of an answer after what is there."""
    if response.headers.get_content_type() == "text/html":
        raise _failed(address, path, "it answered with a web page instead of a file")
    if response.status != 206:
        start = 0
    length = response.headers.get("Content-Length")
    total = start + int(length) if length else 0
    tag = response.headers.get("ETag") or "W/"
    # A weak tag cannot be asked for again; without a date either, the next call starts anew.
    version = response.headers.get("Last-Modified", "") if tag.startswith("W/") else tag
    try:
        _note(path).write_text(json.dumps(version))
        with path.open("ab" if start else "wb") as stream:
            while block := response.read(_BLOCK):
                stream.write(block)
                start += len(block)
                if progress is not None:
                    progress(start, total)
    except (ConnectionError, TimeoutError, HTTPException) as error:
        raise _CutError(f"the connection was cut ({_why(error)})") from error
    except OSError as error:
        raise WeightsError(f"cannot write {path}: {_why(error)}") from error
    if total and start < total:
        raise _CutError(f"the connection was cut after {start} of {total} bytes")


def _cause(error: Exception) -> object:
    return error.reason if isinstance(error, URLError) else error


def _why(error: Exception) -> str:
    cause = _cause(error)
    return " ".join(str(cause).split()) or type(cause).__name__


def _failed(address: str, path: Path, reason: str) -> WeightsError:
    kept = f"; {_size(path) / 1e6:.1f} MB are kept for the next try" if _size(path) else ""
    return WeightsError(f"cannot fetch {address}: {reason}{kept}")


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.version")


def _read_note(path: Path) -> str:
    """Return the version of which the part is one; empty if it cannot be gone on with."""
    try:
        return str(json.loads(_note(path).read_text()))
    except (FileNotFoundError, ValueError):
        return ""
