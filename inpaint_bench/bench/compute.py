"""One shard of work: read each photograph once, fill it with every variant, measure, store.

Models run at batch 1 in float32; `seconds` is the time of the model's call alone. Metrics see
the 8-bit picture that a person would save, so that a kept output, a stranger's picture and a
fresh result are measured alike. Whatever fails becomes the `error` of its row.
"""

from __future__ import annotations

import json
import logging
import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from inpaint_bench import inpaint
from inpaint_bench._api import build
from inpaint_bench.bench.backbones import find_backbones
from inpaint_bench.bench.plan import Recipe, Shard, item_key, item_seed
from inpaint_bench.bench.provenance import code_version
from inpaint_bench.bench.store import TRUTH, FeaturePart, Part, Row, Store
from inpaint_bench.bench.survey import ItemTodo, PartTodo, Work
from inpaint_bench.data.testset import TestSetReader
from inpaint_bench.errors import ImageError
from inpaint_bench.imaging import read_image, to_tensor, to_uint8, write_png
from inpaint_bench.masks.ratio import bucket_label
from inpaint_bench.metrics import METRICS
from inpaint_bench.models import Inpainter

__all__ = ["Worker", "WorkerSettings"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WorkerSettings:
    """What a worker needs beside its work; plain data, so that it can be sent elsewhere.

    Attributes:
        folder: of the run.
        data_root: where the photographs and masks lie; None looks in the usual places.
        metrics: names -> versions of every per-image metric that can be computed.
        empty_metrics: names of those that cannot: NaN columns.
        keep_outputs: write every result as a picture.
        threads: that a computation may use; None leaves it to the libraries.
        device: where networks run.
    """

    folder: Path
    data_root: Path | None
    metrics: Mapping[str, str]
    empty_metrics: tuple[str, ...] = ()
    keep_outputs: bool = False
    threads: int | None = None
    device: str = "cpu"


class Worker:
    """Does shards of work, keeping models and readers between them."""

    def __init__(self, settings: WorkerSettings) -> None:
        if settings.threads is not None:
            torch.set_num_threads(settings.threads)
            cv2.setNumThreads(settings.threads)
        self._settings = settings
        self._store = Store(settings.folder)
        self._backbones = find_backbones()
        self._models: dict[str, Inpainter | Exception] = {}
        self._readers: dict[str, TestSetReader] = {}

    def run(self, work: Work, advance: Callable[[str], None]) -> None:
        """Do one shard and store its parts; when interrupted, store the rows that are done."""
        pictures = _Pictures(self._reader(work.shard))
        for part in work.parts:
            if part.recipe is None:
                self._run_truth(work.shard, part, pictures, advance)
            else:
                self._run_part(work.shard, part, part.recipe, pictures, advance)

    def _run_part(
        self,
        shard: Shard,
        part: PartTodo,
        recipe: Recipe,
        pictures: _Pictures,
        advance: Callable[[str], None],
    ) -> None:
        rows = dict(part.kept)
        features = {name: dict(stored.rows) for name, stored in part.features.items()}
        try:
            for todo in part.todo:
                row, found = self._fill(todo, shard, recipe, pictures)
                rows[todo.key] = row
                for name, vector in found.items():
                    features[name][todo.key] = vector
                advance(recipe.variant.name)
        finally:  # also on Ctrl-C
            self._write_features(shard, part, recipe.variant.name, features)
            self._write_rows(shard, part, recipe, rows)

    def _run_truth(
        self, shard: Shard, part: PartTodo, pictures: _Pictures, advance: Callable[[str], None]
    ) -> None:
        features = {name: dict(stored.rows) for name, stored in part.features.items()}
        by_image: dict[tuple[str, str], np.ndarray] = {}
        for todo in part.todo:
            picture = pictures.read(todo.position)
            for name in todo.features if not isinstance(picture, Exception) else ():
                known = (name, todo.item.image_sha256)
                if known not in by_image:
                    by_image[known] = self._backbones[name].extract(picture[0])[0]
                features[name][todo.key] = by_image[known]
            advance("the photographs")
        self._write_features(shard, part, TRUTH, features)

    def _fill(
        self, todo: ItemTodo, shard: Shard, recipe: Recipe, pictures: _Pictures
    ) -> tuple[Row, dict[str, np.ndarray]]:
        """Return the row of one item, and its features by backbone."""
        row = dict(todo.old) if todo.old else self._blank(todo, shard, recipe)
        picture = pictures.read(todo.position)
        if isinstance(picture, Exception):
            return {**row, "error": _describe("read", picture)}, {}
        truth, hole = picture
        try:
            result, seconds = self._result(todo, recipe, truth, hole)
        except _LoadError as error:
            return {**row, "error": _describe("load", error.reason)}, {}
        except Exception as error:  # whatever a model raises is its result on this item
            _log.info("%s on %s: %s", recipe.variant.name, todo.item.image_id, error)
            return {**row, "error": _describe("model", error)}, {}
        if todo.old is None:
            row["seconds"] = seconds
        self._measure(row, todo, result, truth, hole)
        return row, self._extract(row, todo, result)

    def _blank(self, todo: ItemTodo, shard: Shard, recipe: Recipe) -> dict[str, str | float]:
        """Return a row without any result."""
        names = (*self._settings.metrics, *self._settings.empty_metrics)
        return {
            "variant": recipe.variant.name,
            "test_set": shard.test_set.name,
            "image_id": todo.item.image_id,
            "mask_id": todo.item.mask_id,
            "hole_ratio": todo.item.hole_ratio,
            "bucket": bucket_label(todo.item.hole_ratio),
            **dict.fromkeys(names, math.nan),
            "seconds": math.nan,
            "device": self._settings.device,
            "precision": recipe.precision,
            "weights_sha256": recipe.weights_sha256,
            "metric_versions": "{}",
            "code_version": code_version(),
            "error": "",
        }

    def _result(
        self, todo: ItemTodo, recipe: Recipe, truth: Tensor, hole: Tensor
    ) -> tuple[Tensor, float]:
        """Return the composite rounded to 8 bits, 1x3xHxW, and the seconds the model took."""
        name = recipe.variant.name
        path = self._store.output_path(name, todo.item.image_id, todo.item.mask_id)
        if todo.old is not None and path.is_file():
            kept = _read_kept(path, truth)
            if kept is not None:
                return kept, math.nan
        model = self._model(recipe)
        generator = torch.Generator().manual_seed(item_seed(recipe.seed, todo.item))
        started = time.perf_counter()
        completed = inpaint(model, truth, hole, generator=generator)
        seconds = time.perf_counter() - started
        rounded = to_uint8(completed)
        if self._settings.keep_outputs or path.exists():  # a kept output never goes stale
            write_png(path, rounded)
        return to_tensor(rounded), seconds

    def _measure(
        self,
        row: dict[str, str | float],
        todo: ItemTodo,
        result: Tensor,
        truth: Tensor,
        hole: Tensor,
    ) -> None:
        """Add the metrics that the row lacks, with their versions."""
        versions = json.loads(str(row["metric_versions"]))
        errors = [str(row["error"])] if row["error"] else []
        for name in todo.metrics:
            try:
                row[name] = float(METRICS[name].compute(result, truth, hole)[0])
            except Exception as error:  # one metric must not cost the others their row
                _log.info("%s on %s: %s", name, todo.item.image_id, error)
                row[name] = math.nan
                errors.append(_describe(f"metric {name}", error))
            versions[name] = self._settings.metrics[name]
        for name in self._settings.empty_metrics:
            row.setdefault(name, math.nan)
        row["metric_versions"] = json.dumps(versions, sort_keys=True)
        row["error"] = "; ".join(errors)

    def _extract(
        self, row: dict[str, str | float], todo: ItemTodo, result: Tensor
    ) -> dict[str, np.ndarray]:
        """Return the features that are lacking; a backbone that fails is told in the row."""
        found: dict[str, np.ndarray] = {}
        for name in todo.features:
            try:
                found[name] = self._backbones[name].extract(result)[0]
            except Exception as error:
                _log.info("%s on %s: %s", name, todo.item.image_id, error)
                row["error"] = "; ".join(
                    filter(None, [str(row["error"]), _describe(f"features {name}", error)])
                )
        return found

    def _model(self, recipe: Recipe) -> Inpainter:
        name = recipe.variant.name
        if name not in self._models:
            try:
                self._models[name] = build(recipe.variant, device=self._settings.device)
            except Exception as error:  # told in every row of the variant
                _log.info("%s cannot be loaded: %s", name, error)
                self._models[name] = error
        model = self._models[name]
        if isinstance(model, Exception):
            raise _LoadError(model)
        return model

    def _reader(self, shard: Shard) -> TestSetReader:
        name = shard.test_set.name
        if name not in self._readers:
            self._readers[name] = TestSetReader(shard.test_set, self._settings.data_root)
        return self._readers[name]

    def _write_rows(
        self, shard: Shard, part: PartTodo, recipe: Recipe, rows: Mapping[str, Row]
    ) -> None:
        keys = [item_key(shard.test_set, item) for item in shard.items]
        ordered = {key: rows[key] for key in keys if key in rows}
        if json.dumps(ordered) == json.dumps(part.kept):  # as text, in which NaN equals NaN
            return
        # Only a part whose every wanted row is there and fine may be passed over unread.
        whole = all(key in ordered and not ordered[key]["error"] for key in keys[: shard.wanted])
        stored = Part(ordered, recipe.ingredients(), part.key if whole else "")
        self._store.write_part(recipe.variant.name, shard.test_set.name, shard.index, stored)

    def _write_features(
        self,
        shard: Shard,
        part: PartTodo,
        variant: str,
        features: Mapping[str, Mapping[str, np.ndarray]],
    ) -> None:
        items = {item_key(shard.test_set, item): item for item in shard.items}
        images = {key: item.image_id for key, item in items.items()}
        buckets = {key: bucket_label(item.hole_ratio) for key, item in items.items()}
        for name, found in features.items():
            if found.keys() == part.features[name].rows.keys():
                continue
            rows = {key: found[key] for key in items if key in found}
            stored = FeaturePart(rows, images, buckets, part.features[name].ingredients)
            place = (name, variant, shard.test_set.name, shard.index)
            self._store.write_features(*place, stored)


class _LoadError(Exception):
    """A variant that could not be built, told apart from one that failed on an item."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(str(reason))
        self.reason = reason


class _Pictures:
    """The photographs and holes of one shard, each read once for all variants."""

    def __init__(self, reader: TestSetReader) -> None:
        self._reader = reader
        self._read: dict[int, tuple[Tensor, Tensor] | Exception] = {}

    def read(self, position: int) -> tuple[Tensor, Tensor] | Exception:
        """Return 1x3xHxW and 1x1xHxW, or why they cannot be read."""
        if position not in self._read:
            try:
                image, hole = self._reader.read(position)
                self._read[position] = (image[None], hole[None])
            except Exception as error:  # told in the row of every variant
                _log.info("item %d cannot be read: %s", position, error)
                self._read[position] = error
        return self._read[position]


def _read_kept(path: Path, truth: Tensor) -> Tensor | None:
    """Return a kept output, or None where it has to be made again."""
    try:
        kept = to_tensor(read_image(path))
    except ImageError as error:
        _log.info("kept output is made again: %s", error)
        return None
    return kept if kept.shape == truth.shape else None


def _describe(stage: str, error: Exception) -> str:
    message = " ".join(str(error).split())
    return f"{stage}: {type(error).__name__}: {message}"
