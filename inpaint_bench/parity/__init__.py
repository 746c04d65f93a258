"""Parity with published implementations: our networks against fixtures of their outputs.

A fixture is a pair NAME.json and NAME.safetensors: which reference it was (repository, file,
constructor), the rule that gives its parameters, an input and the output. What a fixture is run
on is found from its `reference`, not its name, so fixtures of other seeds, sizes and options
need no change here. One file an architecture; importing this files them all.
"""

from inpaint_bench.parity import (
    aot_gan,
    contextual_attention,
    deepfill_v1,
    deepfill_v2,
    deepgin,
    edge_connect,
    global_local,
    lama,
    mi_gan,
    partial_conv,
    pconv_unet,
    pluralistic,
    recurrent_sobel,
)
from inpaint_bench.parity._base import (
    Fixture,
    Outcome,
    check_fixtures,
    fill_tensor,
    read_fixture,
)

__all__ = [
    "Fixture",
    "Outcome",
    "aot_gan",
    "check_fixtures",
    "contextual_attention",
    "deepfill_v1",
    "deepfill_v2",
    "deepgin",
    "edge_connect",
    "fill_tensor",
    "global_local",
    "lama",
    "mi_gan",
    "partial_conv",
    "pconv_unet",
    "pluralistic",
    "read_fixture",
    "recurrent_sobel",
]
