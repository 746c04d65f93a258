"""`python -m trainers` as a person types it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from trainers.checkpoint import read_checkpoint

SMALL = ["--set", "width=8", "adversarial=0", "--loop", "batch=4", "workers=0"]


def _command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "trainers", *arguments]


def _run(*arguments: str) -> subprocess.CompletedProcess:
    return subprocess.run(_command(*arguments), capture_output=True, text=True, timeout=300)


def test_a_training_runs_and_resumes_with_a_larger_budget(photographs, tmp_path):
    out = str(tmp_path / "run")
    base = ["deepfill_v2", "--data", str(photographs), "--out", out, "--size", "32", *SMALL]
    assert _run(*base, "--images", "8").returncode == 0
    assert read_checkpoint(tmp_path / "run" / "checkpoint.pt")["samples"] == 8
    assert _run(*base, "--images", "16", "--resume").returncode == 0
    assert read_checkpoint(tmp_path / "run" / "checkpoint.pt")["samples"] == 16


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_training_leaves_a_checkpoint(photographs, tmp_path, number):
    base = ["deepfill_v2", "--data", str(photographs), "--size", "32", "--out", str(tmp_path / "r")]
    process = subprocess.Popen(
        _command(*base, *SMALL, "--minutes", "30"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    deadline = time.monotonic() + 120
    while not (tmp_path / "r" / "log.csv").exists() and time.monotonic() < deadline:
        time.sleep(0.2)
    process.send_signal(number)
    told, said = process.communicate(timeout=120)
    assert process.returncode == 0, said.decode()
    assert b"--resume goes on from there" in told
    assert read_checkpoint(tmp_path / "r" / "checkpoint.pt")["samples"] >= 200
    assert b"Traceback" not in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--data", "nowhere"], "expected a folder of images at nowhere"),
        (["--data", "{photographs}", "--preset", "quick"], "expected a preset of paper, short"),
        (["--data", "{photographs}", "--set", "wdith=3"], "expected one of width"),
        (["--data", "{photographs}", "--set", "width=three"], "expected int for width"),
        (["--data", "{photographs}", "--masks", "circles=1"], "expected a mask generator"),
        (["--data", "{photographs}", "--resume"], "expected a checkpoint at"),
    ],
)
def test_bad_use_is_told_in_one_line(arguments, said, photographs, tmp_path):
    arguments = [a.format(photographs=photographs) for a in arguments]
    done = _run("deepfill_v2", *arguments, "--out", str(tmp_path / "run"))
    assert done.returncode == 2
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1 and said in lines[0]
