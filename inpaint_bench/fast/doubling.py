"""Nearest-neighbour doubling and the 3x3 convolution behind it, as one transposed convolution.

Of the nine pixels that such a convolution reads, at most four differ: a kernel of 4x4 with stride
2 has the weights of equal ones summed, and takes four products in place of nine.
"""

from __future__ import annotations

from torch import nn
from torch.nn import functional as F

__all__ = ["merge_doublings"]


def merge_doublings(model: nn.Module) -> None:
    """Let layers that double their input first do it in their convolution, in place.

    Such a layer has a flag `upsample`, a convolution `conv`, and where the border of the doubled
    input is mirrored rather than zero, the width of it as `mirrored`.
    """
    for layer in model.modules():
        conv = getattr(layer, "conv", None)
        if not (getattr(layer, "upsample", None) is True and type(conv) is nn.Conv2d):
            continue
        mirrored = getattr(layer, "mirrored", 0)
        same = conv.padding == (1 - mirrored, 1 - mirrored)
        if same and conv.kernel_size == (3, 3) and conv.stride == conv.dilation == (1, 1):
            layer.upsample = False
            layer.conv = _transposed(conv, mirrored)
            if mirrored:
                layer.mirrored = 0


def _transposed(conv: nn.Conv2d, mirrored: int) -> nn.Module:
    """Return what maps BxCxHxW to BxC'x2Hx2W as doubling and `conv` do."""
    doubling = nn.ConvTranspose2d(
        conv.in_channels,
        conv.out_channels,
        4,
        stride=2,
        padding=1 + 2 * mirrored,
        bias=conv.bias is not None,
        device="meta",
    )
    turned = conv.weight.detach().transpose(0, 1).flip((2, 3))
    shifts = [(x, 1 - x, y, 1 - y) for y in (0, 1) for x in (0, 1)]
    kernel = sum(F.pad(turned, shift) for shift in shifts)  # C x C' x 4 x 4
    doubling.weight = nn.Parameter(kernel, requires_grad=False)
    doubling.bias = conv.bias
    # Mirroring the doubled picture by a pixel copies its outermost one, as this does before.
    return nn.Sequential(nn.ReplicationPad2d(1), doubling) if mirrored else doubling
