"""The SqueezeNet distance: found, verified, computed, and never called LPIPS."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torchvision.models import squeezenet1_1

from inpaint_bench.errors import ImageError, WeightsError
from inpaint_bench.metrics import METRICS
from inpaint_bench.metrics.squeeze import (
    FILE,
    VARIABLE,
    find_squeezenet,
    perceptual_squeeze,
    unit_distance,
)

SHARED = Path(__file__).parents[3] / "shared" / "backbones"


@pytest.fixture
def here(monkeypatch) -> Path:
    if not (SHARED / FILE).is_file():
        pytest.skip(f"../shared/backbones/{FILE} is not here")
    monkeypatch.setenv(VARIABLE, str(SHARED))
    return SHARED / FILE


def test_it_is_found_by_its_variable_or_beside_the_data(here, monkeypatch, tmp_path):
    assert find_squeezenet() == here
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setenv("INPAINT_DATA", str(SHARED.parent / "data"))
    assert find_squeezenet() == here
    monkeypatch.setenv("INPAINT_DATA", str(tmp_path / "data"))
    with pytest.raises(WeightsError, match=f"put {FILE} into a folder and name that with"):
        METRICS["perceptual_squeeze"].prepare()


def test_another_file_of_that_name_is_refused(monkeypatch, tmp_path):
    (tmp_path / FILE).write_bytes(b"something else")
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    with pytest.raises(WeightsError, match="is not the known file"):
        METRICS["perceptual_squeeze"].prepare()


def test_the_distance_is_that_of_unit_activations_of_torchvisions_layers(here):
    network = squeezenet1_1(weights=None).features.eval()
    network.load_state_dict({k.removeprefix("features."): v for k, v in load_file(here).items()})
    a, b = torch.rand(2, 1, 3, 64, 48, generator=torch.Generator().manual_seed(0))
    expected, x, y = 0.0, a, b
    with torch.no_grad():
        for index, layer in enumerate(network):
            x, y = layer(x), layer(y)
            if index in (1, 4, 7, 9, 10, 11, 12):
                u, v = (torch.nn.functional.normalize(z, dim=1) for z in (x, y))
                expected += float((u - v).square().sum(dim=1).mean())
    found = METRICS["perceptual_squeeze"].compute(a, b, a[:, :1])
    assert found.item() == pytest.approx(expected, rel=1e-4)
    assert METRICS["perceptual_squeeze"].compute(a, a, a[:, :1]).item() == 0.0


def test_it_sees_blur_as_worse_than_a_shade_of_brightness(here):
    from skimage import data

    truth = torch.from_numpy(data.astronaut()[:256, :256] / 255).permute(2, 0, 1)[None].float()
    blurred = torch.nn.functional.avg_pool2d(truth, 9, stride=1, padding=4)
    darker = truth * 0.9
    compute = METRICS["perceptual_squeeze"].compute
    assert compute(blurred, truth, truth[:, :1]) > 3 * compute(darker, truth, truth[:, :1])


def test_its_words_say_that_it_is_not_lpips():
    metric = METRICS["perceptual_squeeze"]
    assert "lpips" not in metric.name and "LPIPS" not in metric.title
    assert "not LPIPS" in metric.definition


def test_channels_of_unit_length_differ_by_two_minus_twice_their_cosine():
    a, b = torch.rand(2, 1, 5, 1, 1)
    cosine = torch.nn.functional.cosine_similarity(a, b, dim=1)
    assert unit_distance([a], [b]).item() == pytest.approx(2 - 2 * cosine.item(), abs=1e-5)


def test_pictures_that_are_too_small_have_none(here):
    metric, small = METRICS["perceptual_squeeze"], torch.rand(2, 1, 3, 31, 40)
    with pytest.raises(ImageError, match="SqueezeNet needs 3 colour channels of at least 32x32"):
        perceptual_squeeze(*small)
    assert metric.smallest == 32 and metric.compute(*small, None).isnan().tolist() == [True]
    assert metric.compute(*torch.rand(2, 1, 3, 32, 40), None).isfinite().all()
