"""3x3 convolution by Winograd's minimal filtering: a quarter of the products, all in float32.

It is what makes networks fast that bfloat16 would change too much. Tiles of 6x6 pixels give 4x4
outputs; the products become 36 matrix products over the channels.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["WinogradConv2d", "pays_off"]

_TILE = 4  # outputs along a side; 6 inputs
_WORKSPACE = 2**20  # values of one transform: 4 MiB, which stay in the caches
_LEAST_CHANNELS = 48  # of in x out / (in + out): below, transforms cost what products save
_LEAST_PIXELS = 32 * 32  # below, the products of a tile are too few for one matrix

# F(4x4, 3x3) of Lavin and Gray: how inputs, kernels and products are transformed along one axis.
_INPUT = (
    (4, 0, -5, 0, 1, 0),
    (0, -4, -4, 1, 1, 0),
    (0, 4, -4, -1, 1, 0),
    (0, -2, -1, 2, 1, 0),
    (0, 2, -1, -2, 1, 0),
    (0, 4, 0, -5, 0, 1),
)
_KERNEL = (
    (1 / 4, 0, 0),
    (-1 / 6, -1 / 6, -1 / 6),
    (-1 / 6, 1 / 6, -1 / 6),
    (1 / 24, 1 / 12, 1 / 6),
    (1 / 24, -1 / 12, 1 / 6),
    (0, 0, 1),
)
_OUTPUT = ((1, 1, 1, 1, 1, 0), (0, 1, -1, 2, -2, 0), (0, 1, 1, 4, 4, 0), (0, 1, -1, 8, -8, 1))


def pays_off(conv: nn.Conv2d) -> bool:
    """Tell whether a convolution is one that `WinogradConv2d` computes faster."""
    return (
        conv.kernel_size == (3, 3)
        and conv.stride == (1, 1)
        and conv.groups == 1
        and conv.dilation[0] == conv.dilation[1]
        and conv.padding in ((0, 0), conv.dilation)
        and conv.padding_mode == "zeros"
        and conv.in_channels * conv.out_channels
        >= _LEAST_CHANNELS * (conv.in_channels + conv.out_channels)
    )


class WinogradConv2d(nn.Conv2d):
    """A convolution that `pays_off`, with the same parameters, for float32 and inference only.

    A dilation of d is d x d convolutions of every d-th pixel. Small pictures are convolved
    directly.

    Args:
        conv: the convolution; its parameters are shared.

    Reference:
        Lavin and Gray, Fast Algorithms for Convolutional Neural Networks, CVPR 2016, section 4.
    """

    def __init__(self, conv: nn.Conv2d) -> None:
        super().__init__(
            conv.in_channels,
            conv.out_channels,
            conv.kernel_size,
            padding=conv.padding,
            dilation=conv.dilation,
            bias=conv.bias is not None,
            device="meta",
        )
        self.weight, self.bias = conv.weight, conv.bias
        along = torch.tensor(_KERNEL, dtype=torch.float64)
        kernel = torch.einsum("ia,jb,ocab->ijco", along, along, conv.weight.detach().double())
        axis = torch.tensor(_INPUT), torch.tensor(_OUTPUT)
        self.register_buffer("kernel", kernel.flatten(0, 1).float(), persistent=False)  # 36 x C x O
        self.register_buffer("to_tile", torch.kron(axis[0], axis[0]).float(), persistent=False)
        self.register_buffer("to_output", torch.kron(axis[1], axis[1]).float(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Map BxCxHxW to BxC'xH'xW', channels last."""
        margin, step = self.padding[0], self.dilation[0]
        height, width = (side + 2 * (margin - step) for side in x.shape[2:])
        if height * width < _LEAST_PIXELS:
            return super().forward(x.float())
        unit = _TILE * step
        below, right = -height % unit, -width % unit  # made up, and cut off again
        pads = (margin, margin + right, margin, margin + below)
        x = x.float().contiguous(memory_format=torch.channels_last)
        x = F.pad(x, pads) if any(pads) else x
        y = x.new_empty(len(x), height + below, width + right, self.out_channels)
        for tiles, place in self._pieces(x, y):
            place.copy_(self._convolve(tiles))
        y = y.permute(0, 3, 1, 2)[:, :, :height, :width]
        return y if self.bias is None else y + self.bias.view(1, -1, 1, 1)

    def _convolve(self, tiles: Tensor) -> Tensor:
        """Map 6 x 6 x ... x C inputs to 4 x 4 x ... x C' outputs."""
        shape = tiles.shape[2:-1]
        spread = self.to_tile @ tiles.reshape(36, -1)  # 36 x (tiles C)
        products = torch.bmm(spread.view(36, -1, self.in_channels), self.kernel)  # 36 x tiles x C'
        outputs = self.to_output @ products.view(36, -1)  # 16 x (tiles C')
        return outputs.view(_TILE, _TILE, *shape, self.out_channels)

    def _pieces(self, x: Tensor, y: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
        """Give views of the input's tiles, and of their outputs, some rows of tiles at a time.

        The axes are: row and column in a tile, then picture, row of tiles, row and column among
        the dilated ones, column of tiles, channels.
        """
        step, unit = self.dilation[0], _TILE * self.dilation[0]
        batch, height, width, channels = y.shape
        rows, columns = height // unit, width // unit
        a, c, h, w = x.stride()
        tiles = x.as_strided(
            (6, 6, batch, rows, step, columns, step, self.in_channels),
            (h * step, w * step, a, h * unit, h, w * unit, w, c),
        )
        places = y.view(batch, rows, _TILE, step, columns, _TILE, step, channels)
        places = places.permute(2, 5, 0, 1, 3, 4, 6, 7)
        widest = max(self.in_channels, self.out_channels)
        each = max(1, _WORKSPACE // (36 * batch * step * step * columns * widest))
        for first in range(0, rows, each):
            yield tiles[:, :, :, first : first + each], places[:, :, :, first : first + each]
