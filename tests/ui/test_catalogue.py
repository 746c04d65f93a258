from __future__ import annotations

from dataclasses import replace

import torch

from inpaint_bench import list_variants
from inpaint_bench.models import MODELS
from inpaint_bench.types import Variant
from inpaint_bench.ui.catalogue import GROUPS, catalogue, count_parameters, default_names, entry_of


def test_every_variant_of_the_manifest_is_shown_in_its_order():
    entries = catalogue()
    assert [entry.name for entry in entries] == [variant.name for variant in list_variants()]
    assert all(entry.title and entry.group in GROUPS and entry.paper for entry in entries)


def test_titles_tell_variants_of_one_architecture_apart():
    titles = [entry.title for entry in catalogue()]
    assert len(titles) == len(set(titles))
    learned = Variant("deepfill_v2-places2-tf", "deepfill_v2", provenance="converted")
    assert entry_of(learned).title == "DeepFill v2 · places2-tf"
    assert entry_of(learned).group == "Learned"


def test_three_quick_methods_are_ticked_where_there_are_no_networks():
    classical = [entry for entry in catalogue() if entry.group == "Classical"]
    assert len(default_names(classical)) == 3


def test_bundled_networks_are_ticked_at_first():
    networks = [
        replace(
            entry_of(Variant(f"{name}-x", name, source="bundled", provenance="trained here")),
            missing="",
        )
        for name in ("pconv_unet", "deepfill_v2")
    ]
    classical = [entry for entry in catalogue() if entry.group == "Classical"]
    chosen = default_names([*classical, *networks, *catalogue()])
    assert chosen == ["telea", "pconv_unet-x", "deepfill_v2-x"]


def test_parameters_are_counted_as_the_network_itself_counts_them():
    variant = Variant("deepfill_v2-x", "deepfill_v2", options={"width": 8})
    model = MODELS["deepfill_v2"](width=8)
    assert isinstance(model, torch.nn.Module)
    assert count_parameters(variant) == sum(p.numel() for p in model.parameters()) > 0
    assert count_parameters(Variant("telea", "telea")) == 0


def test_weights_that_are_not_here_are_told_how_to_get_and_never_ticked(monkeypatch, tmp_path):
    monkeypatch.setenv("INPAINT_WEIGHTS", str(tmp_path))
    entries = catalogue()
    absent = [entry for entry in entries if entry.variant.source in ("hub", "url", "manual")]
    assert absent
    for entry in absent:
        assert "python -m inpaint_bench weights" in entry.missing
    assert not {entry.name for entry in absent} & set(default_names(entries))
    bundled = [entry for entry in entries if entry.variant.source in ("bundled", "none")]
    assert bundled and not any(entry.missing for entry in bundled)
