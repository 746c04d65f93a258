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
