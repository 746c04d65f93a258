"""kill -9 at random moments, in real processes: the table is that of an uninterrupted run."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from inpaint_bench.bench.store import Store
from inpaint_bench.imaging import write_png

from .conftest import draw_photograph

ROWS = 2 * 12 * 6
KILLS = 4


@pytest.fixture(scope="module")
def images(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    for index in range(12):
        write_png(folder / f"photo{index:02d}.png", draw_photograph(index, 64))
    return folder


def command(images: Path, out: Path) -> list[str]:
    start = [sys.executable, "-m", "inpaint_bench", "run", "--images", str(images)]
    return [
        *start,
        *("--masks", "free_form", "--models", "mean_colour,telea", "--metrics", "l1,psnr,ssim"),
        *("--size", "64", "--threads", "1", "--out", str(out)),
    ]


def run_to_the_end(images: Path, out: Path) -> str:
    done = subprocess.run(command(images, out), capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


def kill_after(images: Path, out: Path, parts: int, seconds: float) -> bool:
    """Kill a run `seconds` after it has written `parts` parts; say whether it was running."""
    process = subprocess.Popen(
        command(images, out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while process.poll() is None and len(list(out.rglob("*.parquet"))) < parts:
        time.sleep(0.005)
    time.sleep(seconds)
    running = process.poll() is None
    if running:
        os.kill(process.pid, signal.SIGKILL)
    process.wait()
    return running


@pytest.mark.slow
def test_a_run_killed_at_random_moments_ends_with_the_same_table(images, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    run_to_the_end(images, whole)
    rng = random.Random(0)
    hits = sum(kill_after(images, killed, parts, rng.uniform(0.0, 0.15)) for parts in range(KILLS))
    assert hits >= 2, "too fast to be killed: the test shows nothing"
    run_to_the_end(images, killed)

    expected, found = Store(whole).records(), Store(killed).records()
    assert len(expected) == ROWS
    pd.testing.assert_frame_equal(
        found.drop(columns="seconds"), expected.drop(columns="seconds"), check_exact=True
    )
    assert not list(killed.rglob("*.tmp"))
    assert "nothing to do" in run_to_the_end(images, killed)
