"""A model inside another one, which `inpaint` takes like the model itself."""

from __future__ import annotations

from torch import Tensor

from inpaint_bench.models import Inpainter
from inpaint_bench.models._base import LearnedInpainter
from inpaint_bench.types import Completion, Traits

__all__ = ["Wrapped"]


class Wrapped(LearnedInpainter):
    """A model whose calls a subclass looks at or changes."""

    def __init__(self, model: Inpainter) -> None:
        super().__init__()
        self.model = model

    @property
    def traits(self) -> Traits:  # type: ignore[override]
        return self.model.traits

    @property
    def multiple(self) -> int:
        return self.model.multiple

    @property
    def side(self) -> int | None:
        return self.model.side

    def complete(self, image: Tensor, hole: Tensor, **options: object) -> Completion:
        """See `Inpainter.complete`."""
        return self.model.complete(image, hole, **options)

    def __getattr__(self, name: str) -> object:
        own = self.__dict__.get("_modules", {})
        if name == "model" or name in own:
            return super().__getattr__(name)  # not there yet, or a module
        return getattr(self.model, name)
