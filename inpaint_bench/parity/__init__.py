"""Parity with published implementations: our networks against fixtures of their outputs.

A fixture is a pair NAME.json and NAME.safetensors: which reference it was (repository, file,
constructor), the rule that gives its parameters, an input and the output. What a fixture is run
on is found from its `reference`, not its name, so fixtures of other seeds, sizes and options
need no change here. One file an architecture; importing this files them all.
"""

from inpaint_bench.parity import contextual_attention, deepfill_v2, partial_conv, pconv_unet
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
    "check_fixtures",
    "contextual_attention",
    "deepfill_v2",
    "fill_tensor",
    "partial_conv",
    "pconv_unet",
    "read_fixture",
]
