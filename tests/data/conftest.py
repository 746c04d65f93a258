"""Folders of small photographs and masks, and the development data where they are."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def data(tmp_path, monkeypatch) -> Path:
    """Return a data root with 5 photographs in `photos` and 14 masks in `holes`.

    Two masks lie in each of six buckets at 32x32, one is empty and one is full.
    """
    monkeypatch.delenv("INPAINT_DATA", raising=False)
    rng = np.random.default_rng(0)
    root = tmp_path / "root"
    (root / "photos").mkdir(parents=True)
    (root / "holes").mkdir()
    for i in range(5):
        pixels = rng.integers(0, 256, (40 + i, 50, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(root / "photos" / f"p{i}.png")
    for i, rows in enumerate((1, 2, 4, 5, 7, 8, 10, 11, 13, 14, 17, 18, 0, 32)):
        hole = np.zeros((32, 32), dtype=np.uint8)
        hole[:rows] = 255
        Image.fromarray(hole).save(root / "holes" / f"m{i:02d}.png")
    return root


@pytest.fixture
def development_data() -> Path:
    """Return the folder of the development data, or skip."""
    for place in (os.environ.get("INPAINT_DATA"), REPOSITORY.parent / "shared" / "data"):
        if place and (Path(place) / "test" / "kodak").is_dir():
            return Path(place)
    pytest.skip("the development data (test/kodak, masks/test) are not on this machine")
