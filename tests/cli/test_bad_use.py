"""What a person sees when something is wrong: one line on stderr, status 2, nothing lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inpaint_bench import cli
from inpaint_bench.bench.store import Store
from inpaint_bench.errors import BenchError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Make a photograph, masks and what is neither."""
    folder = tmp_path_factory.mktemp("pictures")
    photograph = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
    Image.fromarray(photograph).save(folder / "photo.png")
    hole = np.zeros((24, 32), np.uint8)
    hole[5:12, 6:20] = 255
    pictures = {"mask": hole, "empty": hole * 0, "full": hole * 0 + 255, "small": hole[:12]}
    for name, array in pictures.items():
        Image.fromarray(array).save(folder / f"{name}.png")
    (folder / "text.png").write_text("this is not an image\n")
    Image.new("1", (10_000, 10_000)).save(folder / "huge.png")
    return folder


def run_command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "inpaint_bench", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.mark.parametrize("closed", [">&-", "2>&-"])
def test_a_closed_stream_stops_no_run(tmp_path, closed):
    tiny = "run --images skimage --masks free_form --size 32 --models mean_colour --metrics l1"
    command = f"{sys.executable} -m inpaint_bench {tiny} --limit 2 --out {tmp_path / 'r'} {closed}"
    done = subprocess.run(["bash", "-c", command], cwd=ROOT, timeout=120, check=False)
    assert done.returncode == 0
    assert len(Store(tmp_path / "r").records()) == 2


def expect_one_line(status: int, output: str, errors: str, told: str) -> None:
    assert status == 2
    assert output == ""
    assert errors.endswith("\n") and errors.count("\n") == 1
    assert errors.startswith("error: ") and told in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"image": "text.png"}, "not one"),
        ({"image": "none.png"}, "there is no file"),
        ({"image": "huge.png"}, "got 10000x10000 (100.0 megapixels)"),
        ({"mask": "text.png"}, "not one"),
        ({"mask": "small.png"}, "image's size 32x24, got 32x12"),
        ({"mask": "empty.png"}, "empty mask"),
        ({"mask": "full.png"}, "covers the whole image"),
        ({"model": "tela"}, "Did you mean 'telea'?"),
        ({"mask-hole": "blue"}, "'white' or 'black', got 'blue'"),
        ({"sketch": "mask.png"}, "takes no sketch"),
        ({"sketch": "small.png"}, "sketch of the image's size"),
        ({"out": "result.jpg"}, ".png"),
        ({"seed": "-1"}, "--seed"),
        ({"seed": "many"}, "--seed"),
    ],
)
def test_bad_input_to_inpaint_gives_one_line_and_writes_nothing(folder, capsys, changes, told):
    given = {"image": "photo.png", "mask": "mask.png", "model": "telea", "out": "out"} | changes
    arguments = ["inpaint"]
    for option, value in given.items():
        is_path = option in ("image", "mask", "sketch", "out")
        arguments += [f"--{option}", str(folder / value) if is_path else value]
    before = sorted(folder.rglob("*"))
    status = cli.main(arguments)
    captured = capsys.readouterr()
    expect_one_line(status, captured.out, captured.err, told)
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["frobnicate"], "frobnicate"),
        (["--frob"], "--frob"),
        (["inpaint"], "--image"),
        (["inpaint", "--image"], "--image"),
        (["run", "--images", "", "--masks", "free_form", "--out", "no/such"], "empty name"),
        (["run", "--images", "skimage", "--masks", "", "--out", "no/such"], "empty name"),
        (["run", "--images", "skimage", "--size", "100000", "--out", "no/such"], "--size"),
        (["run", "--suite", "irregular", "--threads", "100000", "--out", "no/such"], "--threads"),
        (["run", "--suite", "quick", "--consistency", "telea:l1:9999", "--out", "no"], "or fewer"),
        (["score", "--threads", "100000"], "--threads"),
        (["speed", "--threads", "100000"], "--threads"),
        (["masks", "draw", "--count", "100000000000000000000"], "--count"),
        (["weights"], "command"),
        (["weights", "verify", "nothing"], "unknown variant 'nothing'"),
        (["weights", "list", "more"], "more"),
    ],
)
def test_bad_use_gives_one_line(capsys, arguments, told):
    status = cli.main(arguments)
    captured = capsys.readouterr()
    expect_one_line(status, captured.out, captured.err, told)


