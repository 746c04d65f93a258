"""Backbones: found, fetched, verified, refused; features against torch-fidelity itself."""

from __future__ import annotations

import hashlib
import http.server
import io
import threading
import time
from collections.abc import Iterator
from unittest import mock

import numpy as np
import pytest
import torch
from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

from inpaint_bench import web
from inpaint_bench.errors import ImageError, WeightsError
from inpaint_bench.metrics import features
from inpaint_bench.metrics.features import (
    ALEXNET,
    INCEPTION,
    Backbone,
    backbone_file,
    build_inception,
    inception_features,
    load_backbone,
)


@pytest.fixture
def weights() -> bytes:
    """Return the bytes of a small state dict."""
    buffer = io.BytesIO()
    torch.save({"weight": torch.arange(4.0)}, buffer)
    return buffer.getvalue()


@pytest.fixture
def server(weights) -> Iterator[str]:
    """Serve `weights` on this machine and give the address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(weights)))
            self.end_headers()
            self.wfile.write(weights)

        def log_message(self, *args: object) -> None:
            """Stay silent."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/toy.pth"
        running.shutdown()


@pytest.fixture
def hub(monkeypatch, tmp_path):
    """Point torch hub at an empty folder and return its folder of checkpoints."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    return tmp_path / "hub" / "checkpoints"


def toy(weights: bytes, address: str) -> Backbone:
    digest = hashlib.sha256(weights).hexdigest()
    return Backbone("a toy", "toy.pth", digest, 1, lambda: address)


def test_a_missing_backbone_is_fetched_once_and_verified(hub, server, weights):
    backbone = toy(weights, server)
    assert load_backbone(backbone)["weight"].tolist() == [0, 1, 2, 3]
    with mock.patch.object(web, "urlopen", side_effect=AssertionError("fetched again")):
        assert backbone_file(backbone) == hub / "toy.pth"
    assert [file.name for file in hub.iterdir()] == ["toy.pth"]


def test_a_download_with_another_hash_is_thrown_away(hub, server):
    with pytest.raises(WeightsError, match="the download had sha256"):
        backbone_file(toy(b"other", server))
    assert list(hub.iterdir()) == []


def test_a_changed_file_is_refused_by_name(hub, weights):
    hub.mkdir(parents=True)
    (hub / "toy.pth").write_bytes(weights + b"x")
    with pytest.raises(WeightsError, match="toy.pth is not a toy: expected sha256"):
        backbone_file(toy(weights, "http://127.0.0.1:1/toy.pth"))


def test_a_file_that_unpickles_code_is_not_run(hub):
    class Evil:
        def __reduce__(self):
            return print, ("ran",)

    buffer = io.BytesIO()
    torch.save({"weight": Evil()}, buffer)
    hub.mkdir(parents=True)
    (hub / "toy.pth").write_bytes(buffer.getvalue())
    with pytest.raises(Exception, match="(?i)weights.only"):
        load_backbone(toy(buffer.getvalue(), ""))


def test_without_internet_the_line_says_what_to_fetch_and_where_to_put_it(hub, monkeypatch):
    monkeypatch.setattr(web, "urlopen", mock.Mock(side_effect=OSError("unreachable")))
    for backbone in (ALEXNET, INCEPTION):
        with pytest.raises(WeightsError) as caught:
            backbone_file(backbone)
        line = str(caught.value)
        assert "\n" not in line and backbone.file in line and str(hub) in line
        assert "unreachable" in line and "https://" in line


def test_a_failed_download_is_tried_once_a_process(hub, monkeypatch, weights):
    asked = mock.Mock(side_effect=OSError("unreachable"))
    monkeypatch.setattr(web, "urlopen", asked)
    backbone = toy(weights, "http://example.invalid/toy.pth")
    for _ in range(3):
        with pytest.raises(WeightsError, match="unreachable"):
            backbone_file(backbone)
    assert asked.call_count == 1


def test_a_look_up_that_hangs_is_given_up_within_the_limit(hub, monkeypatch, weights):
    released = threading.Event()
    monkeypatch.setattr(web, "urlopen", lambda *args, **kwargs: released.wait(30))
    monkeypatch.setattr(features, "_SECONDS", 0.2)
    started = time.perf_counter()
    with pytest.raises(WeightsError, match="no answer within"):
        backbone_file(toy(weights, "http://example.invalid/toy.pth"))
    assert time.perf_counter() - started < 5.0
    released.set()


def test_the_published_names_carry_the_first_digits_of_the_hashes():
    for backbone in (ALEXNET, INCEPTION):
        assert f"-{backbone.sha256[:8]}.pth" in backbone.file
        assert backbone.address().endswith(backbone.file)


@pytest.fixture(scope="module")
def reference() -> FeatureExtractorInceptionV3:
    """Return torch-fidelity's own extractor with random weights."""
    with (
        mock.patch.object(FeatureExtractorInceptionV3, "load_state_dict"),
        mock.patch("torch_fidelity.feature_extractor_inceptionv3.load_state_dict_from_url"),
    ):
        torch.manual_seed(0)
        return FeatureExtractorInceptionV3("reference", ["2048"], verbose=False)


def test_features_equal_torch_fidelity_with_the_same_weights(reference, monkeypatch):
    network = build_inception(reference.state_dict())
    monkeypatch.setattr(features, "_inception", lambda device: network)
    pictures = torch.randint(0, 256, (2, 3, 40, 50), dtype=torch.uint8)
    with torch.no_grad():
        (expected,) = reference(pictures)
    found = inception_features(pictures.float() / 255.0)
    assert found.shape == (2, 2048) and found.dtype == np.float32
    np.testing.assert_allclose(found, expected.numpy(), rtol=1e-5, atol=1e-6)


def test_features_refuse_pictures_of_another_range_or_depth():
    with pytest.raises(ImageError, match=r"expected images in \[0,1\]"):
        inception_features(torch.full((1, 3, 40, 40), 255.0))
    with pytest.raises(ImageError, match="3 colour channels, got 1"):
        inception_features(torch.rand(1, 1, 40, 40))
