"""A stranger's results, made with any tool: found, checked and turned into rows.

Owns the matching of names and what is said about the pictures. Reading one belongs to
`external`; that they then count like those of a variant, to `runner` and `compute`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inpaint_bench.bench.external import Outputs, read_output
from inpaint_bench.bench.store import output_stem
from inpaint_bench.data.folder import list_images
from inpaint_bench.data.identity import bytes_sha256
from inpaint_bench.data.testset import TestSetReader
from inpaint_bench.errors import BenchError, InpaintBenchError
from inpaint_bench.imaging import to_uint8
from inpaint_bench.types import TestItem, TestSet

__all__ = ["Inspection", "check_name", "find_outputs", "inspect"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_SHOWN = 5  # names in a line; the rest is counted


@dataclass(frozen=True)
class Inspection:
    """What was found among a stranger's pictures.

    Attributes:
        missing: items without a picture, by the name that was looked for.
        unusable: file -> why it cannot be measured (another size, or not readable).
        extra: files that belong to no item.
        usable: number of pictures that can be measured.
        changed: number of these whose known pixels are not the photograph's.
        most: largest change of a known pixel, of 255.
        originals: number of pictures that are the photograph itself, in the hole too.
        composite: known pixels are put back before measuring.
    """

    missing: tuple[str, ...]
    unusable: Mapping[str, str]
    extra: tuple[str, ...]
    usable: int
    changed: int
    most: int
    originals: int
    composite: bool

    def lines(self) -> list[str]:
        """Return what a person has to know, one line each."""
        found = []
        if self.missing:
            found.append(f"{len(self.missing)} pictures are missing: {_some(self.missing)}")
        if self.unusable:
            reasons = [f"{name} ({why})" for name, why in self.unusable.items()]
            found.append(f"{len(self.unusable)} pictures cannot be measured: {_some(reasons)}")
        if self.extra:
            found.append(f"{len(self.extra)} files belong to no item: {_some(self.extra)}")
        if self.originals:
            found.append(self._originals())
        return [*found, self.known_pixels()]

    def _originals(self) -> str:
        return (
            f"{self.originals} of {self.usable} pictures are the photographs themselves, in the "
            "hole too"
        )

    def known_pixels(self) -> str:
        """Return what happened to the known pixels."""
        if not self.changed:
            return f"known pixels are the photograph's in all {self.usable} images"
        then = "composited before measuring" if self.composite else "measured as they are"
        return (
            f"your method changed known pixels in {self.changed} of {self.usable} images "
            f"(by at most {self.most} of 255); {then}"
        )

    def remark(self, name: str) -> str:
        """Return the line for readers of the table."""
        gone = len(self.missing) + len(self.unusable)
        said = [self.known_pixels().replace("your method", "it")]
        if gone:
            said.append(f"{gone} of {gone + self.usable} pictures are missing or unusable")
        if self.originals:
            said.append(self._originals())
        return f"{name}: pictures made elsewhere, not run here; {'; '.join(said)}."


def check_name(name: str, variants: Sequence[str]) -> None:
    """Raise a `BenchError` unless `name` can stand in a table as a method of its own."""
    if not _NAME.fullmatch(name):
        raise BenchError(f"expected --name of letters, digits, '.', '_' and '-', got {name!r}")
    if name in variants:
        raise BenchError(f"{name!r} is a variant of this project: give your results another --name")


def find_outputs(
    test_set: TestSet, folder: Path, *, rename: tuple[str, str] = ("", ""), composite: bool = True
) -> tuple[Outputs, Inspection]:
    """Match pictures with the items of a test set by name, exactly.

    A picture is called `IMAGE__MASK`, with `_` for the colon of a drawn mask; or `IMAGE`, where
    the photograph has one mask only. The ending says nothing.

    Args:
        test_set: whose items are looked for.
        folder: of the pictures.
        rename: text of the image id, and what the file's name has in its place.
        composite: put known pixels back before measuring.

    Returns:
        The pictures, and an inspection of the names; `inspect` completes it.

    Raises:
        DataMissingError: there is no such folder, or no picture in it.
        BenchError: two files have one stem, no picture belongs to any item, or one to two.
    """
    paths = {path.stem: path for path in list_images(folder)}
    masks = Counter(item.image_id for item in test_set.items)
    files: dict[tuple[str, str], str] = {}
    missing: list[str] = []
    owner: dict[str, TestItem] = {}
    for item in test_set.items:
        names = _names(item, masks[item.image_id] == 1, rename)
        stem = next((name for name in names if name in paths), None)
        if stem is None:
            missing.append(" or ".join(names))
        else:
            file = paths[stem].name
            if owner.setdefault(file, item) is not item:
                raise BenchError(
                    f"{file} would be {item.image_id} under {item.mask_id} and "
                    f"{owner[file].image_id} under {owner[file].mask_id}: rename the photographs "
                    f"of {test_set.name} and freeze it again"
                )
            files[item.image_id, item.mask_id] = file
    if not files:
        raise BenchError(
            f"none of the {len(paths)} pictures in {folder} belongs to {test_set.name}: expected "
            f"names such as {missing[0]}, got {next(iter(paths))}; --rename tells the difference"
        )
    extra = sorted(path.name for path in paths.values() if path.name not in set(files.values()))
    hashes = {key: _sha256(folder / name) for key, name in files.items()}
    found = Inspection(tuple(missing), {}, tuple(extra), len(files), 0, 0, 0, composite)
    return Outputs(folder.resolve(), files, hashes, composite), found


def _sha256(path: Path) -> str:
    """Return the hash of a file; "" where it cannot be read, which `inspect` reports."""
    try:
        return bytes_sha256(path)
    except OSError:
        return ""


def inspect(outputs: Outputs, names: Inspection, reader: TestSetReader) -> Inspection:
    """Read every picture and compare its known pixels with the photograph's.

    Args:
        outputs: from `find_outputs`.
        names: likewise.
        reader: of the test set.

    Raises:
        BenchError: not one picture can be measured, or all are the photographs themselves.
    """
    unusable: dict[str, str] = {}
    changes: list[int] = []
    originals = 0
    for index, item in enumerate(reader.items):
        if (item.image_id, item.mask_id) not in outputs.files:
            continue
        path = outputs.path(item)
        image, hole = reader.read(index)
        try:
            picture = read_output(path, reader.test_set.size, reader.own_size(index))
        except InpaintBenchError as error:
            unusable[path.name] = str(error)
            continue
        difference = np.abs(picture.astype(np.int16) - to_uint8(image).astype(np.int16))
        changes.append(int(difference[hole[0].numpy() < 0.5].max(initial=0)))
        originals += not difference.any()
    if not changes:
        name, why = next(iter(unusable.items()))
        raise BenchError(f"none of the pictures in {outputs.folder} can be measured: {name}: {why}")
    if originals == len(changes):
        raise BenchError(
            f"expected results in {outputs.folder}, got the photographs of "
            f"{reader.test_set.name} themselves, in the hole too: name the folder of the results, "
            "or by --rename OLD=NEW what their names have"
        )
    return Inspection(
        missing=names.missing,
        unusable=unusable,
        extra=names.extra,
        usable=len(changes),
        changed=sum(change > 0 for change in changes),
        most=max(changes),
        originals=originals,
        composite=outputs.composite,
    )


def _names(item: TestItem, only: bool, rename: tuple[str, str]) -> list[str]:
    """Return the stems that an item's picture may have."""
    image_id = item.image_id.replace(*rename) if rename[0] else item.image_id
    both = output_stem(image_id, item.mask_id)
    return [both, image_id] if only else [both]


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
