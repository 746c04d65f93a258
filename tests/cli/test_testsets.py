"""`testsets` on the command line."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image

from inpaint_bench.cli import main


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Go to a folder with `photos` and `holes`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("INPAINT_DATA", raising=False)
    rng = np.random.default_rng(0)
    for name in ("photos", "holes"):
        (tmp_path / name).mkdir()
    for i in range(2):
        pixels = rng.integers(0, 256, (40, 40, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "photos" / f"p{i}.png")
    hole = np.zeros((40, 40), dtype=np.uint8)
    hole[:10] = 255
    Image.fromarray(hole).save(tmp_path / "holes" / "m.png")
    return tmp_path


def freeze(*more: str) -> int:
    return main(
        [
            "testsets",
            "freeze",
            "toy",
            "--images",
            "photos",
            "--masks",
            "holes",
            "--size",
            "32",
            "--out",
            "toy.json",
            *more,
        ]
    )


def test_ones_own_folders_are_frozen_and_checked(folders, capsys):
    assert freeze() == 0
    assert "toy: 2 items, 2 photographs" in capsys.readouterr().out
    table = json.loads((folders / "toy.json").read_text())
    assert table["images"] == str(folders / "photos")
    assert main(["testsets", "check", "toy.json"]) == 0
    assert capsys.readouterr().out.rstrip().endswith("ok")


def test_a_changed_photograph_fails_the_check_with_its_name(folders, capsys):
    freeze()
    Image.new("RGB", (40, 40)).save(folders / "photos" / "p1.png")
    assert main(["testsets", "check", "toy.json"]) == 2
    captured = capsys.readouterr()
    assert "image p1 is not the one of test set toy" in captured.out
    assert captured.err.count("\n") == 1 and "toy" in captured.err


def test_a_frozen_test_set_is_not_changed_by_accident(folders, capsys):
    freeze()
    before = (folders / "toy.json").read_bytes()
    assert freeze() == 0
    assert freeze("--limit", "1") == 2
    assert "is frozen and would change" in capsys.readouterr().err
    assert (folders / "toy.json").read_bytes() == before
    assert freeze("--limit", "1", "--overwrite") == 0
    assert (folders / "toy.json").read_bytes() != before


def test_the_published_test_sets_are_listed_with_what_is_missing(folders, capsys):
    assert main(["testsets", "list"]) == 0
    lines = {line.split(":")[0]: line for line in capsys.readouterr().out.splitlines()}
    assert lines["samples-256"].endswith("here")
    assert "not here" in lines["kodak-256"] and "r0k.us" in lines["kodak-256"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["freeze", "toy", "--images", "photos"],
        ["freeze", "nothing-like-it"],
        ["freeze", "toy", "--images", "photos", "--masks", "elsewhere"],
        ["freeze", "samples-256", "--size", "64"],
        ["freeze", "samples-256", "--seed", "0"],
        ["freeze", "toy", "--images", "photos", "--masks", "masks", "--pairs", ":", "--seed", "2"],
        ["freeze", "toy", "--images", "photos", "--masks", "masks", "--size", "100000000"],
        ["check", "nothing-like-it"],
        ["check", "kodak-256"],
    ],
)
def test_bad_use_ends_with_one_line_and_status_2(folders, capsys, arguments):
    assert main(["testsets", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1 and captured.err.startswith("error: ")


def test_photographs_with_masks_of_their_own_are_frozen_by_name(tmp_path, capsys):
    import numpy as np

    from inpaint_bench.data import load_test_set
    from inpaint_bench.imaging import write_png

    rng = np.random.default_rng(0)
    for index in range(3):
        hole = np.zeros((32, 32), dtype=bool)
        hole[: 4 + index] = True
        write_png(tmp_path / f"p{index}_in.png", rng.integers(0, 256, (32, 32, 3), dtype=np.uint8))
        write_png(tmp_path / f"p{index}_hole.png", hole)
    out = tmp_path / "set.json"
    arguments = ["testsets", "freeze", "mine", "--images", str(tmp_path), "--masks", str(tmp_path)]
    more = ["--size", "32", "--out", str(out)]
    assert main([*arguments, *more, "--pairs", "_in:_hole"]) == 0
    items = load_test_set(out).items
    assert [(one.image_id, one.mask_id) for one in items] == [
        (f"p{index}_in", f"p{index}_hole") for index in range(3)
    ]
    assert main([*arguments, *more, "--pairs", "_in"]) == 2
    assert "expected --pairs as A:B" in capsys.readouterr().err


def test_a_folder_that_cannot_be_read_does_not_hide_the_other_test_sets(folders, capsys):
    kodak = folders / "data" / "test" / "kodak"
    kodak.mkdir(parents=True)
    for name in ("kodim01.png", "kodim01.webp"):
        Image.new("RGB", (40, 40)).save(kodak / name)
    (folders / "data" / "masks" / "test").mkdir(parents=True)
    assert main(["testsets", "list", "--data-root", "data"]) == 0
    lines = {line.split(":")[0]: line for line in capsys.readouterr().out.splitlines()}
    told = "expected one image a name, got kodim01.png and kodim01.webp"
    assert f"cannot be read; {told}" in lines["kodak-128"]
    assert "not here" in lines["bsds-128"]
    assert lines["samples-256"].endswith("  here")
    assert main(["testsets", "check", "kodak-128", "--data-root", "data"]) == 2
    assert told in capsys.readouterr().out
