"""Contextual attention: every foreground patch is rebuilt from similar background patches."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["ContextualAttention"]

_EPSILON = 1e-4  # least norm of a patch


class ContextualAttention(nn.Module):
    """Cosine matching of 3x3 patches, softmax over the background, pasting of 4x4 patches.

    Matching runs at half the feature resolution, pasting at the full one. It always computes
    in float32: patch norms in bfloat16 were seen to make a training diverge.

    Args:
        rate: down-sampling between the features and the resolution of matching.
        softmax_scale: sharpness of the attention.
        fuse: add the scores of diagonal neighbours, so that whole regions are copied.
        align_corners: down-sample as the authors' TensorFlow code does, first and last pixel
            kept, rather than by taking every rate-th pixel.

    Reference:
        Yu et al., Generative Image Inpainting with Contextual Attention, CVPR 2018, section 4.1.
    """

    def __init__(
        self,
        rate: int = 2,
        softmax_scale: float = 10.0,
        *,
        fuse: bool = True,
        align_corners: bool = False,
    ) -> None:
        super().__init__()
        self.rate = rate
        self.softmax_scale = softmax_scale
        self.fuse = fuse
        self.align_corners = align_corners

    def forward(self, features: Tensor, hole: Tensor) -> tuple[Tensor, Tensor]:
        """Rebuild `features` from their own known patches.

        Args:
            features: BxCxHxW, H and W multiples of `rate`; foreground and background at once.
            hole: Bx1xsHxsW with s a whole number, 1 = missing.

        Returns:
            BxCxHxW, and the index of the best background patch, Bx(H/rate)x(W/rate) int64,
            counted row by row at the resolution of matching.
        """
        with torch.autocast(features.device.type, enabled=False):
            return self._attend(features.float(), hole.float(), features.dtype)

    def _attend(self, features: Tensor, hole: Tensor, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        height, width = (side // self.rate for side in features.shape[2:])
        small = self._shrink(features, height, width)
        patches = F.unfold(small, 3, padding=1)  # B x 9C x L
        norm = patches.square().sum(dim=1, keepdim=True).sqrt().clamp(min=_EPSILON)  # B x 1 x L
        scores = (patches / norm).transpose(1, 2) @ patches  # B x L background x L foreground
        if self.fuse:
            scores = _fuse(scores, height, width)

        small_hole = self._shrink(hole, height, width)
        usable = F.unfold(small_hole, 3, padding=1).sum(dim=1) == 0  # B x L
        usable = usable.unsqueeze(2).to(scores.dtype)  # B x L x 1
        attention = torch.softmax(scores * usable * self.softmax_scale, dim=1) * usable

        kernel = 2 * self.rate
        pad = (kernel - 1) // 2
        source = F.unfold(features, kernel, padding=pad, stride=self.rate)  # B x 16C x L
        pasted = F.fold(
            source @ attention, features.shape[2:], kernel, padding=pad, stride=self.rate
        )
        best = attention.argmax(dim=1).view(-1, height, width)
        return (pasted / 4.0).to(dtype), best

    def _shrink(self, x: Tensor, height: int, width: int) -> Tensor:
        """Take the nearest of the pixels of `x` for each of height x width."""
        if not self.align_corners:
            return x[:, :, :: x.shape[2] // height, :: x.shape[3] // width]
        rows = _aligned(x.shape[2], height).to(x.device)
        columns = _aligned(x.shape[3], width).to(x.device)
        return x[:, :, rows][:, :, :, columns]


def _aligned(old: int, new: int) -> Tensor:
    """Return the indices of `new` of `old` pixels, evenly spread from the first to the last."""
    step = (old - 1) / max(new - 1, 1)
    return (torch.arange(new, dtype=torch.float64) * step + 0.5).floor().long()


def _fuse(scores: Tensor, height: int, width: int) -> Tensor:
    """Add the scores of neighbours along rows, then along columns (B x L x L to the same)."""
    scores = _add_diagonal_neighbours(scores)
    scores = _add_diagonal_neighbours(_transpose_both(scores, height, width))
    return _transpose_both(scores, width, height)


def _transpose_both(scores: Tensor, height: int, width: int) -> Tensor:
    """Recount both patch indices column by column instead of row by row."""
    grid = scores.view(-1, height, width, height, width).permute(0, 2, 1, 4, 3)
    return grid.reshape(scores.shape)


def _add_diagonal_neighbours(scores: Tensor) -> Tensor:
    """Return s[i,j] + s[i-1,j-1] + s[i+1,j+1], zero outside."""
    fused = scores.clone()
    fused[:, 1:, 1:] += scores[:, :-1, :-1]
    fused[:, :-1, :-1] += scores[:, 1:, 1:]
    return fused
