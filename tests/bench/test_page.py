"""The page, LaTeX and Markdown of one run, against each other and as a browser shows it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from inpaint_bench.bench.report import report
from inpaint_bench.bench.run_info import read_run, write_run
from inpaint_bench.bench.statistics import Estimate
from inpaint_bench.bench.store import Store
from inpaint_bench.bench.suites import read_suite
from inpaint_bench.bench.svg import line_plot

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)


class Tags(HTMLParser):
    """Collects tags and what they would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.count: dict[str, int] = {}
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.count[tag] = self.count.get(tag, 0) + 1
        self.loaded += [value for name, value in attrs if name in ("src", "href")]


@pytest.fixture
def finished(measure, tmp_path):
    measure("mean_colour", "telea", "navier_stokes", keep_outputs=True)
    return tmp_path / "run"


def test_the_page_needs_nothing_beside_itself_and_holds_plots_and_pictures(finished):
    text = report(finished, form="html")
    tags = Tags(text)
    assert tags.loaded and all(one.startswith("data:image/webp;base64,") for one in tags.loaded)
    assert "@import" not in text and "url(" not in text
    assert tags.count["svg"] == 3 and tags.count["img"] > 15
    assert "photograph" in text and "hole" in text


def test_the_page_has_every_number_of_the_markdown_table(finished, test_set):
    page = re.sub(r"<[^>]+>", " ", report(finished, form="html"))
    for line in report(finished).splitlines():
        if line.startswith("| telea"):
            for number in re.findall(r"\d+\.\d+", line):
                assert number in page, number
    about = read_run(finished).test_sets["tiny"]
    assert about["sha256"] in page and "48 masked photographs" in page
    for word in ("100 x mean |a - b|", "2000 resamples", "seed 0"):
        assert word in page


def test_the_answers_data_are_means_and_ranks_of_the_records(finished):
    text = report(finished, form="html")
    data = json.loads(re.search(r'id="data">(.*?)</script>', text, re.S).group(1))
    frame = Store(finished).records()
    bucket = "30-40 %"
    rows = data[0]["metrics"]["l1_hole"]["ranks"][bucket]
    assert (rows["n"], rows["p"]) == (8, 8)
    for row in rows["rows"]:
        some = frame[(frame["variant"] == row["v"]) & (frame["bucket"] == bucket)]
        assert row["m"] == pytest.approx(some["l1_hole"].mean(), rel=1e-4)
    means = [row["m"] for row in rows["rows"]]
    assert means == sorted(means) and rows["rows"][0]["r"].startswith("1")


def _answer(text: str, folder: Path) -> str:
    """Return the answer that a browser shows on the page `text`."""
    path = folder / "page.html"
    path.write_text(text, encoding="utf-8")
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={folder / 'c'}", "--dump-dom", path.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return re.search(r'<div id="answer">(.*?)</section>', done.stdout, re.S).group(1)


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
def test_a_browser_answers_the_question_at_once(finished, tmp_path):
    answer = _answer(report(finished, form="html"), tmp_path)
    frame = Store(finished).records()
    some = frame[frame["bucket"] == "30-40 %"].groupby("variant")["l1_hole"].mean()
    assert f'<div class="winner">{some.idxmin()}</div>' in answer
    assert "significantly better" in answer.lower() and "N = 8 masked photographs" in answer
    assert "30-40 % missing" in answer and answer.count("<tr>") == 4


def test_latex_holds_the_same_numbers_in_booktabs_tables(finished):
    text = report(finished, form="latex")
    assert text.count(r"\begin{tabular}") == text.count(r"\end{tabular}") == 1
    for word in (r"\toprule", r"\midrule", r"\bottomrule", r"\caption{", r"mean\_colour"):
        assert word in text
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert {row.count("&") for row in rows} == {4}
    bare = text.replace(r"\{", "").replace(r"\}", "")
    assert bare.count("{") == bare.count("}") and bare.count("$") % 2 == 0
    outside = re.sub(r"\\.|\$[^$]*\$", "", "\n".join(x for x in text.splitlines() if x[:1] != "%"))
    assert not re.search(r"[%#_^|<>]", re.sub(r"\\label\{.*?\}", "", outside))
    markdown = report(finished)
    line = next(line for line in markdown.splitlines() if line.startswith("| telea"))
    telea = next(row for row in rows if row.startswith("telea"))
    assert re.findall(r"\d+\.\d{2,}", telea) == re.findall(r"\d+\.\d{2,}", line)
    assert telea.count(r"{\scriptsize(48)}") == 4
    assert report(finished, form="latex", by="bucket").count(r"\begin{tabular}") == 3


