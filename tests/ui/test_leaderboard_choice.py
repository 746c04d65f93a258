from __future__ import annotations

import json

import pandas as pd
import pytest

from inpaint_bench.bench.suites import read_suite
from inpaint_bench.errors import BenchError
from inpaint_bench.ui.leaderboard_choice import choose, holes_of, suites_with
from inpaint_bench.ui.leaderboard_link import View


def values(choices):
    return [value for _, value in choices]


def test_faces_are_chosen_for_whoever_asks_for_nothing(results_folder):
    chosen = choose(results_folder, View())
    assert chosen.view.test_set == "made-up-a" and chosen.test_sets[0][0] == "faces: made-up-a"
    assert (chosen.view.bucket, chosen.view.metric) == ("all", "l1_hole")
    assert chosen.view.precision == "float32" and chosen.view.plot == "ratio"
    assert not chosen.unknown


def test_a_few_large_faces_are_not_what_a_newcomer_sees_first(results_folder):
    about = json.loads((results_folder / "made-up-a.json").read_text())
    few = about["test_set"] | {"name": "peers", "size": 512, "items": 2}
    (results_folder / "peers.json").write_text(json.dumps(about | {"test_set": few}))
    frame = pd.read_parquet(results_folder / "made-up-a.parquet")
    frame.assign(test_set="peers").to_parquet(results_folder / "peers.parquet")
    assert choose(results_folder, View()).view.test_set == "made-up-a"


def test_of_equally_many_faces_those_of_the_size_of_training_come_first(results_folder):
    about = json.loads((results_folder / "made-up-a.json").read_text())
    large = about["test_set"] | {"name": "a-larger", "size": 2 * about["test_set"]["size"]}
    (results_folder / "a-larger.json").write_text(json.dumps(about | {"test_set": large}))
    frame = pd.read_parquet(results_folder / "made-up-a.parquet")
    frame.assign(test_set="a-larger").to_parquet(results_folder / "a-larger.parquet")
    assert choose(results_folder, View()).view.test_set == "made-up-a"


def test_a_mask_type_narrows_the_test_sets(results_folder):
    chosen = choose(results_folder, View(masks="free_form", test_set="made-up-a"))
    assert values(chosen.test_sets) == ["made-up-b"] and chosen.view.test_set == "made-up-b"
    assert ("free form", "free_form") in chosen.masks


def test_a_suite_narrows_the_test_sets_and_brings_its_metrics(results_folder):
    for suffix in (".parquet", ".json"):
        (results_folder / f"made-up-b{suffix}").rename(results_folder / f"kodak-256{suffix}")
    frame = pd.read_parquet(results_folder / "kodak-256.parquet")
    frame.assign(test_set="kodak-256").to_parquet(results_folder / "kodak-256.parquet")
    chosen = choose(results_folder, View(suite="published"))
    assert values(chosen.test_sets) == ["kodak-256"]
    assert "published" in [suite.name for suite in suites_with(["kodak-256"])]
    faces = read_suite("recurrent_faces")
    assert faces in suites_with(["celebahq256-256"])


def test_a_precision_is_one_choice_and_pictures_made_elsewhere_stand_beside_it(results_folder):
    path = results_folder / "made-up-a.parquet"
    frame = pd.read_parquet(path)
    frame.loc[frame["variant"] == "telea", "precision"] = "bfloat16"
    frame.loc[frame["variant"] == "biharmonic", "precision"] = ""
    frame.to_parquet(path, index=False)
    view = View(test_set="made-up-a")
    assert set(choose(results_folder, view).results.variants) == {
        "mean_colour",
        "navier_stokes",
        "biharmonic",
    }
    half = choose(results_folder, View(test_set="made-up-a", precision="bfloat16"))
    assert set(half.results.variants) == {"telea", "biharmonic"}


def test_names_that_do_not_exist_are_replaced_and_told(results_folder):
    asked = View(test_set="gone", bucket="90-99 %", metric="ssim", columns=("psnr", "nothing"))
    chosen = choose(results_folder, asked)
    assert chosen.view.metric == "ssim" and chosen.view.bucket == "all"
    assert chosen.unknown == ("gone", "90-99 %", "nothing")


def test_nothing_published_is_said(tmp_path):
    with pytest.raises(BenchError, match="there are none"):
        choose(tmp_path, View())


def test_two_rows_of_one_masked_photograph_are_refused(results_folder):
    path = results_folder / "made-up-a.parquet"
    frame = pd.read_parquet(path)
    pd.concat([frame, frame.head(1)]).to_parquet(path, index=False)
    with pytest.raises(BenchError, match="one row of biharmonic"):
        choose(results_folder, View(test_set="made-up-a"))


def test_files_that_state_less_are_shown_under_their_name(results_folder):
    path = results_folder / "made-up-a.json"
    said = json.loads(path.read_text())
    said["test_set"] = {"name": "made-up-a", "size": 64}
    path.write_text(json.dumps(said))
    assert ("made-up-a", "made-up-a") in choose(results_folder, View()).test_sets
    assert holes_of("deepgin_rectangle:any") == "deepgin rectangle"
