"""docs/held_out.md says what the published results say."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/held_out.md"
CLASSICAL = {
    "M": "mean_colour",
    "T": "telea",
    "N": "navier_stokes",
    "B": "biharmonic",
    "P": "patchmatch",
}
METRICS = {"L1 in the hole (%)": "l1_hole", "Distance of SqueezeNet features": "perceptual_squeeze"}


def _tables() -> Iterator[tuple[str, str, str, list[str], dict[str, list[str]]]]:
    """Give test set, metric, text, buckets and the cells by variant of each table."""
    for part in PAGE.read_text().split("\n## ")[1:]:
        test_set = re.match(r"\w+, measured on (\S+)", part)[1]
        for text in part.split("\n### ")[1:]:
            lines = [line for line in text.splitlines() if line.startswith("| ")]
            first, *rows = ([x.strip() for x in line.strip("|").split("|")] for line in lines)
            buckets = [re.sub(r" \(\d+\)$", "", heading) for heading in first[1:]]
            cells = {name: values for name, *values in rows}
            yield test_set, METRICS[text.splitlines()[0]], text, buckets, cells


def test_the_page_is_what_its_command_writes(tmp_path):
    command = [sys.executable, "-m", "eval.benchmarks.held_out", "--out", str(tmp_path / "new.md")]
    subprocess.run(command, cwd=ROOT, check=True, timeout=300)
    assert (tmp_path / "new.md").read_text() == PAGE.read_text()


def test_every_cell_is_the_mean_of_its_rows_and_marked_by_who_is_better():
    marks = ""
    for test_set, metric, text, buckets, cells in _tables():
        frame = pd.read_parquet(ROOT / f"eval/results/{test_set}.parquet")
        means = frame.groupby(["variant", "bucket"])[metric].mean()
        rivals = re.search(r"Aim: better than (.*) from", text)[1].split(", ")
        for name, values in cells.items():
            for bucket, cell in zip(buckets, values, strict=True):
                value, mark = re.fullmatch(r"\*{0,2}([\d.]+)(?:\*\*| )?(.*)", cell).groups()
                mean = means[name, bucket]
                assert value == f"{mean:.2f}", (test_set, name, bucket)
                if cell.startswith("**"):
                    assert mean < min(means[rival, bucket] for rival in rivals)
                for letter in mark.strip("="):
                    assert mean > means[CLASSICAL[letter], bucket]
                marks += mark
    assert "=" in marks and "N" in marks


def test_marks_agree_with_a_paired_test_of_each_pair_alone():
    """Intervals for all pairs at once are wider than those of one, and not thrice as wide."""
    for test_set, metric, text, buckets, cells in _tables():
        frame = pd.read_parquet(ROOT / f"eval/results/{test_set}.parquet")
        rivals = re.search(r"Aim: better than (.*) from", text)[1].split(", ")
        for bucket in buckets:
            rows = frame[frame["bucket"] == bucket]
            wide = rows.pivot(index=["image_id", "mask_id"], columns="variant", values=metric)
            for name in set(cells) - set(CLASSICAL.values()):
                cell = cells[name][buckets.index(bucket)]
                gaps = wide[rivals].sub(wide[name], axis=0)  # above zero: the network is better
                errors = gaps.mean() / (gaps.std() / len(gaps) ** 0.5)
                if cell.startswith("**"):
                    assert errors.min() > 1.96, (test_set, metric, name, bucket)
                elif cell.endswith("="):
                    assert -5 < errors.min() < 5, (test_set, metric, name, bucket)
                else:
                    better = {CLASSICAL[letter] for letter in cell.split()[1]}
                    assert errors[list(better)].max() < -1.96, (test_set, metric, name, bucket)
                    assert (errors.drop(list(better)) > -5).all(), (test_set, metric, name, bucket)


def test_an_aim_is_missed_exactly_where_a_cell_of_its_buckets_is_not_bold():
    for _, _, text, buckets, cells in _tables():
        since = buckets.index(re.search(r"from (\S+ %) up", text)[1])
        missed = dict(re.findall(r"([\w-]+) \(([^)]*%)\)", text.partition(" up. ")[2]))
        for name in set(cells) - set(CLASSICAL.values()):
            pairs = list(zip(buckets, cells[name], strict=True))[since:]
            short = [bucket for bucket, cell in pairs if not cell.startswith("**")]
            assert missed.get(name, "") == ", ".join(short), name
