from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from inpaint_bench.ui.catalogue import catalogue
from inpaint_bench.ui.leaderboard_plots import PLOTS, draw_plot, line_plot, plot_words
from inpaint_bench.ui.published import read_published
from tests.ui.conftest import write_results

ENTRIES = {entry.name: entry for entry in catalogue()}


@pytest.fixture
def results(tmp_path):
    write_results(tmp_path / "many", tuple(f"photograph {i}" for i in range(6)))
    return read_published(tmp_path / "many", "made-up-a")


def draw(kind, results, metric="psnr", measures=("psnr", "ssim", "l1")):
    return draw_plot(kind, results, metric, "all", ENTRIES, measures)


def test_the_plot_has_one_distinct_line_a_model_over_ascending_buckets(results):
    figure = line_plot(results, "psnr", ENTRIES)
    assert [trace.name for trace in figure.data] == [
        "Mean colour",
        "Telea",
        "Navier-Stokes",
        "Biharmonic",
    ]
    assert [trace.visible for trace in figure.data] == ["legendonly", True, True, True]
    assert list(figure.data[0].x) == ["1-10", "10-20", "20-30"]
    looks = {(t.line.color, t.line.dash, t.marker.symbol) for t in figure.data}
    assert len({t.line.color for t in figure.data}) == len(looks) == 4
    assert "PSNR ↑ (dB)" in figure.layout.title.text


def test_lines_carry_the_bootstrap_intervals(results):
    trace = line_plot(results, "psnr", ENTRIES).data[1]
    found = results.estimate("psnr", "telea", "1-10 %")
    assert trace.error_y.array[0] == pytest.approx(found.high - found.mean, abs=1e-6)
    assert trace.error_y.arrayminus[0] == pytest.approx(found.mean - found.low, abs=1e-6)


def test_of_many_lines_only_the_best_are_shown_and_none_looks_like_another(tmp_path):
    folder = tmp_path / "crowd"
    write_results(folder)
    path = folder / "made-up-a.parquet"
    frame = pd.read_parquet(path)
    telea = frame[frame["variant"] == "telea"]
    crowd = [telea.assign(variant=f"m{i}", psnr=telea["psnr"] - i) for i in range(18)]
    pd.concat(crowd).to_parquet(path, index=False)
    figure = line_plot(read_published(folder, "made-up-a"), "psnr", ENTRIES)
    shown = [trace.name for trace in figure.data if trace.visible is True]
    assert sorted(shown) == sorted(f"m{i}" for i in range(len(shown))) and len(shown) < 10
    assert len({(t.line.color, t.line.dash, t.marker.symbol) for t in figure.data}) == 18


def test_quality_over_time_has_a_point_a_method(results):
    figure = draw("time", results)
    telea = next(trace for trace in figure.data if trace.name == "Telea")
    assert len(figure.data) == 4 and figure.layout.xaxis.type == "log"
    assert telea.x[0] == pytest.approx(0.03)


def test_without_times_the_plot_says_so(results):
    results.frame["seconds"] = np.nan
    figure = draw("time", results)
    assert not figure.data and "No times" in figure.layout.annotations[0].text


def test_agreement_is_spearmans_correlation_of_the_means(results):
    """Every made-up metric has the same order, so all agree, whatever their direction."""
    (heat,) = draw("agreement", results).data
    assert np.allclose(np.array(heat.z, dtype=float), 1.0)
    frame = results.frame
    means = frame.groupby("variant")[["psnr", "l1"]].mean()
    assert means["psnr"].corr(-means["l1"], method="spearman") == pytest.approx(1.0)


def test_agreement_takes_two_metrics(results):
    figure = draw("agreement", results, measures=("psnr",))
    assert "two metrics" in figure.layout.annotations[0].text


def test_boxes_hold_the_quantiles_of_single_pictures(results):
    figure = draw("spread", results)
    box = next(trace for trace in figure.data if trace.name == "Telea")
    values = results.frame.loc[results.frame["variant"] == "telea", "psnr"]
    assert box.median[0] == pytest.approx(np.median(values))
    assert box.lowerfence[0] == pytest.approx(np.quantile(values, 0.05))
    assert figure.data[0].name == "Biharmonic"  # the best first


def test_a_metric_of_a_set_has_no_boxes(results):
    assert "one value" in draw("spread", results, "fid").layout.annotations[0].text


@pytest.mark.parametrize("kind", PLOTS)
def test_every_plot_says_in_words_what_it_shows(results, kind):
    assert "made-up-a" in plot_words(kind, results, "1-10 %")
