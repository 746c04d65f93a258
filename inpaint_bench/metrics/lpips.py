"""LPIPS with AlexNet, version 0.1: the distance of Zhang et al. 2018 through their own package.

The linear heads ship in the `lpips` package; the trunk is torchvision's AlexNet, whose weights
`metrics.features` fetches and verifies. Without them there is no LPIPS.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import lru_cache

import torch
from torch import Tensor, nn

from inpaint_bench.errors import ImageError, WeightsError
from inpaint_bench.metrics._base import METRICS, Metric, check_pair, whole_picture
from inpaint_bench.metrics.features import ALEXNET, load_backbone

__all__ = ["build_lpips_alex", "lpips_alex", "lpips_distance"]

_SMALLEST = 31  # the trunk's last pooling is left with one pixel


def lpips_alex(result: Tensor, truth: Tensor) -> Tensor:
    """Return the LPIPS distance of each picture.

    Args:
        result, truth: Bx3xHxW in [0,1], at least 31x31.

    Returns:
        B values of 0 or more, float64; 0 for identical pictures.

    Raises:
        WeightsError: AlexNet's weights are missing and cannot be fetched.

    Reference:
        Zhang, Isola, Efros, Shechtman, Wang 2018, The Unreasonable Effectiveness of Deep
        Features as a Perceptual Metric, equation 1.
    """
    return lpips_distance(_network(result.device), result, truth)


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


def build_lpips_alex(trunk: Mapping[str, Tensor]) -> nn.Module:
    """Return LPIPS with the package's heads and a trunk in torchvision's layout.

    Args:
        trunk: state dict of torchvision's AlexNet; only `features.*` is used.

    Raises:
        WeightsError: the `lpips` package is not installed, or the trunk does not fit.
    """
    try:
        import lpips
    except ImportError as error:
        raise WeightsError(f"{error}: pip install -r requirements.txt") from error

    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")  # lpips asks torchvision in a way that is deprecated
        network = lpips.LPIPS(net="alex", version="0.1", pnet_rand=True, verbose=False)
    state = network.net.state_dict()  # slice2.3.weight is torchvision's features.3.weight
    try:
        loaded = {name: trunk[f"features.{name.split('.', 1)[1]}"] for name in state}
        network.net.load_state_dict(loaded)
    except (KeyError, RuntimeError) as error:
        raise WeightsError(f"these weights do not fit AlexNet: {error}") from error
    return network.eval().requires_grad_(False)


@lru_cache(maxsize=2)
def _network(device: torch.device) -> nn.Module:
    return build_lpips_alex(load_backbone(ALEXNET)).to(device)


def _prepare() -> None:
    """Make sure that LPIPS can be computed here."""
    _network(torch.device("cpu"))


METRICS.register("lpips_alex")(
    Metric(
        name="lpips_alex",
        title="LPIPS (Alex)",
        higher_is_better=False,
        unit="",
        definition="distance of AlexNet features under the learned heads of lpips 0.1, mean "
        "over pixels, on the composite",
        reference="Zhang et al. 2018, The Unreasonable Effectiveness of Deep Features as a "
        "Perceptual Metric; as lpips.LPIPS(net='alex', version='0.1')",
        version="1",
        compute=whole_picture(lpips_alex),
        prepare=_prepare,
    )
)
