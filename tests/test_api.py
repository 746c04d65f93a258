"""The public functions tell bad arguments in one line, as errors of the package's own."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import inpaint_bench
from inpaint_bench import inpaint, load
from inpaint_bench.errors import ImageError, MaskError, ModelError, UnknownNameError
from inpaint_bench.models import MODELS

IMAGE, HOLE = torch.rand(1, 3, 16, 16), torch.zeros(1, 1, 16, 16)
HOLE[..., 4:9, 4:9] = 1


@pytest.fixture(scope="module")
def telea():
    return load("telea")


@pytest.mark.parametrize(
    ("changes", "error", "told"),
    [
        ({"image": IMAGE[:0], "hole": HOLE[:0]}, ImageError, "(0, 3"),
        ({"image": IMAGE[:, :, :0], "hole": HOLE[:, :, :0]}, ImageError, "3, 0"),
        ({"image": IMAGE.numpy()}, ImageError, "got ndarray: imaging.to_tensor"),
        ({"image": None}, ImageError, "NoneType"),
        ({"hole": HOLE.numpy()}, MaskError, "got ndarray: imaging.hole_to_tensor"),
        ({"hole": None}, MaskError, "NoneType"),
        ({"model": "telea"}, ModelError, "got 'telea': load"),
        ({"model": None}, ModelError, "got None: load"),
        ({"model": MODELS["telea"]}, ModelError, "Telea'>: load"),
        ({"model": torch.nn.Conv2d(3, 3, 1)}, ModelError, "Conv2d"),
        ({"generator": 3}, ModelError, "got 3: torch.Generator"),
    ],
)
def test_an_argument_of_another_kind_is_told_in_one_line(telea, changes, error, told):
    given = {"model": telea, "image": IMAGE, "hole": HOLE, "generator": None} | changes
    model, image, hole = given["model"], given["image"], given["hole"]
    with pytest.raises(error) as caught:
        inpaint(model, image, hole, generator=given["generator"])
    assert told in str(caught.value) and "expected" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_sketch_that_is_no_tensor_is_told():
    model = load("deepfill_v2_sketch-scenes128")
    with pytest.raises(ModelError, match="expected a sketch as a tensor, got ndarray"):
        inpaint(model, IMAGE, HOLE, sketch=HOLE.numpy())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.bool, torch.uint8])
def test_a_hole_of_any_type_gives_the_same_picture(telea, dtype):
    assert torch.equal(inpaint(telea, IMAGE, HOLE.to(dtype)), inpaint(telea, IMAGE, HOLE))


@pytest.mark.parametrize("name", [None, 3, ["telea"], np.float32(1)])
def test_a_name_that_is_none_is_told(name):
    with pytest.raises(UnknownNameError, match="expected the name of a variant"):
        load(name)


def test_a_device_that_is_none_is_told():
    learned = next(v for v in inpaint_bench.list_variants() if v.source == "bundled")
    with pytest.raises(ModelError, match="expected a device of this machine, got 'None'"):
        load(learned.name, device=None)
