"""`python -m trainers` as a person types it."""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from trainers import export, throughput
from trainers.__main__ import build_parser, main
from trainers.checkpoint import _KEYS, read_checkpoint

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


def test_a_training_begins_with_the_weights_of_a_variant(photographs, tmp_path):
    base = ["aot_gan", "--data", str(photographs), "--out", str(tmp_path / "run"), "--size", "32"]
    loop = ["--loop", "batch=4", "workers=0", "learning_rate=0"]
    small = ["--preset", "short", "--set", "perceptual=0", *loop, "--images", "8"]
    done = _run(*base, *small, "--start", "aot_gan-faces128")
    assert done.returncode == 0, done.stderr
    state = read_checkpoint(tmp_path / "run" / "checkpoint.pt")
    bundled = load_file("weights/aot_gan-faces128.safetensors")
    for name, tensor in bundled.items():
        assert torch.equal(state["model"][name], tensor.float()), name
        # averages of equal numbers differ by their rounding
        assert torch.allclose(state["average"][name], tensor.float(), rtol=1e-5), name
    digest = hashlib.sha256(Path("weights/aot_gan-faces128.safetensors").read_bytes()).hexdigest()
    assert state["began_with"] == f"aot_gan-faces128, sha256 {digest}"
    assert _run(*base, *small[:-1], "12", "--resume").returncode == 0
    state = read_checkpoint(tmp_path / "run" / "checkpoint.pt")
    assert (state["samples"], digest in state["began_with"]) == (12, True)


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
    state = read_checkpoint(tmp_path / "r" / "checkpoint.pt")
    assert state["samples"] == 4 * state["minibatch"] > 0
    assert b"Traceback" not in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--data", "nowhere"], "expected a folder of images at nowhere"),
        (["--data", "nowhere", "--preset", "short"], "expected a folder of images at nowhere"),
        (["--data", "{photographs}", "--preset", "quick"], "expected a preset of paper"),
        (["--data", "{photographs}", "--set", "wdith=3"], "expected one of hole, known"),
        (["--data", "{photographs}", "--set", "width=three"], "expected int for width"),
        (["--data", "{photographs}", "--masks", "circles=1"], "expected a mask generator"),
        (["--data", "{photographs}", "--resume"], "expected a checkpoint at"),
        (["--data", "{photographs}", "--start", "nothing"], "nothing"),
        (["--data", "{photographs}", "--size", "100"], "expected --size as a multiple of 8"),
        (["--data", "{photographs}", "--size", "-5"], "expected --size as a multiple of 8"),
        (["--data", "{broken}", *SMALL, "--size", "32"], "could not decode it; remove the file"),
        (["--data", "{photographs}", "--out", "{file}"], "cannot write to"),
        (
            ["--data", "{photographs}", "--preset", "short", "--backbone", "{file}"],
            "does not hold SqueezeNet 1.1 features",
        ),
        (["--data", "{photographs}", "--start", "lama-faces128"], "expected a variant of deepfill"),
        (["--data", "{photographs}", "--start", "deepfill_v2-faces128"], "add --set width=20"),
        (["--data", "{photographs}", "--images", "-8"], "expected images from 0 to"),
        (["--data", "{photographs}", "--minutes", "0"], "expected minutes from 0.001 to"),
        (["--data", "{photographs}", "--minutes", "nan"], "expected minutes from 0.001 to"),
        (["--data", "{photographs}", "--seed", "-1"], "expected seed from 0 to"),
        (["--data", "{photographs}", "--threads", "-1"], "expected threads from 0 to"),
        (["--data", "{photographs}", "--set", "width=0"], "expected width from 4 to"),
        (["--data", "{photographs}", "--loop", "out=x"], "expected one of size, batch"),
        (["--data", "{photographs}", "--masks", "free_form=0"], "expected a weight above 0"),
        (["--data", "{photographs}", "--masks", "{file}"], "expected a packed mask file"),
        (["--data", "{json}"], 'expected {"labels"'),
        (["--data", "{photographs}", "--resume", "--start", "x"], "--resume or --start, got both"),
        (["--data", "{photographs}", "--backbone", "nowhere"], "no term of this training uses"),
        (["--data", "{photographs}", "--backbone", "{file}"], "leave --backbone out"),
        (["--data", "{photographs}", "--out", "{begun}"], "holds a training of 8 images: add --r"),
        (["--data", "{photographs}", "--out", "{broken}"], "got a damaged file: name another --o"),
    ],
)
def test_bad_use_is_told_in_one_line(arguments, said, photographs, tmp_path, monkeypatch, capsys):
    broken, file = tmp_path / "broken", tmp_path / "file"
    broken.mkdir()
    (tmp_path / "begun").mkdir()
    torch.save(dict.fromkeys(_KEYS, 8), tmp_path / "begun" / "checkpoint.pt")
    (broken / "checkpoint.pt").write_text("no checkpoint")
    (tmp_path / "a.json").write_text("{}")
    for name in ("a.png", "b.png", "file"):
        (broken / name).write_text("no picture")
    file.write_text("no folder")
    places = {"photographs": photographs, "broken": broken, "file": file}
    places |= {"json": tmp_path / "a.json", "begun": tmp_path / "begun"}
    arguments = [a.format(**places) for a in arguments]
    command = ["trainers", "deepfill_v2", "--out", str(tmp_path / "run"), *arguments]
    monkeypatch.setattr(sys, "argv", command)
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    try:
        assert main() == 2
    finally:
        for number, handler in zip((signal.SIGINT, signal.SIGTERM), before, strict=True):
            signal.signal(number, handler)
    lines = capsys.readouterr().err.strip().splitlines()
    lines = [line for line in lines if "‰" not in line]  # the bar of a training that began
    assert len(lines) == 1 and said in lines[0]


