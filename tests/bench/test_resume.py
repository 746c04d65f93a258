"""kill -9 at ten random moments, in real processes: the table is that of an uninterrupted run."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from pathlib import Path

import pandas as pd
import pytest

from inpaint_bench.bench.plan import SHARD_ITEMS
from inpaint_bench.bench.store import Store
from inpaint_bench.cli import main
from inpaint_bench.imaging import write_png

from .conftest import draw_photograph

PHOTOGRAPHS = 60
ROWS = 2 * PHOTOGRAPHS * 6
PARTS = 2 * (-(-PHOTOGRAPHS * 6 // SHARD_ITEMS))
KILLS = 10


@pytest.fixture(scope="module")
def images(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("images")
    for index in range(PHOTOGRAPHS):
        write_png(folder / f"photo{index:02d}.png", draw_photograph(index, 64))
    return folder


@pytest.fixture(scope="module")
def processes():
    """Return a maker of processes that have imported everything already."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["inpaint_bench.bench.report", "inpaint_bench.bench.runner"])

    def start(images: Path, out: Path) -> multiprocessing.Process:
        arguments = ["run", "--images", str(images), "--masks", "free_form", "--size", "64"]
        arguments += ["--models", "mean_colour,telea", "--metrics", "l1,psnr,ssim"]
        process = context.Process(target=main, args=([*arguments, *threads_and_out(out)],))
        process.start()
        return process

    return start


def threads_and_out(out: Path) -> list[str]:
    return ["--threads", "1", "--stages", "--keep-outputs", "--out", str(out)]


def parts(folder: Path) -> int:
    return len(list((folder / "records").rglob("[0-9]*.parquet")))


@pytest.mark.slow
def test_a_run_killed_at_ten_random_moments_ends_with_the_same_table(images, processes, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    processes(images, whole).join(300)
    rng = random.Random(0)
    there = [0]
    for turn in range(KILLS):
        process = processes(images, killed)
        deadline = time.monotonic() + 60
        while turn % 2 and parts(killed) == there[-1] and time.monotonic() < deadline:
            time.sleep(0.002)  # every other kill comes after some work, the rest at any moment
        time.sleep(rng.uniform(0.0, 0.15 if turn % 2 else 1.0))
        os.kill(process.pid, signal.SIGKILL)
        process.join(60)
        there.append(parts(killed))
    assert len({count for count in there if 0 < count < PARTS}) >= 3, f"shows nothing: {there}"
    processes(images, killed).join(300)

    expected, found = Store(whole).records(), Store(killed).records()
    assert len(expected) == ROWS
    pd.testing.assert_frame_equal(
        found.drop(columns="seconds"), expected.drop(columns="seconds"), check_exact=True
    )
    assert not list(killed.rglob("*.tmp"))
    before = {path: path.stat().st_mtime_ns for path in killed.rglob("*")}
    processes(images, killed).join(300)
    assert {path: path.stat().st_mtime_ns for path in killed.rglob("*")} == before
