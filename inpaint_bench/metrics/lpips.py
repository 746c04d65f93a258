"""LPIPS, version 0.1, with AlexNet or VGG-16: the distance of Zhang et al. 2018 through their own
package.

The linear heads ship in the `lpips` package; the trunks are torchvision's, whose weights
`metrics.features` fetches and verifies. Without them there is no LPIPS.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

import torch
from torch import Tensor, nn

from inpaint_bench.errors import ImageError, WeightsError
from inpaint_bench.metrics._base import Metric, check_pair, large_enough, register, whole_picture
from inpaint_bench.metrics.features import ALEXNET, VGG16, load_backbone

__all__ = ["build_lpips", "lpips_alex", "lpips_distance", "lpips_vgg"]

Trunk = Literal["alex", "vgg"]

_TRUNKS = {"alex": ("AlexNet", ALEXNET), "vgg": ("VGG-16", VGG16)}
_SMALLEST = 31  # AlexNet's last pooling is left with one pixel
_REFERENCE = (
    "Zhang et al. 2018, The Unreasonable Effectiveness of Deep Features as a Perceptual Metric"
)


def lpips_alex(result: Tensor, truth: Tensor) -> Tensor:
    """Return the LPIPS distance of each picture through AlexNet.

    Args:
        result, truth: Bx3xHxW in [0,1], at least 31x31.

    Returns:
        B values of 0 or more, float64; 0 for identical pictures.

    Raises:
        ImageError: the pictures are smaller.
        WeightsError: the weights are missing and cannot be fetched.

    Reference:
        Zhang, Isola, Efros, Shechtman, Wang 2018, The Unreasonable Effectiveness of Deep
        Features as a Perceptual Metric, equation 1.
    """
    return lpips_distance(_network("alex", result.device), result, truth)


def lpips_vgg(result: Tensor, truth: Tensor) -> Tensor:
    """Return the LPIPS distance of each picture through VGG-16; as `lpips_alex`."""
    return lpips_distance(_network("vgg", result.device), result, truth)


def lpips_distance(network: nn.Module, result: Tensor, truth: Tensor) -> Tensor:
    """Return the distances that an `lpips.LPIPS` network gives; arguments as `lpips_alex`."""
    check_pair(result, truth)
    channels, height, width = result.shape[1:]
    if channels != 3 or min(height, width) < _SMALLEST:
        raise ImageError(
            f"LPIPS needs 3 colour channels of at least {_SMALLEST}x{_SMALLEST} pixels, got "
            f"{channels} of {height}x{width}"
        )
    with torch.inference_mode():
        distance = network(result.float(), truth.float(), normalize=True)  # Bx1x1x1
    return distance.flatten().double()


def build_lpips(net: Trunk, trunk: Mapping[str, Tensor]) -> nn.Module:
    """Return LPIPS with the package's heads and a trunk in torchvision's layout.

    Args:
        net: "alex" or "vgg".
        trunk: state dict of torchvision's AlexNet or VGG-16; only `features.*` is used.

    Raises:
        WeightsError: the `lpips` package is not installed, or the trunk does not fit.
    """
    try:
        import lpips
    except ImportError as error:
        raise WeightsError(f"{error}: pip install -r requirements.txt") from error

    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")  # lpips asks torchvision in a way that is deprecated
        network = lpips.LPIPS(net=net, version="0.1", pnet_rand=True, verbose=False)
    state = network.net.state_dict()  # slice2.3.weight is torchvision's features.3.weight
    try:
        loaded = {name: trunk[f"features.{name.split('.', 1)[1]}"] for name in state}
        network.net.load_state_dict(loaded)
    except (KeyError, RuntimeError) as error:
        raise WeightsError(f"these weights do not fit {_TRUNKS[net][0]}: {error}") from error
    return network.eval().requires_grad_(False)


@lru_cache(maxsize=4)
def _network(net: Trunk, device: torch.device) -> nn.Module:
    return build_lpips(net, load_backbone(_TRUNKS[net][1])).to(device)


def _prepare_alex() -> None:
    """Make sure that LPIPS through AlexNet can be computed here."""
    _network("alex", torch.device("cpu"))


def _prepare_vgg() -> None:
    """Make sure that LPIPS through VGG-16 can be computed here."""
    _network("vgg", torch.device("cpu"))


register(
    Metric(
        name="lpips_alex",
        title="LPIPS (Alex)",
        higher_is_better=False,
        unit="",
        definition="distance of AlexNet features under the learned heads of lpips 0.1, mean "
        "over pixels, on the composite",
        reference=f"{_REFERENCE}; as lpips.LPIPS(net='alex', version='0.1')",
        version="1",
        compute=large_enough(whole_picture(lpips_alex), _SMALLEST),
        smallest=_SMALLEST,
        prepare=_prepare_alex,
    ),
    raw=True,
)
register(
    Metric(
        name="lpips_vgg",
        title="LPIPS (VGG)",
        higher_is_better=False,
        unit="",
        definition="distance of VGG-16 features under the learned heads of lpips 0.1, mean over "
        "pixels, on the composite",
        reference=f"{_REFERENCE}; as lpips.LPIPS(net='vgg', version='0.1')",
        version="1",
        compute=large_enough(whole_picture(lpips_vgg), _SMALLEST),
        smallest=_SMALLEST,
        prepare=_prepare_vgg,
    ),
    raw=True,
)
