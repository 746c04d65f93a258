"""Files: names that can be ids, and writing that leaves nothing half done.

Writing is such that a kill at any moment leaves either the old file or the new one, never half.
Temporary names are drawn, so that threads and machines write side by side, and carry host and
process: what a killed one left behind can be told from what a living one is still writing.
"""

from __future__ import annotations

import contextlib
import os
import socket
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from inpaint_bench.errors import BenchError, WriteError

__all__ = [
    "Result",
    "clear_leftovers",
    "id_of",
    "is_temporary",
    "keep_inputs",
    "replace_file",
]

Result = TypeVar("Result")


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


def keep_inputs(target: Path, given: Mapping[str, Path | None]) -> None:
    """Raise a `BenchError` where `target` is one of the files given as options, by whatever path
    or link.

    Args:
        target: what --out names.
        given: option -> its file.
    """
    for option, path in given.items():
        if path is not None and target.exists() and path.exists() and target.samefile(path):
            raise BenchError(
                f"expected --out to be none of the given files, got {str(target)!r}, which is the "
                f"file of {option} and would be overwritten: name another"
            )


def replace_file(path: Path, write: Callable[[Path], Result]) -> Result:
    """Let `write` fill a temporary file beside `path`, give it that name, return what it does.

    Raises:
        WriteError: the disk is full, or the place cannot be written to.
    """
    drawn = uuid.uuid4().hex
    temporary = path.with_name(f".{path.name}.{drawn}.{_host()}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        result = write(temporary)
        os.replace(temporary, path)
    except OSError as error:
        raise WriteError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()
    return result


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
