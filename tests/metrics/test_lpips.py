"""LPIPS against the lpips package, with the same random trunk on both sides."""

from __future__ import annotations

import warnings

import lpips
import pytest
import torch

from inpaint_bench.errors import ImageError, WeightsError
from inpaint_bench.metrics import METRICS
from inpaint_bench.metrics import lpips as lpips_file
from inpaint_bench.metrics.lpips import _network, build_lpips, lpips_distance


@pytest.fixture(scope="module")
def reference() -> torch.nn.Module:
    """Return the package's own LPIPS with an untrained trunk and its trained heads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return lpips.LPIPS(net="alex", version="0.1", pnet_rand=True, verbose=False)


@pytest.fixture(scope="module")
def trunk(reference) -> dict[str, torch.Tensor]:
    """Return that trunk in torchvision's layout, with the classifier that LPIPS has no use for."""
    state = {}
    for name, value in reference.net.state_dict().items():
        index, kind = name.split(".")[-2:]
        state[f"features.{index}.{kind}"] = value
    return {**state, "classifier.1.weight": torch.zeros(1)}


def test_lpips_equals_the_package_with_the_same_trunk(reference, trunk):
    network = build_lpips("alex", trunk)
    a, b = torch.rand(2, 2, 3, 64, 71, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = reference(a * 2 - 1, b * 2 - 1).flatten()
    found = lpips_distance(network, a, b)
    assert found.dtype == torch.float64 and float(found.min()) > 0.0
    torch.testing.assert_close(found.float(), expected, rtol=1e-6, atol=1e-7)


def test_lpips_through_vgg_equals_the_package_with_the_same_trunk():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = lpips.LPIPS(net="vgg", version="0.1", pnet_rand=True, verbose=False)
    state = theirs.net.state_dict()
    trunk = {f"features.{name.split('.', 1)[1]}": value for name, value in state.items()}
    a, b = torch.rand(2, 1, 3, 40, 48, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = theirs(a * 2 - 1, b * 2 - 1).flatten()
    found = lpips_distance(build_lpips("vgg", trunk), a, b)
    assert found.dtype == torch.float64 and float(found.min()) > 0.0
    torch.testing.assert_close(found.float(), expected, rtol=1e-6, atol=1e-7)


def test_the_trunk_is_used(trunk):
    a, b = torch.rand(2, 1, 3, 64, 64)
    other = {name: value * 0.5 + 0.01 for name, value in trunk.items()}
    first = lpips_distance(build_lpips("alex", trunk), a, b)
    assert not torch.allclose(first, lpips_distance(build_lpips("alex", other), a, b))


def test_a_batch_gives_what_its_pictures_give_alone(trunk):
    network = build_lpips("alex", trunk)
    a, b = torch.rand(2, 3, 3, 48, 48)
    alone = torch.cat([lpips_distance(network, a[i : i + 1], b[i : i + 1]) for i in range(3)])
    torch.testing.assert_close(lpips_distance(network, a, b), alone, rtol=1e-5, atol=1e-7)


def test_identical_pictures_have_no_distance(trunk):
    picture = torch.rand(2, 3, 40, 40)
    assert lpips_distance(build_lpips("alex", trunk), picture, picture).tolist() == [0.0, 0.0]


def test_building_leaves_the_random_state_alone(trunk):
    before = torch.get_rng_state()
    build_lpips("alex", trunk)
    assert torch.equal(before, torch.get_rng_state())


def test_pictures_that_the_trunk_cannot_take_are_refused(trunk):
    network = build_lpips("alex", trunk)
    assert lpips_distance(network, torch.rand(1, 3, 31, 31), torch.rand(1, 3, 31, 31)).isfinite()
    for shape in ((1, 3, 30, 64), (1, 1, 64, 64)):
        with pytest.raises(ImageError, match="LPIPS needs 3 colour channels of at least 31x31"):
            lpips_distance(network, torch.rand(shape), torch.rand(shape))


@pytest.mark.parametrize("name", ["lpips_alex", "lpips_vgg"])
def test_pictures_that_are_too_small_have_none(name, trunk, monkeypatch):
    monkeypatch.setattr(lpips_file, "_network", lambda net, device: build_lpips("alex", trunk))
    metric, small = METRICS[name], torch.rand(2, 2, 3, 30, 40)
    assert metric.smallest == 31 and metric.compute(*small, None).isnan().tolist() == [True, True]
    assert metric.compute(*torch.rand(2, 1, 3, 31, 40), None).isfinite().all()


def test_weights_of_another_network_are_refused():
    with pytest.raises(WeightsError, match="do not fit AlexNet"):
        build_lpips("alex", {"features.0.weight": torch.zeros(3)})


def test_lpips_is_empty_without_its_weights(monkeypatch, tmp_path):
    """Whatever is missing, the metric says so and gives no number."""
    from inpaint_bench import web

    def offline(*args, **kwargs):
        raise OSError("no internet")

    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(web, "urlopen", offline)
    _network.cache_clear()
    with pytest.raises(WeightsError, match="alexnet-owt-7be5be79.pth.*put it into"):
        METRICS["lpips_alex"].prepare()
    picture = torch.rand(1, 3, 64, 64)
    with pytest.raises(WeightsError, match="no internet"):
        METRICS["lpips_alex"].compute(picture, picture, picture[:, :1])
