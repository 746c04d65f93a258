from __future__ import annotations

import re

import pytest

from inpaint_bench.ui.catalogue import catalogue
from inpaint_bench.ui.leaderboard_answer import answer
from inpaint_bench.ui.published import read_published
from tests.ui.conftest import write_results

ENTRIES = {entry.name: entry for entry in catalogue()}


@pytest.fixture
def results(tmp_path):
    write_results(tmp_path / "many", tuple(f"photograph {i}" for i in range(8)))
    return read_published(tmp_path / "many", "made-up-a")


def text(html):
    return re.sub(r"<[^>]+>", "", html)


def test_the_first_is_named_with_its_mean_its_holes_and_its_pictures(results):
    said = text(answer(results, "l1_hole", "20-30 %", ENTRIES))
    mean = results.estimate("l1_hole", "biharmonic", "20-30 %").mean
    assert f"Biharmonic is first for holes of 20-30 % on faces: L1 in the hole {mean:.2f} %" in said


def test_a_real_lead_is_called_significant_with_how_far_and_how_sure(results):
    said = text(answer(results, "l1_hole", "all", ENTRIES))
    assert "Yes, significantly better than all 3 others. Ahead of Navier-Stokes by 1.00" in said
    assert "24 masked photographs, 8 different ones" in said


def test_higher_is_better_turns_the_difference_round(results):
    assert "Ahead of Navier-Stokes by 1.00" in text(answer(results, "psnr", "all", ENTRIES))


def test_a_tie_is_called_no_significant_difference(results):
    frame = results.frame
    frame.loc[frame["variant"] == "navier_stokes", "l1_hole"] = frame.loc[
        frame["variant"] == "biharmonic", "l1_hole"
    ].to_numpy() + [0.1 if i % 2 else -0.09 for i in range(24)]
    said = text(answer(results, "l1_hole", "all", ENTRIES))
    assert "Not significantly better than Navier-Stokes" in said
    assert "significantly better than the other 2" in said


def test_too_few_photographs_cannot_tell(results_folder):
    said = text(answer(read_published(results_folder, "made-up-a"), "psnr", "all", ENTRIES))
    assert "3 photographs cannot tell" in said


def test_a_metric_of_a_set_has_no_test_and_an_empty_one_no_answer(results):
    assert "no test" in text(answer(results, "fid", "all", ENTRIES))
    assert "made up: no weights" in text(answer(results, "lpips_alex", "all", ENTRIES))


def test_names_of_strangers_are_escaped(results):
    results.frame["variant"] = results.frame["variant"].replace("biharmonic", "<b>x</b>")
    assert "<strong>&lt;b&gt;x" in answer(results, "l1_hole", "all", ENTRIES)
