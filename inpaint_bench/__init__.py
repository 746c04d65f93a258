"""Compare image-inpainting methods: `load`, `inpaint` and `list_variants` are the public API.

Importing this package reads no weights, touches no network and does not even import torch:
what is heavy is imported by the function that needs it.

Example:
    >>> from inpaint_bench import inpaint, list_variants, load
    >>> model = load("telea")
    >>> result = inpaint(model, image, hole)  # Bx3xHxW in [0,1], Bx1xHxW with 1 = missing
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from inpaint_bench.models._base import Inpainter
    from inpaint_bench.types import Variant

__all__ = ["__version__", "inpaint", "list_variants", "load"]

__version__ = "0.1.0"


def list_variants() -> list[Variant]:
    """Return every variant of `weights/manifest.toml`, in its order, then those of plugins.

    Raises:
        WeightsError: the manifest is missing or does not say what it must.
    """
    from inpaint_bench.plugins import load_entry_points
    from inpaint_bench.weights import read_manifest

    load_entry_points()
    return list(read_manifest().values())


def load(name: str, *, device: str | torch.device = "cpu") -> Inpainter:
    """Return the model of one variant, with its weights, ready to run.

    Args:
        name: as in `list_variants()`, such as "telea" or "deepfill_v2-scenes128".
        device: where a network runs; classical methods always run on the CPU.

    Returns:
        An `Inpainter` in evaluation mode whose attribute `variant` is its manifest record.

    Raises:
        UnknownNameError: no variant has this name.
        WeightsError: the weights are missing, altered, or do not fit the architecture.
    """
    from inpaint_bench._api import load_variant
    from inpaint_bench.plugins import load_entry_points

    load_entry_points()
    return load_variant(name, device=device)


def inpaint(
    model: Inpainter,
    image: Tensor,
    hole: Tensor,
    *,
    sketch: Tensor | None = None,
    generator: torch.Generator | None = None,
    oversize: str | None = None,
) -> Tensor:
    """Fill the holes of a batch of photographs and leave every known pixel as it is.

    Args:
        model: from `load`.
        image: Bx3xHxW floating point in [0,1], any size; pixels under the hole are hidden from
            the model.
        hole: Bx1xHxW of the same size, 1 = missing, 0 = known.
        sketch: Bx1xHxW, 1 = stroke; for models that take one.
        generator: source of randomness of stochastic models, on the CPU.
        oversize: what to do with photographs larger than the model was trained on: "whole",
            "resize", "tile", "crop" or "subsample" (see `inpaint_bench.tiling`). By default
            the model's own, `traits.oversize`, beyond four times as many pixels.

    Returns:
        Bx3xHxW in [0,1], a new tensor on the image's device: the model's result where
        `hole` is 1, the image bit for bit elsewhere.

    Raises:
        ImageError: the image has another shape, type or range.
        MaskError: the hole is empty, full, not binary, or of another size.
        ModelError: the model takes no sketch, or gave values that are not finite, or there is
            no such strategy.
    """
    from inpaint_bench._api import run_and_composite

    return run_and_composite(
        model, image, hole, sketch=sketch, generator=generator, oversize=oversize
    )
