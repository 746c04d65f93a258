"""Networks in float64, whose results do not depend on the machine.

Sums in float32 end in other bits on another processor, in another batch or with another number of
threads; where such a bit puts a value on the other side of a half, the 8-bit picture changes. In
float64 these bits lie nine digits further down.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from inpaint_bench.bench.wrapped import Wrapped
from inpaint_bench.models import Inpainter
from inpaint_bench.types import Completion

__all__ = ["in_float64"]


def in_float64(model: Inpainter) -> Inpainter:
    """Return a model that computes in float64 and takes and gives float32.

    A network is converted in place. Methods without parameters are returned as they are.
    """
    return _InFloat64(model.double()) if isinstance(model, nn.Module) else model


class _InFloat64(Wrapped):
    """A network in float64."""

    def complete(
        self, image: Tensor, hole: Tensor, *, sketch: Tensor | None = None, **options: object
    ) -> Completion:
        """See `Inpainter.complete`."""
        wide = None if sketch is None else sketch.double()
        with _Float64():
            given = super().complete(image.double(), hole.double(), sketch=wide, **options)
        stages = {name: stage.float() for name, stage in given.stages.items()}
        return replace(given, image=given.image.float(), stages=stages)


class _Float64(TorchFunctionMode):
    """`x.float()`, by which networks keep sums out of bfloat16, gives float64 here."""

    def __torch_function__(
        self,
        function: object,
        types: object,
        args: tuple = (),
        kwargs: Mapping[str, object] | None = None,
    ) -> object:
        if function is Tensor.float:
            function = Tensor.double
        return function(*args, **(kwargs or {}))
