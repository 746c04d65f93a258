"""Test sets whose masks belong to their photographs: one of its own for each, told by the name.

Published results come like this (`images/7.png`, `masks/7.png`, `results/7.png`). Nothing is
drawn and nothing is left out, whatever the hole's ratio.
"""

from __future__ import annotations

from pathlib import Path

from inpaint_bench.data.freezing import check_arguments, how_to_get, image_hashes
from inpaint_bench.data.identity import mask_sha256
from inpaint_bench.data.sources import FolderMasks, open_images, open_masks
from inpaint_bench.errors import BenchError
from inpaint_bench.masks import hole_ratio
from inpaint_bench.types import TestItem, TestSet

__all__ = ["freeze_pairs"]


def freeze_pairs(
    name: str,
    *,
    images: str,
    masks: str,
    size: int,
    image_ending: str = "",
    mask_ending: str = "",
    root: Path | str | None = None,
) -> TestSet:
    """Pair every photograph with the mask that has its name.

    Args:
        name: of the test set.
        images: "skimage", a folder below the data root, or an absolute path.
        masks: a folder, with ":black" at its end if black means missing there.
        size: side in pixels; photographs and masks are resized by their short side and cropped.
        image_ending: of the stems of photographs ("_raw"); files without it are left out.
        mask_ending: that the stem of a mask has instead ("_mask").
        root: the data root; see `data.root`.

    Raises:
        DataMissingError: a folder is not on this machine; says what to fetch and to where.
        BenchError: a bad name or size, masks from a generator, no photograph of that ending, a
            photograph without a mask, or a hole that is empty or full after cropping.
    """
    check_arguments(name, size)
    photographs, holes = open_images(images, root), open_masks(masks, root)
    if not isinstance(holes, FolderMasks):
        raise BenchError(f"expected a folder with a mask for each photograph, got {masks!r}")
    ids = [one for one in photographs.ids if one.endswith(image_ending)]
    if not ids:
        raise BenchError(f"no photograph in {images} has a name that ends in {image_ending!r}")
    items = []
    for image_id, image_sha256 in image_hashes(photographs, ids, size).items():
        mask_id = image_id.removesuffix(image_ending) + mask_ending
        if mask_id not in holes.ids:
            raise BenchError(f"expected a mask {mask_id} in {masks} for the photograph {image_id}")
        hole = holes.read(mask_id, size, "")
        if hole.all() or not hole.any():
            state = "full" if hole.all() else "empty"
            raise BenchError(f"the hole of mask {mask_id} is {state} at {size}x{size}")
        item = TestItem(image_id, image_sha256, mask_id, mask_sha256(hole), hole_ratio(hole))
        items.append(item)
    return TestSet(
        name=name,
        size=size,
        images=images,
        masks=masks,
        items=tuple(items),
        how_to_get=how_to_get(images, masks),
    )
