"""EdgeConnect: edges first, then the picture that they outline.

Nazeri et al., EdgeConnect: Generative Image Inpainting with Adversarial Edge Learning, 2019.
One network completes the edges that Canny finds in the known part; a second one, of the same
build, fills in colours with the completed edges as a fourth plane. As in the released code, the
edges of the picture are scikit-image's (sigma 2) and instance normalisation has no parameters.
Strokes of a sketch join the completed edges inside the hole: both networks stay as they are.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from inpaint_bench.layers.canny import canny_edges, luminance
from inpaint_bench.layers.instance_norm import InstanceNorm2d
from inpaint_bench.layers.reflection import reflect_pad
from inpaint_bench.layers.spectral_norm import add_spectral_norm
from inpaint_bench.models._base import MODELS, LearnedInpainter
from inpaint_bench.types import Completion, Traits

__all__ = ["EdgeConnect", "EdgeConnectStage"]

_STD = 0.02  # of fresh weights


class _Conv(nn.Module):
    """A 3x3 or 7x7 convolution over a reflected border, then normalisation."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel: int, dilation: int = 1, bias: bool = True
    ) -> None:
        super().__init__()
        self.pad = dilation * (kernel // 2)
        self.conv = nn.Conv2d(in_channels, out_channels, kernel, dilation=dilation, bias=bias)
        self.norm = InstanceNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv(reflect_pad(x, self.pad)))


