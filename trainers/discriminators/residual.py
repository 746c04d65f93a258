"""The residual critics of Pluralistic."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from inpaint_bench.layers.preactivated import FirstBlock, PreactivatedBlock
from inpaint_bench.layers.short_long_attention import ShortLongAttention
from inpaint_bench.layers.spectral_norm import add_spectral_norm

__all__ = ["ResidualCritic"]


class ResidualCritic(nn.Module):
    """Pre-activated blocks that halve the size five times, self-attention at an eighth of it.

    Args:
        width: channels of the first block; the paper's is 32, the widest have 4 times it.

    Reference:
        Zheng et al. 2019 and their published network; all convolutions but attention's are
        spectrally normalised.
    """

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        c = [width * min(2**i, 4) for i in range(5)]  # 32 64 128 128 128
        self.first = FirstBlock(3, c[0])
        self.down = nn.ModuleList(
            PreactivatedBlock(c[i], c[i + 1], c[i], halve=True) for i in range(4)
        )
        self.last = PreactivatedBlock(c[-1], c[-1], c[-1])
        self.score = nn.Conv2d(c[-1], 1, 3, padding=1)
        add_spectral_norm(self)
        self.attention = ShortLongAttention(c[2])

    def forward(self, image: Tensor) -> Tensor:
        """Map Bx3xHxW in [-1,1] to Bx1x(H/32)x(W/32) scores.

        The published score convolution has no padding; with it small pictures have a score too.
        """
        x = self.first(image)
        for i, block in enumerate(self.down):
            if i == 2:
                x = self.attention(x)
            x = block(x)
        return self.score(F.leaky_relu(self.last(x), 0.1))
