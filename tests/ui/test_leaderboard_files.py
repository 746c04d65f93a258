from __future__ import annotations

import csv
import io
import json

import pytest

from inpaint_bench.errors import BenchError
from inpaint_bench.ui.leaderboard_files import table_file
from inpaint_bench.ui.published import read_published


@pytest.fixture
def results(measured_results):
    return read_published(measured_results[1], "samples-256")


def test_csv_holds_the_numbers_that_publishing_wrote(results, measured_results):
    """`publish` makes its CSV from the records by another way."""
    mine = list(csv.DictReader(io.StringIO(table_file(results, ["l1_hole", "psnr"], "csv"))))
    with (measured_results[1] / "samples-256.csv").open() as file:
        published = list(csv.DictReader(file))
    assert mine == published


def test_latex_has_a_booktabs_table_a_metric_with_bold_intervals_and_ranks(results):
    text = table_file(results, ["psnr"], "latex")
    assert text.count(r"\begin{tabular}") == 1 and r"\toprule" in text
    assert r"mean\_colour" in text and r"\textbf{" in text and "PSNR" in text


def test_results_that_do_not_say_what_was_measured_are_refused(results_folder):
    path = results_folder / "made-up-a.json"
    said = json.loads(path.read_text())
    del said["test_set"]["sha256"]
    path.write_text(json.dumps(said))
    with pytest.raises(BenchError, match="state sha256"):
        table_file(read_published(results_folder, "made-up-a"), ["psnr"], "csv")
