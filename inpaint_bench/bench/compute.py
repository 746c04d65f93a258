"""One shard of work: read each photograph once, fill it with every variant, measure, store.

Metrics see the 8-bit picture that a person would save, so that a kept output, a stranger's
picture and a fresh result are measured alike. Whatever fails becomes the `error` of its row.
While one shard is worked on, the photographs of the next are read in the background.
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from inpaint_bench.bench.backbones import find_backbones
from inpaint_bench.bench.consistency import of_stages
from inpaint_bench.bench.items import Made, Shown, describe_error
from inpaint_bench.bench.maker import Maker
from inpaint_bench.bench.measuring import measure_batch
from inpaint_bench.bench.pictures import Pictures
from inpaint_bench.bench.plan import Recipe, Shard, item_key
from inpaint_bench.bench.provenance import code_version
from inpaint_bench.bench.store import RECORDS, STAGES, TRUTH, FeaturePart, Part, Row, Store
from inpaint_bench.bench.survey import ItemTodo, PartTodo, Work, stage_key
from inpaint_bench.data.testset import TestSetReader
from inpaint_bench.masks.ratio import bucket_label

__all__ = ["Worker", "WorkerSettings"]

_log = logging.getLogger(__name__)

_NO_PICTURE = "stage: no colour picture that lies on the photograph pixel by pixel"


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
        batch: pictures that a network gets at once.
        code: version of the code, as rows state it; asked of git where it is empty.
    """

    folder: Path
    data_root: Path | None
    metrics: Mapping[str, str]
    empty_metrics: tuple[str, ...] = ()
    keep_outputs: bool = False
    threads: int | None = None
    device: str = "cpu"
    batch: int = 1
    code: str = ""


class Worker:
    """Does shards of work, keeping models and readers between them."""

    def __init__(self, settings: WorkerSettings) -> None:
        if settings.threads is not None:
            torch.set_num_threads(settings.threads)
            cv2.setNumThreads(settings.threads)
        self._settings = settings
        self._store = Store(settings.folder)
        self._backbones = find_backbones()
        self._maker = Maker(
            self._store,
            keep_outputs=settings.keep_outputs,
            device=settings.device,
            batch=settings.batch,
        )
        self._readers: dict[str, TestSetReader] = {}
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="reading")
        self._ahead: tuple[Work, Pictures] | None = None

    def run(
        self, work: Work, advance: Callable[[str], None], following: Work | None = None
    ) -> None:
        """Do one shard and store its parts; when interrupted, store the rows that are done.

        Args:
            work: what the shard lacks.
            advance: called with the variant's name after each row.
            following: the work after this one, whose photographs are read meanwhile.
        """
        pictures = self._pictures(work)
        self._ahead = None if following is None else (following, self._pictures(following))
        try:
            for part in work.parts:
                if part.recipe is None:
                    self._run_truth(work.shard, part, pictures, advance)
                else:
                    _PartRun(self, work.shard, part, pictures).run(advance)
        except BaseException:
            self.stop()
            raise
        finally:
            pictures.stop()

    def stop(self) -> None:
        """Leave unread what was to be read ahead."""
        if self._ahead is not None:
            self._ahead[1].stop()
        self._ahead = None

    def _pictures(self, work: Work) -> Pictures:
        if self._ahead is not None and self._ahead[0] is work:
            return self._ahead[1]
        shard = work.shard
        positions = sorted({todo.position for part in work.parts for todo in part.todo})
        reader = self._reader(shard)
        return Pictures(reader, positions, self._executor, offset=shard.offset)

    def _run_truth(
        self, shard: Shard, part: PartTodo, pictures: Pictures, advance: Callable[[str], None]
    ) -> None:
        features = {name: dict(stored.rows) for name, stored in part.features.items()}
        by_image: dict[tuple[str, str], np.ndarray] = {}
        for todo in part.todo:
            picture = pictures.read(todo.position)
            for name in todo.features if not isinstance(picture, Exception) else ():
                known = (name, todo.item.image_id)  # two may be of one file
                if known not in by_image:
                    by_image[known] = self._backbones[name].extract(picture[0])[0]
                features[name][todo.key] = by_image[known]
            advance("the photographs")
        self._write_features(shard, part, TRUTH, features)

    def _reader(self, shard: Shard) -> TestSetReader:
        name = shard.test_set.name
        if name not in self._readers:
            self._readers[name] = TestSetReader(shard.test_set, self._settings.data_root)
        reader = self._readers[name]
        return reader if reader.test_set is shard.test_set else reader.over(shard.test_set)

    def _write_features(
        self,
        shard: Shard,
        part: PartTodo,
        variant: str,
        features: Mapping[str, Mapping[str, np.ndarray]],
    ) -> None:
        items = {item_key(shard.test_set, item): item for item in shard.items}
        made_from = {
            key: part.recipe.made_from(item) if part.recipe else "" for key, item in items.items()
        }
        images = {key: item.image_id for key, item in items.items()}
        buckets = {key: bucket_label(item.hole_ratio) for key, item in items.items()}
        for name, found in features.items():
            before = part.features[name]
            if found.keys() == before.rows.keys():
                continue
            rows = {key: found[key] for key in items if key in found}
            stored = FeaturePart(rows, images, buckets, before.ingredients, made_from)
            place = (name, variant, shard.test_set.name, shard.index)
            self._store.write_features(*place, stored)


