"""A test set of one's own: any folder of photographs under any masks, frozen into the run's
folder before anything is measured, so that a resumed run sees the same holes."""

from __future__ import annotations

import re
from pathlib import Path

from inpaint_bench.bench.suites import Names, Suite
from inpaint_bench.data import freeze, list_images, load_test_set, save_test_set
from inpaint_bench.data.sources import BLACK, SKIMAGE
from inpaint_bench.errors import BenchError, UnknownNameError
from inpaint_bench.masks import MASKS
from inpaint_bench.types import TestSet

__all__ = ["CUSTOM_FILE", "custom_suite", "custom_test_set"]

CUSTOM_FILE = "testset.json"


def custom_suite(*, images: str, masks: str, size: int, models: Names, metrics: Names) -> Suite:
    """Return the suite of one test set of one's own."""
    return Suite(
        name="custom",
        title=f"{images} under {masks} at {size}x{size}",
        test_sets=(_name(images, size),),
        models=models,
        metrics=metrics,
    )


def custom_test_set(
    folder: Path, *, images: str, masks: str, size: int, data_root: Path | None = None
) -> tuple[TestSet, str]:
    """Freeze photographs and masks into `folder`, or return what was frozen there before.

    Args:
        folder: of the run.
        images: folder of photographs, or "skimage".
        masks: folder of masks (with ":black" at its end if black means missing), or the name of
            a generator.
        size: side of the square images in pixels.
        data_root: tried where a relative folder is not below the current one.

    Returns:
        The test set, and a line for the person where the folder has changed since; else "".

    Raises:
        BenchError: the run's folder holds a set made from something else.
        DataMissingError: a folder is not there.
        UnknownNameError: the masks are neither a folder nor a generator.
    """
    images = _place(images, (SKIMAGE,))
    if masks not in MASKS and not _is_place(masks, data_root):
        raise UnknownNameError(
            f"expected --masks to be a folder or a generator ({', '.join(MASKS)}), got {masks!r}"
        )
    masks = _place(masks, tuple(MASKS))
    path = folder / CUSTOM_FILE
    if path.is_file():
        frozen = load_test_set(path)
        made_from = (frozen.images, frozen.masks, frozen.size)
        if made_from != (images, masks, size):
            raise BenchError(
                f"{folder} holds a run on {frozen.images} under {frozen.masks} at {frozen.size}, "
                f"expected {images} under {masks} at {size}: name another folder with --out"
            )
        return frozen, _changed(frozen, data_root)
    test_set = freeze(
        _name(images, size), images=images, masks=masks, size=size, seed=0, root=data_root
    )
    save_test_set(test_set, path)
    return test_set, ""


def _name(images: str, size: int) -> str:
    return f"custom-{re.sub(r'[^A-Za-z0-9._-]+', '_', Path(images).name)}-{size}"


def _place(name: str, reserved: tuple[str, ...]) -> str:
    """Return an existing folder as an absolute path, anything else as it is."""
    bare = name.removesuffix(BLACK)
    if name in reserved or not Path(bare).is_dir():
        return name
    return f"{Path(bare).resolve()}{name[len(bare) :]}"


def _is_place(name: str, data_root: Path | None) -> bool:
    bare = Path(name.removesuffix(BLACK))
    return bare.is_dir() or (data_root is not None and (data_root / bare).is_dir())


def _changed(frozen: TestSet, data_root: Path | None) -> str:
    """Say how a folder differs from the photographs that were frozen; "" where it does not."""
    place = Path(frozen.images) if data_root is None else data_root / frozen.images
    if frozen.images == SKIMAGE or not place.is_dir():
        return ""
    now = {path.stem for path in list_images(place)}
    added = len(now - {item.image_id for item in frozen.items})
    if not added:
        return ""
    return (
        f"{added} photographs were added to {place} after it was frozen and are not measured: "
        "give another --out to measure them"
    )
