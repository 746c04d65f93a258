from __future__ import annotations

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
        entry_of(Variant(f"{name}-x", name, source="bundled", provenance="trained here"))
        for name in ("pconv_unet", "deepfill_v2")
    ]
    chosen = default_names([*catalogue(), *networks])
    assert {"telea", "pconv_unet-x", "deepfill_v2-x"} <= set(chosen)


def test_parameters_are_counted_as_the_network_itself_counts_them():
    variant = Variant("deepfill_v2-x", "deepfill_v2", options={"width": 8})
    model = MODELS["deepfill_v2"](width=8)
    assert isinstance(model, torch.nn.Module)
    assert count_parameters(variant) == sum(p.numel() for p in model.parameters()) > 0
    assert count_parameters(Variant("telea", "telea")) == 0
