"""Batches, threads and reading ahead change how long a run takes, and no number in it."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from inpaint_bench import list_variants
from inpaint_bench.bench.compute import Worker
from inpaint_bench.bench.plan import PRECISIONS
from inpaint_bench.bench.runner import Options, execute, prepare
from inpaint_bench.bench.store import Store
from inpaint_bench.bench.suites import Suite
from inpaint_bench.data import TestSetReader, freeze
from inpaint_bench.imaging import read_image, write_png
from inpaint_bench.metrics import METRICS
from inpaint_bench.models import MODELS

from .conftest import draw_photograph

PICTURE_METRICS = ("l1", "l1_hole", "l2", "psnr", "psnr_hole", "ssim", "tv")
ROOT = Path(__file__).resolve().parents[2]
AGREEMENT = 1e-4  # issue 5: two machines with other batch sizes and thread counts
# In float32 a value that rounds to the other of two 8-bit steps can move these by more than that,
# in rows whose pictures differ (docs/reproduction.md), and in no others.
MOVED_BY_A_STEP = {"l1_hole": 1e-3, "psnr": 1e-3, "psnr_hole": 1e-3}
STEPS = 4  # in all, in one of the 49,152 values of a picture or in several


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", ["pconv_unet-scenes128", "deepfill_v2-scenes128", "telea"])
def test_other_batches_and_threads_agree_in_every_metric(
    name, precision, tmp_path, photographs, threads
):
    drawn = {"images": str(photographs), "masks": "free_form"}
    test_set = freeze("three", **drawn, size=128, seed=0, limit=3)
    (variant,) = [one for one in list_variants() if one.name == name]
    suite = Suite("custom", "", ("three",), "all", PICTURE_METRICS, stages=True)
    frames, pictures = [], []
    for count, batch in ((1, 1), (3, 5)):
        folder = tmp_path / f"{count}-{batch}"
        how = {"threads": count, "batch": batch, "precision": precision}
        options = Options(keep_outputs=True, **how)
        execute(prepare(suite, [test_set], [variant], folder, options=options))
        frames.append(Store(folder).records())
        places = zip(frames[-1]["image_id"], frames[-1]["mask_id"], strict=True)
        paths = [Store(folder).output_path(name, *place) for place in places]
        pictures.append(np.stack([read_image(path) for path in paths]).astype(int))
    assert len(frames[0]) == 18 and (frames[0]["error"] == "").all()
    steps = np.abs(pictures[0] - pictures[1]).sum(axis=(1, 2, 3))  # one a row
    assert steps.max() <= (STEPS if precision == "float32" else 0)
    for metric in PICTURE_METRICS:
        apart = np.abs(frames[0][metric] - frames[1][metric])
        assert (apart <= np.where(steps, MOVED_BY_A_STEP.get(metric, AGREEMENT), AGREEMENT)).all()


def test_a_picture_that_fails_in_a_batch_fails_alone(measure, calls, tmp_path, monkeypatch):
    def fail_on_one_large_hole(self, hole):
        if float(hole.mean(dim=(1, 2, 3)).max()) > 0.4:
            raise RuntimeError("too large")

    monkeypatch.setattr(MODELS["Failing"], "before", fail_on_one_large_hole)
    _, one_by_one = measure("Failing")
    preparation, batched = measure("Failing", "Counting", folder=tmp_path / "b", batch=7)
    failing = batched[batched["variant"] == "Failing"].reset_index(drop=True)
    names = ["image_id", "mask_id", "l1", "psnr", "error"]
    pd.testing.assert_frame_equal(failing[names], one_by_one[names])
    assert 0 < (failing["error"] != "").sum() < 48
    assert calls["Counting"] == sum(-(-len(work.parts[1].todo) // 7) for work in preparation.works)


def test_stochastic_models_draw_picture_by_picture_in_any_batch(measure, calls, tmp_path):
    _, one = measure("Drawing")
    _, other = measure("Drawing", folder=tmp_path / "b", batch=16)
    assert other["l1"].equals(one["l1"])


def test_a_metric_that_fails_on_one_picture_of_a_batch_costs_the_others_nothing(
    measure, monkeypatch
):
    whole = METRICS["psnr"].compute

    def fails_on_large_holes(result, truth, hole):
        if bool((hole.mean(dim=(1, 2, 3)) > 0.5).any()):
            raise ArithmeticError("no")
        return whole(result, truth, hole)

    broken = dataclasses.replace(METRICS["psnr"], compute=fails_on_large_holes)
    monkeypatch.setitem(METRICS._entries, "psnr", broken)
    _, frame = measure("mean_colour", batch=8)
    large = frame["hole_ratio"] > 0.5
    assert 0 < large.sum() < 48
    assert frame["psnr"].isna().equals(large) and (frame["error"] != "").equals(large)


def test_the_next_shard_is_read_while_this_one_runs(measure, calls, monkeypatch, test_set):
    read: list[int] = []
    original = TestSetReader.read

    def watched(self, index):
        read.append(index)
        assert threading.current_thread().name.startswith("reading")
        return original(self, index)

    monkeypatch.setattr(TestSetReader, "read", watched)
    seen = []

    def wait_for_the_next_shard(self, hole):
        if self.calls["Counting"] == 5:  # in the first shard
            deadline = time.monotonic() + 20
            while max(read) < 47 and time.monotonic() < deadline:
                time.sleep(0.005)
            seen.append(max(read))

    monkeypatch.setattr(MODELS["Counting"], "before", wait_for_the_next_shard)
    measure("Counting", "mean_colour")
    assert seen == [47] and sorted(read) == list(range(48))  # each once for both variants


def test_an_interrupted_worker_leaves_unread_what_nobody_needs(measure, calls, monkeypatch):
    stopped = []
    monkeypatch.setattr(Worker, "stop", lambda self, stop=Worker.stop: stopped.append(stop(self)))
    with pytest.raises(KeyboardInterrupt):
        measure("Interrupted")
    assert stopped == [None]


PEAK = """
import resource, sys
from inpaint_bench.cli import main
status = main(sys.argv[1:])
print("peak", status, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


@pytest.mark.slow
def test_memory_is_flat_from_200_to_2000_pictures(tmp_path):
    """Issue 5: the peak at 2,000 within 10 % of the peak at 200."""
    folder = tmp_path / "images"
    for index in range(400):
        write_png(folder / f"photo{index:03d}.png", draw_photograph(index, 64))
    peaks = []
    for limit in (200, 2000):
        out = tmp_path / str(limit)
        arguments = ["run", "--images", str(folder), "--masks", "rectangle", "--size", "64"]
        arguments += ["--models", "mean_colour", "--metrics", "l1,psnr", "--threads", "1"]
        arguments += ["--keep-outputs", "--limit", str(limit), "--out", str(out)]
        command = [sys.executable, "-c", PEAK, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=ROOT)
        assert done.returncode == 0, done.stderr
        status, peak = done.stdout.splitlines()[-1].split()[1:]
        assert status == "0" and len(Store(out).records()) == limit
        peaks.append(float(peak))
    assert peaks[1] <= 1.1 * peaks[0], peaks
