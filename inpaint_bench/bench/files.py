"""Writing so that a kill at any moment leaves either the old file or the new one, never half.

Temporary names carry host and process, so that workers on many machines write side by side and
what a killed process left behind can be told from what a living one is still writing.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from inpaint_bench.errors import BenchError

__all__ = [
    "clear_leftovers",
    "read_json",
    "write_json",
    "write_parquet",
    "write_picture",
    "write_text",
]


def write_text(path: Path, text: str) -> bool:
    """Write `text` unless the file holds it already; say whether anything was written."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return False
    _replace(path, lambda temporary: temporary.write_text(text, encoding="utf-8"))
    return True


def write_json(path: Path, value: object) -> bool:
    """Write `value` as indented JSON unless the file says the same already."""
    return write_text(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def read_json(path: Path) -> dict[str, object]:
    """Return a JSON object.

    Raises:
        BenchError: no such file, or it does not hold a JSON object.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BenchError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:  # JSONDecodeError and UnicodeDecodeError
        raise BenchError(f"expected JSON in {path}: {error}") from error
    if not isinstance(value, dict):
        raise BenchError(f"expected a JSON object in {path}, got {type(value).__name__}")
    return value


def write_parquet(path: Path, table: pa.Table) -> None:
    """Write a table compressed with zstd: texts as dictionaries, numbers byte by byte, whose
    first bytes are alike: a quarter less than as they are."""
    numbers = [field.name for field in table.schema if pa.types.is_floating(field.type)]
    others = [name for name in table.column_names if name not in numbers]
    how = {"use_dictionary": others, "use_byte_stream_split": numbers}
    _replace(path, lambda to: pq.write_table(table, to, compression="zstd", **how))


def write_picture(path: Path, pixels: np.ndarray) -> None:
    """Write HxWx3 uint8 as PNG.

    `imaging.write_png` does so for one person; its temporary names say nothing of their process,
    and what a killed one leaves would stay.
    """
    _replace(path, lambda temporary: Image.fromarray(pixels).save(temporary, "PNG"))


def clear_leftovers(folder: Path) -> None:
    """Remove the temporary files below `folder` whose process on this machine is gone."""
    host = _host()
    for path in folder.rglob(".*.tmp"):
        parts = path.name.split(".")
        pid = parts[-2] if len(parts) > 3 else ""
        if parts[-3:-2] == [host] and pid.isdigit() and not _alive(int(pid)):
            path.unlink(missing_ok=True)


def _replace(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a temporary file beside `path`, then give it that name."""
    temporary = path.with_name(f".{path.name}.{_host()}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(temporary)
        os.replace(temporary, path)
    except OSError as error:
        raise BenchError(f"cannot write {path}: {error.strerror or error}") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink()


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
