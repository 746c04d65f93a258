"""Validation on a frozen subset: hole L1, PSNR, SSIM and a grid of pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader

from inpaint_bench.imaging import composite, to_uint8, write_png
from inpaint_bench.metrics.l1 import l1_hole
from inpaint_bench.metrics.psnr import psnr
from inpaint_bench.metrics.ssim import ssim
from inpaint_bench.models._base import LearnedInpainter
from trainers.data import HeldOut

__all__ = ["as_floats", "validate"]

_SHOWN = 12


def as_floats(
    batch: Sequence[Tensor],
    device: torch.device,
    layout: torch.memory_format = torch.channels_last,
) -> list[Tensor]:
    """Bring a loader's uint8 image and planes to `device` in float32, the image in [0,1]."""
    image, *planes = (tensor.to(device, non_blocking=True) for tensor in batch)
    image = image.float().div_(255.0).contiguous(memory_format=layout)
    return [image, *(plane.float() for plane in planes)]


@torch.no_grad()
def validate(
    model: LearnedInpainter, subset: HeldOut, device: torch.device, grid: Path
) -> dict[str, float]:
    """Complete the subset in float32 and write the first pictures of it.

    Returns:
        `hole_l1` in % of range, `psnr` in dB and `ssim`, means over the subset's composites; for
        a model that takes a sketch all three without one, and the same with every edge of the
        hole drawn, as `hole_l1_sketched` ..
    """
    model.eval()
    totals: dict[str, list[Tensor]] = defaultdict(list)
    tiles: list[np.ndarray] = []
    for batch in DataLoader(subset, batch_size=8):
        image, hole, *sketch = as_floats(batch, device)
        shown = [_masked(image, hole)]
        for strokes, suffix in ((None, ""), *((s, "_sketched") for s in sketch)):
            guided = {} if strokes is None else {"sketch": strokes}
            generator = torch.Generator().manual_seed(0)
            completion = model(image, hole, generator=generator, **guided)
            result = composite(completion.image.clamp(0.0, 1.0), image, hole)
            found, truth, missing = result.cpu(), image.cpu(), hole.cpu()
            totals[f"hole_l1{suffix}"].append(l1_hole(found, truth, missing))
            totals[f"psnr{suffix}"].append(psnr(found, truth))
            totals[f"ssim{suffix}"].append(ssim(found, truth))
            if strokes is not None:
                shown.append(_masked(image, hole) * (1.0 - strokes))
            shown.append(result)
        shown.append(image)
        for i in range(min(len(image), _SHOWN - len(tiles))):
            tiles.append(np.vstack([to_uint8(pictures[i].cpu()) for pictures in shown]))
    model.train()
    write_png(grid, np.hstack(tiles))
    return {name: float(torch.cat(values).mean()) for name, values in totals.items()}


def _masked(image: Tensor, hole: Tensor) -> Tensor:
    """Show the hole in white."""
    return image * (1.0 - hole) + hole
