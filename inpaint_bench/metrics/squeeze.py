"""A perceptual distance through SqueezeNet 1.1, for machines without VGG or AlexNet weights.

Seven activations, each scaled to unit length at every position; the squared difference summed
over channels and averaged over positions; the sum over the seven. That is the form of LPIPS
without its learned weights, through a network from another training run: it is not LPIPS, has
its own name, and its values must not be compared with LPIPS.

The weights are `squeezenet1_1_imagenet.safetensors` (features in torchvision's layout, input
RGB in [0,1]), looked for in the folder that the variable INPAINT_BACKBONES names and in
`backbones` beside the data root.
"""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from pathlib import Path

import torch
from torch import Tensor

from inpaint_bench.errors import WeightsError
from inpaint_bench.metrics._base import Metric, large_enough, register, whole_picture
from inpaint_bench.metrics._deep import Activations, both

__all__ = ["FILE", "VARIABLE", "find_squeezenet", "perceptual_squeeze", "unit_distance"]

FILE = "squeezenet1_1_imagenet.safetensors"
VARIABLE = "INPAINT_BACKBONES"
_DATA_ROOT = "INPAINT_DATA"
_SHA256 = "620514d9e1f24e97904f8a6f3534468feb811b6363575cf3bf0cb3e1725132aa"
_TAPS = (1, 4, 7, 9, 10, 11, 12)  # relu of conv1, and seven of the eight fire modules' outputs
_SMALLEST = 32
_TINY = 1e-10


def perceptual_squeeze(result: Tensor, truth: Tensor) -> Tensor:
    """Return the distance of unit-length SqueezeNet activations of each picture.

    Args:
        result, truth: Bx3xHxW in [0,1], at least 32x32.

    Returns:
        B values of 0 or more, float64; 0 for identical pictures.

    Raises:
        ImageError: the pictures are smaller.
        WeightsError: the weights are not on this machine, or not the known ones.
    """
    return unit_distance(*both(_network(result.device), result, truth))


def unit_distance(found: list[Tensor], wanted: list[Tensor]) -> Tensor:
    """Return the sum over layers of the mean over positions of |a / |a| - b / |b||^2."""
    total = 0.0
    for a, b in zip(found, wanted, strict=True):
        difference = _unit(a) - _unit(b)
        total = total + difference.square_().sum(dim=1).mean(dim=(1, 2), dtype=torch.float64)
    return total


def _unit(activations: Tensor) -> Tensor:
    return activations / (activations.norm(dim=1, keepdim=True) + _TINY)


def find_squeezenet() -> Path:
    """Return the verified file.

    Raises:
        WeightsError: it is nowhere, or it is another file; says where to put it.
    """
    places = [Path(named) for named in (os.environ.get(VARIABLE),) if named]
    places.append(Path(os.environ.get(_DATA_ROOT) or "data").parent / "backbones")
    for place in places:
        path = place.expanduser() / FILE
        if path.is_file():
            if _sha256(path, path.stat().st_mtime_ns) != _SHA256:
                raise WeightsError(f"{path} is not the known file: expected sha256 {_SHA256[:12]}")
            return path
    raise WeightsError(
        f"no weights of SqueezeNet 1.1: put {FILE} into a folder and name that with the variable "
        f"{VARIABLE}"
    )


@lru_cache(maxsize=4)
def _sha256(path: Path, changed: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@lru_cache(maxsize=2)
def _load(path: Path, device: torch.device) -> Activations:
    from safetensors.torch import load_file
    from torchvision.models import squeezenet1_1

    with torch.random.fork_rng(devices=[]):  # building draws weights that are replaced
        layers = squeezenet1_1(weights=None).features
    state = {name.removeprefix("features."): value for name, value in load_file(path).items()}
    layers.load_state_dict(state)
    return Activations(layers, _TAPS, smallest=_SMALLEST, name="SqueezeNet").to(device)


def _network(device: torch.device) -> Activations:
    return _load(find_squeezenet(), device)


def _prepare() -> None:
    """Make sure that the weights are here."""
    _network(torch.device("cpu"))


register(
    Metric(
        name="perceptual_squeeze",
        title="Perceptual (SqueezeNet)",
        higher_is_better=False,
        unit="",
        definition="sum over seven activations of SqueezeNet 1.1 (ImageNet), scaled to unit "
        "length at every position, of the mean over positions of the squared distance, on the "
        "composite; no learned weights: not LPIPS and not comparable with it",
        reference="the unweighted form of equation 1 of Zhang et al. 2018, The Unreasonable "
        "Effectiveness of Deep Features as a Perceptual Metric, through another network",
        version="1",
        compute=large_enough(whole_picture(perceptual_squeeze), _SMALLEST),
        smallest=_SMALLEST,
        prepare=_prepare,
    ),
    raw=True,
)
