from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import gradio as gr
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from inpaint_bench import load
from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.ui.api import Endpoints, build_api
from inpaint_bench.ui.catalogue import catalogue
from inpaint_bench.ui.model_cache import ModelCache
from inpaint_bench.ui.outbox import Outbox
from inpaint_bench.ui.settings import Settings
from inpaint_bench.ui.workshop import Workshop
from tests.ui.conftest import write_results

SIZE = (40, 56)


@pytest.fixture
def endpoints(tmp_path, made_up_results):
    return Endpoints(
        Settings(results_dir=made_up_results, max_upload_mb=1, original_side=256),
        {entry.name: entry for entry in catalogue()},
        Workshop(ModelCache(10**9, load), seconds=60),
        Outbox(tmp_path / "outbox"),
    )


@pytest.fixture
def hole():
    hole = np.zeros(SIZE, bool)
    hole[10:20, 30:50] = True
    return hole


@pytest.fixture
def files(tmp_path, hole):
    """Paths of a photograph, a mask, and a mask of another size."""
    paths = [str(tmp_path / name) for name in ("cat.png", "mask.png", "other.png")]
    picture = np.random.default_rng(1).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    Image.fromarray(picture).save(paths[0])
    Image.fromarray(hole).save(paths[1])
    Image.fromarray(hole[:30]).save(paths[2])
    return paths


def test_a_hole_is_filled_and_known_pixels_stay(endpoints, files, hole):
    path = endpoints.inpaint(files[0], files[1], "telea")
    assert Path(path).name == "cat__telea.png"
    result, before = (np.array(Image.open(one)) for one in (path, files[0]))
    assert np.array_equal(result[~hole], before[~hole])
    assert not np.array_equal(result[hole], before[hole])


def test_the_seed_counts_for_stochastic_methods(endpoints, files):
    results = {endpoints.inpaint(*files[:2], "patchmatch", seed) for seed in (1, 1, 2)}
    assert len(results) == 2  # a path is made of the content


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"variant": "gone"}, "expected a variant such as mean_colour, telea"),
        ({"variant": "../telea"}, "expected a variant"),
        ({"variant": "mat-places2-fp32"}, "expected weights of 'mat-places2-fp32' on this server"),
        ({"mask": 2}, "size 56x40, got 56x30"),
        ({"sketch": 1}, "takes no sketch"),
        ({"seed": -1}, "whole number"),
        ({"image": None}, "expected a photograph and a mask as files, got none"),
        ({"mask": "black.png"}, "got an empty mask"),
        ({"image": "letter.png"}, "'letter.png' is not one"),
        ({"image": "large.png"}, "at most 256 pixels on the longer side, got 300x20"),
        ({"image": "heavy.png"}, "file of at most 1 MB, got 1.3 MB"),
        ({"image": "pixels.png"}, "25 megapixels"),
    ],
)
def test_what_is_wrong_is_answered_in_one_line_without_paths(
    endpoints, files, tmp_path, change, message
):
    Image.new("1", SIZE[::-1]).save(tmp_path / "black.png")
    (tmp_path / "letter.png").write_text("Dear Sir")
    Image.new("RGB", (300, 20)).save(tmp_path / "large.png")
    Image.new("1", (6000, 5000)).save(tmp_path / "pixels.png")
    (tmp_path / "heavy.png").write_bytes(b"x" * 1_400_000)
    asked = {"image": files[0], "mask": files[1], "variant": "telea", "seed": 0} | change
    for name in ("image", "mask", "sketch"):
        value = asked.get(name)
        if isinstance(value, int):
            asked[name] = files[value]
        elif value and not value.startswith("/"):
            asked[name] = str(tmp_path / value)
    with pytest.raises(InpaintBenchError, match=message) as caught:
        endpoints.inpaint(**asked)
    assert "\n" not in str(caught.value) and str(tmp_path) not in str(caught.value)


def test_every_variant_is_listed_with_whether_it_can_run_here(endpoints):
    listed = {one["name"]: one for one in endpoints.list_variants()}
    assert list(listed) == list(endpoints.entries)
    assert listed["telea"]["available"] and not listed["mat-places2-fp32"]["available"]
    assert listed["deepfill_v2-scenes128"]["resolution"] == 128
    json.dumps(list(listed.values()))


def test_the_leaderboard_is_ranked_in_the_metrics_own_direction(endpoints):
    names = ["biharmonic", "navier_stokes", "telea", "mean_colour"]  # as they were made up
    for metric in ("l1_hole", "psnr"):
        rows = endpoints.leaderboard("made-up-a", metric)
        assert [row["variant"] for row in rows] == names
        assert {row["rank"] for row in rows} == {None}  # three photographs tell nothing apart
        assert {row["n"] for row in rows} == {9}
    (first, *_) = endpoints.leaderboard("made-up-a", "l1_hole", "10-20 %")
    assert first["n"] == 3 and first["value"] == pytest.approx(6.5) and first["seconds"] == 0.01


def test_methods_that_cannot_be_told_apart_share_a_rank(endpoints, tmp_path):
    folder = tmp_path / "results"
    write_results(folder, tuple(f"photograph {i}" for i in range(8)))
    path = folder / "made-up-a.parquet"
    frame = pd.read_parquet(path)
    second = frame["variant"] == "navier_stokes"
    as_good = frame.loc[frame["variant"] == "biharmonic", "l1_hole"].to_numpy()
    better_or_worse = np.where(np.arange(second.sum()) // 3 % 2, 0.4, -0.4)  # by photograph
    frame.loc[second, "l1_hole"] = as_good + better_or_worse
    frame.to_parquet(path)
    asked = replace(endpoints, settings=replace(endpoints.settings, results_dir=folder))
    ranks = {row["variant"]: row["rank"] for row in asked.leaderboard("made-up-a", "l1_hole")}
    told = {"biharmonic": "1=", "navier_stokes": "1=", "telea": "3", "mean_colour": "4"}
    assert ranks == told
    ranks = {row["variant"]: row["rank"] for row in asked.leaderboard("made-up-a", "psnr")}
    assert list(ranks.values()) == ["1", "2", "3", "4"]
    assert {row["rank"] for row in asked.leaderboard("made-up-a", "fid")} == {None}


def test_an_empty_metric_has_rows_without_values(endpoints):
    rows = endpoints.leaderboard("made-up-a", "lpips_alex")
    assert len(rows) == 4 and {(row["rank"], row["value"]) for row in rows} == {(None, None)}
    json.dumps(rows)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (("../secrets",), "expected a test set such as made-up-a, made-up-b, got '../secrets'"),
        (("made-up-a", "beauty"), "expected a metric such as l1"),
        (("made-up-a", "psnr", "90 %"), "expected a bucket such as all, 1-10 %"),
    ],
)
def test_unknown_names_are_answered_with_the_valid_ones(endpoints, asked, message):
    with pytest.raises(InpaintBenchError, match=message):
        endpoints.leaderboard(*asked)


def test_endpoints_have_names_limits_and_documentation(endpoints):
    with gr.Blocks(analytics_enabled=False) as page:
        build_api(endpoints)
    fns = {fn.api_name: fn for fn in page.fns.values()}
    assert set(fns) == {"inpaint", "list_variants", "leaderboard"}
    assert fns["inpaint"].concurrency_id == "models" and fns["inpaint"].concurrency_limit == 1
    info = page.get_api_info()["named_endpoints"]
    names = [one["parameter_name"] for one in info["/inpaint"]["parameters"]]
    assert names == ["image", "mask", "variant", "seed", "sketch"]
    assert "known pixels stay" in info["/inpaint"]["description"]
