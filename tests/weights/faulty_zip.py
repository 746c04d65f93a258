"""Zip archives as they come from bad disks and careful owners."""

from __future__ import annotations

import zipfile
from pathlib import Path

__all__ = ["write_faulty_zip"]


def write_faulty_zip(path: Path, member: str, fault: str) -> None:
    """Write an archive of one member that cannot be read.

    Args:
        path: of the archive.
        member: its name.
        fault: "crc" (its bytes differ from their checksum), "deflate" (they cannot be inflated),
            "encrypted", or "directory" (the list at the end is damaged).
    """
    kind = zipfile.ZIP_DEFLATED if fault == "deflate" else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", kind) as archive:
        archive.writestr(member, b"content" * 100)
    data = bytearray(path.read_bytes())
    listed = data.index(b"PK\x01\x02")
    if fault in ("crc", "deflate"):
        data[30 + len(member)] ^= 0xFF  # the first byte behind the local header
    elif fault == "encrypted":
        data[6] |= 1
        data[listed + 8] |= 1
    else:
        data[listed] ^= 0xFF
    path.write_bytes(data)
