"""`inpaint` on the command line: where the result goes and what it holds."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from inpaint_bench import cli

PHOTO = np.random.default_rng(0).integers(0, 256, (24, 32, 3), dtype=np.uint8)
HOLE = np.zeros((24, 32), bool)
HOLE[5:12, 6:20] = True


@pytest.fixture
def given(tmp_path):
    """Write a photograph and its mask and give the options that name them."""
    Image.fromarray(PHOTO).save(tmp_path / "photo.png")
    Image.fromarray(HOLE).save(tmp_path / "mask.png")
    return ["inpaint", "--image", str(tmp_path / "photo.png"), "--mask", str(tmp_path / "mask.png")]


def test_a_folder_gets_a_file_named_after_photograph_mask_and_variant(given, tmp_path, capsys):
    assert cli.main([*given, "--model", "telea", "--out", str(tmp_path / "out")]) == 0
    (path,) = (tmp_path / "out").iterdir()
    assert path.name == "photo__mask__telea.png"
    captured = capsys.readouterr()
    assert str(path) in captured.out and f"hole {HOLE.mean():.1%}" in captured.out
    assert captured.err == ""


def test_known_pixels_of_the_file_are_those_of_the_photograph(given, tmp_path):
    target = tmp_path / "new" / "result.png"
    assert cli.main([*given, "--model", "mean_colour", "--out", str(target)]) == 0
    result = np.asarray(Image.open(target))
    np.testing.assert_array_equal(result[~HOLE], PHOTO[~HOLE])
    mean = PHOTO[~HOLE].mean(axis=0)
    np.testing.assert_allclose(result[HOLE], np.broadcast_to(mean, result[HOLE].shape), atol=1)


def test_the_polarity_of_the_mask_is_stated(given, tmp_path):
    Image.fromarray(~HOLE).save(tmp_path / "mask.png")
    target = tmp_path / "result.png"
    options = ["--model", "telea", "--out", str(target), "--mask-hole", "black"]
    assert cli.main([*given, *options]) == 0
    np.testing.assert_array_equal(np.asarray(Image.open(target))[~HOLE], PHOTO[~HOLE])


def test_the_same_seed_writes_the_same_file(given, tmp_path):
    targets = [tmp_path / f"{i}.png" for i in range(2)]
    for target in targets:
        options = ["--model", "patchmatch", "--seed", "5", "--out", str(target)]
        assert cli.main([*given, *options]) == 0
    assert targets[0].read_bytes() == targets[1].read_bytes()


def link(path, target):
    path.symlink_to(target)
    return path


@pytest.mark.parametrize(
    ("spelling", "option"),
    [
        (lambda folder: folder / "photo.png", "--image"),
        (lambda folder: folder / "mask.png", "--mask"),
        (lambda folder: folder / "strokes.png", "--sketch"),
        (lambda folder: folder / "new" / ".." / "photo.png", "--image"),
        (lambda folder: link(folder / "other.png", folder / "mask.png"), "--mask"),
    ],
)
def test_a_given_file_is_not_overwritten_by_any_path_to_it(
    given, tmp_path, capsys, spelling, option
):
    (tmp_path / "new").mkdir()
    Image.fromarray(HOLE).save(tmp_path / "strokes.png")
    out = spelling(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.glob("*.png")}
    options = ["--model", "telea", "--sketch", str(tmp_path / "strokes.png"), "--out", str(out)]
    assert cli.main([*given, *options]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and f"which is the file of {option} and would be" in told
    assert {path: path.read_bytes() for path in tmp_path.glob("*.png")} == before


def test_the_file_a_folder_would_get_is_not_overwritten_if_it_is_the_photograph(
    given, tmp_path, capsys
):
    (tmp_path / "photo__mask__telea.png").symlink_to(tmp_path / "photo.png")
    assert cli.main([*given, "--model", "telea", "--out", str(tmp_path)]) == 2
    assert "the file of --image" in capsys.readouterr().err
    np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "photo.png")), PHOTO)


def test_an_older_result_is_replaced(given, tmp_path):
    target = tmp_path / "result.png"
    target.write_bytes(b"an older one")
    assert cli.main([*given, "--model", "telea", "--out", str(target)]) == 0
    assert Image.open(target).size == (32, 24)


@pytest.mark.parametrize("name", ["o/a.txt", "o/v1.2", "notes"])
def test_a_name_that_is_neither_a_picture_nor_a_folder_is_refused(given, tmp_path, capsys, name):
    (tmp_path / "notes").write_text("a file")
    before = sorted(tmp_path.rglob("*"))
    assert cli.main([*given, "--model", "telea", "--out", str(tmp_path / name)]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "expected --out to be a folder or a .png file, got" in told
    assert sorted(tmp_path.rglob("*")) == before


def test_a_folder_that_is_there_may_have_a_dot_in_its_name(given, tmp_path):
    (tmp_path / "v1.2").mkdir()
    assert cli.main([*given, "--model", "telea", "--out", str(tmp_path / "v1.2")]) == 0
    assert [path.name for path in (tmp_path / "v1.2").iterdir()] == ["photo__mask__telea.png"]