class _Resize(nn.Module):
    """A 4x4 convolution that halves H and W, or its transpose that doubles them."""

    def __init__(self, in_channels: int, out_channels: int, *, up: bool) -> None:
        super().__init__()
        kind = nn.ConvTranspose2d if up else nn.Conv2d
        self.conv = kind(in_channels, out_channels, 4, stride=2, padding=1)
        self.norm = InstanceNorm2d(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(self.conv(x))


class _Residual(nn.Module):
    """x plus two convolutions of it, the first of dilation 2."""

    def __init__(self, channels: int, bias: bool) -> None:
        super().__init__()
        self.first = _Conv(channels, channels, 3, dilation=2, bias=bias)
        self.second = _Conv(channels, channels, 3, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(self.first(x).relu())


class EdgeConnectStage(nn.Module):
    """One of the two networks: down by 4, dilated residual blocks, and up again.

    Args:
        in_channels: 3 for edges (grey, edges, hole), 4 for the picture (RGB, edges).
        out_channels: 1 or 3.
        width: channels at full resolution.
        blocks: residual blocks.
        residual_bias: whether the residual blocks have biases; the edge network's have none.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        width: int = 64,
        blocks: int = 8,
        residual_bias: bool = True,
    ) -> None:
        super().__init__()
        w = width
        self.encoder = nn.ModuleList(
            [_Conv(in_channels, w, 7), _Resize(w, 2 * w, up=False), _Resize(2 * w, 4 * w, up=False)]
        )
        self.middle = nn.Sequential(*(_Residual(4 * w, residual_bias) for _ in range(blocks)))
        self.decoder = nn.ModuleList([_Resize(4 * w, 2 * w, up=True), _Resize(2 * w, w, up=True)])
        self.head = nn.Conv2d(w, out_channels, 7)
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
                nn.init.normal_(module.weight, std=_STD)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Map BxCxHxW, H and W multiples of 4, to BxC'xHxW before the last activation."""
        for layer in self.encoder:
            x = layer(x).relu()
        x = self.middle(x)  # B x 4w x H/4 x W/4
        for layer in self.decoder:
            x = layer(x).relu()
        return self.head(reflect_pad(x, 3))


@MODELS.register("edge_connect")
class EdgeConnect(LearnedInpainter):
    """Edge completion and picture completion, one after the other.

    Args:
        width: channels at full resolution; the paper's is 64 (21.5 M parameters in all).
        blocks: residual blocks of each network; the paper's are 8.
        sigma: smoothing of Canny's edges in pixels; the released weights want 2.
        composite_edges: keep the known part of the edge map, as the paper and its training do.
            The authors' test program does not: there the second network sees the edges as the
            first one drew them, everywhere.
        spectral_norm: train the edge network with spectral normalisation, as the paper does.
            Released weights have it folded in: False for them.
    """

    traits = Traits(
        title="EdgeConnect",
        family="edge prediction",
        paper="Nazeri et al. 2019, EdgeConnect: Generative Image Inpainting with Adversarial "
        "Edge Learning",
        paper_url="https://arxiv.org/abs/1901.00212",
        multiple=4,
        sketch=True,
        stages=("edges",),
        maps=("edges found in the known part", "edges as the network completes them"),
    )

    def __init__(
        self,
        width: int = 64,
        *,
        blocks: int = 8,
        sigma: float = 2.0,
        composite_edges: bool = True,
        spectral_norm: bool = False,
    ) -> None:
        super().__init__()
        self.sigma = sigma
        self.composite_edges = composite_edges
        self.edges = EdgeConnectStage(3, 1, width=width, blocks=blocks, residual_bias=False)
        self.picture = EdgeConnectStage(4, 3, width=width, blocks=blocks)
        if spectral_norm:  # of all but the last layer
            for part in (self.edges.encoder, self.edges.middle, self.edges.decoder):
                add_spectral_norm(part)

    def complete(
        self,
        image: Tensor,
        hole: Tensor,
        *,
        sketch: Tensor | None = None,
        generator: torch.Generator | None = None,
        explain: bool = False,
    ) -> Completion:
        """See `Inpainter.complete`.

        Strokes should be about as thin as Canny's edges, one or two pixels. The stage `edges` is
        the map that the second network sees, Bx1xHxW in [0,1]; the maps are `edges_known`
        (Canny's, zeros and ones) and `edges_completed` (the first network's, in [0,1], before
        strokes and compositing).
        """
        grey = luminance(image)
        known = canny_edges(grey, hole, sigma=self.sigma)
        completed = self.network_edges(grey, hole, known)
        edges = self.join(known, completed, hole, sketch)
        output = self.network_picture(image, hole, edges)
        maps = {"edges_known": known, "edges_completed": completed.float()} if explain else {}
        return Completion(image=output.float(), stages={"edges": edges.float()}, maps=maps)

    def network_edges(self, grey: Tensor, hole: Tensor, edges: Tensor) -> Tensor:
        """Complete an edge map.

        Args:
            grey: Bx1xHxW in [0,1]; see `layers.canny.luminance`.
            hole: Bx1xHxW, 1 = missing.
            edges: Bx1xHxW of zeros and ones; those under the hole are not looked at, so the
                edges of a whole photograph serve a training, as in the paper.

        Returns:
            Bx1xHxW in [0,1].
        """
        known = 1.0 - hole
        x = torch.cat([grey * known + hole, edges * known, hole], dim=1)  # B x 3 x H x W
        return torch.sigmoid(self.edges(x))

    def network_picture(self, image: Tensor, hole: Tensor, edges: Tensor) -> Tensor:
        """Give Bx3xHxW in [0,1] for a completed edge map, Bx1xHxW in [0,1]."""
        masked = image * (1.0 - hole) + hole
        x = torch.cat([masked, edges.to(masked.dtype)], dim=1)  # B x 4 x H x W
        return (torch.tanh(self.picture(x)) + 1.0) / 2.0

    def join(
        self, known: Tensor, completed: Tensor, hole: Tensor, sketch: Tensor | None = None
    ) -> Tensor:
        """Make the edge map of the second network out of Canny's, the first one's and strokes."""
        edges = completed
        if self.composite_edges:
            edges = completed * hole + known * (1.0 - hole)
        if sketch is not None:
            edges = torch.maximum(edges, (sketch * hole).to(edges.dtype))
        return edges
