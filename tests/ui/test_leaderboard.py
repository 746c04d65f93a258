from __future__ import annotations

import pandas as pd
import pytest

from inpaint_bench.ui.catalogue import catalogue
from inpaint_bench.ui.leaderboard import ALL_BUCKETS, line_plot, make_leaderboard
from inpaint_bench.ui.published import read_published

ENTRIES = {entry.name: entry for entry in catalogue()}


@pytest.fixture
def results(results_folder):
    return read_published(results_folder, "made-up-a")


def column(board, heading):
    return board.headers.index(heading)


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
    assert "PSNR ↑ (dB)" in headers and "L1, hole ↓ (%)" in headers and "SSIM ↑" in headers
    assert headers[:3] == ["Model", "N", "L1, hole ↓ (%)"]
    assert headers[-2:] == ["Time ↓ (s)", "Origin"]


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
    shown = next(d for d in board.display if d[0] == "Biharmonic")
    assert shown[column(board, "PSNR ↑ (dB)")].endswith("(7)")
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


def test_the_plot_has_one_distinct_line_a_model_over_ascending_buckets(results):
    figure = line_plot(results, "psnr", ENTRIES)
    assert [trace.name for trace in figure.data] == [
        "Mean colour",
        "Telea",
        "Navier-Stokes",
        "Biharmonic",
    ]
    assert [trace.visible for trace in figure.data] == ["legendonly", True, True, True]
    assert list(figure.data[0].x) == ["1-10 %", "10-20 %", "20-30 %"]
    looks = {(t.line.color, t.line.dash, t.marker.symbol) for t in figure.data}
    assert len({t.line.color for t in figure.data}) == len(looks) == 4
    assert figure.layout.yaxis.title.text == "PSNR ↑ (dB)"
