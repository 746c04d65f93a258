"""Window attention between known tokens only, and the rule that makes more tokens known.

The large-hole transformer of MAT: blocks without layer normalisation, with a fusing layer instead
of a residual, and convolutions at the edges of a stage. Features are BxHxWxC here, which is a
feature map in the layout "channels last".
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inpaint_bench.layers.equalised import EqualConv2d, EqualLinear

__all__ = ["MaskedConv2d", "TransformerStage", "shift_mask"]

_FORBIDDEN = -100.0  # added to a score that shall not count
_LEAST_COUNT = 1e-8


class MaskedConv2d(nn.Module):
    """A convolution with activation whose result is scaled by how much of its window was known.

    Args:
        in_channels, out_channels, down, up: see `EqualConv2d`; the kernel is 3x3.

    Reference:
        Li et al., MAT: Mask-Aware Transformer for Large Hole Image Inpainting, CVPR 2022,
        section 3.2, as published: the factor acts behind bias and activation.
    """

    def __init__(
        self, in_channels: int, out_channels: int, *, down: bool = False, up: bool = False
    ) -> None:
        super().__init__()
        self.conv = EqualConv2d(in_channels, out_channels, down=down, up=up)
        self.register_buffer("window", torch.ones(1, 1, 3, 3), persistent=False)

    def forward(self, x: Tensor, known: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Map BxCxHxW and the Bx1xHxW mask of known places (1), None if all are, to new ones."""
        y = self.conv(x)
        if known is None:
            return y, None
        with torch.no_grad(), torch.autocast(x.device.type, enabled=False):
            stride = 2 if self.conv.down else 1
            count = F.conv2d(known.float(), self.window, stride=stride, padding=1)
            grown = count.clamp(0.0, 1.0)
            factor = self.window.numel() / (count + _LEAST_COUNT) * grown
        return y * factor.to(y.dtype), grown


class _WindowAttention(nn.Module):
    """Attention of several heads within each window; cosine-like scores, unknown keys excluded."""

    def __init__(self, channels: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.q = EqualLinear(channels, channels)
        self.k = EqualLinear(channels, channels)
        self.v = EqualLinear(channels, channels)
        self.proj = EqualLinear(channels, channels)

    def forward(self, x: Tensor, bias: Tensor | None) -> Tensor:
        """Map windows x N x C to the same; scores get `bias`, windows x 1 x (1 or N) x N, added."""
        unit = F.normalize(x, dim=-1)
        q, k, v = (
            layer(source).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # windows x heads x N x c
            for layer, source in ((self.q, unit), (self.k, unit), (self.v, x))
        )
        bias = None if bias is None else bias.to(q.dtype)
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        return self.proj(mixed.transpose(1, 2).flatten(2))


class _Block(nn.Module):
    """Window attention, fused with the input, then two layers on each token.

    Args:
        channels, heads: of attention.
        side: height and width of the feature map.
        window: of a window, no larger than `side`.
        shifted: move the windows by half of one, so that borders differ from block to block.
    """

    def __init__(self, channels: int, heads: int, *, side: int, window: int, shifted: bool) -> None:
        super().__init__()
        self.window = min(window, side)
        self.shift = self.window // 2 if shifted and window < side else 0
        self.attention = _WindowAttention(channels, heads)
        self.fuse = EqualLinear(2 * channels, channels, activate=True)
        self.mlp = nn.Sequential(
            EqualLinear(channels, 2 * channels, activate=True), EqualLinear(2 * channels, channels)
        )
        mask = shift_mask(side, self.window, self.shift) if self.shift else None
        self.register_buffer("shift_mask", mask, persistent=False)

    def forward(self, x: Tensor, known: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Map BxHxWxC and BxHxWx1 to the same."""
        batch, side = x.shape[0], x.shape[1]
        windows = _partition(_roll(x, -self.shift), self.window)  # (B windows) x N x C
        bias = None
        if self.shift_mask is not None:
            bias = self.shift_mask.unsqueeze(1).repeat(batch, 1, 1, 1)  # (B windows) x 1 x N x N
        if known is not None:
            tokens = _partition(_roll(known, -self.shift), self.window)  # (B windows) x N x 1
            forbidden = (tokens == 0).to(x.dtype).transpose(1, 2).unsqueeze(1) * _FORBIDDEN
            bias = forbidden if bias is None else bias + forbidden
            some = tokens.amax(dim=1, keepdim=True).expand_as(tokens)
            known = _roll(_merge(some, self.window, batch, side), self.shift)
        attended = _merge(self.attention(windows, bias), self.window, batch, side)
        both = torch.cat([x, _roll(attended, self.shift).to(x.dtype)], dim=-1)  # B x H x W x 2C
        return self.mlp(self.fuse(both)), known


class TransformerStage(nn.Module):
    """Blocks of window attention with a residual around them, after an optional resampling.

    Args:
        channels, heads, window: of attention.
        side: height and width of the feature map behind the resampling.
        depth: number of blocks; every second one is shifted.
        down, up: halve or double H and W first.
    """

    def __init__(
        self,
        channels: int,
        heads: int,
        *,
        side: int,
        window: int,
        depth: int,
        down: bool = False,
        up: bool = False,
    ) -> None:
        super().__init__()
        resamples = down or up
        self.resample = MaskedConv2d(channels, channels, down=down, up=up) if resamples else None
        self.blocks = nn.ModuleList(
            _Block(channels, heads, side=side, window=window, shifted=i % 2 == 1)
            for i in range(depth)
        )
        self.conv = MaskedConv2d(channels, channels)

    def forward(self, x: Tensor, known: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Map BxCxHxW and Bx1xHxW (None if all is known) to new ones."""
        if self.resample is not None:
            x, known = self.resample(x, known)
        tokens = x.permute(0, 2, 3, 1)  # B x H x W x C
        mask = None if known is None else known.permute(0, 2, 3, 1)
        for block in self.blocks:
            tokens, mask = block(tokens, mask)
        known = None if mask is None else mask.permute(0, 3, 1, 2)
        y, known = self.conv(tokens.permute(0, 3, 1, 2), known)
        return x + y, known


def shift_mask(side: int, window: int, shift: int) -> Tensor:
    """Return what is added to scores between tokens that only the rolling made neighbours.

    Args:
        side: height and width of the feature map.
        window, shift: of the windows, in tokens.

    Returns:
        windows x window^2 x window^2; 0 where both were neighbours before, -100 elsewhere.
    """
    strip = torch.zeros(side)
    strip[side - window :] = 1
    strip[side - shift :] = 2
    region = strip[:, None] * 3 + strip[None, :]  # 9 regions that were apart
    windows = _partition(region[None, :, :, None], window).squeeze(-1)
    return (windows[:, None, :] != windows[:, :, None]).float() * _FORBIDDEN


def _roll(x: Tensor, shift: int) -> Tensor:
    return torch.roll(x, (shift, shift), dims=(1, 2)) if shift else x


def _partition(x: Tensor, window: int) -> Tensor:
    """Cut BxHxWxC into (B windows) x window^2 x C."""
    batch, height, width, channels = x.shape
    x = x.reshape(batch, height // window, window, width // window, window, channels)
    return x.transpose(2, 3).reshape(-1, window * window, channels)


def _merge(windows: Tensor, window: int, batch: int, side: int) -> Tensor:
    """Undo `_partition`, to BxHxWxC."""
    count = side // window
    x = windows.reshape(batch, count, count, window, window, -1)
    return x.transpose(2, 3).reshape(batch, side, side, -1)
