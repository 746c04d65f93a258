"""The trained networks that metrics look through: where their weights lie and how they come.

Four backbones, all read only after their sha256 was checked:

- torchvision's AlexNet for LPIPS, and VGG-16 for LPIPS and the distances of PConv,
- torchvision's VGG-19 for the distances of the recurrent convolutions,
- the Inception of the original FID, as torch-fidelity publishes it, for FID, KID, P-IDS, U-IDS.

They lie in torch hub's checkpoint folder (variable TORCH_HOME), where torchvision and
torch-fidelity themselves would put them. A missing file is fetched once; without internet that
fails within seconds, once a process, with a line that says what to fetch and where to put it.
Nothing ever stands in for them.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from http.client import HTTPException, HTTPResponse
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from inpaint_bench.errors import ImageError, WeightsError
from inpaint_bench.metrics._base import check_batch
from inpaint_bench.web import open_address

__all__ = [
    "ALEXNET",
    "INCEPTION",
    "VGG16",
    "VGG19",
    "Backbone",
    "backbone_file",
    "build_inception",
    "inception_features",
    "load_backbone",
    "prepare_inception",
]

_LOG = logging.getLogger(__name__)
_SECONDS = 6.0
_BLOCK = 1 << 20


def _alexnet_address() -> str:
    from torchvision.models import AlexNet_Weights

    return AlexNet_Weights.IMAGENET1K_V1.url


def _vgg16_address() -> str:
    from torchvision.models import VGG16_Weights

    return VGG16_Weights.IMAGENET1K_V1.url


def _vgg19_address() -> str:
    from torchvision.models import VGG19_Weights

    return VGG19_Weights.IMAGENET1K_V1.url


def _inception_address() -> str:
    from torch_fidelity.feature_extractor_inceptionv3 import URL_INCEPTION_V3

    return URL_INCEPTION_V3


@dataclass(frozen=True)
class Backbone:
    """Weights that somebody else published.

    Attributes:
        name: for messages.
        file: its name in torch hub's checkpoint folder.
        sha256: of the file; or its first eight digits, which torchvision puts into the name.
        megabytes: its size, for messages.
        address: gives the address that the owning library would fetch it from.
    """

    name: str
    file: str
    sha256: str
    megabytes: int
    address: Callable[[], str] = field(repr=False)


ALEXNET = Backbone(
    name="torchvision's AlexNet",
    file="alexnet-owt-7be5be79.pth",
    sha256="7be5be791159472b1fbf3c69796f7cb30dca7ad8466c2df70058c37116cdee02",
    megabytes=244,
    address=_alexnet_address,
)
VGG16 = Backbone(
    name="torchvision's VGG-16",
    file="vgg16-397923af.pth",
    sha256="397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0",
    megabytes=553,
    address=_vgg16_address,
)
VGG19 = Backbone(
    name="torchvision's VGG-19",
    file="vgg19-dcbb9e9d.pth",
    sha256="dcbb9e9d",
    megabytes=575,
    address=_vgg19_address,
)
INCEPTION = Backbone(
    name="torch-fidelity's Inception",
    file="weights-inception-2015-12-05-6726825d.pth",
    sha256="6726825d0af5f729cebd5821db510b11b1cfad8faad88a03f1befd49fb9129b2",
    megabytes=96,
    address=_inception_address,
)


def backbone_file(backbone: Backbone) -> Path:
    """Return the verified file of a backbone, fetching it if it is missing.

    Raises:
        WeightsError: it is missing and cannot be fetched (says so within seconds), or it is
            not the published file.
    """
    path = Path(torch.hub.get_dir()) / "checkpoints" / backbone.file
    if not path.is_file():
        try:
            reason = _fetch(backbone, path)
        except ImportError as error:
            raise WeightsError(f"{error}: pip install -r requirements.txt") from error
        if reason:
            raise WeightsError(
                f"no weights of {backbone.name} ({backbone.megabytes} MB): {reason}; fetch "
                f"{backbone.address()} and put it into {path.parent}"
            )
    found = _file_sha256(path, path.stat().st_mtime_ns)
    if not found.startswith(backbone.sha256):
        raise WeightsError(
            f"{path} is not {backbone.name}: expected sha256 {backbone.sha256[:12]}..., got "
            f"{found[:12]}...; delete it"
        )
    return path


def load_backbone(backbone: Backbone) -> dict[str, Tensor]:
    """Return the verified state dict of a backbone, on the CPU.

    Raises:
        WeightsError: as `backbone_file`.
    """
    return torch.load(backbone_file(backbone), map_location="cpu", weights_only=True)


@lru_cache(maxsize=16)
def _file_sha256(path: Path, changed: int) -> str:
    """Return the sha256 of a file's bytes; once a process for each state of the file."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


