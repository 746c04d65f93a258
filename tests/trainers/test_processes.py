"""Two processes train as one with the doubled batch."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import torch

SCRIPT = Path(__file__).with_name("one_step.py")
ROOT = SCRIPT.parents[2]


def _step(command: list[str], photographs: Path, out: Path, batch: int) -> dict:
    done = subprocess.run(
        [*command, str(SCRIPT), str(photographs), str(out), str(batch)],
        capture_output=True,
        text=True,
        timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
    )
    assert done.returncode == 0, done.stderr
    return torch.load(out / "step.pt", weights_only=True)


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def test_two_processes_have_the_gradients_of_one_with_the_doubled_batch(photographs, tmp_path):
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2"]
    torchrun += ["--master_addr", "127.0.0.1", "--master_port", str(_free_port())]
    two = _step(torchrun, photographs, tmp_path / "two", 2)
    one = _step([sys.executable], photographs, tmp_path / "one", 4)
    assert (one["processes"], two["processes"]) == (1, 2)
    assert one["samples"] == two["samples"] == 4
    assert one["gradients"].keys() == two["gradients"].keys()
    for name, gradient in one["gradients"].items():
        largest = gradient.abs().max().item()
        torch.testing.assert_close(
            two["gradients"][name], gradient, rtol=1e-3, atol=1e-4 * largest + 1e-9, msg=name
        )
