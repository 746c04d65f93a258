"""Feature networks read the released layouts, without their weights being here."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torchvision.models import resnet50, squeezenet1_1, vgg19

from inpaint_bench.errors import WeightsError
from trainers.losses import features
from trainers.losses.features import FeatureNetwork, ade20k_features, vgg19_features
from trainers.recipes import RECIPES
from trainers.recipes._base import feature_network


def _released_names() -> dict[str, torch.Tensor]:
    """MIT's encoder: a ResNet-50 whose first convolution is three of 3x3 (64, 64, 128)."""
    state = {
        name: tensor
        for name, tensor in resnet50(weights=None).state_dict().items()
        if name.startswith("layer")
    }
    state["layer1.0.conv1.weight"] = torch.randn(64, 128, 1, 1)
    state["layer1.0.downsample.0.weight"] = torch.randn(256, 128, 1, 1)
    for i, (before, after) in enumerate(((3, 64), (64, 64), (64, 128)), start=1):
        state[f"conv{i}.weight"] = torch.randn(after, before, 3, 3) * 0.1
        for name, tensor in nn.BatchNorm2d(after).state_dict().items():
            state[f"bn{i}.{name}"] = tensor
    return state


def test_the_ade20k_encoder_keeps_an_eighth_of_the_size_in_its_last_stages(tmp_path):
    torch.save(_released_names(), tmp_path / "encoder_epoch_20.pth")
    network = ade20k_features(tmp_path / "encoder_epoch_20.pth")
    with torch.no_grad():
        shapes = [tuple(x.shape[1:]) for x in network(torch.rand(1, 3, 64, 64))]
    assert shapes == [(256, 16, 16), (512, 8, 8), (1024, 8, 8), (2048, 8, 8)]


def test_another_network_in_its_place_is_refused(tmp_path):
    torch.save(squeezenet1_1(weights=None).state_dict(), tmp_path / "x.pth")
    with pytest.raises(WeightsError, match="no dilated ResNet-50"):
        ade20k_features(tmp_path / "x.pth")
    with pytest.raises(WeightsError, match=r"encoder_epoch_20\.pth"):
        ade20k_features(tmp_path / "missing.pth")


def test_vgg19_gives_the_layers_that_the_papers_name(monkeypatch):
    monkeypatch.setattr(features, "_downloaded", lambda build, weights: vgg19(weights=None))
    network = vgg19_features()
    with torch.no_grad():
        content, style = network.content_and_style(torch.rand(1, 3, 32, 32))
    # relu1_1 .. relu5_1, each group after a pooling; relu2_2, relu3_4, relu4_4, relu5_2
    assert [x.shape[1:] for x in content] == [
        (64, 32, 32), (128, 16, 16), (256, 8, 8), (512, 4, 4), (512, 2, 2)
    ]  # fmt: skip
    assert [x.shape[1:] for x in style] == [(128, 16, 16), (256, 8, 8), (512, 4, 4), (512, 2, 2)]
    names = [type(network.layers[i]).__name__ for i in (*network.taps, *network.style_taps)]
    assert set(names) == {"ReLU"}
    convolutions = [isinstance(layer, nn.Conv2d) for layer in network.layers]
    assert [sum(convolutions[: i + 1]) for i in network.taps] == [1, 3, 5, 9, 13]
    assert [sum(convolutions[: i + 1]) for i in network.style_taps] == [4, 8, 12, 14]


def test_deepgin_judges_style_by_the_layers_of_the_perceptual_term(monkeypatch):
    monkeypatch.setattr(features, "_downloaded", lambda build, weights: vgg19(weights=None))
    network = feature_network(RECIPES["deepgin"].backbone, None)
    content, style = network.content_and_style(torch.rand(1, 3, 32, 32))
    assert [x.shape[1] for x in style] == [64, 128, 256, 512, 512]
    assert all(torch.equal(a, b) for a, b in zip(content, style, strict=True))


@pytest.mark.parametrize("name", ["edge_connect", "recurrent_sobel"])
def test_features_of_pictures_as_they_are_stand_where_the_published_code_has_them(
    name, monkeypatch
):
    monkeypatch.setattr(features, "_downloaded", lambda build, weights: vgg19(weights=None))
    network, normalised = feature_network(RECIPES[name].backbone, None), vgg19_features()
    picture = torch.rand(1, 3, 32, 32)
    assert torch.equal(network(picture)[0], network.layers[:2](picture))
    assert not torch.equal(normalised(picture)[0], normalised.layers[:2](picture))
    assert (network.taps, network.style_taps) == (normalised.taps, normalised.style_taps)


def test_taps_are_not_overwritten_by_what_follows():
    layers = nn.Sequential(nn.Conv2d(3, 2, 1), nn.ReLU())
    network = FeatureNetwork(layers, (0, 1))
    before, after = network(torch.randn(1, 3, 4, 4))
    assert torch.equal(after, before.relu())


def test_lamas_recipe_without_features_says_which_it_wants():
    with pytest.raises(WeightsError, match=r"expected features.*encoder_epoch_20\.pth.*--backbone"):
        feature_network("ade20k", None)
