"""Lost blocks of a coded picture, as in the error-concealment track of the ICME 2019 challenge.

A picture is coded in blocks on a grid. Blocks are lost one by one, or as runs in the order in
which they are sent (row by row, a slice at a time), which is what packets carry.
"""

from __future__ import annotations

import cv2
import numpy as np

from inpaint_bench.masks._base import check_size, register

__all__ = ["draw_icme_blocks"]

_BLOCKS = (8, 16, 32)  # pixels
_LOSS = (0.05, 0.5)  # share of blocks
_LONGEST_RUN = 0.75  # of a row of blocks


@register(
    "icme_blocks",
    title="Error-concealment blocks",
    source="after the error-concealment track of the ICME 2019 Grand Challenge on Learning-Based "
    "Image Inpainting (used by Siao et al., UC Davis); it published masks and no generator: the "
    "numbers are ours",
    parameters={
        "block": "8, 16 or 32 px on a grid",
        "loss": "5 to 50 % of the blocks",
        "pattern": "single blocks, or runs in raster order of up to 3/4 of a row",
    },
    smallest=64,
)
def draw_icme_blocks(height: int, width: int, rng: np.random.Generator) -> np.ndarray:
    """Draw lost blocks: scattered in half of the masks, in runs in the other half.

    Args:
        height, width: of the mask in pixels, at least 64.
        rng: source of randomness.

    Returns:
        HxW bool, True = missing; blocks at the right and lower border may be cut off.

    Raises:
        MaskError: the mask would be smaller than 8x8.
    """
    check_size(height, width)
    block = int(rng.choice(_BLOCKS))
    rows, columns = -(-height // block), -(-width // block)
    lost = np.zeros(rows * columns, dtype=np.uint8)
    wanted = max(1, round(float(rng.uniform(*_LOSS)) * lost.size))
    if rng.random() < 0.5:
        lost[rng.permutation(lost.size)[:wanted]] = 1
    else:
        longest = max(1, int(_LONGEST_RUN * columns))
        while (missing := wanted - int(lost.sum())) > 0:
            start, length = int(rng.integers(lost.size)), int(rng.integers(1, longest + 1))
            lost[start : start + min(length, missing)] = 1
    whole = cv2.resize(
        lost.reshape(rows, columns),
        (columns * block, rows * block),
        interpolation=cv2.INTER_NEAREST,
    )
    return whole[:height, :width].astype(bool)
