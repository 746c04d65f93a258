"""Contextual attention: every foreground patch is rebuilt from similar background patches."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.hooks import RemovableHandle

__all__ = ["ContextualAttention", "record_sources"]

_EPSILON = 1e-4  # least norm of a patch
_TOP_PATCHES = 5  # how many sources of a patch are told
_NEVER = 1e9  # far above any score: what is lowered by it has no share in the softmax


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
        normalised: make all shares sum to one, as OpenMMLab does: patches with missing pixels
            are left out of the softmax, and each pixel is divided by how many patches cover it.
            The authors' code gives such patches a score of 0 and drops their share afterwards,
            and takes four patches to cover every pixel, at the borders too.
        smooth_norm: add 1e-4 to each of a patch's squares rather than keep its norm above 1e-4.

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
        normalised: bool = False,
        smooth_norm: bool = False,
    ) -> None:
        super().__init__()
        self.rate = rate
        self.softmax_scale = softmax_scale
        self.fuse = fuse
        self.align_corners = align_corners
        self.normalised = normalised
        self.smooth_norm = smooth_norm
        self.weights = nn.Identity()  # a module, so that a hook can read the attention

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
        norm = self._norm(patches)  # B x 1 x L
        scores = (patches / norm).transpose(1, 2) @ patches  # B x L background x L foreground
        if self.fuse:
            scores = _fuse(scores, height, width)

        small_hole = self._shrink(hole, height, width)
        usable = F.unfold(small_hole, 3, padding=1).sum(dim=1) == 0  # B x L
        usable = usable.unsqueeze(2).to(scores.dtype)  # B x L x 1
        scores = scores * usable * self.softmax_scale
        if self.normalised:
            scores = scores + (usable - 1.0) * _NEVER
        attention = torch.softmax(scores, dim=1) * usable
        attention = self.weights(attention)  # B x L background x L foreground

        kernel = 2 * self.rate
        pad = (kernel - 1) // 2
        source = F.unfold(features, kernel, padding=pad, stride=self.rate)  # B x 16C x L
        pasted = F.fold(
            source @ attention, features.shape[2:], kernel, padding=pad, stride=self.rate
        )
        best = attention.argmax(dim=1).view(-1, height, width)
        return (pasted / self._overlap(pasted, kernel, pad)).to(dtype), best

    def _norm(self, patches: Tensor) -> Tensor:
        squares = patches.square().sum(dim=1, keepdim=True)
        if self.smooth_norm:
            return (squares + patches.shape[1] * _EPSILON).sqrt()
        return squares.sqrt().clamp(min=_EPSILON)

    def _overlap(self, pasted: Tensor, kernel: int, pad: int) -> Tensor | float:
        """Return by how many pasted patches each pixel is covered."""
        if not self.normalised:
            return 4.0
        one = torch.ones_like(pasted[:1, :1])
        patches = F.unfold(one, kernel, padding=pad, stride=self.rate)
        return F.fold(
            torch.ones_like(patches), pasted.shape[2:], kernel, padding=pad, stride=self.rate
        )

    def _shrink(self, x: Tensor, height: int, width: int) -> Tensor:
        """Take the nearest of the pixels of `x` for each of height x width."""
        if not self.align_corners:
            return x[:, :, :: x.shape[2] // height, :: x.shape[3] // width]
        rows = _aligned(x.shape[2], height).to(x.device)
        columns = _aligned(x.shape[3], width).to(x.device)
        return x[:, :, rows][:, :, :, columns]


def record_sources(
    layer: ContextualAttention, grid: tuple[int, int], into: dict[str, Tensor]
) -> RemovableHandle:
    """Make `layer` file which patches it copied most when it runs next.

    Args:
        layer: the attention of a network.
        grid: height and width at the resolution of matching.
        into: receives `attention`, Bx5xhxw, background patches counted row by row, and
            `attention_weight`, Bx5xhxw, their shares, falling.

    Returns:
        The hook's handle, to be removed.
    """

    def hook(module: nn.Module, inputs: tuple[Tensor, ...], weights: Tensor) -> None:
        top, patches = weights.topk(min(_TOP_PATCHES, weights.shape[1]), dim=1)  # B x 5 x L
        into["attention"] = patches.unflatten(2, grid)  # B x 5 x h x w
        into["attention_weight"] = top.unflatten(2, grid)

    return layer.weights.register_forward_hook(hook)


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
