"""Frozen test sets: files, verification, and the published ones."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from inpaint_bench.data import (
    TestSetReader,
    freeze,
    list_test_sets,
    load_test_set,
    read_sample,
    save_test_set,
)
from inpaint_bench.data.standard import STANDARD, freeze_standard
from inpaint_bench.data.testset import TEST_SETS
from inpaint_bench.errors import (
    BenchError,
    DataMissingError,
    ImageError,
    UnknownNameError,
    WriteError,
)
from inpaint_bench.imaging import square_crop
from inpaint_bench.masks import bucket_label, bucket_labels


@pytest.fixture
def frozen(data):
    return freeze("toy", images="photos", masks="holes", size=32, seed=0, root=data)


def test_a_test_set_survives_its_file(frozen, tmp_path):
    save_test_set(frozen, tmp_path / "deep" / "toy.json")
    assert load_test_set(tmp_path / "deep" / "toy.json") == frozen
    assert load_test_set(str(tmp_path / "deep" / "toy.json")) == frozen
    assert [file.name for file in (tmp_path / "deep").iterdir()] == ["toy.json"]


def test_the_file_is_the_same_every_time_and_holds_one_item_a_line(frozen, tmp_path):
    save_test_set(frozen, tmp_path / "a.json")
    save_test_set(load_test_set(tmp_path / "a.json"), tmp_path / "b.json")
    text = (tmp_path / "a.json").read_text()
    assert text == (tmp_path / "b.json").read_text()
    assert sum('"image_id"' in line for line in text.splitlines()) == len(frozen.items)


def test_items_are_read_as_tensors_of_the_size_of_the_test_set(frozen, data):
    reader = TestSetReader(frozen, data)
    assert len(reader) == len(reader.items) == 30
    image, hole = reader.read(7)
    assert image.shape == (3, 32, 32) and image.dtype == torch.float32
    assert hole.shape == (1, 32, 32) and set(hole.unique().tolist()) == {0.0, 1.0}
    assert float(hole.mean()) == pytest.approx(reader.items[7].hole_ratio)


def test_threads_may_share_a_reader(frozen, data):
    reader = TestSetReader(frozen, data)
    with ThreadPoolExecutor(4) as pool:
        read = list(pool.map(reader.read, range(len(reader))))
    for index, (image, hole) in enumerate(read):
        again = reader.read(index)
        assert torch.equal(image, again[0]) and torch.equal(hole, again[1])


def test_a_tampered_photograph_is_told_by_name(frozen, data):
    file = data / "photos" / "p1.png"
    pixels = np.asarray(Image.open(file)).copy()
    pixels[0, 0, 0] ^= 1
    Image.fromarray(pixels).save(file)
    reader = TestSetReader(frozen, data)
    reader.read(0)
    with pytest.raises(BenchError, match="image p1 is not the one of test set toy"):
        reader.read(6)


def test_the_same_pixels_in_another_lossless_file_are_the_same_photograph(frozen, data):
    file = data / "photos" / "p0.png"
    before = TestSetReader(frozen, data).read(0)[0]
    Image.open(file).save(file.with_suffix(".webp"), lossless=True)
    file.unlink()
    assert torch.equal(TestSetReader(frozen, data).read(0)[0], before)


def test_a_tampered_mask_is_told_by_name(frozen, data):
    file = data / "holes" / f"{frozen.items[0].mask_id}.png"
    Image.fromarray(np.asarray(Image.open(file))[::-1]).save(file)
    with pytest.raises(BenchError, match=f"mask {frozen.items[0].mask_id} is not the one"):
        TestSetReader(frozen, data).read(0)


@pytest.mark.parametrize("masks", ["holes", "free_form"])
def test_a_hole_ratio_that_is_not_the_masks_is_told_by_name(data, masks):
    test_set = freeze("toy", images="photos", masks=masks, size=32, seed=0, root=data)
    first = test_set.items[0]
    wrong = replace(first, hole_ratio=first.hole_ratio + 1e-6)
    with pytest.raises(BenchError, match=f"mask {first.mask_id} is not the one .* hole ratio 0"):
        TestSetReader(replace(test_set, items=(wrong,)), data).read(0)
    rounded = replace(first, hole_ratio=first.hole_ratio + 1e-12)
    TestSetReader(replace(test_set, items=(rounded,)), data).read(0)


def test_a_missing_photograph_is_told_by_name(frozen, data):
    (data / "photos" / "p3.png").unlink()
    with pytest.raises(DataMissingError, match="no image p3 among the 4 images"):
        TestSetReader(frozen, data).read(18)


def test_a_broken_photograph_is_an_error_of_its_items_only(data):
    (data / "photos" / "p1.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    test_set = freeze("toy", images="photos", masks="holes", size=32, seed=0, root=data)
    reader = TestSetReader(test_set, data)
    reader.read(0)
    with pytest.raises(ImageError, match="p1.png"):
        reader.read(6)


def test_a_missing_folder_says_what_to_fetch_and_to_where(tmp_path):
    with pytest.raises(DataMissingError) as caught:
        TestSetReader(load_test_set("kodak-256"), tmp_path)
    line = str(caught.value)
    assert "kodak-256" in line and "Kodak True Color suite" in line and str(tmp_path) in line


def test_a_generated_mask_is_drawn_again_and_verified(data):
    test_set = freeze("toy", images="photos", masks="free_form", size=64, seed=0, root=data)
    reader = TestSetReader(test_set, data)
    for index, item in enumerate(test_set.items):
        assert float(reader.read(index)[1].mean()) == pytest.approx(item.hole_ratio)
    moved = replace(test_set.items[0], mask_id="free_form:99")
    with pytest.raises(BenchError, match="mask free_form:99 is not the one"):
        TestSetReader(replace(test_set, items=(moved,)), data).read(0)
    other = replace(test_set.items[0], mask_id="rectangle:1")
    with pytest.raises(BenchError, match="expected a mask id free_form:SEED"):
        TestSetReader(replace(test_set, items=(other,)), data).read(0)


def test_an_unknown_name_lists_the_published_test_sets():
    with pytest.raises(UnknownNameError, match="Did you mean 'kodak-256'.*samples-256"):
        load_test_set("kodak-257")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "is not a test set"),
        ("[]", "is not a test set"),
        ('{"name": "x"}', "keys missing or not known: .*items"),
    ],
)
def test_a_file_that_is_no_test_set_is_told_by_name(tmp_path, text, message):
    (tmp_path / "bad.json").write_text(text)
    with pytest.raises(BenchError, match=f"bad.json.*{message}"):
        load_test_set(tmp_path / "bad.json")


@pytest.mark.parametrize(
    "change",
    [
        {"hole_ratio": 1.5},
        {"hole_ratio": "x"},
        {"mask_sha256": "12"},
        {"colour": 1},
        {"image_id": 7},
        {"mask_id": 7},
    ],
)
def test_an_item_that_is_none_is_told(frozen, tmp_path, change):
    save_test_set(frozen, tmp_path / "bad.json")
    table = json.loads((tmp_path / "bad.json").read_text())
    table["items"][3].update(change)
    (tmp_path / "bad.json").write_text(json.dumps(table))
    with pytest.raises(BenchError, match="is not a test set"):
        load_test_set(tmp_path / "bad.json")


@pytest.mark.parametrize(
    "change", [{"images": 5}, {"masks": None}, {"name": 5}, {"name": "../../up"}, {"size": True}]
)
def test_a_head_that_is_none_is_told(frozen, tmp_path, change):
    save_test_set(frozen, tmp_path / "bad.json")
    table = json.loads((tmp_path / "bad.json").read_text())
    (tmp_path / "bad.json").write_text(json.dumps(table | change))
    with pytest.raises(BenchError, match="is not a test set"):
        load_test_set(tmp_path / "bad.json")


def test_a_write_that_fails_leaves_nothing(frozen, tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(WriteError, match="cannot write .*folder"):
        save_test_set(frozen, tmp_path / "folder")
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".tmp")] == []


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(BenchError, match="no such file"):
        load_test_set(tmp_path / "none.json")


def test_the_published_test_sets_are_those_that_can_be_frozen_again():
    assert set(STANDARD) <= set(list_test_sets())
    for name in STANDARD:
        test_set = load_test_set(name)
        assert test_set.name == name and test_set.how_to_get


AS_THEY_COME = {n for n, how in STANDARD.items() if how.pairs or how.masks.endswith(":any")}


@pytest.mark.parametrize("name", sorted({*list_test_sets()} - AS_THEY_COME))
def test_published_test_sets_cover_every_bucket_alike(name):
    test_set = load_test_set(name)
    labels = [bucket_label(item.hole_ratio) for item in test_set.items]
    counts = {label: labels.count(label) for label in bucket_labels()}
    photographs = len({item.image_id for item in test_set.items})
    assert set(counts.values()) == {photographs} and len(labels) == 6 * photographs
    assert len({(item.image_id, item.mask_id) for item in test_set.items}) == len(labels)


def test_the_sample_set_reads_on_any_machine_and_freezes_to_the_same_bytes(tmp_path):
    test_set = load_test_set("samples-256")
    reader = TestSetReader(test_set)
    for index in range(0, len(reader), 6):
        image, _ = reader.read(index)
        expected = square_crop(read_sample(reader.items[index].image_id), 256)
        assert np.array_equal((image * 255).round().byte().permute(1, 2, 0).numpy(), expected)
    save_test_set(freeze_standard("samples-256"), tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (TEST_SETS / "samples-256.json").read_bytes()


@pytest.mark.parametrize("name", [name for name in STANDARD if name != "samples-256"])
def test_published_test_sets_freeze_to_the_same_bytes(name, development_data, tmp_path):
    save_test_set(freeze_standard(name, development_data), tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == (TEST_SETS / f"{name}.json").read_bytes()


@pytest.mark.parametrize("name", STANDARD)
def test_published_test_sets_read_here(name, development_data):
    reader = TestSetReader(load_test_set(name), development_data)
    for index in range(0, len(reader), max(1, len(reader) // 7)):
        image, hole = reader.read(index)
        assert image.shape[-1] == hole.shape[-1] == reader.test_set.size
