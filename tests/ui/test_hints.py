from __future__ import annotations

import json

import pandas as pd
import pytest

from inpaint_bench.types import Variant
from inpaint_bench.ui.catalogue import entry_of
from inpaint_bench.ui.hints import best_here, far_from_training, speeds

NETWORK = entry_of(Variant("lama-x", "lama", resolution=256, provenance="official"))
TELEA = entry_of(Variant("telea", "telea"))


def test_the_best_of_a_bucket_are_those_of_the_records(results_folder):
    found = best_here(results_folder, ratio=0.15, side=64)
    best = next(one for one in found if one.test_set == "made-up-a")
    frame = pd.read_parquet(results_folder / "made-up-a.parquet")
    means = frame[frame["bucket"] == "10-20 %"].groupby("variant")["l1_hole"].mean().nsmallest(3)
    assert [name for name, _ in best.rows] == list(means.index)
    assert [value for _, value in best.rows] == pytest.approx(list(means))
    assert (best.test_set, best.bucket, best.n) == ("made-up-a", "10-20 %", 3)


def test_photographs_come_before_faces_and_of_each_the_nearest_and_largest_set(results_folder):
    made_up = pd.read_parquet(results_folder / "made-up-a.parquet")
    about = json.loads((results_folder / "made-up-a.json").read_text())
    sets = {"a": ("test/ffhq", 128), "b": ("peers/ffhq", 128), "c": ("test/kodak", 256)}
    sets |= {"d": ("test/urban", 128), "e": ("test/ffhq", 512)}
    for path in results_folder.iterdir():
        path.unlink()
    for name, (images, size) in sets.items():
        some = made_up[made_up["image_id"] != made_up["image_id"].iloc[0]]
        frame = some if name == "a" else made_up
        frame.assign(test_set=name).to_parquet(results_folder / f"{name}.parquet")
        said = about["test_set"] | {"name": name, "images": images, "size": size}
        (results_folder / f"{name}.json").write_text(json.dumps(about | {"test_set": said}))
    found = best_here(results_folder, ratio=0.15, side=128)
    assert [(one.subject, one.test_set) for one in found] == [("photographs", "c"), ("faces", "b")]


@pytest.mark.parametrize("ratio", [0.001, 0.45, 0.9])
def test_buckets_without_records_have_no_best(results_folder, ratio):
    assert best_here(results_folder, ratio=ratio, side=64) == []


def test_speeds_are_medians_of_the_records(results_folder):
    known = speeds(results_folder, side=64)
    frame = pd.read_parquet(results_folder / "made-up-a.parquet")
    assert {name: speed.seconds for name, speed in known.items()} == pytest.approx(
        dict(frame.groupby("variant")["seconds"].median())
    )


def test_without_published_results_there_are_no_hints(tmp_path):
    assert speeds(tmp_path, side=64) == {} and best_here(tmp_path, ratio=0.2, side=64) == []


def test_a_file_that_cannot_be_read_is_no_hint_and_no_failure(tmp_path):
    (tmp_path / "broken.parquet").write_bytes(b"no parquet")
    assert speeds(tmp_path, side=64) == {}


@pytest.mark.parametrize("size", [(256, 256), (512, 300), (129, 60)])
def test_pictures_near_the_training_size_need_no_warning(size):
    assert far_from_training([NETWORK, TELEA], ratio=0.3, size=size) == []


@pytest.mark.parametrize("size", [(600, 513), (128, 60)])
def test_pictures_far_from_the_training_size_are_told_with_both_sizes(size):
    (line,) = far_from_training([NETWORK, TELEA], ratio=0.3, size=size)
    assert "256 × 256" in line and f"{size[1]} × {size[0]}" in line and "Telea" not in line


def test_holes_beyond_every_bucket_are_told():
    (line,) = far_from_training([TELEA], ratio=0.61, size=(100, 100))
    assert "60%" in line
