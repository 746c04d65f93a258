"""Pictures that lie in a folder, known by the stem of their file."""

from __future__ import annotations

from pathlib import Path

from inpaint_bench._files import id_of
from inpaint_bench.errors import BenchError, DataMissingError

__all__ = ["SUFFIXES", "list_images"]

SUFFIXES = frozenset(
    {".avif", ".bmp", ".jp2", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp"}
)


def list_images(folder: Path | str) -> list[Path]:
    """Return the picture files of a folder, sorted by stem.

    Files are chosen by their ending alone, in any case; hidden files and subfolders are left
    out. Sorting does not depend on the machine's locale or file system.

    Raises:
        DataMissingError: there is no such folder, or no picture in it.
        BenchError: two files have one stem, which is the id of a picture, or one is not UTF-8.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise DataMissingError(f"expected a folder of images at {folder}, and there is none")
    by_stem: dict[str, Path] = {}
    for file in sorted(folder.iterdir()):
        if file.suffix.lower() not in SUFFIXES or file.name.startswith(".") or file.is_dir():
            continue
        stem = id_of(file)
        if stem in by_stem:
            other = by_stem[stem].name
            raise BenchError(
                f"expected one image a name, got {other} and {file.name} in {folder}: "
                "rename or remove one"
            )
        by_stem[stem] = file
    if not by_stem:
        endings = ", ".join(sorted(SUFFIXES))
        raise DataMissingError(f"expected images ({endings}) in {folder}, and found none")
    return [by_stem[stem] for stem in sorted(by_stem)]
