"""Test sets whose masks belong to their photographs, on small folders and on published results."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from inpaint_bench.data import TestSetReader, freeze_pairs, load_test_set
from inpaint_bench.data.standard import STANDARD, freeze_standard
from inpaint_bench.errors import BenchError, DataMissingError

PAIRED = [name for name, how in STANDARD.items() if how.pairs is not None]


@pytest.fixture
def case(data):
    """Return a data root with caseN_raw, caseN_mask and caseN_output in one folder."""
    folder = data / "cases"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for i in range(3):
        pixels = rng.integers(0, 256, (32, 48, 3), dtype=np.uint8)
        hole = np.zeros((32, 48), dtype=np.uint8)
        hole[4 + i : 20, 20:30] = 255
        Image.fromarray(pixels).save(folder / f"case{i}_raw.png")
        Image.fromarray(pixels).save(folder / f"case{i}_output.png")
        Image.fromarray(hole).save(folder / f"case{i}_mask.png")
    return data


def freeze(root, **changes):
    arguments = {"images": "cases", "masks": "cases", "size": 32, "root": root}
    endings = {"image_ending": "_raw", "mask_ending": "_mask"}
    return freeze_pairs("toy", **{**arguments, **endings, **changes})


def test_every_photograph_has_the_mask_of_its_name(case):
    test_set = freeze(case)
    pairs = [(item.image_id, item.mask_id) for item in test_set.items]
    assert pairs == [(f"case{i}_raw", f"case{i}_mask") for i in range(3)]
    image, hole = TestSetReader(test_set, case).read(1)
    whole = np.array(Image.open(case / "cases" / "case1_raw.png"))
    assert (image.permute(1, 2, 0).numpy() * 255 == whole[:, 8:40]).all()  # the centre
    assert int(hole.sum()) == (20 - 5) * 10


def test_what_cannot_be_paired_is_told(case):
    with pytest.raises(BenchError, match="expected a mask case0_hole"):
        freeze(case, mask_ending="_hole")
    with pytest.raises(BenchError, match="ends in '_photo'"):
        freeze(case, image_ending="_photo")
    with pytest.raises(BenchError, match="a folder with a mask for each photograph"):
        freeze(case, masks="free_form")
    with pytest.raises(BenchError, match="expected a size of 8 or more, got 4"):
        freeze(case, size=4)
    Image.fromarray(np.full((32, 48), 255, np.uint8)).save(case / "cases" / "case2_mask.png")
    with pytest.raises(BenchError, match="the hole of mask case2_mask is full at 32x32"):
        freeze(case)


def test_a_photograph_is_decoded_once_for_all_its_masks(data, monkeypatch):
    from inpaint_bench.data import freeze as deal
    from inpaint_bench.data import sources

    test_set = deal("toy", images="photos", masks="holes", size=32, seed=0, root=data)
    decoded = []
    load = sources.load_image
    monkeypatch.setattr(sources, "load_image", lambda path: decoded.append(path) or load(path))
    reader = TestSetReader(test_set, data)
    for index in range(len(reader)):
        reader.read(index)
    assert len(reader) == 30 and len(decoded) == 5


def test_a_photograph_that_was_read_before_cannot_be_changed_by_its_user(data):
    from inpaint_bench.data import freeze as deal

    reader = TestSetReader(
        deal("toy", images="photos", masks="holes", size=32, seed=0, root=data), data
    )
    first, _ = reader.read(0)
    before = first.clone()
    first.zero_()
    assert (reader.read(1)[0] == before).all()


@pytest.mark.parametrize("name", PAIRED)
def test_published_results_lie_beside_frozen_photographs(name, development_data):
    try:
        again = freeze_standard(name, development_data)
    except DataMissingError as error:
        pytest.skip(str(error))
    assert again == load_test_set(name)
    assert min(item.hole_ratio for item in again.items) > 0
