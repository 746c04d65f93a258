"""Residual blocks that activate before they convolve, as Pluralistic and its critics use them."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["FirstBlock", "PreactivatedBlock"]


class FirstBlock(nn.Module):
    """Two convolutions of a picture that halve H and W, plus a 1x1 one of the smaller picture.

    Args:
        in_channels, out_channels: of the block.
        slope: of the leaky rectifier between the convolutions.
    """

    def __init__(self, in_channels: int, out_channels: int, *, slope: float = 0.1) -> None:
        super().__init__()
        self.slope = slope
        self.conv1 = nn.Conv2d(in_channels, out_channels, 3, padding=1)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 3, padding=1)
        self.bypass = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map BxCxHxW to BxC'x(H/2)x(W/2)."""
        inner = F.leaky_relu(self.conv1(x), self.slope)
        return _convolve_and_halve(inner, self.conv2) + self.bypass(F.avg_pool2d(x, 2))


class PreactivatedBlock(nn.Module):
    """Activation and convolution, twice, plus a 1x1 convolution of the input.

    Args:
        in_channels, out_channels: of the block.
        hidden_channels: between its convolutions.
        halve: give half of H and W, by averaging.
        slope: of the leaky rectifiers.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        hidden_channels: int,
        *,
        halve: bool = False,
        slope: float = 0.1,
    ) -> None:
        super().__init__()
        self.halve = halve
        self.slope = slope
        self.conv1 = nn.Conv2d(in_channels, hidden_channels, 3, padding=1)
        self.conv2 = nn.Conv2d(hidden_channels, out_channels, 3, padding=1)
        self.bypass = nn.Conv2d(in_channels, out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Map BxCxHxW to BxC'xHxW, or BxC'x(H/2)x(W/2)."""
        inner = F.leaky_relu(self.conv1(F.leaky_relu(x, self.slope)), self.slope)
        if not self.halve:
            return self.conv2(inner) + self.bypass(x)
        return _convolve_and_halve(inner, self.conv2) + self.bypass(F.avg_pool2d(x, 2))


def _convolve_and_halve(x: Tensor, conv: nn.Conv2d) -> Tensor:
    """Convolve 3x3 and average 2x2 pixels, which is one 4x4 convolution of stride 2.

    It takes 16 products for a pixel in place of 36.
    """
    w = conv.weight
    shifts = [(0, 1, 0, 1), (1, 0, 0, 1), (0, 1, 1, 0), (1, 0, 1, 0)]
    kernel = sum(F.pad(w, shift) for shift in shifts) / 4.0  # C' x C x 4 x 4
    return F.conv2d(x, kernel, conv.bias, stride=2, padding=1)
