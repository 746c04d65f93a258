"""What the public functions do: a variant's name to a running model, and a photograph of any
size with a hole to a composited result. Imported by `inpaint_bench` when first called."""

from __future__ import annotations

import inspect
import math

import torch
from torch import Tensor, nn

from inpaint_bench.errors import ModelError, WeightsError
from inpaint_bench.imaging import composite, crop_to, pad_to_multiple, validate_hole
from inpaint_bench.models import MODELS
from inpaint_bench.models._base import Inpainter, check_inputs
from inpaint_bench.plugins import provide
from inpaint_bench.tiling import STRATEGIES, Frame, fill_oversize
from inpaint_bench.types import Variant
from inpaint_bench.weights import find_variant, fit_state_dict, load_state_dict

__all__ = ["build", "choose_strategy", "load_variant", "run_and_composite"]

# Convolutional networks stand up to twice the side they were trained on.
_BEARABLE = 2
_LARGEST_WHOLE = 1024  # side up to which a network whose default is "whole" is bearable in memory
_UNTRAINED_SIDE = 512  # of windows, where a strategy is asked of a method that learnt nothing


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
    provide(variant)
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
    oversize: str | None = None,
) -> Tensor:
    """Check, hide, fit, run, clamp and composite; see `inpaint_bench.inpaint`."""
    _check_model(model, generator)
    check_inputs(model.traits, image, hole, sketch)
    validate_hole(hole)
    strategy, frame = choose_strategy(model, image.shape[-2:], oversize)
    missing = (hole > 0.5).to(image.device)

    def fill(seen: Tensor, where: Tensor, strokes: Tensor | None) -> Tensor:
        return _run_checked(model, seen, where, strokes, generator)

    with torch.no_grad():
        strokes = None if sketch is None else (sketch.to(image.device) * missing).float()
        if strategy != "whole":
            return fill_oversize(
                fill, image, missing, strategy=strategy, frame=frame, sketch=strokes
            )
        # A benchmark hands over whole photographs: no model may peek under its hole.
        seen = image.to(torch.float32).masked_fill(missing, 0.0)
        return composite(fill(seen, missing.to(torch.float32), strokes), image, hole)


def choose_strategy(
    model: Inpainter, size: tuple[int, int], oversize: str | None = None
) -> tuple[str, Frame]:
    """Return how a photograph is shown to a model, a name in `tiling.STRATEGIES`, and in what size.

    A network that takes one size only gets squares of it: smaller photographs are enlarged, larger
    ones are filled as asked for, "whole" meaning "resize". Any other model sees a photograph as it
    is where "whole" is asked for, or where no side is longer than what it was trained on. Where
    nothing is asked for, that holds up to four times as many pixels as it was trained on, and
    beyond the model's default counts. A network whose default is "whole" sees 1024x1024 pixels as
    they are and crops larger photographs to that. Of the methods that learnt nothing, those whose
    default is "whole" see any photograph so, and others are cropped beyond 1024x1024.

    Args:
        model: the trained resolution is its variant's.
        size: (height, width) of the photograph.
        oversize: what is asked for; None for the model's default, `traits.oversize`.

    Raises:
        ModelError: there is no such strategy.
    """
    if oversize is not None and oversize not in STRATEGIES:
        raise ModelError(f"expected oversize to be one of {STRATEGIES}, got {oversize!r}")
    default = model.traits.oversize
    if model.side is not None:
        frame = Frame(model.side, only=True)
        if tuple(size) == (model.side, model.side):
            return "whole", frame
        asked = oversize or default
        small = max(size) <= model.side
        return ("resize" if small or asked == "whole" else asked), frame
    variant = getattr(model, "variant", None)
    trained = variant.resolution if variant is not None else 0
    frame = Frame(trained or _UNTRAINED_SIDE)
    if oversize is not None:
        return ("whole" if max(size) <= frame.side else oversize), frame
    if not trained:
        bearable = math.inf if default == "whole" else _LARGEST_WHOLE
    elif default == "whole":
        bearable = max(_BEARABLE * trained, _LARGEST_WHOLE)
        frame, default = Frame(bearable), "crop"
    else:
        bearable = _BEARABLE * trained
    return ("whole" if size[0] * size[1] <= bearable**2 else default), frame


def _check_model(model: object, generator: object) -> None:
    """Raise unless there is a model to run, and a generator or none."""
    if isinstance(model, type) or not callable(getattr(model, "complete", None)):
        raise ModelError(f"expected a model, got {model!r}: load(NAME) gives one")
    if generator is not None and not isinstance(generator, torch.Generator):
        raise ModelError(
            f"expected a torch.Generator, got {generator!r}: "
            "torch.Generator().manual_seed(SEED) makes one"
        )


def _run_checked(
    model: Inpainter,
    image: Tensor,
    hole: Tensor,
    sketch: Tensor | None,
    generator: torch.Generator | None,
) -> Tensor:
    """Return what the model gives, of the image's size and in [0,1], on the image's device."""
    result = _run_padded(model, image, hole, sketch, generator)
    if result.shape != image.shape or not bool(torch.isfinite(result).all()):
        raise ModelError(
            f"expected finite values of {tuple(image.shape)} from {model.traits.title}, got "
            f"{tuple(result.shape)}, finite: {bool(torch.isfinite(result).all())}: "
            "use another model for this image"
        )
    return result.clamp(0.0, 1.0).to(image.device)


def _run_padded(
    model: Inpainter,
    image: Tensor,
    hole: Tensor,
    sketch: Tensor | None,
    generator: torch.Generator | None,
) -> Tensor:
    """Run `complete` on the model's device at a size it takes; give BxCxHxW of the old size."""
    device = _device_of(model)
    multiple = model.side or model.multiple
    padded_image, size = pad_to_multiple(image.to(device), multiple)
    padded_hole, _ = pad_to_multiple(hole.to(device), multiple)
    if sketch is not None:
        sketch, _ = pad_to_multiple(sketch.to(device), multiple)
    with torch.inference_mode():
        completion = model.complete(padded_image, padded_hole, sketch=sketch, generator=generator)
    result = completion.image
    # A picture of another size is no result, even where a part of it could be cut out.
    return crop_to(result, size) if result.shape == padded_image.shape else result


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
    except (RuntimeError, AssertionError, TypeError) as error:  # AssertionError: torch without CUDA
        raise ModelError(
            f"expected a device of this machine, got {str(device)!r}: use 'cpu'"
        ) from error


def _device_of(model: Inpainter) -> torch.device:
    if isinstance(model, nn.Module):
        for parameter in model.parameters():
            return parameter.device
    return torch.device("cpu")
