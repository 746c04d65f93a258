"""Critics of whole pictures: strided convolutions, then fully connected layers.

The global and local critics of Iizuka et al. 2017 (tables 2 and 3) and of Yu et al. 2018, and the
"one global GAN" that Yu et al. 2019 compare SN-PatchGAN with.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

__all__ = ["GlobalLocalCritic", "WholeCritic", "local_window"]


class WholeCritic(nn.Module):
    """5x5 convolutions of stride 2, then one fully connected layer.

    Args:
        in_channels: of what is judged.
        channels: after each convolution.
        side: of the pictures in pixels; at other sides the last features are averaged to the
            same grid.
        outputs: of the fully connected layer.
        norm: batch normalisation and ReLU as in Iizuka et al., spectral normalisation or none
            with leaky ReLU as in Yu et al.
    """

    def __init__(
        self,
        in_channels: int,
        channels: Sequence[int],
        *,
        side: int = 256,
        outputs: int = 1,
        norm: Literal["batch", "spectral", "none"] = "none",
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for before, after in zip((in_channels, *channels), channels, strict=False):
            conv = nn.Conv2d(before, after, 5, stride=2, padding=2)
            if norm == "batch":
                layers += [conv, nn.BatchNorm2d(after), nn.ReLU()]
            else:
                layers += [spectral_norm(conv) if norm == "spectral" else conv, nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers)
        self.grid = max(1, side // 2 ** len(channels))
        last = nn.Linear(channels[-1] * self.grid**2, outputs)
        self.last = spectral_norm(last) if norm == "spectral" else last

    def forward(self, *planes: Tensor) -> Tensor:
        """Map BxC'xHxW each, `in_channels` together, to Bx`outputs`."""
        x = self.layers(torch.cat(planes, dim=1))
        return self.last(F.adaptive_avg_pool2d(x, self.grid).flatten(1))


class GlobalLocalCritic(nn.Module):
    """One score from the whole picture and a window around the hole.

    Args:
        width: channels of the first layers; the paper's is 64, features are 16 times it.
        side: of the pictures in pixels; the window has half of it.

    Reference:
        Iizuka et al. 2017, section 3.3.
    """

    def __init__(self, width: int = 64, *, side: int = 256) -> None:
        super().__init__()
        w = width
        whole, part = (w, 2 * w, 4 * w, 8 * w, 8 * w, 8 * w), (w, 2 * w, 4 * w, 8 * w, 8 * w)
        self.whole = WholeCritic(3, whole, side=side, outputs=16 * w, norm="batch")
        self.part = WholeCritic(3, part, side=side // 2, outputs=16 * w, norm="batch")
        self.join = nn.Linear(32 * w, 1)

    def forward(self, image: Tensor, hole: Tensor) -> Tensor:
        """Map Bx3xHxW and Bx1xHxW to Bx1 scores before the sigmoid.

        The window is around what is 1 in `hole`, which is not seen otherwise.
        """
        both = [F.relu(self.whole(image)), F.relu(self.part(local_window(image, hole)))]
        return self.join(torch.cat(both, dim=1))  # from B x 32w


def local_window(x: Tensor, hole: Tensor) -> Tensor:
    """Cut the window of half the side around the middle of each hole's bounding box.

    Args:
        x: BxCxHxW.
        hole: Bx1xHxW, 1 = missing; without a hole the window is in the middle.

    Returns:
        BxCx(H/2)x(W/2).
    """
    sides = [side // 2 for side in x.shape[2:]]
    windows = []
    for picture, plane in zip(x, hole[:, 0], strict=True):
        starts = []
        for axis, side in enumerate(sides):
            filled = plane.amax(dim=1 - axis).nonzero()
            middle = (filled[0] + filled[-1]).item() // 2 if len(filled) else side
            starts.append(min(max(middle - side // 2, 0), plane.shape[axis] - side))
        top, left = starts
        windows.append(picture[:, top : top + sides[0], left : left + sides[1]])
    return torch.stack(windows)
