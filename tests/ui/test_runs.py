from __future__ import annotations

import pytest

from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.types import Variant
from inpaint_bench.ui.catalogue import entry_of
from inpaint_bench.ui.runs import Run, plan_runs, read_run, run_entry

ENTRIES = {
    entry.name: entry
    for entry in map(
        entry_of,
        (
            Variant("telea", "telea"),
            Variant("patchmatch", "patchmatch"),
            Variant("edge_connect-x", "edge_connect", provenance="official"),
        ),
    )
}


@pytest.mark.parametrize("sketch", [False, True])
@pytest.mark.parametrize("sample", [1, 2, 4])
def test_a_key_is_read_back_as_it_was_written(sketch, sample):
    run = Run("edge_connect-x", sketch, sample)
    assert read_run(run.key) == run


@pytest.mark.parametrize("key", ["", "+sketch", "telea+line", "telea+2+sketch", "telea+sketch+2+3"])
def test_what_is_no_key_is_refused(key):
    with pytest.raises(InpaintBenchError):
        read_run(key)


def test_only_models_that_take_a_sketch_run_twice_and_side_by_side():
    names = list(ENTRIES)
    assert plan_runs(ENTRIES, names, sketch=False, samples=1) == names
    assert plan_runs(ENTRIES, names, sketch=True, samples=1) == [
        "telea",
        "patchmatch",
        "edge_connect-x",
        "edge_connect-x+sketch",
    ]


def test_only_stochastic_models_are_sampled():
    runs = plan_runs(ENTRIES, ["telea", "patchmatch"], sketch=False, samples=3)
    assert runs == ["telea", "patchmatch", "patchmatch+2", "patchmatch+3"]
    with pytest.raises(InpaintBenchError, match="1 to 4"):
        plan_runs(ENTRIES, ["telea"], sketch=False, samples=5)


def test_titles_tell_the_runs_of_one_variant_apart():
    titles = [run_entry(ENTRIES, key).title for key in ("patchmatch", "patchmatch+2")]
    assert titles == ["PatchMatch", "PatchMatch · sample 2"]
    assert run_entry(ENTRIES, "edge_connect-x+sketch").title.endswith("· sketch")
