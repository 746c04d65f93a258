"""Where a picture to be measured comes from: a model's call, a kept output, or a file made
elsewhere.

Models run in the recipe's precision on batches of one shape (one picture a batch unless more are
asked for); `seconds` is the time of the model's call alone, shared among the pictures of its batch.
What fails is returned as the text for the `error` of its row.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor

from inpaint_bench import inpaint
from inpaint_bench._api import build
from inpaint_bench.bench.external import read_output
from inpaint_bench.bench.files import write_picture
from inpaint_bench.bench.items import Made, Shown, describe_error
from inpaint_bench.bench.measuring import needs_raw
from inpaint_bench.bench.pictures import Pictures
from inpaint_bench.bench.plan import Recipe, item_seed
from inpaint_bench.bench.precision import in_float64
from inpaint_bench.bench.stages import Watched
from inpaint_bench.bench.store import Store
from inpaint_bench.bench.survey import ItemTodo
from inpaint_bench.errors import ImageError, InpaintBenchError, WriteError
from inpaint_bench.imaging import composite, read_image, to_tensor, to_uint8
from inpaint_bench.models import Inpainter

__all__ = ["Maker"]

_log = logging.getLogger(__name__)


class Maker:
    """Makes pictures, keeping the models it has built."""

    def __init__(self, store: Store, *, keep_outputs: bool, device: str, batch: int) -> None:
        self._store = store
        self._keep_outputs = keep_outputs
        self._device = device
        self._batch = batch
        self._models: dict[str, Inpainter | Exception] = {}

    def batch_size(self, recipe: Recipe) -> int:
        """Return how many pictures are made at once; a generator belongs to one picture alone."""
        return 1 if recipe.stochastic or recipe.outputs is not None else self._batch

    def make(self, recipe: Recipe, shown: Sequence[Shown], pictures: Pictures) -> list[Made]:
        """Return one result for each item, in their order.

        Args:
            recipe: of the variant.
            shown: items of one shape, at most `batch_size` of them.
            pictures: that they were taken from.
        """
        if recipe.outputs is not None:
            return [self._take(recipe, one, pictures) for one in shown]
        made = {id(one): kept for one in shown if (kept := self._kept(recipe, one)) is not None}
        rest = [one for one in shown if id(one) not in made]
        if rest:
            fresh = self._run(recipe, rest)
            made.update((id(one), result) for one, result in zip(rest, fresh, strict=True))
        return [made[id(one)] for one in shown]

    def _kept(self, recipe: Recipe, one: Shown) -> Made | None:
        """Return a kept output, or None where the model has to be run."""
        todo = one.todo
        path = self._path(recipe, todo)
        if todo.old is None or todo.stages or needs_raw(todo.metrics) or not path.is_file():
            return None
        try:
            kept = to_tensor(read_image(path))
        except ImageError as error:
            _log.info("kept output is made again: %s", error)
            return None
        return Made(kept) if kept.shape == one.truth.shape else None

    def _run(self, recipe: Recipe, shown: Sequence[Shown]) -> list[Made]:
        """Run the model on a batch; where that fails, on each item alone."""
        try:
            model = self._model(recipe)
        except _LoadError as error:
            return [Made(error=describe_error("load", error.reason))] * len(shown)
        try:
            return self._complete(recipe, model, shown)
        except WriteError:  # no fault of the model's: the run stops, and goes on from here
            raise
        except (Exception, SystemExit) as error:  # whatever a model raises is its result here
            if len(shown) > 1:
                return [made for one in shown for made in self._run(recipe, [one])]
            _log.info("%s on %s: %s", recipe.variant.name, shown[0].todo.item.image_id, error)
            return [Made(error=describe_error("model", error))]

    def _complete(self, recipe: Recipe, model: Inpainter, shown: Sequence[Shown]) -> list[Made]:
        truth = torch.cat([one.truth for one in shown])  # BxCxSxS
        hole = torch.cat([one.hole for one in shown])  # Bx1xSxS
        generator = torch.Generator().manual_seed(item_seed(recipe.seed, shown[0].todo.item))
        watch = any(one.todo.stages or needs_raw(one.todo.metrics) for one in shown)
        asked = Watched(model) if watch else model
        started = time.perf_counter()
        completed = inpaint(asked, truth, hole, generator=generator, oversize="whole")
        seconds = (time.perf_counter() - started) / len(shown)
        stages: Mapping[str, Tensor | None] = {}
        raw: Tensor | None = None
        if isinstance(asked, Watched):
            raw, stages = asked.earlier(completed, truth, hole)
        made = []
        for i, one in enumerate(shown):
            picture = self._rounded(recipe, one.todo, completed[i : i + 1])
            found = {
                name: None if stage is None else to_tensor(to_uint8(stage[i : i + 1]))
                for name, stage in stages.items()
            }
            before = None if raw is None else to_tensor(to_uint8(raw[i : i + 1]))
            made.append(Made(picture, seconds, found, before))
        return made

    def _take(self, recipe: Recipe, one: Shown, pictures: Pictures) -> Made:
        """Return a picture that was made elsewhere."""
        outputs, todo = recipe.outputs, one.todo
        size = one.truth.shape[-1]
        try:
            own_size = pictures.reader.own_size(pictures.index(todo.position))
            picture = to_tensor(read_output(outputs.path(todo.item), size, own_size))
        except (InpaintBenchError, OSError) as error:
            return Made(error=describe_error("picture", error))
        before = picture
        if outputs.composite:
            picture = composite(picture, one.truth, one.hole)
        return Made(self._rounded(recipe, todo, picture), raw=before)

    def _rounded(self, recipe: Recipe, todo: ItemTodo, picture: Tensor) -> Tensor:
        """Return a picture as it would be saved, and save it where that is asked for."""
        rounded = to_uint8(picture)
        path = self._path(recipe, todo)
        if self._keep_outputs or path.exists():  # a kept output never goes stale
            write_picture(path, rounded)
        return to_tensor(rounded)

    def _path(self, recipe: Recipe, todo: ItemTodo) -> Path:
        return self._store.output_path(recipe.variant.name, todo.item.image_id, todo.item.mask_id)

    def _model(self, recipe: Recipe) -> Inpainter:
        name = recipe.variant.name
        if name not in self._models:
            try:
                model = build(recipe.variant, device=self._device)
                self._models[name] = in_float64(model) if recipe.precision == "float64" else model
            except Exception as error:  # told in every row of the variant
                _log.info("%s cannot be loaded: %s", name, error)
                self._models[name] = error
        model = self._models[name]
        if isinstance(model, Exception):
            raise _LoadError(model)
        return model


class _LoadError(Exception):
    """A variant that could not be built, told apart from one that failed on an item."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(str(reason))
        self.reason = reason
