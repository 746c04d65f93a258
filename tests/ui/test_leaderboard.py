from __future__ import annotations

import pandas as pd
import pytest

from inpaint_bench.bench.ranking import rank_methods
from inpaint_bench.ui.catalogue import catalogue
from inpaint_bench.ui.leaderboard import (
    ALL_BUCKETS,
    column_keys,
    first_columns,
    make_leaderboard,
)
from inpaint_bench.ui.published import read_published
from tests.ui.conftest import write_results

ENTRIES = {entry.name: entry for entry in catalogue()}


@pytest.fixture
def results(results_folder):
    return read_published(results_folder, "made-up-a")


@pytest.fixture
def many(tmp_path):
    """Results on enough photographs to tell methods apart."""
    write_results(tmp_path / "many", tuple(f"photograph {i}" for i in range(8)))
    return read_published(tmp_path / "many", "made-up-a")


def column(board, heading):
    return board.headers.index(heading)


def cell(board, model, heading):
    return next(d for d in board.display if d[0] == model)[column(board, heading)]


def test_rows_are_ranked_by_the_chosen_metric_in_its_direction(results):
    by_error = make_leaderboard(results, ALL_BUCKETS, "l1_hole", ENTRIES)
    by_psnr = make_leaderboard(results, ALL_BUCKETS, "psnr", ENTRIES)
    models = [row[0] for row in by_error.rows]
    assert models == ["Biharmonic", "Navier-Stokes", "Telea", "Mean colour"]
    assert [row[0] for row in by_psnr.rows] == models


def test_values_are_means_of_the_bucket_with_their_number(results, results_folder):
    board = make_leaderboard(results, "20-30 %", "l1_hole", ENTRIES)
    frame = pd.read_parquet(results_folder / "made-up-a.parquet")
    rows = frame[(frame["variant"] == "telea") & (frame["bucket"] == "20-30 %")]
    telea = next(row for row in board.rows if row[0] == "Telea")
    assert telea[column(board, "N")] == 3
    assert telea[column(board, "PSNR ↑ (dB)")] == pytest.approx(rows["psnr"].mean(), abs=1e-5)


def test_headings_carry_direction_and_unit(results):
    headers = make_leaderboard(results, ALL_BUCKETS, "l1_hole", ENTRIES).headers
    assert "PSNR ↑ (dB)" in headers and "SSIM ↑" in headers
    assert headers[:5] == ["Model", "Rank", "L1, hole ↓ (%)", "95% interval", "N"]
    assert headers[-4:] == ["Time ↓ (s)", "Parameters", "Weights (MB)", "Origin"]


def test_ranks_are_those_of_the_benchmark_with_shared_places_marked(many):
    board = make_leaderboard(many, ALL_BUCKETS, "l1_hole", ENTRIES)
    ranking = rank_methods(many.frame, "l1_hole", higher_is_better=False)
    assert [row[1] for row in board.rows] == [ranking.ranks[name] for name in board.variants]
    assert cell(board, "Biharmonic", "Rank") == "1"
    tied = many.frame.copy()
    tied.loc[tied["variant"] == "navier_stokes", "l1_hole"] = tied.loc[
        tied["variant"] == "biharmonic", "l1_hole"
    ].to_numpy()
    object.__setattr__(many, "frame", tied)
    many._memory.clear()
    board = make_leaderboard(many, ALL_BUCKETS, "l1_hole", ENTRIES)
    assert cell(board, "Biharmonic", "Rank") == cell(board, "Navier-Stokes", "Rank") == "1="


def test_too_few_photographs_have_no_ranks_and_no_intervals(results):
    board = make_leaderboard(results, ALL_BUCKETS, "l1_hole", ENTRIES)
    assert {row[1] for row in board.display} == {row[3] for row in board.display} == {"–"}
    assert any("No ranks" in remark for remark in board.remarks)


def test_ranks_of_networks_trained_here_are_not_taken_for_those_of_released_weights(many):
    classical = make_leaderboard(many, ALL_BUCKETS, "l1_hole", ENTRIES)
    learned = {**ENTRIES, "telea": ENTRIES["lama-faces128"]}
    trained = make_leaderboard(many, ALL_BUCKETS, "l1_hole", learned)
    assert not any("trained here" in remark for remark in classical.remarks)
    (remark,) = [r for r in trained.remarks if "trained here" in r]
    assert "nothing of the weights that authors released" in remark
    assert f"trained at 128 pixels work at {many.size} here" in remark


