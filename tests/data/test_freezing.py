"""How photographs and masks are paired."""

from __future__ import annotations

import logging
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from inpaint_bench.data import freeze
from inpaint_bench.data.sources import GeneratedMasks
from inpaint_bench.data.standard import freeze_standard
from inpaint_bench.errors import BenchError, DataMissingError, MaskError, UnknownNameError
from inpaint_bench.masks import bucket_label, bucket_labels


def pair(root, **changes):
    arguments = {"images": "photos", "masks": "holes", "size": 32, "seed": 0, "root": root}
    return freeze("toy", **{**arguments, **changes})


def test_every_photograph_gets_one_mask_of_every_bucket(data):
    items = pair(data).items
    assert len(items) == 5 * 6
    for i in range(5):
        own = items[6 * i : 6 * i + 6]
        assert {item.image_id for item in own} == {f"p{i}"}
        assert [bucket_label(item.hole_ratio) for item in own] == bucket_labels()


def test_the_ratio_is_that_of_the_mask_at_the_size_of_the_test_set(data):
    hole = np.zeros((64, 128), dtype=np.uint8)
    hole[:, :48] = 255  # 37 % of the file, 25 % of its centre
    Image.fromarray(hole).save(data / "holes" / "wide.png")
    for other in (data / "holes").glob("m*.png"):
        other.unlink()
    items = pair(data, per_image=1, limit=1).items
    assert [item.hole_ratio for item in items] == [0.25]


def test_no_mask_comes_back_before_its_bucket_is_dealt_out(data):
    items = pair(data).items
    for start in range(6):
        column = [item.mask_id for item in items[start::6]]
        assert len(set(column[0:2])) == len(set(column[2:4])) == 2


def test_the_same_seed_gives_the_same_pairs_and_another_one_others(data):
    assert pair(data) == pair(data)
    assert pair(data).items != pair(data, seed=1).items


def test_pairs_do_not_depend_on_a_limit(data):
    assert pair(data, limit=2).items == pair(data).items[:12]


def test_fewer_masks_for_each_photograph_still_go_through_all_buckets(data):
    items = pair(data, per_image=2).items
    assert len(items) == 10
    buckets = Counter(bucket_label(item.hole_ratio) for item in items[:6])
    assert set(buckets) == set(bucket_labels())


def test_masks_outside_the_buckets_are_left_out_with_a_warning(data, caplog):
    with caplog.at_level(logging.WARNING):
        used = {item.mask_id for item in pair(data).items}
    assert not used & {"m12", "m13"}
    assert "2 of 14 masks lie outside the buckets" in caplog.text


def test_buckets_without_masks_are_left_out_and_no_pair_comes_twice(data):
    for file in sorted((data / "holes").iterdir())[3:]:
        file.unlink()
    items = pair(data).items
    assert len(items) == len({(i.image_id, i.mask_id) for i in items}) == 5 * 2


def test_black_holes_are_stated_and_not_guessed(data):
    for file in (data / "holes").iterdir():
        Image.fromarray(255 - np.asarray(Image.open(file))).save(file)
    inverted = pair(data, masks="holes:black")
    assert inverted.masks == "holes:black"
    for file in (data / "holes").iterdir():
        Image.fromarray(255 - np.asarray(Image.open(file))).save(file)
    assert inverted.items == pair(data).items


def test_masks_of_no_bucket_at_all_are_an_error(data):
    for file in sorted((data / "holes").iterdir())[:12]:
        file.unlink()
    with pytest.raises(BenchError, match="found none among 2: is the hole black"):
        pair(data)


def test_generated_masks_are_known_by_generator_and_seed(data):
    test_set = pair(data, masks="free_form", size=64, seed=7)
    assert [item.mask_id for item in test_set.items[:2]] == [
        "free_form:7000000",
        "free_form:7000001",
    ]
    assert len({item.mask_sha256 for item in test_set.items}) == 30
    for item, label in zip(test_set.items, bucket_labels() * 5, strict=True):
        assert bucket_label(item.hole_ratio) == label


def test_buckets_that_a_generator_cannot_draw_are_left_out(data, caplog):
    with caplog.at_level(logging.WARNING):
        items = pair(data, masks="centre", size=64).items
    assert {bucket_label(item.hole_ratio) for item in items} == {"20-30 %"}
    assert "bucket 1-10 % is left out" in caplog.text


def test_a_seed_that_misses_a_bucket_is_passed_over(data, monkeypatch):
    read, missed = GeneratedMasks.read, []

    def now_and_then(self, mask_id, size, label):
        if mask_id.endswith(("3", "7")):
            missed.append(mask_id)
            raise MaskError("no draw")
        return read(self, mask_id, size, label)

    monkeypatch.setattr(GeneratedMasks, "read", now_and_then)
    items = pair(data, masks="free_form", size=64).items
    assert missed and not set(missed) & {item.mask_id for item in items}
    assert len({item.mask_id for item in items}) == len(items)

    def never(self, mask_id, size, label):
        raise MaskError("no draw at all")

    monkeypatch.setattr(GeneratedMasks, "read", never)
    with pytest.raises(MaskError, match="no draw at all"):
        pair(data, masks="free_form", size=64)


def test_a_broken_photograph_becomes_an_item_and_does_not_stop_the_others(data):
    (data / "photos" / "p2.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    items = pair(data).items
    assert {item.image_id for item in items} == {f"p{i}" for i in range(5)}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"size": 4}, "size of 8 or more, got 4"),
        ({"seed": -1}, "seed of 0 or more, got -1"),
        ({"limit": 0}, "limit of 1 or more, got 0"),
        ({"per_image": 7}, "1 to 6 masks for each image, got 7"),
    ],
)
def test_arguments_that_describe_no_test_set_are_refused(data, changes, message):
    with pytest.raises(BenchError, match=message):
        pair(data, **changes)


def test_a_name_that_is_no_file_name_is_refused(data):
    with pytest.raises(BenchError, match="expected a name of letters"):
        freeze("../x", images="photos", masks="holes", size=32, seed=0, root=data)


def test_missing_folders_are_told(data):
    with pytest.raises(DataMissingError, match="test/kodak"):
        pair(data, images="test/kodak")
    with pytest.raises(DataMissingError, match="NVIDIA irregular"):
        pair(data, masks="masks/test")


def test_an_unknown_published_test_set_lists_the_others():
    with pytest.raises(UnknownNameError, match="samples-256, kodak-256"):
        freeze_standard("kodak-999")


def test_photographs_that_are_enlarged_are_counted_in_one_line(data, caplog):
    pair(data, size=40)
    assert "enlarged" not in caplog.text
    pair(data, size=42)
    (line,) = (said for said in caplog.messages if "enlarged" in said)
    assert line.startswith("2 of 5 photographs are smaller than 42x42 and were enlarged: p0, p1;")
    Image.new("RGB", (9, 9)).save(data / "photos" / "p9.png")
    caplog.clear()
    pair(data, size=64)
    assert "6 of 6 photographs" in caplog.text and "p0, p1, p2, p3, p4, ...;" in caplog.text


def test_a_broken_photograph_counts_as_none_that_was_enlarged(data, caplog):
    (data / "photos" / "p2.png").write_bytes(b"broken")
    pair(data, size=64)
    assert "4 of 5 photographs are smaller than 64x64" in caplog.text
