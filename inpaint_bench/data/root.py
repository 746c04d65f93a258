"""Where a person's data sets lie, and what to fetch when one is missing.

The data root is the folder given on the command line, else the variable `INPAINT_DATA`, else
`data` in the current folder. Test sets name their folders below it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from inpaint_bench.errors import DataMissingError

__all__ = ["VARIABLE", "data_root", "find_folder", "subject", "where_to_get"]

VARIABLE = "INPAINT_DATA"
_DEFAULT = Path("data")

# Folder below the data root -> what belongs there and where it comes from.
_SOURCES = {
    "skimage": "nothing to fetch, scikit-image carries its photographs",
    "masks/test": "600 of the 12,000 NVIDIA irregular test masks, 512x512, white = hole (the "
    "test mask set on the page of Liu et al. 2018, Image Inpainting for Irregular Holes, at "
    "NVIDIA ADLR), under their numbers",
    "peers/deepfillv1": "the six Places2 examples that come with the authors' code of Yu et al. "
    "2018 (generative_inpainting, version 1), as caseN_raw, caseN_mask and caseN_output",
    "peers/migan/ffhq_256_freeform/images": "the 18 FFHQ examples at 256x256 that come with the "
    "authors' code of Sargsyan et al. 2023 (MI-GAN)",
    "peers/migan/ffhq_256_freeform/masks": "their masks, black = hole",
    "peers/migan/places2_256_freeform/images": "the 16 Places2 examples at 256x256 that come "
    "with the authors' code of Sargsyan et al. 2023 (MI-GAN)",
    "peers/migan/places2_256_freeform/masks": "their masks, black = hole",
    "cifar10:test": "the 10,000 test pictures of CIFAR-10 as sheets of 32x32 tiles, row by row, "
    "lossless: test_00.webp to test_09.webp, 1024x1024 each, and test.json with their labels",
    "test/bsds": "100 of the 200 test photographs of BSDS500 (Berkeley Segmentation Dataset), "
    "JPEG, under their own numbers",
    "test/celebahq256": "CelebA-HQ faces at 256x256",
    "test/ffhq256": "FFHQ faces at 256x256",
    "test/imagenet": "ImageNet photographs, short side at least 256",
    "test/intel150": "200 photographs, 150x150, of the test split of the Intel scene set (Intel "
    "Image Classification, on Kaggle), under their own names",
    "test/kodak": "the 24 photographs of the Kodak True Color suite (r0k.us/graphics/kodak), "
    "kodim01 to kodim24, in any lossless format",
    "test/urban256": "centre crops, 256x256, of Urban100 photographs",
}

# Word in a folder's name -> what its photographs show.
_SUBJECTS = {
    "ffhq": "faces",
    "celeba": "faces",
    "celebahq": "faces",
    "intel": "outdoor scenes",
    "places": "places",
    "deepfillv1": "places",
    "urban": "buildings",
    "oxford": "buildings",
    "kodak": "photographs",
    "bsds": "photographs",
    "imagenet": "photographs",
    "davis": "videos",
    "cifar": "small pictures",
    "skimage": "sample photographs",
}


def data_root(explicit: Path | str | None = None) -> Path | None:
    """Return the folder below which data sets lie, or None where there is none.

    Args:
        explicit: folder that a person named; it wins over the variable and the default.

    Raises:
        DataMissingError: the named folder, or that of the variable, does not exist.
    """
    named = explicit or os.environ.get(VARIABLE)
    if not named:
        return _DEFAULT if _DEFAULT.is_dir() else None
    root = Path(named).expanduser()
    if not root.is_dir():
        came_from = "--data-root" if explicit else VARIABLE
        raise DataMissingError(f"expected a folder as data root, got {root} ({came_from})")
    return root


def find_folder(name: str, root: Path | str | None = None) -> Path:
    """Return the folder of a data set.

    Args:
        name: path below the data root such as "test/kodak", or an absolute path.
        root: the data root; see `data_root`.

    Raises:
        DataMissingError: it is not there, or is a file; says what to fetch and to where.
    """
    if Path(name).is_absolute():
        if Path(name).is_dir():
            return Path(name)
        _refuse_file(Path(name))
        raise DataMissingError(f"expected a folder at {name}, and there is none")
    base = data_root(root)
    if base is not None and (base / name).is_dir():
        return base / name
    for path in (Path(name), (base or Path()) / name):
        _refuse_file(path)
    place = base or f"a folder named by --data-root or the variable {VARIABLE}"
    wanted = where_to_get(name) or "its pictures"
    raise DataMissingError(f"no data set {name}: put {wanted} into {name} in {place}")


def _refuse_file(path: Path) -> None:
    if path.is_file():
        raise DataMissingError(
            f"expected a folder, got the file {path}: name the folder that holds it"
        )


def subject(name: str) -> str:
    """Return in a word or two what the photographs of a set show; the folder's own name where
    that is not known.

    Only whole words tell ("ffhq256", not "workplaces"), and of an absolute path only the last
    folder: those above it are a person's own.
    """
    own = Path(name).name or name
    text = (own if Path(name).is_absolute() else name).lower()
    known = (
        shown for word, shown in _SUBJECTS.items() if re.search(f"(?<![a-z]){word}(?![a-z])", text)
    )
    return next(known, own)


def where_to_get(name: str) -> str:
    """Return in words what belongs into a folder below the data root; empty if it is not known."""
    return _SOURCES.get(name, "")
