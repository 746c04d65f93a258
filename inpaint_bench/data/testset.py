"""Frozen test sets: written, read, verified; `data.freezing` decides what goes into one.

A test set is a JSON file of hashes and names under `eval/testsets`. It holds no photograph and
no mask. Application, command line and leaderboard read the same file through
`TestSetReader`, which hands out an item only if photograph and hole are the frozen ones.
"""

from __future__ import annotations

import json
from copy import copy
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from torch import Tensor

from inpaint_bench._files import replace_file
from inpaint_bench._registry import unknown
from inpaint_bench.data.freezing import check_name, freeze
from inpaint_bench.data.identity import mask_sha256
from inpaint_bench.data.sources import open_images, open_masks
from inpaint_bench.errors import BenchError, DataMissingError, UnknownNameError
from inpaint_bench.imaging import hole_to_tensor, square_crop, to_tensor
from inpaint_bench.masks import bucket_label, hole_ratio
from inpaint_bench.types import TestItem, TestSet

__all__ = [
    "TEST_SETS",
    "TestSetReader",
    "freeze",
    "list_test_sets",
    "load_test_set",
    "save_test_set",
]

TEST_SETS = Path(__file__).resolve().parents[2] / "eval" / "testsets"
_SAME_RATIO = 1e-9


@dataclass(frozen=True, eq=False)
class _Photograph:
    """A photograph as a test set shows it: SxSx3 uint8, and its size before."""

    image_id: str
    sha256: str
    square: np.ndarray
    own_size: tuple[int, int]


class TestSetReader:
    """Hands out the items of a test set after checking that they are the frozen ones.

    Holds no open file, and of its photographs only the last one: a photograph is decoded once
    for all its masks, which follow each other in a test set. Threads may share it.

    Attributes:
        test_set: what it reads.
        items: its items.

    Example:
        >>> reader = TestSetReader(load_test_set("samples-256"))
        >>> image, hole = reader.read(0)
        >>> tuple(image.shape), tuple(hole.shape)
        ((3, 256, 256), (1, 256, 256))
    """

    __test__ = False

    def __init__(self, test_set: TestSet, root: Path | str | None = None) -> None:
        """Find the photographs and masks.

        Args:
            test_set: what to read.
            root: the data root; see `data.root`.

        Raises:
            DataMissingError: a folder is not on this machine; says what to fetch and to where.
        """
        self.test_set = test_set
        self.items = test_set.items
        try:
            self._images = open_images(test_set.images, root)
            self._masks = open_masks(test_set.masks, root)
        except DataMissingError as error:
            raise DataMissingError(f"test set {test_set.name}: {error}") from error
        self._last: _Photograph | None = None

    def __len__(self) -> int:
        return len(self.items)

    def over(self, test_set: TestSet) -> TestSetReader:
        """Return a reader of other items of the same photographs and masks, at no cost."""
        other = copy(self)
        other.test_set, other.items = test_set, test_set.items
        return other

    def read(self, index: int) -> tuple[Tensor, Tensor]:
        """Return one photograph and its hole at the test set's size.

        Args:
            index: position in `items`.

        Returns:
            image 3xSxS float32 in [0,1] and hole 1xSxS float32, 1 = missing.

        Raises:
            DataMissingError: the photograph is not in its folder.
            BenchError: photograph or hole is not the frozen one.
            ImageError: a file cannot be read.
            MaskError: the mask is not in its folder.
        """
        item, size = self.items[index], self.test_set.size
        photograph = self._photograph(item)
        hole = self._masks.read(item.mask_id, size, bucket_label(item.hole_ratio))
        self._check("mask", item.mask_id, item.mask_sha256, mask_sha256(hole))
        ratio = hole_ratio(hole)
        if abs(ratio - item.hole_ratio) > _SAME_RATIO:  # it decides the bucket
            raise self._another("mask", item.mask_id, f"hole ratio {item.hole_ratio}", f"{ratio}")
        return to_tensor(photograph.square)[0], hole_to_tensor(hole)[0]

    def own_size(self, index: int) -> tuple[int, int]:
        """Return height and width of a photograph before it was cropped; raises as `read`."""
        return self._photograph(self.items[index]).own_size

    def _photograph(self, item: TestItem) -> _Photograph:
        """Return the photograph of an item, cropped; the last one is not decoded again."""
        last = self._last  # one reference, so that a thread never sees half of another's
        if last is not None and (last.image_id, last.sha256) == (item.image_id, item.image_sha256):
            return last
        pixels, found = self._images.read(item.image_id)
        self._check("image", item.image_id, item.image_sha256, found)
        height, width = pixels.shape[:2]
        square = square_crop(pixels, self.test_set.size)
        self._last = last = _Photograph(item.image_id, found, square, (height, width))
        return last

    def _check(self, kind: str, name: str, frozen: str, found: str) -> None:
        """Raise unless the hash found is the frozen one."""
        if found != frozen:
            raise self._another(kind, name, f"sha256 {frozen[:12]}...", f"{found[:12]}...")

    def _another(self, kind: str, name: str, expected: str, found: str) -> BenchError:
        return BenchError(
            f"{kind} {name} is not the one of test set {self.test_set.name}: expected {expected}, "
            f"got {found}; put the original back, or freeze a test set of your own"
        )


