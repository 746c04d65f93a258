"""Validation on a frozen subset: hole L1, PSNR, SSIM and a grid of pictures."""

from __future__ import annotations

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


def as_floats(image: Tensor, hole: Tensor, device: torch.device) -> tuple[Tensor, Tensor]:
    """Bring a loader's uint8 image and hole to float32 in [0,1], channels last, on `device`."""
    image = image.to(device).float().div_(255.0).contiguous(memory_format=torch.channels_last)
    return image, hole.to(device).float()


@torch.no_grad()
def validate(
    model: LearnedInpainter, subset: HeldOut, device: torch.device, grid: Path
) -> dict[str, float]:
    """Complete the subset in float32 and write the first pictures of it.

    Returns:
        `hole_l1` in % of range, `psnr` in dB and `ssim`, means over the subset's composites.
    """
    model.eval()
    totals: dict[str, list[Tensor]] = {"hole_l1": [], "psnr": [], "ssim": []}
    tiles: list[np.ndarray] = []
    for batch in DataLoader(subset, batch_size=8):
        image, hole = as_floats(*batch, device)
        result = composite(model(image, hole).image.clamp(0.0, 1.0), image, hole).cpu()
        image, hole = image.cpu(), hole.cpu()
        totals["hole_l1"].append(l1_hole(result, image, hole))
        totals["psnr"].append(psnr(result, image))
        totals["ssim"].append(ssim(result, image))
        for i in range(min(len(image), _SHOWN - len(tiles))):
            masked = image[i] * (1 - hole[i]) + hole[i]
            tiles.append(np.vstack([to_uint8(x) for x in (masked, result[i], image[i])]))
    model.train()
    write_png(grid, np.hstack(tiles))
    return {name: float(torch.cat(values).mean()) for name, values in totals.items()}
