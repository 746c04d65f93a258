"""Files: names that can be ids, and writing that leaves nothing half done.

Writing is such that a kill at any moment leaves either the old file or the new one, never half.
Temporary names carry host and process, so that workers on many machines write side by side and
what a killed process left behind can be told from what a living one is still writing.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable
from pathlib import Path

from inpaint_bench.errors import BenchError, WriteError

__all__ = ["clear_leftovers", "id_of", "is_temporary", "replace_file"]


def id_of(path: Path) -> str:
    """Return the stem of a file, which is the id of what it holds.

    Raises:
        BenchError: it is no text, and cannot stand in a table or a record.
    """
    try:
        path.stem.encode("utf-8")
    except UnicodeEncodeError as error:
        raise BenchError(
            f"expected a name in UTF-8, got {path.name!a} in {path.parent}: rename the file"
        ) from error
    return path.stem


def replace_file(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then give it that name.

    Raises:
        WriteError: the disk is full, or the place cannot be written to.
    """
    temporary = path.with_name(f".{path.name}.{_host()}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(temporary)
        os.replace(temporary, path)
    except OSError as error:
        raise WriteError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


def is_temporary(path: Path) -> bool:
    """Say whether a file has the name of one that is still being written, or was left behind."""
    return path.name.startswith(".") and path.name.endswith(".tmp")


def clear_leftovers(folder: Path) -> None:
    """Remove the temporary files below `folder` whose process on this machine is gone."""
    host = _host()
    for path in folder.rglob(".*.tmp"):
        parts = path.name.split(".")
        pid = parts[-2] if len(parts) > 3 else ""
        if parts[-3:-2] == [host] and pid.isdigit() and not _alive(int(pid)):
            path.unlink(missing_ok=True)


def _host() -> str:
    return socket.gethostname().partition(".")[0] or "host"


def _alive(pid: int) -> bool:
    if pid == os.getpid():
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # it lives, and belongs to somebody else
        return True
    return True
