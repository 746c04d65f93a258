"""The distances through VGG against the layers called one by one, with the same random weights."""

from __future__ import annotations

import pytest
import torch
from torchvision.models import vgg16, vgg19

from inpaint_bench.errors import ImageError, WeightsError
from inpaint_bench.metrics import METRICS, _deep, pconv, recurrent
from inpaint_bench.metrics._deep import build_vgg, gram_distance


@pytest.fixture(scope="module")
def states() -> dict[int, dict[str, torch.Tensor]]:
    """Return the features of random networks in torchvision's layout."""
    torch.manual_seed(0)
    states = {}
    for depth, build in ((16, vgg16), (19, vgg19)):
        with torch.device("meta"):  # the classifier's 500 MB are never needed
            layers = build(weights=None).features
        layers = layers.to_empty(device="cpu")
        for layer in layers:
            if isinstance(layer, torch.nn.Conv2d):
                layer.reset_parameters()
        states[depth] = {f"features.{k}": v for k, v in layers.state_dict().items()}
    return states


@pytest.fixture
def random_vgg(states, monkeypatch):
    """Let the metrics look through those instead of the published weights."""

    def load(depth, backbone, taps, normalise, device):
        return build_vgg(depth, states[depth], taps, normalise=normalise)

    for module in (pconv, recurrent):
        monkeypatch.setattr(module, "vgg", load)


@pytest.fixture
def pictures() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    result, truth = torch.rand(2, 2, 3, 48, 40, generator=generator)
    return result, truth, torch.ones(2, 1, 48, 40)


def activations(build, state, picture):
    """Give the output of every layer of torchvision's network for one picture."""
    with torch.device("meta"):
        layers = build(weights=None).features
    layers.load_state_dict({k.removeprefix("features."): v for k, v in state.items()}, assign=True)
    found, x = [], picture
    with torch.no_grad():
        for layer in layers:
            if isinstance(layer, torch.nn.ReLU):
                layer.inplace = False
            x = layer(x)
            found.append(x)
    return found


def gram(x):
    channels, height, width = x.shape[1:]
    return torch.einsum("bihw,bjhw->ij", x, x) / (channels * height * width)


MEAN, STD = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])


def test_pconv_sums_three_poolings_of_normalised_pictures(random_vgg, states, pictures):
    result, truth, hole = pictures
    perceptual = METRICS["pconv_perceptual"].compute(*pictures)
    style = METRICS["pconv_style"].compute(*pictures)
    for i in range(2):
        normal = [(x[i : i + 1] - MEAN.view(3, 1, 1)) / STD.view(3, 1, 1) for x in (result, truth)]
        a, b = (activations(vgg16, states[16], x) for x in normal)
        pools = (4, 9, 16)
        expected = sum(float((a[n] - b[n]).abs().mean()) for n in pools)
        assert float(perceptual[i]) == pytest.approx(expected, rel=1e-5)
        expected = sum(
            float((gram(a[n]) - gram(b[n])).abs().sum()) / a[n].shape[1] ** 2 for n in pools
        )
        assert float(style[i]) == pytest.approx(expected, rel=1e-4)
    with torch.device("meta"):
        layers = vgg16(weights=None).features
    assert [isinstance(layer, torch.nn.MaxPool2d) for layer in layers][:17].count(True) == 3
    assert all(isinstance(layers[n], torch.nn.MaxPool2d) for n in pools)


def test_the_recurrent_paper_sums_five_and_four_layers_of_pictures_as_they_are(
    random_vgg, states, pictures
):
    result, truth, hole = pictures
    perceptual = METRICS["recurrent_perceptual"].compute(*pictures)
    style = METRICS["recurrent_style"].compute(*pictures)
    for i in range(2):
        a, b = (activations(vgg19, states[19], x[i : i + 1]) for x in (result, truth))
        layers = named("11", "21", "31", "41", "51")
        expected = sum(float((a[n] - b[n]).abs().mean()) for n in layers)
        assert float(perceptual[i]) == pytest.approx(expected, rel=1e-5)
        layers = named("22", "34", "44", "52")
        expected = sum(float((gram(a[n]) - gram(b[n])).abs().mean()) for n in layers)
        assert float(style[i]) == pytest.approx(expected, rel=1e-4)


def named(*names: str) -> list[int]:
    """Give the indices of relu<block>_<number> in torchvision's VGG-19, by counting its layers."""
    with torch.device("meta"):
        layers = vgg19(weights=None).features
    places, block, number = {}, 1, 0
    for index, layer in enumerate(layers):
        if isinstance(layer, torch.nn.ReLU):
            number += 1
            places[f"{block}{number}"] = index
        if isinstance(layer, torch.nn.MaxPool2d):
            block, number = block + 1, 0
    return [places[name] for name in names]


DEEP = ("pconv_perceptual", "pconv_style", "recurrent_perceptual", "recurrent_style")


@pytest.mark.parametrize("name", DEEP)
def test_identical_pictures_have_no_distance_and_a_batch_gives_what_each_gives(
    name, random_vgg, pictures
):
    result, truth, hole = pictures
    assert METRICS[name].compute(truth, truth, hole).tolist() == [0.0, 0.0]
    together = METRICS[name].compute(*pictures)
    alone = [METRICS[name].compute(*(x[i : i + 1] for x in pictures)) for i in range(2)]
    assert together.dtype == torch.float64
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-5, atol=1e-9)


def test_grams_of_a_worked_example():
    a = torch.tensor([[[[1.0, 2.0]], [[0.0, 1.0]]]])  # 2 channels of 1x2
    # products / (2 * 1 * 2): [[5, 2], [2, 1]] / 4
    assert gram_distance([a], [0 * a]).item() == pytest.approx((5 + 2 + 2 + 1) / 4 / 4)


def test_pictures_that_are_too_small_or_grey_are_refused(random_vgg):
    with pytest.raises(ImageError, match="VGG-19 needs 3 colour channels of at least 16x16"):
        recurrent.recurrent_style(*torch.rand(2, 1, 3, 15, 40))
    with pytest.raises(ImageError, match="VGG-16 needs 3 colour channels of at least 8x8"):
        pconv.pconv_style(*torch.rand(2, 1, 3, 7, 40))
    with pytest.raises(ImageError, match="VGG-16 needs 3 colour channels"):
        METRICS["pconv_style"].compute(*torch.rand(2, 1, 1, 40, 40), None)


@pytest.mark.parametrize("name", DEEP)
def test_the_metric_of_pictures_that_are_too_small_is_none(name, random_vgg):
    metric, side = METRICS[name], 8 if name.startswith("pconv") else 16
    assert metric.smallest == side
    small, enough = torch.rand(2, 2, 3, side - 1, 40), torch.rand(2, 2, 3, side, 40)
    assert metric.compute(*small, None).isnan().tolist() == [True, True]
    assert metric.compute(*enough, None).isfinite().all()


def test_weights_of_another_network_are_refused(states):
    with pytest.raises(WeightsError, match="do not fit VGG-19"):
        build_vgg(19, states[16], (1,), normalise=False)


@pytest.mark.parametrize("name", [*DEEP, "lpips_vgg"])
def test_without_the_weights_the_line_says_what_to_fetch(name, monkeypatch, tmp_path):
    from inpaint_bench import web

    def offline(*args, **kwargs):
        raise OSError("no internet")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(web, "urlopen", offline)
    _deep.vgg.cache_clear()
    with pytest.raises(WeightsError, match="vgg1[69]-.*pth.*put it into"):
        METRICS[name].prepare()
