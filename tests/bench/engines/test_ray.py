"""A cluster of two nodes on this machine, one of them killed in the middle."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import types
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from inpaint_bench.bench.plan import Shard
from inpaint_bench.bench.store import Store
from inpaint_bench.data import freeze
from inpaint_bench.errors import BenchError
from inpaint_bench.imaging import write_png

ROOT = Path(__file__).resolve().parents[3]
RAY = Path(sys.executable).with_name("ray")
PHOTOGRAPHS = 36  # six masks each: 216 items, seven shards
PARTS = 2 * 7
MINE = """
from inpaint_bench.models import MODELS
from inpaint_bench.models._classical import ClassicalInpainter
from inpaint_bench.types import Traits


@MODELS.register("mine")
class Mine(ClassicalInpainter):
    traits = Traits(title="Mine", family="classical", paper="none, a test")

    def fill(self, image, hole, seed):
        image[hole] = image[~hole].mean(0)
        return image
"""
# A Ray that has run on this machine before may leave a token that only its own driver knows.
OPEN = {"RAY_AUTH_MODE": "disabled"}
FAST = {  # a dead node is noticed after one second instead of a quarter of a minute
    "RAY_health_check_initial_delay_ms": "0",
    "RAY_health_check_period_ms": "300",
    "RAY_health_check_timeout_ms": "700",
    "RAY_health_check_failure_threshold": "2",
}


def test_a_shard_alone_carries_its_own_items_and_nothing_else(tmp_path):
    folder = draw(tmp_path / "images", 12)
    test_set = freeze("t", images=str(folder), masks="free_form", size=32, seed=0)
    for index, wanted in ((0, 32), (1, 32), (2, 8)):
        shard = Shard(test_set, index, wanted)
        alone = shard.alone()
        assert alone.items == shard.items and alone.start == shard.start
        assert len(alone.test_set.items) == len(shard.items)


def test_without_ray_the_engine_says_what_to_install(monkeypatch, tmp_path):
    from inpaint_bench.bench.compute import WorkerSettings
    from inpaint_bench.bench.engines import ENGINES

    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(BenchError, match="requirements-cluster.txt"):
        ENGINES["ray"]([], WorkerSettings(tmp_path, None, {}), print)


def test_more_threads_than_any_machine_has_are_refused(monkeypatch, tmp_path):
    from inpaint_bench.bench.compute import WorkerSettings
    from inpaint_bench.bench.engines import ENGINES

    nodes = [
        {"Alive": True, "Resources": {"CPU": 2.0}},
        {"Alive": True, "Resources": {"memory": 9.0}},
        {"Alive": False, "Resources": {"CPU": 64.0}},
    ]
    ray = types.SimpleNamespace(is_initialized=lambda: True, nodes=lambda: nodes)
    monkeypatch.setitem(sys.modules, "ray", ray)
    with pytest.raises(BenchError, match="expected --threads up to 2, .*, got 3"):
        ENGINES["ray"]([], WorkerSettings(tmp_path, None, {}, threads=3), print)


def draw(folder: Path, count: int) -> Path:
    rng = np.random.default_rng(0)
    for index in range(count):
        coarse = rng.integers(0, 256, (6, 6, 3), dtype=np.uint8)
        write_png(folder / f"photo{index:02d}.png", coarse.repeat(32, axis=0).repeat(32, axis=1))
    return folder


def command(images: Path, out: Path, engine: str) -> list[str]:
    """Return a run of a model that is bundled and of one from a file of one's own."""
    mine = images.with_name("mine.py")
    mine.write_text(MINE)
    start = [sys.executable, "-m", "inpaint_bench", "run", "--images", str(images), "--size", "192"]
    start += ["--masks", "free_form", "--models", "telea,mine", "--model-file", str(mine)]
    start += ["--metrics", "l1,psnr,ssim"]
    return [*start, "--threads", "1", "--engine", engine, "--out", str(out)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def descendants(pid: int) -> list[int]:
    """Return the processes below one that we started."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = stat.read_text().rpartition(")")[2].split()
            parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found = parents.get(pid, [])
    for child in list(found):
        found = found + descendants(child)
    return found


def end(process: subprocess.Popen) -> None:
    """Kill a node with everything below it, at once."""
    for pid in [process.pid, *descendants(process.pid)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    process.wait()


def works_on_a_shard(node: subprocess.Popen) -> bool:
    """Say whether a process below a node is in the middle of a task (Ray names it so)."""
    names = []
    for pid in descendants(node.pid):
        with contextlib.suppress(OSError):
            names.append(Path(f"/proc/{pid}/cmdline").read_text())
    return any(name.startswith("ray::_do") for name in names)


@pytest.fixture
def cluster():
    """Start two nodes of one processor each; give the address and the node to kill."""
    if not RAY.is_file():
        pytest.skip("Ray is not installed (requirements-cluster.txt)")
    folder = tempfile.mkdtemp(prefix="r", dir="/tmp")  # paths of sockets must be short
    environment = {**os.environ, **FAST, **OPEN, "OMP_NUM_THREADS": "1"}
    environment["RAY_USAGE_STATS_ENABLED"] = "0"
    port = free_port()
    common = ["--node-ip-address=127.0.0.1", "--num-cpus=1", "--object-store-memory=80000000"]
    common += ["--block", "--disable-usage-stats"]
    head = [str(RAY), "start", "--head", f"--port={port}", f"--temp-dir={folder}", *common]
    nodes = [start([*head, "--include-dashboard=false"], environment)]
    try:
        wait_for(lambda: is_open(port), 120)
        other = [str(RAY), "start", f"--address=127.0.0.1:{port}", *common]
        nodes.append(start(other, environment))
        yield f"127.0.0.1:{port}", nodes[1]
    finally:
        for node in nodes:
            end(node)
        shutil.rmtree(folder, ignore_errors=True)


def start(arguments: list[str], environment: dict[str, str]) -> subprocess.Popen:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(arguments, cwd=ROOT, env=environment, **quiet)


def is_open(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(condition, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.1)


@pytest.mark.slow
def test_a_cluster_that_loses_a_node_gives_the_same_table_bit_for_bit(cluster, tmp_path):
    address, doomed = cluster
    images = draw(tmp_path / "images", PHOTOGRAPHS)
    here, there = tmp_path / "here", tmp_path / "there"
    environment = {**os.environ, "RAY_ADDRESS": address, "RAY_USAGE_STATS_ENABLED": "0", **OPEN}
    run = subprocess.Popen(
        command(images, there, "ray"),
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    parts = there / "records"
    wait_for(lambda: any(parts.rglob("*.parquet")) or run.poll() is not None, 180)
    wait_for(lambda: works_on_a_shard(doomed) or run.poll() is not None, 60)
    before = len(list(parts.rglob("*.parquet")))
    end(doomed)
    told = run.communicate(timeout=300)[0]
    assert run.returncode == 0, told
    assert before < PARTS, "it was over before the node was lost: the test shows nothing"
    subprocess.run(command(images, here, "local"), cwd=ROOT, check=True)
    expected, found = Store(here).records(), Store(there).records()
    assert len(expected) == 2 * 6 * PHOTOGRAPHS
    pd.testing.assert_frame_equal(
        found.drop(columns="seconds"), expected.drop(columns="seconds"), check_exact=True
    )
    again = subprocess.run(command(images, there, "local"), cwd=ROOT, stdout=subprocess.PIPE)
    assert b"nothing to do" in again.stdout
