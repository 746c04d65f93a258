"""The joint patch and Sobel edge critic of the recurrent network."""

from __future__ import annotations

from inpaint_bench.layers.sobel_discriminator import SobelDiscriminator

__all__ = ["SobelDiscriminator"]
