"""What the public functions do: a variant's name to a running model, and a photograph of any
size with a hole to a composited result. Imported by `inpaint_bench` when first called."""

from __future__ import annotations

import inspect

import torch
from torch import Tensor, nn

from inpaint_bench.errors import ModelError, WeightsError
from inpaint_bench.imaging import composite, crop_to, pad_to_multiple, validate_hole
from inpaint_bench.models import MODELS
from inpaint_bench.models._base import Inpainter, check_inputs
from inpaint_bench.types import Variant
from inpaint_bench.weights import find_variant, fit_state_dict, load_state_dict

__all__ = ["build", "load_variant", "run_and_composite"]


def load_variant(name: str, *, device: str | torch.device = "cpu") -> Inpainter:
    """Return the model of the manifest's variant `name`; see `inpaint_bench.load`."""
    return build(find_variant(name), device=device)


def build(variant: Variant, *, device: str | torch.device = "cpu") -> Inpainter:
    """Return the model of `variant` with its weights, in evaluation mode, on `device`.

    Raises:
        UnknownNameError: no such architecture.
        WeightsError: the options or the weights do not fit the architecture, or the weights
            are missing or altered.
        ModelError: this machine has no such device.
    """
    architecture = MODELS[variant.architecture]
    try:
        inspect.signature(architecture).bind(**variant.options)
    except TypeError as error:
        raise WeightsError(
            f"the options of variant {variant.name!r} do not fit {variant.architecture!r}: "
            f"{error}: correct its table in weights/manifest.toml"
        ) from error
    model = architecture(**variant.options)
    if isinstance(model, nn.Module):
        _fill(model, variant)
        _move(model, device)
        model.eval()
    model.variant = variant
    return model


def run_and_composite(
    model: Inpainter,
    image: Tensor,
    hole: Tensor,
    *,
    sketch: Tensor | None = None,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Check, hide, pad, run, crop, clamp and composite; see `inpaint_bench.inpaint`."""
    check_inputs(model.traits, image, hole, sketch)
    validate_hole(hole)
    missing = (hole > 0.5).to(image.device)
    # A benchmark hands over whole photographs: no model may peek under its hole.
    seen = image.to(torch.float32).masked_fill(missing, 0.0)
    strokes = None if sketch is None else (sketch.to(image.device) * missing).to(torch.float32)
    result = _run_padded(model, seen, missing.to(torch.float32), strokes, generator)
    if result.shape != image.shape or not bool(torch.isfinite(result).all()):
        raise ModelError(
            f"expected finite values of {tuple(image.shape)} from {model.traits.title}, got "
            f"{tuple(result.shape)}, finite: {bool(torch.isfinite(result).all())}: "
            "use another model for this image"
        )
    return composite(result.clamp(0.0, 1.0), image, hole)


def _run_padded(
    model: Inpainter,
    image: Tensor,
    hole: Tensor,
    sketch: Tensor | None,
    generator: torch.Generator | None,
) -> Tensor:
    """Run `complete` on the model's device at a size it takes; give BxCxHxW of the old size."""
    device = _device_of(model)
    multiple = model.multiple
    padded_image, size = pad_to_multiple(image.to(device), multiple)
    padded_hole, _ = pad_to_multiple(hole.to(device), multiple)
    if sketch is not None:
        sketch, _ = pad_to_multiple(sketch.to(device), multiple)
    with torch.inference_mode():
        completion = model.complete(padded_image, padded_hole, sketch=sketch, generator=generator)
    return crop_to(completion.image, size)


def _fill(model: nn.Module, variant: Variant) -> None:
    if variant.source != "none":
        fit_state_dict(model, load_state_dict(variant), variant.name)
    elif model.state_dict():
        raise WeightsError(
            f"expected weights for {variant.architecture!r}, got source 'none' for variant "
            f"{variant.name!r}: name its file in weights/manifest.toml"
        )


def _move(model: nn.Module, device: str | torch.device) -> None:
    try:
        model.to(torch.device(device))
    except (RuntimeError, AssertionError) as error:  # AssertionError: torch built without CUDA
        raise ModelError(
            f"expected a device of this machine, got {str(device)!r}: use 'cpu'"
        ) from error


def _device_of(model: Inpainter) -> torch.device:
    if isinstance(model, nn.Module):
        for parameter in model.parameters():
            return parameter.device
    return torch.device("cpu")