def test_latex_has_what_a_reader_must_know_beside_the_table(measure, calls, tmp_path):
    measure("Failing", "mean_colour", "telea", limit=12)  # two photographs
    text = report(tmp_path / "run", form="latex")
    visible = [line for line in text.splitlines() if not line.startswith("%")]
    (notes,) = [line for line in visible if r"\footnotesize" in line]
    assert "rows ended with an error" in notes and "Code: " in notes
    assert "No ranks: fewer than" in text and "$_{" not in text
    by_bucket = report(tmp_path / "run", form="latex", by="bucket").splitlines()
    assert any("rows ended with an error" in x for x in by_bucket if x.startswith("% "))


def test_a_kept_output_that_is_broken_does_not_cost_the_page(measure, tmp_path, caplog):
    measure("mean_colour", "telea", keep_outputs=True)
    for path in (tmp_path / "run" / "outputs" / "telea").iterdir():
        path.write_bytes(path.read_bytes()[:60])
    pages = [report(tmp_path / "run", form="html")]
    assert "not shown: " in caplog.text
    shutil.rmtree(tmp_path / "run" / "outputs" / "telea")
    pages.append(report(tmp_path / "run", form="html"))
    shown = [page.count("data:image/webp") for page in pages]
    assert shown[0] == shown[1] > 0


def test_ranks_stand_in_every_format_with_their_n(finished):
    text = report(finished)
    ranks = text[text.index("### Ranks") :]
    assert "| mean_colour | 3 (48) | 3 (48) | 3 (48) |" in ranks
    assert "paired wild bootstrap over photographs" in ranks
    csv = report(finished, form="csv").splitlines()
    assert csv[0].endswith(",rank")
    assert next(x for x in csv if ",mean_colour,l1," in x).endswith(",3")
    by_bucket = report(finished, by="bucket", metrics=["psnr"])
    assert "#### Ranks by PSNR" in by_bucket


def test_reported_numbers_stand_apart_and_in_no_ranking(finished):
    info = read_run(finished)
    import dataclasses

    write_run(finished, dataclasses.replace(info, suite="deepfill_v2_table1"))
    (reported,) = read_suite("deepfill_v2_table1").reported
    for form in ("md", "latex", "html"):
        text = report(finished, form=form)
        assert "Table 1" in text and "16.1" in text and "Not measured here" in text
        assert text.index("telea") < text.index("PatchMatch")
    assert "PatchMatch" not in report(finished, form="csv")
    ranks = report(finished).split("### Ranks")[1].split("\n## Reported")[0]
    assert all(method not in ranks for method in reported.rows)


def test_cases_name_pictures_and_say_where_none_were_kept(measure, tmp_path):
    measure("mean_colour", "telea", "navier_stokes", metrics=("l1_hole", "psnr", "ssim"))
    text = report(tmp_path / "run", form="html")
    assert "outputs were not kept" in text and "<img" not in text
    assert "Worst cases by L1 in the hole: even the best result on them" in text
    assert "Most disputed" in text


def test_a_plot_shows_every_point_and_puts_an_outlier_aside():
    buckets = ["1-10 %", "10-20 %"]
    series = {
        name: [Estimate(base + i, base + i - 0.5, base + i + 0.5, 9) for i in range(2)]
        for name, base in (("a", 1.0), ("b", 2.0), ("c", 3.0), ("far", 90.0))
    }
    plot = line_plot(buckets, series, title="t", heading="L1", digits=2)
    assert plot.count("<circle") == 6 and "not in view: far (90.00 to 91.00)" in plot
    assert "a, 10-20 %: 2.00 [1.50, 2.50], N = 9" in plot
    ys = [float(y) for y in re.findall(r'cy="([\d.]+)"', plot)]
    assert ys[0] > ys[1] and ys[0] - ys[1] == pytest.approx(ys[2] - ys[3], abs=0.2)
    assert line_plot([], {}, title="t", heading="h", digits=1) == ""
    gap = {"a": [Estimate(np.nan), Estimate(1.0, n=3)]}
    assert line_plot(buckets, gap, title="t", heading="h", digits=1).count("<circle") == 1


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")
def test_a_hole_that_was_not_measured_is_answered_over_all_holes(measure, tmp_path, test_set):
    import dataclasses

    large = tuple(item for item in test_set.items if item.hole_ratio > 0.5)
    measure("mean_colour", "telea", test_sets=(dataclasses.replace(test_set, items=large),))
    text = report(tmp_path / "run", form="html")
    answer = _answer(text, tmp_path)
    assert "No hole of 35 % on these pictures: over all holes." in answer
    assert '<div class="winner">telea</div>' in answer and "all holes (50-60 %)" in answer
    assert text.count('value="35"') == 1
    for hole, bucket in (("60", "50-60 % missing"), ("60.1", "all holes (50-60 %)")):
        assert bucket in _answer(text.replace('value="35"', f'value="{hole}"'), tmp_path)
