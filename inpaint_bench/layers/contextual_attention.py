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
_SCORES = 2**22  # scores held at once, where a row of patches has no more: 16 MiB in float32


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

    def forward(self, features: Tensor, hole: Tensor) -> Tensor:
        """Rebuild `features` from their own known patches.

        The scores of some rows of patches at a time are held, so memory grows with the number of
        pixels and not with its square.

        Args:
            features: BxCxHxW, H and W multiples of `rate`; foreground and background at once.
            hole: Bx1xsHxsW with s a whole number, 1 = missing.

        Returns:
            BxCxHxW.
        """
        with torch.autocast(features.device.type, enabled=False):
            return self._attend(features.float(), hole.float()).to(features.dtype)

    def _attend(self, features: Tensor, hole: Tensor) -> Tensor:
        height, width = (side // self.rate for side in features.shape[2:])
        small = self._shrink(features, height, width)
        patches = F.unfold(small, 3, padding=1)  # B x 9C x L
        scores = _Scores(patches / self._norm(patches), patches, height, width)
        small_hole = self._shrink(hole, height, width)
        usable = F.unfold(small_hole, 3, padding=1).sum(dim=1, keepdim=True) == 0  # B x 1 x L
        usable = usable.to(features.dtype)

        blocks = _Blocks(features, self.rate)
        rows = max(1, _SCORES // (usable.numel() * width))
        for first in range(0, height, rows):
            last = min(first + rows, height)
            some = scores.fused(first, last) if self.fuse else scores.plain(first, last)
            some = some.flatten(3).flatten(1, 2) * (usable * self.softmax_scale)  # B x n x L
            if self.normalised:
                some = some + (usable - 1.0) * _NEVER
            shares = (torch.softmax(some, dim=2) * usable).transpose(1, 2)
            shares = self.weights(shares).transpose(1, 2)  # from B x L background x n foreground
            shares = shares.unflatten(2, (height, width)).unflatten(1, (-1, width))
            blocks.paste(shares, first)  # B x rows x w x h x w
        return blocks.picture(self.normalised)

    def _norm(self, patches: Tensor) -> Tensor:
        squares = patches.square().sum(dim=1, keepdim=True)
        if self.smooth_norm:
            return (squares + patches.shape[1] * _EPSILON).sqrt()
        return squares.sqrt().clamp(min=_EPSILON)

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

    found: list[tuple[Tensor, Tensor]] = []

    def hook(module: nn.Module, inputs: tuple[Tensor, ...], weights: Tensor) -> None:
        found.append(weights.topk(min(_TOP_PATCHES, weights.shape[1]), dim=1))  # B x 5 x n
        top, patches = (torch.cat(parts, dim=2) for parts in zip(*found, strict=True))
        if top.shape[2] == grid[0] * grid[1]:  # the last rows of patches
            into["attention"] = patches.unflatten(2, grid)  # B x 5 x h x w
            into["attention_weight"] = top.unflatten(2, grid)

    return layer.weights.register_forward_hook(hook)


def _aligned(old: int, new: int) -> Tensor:
    """Return the indices of `new` of `old` pixels, evenly spread from the first to the last."""
    step = (old - 1) / max(new - 1, 1)
    return (torch.arange(new, dtype=torch.float64) * step + 0.5).floor().long()


class _Scores:
    """Similarity of patches, row by row of the grid: foreground first, B x h x w x h x w.

    Args:
        background, foreground: B x 9C x L patches, the former of norm 1.
        height, width: of the grid of patches.
    """

    def __init__(self, background: Tensor, foreground: Tensor, height: int, width: int) -> None:
        self.background, self.foreground = background, foreground.transpose(1, 2)
        self.height, self.width = height, width

    def plain(self, first: int, last: int) -> Tensor:
        """Give the rows `first` to `last` - 1 of the foreground."""
        return self._grids(self._between(first * self.width, last * self.width))

    def fused(self, first: int, last: int) -> Tensor:
        """Give rows with their neighbours on the diagonals added, so that regions are copied.

        Patches are counted row by row, and the sums then column by column, so the neighbour
        behind the end of a line is the start of the next one, as in the published code.
        """
        height = self.height
        above, below = max(first - 1, 0), min(last + 1, height)
        once = self._fused_along_rows(above, below)

        def row(y: int) -> Tensor:
            inside = above <= y < below
            return once[:, y - above] if inside else self._fused_along_rows(y, y + 1)[:, 0]

        twice = once[:, first - above : last - above].clone()
        start, stop = max(first, 1), min(last, height - 1)
        _add_one_up(twice[:, start - first :], once[:, start - 1 - above : last - 1 - above])
        _add_one_down(twice[:, : stop - first], once[:, first + 1 - above : stop + 1 - above])
        if first == 0:
            _add_one_up(twice[:, 0, 1:], row(height - 1)[:, :-1])
        if last == height:
            _add_one_down(twice[:, -1, :-1], row(0)[:, 1:])
        return twice

    def _fused_along_rows(self, first: int, last: int) -> Tensor:
        """Add s[i-1,j-1] and s[i+1,j+1] to s[i,j], zero outside."""
        start, stop, count = first * self.width, last * self.width, self.height * self.width
        low, high = max(start - 1, 0), min(stop + 1, count)
        scores = self._between(low, high)
        fused = scores[:, start - low : stop - low].clone()  # B x n x L
        start, stop = start - low, stop - low
        fused[:, int(low == first * self.width) :, 1:] += scores[:, : stop - 1, :-1]
        fused[:, : len(scores[0]) - 1 - start, :-1] += scores[:, start + 1 :, 1:]
        return self._grids(fused)

    def _between(self, start: int, stop: int) -> Tensor:
        """Give the scores of some foreground patches with all of the background, B x n x L."""
        return self.foreground[:, start:stop] @ self.background

    def _grids(self, scores: Tensor) -> Tensor:
        """Unfold B x n x L to B x rows x w x h x w."""
        return scores.unflatten(2, (self.height, self.width)).unflatten(1, (-1, self.width))


def _add_one_up(target: Tensor, source: Tensor) -> None:
    """Add to each ...x h x w background patch the source's one above it, counted by columns."""
    target[..., 1:, :] += source[..., :-1, :]
    target[..., 0, 1:] += source[..., -1, :-1]


def _add_one_down(target: Tensor, source: Tensor) -> None:
    """Add to each ...x h x w background patch the source's one below it, counted by columns."""
    target[..., :-1, :] += source[..., 1:, :]
    target[..., -1, :-1] += source[..., 0, 1:]


class _Blocks:
    """Patches of 2 rate x 2 rate pixels, pasted where they overlap by half.

    A patch is four blocks. Shares are added up for each pair of blocks first, so that one matrix
    product of blocks does what would else be one of patches, of four times the size.

    Args:
        features: BxCxHxW to copy from.
        rate: side of a block; the first patch begins `rate` - 1 pixels outside.
    """

    def __init__(self, features: Tensor, rate: int) -> None:
        self.rate, self.size = rate, features.shape[2:]
        margin = rate - 1
        framed = F.pad(features, (margin, 1, margin, 1))
        blocks = F.pixel_unshuffle(framed, rate)  # B x C rate^2 x (h+1) x (w+1)
        self.blocks = blocks.flatten(2).transpose(1, 2)  # B x (h+1)(w+1) x C rate^2
        self.sums = torch.zeros_like(blocks.permute(0, 2, 3, 1).contiguous())

    def paste(self, shares: Tensor, first: int) -> None:
        """Add what some rows of patches copy, from row `first` on.

        Args:
            shares: B x n x w x h x w, how much each foreground patch takes of each background one.
        """
        count = shares.shape[1] + 1
        pairs = F.pad(shares, (0, 1, 0, 0, 0, 1))  # B x n x (w+1) x h x (w+1)
        pairs[:, :, 1:, :, 1:] += shares
        shares = pairs
        pairs = F.pad(shares, (0, 0, 0, 1, 0, 0, 0, 1))  # B x (n+1) x (w+1) x (h+1) x (w+1)
        pairs[:, 1:, :, 1:] += shares
        pasted = pairs.flatten(3).flatten(1, 2) @ self.blocks  # B x (n+1)(w+1) x C rate^2
        self.sums[:, first : first + count] += pasted.unflatten(1, (count, -1))

    def picture(self, normalised: bool) -> Tensor:
        """Give BxCxHxW, divided by how many patches cover a pixel, or by 4 at the borders too."""
        pasted = self._fit(F.pixel_shuffle(self.sums.permute(0, 3, 1, 2), self.rate))
        if not normalised:
            return pasted / 4.0
        rows, columns = (pasted.new_full((side,), 2.0) for side in self.sums.shape[1:3])
        for line in (rows, columns):
            line[0] = line[-1] = 1.0
        cover = torch.outer(rows, columns)[None, None]
        return pasted / self._fit(F.interpolate(cover, scale_factor=self.rate))

    def _fit(self, framed: Tensor) -> Tensor:
        """Cut off the frame."""
        margin, (height, width) = self.rate - 1, self.size
        return framed[:, :, margin : margin + height, margin : margin + width]
