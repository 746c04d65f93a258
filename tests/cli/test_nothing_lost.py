"""A command that is refused has written nothing, and none overwrites what it reads."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from PIL import Image

from inpaint_bench.bench.run_info import occupied
from inpaint_bench.cli import main

TINY = ["run", "--images", "skimage", "--masks", "free_form", "--models", "mean_colour"]
FEW = ["--metrics", "l1", "--limit", "2"]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kept") / "run"
    assert main([*TINY, *FEW, "--size", "32", "--out", str(folder)]) == 0
    return folder


def one_line(capsys) -> str:
    told = capsys.readouterr().err
    assert told.count("\n") == 1 and "this is a bug" not in told
    return told


def test_a_command_leaves_the_folder_of_another_at_work_as_it_is(tmp_path, capsys):
    folder = tmp_path / "run"
    with occupied(folder):
        assert main([*TINY, *FEW, "--size", "32", "--out", str(folder)]) == 2
        assert "another command is at work" in one_line(capsys)
        assert list(folder.iterdir()) == []


def test_a_refused_first_command_does_not_stand_in_the_way_of_the_next(tmp_path, capsys):
    for name in ("a", "a__b"):
        pixels = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    holes = tmp_path / "holes"
    holes.mkdir()
    for name in ("b__c", "c"):
        Image.fromarray(np.pad(np.full((20, 20), 255, np.uint8), 22)).save(holes / f"{name}.png")
    own = ["run", "--images", str(tmp_path), "--masks", str(holes), "--models", "mean_colour"]
    out = ["--metrics", "l1", "--out", str(tmp_path / "out")]
    assert main([*own, *out, "--size", "64", "--keep-outputs"]) == 2  # two pictures of one name
    capsys.readouterr()
    assert not (tmp_path / "out").exists()
    assert main([*own, *out, "--size", "32"]) == 0


@pytest.mark.parametrize("name", ["run.json", "testset.json"])
def test_a_report_does_not_overwrite_its_run(finished, tmp_path, capsys, name):
    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    before = (folder / name).read_bytes()
    assert main(["report", str(folder), "--out", str(folder / name)]) == 2
    assert "would be overwritten" in one_line(capsys)
    assert (folder / name).read_bytes() == before
    for _ in range(2):  # a report may lie in the folder, and be written anew
        assert main(["report", str(folder), "--out", str(folder / "report.md")]) == 0


def test_a_report_does_not_overwrite_the_votes(tmp_path, capsys):
    votes = tmp_path / "votes.csv"
    votes.write_text("left,right,answer,natural_left,natural_right,photograph\n1,2,left,,,cat\n")
    assert main(["report", "--votes", str(votes), "--out", str(votes)]) == 2
    assert "the file of --votes" in one_line(capsys)
    assert main(["report", "--votes", str(votes)]) == 0
    assert "| 1 |" in capsys.readouterr().out  # methods may be named by numbers


@pytest.mark.parametrize(
    ("table", "gone"),
    [("commands", None), ("commands", "machine"), ("metrics", "per_set"), ("test_sets", "sha256")],
)
def test_a_run_json_that_lost_something_is_told_in_one_line(
    finished, tmp_path, capsys, table, gone
):
    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    said = json.loads((folder / "run.json").read_text())
    if gone is None:
        said[table] = []
    else:
        entries = said[table] if isinstance(said[table], list) else [*said[table].values()]
        del entries[0][gone]
    (folder / "run.json").write_text(json.dumps(said))
    assert main(["report", str(folder)]) == 2
    assert "take back what was changed there" in one_line(capsys)


def test_published_results_that_lost_something_are_told_in_one_line(tmp_path, capsys):
    assert main(["publish", "--tables", "--results", str(tmp_path)]) == 2
    assert "expected a folder of published results" in one_line(capsys)
    (tmp_path / "samples-256.parquet").write_bytes(b"")
    (tmp_path / "samples-256.json").write_text("{}")
    assert main(["publish", "--tables", "--results", str(tmp_path)]) == 2
    assert "got nothing on test_set" in one_line(capsys)
