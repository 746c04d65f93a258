"""Self-consistency as a column: declared, computed again when its second model changes, and held
against the metrics that know the truth."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.stats import kendalltau, spearmanr

from inpaint_bench import inpaint, load
from inpaint_bench.bench import provenance
from inpaint_bench.bench.agreement import rank_agreement
from inpaint_bench.bench.consistency import CONSISTENCY, consistency_metric, declare
from inpaint_bench.bench.plan import choose_variants
from inpaint_bench.bench.provenance import stated_version
from inpaint_bench.bench.report import report
from inpaint_bench.bench.runner import Options, execute, prepare
from inpaint_bench.bench.store import Store
from inpaint_bench.bench.suites import Suite, read_suite
from inpaint_bench.cli import main
from inpaint_bench.data import TestSetReader
from inpaint_bench.errors import BenchError, UnknownNameError
from inpaint_bench.imaging import read_image, to_tensor
from inpaint_bench.metrics import METRICS, Setting
from inpaint_bench.metrics.reinpainting import patch_masks

TELEA = Setting("telea", distance="l1", masks=2)


@pytest.fixture
def run(test_set, tmp_path, variant):
    """Return a function that runs models on twelve items of the tiny set into one folder."""

    def go(setting, *names, stages=False, keep_outputs=False):
        suite = Suite(
            "custom", "Tiny", ("tiny",), "all", ("l1", "psnr"), stages=stages, consistency=setting
        )
        chosen = choose_variants(names, [variant(name) for name in names])
        options = Options(limit=12, keep_outputs=keep_outputs)
        preparation = prepare(suite, [test_set], chosen, tmp_path / "run", options=options)
        execute(preparation)
        return preparation, Store(tmp_path / "run").records()

    return go


def test_a_row_holds_what_a_loop_over_the_second_masks_gives(run, test_set, tmp_path):
    _, frame = run(TELEA, "mean_colour", keep_outputs=True)
    row = frame.iloc[3]
    position = next(
        i
        for i, item in enumerate(test_set.items)
        if (item.image_id, item.mask_id) == (row["image_id"], row["mask_id"])
    )
    _, hole = TestSetReader(test_set).read(position)
    path = Store(tmp_path / "run").output_path("mean_colour", row["image_id"], row["mask_id"])
    result = to_tensor(read_image(path))
    found = []
    for mask in patch_masks(hole[0].numpy() > 0, TELEA):
        again = torch.from_numpy(mask)[None, None].float()
        filled = inpaint(load("telea"), result, again)
        found.append(100 * float((filled - result).abs().double().mean()))
    assert row[CONSISTENCY] == pytest.approx(np.mean(found), rel=1e-5)


def test_rows_state_the_declaration_and_a_run_that_does_not_ask_is_as_before(run, tmp_path):
    _, without = run(None, "mean_colour")
    assert CONSISTENCY not in without
    _, frame = run(TELEA, "mean_colour")
    declared = json.loads(json.loads(frame["metric_versions"][0])[CONSISTENCY])
    assert declared["setting"]["second_model"] == "telea" and declared["setting"]["masks"] == 2
    assert declared["second"]["code"] and declared["distance"] == stated_version(METRICS["l1"])
    pd.testing.assert_frame_equal(
        frame[["l1", "psnr", "seconds"]], without[["l1", "psnr", "seconds"]]
    )
    assert run(TELEA, "mean_colour")[0].works == ()


def test_another_second_model_computes_exactly_that_column_again(run, tmp_path):
    _, before = run(TELEA, "mean_colour", "telea")
    preparation, after = run(replace(TELEA, second_model="mean_colour"), "mean_colour", "telea")
    assert preparation.lines == (
        "adding reinpainting: 24 rows (mean_colour on tiny, telea on tiny)",
    )
    assert (after[CONSISTENCY] != before[CONSISTENCY]).all()
    same = ["variant", "image_id", "l1", "psnr", "seconds"]
    pd.testing.assert_frame_equal(after[same], before[same])


@pytest.mark.parametrize(
    "module, old, new, touched",
    [
        ("metrics.reinpainting", "_MOST = 1000", "_MOST = 1001", "reinpainting"),
        ("metrics.l1", "return 100.0 * abs", "return 101.0 * abs", "l1, reinpainting"),
        ("models.telea", "cv2.INPAINT_TELEA", "cv2.INPAINT_NS", "reinpainting"),
    ],
)
def test_edited_code_of_the_metric_its_distance_or_its_second_model_computes_it_again(
    run, monkeypatch, module, old, new, touched
):
    run(TELEA, "mean_colour", keep_outputs=True)
    real = provenance._source

    def edited(name: str) -> str | None:
        text = real(name)
        if name == f"inpaint_bench.{module}":
            assert old in text
            text = text.replace(old, new)
        return text

    monkeypatch.setattr(provenance, "_source", edited)
    provenance.code_fingerprint.cache_clear()
    try:
        preparation, _ = run(TELEA, "mean_colour")
    finally:
        provenance.code_fingerprint.cache_clear()
    assert preparation.lines == (f"adding {touched}: 12 rows (mean_colour on tiny)",)


def test_numbers_of_another_declaration_are_never_in_one_table(run, tmp_path):
    run(TELEA, "mean_colour", "telea")
    run(replace(TELEA, masks=1), "telea")
    text = report(tmp_path / "run")
    assert "Self-consistency of 12 rows was declared otherwise: left out." in text
    line = next(x for x in text.splitlines() if x.startswith("| mean_colour | "))
    assert "| — |" in line


def test_earlier_stages_are_not_judged_by_it(run, calls, tmp_path):
    run(TELEA, "TwoStages", stages=True)
    stages = Store(tmp_path / "run").stage_records()
    coarse = stages[stages["stage"] == "coarse"]
    assert coarse["l1"].notna().all() and coarse[CONSISTENCY].isna().all()
    assert run(TELEA, "TwoStages", stages=True)[0].works == ()


def test_a_stochastic_second_model_gives_one_number_in_any_batch(calls, variant, monkeypatch):
    monkeypatch.setattr(
        "inpaint_bench.bench.consistency.find_variant", lambda name: variant("Drawing")
    )
    metric = consistency_metric(declare(replace(TELEA, second_model="Drawing")))
    result = torch.rand(3, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    hole = torch.zeros(3, 1, 32, 32)
    hole[..., 8:20, 8:20] = 1.0
    together = metric.compute(result, result, hole)
    alone = torch.cat(
        [metric.compute(*(x[i : i + 1] for x in (result, result, hole))) for i in range(3)]
    )
    assert torch.equal(together, alone)


def test_rank_agreement_is_that_of_scipy():
    rng = np.random.default_rng(0)
    keys = [(f"m{m}", f"i{i}") for m in range(7) for i in range(9)]
    frame = pd.DataFrame(keys, columns=["variant", "image_id"]).assign(mask_id="0")
    skill = frame["variant"].str[1:].astype(float)
    frame["psnr"] = skill + rng.normal(0, 2, len(frame))
    frame[CONSISTENCY] = -skill.round() + rng.normal(0, 4, len(frame))
    about = {"psnr": True, CONSISTENCY: False}
    metrics = {n: {"per_set": False, "higher_is_better": up} for n, up in about.items()}
    found = rank_agreement(frame, metrics, CONSISTENCY)
    means = frame.groupby("variant")[["psnr", CONSISTENCY]].mean()
    x, y = means["psnr"], -means[CONSISTENCY]
    assert list(found) == ["psnr"]
    assert found["psnr"].kendall == pytest.approx(kendalltau(x, y).statistic)
    assert found["psnr"].correlation.methods == pytest.approx(spearmanr(x, y).statistic)


def test_ties_count_as_in_tau_b():
    frame = pd.DataFrame(
        [(f"m{m}", "i", "0", a, b) for m, (a, b) in enumerate([(1, 2), (1, 3), (2, 3), (4, 1)])],
        columns=["variant", "image_id", "mask_id", "l1", CONSISTENCY],
    ).astype({"l1": float, CONSISTENCY: float})
    metrics = {n: {"per_set": False, "higher_is_better": False} for n in ("l1", CONSISTENCY)}
    found = rank_agreement(frame, metrics, CONSISTENCY)["l1"]
    assert found.kendall == pytest.approx(kendalltau([1, 1, 2, 4], [2, 3, 3, 1]).statistic)


def test_the_report_of_a_run_holds_the_column_its_declaration_and_its_agreement(
    photographs, tmp_path, capsys
):
    wanted = ["--models", "mean_colour,telea,navier_stokes", "--metrics", "l1,tv"]
    sizes = ["--masks", "free_form", "--size", "32", "--limit", "6", "--threads", "1"]
    out = ["--consistency", "telea:l2:2", "--out", str(tmp_path / "run")]
    assert main(["run", "--images", str(photographs), *sizes, *wanted, *out]) == 0
    text = report(tmp_path / "run")
    assert "Self-consistency (L2) (%) ↓" in text
    assert "filled again by telea; seed 0" in text and "arXiv 2405.16263" in text
    part = text.partition("### Does self-consistency agree with the truth?")[2].partition("###")[0]
    rows = [line for line in part.splitlines() if line.startswith("| ")][2:]
    assert [row.split(" | ")[0] for row in rows] == ["| L1"]  # total variation knows no truth
    assert "(3)" in rows[0]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("nope:l1", "nope"),
        ("telea:l1:x", "MODEL[:METRIC[:K]]"),
        ("telea:l1_hole", "whole pictures"),
    ],
)
def test_what_cannot_be_asked_for_is_told_before_anything_is_written(
    photographs, tmp_path, capsys, asked, said
):
    images = ["--images", str(photographs), "--masks", "free_form", "--size", "32"]
    more = ["--models", "telea", "--consistency", asked, "--out", str(tmp_path / "run")]
    assert main(["run", *images, *more]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and said in told
    assert not (tmp_path / "run").exists()


def test_suites_declare_it_and_what_is_wrong_is_told(tmp_path, test_set, variant):
    base = 'title = "t"\ntest_sets = ["a"]\nmodels = "all"\nmetrics = "main"\n'
    good = tmp_path / "good.toml"
    good.write_text(base + '[consistency]\nsecond_model = "telea"\ndistance = "l1"\nmasks = 3\n')
    assert read_suite(str(good)).consistency == Setting("telea", distance="l1", masks=3)
    for more in ("masks = 3\n", 'second_model = "telea"\nmask = 3\n', "second_model = 3\n"):
        bad = tmp_path / "bad.toml"
        bad.write_text(f"{base}[consistency]\n{more}")
        with pytest.raises(BenchError, match=r"\[consistency\] with second_model, distance"):
            read_suite(str(bad))
    suite = Suite("custom", "T", ("tiny",), "all", ("l1",), consistency=Setting("no", "l1"))
    with pytest.raises(UnknownNameError, match="no"):
        prepare(suite, [test_set], [variant("telea")], tmp_path / "run")
    assert not (tmp_path / "run").exists()
