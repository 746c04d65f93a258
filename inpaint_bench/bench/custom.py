"""A test set of one's own: any folder of photographs under any masks, frozen into the run's
folder before anything is measured, so that a resumed run sees the same holes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

from inpaint_bench.bench.files import read_json, write_json
from inpaint_bench.bench.suites import Names, SetRecipe, Suite
from inpaint_bench.data import freeze, list_images, load_test_set, save_test_set
from inpaint_bench.data.sources import ANY, BLACK, SKIMAGE
from inpaint_bench.errors import BenchError, DataMissingError, UnknownNameError
from inpaint_bench.masks import MASKS
from inpaint_bench.types import TestSet

__all__ = [
    "CUSTOM_FILE",
    "FROZEN_FOLDER",
    "custom_suite",
    "custom_test_set",
    "freeze_for_run",
    "keep_test_set",
]

CUSTOM_FILE = "testset.json"
FROZEN_FOLDER = "testsets"  # in a run's folder: those that a suite froze from one's own data


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
    """Freeze photographs and masks, or return what was frozen in `folder` before; nothing is
    written, which `keep_test_set` does.

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
    if not images or not masks.removesuffix(BLACK):
        raise BenchError("expected folders as --images and --masks, got an empty name")
    images = _place(images, (SKIMAGE,))
    if masks.removesuffix(ANY) not in MASKS and not _is_place(masks, data_root):
        raise UnknownNameError(
            f"expected --masks to be a folder or a generator ({', '.join(MASKS)}), got {masks!r}"
        )
    masks = _place(masks, (*MASKS, *(f"{name}{ANY}" for name in MASKS)))
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
    return test_set, ""


def keep_test_set(folder: Path, test_set: TestSet) -> None:
    """Write what `custom_test_set` froze into the run's folder, for the runs to come."""
    path = folder / CUSTOM_FILE
    if not path.is_file():
        save_test_set(test_set, path)


def freeze_for_run(recipe: SetRecipe, data_root: Path | None, folder: Path | None) -> TestSet:
    """Freeze a test set of a suite from a person's own data, or return what was frozen before.

    The same data give the same test set on every machine, hence the same hash in every report.

    Args:
        recipe: what from what.
        data_root: where the data lie.
        folder: of the run, which keeps it; None keeps nothing.

    Raises:
        BenchError: the suite has changed since.
        DataMissingError: a folder is not there; says what to fetch and to where.
    """
    path = None if folder is None else folder / FROZEN_FOLDER / f"{recipe.name}.json"
    made_from = {key: value for key, value in asdict(recipe).items() if key != "how_to_get"}
    if path is not None and path.is_file():
        _check_recipe(path, made_from)
        return load_test_set(path)
    try:
        test_set = freeze(
            recipe.name,
            images=recipe.images,
            masks=recipe.masks,
            size=recipe.size,
            seed=recipe.seed,
            root=data_root,
            per_image=recipe.per_image,
            limit=recipe.limit or None,
        )
    except DataMissingError as error:
        masks = recipe.masks.removesuffix(ANY)
        if masks not in MASKS and not _is_place(masks, data_root):
            raise UnknownNameError(
                f"expected the masks of {recipe.name} to be a folder or a generator "
                f"({', '.join(MASKS)}), got {recipe.masks!r}: {recipe.how_to_get}"
            ) from error
        place = data_root or "the folder named by --data-root"
        raise DataMissingError(
            f"test set {recipe.name} needs {recipe.images} in {place}: {recipe.how_to_get}"
        ) from error
    test_set = replace(test_set, how_to_get=recipe.how_to_get)
    if path is not None:
        write_json(_recipe_file(path), made_from)
        save_test_set(test_set, path)
    return test_set


def _recipe_file(path: Path) -> Path:
    """Return where it is kept what a frozen test set was made from."""
    return path.with_suffix(".recipe")


def _check_recipe(path: Path, made_from: Mapping[str, object]) -> None:
    """Raise where a suite asks for another test set of that name than the one that was frozen."""
    kept = _recipe_file(path)
    before = read_json(kept) if kept.is_file() else made_from
    changed = [
        f"{name} from {before.get(name)!r} to {value!r}"
        for name, value in made_from.items()
        if before.get(name) != value
    ]
    if changed:
        raise BenchError(
            f"{path} was frozen before the suite changed ({', '.join(changed)}): name another "
            "folder with --out"
        )


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
