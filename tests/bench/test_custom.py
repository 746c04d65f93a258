"""Test sets of one's own: frozen once, told when something else is asked for."""

from __future__ import annotations

import dataclasses
import shutil

import pytest

from inpaint_bench.bench.custom import (
    CUSTOM_FILE,
    custom_test_set,
    freeze_for_run,
    keep_test_set,
)
from inpaint_bench.bench.suites import SetRecipe
from inpaint_bench.errors import BenchError, DataMissingError, UnknownNameError
from inpaint_bench.imaging import write_png
from inpaint_bench.masks import draw_mask


def test_it_is_frozen_into_the_runs_folder_and_comes_back_the_same(photographs, tmp_path):
    asked = {"images": str(photographs), "masks": "free_form", "size": 32}
    first, _ = custom_test_set(tmp_path, **asked)
    assert not (tmp_path / CUSTOM_FILE).exists()
    keep_test_set(tmp_path, first)
    again, line = custom_test_set(tmp_path, **asked)
    assert again == first and line == ""
    assert (tmp_path / CUSTOM_FILE).is_file()
    assert len(first.items) == 48 and first.name.startswith("custom-photographs")


def test_other_arguments_in_the_same_folder_are_refused(photographs, tmp_path):
    asked = {"images": str(photographs), "masks": "free_form", "size": 32}
    keep_test_set(tmp_path, custom_test_set(tmp_path, **asked)[0])
    for change in ({"size": 64}, {"masks": "rectangle"}, {"images": "skimage"}):
        with pytest.raises(BenchError, match="name another folder with --out"):
            custom_test_set(tmp_path, **{**asked, **change})


def test_a_test_set_that_a_suite_asks_for_otherwise_is_refused(photographs, tmp_path):
    how = {"how_to_get": "draw them", "seed": 0, "per_image": 2, "limit": 3}
    recipe = SetRecipe("mine", str(photographs), "free_form", size=32, **how)
    frozen = freeze_for_run(recipe, None, tmp_path)
    assert freeze_for_run(recipe, None, tmp_path) == frozen and len(frozen.items) == 6
    reworded = dataclasses.replace(recipe, how_to_get="ask me")
    assert freeze_for_run(reworded, None, tmp_path) == frozen
    for name, value in (("size", 64), ("per_image", 1), ("limit", 2), ("masks", "rectangle")):
        changed = dataclasses.replace(recipe, **{name: value})
        with pytest.raises(BenchError, match=f"before the suite changed .{name} from"):
            freeze_for_run(changed, None, tmp_path)


def test_added_photographs_are_told(photographs, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(photographs, copy)
    asked = {"images": str(copy), "masks": "free_form", "size": 32}
    first, _ = custom_test_set(tmp_path / "run", **asked)
    keep_test_set(tmp_path / "run", first)
    shutil.copy(copy / "photo0.png", copy / "photo9.png")
    again, line = custom_test_set(tmp_path / "run", **asked)
    assert again == first and line.startswith("1 photographs were added")


def test_masks_of_either_polarity_give_the_same_holes(photographs, tmp_path):
    for index, ratio in enumerate([(0.1, 0.2), (0.3, 0.4)]):
        hole = draw_mask("free_form", 32, 32, seed=index, ratio=ratio)
        write_png(tmp_path / "white" / f"m{index}.png", hole)
        write_png(tmp_path / "black" / f"m{index}.png", ~hole)
    asked = {"images": str(photographs), "size": 32}
    white, _ = custom_test_set(tmp_path / "a", masks=str(tmp_path / "white"), **asked)
    black, _ = custom_test_set(tmp_path / "b", masks=f"{tmp_path / 'black'}:black", **asked)
    assert white.items == black.items


def test_a_relative_folder_may_lie_below_the_data_root(photographs, tmp_path):
    found, _ = custom_test_set(
        tmp_path / "run",
        images=photographs.name,
        masks="free_form",
        size=32,
        data_root=photographs.parent,
    )
    assert len(found.items) == 48


def test_what_is_not_there_is_told(photographs, tmp_path):
    with pytest.raises(UnknownNameError, match="a folder or a generator .*free_form"):
        custom_test_set(tmp_path, images=str(photographs), masks="freeform", size=32)
    with pytest.raises(DataMissingError):
        custom_test_set(tmp_path, images=str(tmp_path / "no"), masks="free_form", size=32)
    assert not (tmp_path / CUSTOM_FILE).exists()


def test_a_file_where_a_folder_was_expected_is_told(photographs, tmp_path, monkeypatch):
    told = "expected a folder, got the file .*photo0.png: name the folder that holds it"
    asked = {"masks": "free_form", "size": 32}
    with pytest.raises(DataMissingError, match=told):
        custom_test_set(tmp_path, images=str(photographs / "photo0.png"), **asked)
    monkeypatch.chdir(photographs.parent)
    for data_root in (None, tmp_path):
        relative = f"{photographs.name}/photo0.png"
        with pytest.raises(DataMissingError, match=told):
            custom_test_set(tmp_path, images=relative, data_root=data_root, **asked)


def test_photographs_that_are_enlarged_are_told_once(photographs, tmp_path, caplog):
    asked = {"images": str(photographs), "masks": "free_form", "size": 256}
    keep_test_set(tmp_path, custom_test_set(tmp_path, **asked)[0])
    assert "8 of 8 photographs are smaller than 256x256 and were enlarged" in caplog.text
    caplog.clear()
    custom_test_set(tmp_path, **asked)
    assert caplog.text == ""
