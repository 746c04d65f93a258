"""`run --precision float64`: networks whose results depend on no batch and no thread."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench import inpaint, list_variants
from inpaint_bench._api import build
from inpaint_bench.bench.plan import make_recipe
from inpaint_bench.bench.precision import in_float64
from inpaint_bench.bench.store import Store
from inpaint_bench.data import freeze
from inpaint_bench.errors import UnknownNameError
from inpaint_bench.metrics import METRICS
from inpaint_bench.types import Variant

BUNDLED = {one.name: one for one in list_variants() if one.source == "bundled"}
ONE_OF_EACH = {one.architecture: one for one in BUNDLED.values()}
PICTURE_METRICS = tuple(name for name in METRICS if name in ("l1", "l1_hole", "psnr", "ssim"))


def _batch() -> tuple[torch.Tensor, torch.Tensor]:
    """Two smooth pictures of noise and their holes."""
    coarse = torch.rand(2, 3, 9, 9, generator=torch.Generator().manual_seed(0))
    image = torch.nn.functional.interpolate(coarse, size=(64, 64), mode="bilinear")
    hole = torch.zeros(2, 1, 64, 64)
    hole[..., 10:50, 20:50] = 1
    return image, hole


def _fill(model, image, hole) -> torch.Tensor:
    return inpaint(model, image, hole, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("architecture", ONE_OF_EACH)
def test_every_layer_of_a_network_computes_in_float64_alike_in_any_batch(architecture):
    image, hole = _batch()
    model = build(ONE_OF_EACH[architecture])
    narrow = _fill(model, image, hole)
    kinds = set()

    def look(module, taken, given):
        tensors = (x for x in (*taken, given) if isinstance(x, torch.Tensor))
        kinds.update(x.dtype for x in tensors if x.is_floating_point())

    wide_model = in_float64(model)
    leaves = [one for one in model.modules() if not list(one.children())]
    for leaf in leaves:
        leaf.register_forward_hook(look)
    wide = _fill(wide_model, image, hole)
    assert kinds == {torch.float64}
    assert wide.dtype == torch.float32 and not torch.equal(wide, narrow)
    assert (wide - narrow).abs().max() < 0.01  # edge_connect amplifies on smooth pictures
    first = _fill(wide_model, image[:1], hole[:1])
    assert model.traits.stochastic or (wide[:1] - first).abs().max() < 1e-7


def test_rows_in_float64_are_equal_in_other_batches_on_other_threads(
    measure, photographs, tmp_path, threads
):
    drawn = {"images": str(photographs), "masks": "free_form"}
    test_set = freeze("three", **drawn, size=128, seed=0, limit=2)
    asked = {"test_sets": (test_set,), "metrics": PICTURE_METRICS, "precision": "float64"}
    # On pictures as smooth as these EdgeConnect rounds hundreds of values otherwise in float32.
    network = BUNDLED["edge_connect-faces128"]
    one = measure(network, folder=tmp_path / "one", threads=1, **asked)[1]
    other = measure(network, folder=tmp_path / "other", threads=3, batch=5, **asked)[1]
    assert len(one) == 12 and set(one["precision"]) == {"float64"} and (one["error"] == "").all()
    for name in PICTURE_METRICS:
        assert (one[name] - other[name]).abs().max() < 1e-9


def test_stages_of_a_network_in_float64_are_measured_too(measure, tmp_path):
    variant = BUNDLED["deepfill_v2-scenes128"]
    measure(variant, stages=True, precision="float64", limit=2)
    found = Store(tmp_path / "run").stage_records()
    assert len(found) == 2 and found["l1"].notna().all()


def test_another_precision_computes_a_networks_rows_again_and_no_others(measure, tmp_path):
    network, classical = BUNDLED["pconv_unet-scenes128"], Variant("telea", "telea")
    before = measure(network, classical, limit=2)[1]
    preparation, after = measure(network, classical, limit=2, precision="float64")
    again = [part.recipe.variant.name for work in preparation.works for part in work.parts]
    assert again == ["pconv_unet-scenes128"]
    stated = after.set_index("variant")["precision"].groupby(level=0).first()
    assert stated.to_dict() == {"pconv_unet-scenes128": "float64", "telea": "float32"}
    assert set(before["precision"]) == {"float32"}
    assert measure(network, classical, limit=2, precision="float64")[0].works == ()


def test_a_precision_that_nobody_has_is_refused_with_those_there_are():
    with pytest.raises(UnknownNameError, match="float16.*float32, float64"):
        make_recipe(Variant("telea", "telea"), precision="float16")
