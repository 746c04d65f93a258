"""The released weights that the manifest names: what each table says, and that they would load.

The parity fixtures have the names and shapes of the released checkpoints: files made from them
go the whole way from `weights import` to a network.
"""

from __future__ import annotations

import dataclasses
import re

import pytest
import torch

import inpaint_bench
from inpaint_bench import _api
from inpaint_bench.converters import CONVERTERS
from inpaint_bench.models import MODELS
from inpaint_bench.parity import read_fixture
from inpaint_bench.weights import how_to_get, import_files
from tests.test_parity import FIXTURES

VARIANTS = {variant.name: variant for variant in inpaint_bench.list_variants()}
RELEASED = [v for v in VARIANTS.values() if v.source in ("hub", "url", "manual")]


@pytest.mark.parametrize("variant", RELEASED, ids=lambda variant: variant.name)
def test_a_released_variant_says_all_that_a_reader_and_a_converter_need(variant):
    assert variant.converter in CONVERTERS
    assert variant.convention and variant.trained_on and variant.licence and variant.page
    assert variant.provenance in ("official", "reimplementation", "converted")
    with torch.device("meta"):
        model = MODELS[variant.architecture](**variant.options)
    assert model.side in (None, variant.resolution) and variant.resolution >= 256
    line = how_to_get(variant)
    assert "\n" not in line and variant.name in line and "https://" in line


@pytest.mark.parametrize("variant", RELEASED, ids=lambda variant: variant.name)
def test_openmmlab_s_names_end_in_the_first_digits_of_their_sha256(variant):
    found = re.search(r"-([0-9a-f]{8})\.pth$", variant.file)
    assert variant.sha256_starts == (found[1] if found else "")


def test_every_architecture_with_a_released_checkpoint_has_a_row():
    expected = {
        "pconv_unet",
        "deepfill_v1",
        "deepfill_v2",
        "global_local",
        "edge_connect",
        "pluralistic",
        "lama",
        "aot_gan",
        "mi_gan",
        "mat",
        "deepgin",
        "region_norm",
        "madf",
        "co_mod_gan",
    }
    assert {variant.architecture for variant in RELEASED} == expected


CHECKPOINTS = [
    ("deepfill_v2-places2-tf", {"states_tf_places2.pth": ("deepfill_v2_tf", "G")}),
    ("deepfill_v2-celebahq-pt", {"states_pt_celebahq.pth": ("deepfill_v2", "G")}),
    ("deepfill_v1-imagenet-daa233", {"torch_model.p": ("deepfill_v1", "")}),
    (
        "edge_connect-places2-knazeri",
        {
            "EdgeModel_gen.pth": ("edge_connect_edge", "generator"),
            "InpaintingModel_gen.pth": ("edge_connect_inpaint", "generator"),
        },
    ),
    (
        "pluralistic-imagenet-center",
        {
            "latest_net_E.pth": ("pluralistic_encoder", ""),
            "latest_net_G.pth": ("pluralistic_generator", ""),
        },
    ),
]


@pytest.mark.parametrize(("name", "files"), CHECKPOINTS, ids=[name for name, _ in CHECKPOINTS])
def test_a_checkpoint_as_released_is_imported_and_loads(name, files, tmp_path, cache):
    paths = []
    for file, (fixture, entry) in files.items():
        state = read_fixture(FIXTURES, fixture).state
        content = {entry: state, "iteration": 3} if entry else state
        torch.save(content, tmp_path / file)
        paths.append(tmp_path / file)
    variant = dataclasses.replace(VARIANTS[name], sha256="", size=0)
    assert {path.name for path in paths} == set(variant.names)
    import_files(variant, paths)
    model = _api.build(variant)
    assert model.variant == variant and not model.training
