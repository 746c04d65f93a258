"""Results that others published beside models run here: the commands that the suite file gives."""

from __future__ import annotations

import csv
import io
import re
import shlex
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from inpaint_bench.bench.suites import SUITES_FOLDER
from inpaint_bench.cli import main

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"
PEERS = SUITES_FOLDER / "peers.toml"
SUITE = """
title = "Made up"
test_sets = ["peer-toy"]
models = "all"
metrics = ["l1", "l1_hole"]
[[freeze]]
name = "peer-toy"
images = "peers/images"
masks = "peers/masks"
size = 32
per_image = 1
how_to_get = "made up"
"""


def documented() -> list[list[str]]:
    """Return the commands in the head of the suite file, in their order."""
    text = re.sub(r"\n#     --", " --", PEERS.read_text(encoding="utf-8"))
    lines = re.findall(r"^#   python -m inpaint_bench (.+)$", text, flags=re.MULTILINE)
    return [shlex.split(line) for line in lines]


def means(capsys, folder: Path) -> dict[tuple[str, str], float]:
    """Return L1 by (test set, row) of the one report."""
    capsys.readouterr()
    assert main(["report", str(folder), "--metric", "l1", "--format", "csv"]) == 0
    rows = csv.DictReader(io.StringIO(capsys.readouterr().out))
    return {(r["test_set"], r["variant"]): float(r["mean"]) for r in rows if r["metric"] == "l1"}


def write(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)


@pytest.fixture
def made_up(tmp_path) -> Path:
    """Three photographs, their holes, and a stranger's results: a known pixel of two is wrong."""
    rng = np.random.default_rng(0)
    hole = np.zeros((32, 32), dtype=np.uint8)
    hole[8:20, 8:20] = 255
    for i in range(3):
        photograph = cv2.blur(rng.integers(0, 256, (32, 32, 3), dtype=np.uint8), (5, 5))
        result = photograph.copy()
        result[hole > 0] += 10  # off by 10 of 255 in the hole
        if i:
            result[0, 0] ^= 1
        write(tmp_path / f"peers/images/p{i}_raw.png", photograph)
        write(tmp_path / f"peers/masks/p{i}_raw.png", hole)
        write(tmp_path / f"peers/results/p{i}_output.png", result)
    (tmp_path / "toy.toml").write_text(SUITE)
    return tmp_path


def test_a_strangers_row_stands_beside_the_models_with_what_it_did_to_known_pixels(
    made_up, capsys, monkeypatch
):
    monkeypatch.chdir(made_up)
    common = ["--data-root", str(made_up), "--out", "runs/peers"]
    asked = ["--models", "mean_colour,telea", "--threads", "1"]
    assert main(["run", "--suite", "toy.toml", *asked, *common]) == 0
    frozen = next(Path("runs/peers").rglob("peer-toy.json"))
    score = ["score", "--testset", str(frozen), "--name", "stranger", "--metrics", "l1,l1_hole"]
    results = ["--outputs", "peers/results", "--rename", "_raw=_output"]
    assert main([*score, *results, *common]) == 0
    assert "your method changed known pixels in 2 of 3 images" in capsys.readouterr().out
    assert main(["report", "runs/peers"]) == 0
    text = capsys.readouterr().out
    table = text.partition("best in bold.")[2].partition("###")[0]
    assert [line.split(" | ")[0] for line in table.splitlines() if line.startswith("| ")][2:] == [
        "| mean_colour",
        "| telea",
        "| stranger",
    ]
    assert "stranger: pictures made elsewhere, not run here; it changed known pixels in 2" in text
    found = means(capsys, Path("runs/peers"))
    share = 12 * 12 / 32**2
    assert found["peer-toy", "stranger"] == pytest.approx(100 * 10 / 255 * share, rel=0.05)
    before = dict(found)
    assert main(["run", "--suite", "toy.toml", *asked, *common]) == 0  # it takes nothing away
    assert means(capsys, Path("runs/peers")) == before


def test_the_documented_commands_give_one_report_of_models_and_of_both_peers(
    tmp_path, capsys, monkeypatch
):
    if not (SHARED / "peers").is_dir():
        pytest.skip("the authors' examples are not on this machine")
    monkeypatch.chdir(tmp_path)
    commands = documented()
    assert [one[0] for one in commands] == ["run", "score", "score", "score", "report", "publish"]
    for command in commands[:-1]:  # publishing would write into the project
        texts = [text.replace("DIR", str(SHARED)) for text in command]
        if command[0] == "run":
            texts[texts.index("--models") + 1] = "mean_colour"
        more = ["--metrics", "l1", "--threads", "1"] if command[0] in ("run", "score") else []
        assert main([*texts, *more]) == 0
    text = capsys.readouterr().out
    assert "deepfill_v1-authors: pictures made elsewhere" in text
    assert "it changed known pixels in 6 of 6 images (by at most 1 of 255)" in text
    found = means(capsys, tmp_path / "runs" / "peers")
    for test_set in ("peer-migan-ffhq-256", "peer-migan-places2-256"):
        assert found[test_set, "mi_gan-authors"] < found[test_set, "mean_colour"]
    assert {"deepfill_v1-authors", "mean_colour"} == {
        name for test_set, name in found if test_set == "peer-deepfill_v1-512"
    }
