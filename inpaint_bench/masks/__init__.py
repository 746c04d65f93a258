"""Where the holes come from: generators by name, folders of masks, ratios and their buckets.

`MASKS` holds the generators with what each declares; `draw_mask` draws from them under a seed
and, where asked, within a range of hole ratios. Training imports this package on machines that
have NumPy, OpenCV, Pillow and torch and nothing more.
"""

from __future__ import annotations

from inpaint_bench.masks._base import MASKS, MaskGenerator
from inpaint_bench.masks.draw import draw_mask
from inpaint_bench.masks.folder import MaskFolder
from inpaint_bench.masks.ratio import EDGES, bucket_label, bucket_labels, hole_ratio

# isort: split
# Lists show generators in the order in which these files register them.
from inpaint_bench.masks.free_form import draw_free_form
from inpaint_bench.masks.rectangle import draw_centre, draw_rectangle, draw_rectangles

# isort: split
from inpaint_bench.masks.fixed_rectangle import draw_fixed_rectangle

# isort: split
from inpaint_bench.masks.deepgin import draw_deepgin_rectangle

# isort: split
from inpaint_bench.masks.deepfill_v2 import draw_deepfill_v2_bbox, draw_deepfill_v2_free_form

# isort: split
from inpaint_bench.masks.random_walk import draw_random_walk

# isort: split
from inpaint_bench.masks.shapes import draw_shapes

# isort: split
from inpaint_bench.masks.cellular_automata import draw_cellular_automata

# isort: split
from inpaint_bench.masks.lama import draw_lama
from inpaint_bench.masks.segmentation import draw_segmentation

# isort: split
from inpaint_bench.masks.outpainting import draw_outpainting

# isort: split
from inpaint_bench.masks.icme_blocks import draw_icme_blocks
from inpaint_bench.masks.ntire import (
    draw_completion,
    draw_every_n_lines,
    draw_expand,
    draw_nearest_neighbour,
)

__all__ = [
    "EDGES",
    "MASKS",
    "MaskFolder",
    "MaskGenerator",
    "bucket_label",
    "bucket_labels",
    "draw_cellular_automata",
    "draw_centre",
    "draw_completion",
    "draw_deepfill_v2_bbox",
    "draw_deepfill_v2_free_form",
    "draw_deepgin_rectangle",
    "draw_every_n_lines",
    "draw_expand",
    "draw_fixed_rectangle",
    "draw_free_form",
    "draw_icme_blocks",
    "draw_lama",
    "draw_mask",
    "draw_nearest_neighbour",
    "draw_outpainting",
    "draw_random_walk",
    "draw_rectangle",
    "draw_rectangles",
    "draw_segmentation",
    "draw_shapes",
    "hole_ratio",
]