def test_intervals_of_every_column_are_shown_on_request(many):
    plain = make_leaderboard(many, ALL_BUCKETS, "l1_hole", ENTRIES)
    full = make_leaderboard(many, ALL_BUCKETS, "l1_hole", ENTRIES, intervals=True)
    low, high = many.estimate("psnr", "telea").low, many.estimate("psnr", "telea").high
    assert "[" not in cell(plain, "Telea", "PSNR ↑ (dB)")
    assert f"[{low:.2f}, {high:.2f}] · 3" in cell(full, "Telea", "PSNR ↑ (dB)")


def test_the_best_of_each_column_and_nothing_else_is_bold(results):
    board = make_leaderboard(results, ALL_BUCKETS, "l1_hole", ENTRIES)
    bold = {
        (row[0], header)
        for row, styles in zip(board.rows, board.styling, strict=True)
        for header, style in zip(board.headers, styles, strict=True)
        if "font-weight" in style
    }
    assert ("Biharmonic", "L1, hole ↓ (%)") in bold
    assert ("Biharmonic", "PSNR ↑ (dB)") in bold
    assert {model for model, _ in bold} == {"Biharmonic"}


def test_a_column_without_values_is_dashes_and_says_why(results):
    board = make_leaderboard(results, ALL_BUCKETS, "l1_hole", ENTRIES)
    at = next(i for i, header in enumerate(board.headers) if header.startswith("LPIPS"))
    assert all(row[at] is None for row in board.rows)
    assert {shown[at] for shown in board.display} == {"–"}
    assert any("made up: no weights" in remark for remark in board.remarks)


def test_only_chosen_columns_stand_beside_the_metric(results):
    board = make_leaderboard(
        results, ALL_BUCKETS, "psnr", ENTRIES, columns=["ssim", "parameters", "gone"]
    )
    assert board.keys == ["model", "rank", "psnr", "interval", "n", "ssim", "parameters"]
    assert board.keys == column_keys(results, "psnr", ["parameters", "ssim"])
    assert len(board.headers) == len(board.rows[0]) == len(board.styling[0]) == 7


def test_a_suite_brings_its_own_columns(results):
    assert first_columns(results, ("ssim", "l1"))[:2] == ["l1", "ssim"]
    assert "psnr" in first_columns(results)


def test_speed_and_size_stand_beside_quality(results):
    board = make_leaderboard(results, ALL_BUCKETS, "l1_hole", ENTRIES)
    assert cell(board, "Telea", "Parameters") == "none"
    assert float(cell(board, "Telea", "Time ↓ (s)")) == pytest.approx(0.03)


def test_a_metric_of_a_set_over_too_few_pictures_competes_for_nothing(results):
    board = make_leaderboard(results, ALL_BUCKETS, "l1_hole", ENTRIES)
    row = [d[0] for d in board.display].index("Telea")
    assert "italic" in board.styling[row][board.keys.index("fid")]
    assert any("2,048 pictures" in remark for remark in board.remarks)


def test_a_failing_variant_shows_its_own_number_and_reason(results_folder):
    path = results_folder / "made-up-a.parquet"
    frame = pd.read_parquet(path)
    failing = frame.index[frame["variant"] == "biharmonic"][:2]
    frame.loc[failing, ["psnr", "l1_hole", "seconds"]] = float("nan")
    frame.loc[failing, "error"] = "model: too large"
    frame.to_parquet(path, index=False)
    board = make_leaderboard(
        read_published(results_folder, "made-up-a"), ALL_BUCKETS, "l1_hole", ENTRIES
    )
    assert any("biharmonic failed on 2 of 9: model: too large" in r for r in board.remarks)
    assert cell(board, "Biharmonic", "PSNR ↑ (dB)").endswith("(7)")
    style = next(
        s for s, d in zip(board.styling, board.display, strict=True) if d[0] == "Biharmonic"
    )
    assert style[column(board, "PSNR ↑ (dB)")] == ""  # a mean over other pictures


def test_variants_that_have_left_the_manifest_keep_their_rows(results_folder):
    path = results_folder / "made-up-a.parquet"
    frame = pd.read_parquet(path)
    frame.loc[frame["variant"] == "telea", "variant"] = "old-one"
    frame.to_parquet(path, index=False)
    board = make_leaderboard(
        read_published(results_folder, "made-up-a"), ALL_BUCKETS, "psnr", ENTRIES
    )
    assert ["old-one", "other"] in [[row[0], row[-1]] for row in board.rows]
