"""Text, JSON, Parquet and pictures, written whole or not at all (`inpaint_bench._files`)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

from inpaint_bench._files import replace_file
from inpaint_bench.errors import BenchError

__all__ = [
    "read_json",
    "write_json",
    "write_parquet",
    "write_picture",
    "write_text",
]


def write_text(path: Path, text: str) -> bool:
    """Write `text` unless the file holds it already; say whether anything was written.

    Raises:
        BenchError: it holds the name of a file or folder that is not UTF-8.
        WriteError: there is no room, or the place cannot be written to.
    """
    try:
        encoded = text.encode("utf-8")
    except UnicodeEncodeError as error:
        name = ascii(text[max(error.start - 20, 0) : error.end + 20])
        raise BenchError(
            f"expected names of files and folders in UTF-8, got {name}: rename it"
        ) from error
    if path.is_file() and path.read_bytes() == encoded:
        return False
    replace_file(path, lambda temporary: temporary.write_bytes(encoded))
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
    replace_file(path, lambda to: pq.write_table(table, to, compression="zstd", **how))


def write_picture(path: Path, pixels: np.ndarray) -> None:
    """Write HxWx3 uint8 as PNG; a full disk is a `WriteError`, which stops a run."""
    replace_file(path, lambda temporary: Image.fromarray(pixels).save(temporary, "PNG"))
