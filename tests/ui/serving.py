"""The real app as a process of its own, for tests that ask it over the network."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_START_SECONDS = 120.0  # a loaded machine imports torch slowly


@contextmanager
def serve(folder: Path, *options: str, **environment: str) -> Iterator[str]:
    """Start the app, give its address, end it.

    Args:
        folder: an empty one, for its cache and its log.
        options: of the command `app`.
        environment: variables such as `INPAINT_BENCH_MAX_SIDE`.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {
        "GRADIO_TEMP_DIR": str(folder / "cache"),
        "INPAINT_BENCH_VOTES_FILE": str(folder / "votes.sqlite"),
        "OMP_NUM_THREADS": "2",
    }
    command = [sys.executable, "-m", "inpaint_bench", "app", "--port", str(port), *options]
    log = folder / "log.txt"
    with log.open("w") as written:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **variables, **environment},
            stdout=written,
            stderr=written,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address, process, log)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(address: str, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + _START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(
                f"the app ended with {process.returncode}: {log.read_text()[-2000:]}"
            )
        try:
            with urllib.request.urlopen(address, timeout=5):
                return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(
        f"the app did not start in {_START_SECONDS:.0f} s: {log.read_text()[-2000:]}"
    )