@lru_cache(maxsize=16)
def _fetch(backbone: Backbone, path: Path) -> str:
    """Download a backbone and return why that failed, or an empty text; once a process."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _LOG.info("fetching %s, %d MB", backbone.name, backbone.megabytes)
        with open_address(backbone.address(), _SECONDS) as response:
            digest = _save(response, temporary)
        if not digest.startswith(backbone.sha256):
            return f"the download had sha256 {digest[:12]}..., not {backbone.sha256[:12]}..."
        os.replace(temporary, path)
    except (OSError, HTTPException) as error:
        return f"the download failed ({' '.join(str(error).split()) or type(error).__name__})"
    finally:
        temporary.unlink(missing_ok=True)
    return ""


def _save(response: HTTPResponse, path: Path) -> str:
    """Write what comes to `path` with a progress bar on terminals; return its sha256."""
    digest = hashlib.sha256()
    total = int(response.headers.get("Content-Length", 0)) or None
    with (
        path.open("wb") as stream,
        tqdm(total=total, unit="B", unit_scale=True, desc=path.stem, disable=None) as bar,
    ):
        while block := response.read(_BLOCK):
            stream.write(block)
            digest.update(block)
            bar.update(len(block))
    return digest.hexdigest()


def prepare_inception() -> None:
    """Make sure that FID's and KID's features can be computed here.

    Raises:
        WeightsError: the weights are missing and cannot be fetched.
    """
    _inception(torch.device("cpu"))


def inception_features(images: Tensor) -> np.ndarray:
    """Return the pooled features of torch-fidelity's Inception.

    The pictures are rounded to 8 bits first, as if they had been stored.

    Args:
        images: Bx3xHxW in [0,1], resized to 299x299 as TensorFlow 1 did inside the network.

    Returns:
        Bx2048 float32.

    Raises:
        ImageError: the pictures are of another shape or range.
        WeightsError: the weights are missing and cannot be fetched.
    """
    check_batch("images", images)
    if images.shape[1] != 3:
        raise ImageError(f"expected 3 colour channels, got {images.shape[1]}")
    with torch.inference_mode():
        (features,) = _inception(images.device)((images * 255.0).round().to(torch.uint8))
    return features.cpu().numpy()


@lru_cache(maxsize=2)
def _inception(device: torch.device) -> nn.Module:
    return build_inception(load_backbone(INCEPTION)).to(device)


def build_inception(state: dict[str, Tensor]) -> nn.Module:
    """Return torch-fidelity's Inception with the weights `state`; gives ("2048",) features.

    Raises:
        WeightsError: torch-fidelity is not installed.
    """
    try:
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3
    except ImportError as error:
        raise WeightsError(f"{error}: pip install -r requirements.txt") from error

    # It unpickles whatever file it is given, so it gets tensors that were read safely.
    buffer = io.BytesIO()
    torch.save(state, buffer)
    buffer.seek(0)
    with torch.random.fork_rng(devices=[]):  # building draws weights that are replaced
        return FeatureExtractorInceptionV3(
            "inception-v3-compat", ["2048"], feature_extractor_weights_path=buffer
        )
