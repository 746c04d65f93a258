"""Copies of a photograph and regions of it are one observation."""

from __future__ import annotations

import shutil

import pandas as pd
import pytest

from inpaint_bench.bench.photographs import photograph_ids, same_files, with_photographs
from inpaint_bench.bench.ranking import rank_methods
from inpaint_bench.bench.report import collect, report
from inpaint_bench.bench.store import RESULTS_FOLDER
from inpaint_bench.data import freeze, load_test_set
from inpaint_bench.ui.published import read_published


@pytest.fixture
def copied(photographs, tmp_path):
    """A test set of four photographs, three copies of each under another name."""
    folder = tmp_path / "copies"
    folder.mkdir()
    for path in sorted(photographs.iterdir())[:4]:
        for copy in "abc":
            shutil.copy(path, folder / f"{path.stem}_{copy}.png")
    return freeze("copies", images=str(folder), masks="free_form", size=32, seed=0)


def test_the_regions_of_the_samples_belong_to_six_photographs():
    same = same_files(load_test_set("samples-256").items)
    assert same == {
        "astronaut_2": "astronaut", "coffee_2": "coffee", "hubble_2": "hubble",
        "motorcycle_2": "motorcycle", "motorcycle_3": "motorcycle", "rocket_2": "rocket",
    }  # fmt: skip


def test_copies_are_no_further_observations(copied, measure, tmp_path):
    measure("telea", "mean_colour", test_sets=(copied,))
    _, (summary,) = collect(tmp_path / "run")
    assert summary.photographs == 4
    cell = summary.cells["l1"]["telea", "all"]
    assert (cell.n, pd.isna(cell.low)) == (72, True)  # fewer than six: no interval
    text = report(tmp_path / "run")
    assert "made from 4 photographs (regions and copies of one count as one)" in text
    assert "No ranks: fewer than 6 photographs" in text


def test_intervals_and_ranks_are_those_of_records_named_by_their_photograph(
    copied, measure, tmp_path
):
    _, frame = measure("telea", "navier_stokes", "mean_colour", test_sets=(copied,))
    same = same_files(copied.items)
    marked = with_photographs(frame, {"same": same})
    assert set(photograph_ids(marked)) == {f"photo{i}_a" for i in range(4)}
    renamed = frame.assign(
        mask_id=frame["image_id"] + frame["mask_id"],
        image_id=frame["image_id"].map(lambda image: same.get(image, image)),
    )
    found, wanted = (rank_methods(f, "l1", higher_is_better=False) for f in (marked, renamed))
    assert found == wanted and found.photographs == 4


def test_published_samples_are_read_as_six_photographs():
    results = read_published(RESULTS_FOLDER, "samples-256")
    assert results.photographs == 6
    assert results.ranking("l1_hole").photographs == 6
    text = (RESULTS_FOLDER / "samples-256.md").read_text()
    assert "made from 6 photographs (regions and copies of one count as one)" in text