def test_a_training_is_not_overwritten_by_another(photographs, tmp_path):
    out = str(tmp_path / "run")
    base = ["deepfill_v2", "--data", str(photographs), "--out", out, "--size", "32", *SMALL]
    assert _run(*base, "--images", "8").returncode == 0
    before = {p: p.read_bytes() for p in (tmp_path / "run").rglob("*") if p.is_file()}
    done = _run(*base, "--images", "8")
    assert done.returncode == 2
    (line,) = done.stderr.strip().splitlines()
    assert line == f"{out} holds a training of 8 images: add --resume, or name another --out"
    assert {p: p.read_bytes() for p in (tmp_path / "run").rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("debug", ["", "1"])
def test_an_unexpected_error_is_one_line_and_its_traceback_is_kept(
    debug, tmp_path, monkeypatch, capsys
):
    def fail(arguments, stop):
        raise RuntimeError("two\nlines")

    monkeypatch.setattr("trainers.__main__.train", fail)
    monkeypatch.setattr("trainers.__main__.StopRequest.listen", lambda stop: None)
    monkeypatch.setenv("INPAINT_BENCH_DEBUG", debug)
    command = ["trainers", "deepfill_v2", "--data", "x", "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", command)
    assert main() == 1
    *before, line = capsys.readouterr().err.strip().splitlines()
    (kept,) = tmp_path.glob("error-*.log")
    assert line == f"unexpected RuntimeError: two lines (the traceback is in {kept})"
    assert "in fail" in kept.read_text()
    assert any("Traceback" in text for text in before) == bool(debug)


def test_a_traceback_that_cannot_be_kept_is_shown(tmp_path, monkeypatch, capsys):
    def fail(*arguments, **options):
        raise OSError("the disk is full")

    monkeypatch.setattr("trainers.__main__.train", lambda arguments, stop: {}["nothing"])
    monkeypatch.setattr("trainers.__main__.StopRequest.listen", lambda stop: None)
    monkeypatch.setattr("trainers.__main__.tempfile.mkstemp", fail)
    command = ["trainers", "deepfill_v2", "--data", "x", "--out", str(tmp_path)]
    monkeypatch.setattr(sys, "argv", command)
    assert main() == 1
    told = capsys.readouterr().err
    assert "Traceback" in told and told.endswith("KeyError: 'nothing' (the traceback is above)\n")


def test_the_exit_code_of_bad_use_is_two(tmp_path):
    done = _run("deepfill_v2", "--data", "nowhere", "--out", str(tmp_path / "run"))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_the_commands_of_the_guide_are_understood():
    text = (Path(__file__).parents[2] / "docs" / "training.md").read_text(encoding="utf-8")
    text = text.replace("\\\n", " ")
    shown = re.findall(r"(?:python|127\.0\.0\.1) -m trainers (.+)$", text, flags=re.MULTILINE)
    assert len(shown) >= 4
    for line in shown:
        words = shlex.split(line)
        parsers = {"export": export.build_parser, "throughput": throughput.build_parser}
        parser = parsers.get(words[0], build_parser)()
        parser.parse_args(words[1:] if words[0] in parsers else words)
