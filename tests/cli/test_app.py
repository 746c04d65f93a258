"""`app` answers on the port it is given, by both ways of starting it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from inpaint_bench import cli

ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def page(port: int, process: subprocess.Popen[str], patience: float = 120) -> str:
    """Return what the server gives once it is up."""
    end = time.monotonic() + patience
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
                return answer.read().decode()
        except OSError:  # not listening yet, or busy
            time.sleep(0.3)
    raise AssertionError(f"no answer on port {port}; status {process.poll()}")


@pytest.mark.parametrize("way", ["cli", "app.py"])
def test_the_app_is_served_on_the_given_port(way):
    port = free_port()
    environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False"}
    arguments = ["-m", "inpaint_bench", "app", "--port", str(port)]
    if way == "app.py":
        arguments = ["app.py"]
        environment["GRADIO_SERVER_PORT"] = str(port)
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert "Inpaint Bench" in page(port, process)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
        assert "Traceback" not in errors
    finally:
        process.kill()
        process.wait()


def test_a_port_that_is_none_is_told(capsys, monkeypatch):
    assert cli.main(["app", "--port", "99999"]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    monkeypatch.setenv("GRADIO_SERVER_PORT", "http")
    assert cli.main(["app"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize("host", ["999.1.1.1", "203.0.113.7", "no-such-machine.invalid", "a..b"])
def test_a_host_that_is_not_this_machine_is_told_in_one_line(host, capfd):
    assert cli.main(["app", "--host", host, "--port", str(free_port())]) == 2
    told = capfd.readouterr().err
    assert told.count("\n") == 1 and "port" not in told
    assert "to be an address of this machine" in told and f"got '{host}'" in told


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost"])
def test_a_host_that_is_this_machine_is_taken(host, monkeypatch):
    from inpaint_bench.ui import build

    def stop(settings):
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "build", stop)
    assert cli.main(["app", "--host", host]) == 130


def test_a_port_that_is_taken_is_told_in_one_line():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = subprocess.run(
            [sys.executable, "-m", "inpaint_bench", "app", "--port", str(taken.getsockname()[1])],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
        )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1 and "port" in done.stderr


def test_app_py_does_not_blame_the_port_for_a_wrong_address():
    environment = {**os.environ, "GRADIO_SERVER_NAME": "203.0.113.7"}
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 2 and done.stderr.count("\n") == 1
    assert "to be an address of this machine" in done.stderr and "port" not in done.stderr
