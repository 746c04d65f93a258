"""Rank correlation against scipy, cases and refinement against loops over plain rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from inpaint_bench.bench.agreement import (
    disputed_cases,
    extreme_cases,
    rank_correlations,
    refinement,
)

METRICS = {
    "l1": {"higher_is_better": False, "per_set": False},
    "psnr": {"higher_is_better": True, "per_set": False},
    "fid": {"higher_is_better": False, "per_set": True},
    "lpips": {"higher_is_better": False, "per_set": False},  # a column without values
}
METHODS = ("a", "b", "c", "d", "e")


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = []
    for image in range(12):
        for mask in range(2):
            for k, method in enumerate(METHODS):
                error = 5.0 + k + rng.normal()
                rows.append(
                    {
                        "variant": method,
                        "image_id": f"p{image}",
                        "mask_id": f"m{mask}",
                        "hole_ratio": 0.1 + 0.3 * mask,
                        "l1": error,
                        "psnr": 30.0 - error + rng.normal(),
                        "lpips": float("nan"),
                    }
                )
    return pd.DataFrame(rows)


def test_rank_correlation_is_scipys_over_means_and_over_pictures(frame):
    found = rank_correlations(frame, METRICS)
    assert set(found) == {("l1", "psnr")}
    one = found["l1", "psnr"]
    means = frame.groupby("variant")[["l1", "psnr"]].mean()
    expected = -spearmanr(means["l1"], means["psnr"]).statistic  # L1 falls as PSNR rises
    assert one.methods == pytest.approx(expected) and one.n_methods == 5
    each = [
        -spearmanr(rows["l1"], rows["psnr"]).statistic
        for _, rows in frame.groupby(["image_id", "mask_id"])
    ]
    assert one.pictures.mean == pytest.approx(np.mean(each)) and one.pictures.n == 24
    assert one.pictures.low < one.pictures.mean < one.pictures.high


def test_two_methods_have_no_correlation(frame):
    found = rank_correlations(frame[frame["variant"].isin(["a", "b"])], METRICS)["l1", "psnr"]
    assert np.isnan(found.methods)
    assert np.isnan(found.pictures.mean)  # two ranks agree or do not


def test_cases_are_the_pictures_whose_best_result_is_best_and_worst(frame):
    for metric, higher in (("l1", False), ("psnr", True)):
        best, worst = extreme_cases(frame, metric, higher_is_better=higher, count=3)
        top = max if higher else min
        found = {
            key: top(rows.to_dict("records"), key=lambda row: row[metric])
            for key, rows in frame.groupby(["image_id", "mask_id"])
        }
        ordered = sorted(found.values(), key=lambda row: row[metric], reverse=higher)
        for case, row in zip([*best, *worst], [*ordered[:3], *ordered[:-4:-1]], strict=True):
            assert (case.image_id, case.mask_id) == (row["image_id"], row["mask_id"])
            assert (case.value, case.variant) == (row[metric], row["variant"])


def test_the_most_disputed_picture_is_where_two_metrics_order_the_methods_the_other_way(frame):
    turned = (frame["image_id"] == "p7") & (frame["mask_id"] == "m1")
    frame.loc[turned, "psnr"] = frame.loc[turned, "l1"]  # the worst error is the best PSNR
    case = disputed_cases(frame, METRICS, count=2)[0]
    assert (case.image_id, case.mask_id, case.hole_ratio) == ("p7", "m1", 0.4)
    assert case.value == pytest.approx(-1.0)
    assert disputed_cases(frame[frame["variant"].isin(["a", "b"])], METRICS) == []


def test_a_metric_that_orders_every_picture_like_another_is_no_second_witness(frame):
    rng = np.random.default_rng(1)
    about = {**METRICS, "l2": METRICS["l1"], "ssim": METRICS["psnr"]}
    frame["l2"] = frame["l1"] ** 2
    frame["ssim"] = rng.random(len(frame))
    found = rank_correlations(frame, about)
    assert {pair for pair, one in found.items() if one.same_order} == {("l1", "l2")}
    cases = disputed_cases(frame, about)
    assert cases == disputed_cases(frame, {name: about[name] for name in about if name != "l2"})
    assert disputed_cases(frame, {name: about[name] for name in ("l1", "l2")}) == []


def test_the_share_that_refinement_made_worse_is_counted_in_the_metrics_direction(frame):
    stages = frame[frame["variant"] == "a"].assign(stage="coarse")
    shift = np.where(np.arange(24) < 6, -1.0, 1.0)  # coarse was better on 6 of 24
    stages = stages.assign(l1=stages["l1"] + shift, psnr=stages["psnr"] - shift)
    found = {one.metric: one for one in refinement(frame, stages, METRICS)}
    assert set(found) == {"l1", "psnr"}
    for one in found.values():
        assert (one.variant, one.stage) == ("a", "coarse")
        assert one.worse.mean == pytest.approx(6 / 24) and one.worse.n == 24
    assert found["l1"].before.mean == pytest.approx(stages["l1"].mean())
    assert found["l1"].after.mean == pytest.approx(frame[frame["variant"] == "a"]["l1"].mean())
