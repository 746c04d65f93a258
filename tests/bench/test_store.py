"""Parts on disk: what comes back, what is passed over, what the published ones look like."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from inpaint_bench.bench.store import (
    RESULTS_FOLDER,
    FeaturePart,
    Part,
    Store,
    metric_columns,
    published_results,
    read_published,
)
from inpaint_bench.errors import BenchError


def make_row(image: str, variant: str = "telea", **metrics: float) -> dict[str, str | float]:
    return {
        "variant": variant,
        "test_set": "tiny",
        "image_id": image,
        "mask_id": "free_form:1",
        "hole_ratio": 0.25,
        "bucket": "20-30 %",
        **metrics,
        "seconds": 0.5,
        "device": "cpu",
        "precision": "float32",
        "weights_sha256": "",
        "metric_versions": "{}",
        "code_version": "v1",
        "error": "",
    }


def test_a_part_comes_back_as_it_was(tmp_path):
    store = Store(tmp_path)
    rows = {"k1": make_row("b", l1=0.1), "k2": make_row("a", l1=math.nan)}
    store.write_part("telea", "tiny", 3, Part(rows, {"weights": "x"}, "key"))
    part = store.read_part("telea", "tiny", 3)
    assert (list(part.rows), part.ingredients, part.key) == (["k1", "k2"], {"weights": "x"}, "key")
    assert part.rows["k1"] == rows["k1"]
    assert math.isnan(part.rows["k2"]["l1"])
    assert store.read_key("telea", "tiny", 3) == "key"


def test_what_is_not_there_or_not_ours_is_no_part(tmp_path):
    store = Store(tmp_path)
    assert store.read_part("telea", "tiny", 0) is None and store.read_key("telea", "tiny", 0) == ""
    path = store.record_path("telea", "tiny", 0)
    path.parent.mkdir(parents=True)
    for write in (
        lambda: path.write_bytes(b"PAR1"),
        lambda: pd.DataFrame({"a": [1]}).to_parquet(path),
    ):
        write()
        assert store.read_part("telea", "tiny", 0) is None
        assert store.read_key("telea", "tiny", 0) == ""


def test_a_part_without_rows_is_no_file(tmp_path):
    store = Store(tmp_path)
    store.write_part("telea", "tiny", 0, Part({"k": make_row("a")}, {}))
    store.write_part("telea", "tiny", 0, Part({}, {}))
    assert not store.record_path("telea", "tiny", 0).exists()


def test_parts_with_other_metrics_merge_into_sorted_records(tmp_path):
    store = Store(tmp_path)
    store.write_part("telea", "tiny", 1, Part({"k": make_row("b", l1=1.0)}, {}))
    store.write_part("telea", "tiny", 0, Part({"k": make_row("c", l1=2.0, ssim=0.5)}, {}))
    store.write_part("late", "tiny", 0, Part({"k": make_row("a", "late", l1=3.0)}, {}))
    frame = store.records()
    assert list(frame["image_id"]) == ["a", "b", "c"]
    assert metric_columns(frame) == ["l1", "ssim"]
    assert list(frame["ssim"].isna()) == [True, True, False]


def test_a_damaged_part_is_told_with_what_to_do(tmp_path):
    path = tmp_path / "records" / "telea" / "tiny" / "00000.parquet"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"PAR1 and no more")
    store = Store(tmp_path)
    for read in (store.records, lambda: store.records({}), lambda: store.stale_rows({})):
        with pytest.raises(BenchError, match="damaged file: give the command of the run again"):
            read()


def test_damaged_published_results_are_told_with_what_to_do(tmp_path):
    part = Part({"k": make_row("a", l1=1.0)}, {})
    Store(tmp_path).write_part("telea", "tiny", 0, part)
    whole = Store(tmp_path).record_path("telea", "tiny", 0).read_bytes()
    path = tmp_path / "tiny.parquet"
    middle = len(whole) // 4
    flipped = whole[:middle] + bytes(255 - value for value in whole[middle : middle + 64])
    for damaged in (b"", whole[:-9], flipped + whole[middle + 64 :]):
        path.write_bytes(damaged)
        for read in (lambda: published_results(tmp_path), lambda: read_published(path)):
            with pytest.raises(BenchError, match="tiny.parquet, got a damaged file: take it from"):
                read()


def test_a_run_without_records_says_so(tmp_path):
    with pytest.raises(BenchError, match="expected records"):
        Store(tmp_path).records()


def test_features_come_back_bit_for_bit(tmp_path):
    vectors = np.random.default_rng(0).normal(size=(3, 5)).astype(np.float32)
    keys = ["x", "y", "z"]
    part = FeaturePart(
        dict(zip(keys, vectors, strict=True)),
        dict.fromkeys(keys, "photo"),
        dict.fromkeys(keys, "1-10 %"),
        {"backbone": "1"},
    )
    store = Store(tmp_path)
    store.write_features("inception", "telea", "tiny", 0, part)
    ((_, back),) = store.feature_parts("inception", "telea", "tiny")
    assert list(back.rows) == keys and back.ingredients == {"backbone": "1"}
    assert (np.stack(list(back.rows.values())) == vectors).all()


def test_parquet_parts_are_compressed_with_zstd(tmp_path):
    store = Store(tmp_path)
    store.write_part("telea", "tiny", 0, Part({"k": make_row("a", l1=1.0)}, {}))
    column = pq.ParquetFile(store.record_path("telea", "tiny", 0)).metadata.row_group(0).column(0)
    assert column.compression == "ZSTD"


def test_no_published_results_are_no_rows(tmp_path):
    frame = published_results(tmp_path)
    assert len(frame) == 0 and "variant" in frame.columns


def test_published_results_of_this_checkout_can_be_read():
    frame = published_results()
    assert set(frame["test_set"]) == {path.stem for path in RESULTS_FOLDER.glob("*.parquet")}
    assert not frame.duplicated(["variant", "test_set", "image_id", "mask_id"]).any()
