"""Two processes train as one with the doubled batch."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import torch
from torch import Tensor

from trainers.recipes import RECIPES

SCRIPT = Path(__file__).with_name("one_step.py")
ROOT = SCRIPT.parents[2]


def _step(command: list[str], photographs: Path, out: Path, batch: int) -> dict:
    done = subprocess.run(
        [*command, str(SCRIPT), str(photographs), str(out), str(batch)],
        capture_output=True,
        text=True,
        timeout=600,
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
    assert one["samples"] == two["samples"] == [4] * 2 * len(RECIPES)
    assert {key.split()[0] for key in one["gradients"]} == set(RECIPES)
    for kind in ("gradients", "buffers"):
        assert one[kind].keys() == two[kind].keys()
        for network, expected in one[kind].items():
            _assert_same(two[kind][network], expected, f"{kind} of {network}")


def _assert_same(found: dict[str, Tensor], expected: dict[str, Tensor], of: str) -> None:
    """Compare by the largest value of each tensor; a bias before a normalisation has only noise."""
    assert found.keys() == expected.keys()
    steepest = max((value.abs().max().item() for value in expected.values()), default=0.0)
    for name, value in expected.items():
        largest = value.abs().max().item()
        atol = 1e-4 * largest + 1e-9
        if largest < 1e-5 * steepest:
            atol += 1e-6 * steepest
        torch.testing.assert_close(found[name], value, rtol=1e-3, atol=atol, msg=f"{name}, {of}")