def save_test_set(test_set: TestSet, path: Path | str) -> None:
    """Write a test set as JSON: keys sorted, one item a line, the same bytes every time.

    Raises:
        WriteError: it cannot be written; an older file stays as it is.
    """
    head = {k: v for k, v in sorted(asdict(test_set).items()) if k != "items"}
    rows = [json.dumps(asdict(item), sort_keys=True) for item in test_set.items]
    head_lines = json.dumps(head, indent=1, ensure_ascii=False)[1:-2]
    text = "{" + head_lines + ',\n "items": [\n  ' + ",\n  ".join(rows) + "\n ]\n}\n"
    replace_file(Path(path), lambda temporary: temporary.write_text(text, encoding="utf-8"))


def load_test_set(name_or_path: Path | str) -> TestSet:
    """Read a test set.

    Args:
        name_or_path: name under `eval/testsets`, or the path of a JSON file.

    Raises:
        UnknownNameError: no published test set has this name; lists them.
        BenchError: the file does not exist, or is not a test set.
    """
    text = str(name_or_path)
    if text.endswith(".json") or isinstance(name_or_path, Path):
        path = Path(name_or_path)
    elif text in list_test_sets():
        path = TEST_SETS / f"{text}.json"
    else:
        raise UnknownNameError(unknown("test set", text, list_test_sets()))
    try:
        return _from_json(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise BenchError(f"expected a test set at {path}, and there is no such file") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        reason = " ".join(str(error).split())
        raise BenchError(f"{path} is not a test set: {reason}") from error


def list_test_sets() -> list[str]:
    """Return the names of the test sets under `eval/testsets`, sorted."""
    return sorted(path.stem for path in TEST_SETS.glob("*.json"))


def _from_json(table: dict) -> TestSet:
    """Return the test set that a parsed JSON file describes.

    Raises:
        ValueError, TypeError, AttributeError: it describes none.
    """
    wanted = {field.name for field in fields(TestSet)}
    if set(table) != wanted:
        difference = ", ".join(sorted(set(table) ^ wanted))
        raise ValueError(f"keys missing or not known: {difference}")
    items = tuple(TestItem(**row) for row in table["items"])
    if not items or type(table["size"]) is not int or table["size"] < 1:
        raise ValueError("expected a size of 1 or more and at least one item")
    for key in ("name", "images", "masks", "how_to_get"):
        if not isinstance(table[key], str):
            raise TypeError(f"expected a text as {key}, got {table[key]!r}")
    check_name(table["name"])
    for item in items:
        texts = (item.image_id, item.image_sha256, item.mask_id, item.mask_sha256)
        if not all(isinstance(text, str) for text in texts):
            raise TypeError(f"expected texts as ids and hashes, got {texts}")
        if not 0.0 < item.hole_ratio < 1.0 or len(item.mask_sha256) != 64:
            raise ValueError(f"item {item.image_id}, {item.mask_id} has no valid hole")
    return TestSet(**{**table, "items": items})