def test_the_real_process_says_one_line_too(folder):
    common = ["inpaint", "--image", str(folder / "photo.png"), "--out", str(folder / "out")]
    for more, told in [
        (["--mask", str(folder / "empty.png"), "--model", "telea"], "empty mask"),
        (["--mask", str(folder / "mask.png"), "--model", "tela"], "unknown variant"),
        (["--mask", str(folder / "mask.png")], "--model"),
    ]:
        done = run_command(*common, *more)
        expect_one_line(done.returncode, done.stdout, done.stderr, told)


def test_every_file_of_the_command_line_is_a_command():
    files = {path.stem for path in (ROOT / "inpaint_bench" / "cli").glob("[!_]*.py")}
    assert files == set(cli.COMMANDS)


def test_no_arguments_and_help_name_every_command(capsys):
    for arguments in ([], ["--help"]):
        assert cli.main(arguments) == 0
        shown = capsys.readouterr().out
        assert all(command in shown for command in cli.COMMANDS)


@pytest.mark.parametrize("command", cli.COMMANDS)
def test_every_command_explains_itself(capsys, command):
    assert cli.main([command, "--help"]) == 0
    assert "Usage" in capsys.readouterr().out


def test_help_and_bad_use_do_not_load_what_is_heavy():
    code = (
        "import sys\nfrom inpaint_bench.cli import main\n"
        "assert main(['run', '--help']) == 0 and main(['nonsense']) == 2\n"
        "heavy = {'torch', 'gradio', 'pandas', 'cv2', 'skimage'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def failing(monkeypatch, error):
    """Make `weights list` raise `error`."""

    def fail():
        raise error

    monkeypatch.setattr("inpaint_bench.list_variants", fail)
    return cli.main(["weights", "list"])


def test_a_message_of_several_lines_is_shown_as_one(monkeypatch, capsys):
    assert failing(monkeypatch, BenchError("expected one thing,\n  got another")) == 2
    assert capsys.readouterr().err == "error: expected one thing, got another\n"


def test_a_bug_shows_no_traceback_unless_asked(monkeypatch, capsys):
    monkeypatch.delenv("INPAINT_BENCH_DEBUG", raising=False)
    assert failing(monkeypatch, KeyError("width")) == 1
    shown = capsys.readouterr().err
    assert shown.count("\n") == 1 and "KeyError" in shown and "INPAINT_BENCH_DEBUG" in shown
    monkeypatch.setenv("INPAINT_BENCH_DEBUG", "1")
    assert failing(monkeypatch, KeyError("width")) == 1
    assert "Traceback" in capsys.readouterr().err


def test_ctrl_c_ends_with_one_line_and_status_130(monkeypatch, capsys):
    assert failing(monkeypatch, KeyboardInterrupt()) == 130
    assert capsys.readouterr().err.strip() == "error: stopped"


def test_ctrl_c_in_a_real_process_shows_no_traceback():
    code = (
        "import inpaint_bench, os, signal, sys\n"
        f"inpaint_bench.list_variants = lambda: os.kill(os.getpid(), {signal.SIGINT.value})\n"
        "from inpaint_bench.cli import main\nsys.exit(main(['weights', 'list']))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 130
    assert done.stderr.strip() == "error: stopped"


def test_a_reader_that_went_away_is_no_error():
    command = f"{sys.executable} -m inpaint_bench weights list | true"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, text=True)
    assert done.stderr == ""
