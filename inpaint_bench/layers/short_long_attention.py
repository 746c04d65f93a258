"""Attention of decoder features to themselves, and along it, to what the encoder saw."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

__all__ = ["ShortLongAttention"]

_SCORES = 2**24  # at once: 64 MiB in float32


class ShortLongAttention(nn.Module):
    """Self-attention whose weights also carry the encoder's features into the hole.

    Scores are computed in rows of bounded memory, and always in float32: they are sums of
    squares that a softmax takes the exponent of.

    Args:
        channels: of the features, and of the encoder's.

    Reference:
        Zheng et al., Pluralistic Image Completion, CVPR 2019, section 3.3.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.query = nn.Conv2d(channels, channels // 4, 1)  # the keys too
        self.gamma = nn.Parameter(torch.zeros(1))  # weight of self-attention
        self.alpha = nn.Parameter(torch.zeros(1))  # weight of what is carried into the hole
        nn.init.orthogonal_(self.query.weight, gain=0.02)
        nn.init.zeros_(self.query.bias)

    def forward(
        self, x: Tensor, context: Tensor | None = None, known: Tensor | None = None
    ) -> Tensor:
        """Attend.

        Args:
            x: BxCxHxW.
            context: BxCxHxW, the encoder's features; None for self-attention alone.
            known: Bx1xHxW in [0,1], 1 = known; with `context`.

        Returns:
            BxCxHxW after self-attention; with `context`, Bx2CxHxW: followed by the encoder's
            features where they are known and what attention carries there where not.
        """
        with torch.autocast(x.device.type, enabled=False):
            return self._attend(x, context, known).to(x.dtype)

    def sources(self, x: Tensor, known: Tensor, count: int) -> tuple[Tensor, Tensor]:
        """Tell which known places each place attends to most.

        Returns:
            Two tensors of BxKxHxW, K = `count` at most: places counted row by row, int64, and
            their attention, falling.
        """
        usable = (known > 0.5).flatten(2)  # B x 1 x N
        found = [
            (weights * usable).topk(min(count, weights.shape[2]), dim=2)
            for weights in self._attention(x)
        ]
        places = torch.cat([top.indices for top in found], dim=1)  # B x N x K
        weights = torch.cat([top.values for top in found], dim=1)
        return _picture(places, x), _picture(weights, x)

    def _attend(self, x: Tensor, context: Tensor | None, known: Tensor | None) -> Tensor:
        x = x.float()
        values = x if context is None else torch.cat([x, context.float()], dim=1)
        tokens = _tokens(values)  # B x N x C or 2C
        carried = torch.cat([weights @ tokens for weights in self._attention(x)], dim=1)
        carried = _picture(carried, x)  # B x C or 2C x H x W
        channels = x.shape[1]
        own = self.gamma * carried[:, :channels] + x
        if context is None:
            return own
        known = known.float()
        distant = self.alpha * (1.0 - known) * carried[:, channels:] + known * context
        return torch.cat([own, distant], dim=1)  # B x 2C x H x W

    def _attention(self, x: Tensor) -> Iterator[Tensor]:
        """Give the attention of some places at a time to all, B x n x N, rows of sum 1."""
        queries = _tokens(self.query(x.float()))  # B x N x C/4
        rows = max(1, _SCORES // (queries.shape[0] * queries.shape[1]))
        for part in queries.split(rows, dim=1):
            yield torch.softmax(part @ queries.transpose(1, 2), dim=2)


def _tokens(x: Tensor) -> Tensor:
    """Turn BxCxHxW into BxNxC, places row by row."""
    return x.permute(0, 2, 3, 1).flatten(1, 2)


def _picture(tokens: Tensor, like: Tensor) -> Tensor:
    """Turn BxNxC into BxCxHxW of the size of `like`."""
    return tokens.unflatten(1, tuple(like.shape[2:])).permute(0, 3, 1, 2)
