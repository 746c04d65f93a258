"""DeepFill v2 guided by a sketch: one more plane of input, strokes in the hole.

Yu et al., Free-Form Image Inpainting with Gated Convolution, ICCV 2019, on user guidance. As in the
authors' network the strokes enter the first stage alone, between the picture and the mask; the
refinement, and with it contextual attention, sees them through the coarse result only.
"""

from __future__ import annotations

from dataclasses import replace

from inpaint_bench.models._base import MODELS
from inpaint_bench.models.deepfill_v2 import DeepFillV2

__all__ = ["DeepFillV2Sketch"]


@MODELS.register("deepfill_v2_sketch")
class DeepFillV2Sketch(DeepFillV2):
    """`DeepFillV2` with a sketch of zeros and ones; none given is one without strokes.

    The paper trains on edges found by HED above 0.6, and shows the edges to the critic too.
    Strokes outside the hole are dropped.
    """

    traits = replace(DeepFillV2.traits, title="DeepFill v2 with sketch", sketch=True)
