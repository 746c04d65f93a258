"""`python -m eval.benchmarks.reproduction`: a run beside the published rows."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from eval.benchmarks.reproduction import _absent, differences
from inpaint_bench.bench.store import Store
from inpaint_bench.metrics import METRICS

ROOT = Path(__file__).parents[1]


def _records(*rows: tuple[str, str, float, float]) -> pd.DataFrame:
    columns = ["variant", "weights_sha256", "l1_hole", "psnr"]
    same = {"test_set": "kodak-128", "image_id": "kodim01", "mask_id": "00001"}
    return pd.DataFrame(rows, columns=columns).assign(**same)


def _run(*arguments: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300)


def test_values_are_compared_with_those_of_the_same_weights():
    here = _records(("telea", "", 7.0, 25.5), ("lama", "new", 1.0, 1.0), ("aot", "a", np.nan, 3.0))
    there = _records(("telea", "", 7.25, 25.0), ("lama", "old", 2.0, 2.0), ("aot", "a", 1.0, 3.0))
    found = differences(here, there).set_index(["variant", "metric"])["difference"]
    assert found.to_dict() == {
        ("telea", "l1_hole"): 0.25,
        ("telea", "psnr"): 0.5,
        ("aot", "psnr"): 0.0,
    }


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    """A run on photographs of the package."""
    out = tmp_path_factory.mktemp("again") / "run"
    small = ["--suite", "quick", "--models", "telea,navier_stokes", "--limit", "6"]
    done = _run("inpaint_bench", "run", *small, "--out", str(out))
    assert done.returncode == 0, done.stderr
    return out


def test_the_page_counts_and_lists_what_lies_apart(run):
    page = _run("eval.benchmarks.reproduction", str(run)).stdout
    assert "12 rows (2 variants on `samples-256`)" in page
    assert "Not compared" not in page
    counts = re.findall(r"^\| (.+) \| .+ \| 12 \| (\d+) \| (\S+) \| (\d+) \|$", page, re.MULTILINE)
    assert "L1 in the hole" in [name for name, *_ in counts]
    listed = len(re.findall(r"^\| .+ \| samples-256 \| ", page, re.MULTILINE))
    assert listed == min(sum(int(far) for *_, far in counts), 20)
    for _, equal, largest, far in counts:
        assert (equal == "12") == (largest == "0.0e+00")
        assert (far == "0") == (float(largest) <= 1e-4)


def test_two_runs_are_laid_beside_each_other_where_nothing_is_published(tmp_path):
    (tmp_path / "mine").mkdir()
    Image.effect_noise((64, 64), 60).convert("RGB").save(tmp_path / "mine" / "noise.png")
    own = ["--images", str(tmp_path / "mine"), "--masks", "centre", "--size", "64"]
    for name, models in (("one", "telea"), ("other", "telea,mean_colour")):
        done = _run("inpaint_bench", "run", *own, "--models", models, "--out", str(tmp_path / name))
        assert done.returncode == 0, done.stderr
    both = [str(tmp_path / "other"), "--beside", str(tmp_path / "one")]
    page = _run("eval.benchmarks.reproduction", *both).stdout
    assert "1 rows (1 variants on `custom-mine-64`)" in page
    assert "where nothing is in the other run: `mean_colour`." in page
    assert page.count("--images") == 2  # both commands
    assert "No value lies farther apart than 0.0001." in page
    done = _run("eval.benchmarks.reproduction", str(tmp_path / "nowhere"))
    assert done.returncode == 2 and done.stderr.startswith("error: expected the folder of a run")


def test_a_run_that_has_no_published_partner_is_told_in_one_line(tmp_path):
    (tmp_path / "mine").mkdir()
    Image.new("RGB", (64, 64), "red").save(tmp_path / "mine" / "red.png")
    own = ["--images", str(tmp_path / "mine"), "--masks", "centre", "--models", "mean_colour"]
    assert _run("inpaint_bench", "run", *own, "--out", str(tmp_path / "run")).returncode == 0
    done = _run("eval.benchmarks.reproduction", str(tmp_path / "run"))
    assert done.returncode == 2
    assert done.stderr.startswith("error: expected a run on published test sets in")
    assert done.stderr.count("\n") == 1


def test_rows_that_are_not_compared_are_counted(run, tmp_path):
    other = tmp_path / "run"
    shutil.copytree(run, other)
    for path in (other / "records" / "telea").rglob("*.parquet"):
        part = Store(other).read_part("telea", path.parent.name, int(path.stem))
        rows = dict(part.rows)
        first, second = list(rows)[:2]
        nothing = dict.fromkeys(set(METRICS) & set(rows[first]), np.nan)
        rows[first] = {**rows[first], **nothing, "error": "model: it failed"}
        rows[second] = {**rows[second], "weights_sha256": "other"}
        changed = dataclasses.replace(part, rows=rows)
        Store(other).write_part("telea", path.parent.name, int(path.stem), changed)
    page = _run("eval.benchmarks.reproduction", str(other)).stdout
    said = "1 rows ended with an error, 1 rows have no partner of the same weights"
    assert f"Not compared: {said}." in page


def test_variants_that_are_not_compared_are_named_with_the_reason(run, tmp_path):
    other = tmp_path / "run"
    shutil.copytree(run, other)
    for path in (other / "records" / "telea").rglob("*.parquet"):
        part = Store(other).read_part("telea", path.parent.name, int(path.stem))
        rows = {key: {**row, "weights_sha256": "other"} for key, row in part.rows.items()}
        changed = dataclasses.replace(part, rows=rows)
        Store(other).write_part("telea", path.parent.name, int(path.stem), changed)
    page = _run("eval.benchmarks.reproduction", str(other)).stdout
    assert "6 rows (1 variants on `samples-256`)" in page
    assert "Not compared on `samples-256`, where other weights are published: `telea`.\n" in page


@pytest.mark.parametrize(
    ("here", "why"),
    [
        ({"error": "model: it failed"}, "where every row ended with an error"),
        ({"variant": "mine"}, "where nothing is published"),
        ({"test_set": "custom"}, "where nothing is published"),
        ({"weights_sha256": "new"}, "where other weights are published"),
        ({"mask_id": "9"}, "where other photographs, masks or metrics are published"),
    ],
)
def test_every_reason_for_no_comparison_is_told(here, why):
    published = _records(("telea", "a", 7.0, 25.5), ("lama", "b", 7.0, 25.5)).assign(error="")
    mine = published.copy()
    mine.loc[0, list(here)] = list(here.values())
    one = mine.iloc[0]
    told = _absent(mine, published, differences(mine[mine["error"] == ""], published))
    assert told == f"Not compared on `{one['test_set']}`, {why}: `{one['variant']}`.\n\n"
    assert _absent(published, published, differences(published, published)) == ""
