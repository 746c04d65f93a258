"""Re-inpainting self-consistency: a score for pictures whose truth nobody knows.

A result is masked again and filled by a second model, K times with other masks; the mean
distance between the result and its re-inpainted versions is the score, lower being more
consistent: what the first model invented is judged by whether the rest of the picture can be
told from it, and the other way round.

The second masks are square patches at random places of a grid, on pixels that were known: the
second model then has to explain known pixels from invented ones, and its own style does not
meet itself. The second model, the masks and the distance decide the number as much as the
method does: `Setting.describe` is to be printed beside it.

Chen, Zhang, Hong, Zhang, Zhang 2024, Assessing Image Inpainting via Re-Inpainting
Self-Consistency Evaluation, arXiv 2405.16263: K = 10, 40 % and LPIPS are theirs; they give no
patch size, 1/16 of the side is ours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from inpaint_bench.errors import BenchError, MaskError
from inpaint_bench.metrics._base import METRICS, check_pair

__all__ = ["REFERENCE", "Inpaint", "Setting", "patch_masks", "reinpainting_consistency"]

REFERENCE = (
    "Chen et al. 2024, Assessing Image Inpainting via Re-Inpainting Self-Consistency Evaluation, "
    "arXiv 2405.16263"
)

_MOST = 1000  # second masks of one picture

# (image Bx3xHxW in [0,1], hole Bx1xHxW) -> composite Bx3xHxW in [0,1]
Inpaint = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Setting:
    """What the score depends on beside the pictures.

    Attributes:
        second_model: variant name of who fills the second holes.
        distance: name of a per-image metric of the composite that needs a truth.
        masks: how many second masks, K; 1000 at most.
        ratio: share of the known pixels that a second mask covers.
        patches: patches along the shorter side.
        seed: of the second masks.
    """

    second_model: str
    distance: str = "lpips_alex"
    masks: int = 10
    ratio: float = 0.4
    patches: int = 16
    seed: int = 0

    def __post_init__(self) -> None:
        metric = METRICS[self.distance]
        if metric.region != "whole" or not metric.needs_truth:
            raise BenchError(
                f"expected a distance of whole pictures, got {self.distance!r} of the "
                f"{metric.region}"
            )
        if self.masks < 1 or not 0.0 < self.ratio < 1.0 or self.patches < 2 or self.seed < 0:
            raise BenchError(
                "expected 1 or more masks, a ratio within (0,1), 2 or more patches and a seed of 0 "
                f"or more, got {self.masks}, {self.ratio:g}, {self.patches} and {self.seed}"
            )
        if self.masks > _MOST:
            raise BenchError(f"expected {_MOST} masks or fewer, got {self.masks}")

    def describe(self) -> str:
        """Return the line to print beside the number."""
        return (
            f"{METRICS[self.distance].title} between a result and {self.masks} versions of it, "
            f"in each of which {self.ratio:.0%} of the known pixels (square patches, 1/"
            f"{self.patches} of the side) were filled again by {self.second_model}; seed "
            f"{self.seed}"
        )


def reinpainting_consistency(
    result: Tensor, hole: Tensor, inpaint: Inpaint, setting: Setting
) -> Tensor:
    """Return the mean distance between results and their re-inpainted versions.

    Args:
        result: Bx3xHxW in [0,1], composites of the method that is judged.
        hole: Bx1xHxW, 1 = missing, that the method had filled.
        inpaint: the second model, such as `partial(inpainter)` of `inpaint_bench.inpaint`;
            called once a mask with the whole batch.
        setting: masks and distance.

    Returns:
        B float64 in the direction of `setting.distance`.

    Raises:
        MaskError: too few pixels are known for a single patch.
    """
    check_pair(result, result, hole)
    metric = METRICS[setting.distance]
    masks = torch.stack(
        [torch.from_numpy(patch_masks(one[0].cpu().numpy() > 0, setting)) for one in hole]
    ).to(hole)  # BxKxHxW
    total = torch.zeros(len(result), dtype=torch.float64, device=result.device)
    for k in range(setting.masks):
        again = masks[:, k : k + 1]  # Bx1xHxW
        filled = inpaint(result, again).clamp(0.0, 1.0)
        total += metric.compute(filled, result, again)
    return total / setting.masks


def patch_masks(hole: np.ndarray, setting: Setting) -> np.ndarray:
    """Return the second masks of one picture, the same ones for every method.

    Args:
        hole: HxW bool, True = missing in the first mask.
        setting: how many, how much and from which seed.

    Returns:
        KxHxW bool, True = missing; never where `hole` is.

    Raises:
        MaskError: too few pixels are known for a single patch.
    """
    side = max(1, min(hole.shape) // setting.patches)
    rows, columns = (-(-length // side) for length in hole.shape)
    corners = [(side * (i // columns), side * (i % columns)) for i in range(rows * columns)]
    known = np.array([int((~hole[y : y + side, x : x + side]).sum()) for y, x in corners])
    usable = np.flatnonzero(known)
    wanted = setting.ratio * known.sum()
    if not usable.size or wanted < 1.0:
        raise MaskError("expected known pixels to mask again, got a hole that leaves too few")
    rng = np.random.default_rng([setting.seed, *hole.shape])
    masks = np.zeros((setting.masks, *hole.shape), dtype=bool)
    for mask in masks:
        order = rng.permutation(usable)
        count = int(np.searchsorted(known[order].cumsum(), wanted)) + 1
        for index in order[:count]:
            y, x = corners[index]
            mask[y : y + side, x : x + side] = True
        mask &= ~hole
    return masks