class _PartRun:
    """One variant on one shard, batch by batch."""

    def __init__(self, worker: Worker, shard: Shard, part: PartTodo, pictures: Pictures) -> None:
        self._worker = worker
        self._settings = worker._settings
        self._shard = shard
        self._part = part
        self._recipe: Recipe = part.recipe
        self._pictures = pictures
        self._rows: dict[str, Row] = dict(part.kept)
        self._stages: dict[str, Row] = dict(part.stages)
        self._features = {name: dict(found.rows) for name, found in part.features.items()}

    def run(self, advance: Callable[[str], None]) -> None:
        """Make, measure and store what the part lacks."""
        size = self._worker._maker.batch_size(self._recipe)
        todo = self._part.todo
        try:
            for start in range(0, len(todo), size):
                self._do(todo[start : start + size])
                for _ in todo[start : start + size]:
                    advance(self._recipe.variant.name)
        finally:  # also on Ctrl-C
            variant = self._recipe.variant.name
            self._worker._write_features(self._shard, self._part, variant, self._features)
            self._write_stages()
            self._write_rows()

    def _do(self, todos: Sequence[ItemTodo]) -> None:
        shown: list[Shown] = []
        for todo in todos:
            picture = self._pictures.read(todo.position)
            if isinstance(picture, Exception):
                self._fail(todo, describe_error("read", picture))
            else:
                shown.append(Shown(todo, *picture))
        if not shown:
            return
        good: list[tuple[Shown, Made]] = []
        made = self._worker._maker.make(self._recipe, shown, self._pictures)
        for one, result in zip(shown, made, strict=True):
            if result.picture is None:
                self._fail(one.todo, result.error)
            else:
                good.append((one, result))
        if good:
            self._measure(good)

    def _fail(self, todo: ItemTodo, error: str) -> None:
        row = dict(todo.old) if todo.old else self._blank(todo)
        self._rows[todo.key] = {**row, "error": error}

    def _measure(self, good: Sequence[tuple[Shown, Made]]) -> None:
        """Add the metrics, features and stages that the rows of a batch lack."""
        shown = [one for one, _ in good]
        rows = [dict(one.todo.old) if one.todo.old else self._blank(one.todo) for one in shown]
        for row, (one, made) in zip(rows, good, strict=True):
            if one.todo.old is None:
                row["seconds"] = made.seconds
            for name in self._settings.empty_metrics:
                row.setdefault(name, math.nan)
        pictures = [made.picture for _, made in good]
        wanted = [one.todo.metrics for one in shown]
        raw = [made.raw for _, made in good]
        measure_batch(rows, wanted, pictures, shown, self._settings.metrics, raw=raw)
        features = self._extract(rows, pictures, shown)
        for i, one in enumerate(shown):
            self._rows[one.todo.key] = rows[i]
            for name, vector in features[i].items():
                self._features[name][one.todo.key] = vector
        for stage in dict.fromkeys(name for one in shown for name in one.todo.stages):
            self._measure_stage(stage, good)

    def _measure_stage(self, stage: str, good: Sequence[tuple[Shown, Made]]) -> None:
        """Measure one earlier stage by every metric, as if it were the result."""
        metrics = of_stages(self._settings.metrics)
        there: list[tuple[Shown, Tensor]] = []
        for one, made in good:
            row = {**self._blank(one.todo), "stage": stage}
            picture = made.stages.get(stage)
            if picture is None:  # said once: it has every version, and no value
                versions = json.dumps(dict(metrics), sort_keys=True)
                row.update(metric_versions=versions, error=_NO_PICTURE)
                self._stages[stage_key(one.todo.key, stage)] = row
            else:
                there.append((one, picture))
        if not there:
            return
        shown = [one for one, _ in there]
        rows = [{**self._blank(one.todo), "stage": stage} for one in shown]
        wanted = [tuple(metrics)] * len(there)
        measure_batch(rows, wanted, [picture for _, picture in there], shown, metrics)
        for one, row in zip(shown, rows, strict=True):
            self._stages[stage_key(one.todo.key, stage)] = row

    def _extract(
        self, rows: Sequence[dict], pictures: Sequence[Tensor], shown: Sequence[Shown]
    ) -> list[dict[str, np.ndarray]]:
        """Return the features that are lacking; a backbone that fails is told in the row."""
        found: list[dict[str, np.ndarray]] = [{} for _ in shown]
        for i, one in enumerate(shown):
            for name in one.todo.features:
                try:
                    found[i][name] = self._worker._backbones[name].extract(pictures[i])[0]
                except Exception as error:
                    _log.info("%s on %s: %s", name, one.todo.item.image_id, error)
                    said = [str(rows[i]["error"]), describe_error(f"features {name}", error)]
                    rows[i]["error"] = "; ".join(filter(None, said))
        return found

    def _blank(self, todo: ItemTodo) -> dict[str, str | float]:
        """Return a row without any result."""
        recipe = self._recipe
        names = (*self._settings.metrics, *self._settings.empty_metrics)
        return {
            "variant": recipe.variant.name,
            "test_set": self._shard.test_set.name,
            "image_id": todo.item.image_id,
            "mask_id": todo.item.mask_id,
            "hole_ratio": todo.item.hole_ratio,
            "bucket": bucket_label(todo.item.hole_ratio),
            **dict.fromkeys(names, math.nan),
            "seconds": math.nan,
            "device": self._settings.device if recipe.outputs is None else "",
            "precision": recipe.precision,
            "weights_sha256": recipe.made_from(todo.item),
            "metric_versions": "{}",
            "code_version": self._settings.code or code_version(),
            "error": "",
        }

    def _write_rows(self) -> None:
        shard, part = self._shard, self._part
        keys = [item_key(shard.test_set, item) for item in shard.items]
        ordered = {key: self._rows[key] for key in keys if key in self._rows}
        if json.dumps(ordered) == json.dumps(part.kept):  # as text, in which NaN equals NaN
            return
        # Only a part whose every wanted row is there and fine may be passed over unread.
        whole = all(key in ordered and not ordered[key]["error"] for key in keys[: shard.wanted])
        self._write(Part(ordered, self._recipe.ingredients(), part.key if whole else ""), RECORDS)

    def _write_stages(self) -> None:
        if self._stages.keys() == self._part.stages.keys() and not any(
            todo.stages for todo in self._part.todo
        ):
            return
        self._write(Part(self._stages, self._recipe.ingredients()), STAGES)

    def _write(self, part: Part, kind: str) -> None:
        place = (self._recipe.variant.name, self._shard.test_set.name, self._shard.index)
        self._worker._store.write_part(*place, part, kind=kind)
