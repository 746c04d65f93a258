from __future__ import annotations

import numpy as np
import pytest
import torch

from inpaint_bench import inpaint
from inpaint_bench.imaging import hole_to_tensor, to_tensor, to_uint8
from inpaint_bench.models import MODELS, LearnedInpainter
from inpaint_bench.types import Completion, Traits
from inpaint_bench.ui.stages import run_with_stages

SIZE = (44, 60)  # no multiple of what networks ask for


@pytest.fixture
def picture():
    return np.random.default_rng(2).integers(0, 256, (*SIZE, 3), dtype=np.uint8)


@pytest.fixture
def hole():
    hole = np.zeros(SIZE, bool)
    hole[10:30, 20:45] = True
    return hole


class Steps(LearnedInpainter):
    """Gives a dark picture and a map of one channel on its way to a bright one."""

    traits = Traits(title="Steps", family="test", paper="", multiple=16, stages=("dark", "map"))

    def complete(self, image, hole, *, sketch=None, generator=None, explain=False):
        stages = {"dark": image * 0 + 0.2, "map": hole * 0.6, "odd": image[:, :2]}
        return Completion(image=image * 0 + 0.8, stages=stages)


def run(model, picture, hole):
    return run_with_stages(
        model,
        to_tensor(picture),
        hole_to_tensor(hole),
        sketch=None,
        generator=torch.Generator().manual_seed(0),
    )


def test_stages_are_composited_and_cut_to_the_photograph(picture, hole):
    result, stages = run(Steps(), picture, hole)
    assert list(stages) == ["dark", "map"]
    assert (to_uint8(result)[hole] == 204).all() and (stages["dark"][hole] == 51).all()
    assert np.array_equal(stages["dark"][~hole], picture[~hole])
    assert (stages["map"][hole] == 153).all() and (stages["map"][~hole] == 0).all()


def test_a_watched_network_gives_what_it_gives_alone(picture, hole):
    torch.manual_seed(3)
    model = MODELS["deepfill_v2"](width=4).eval()
    result, stages = run(model, picture, hole)
    alone = inpaint(model, to_tensor(picture), hole_to_tensor(hole))
    assert torch.equal(result, alone)
    assert list(stages) == ["coarse"] and stages["coarse"].shape == picture.shape
    assert not np.array_equal(stages["coarse"], to_uint8(result))


@pytest.mark.parametrize("name", ["telea", "parts"])
def test_there_are_no_stages_of_one_stage_or_of_parts_of_a_photograph(picture, hole, name):
    model = MODELS["telea"]() if name == "telea" else Steps()
    if name == "parts":
        model.__class__ = type("Small", (Steps,), {"side": 32})
    result, stages = run(model, picture, hole)
    assert stages == {} and result.shape == (1, 3, *SIZE)
