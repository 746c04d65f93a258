"""The photographs that scikit-image carries inside its package: no download, free terms.

Each photograph is a sample under its own name (`coffee`); regions of 256x256 pixels of it,
at its own scale, are further samples (`coffee_2`). The list is fixed: every file on it lies in
the wheels of scikit-image 0.24 to 0.26, and nothing that scikit-image would download is on it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from inpaint_bench._registry import unknown
from inpaint_bench.errors import DataMissingError, UnknownNameError
from inpaint_bench.imaging import read_image

__all__ = ["Sample", "read_sample", "sample", "sample_file", "sample_names"]

_SIDE = 256


@dataclass(frozen=True)
class Sample:
    """A photograph, or a region of one.

    Attributes:
        name: id in test sets.
        file: in scikit-image's data folder.
        title: what it shows.
        credit: who made it and the terms, as scikit-image states them.
        corner: (top, left) of the region of 256x256 pixels; None for the whole photograph.
    """

    name: str
    file: str
    title: str
    credit: str
    corner: tuple[int, int] | None = None


_NASA = "NASA Great Images database; no known copyright restrictions, public domain"
_CHELSEA = "Stéfan van der Walt; CC0"
_COFFEE = "Rachel Michetti, courtesy of Pikolo Espresso Bar; CC0"
_ROCKET = "SpaceX; public domain"
_MOTORCYCLE = (
    "Middlebury 2014 stereo benchmark: D. Scharstein, H. Hirschmüller, Y. Kitajima, "
    "G. Krathwohl, N. Nesic, X. Wang, P. Westling, GCPR 2014"
)
_HUBBLE = "NASA, HubbleSite; public domain"

_SAMPLES = {
    one.name: one
    for one in (
        Sample("astronaut", "astronaut.png", "Eileen Collins, astronaut", _NASA),
        Sample("chelsea", "chelsea.png", "Chelsea the cat", _CHELSEA),
        Sample("coffee", "coffee.png", "Cup of coffee", _COFFEE),
        Sample("hubble", "hubble_deep_field.jpg", "Hubble eXtreme Deep Field", _HUBBLE),
        Sample("motorcycle", "motorcycle_left.png", "Motorcycle in a garage", _MOTORCYCLE),
        Sample("rocket", "rocket.jpg", "Launch of DSCOVR on a Falcon 9", _ROCKET),
        Sample("astronaut_2", "astronaut.png", "Flag, suit and mission patch", _NASA, (250, 0)),
        Sample("coffee_2", "coffee.png", "Spoon, saucer and wood", _COFFEE, (144, 320)),
        Sample("hubble_2", "hubble_deep_field.jpg", "Galaxies", _HUBBLE, (330, 600)),
        Sample("motorcycle_2", "motorcycle_left.png", "Headlight, shelves", _MOTORCYCLE, (0, 340)),
        Sample("motorcycle_3", "motorcycle_left.png", "Rear wheel", _MOTORCYCLE, (180, 90)),
        Sample("rocket_2", "rocket.jpg", "Towers and lamps at dusk", _ROCKET, (171, 0)),
    )
}


def sample_names() -> list[str]:
    """Return the names of all samples in a fixed order, whole photographs first."""
    return list(_SAMPLES)


def sample(name: str) -> Sample:
    """Return what is known about a sample.

    Raises:
        UnknownNameError: there is no such sample.
    """
    if name not in _SAMPLES:
        raise UnknownNameError(unknown("sample", name, _SAMPLES))
    return _SAMPLES[name]


def sample_file(name: str) -> Path:
    """Return the file in scikit-image's package that a sample is read from.

    Raises:
        UnknownNameError: there is no such sample.
        DataMissingError: scikit-image is not installed, or without this file.
    """
    spec = find_spec("skimage")  # does not import it
    for place in spec.submodule_search_locations or () if spec else ():
        file = Path(place) / "data" / sample(name).file
        if file.is_file():
            return file
    raise DataMissingError(
        f"no photograph {sample(name).file} in the installed scikit-image: install its wheel, "
        "version 0.24 or later"
    )


def read_sample(name: str) -> np.ndarray:
    """Return a sample at its own size.

    Returns:
        HxWx3 uint8 RGB: the whole photograph, or 256x256 for a region.

    Raises:
        UnknownNameError: there is no such sample.
        DataMissingError: scikit-image is not installed, or without this file.
    """
    photograph = read_image(sample_file(name))
    corner = sample(name).corner
    if corner is None:
        return photograph
    top, left = corner
    return photograph[top : top + _SIDE, left : left + _SIDE].copy()
