"""The app for programs: named endpoints for gradio_client and, where it is switched on, tools for
clients of the Model Context Protocol. They have the limits of the page, and answer what is wrong
in one line."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np

from inpaint_bench.errors import (
    BenchError,
    ImageError,
    InpaintBenchError,
    UnknownNameError,
    WeightsError,
)
from inpaint_bench.imaging import read_mask, validate_hole
from inpaint_bench.ui.catalogue import Entry
from inpaint_bench.ui.comparison import Comparison, compare
from inpaint_bench.ui.export import result_name
from inpaint_bench.ui.leaderboard import place_of
from inpaint_bench.ui.outbox import Outbox
from inpaint_bench.ui.published import SECONDS, published_sets, read_published
from inpaint_bench.ui.runs import Run
from inpaint_bench.ui.session import Photograph, open_photograph
from inpaint_bench.ui.settings import Settings
from inpaint_bench.ui.steps import check_seed
from inpaint_bench.ui.workshop import Models

__all__ = ["Endpoints", "build_api"]

_LONGEST_NAME = 60  # of what is repeated in an answer
_QUICK_AT_ONCE = 4


@dataclass(frozen=True)
class Endpoints:
    """What programs can call; the docstrings are what their users read."""

    settings: Settings
    entries: Mapping[str, Entry]
    models: Models
    outbox: Outbox

    def inpaint(
        self, image: str, mask: str, variant: str, seed: int = 0, sketch: str | None = None
    ) -> str:
        """Fill the hole of a photograph with one inpainting method; known pixels stay as they are.

        Args:
            image: photograph as a PNG, JPEG, WebP, TIFF, BMP or GIF file.
            mask: black and white picture of the photograph's size; white pixels are filled.
            variant: name of the method, as list_variants gives it, such as "telea".
            seed: whole number from 0; another one gives another result of stochastic methods.
            sketch: picture of the photograph's size with white strokes, for methods that take one.

        Returns:
            The filled photograph as a PNG file of the same size.
        """
        self._check_variant(variant)
        photo = self._read_photo(image)
        size = photo.working.shape[:2]
        hole = self._read_strokes(mask, size)
        validate_hole(hole)
        strokes = self._read_strokes(sketch, size) & hole if sketch else None
        key = Run(variant, sketch=strokes is not None).key
        plan = Comparison(
            name=photo.name,
            picture=photo.working,
            hole=hole,
            variants=(key,),
            seed=check_seed(seed),
            sketch=strokes,
        )
        *_, done = compare(plan, self.models)
        outcome = done.outcomes[key]
        if outcome.picture is None:
            raise InpaintBenchError(outcome.error)
        return self.outbox.png(result_name(done, key), outcome.picture)

    def list_variants(self) -> list[dict[str, Any]]:
        """List the inpainting methods: name, what it is, and whether it can be run here.

        Returns:
            A list with one object a method: name, title, family, provenance, licence, trained_on,
            resolution in pixels (0 if nothing was trained), stochastic, takes_sketch, available.
        """
        return [
            {
                "name": entry.name,
                "title": entry.title,
                "family": entry.family,
                "provenance": entry.variant.provenance,
                "licence": entry.variant.licence,
                "trained_on": entry.variant.trained_on,
                "resolution": entry.variant.resolution,
                "stochastic": entry.stochastic,
                "takes_sketch": entry.sketch,
                "available": not entry.missing,
            }
            for entry in self.entries.values()
        ]

    def leaderboard(
        self, test_set: str, metric: str = "l1_hole", bucket: str = "all"
    ) -> list[dict[str, Any]]:
        """Rank the published results of a test set by a metric, best first.

        Args:
            test_set: name of a published test set, such as "kodak-256".
            metric: name of a metric, such as "l1_hole", "psnr" or "ssim".
            bucket: share of missing pixels, such as "20-30 %"; "all" for all of them.

        Returns:
            A list with one object a method: rank, variant, value of the metric, n records behind
            it, and median seconds. The rank is "2", or "2=" where methods share it because their
            difference is not significant. What was not measured is null, and so are ranks where
            nothing can be told apart: metrics of a set, and fewer than six photographs.
        """
        folder = self.settings.results_dir
        _check("test set", test_set, published_sets(folder))
        results = read_published(folder, test_set)
        _check("metric", metric, list(results.measures))
        _check("bucket", bucket, ["all", *results.buckets])
        sign = -1.0 if results.measures[metric].higher_is_better else 1.0
        found = [
            (variant, results.estimate(metric, variant, bucket))
            for variant in results.variants
            if len(results.rows(variant, bucket))
        ]
        found.sort(key=lambda pair: (math.isnan(pair[1].mean), sign * pair[1].mean))
        ranking = results.ranking(metric, bucket)
        return [
            {
                "rank": place_of(variant, ranking) or None,
                "variant": variant,
                "value": _number(estimate.mean),
                "n": int(estimate.n),
                "seconds": _number(results.estimate(SECONDS, variant, bucket).mean),
            }
            for variant, estimate in found
        ]

    def _check_variant(self, name: str) -> None:
        runnable = [entry.name for entry in self.entries.values() if not entry.missing]
        if name not in self.entries:
            _check("variant", name, runnable)
        if missing := self.entries[name].missing:
            raise WeightsError(f"expected weights of {name!r} on this server, got none: {missing}")

    def _read_photo(self, path: str) -> Photograph:
        self._check_bytes(path)
        photo = open_photograph(path, max_side=self.settings.original_side)
        if photo.shrunk:
            height, width = photo.original.shape[:2]
            raise ImageError(
                f"expected at most {self.settings.original_side} pixels on the longer side, got "
                f"{width}x{height}: shrink photograph and mask first"
            )
        return photo

    def _read_strokes(self, path: str, size: tuple[int, int]) -> np.ndarray:
        """Read a black and white picture of `size` = (height, width) as HxW bool, True = white."""
        self._check_bytes(path)
        try:
            white = read_mask(path)
        except InpaintBenchError as error:  # callers know the file's name, not where it lies here
            raise type(error)(str(error).replace(str(path), Path(path).name)) from error
        if white.shape != size:
            raise ImageError(
                f"expected mask and sketch of the photograph's size {size[1]}x{size[0]}, got "
                f"{white.shape[1]}x{white.shape[0]}: resize them"
            )
        return white

    def _check_bytes(self, path: str | None) -> None:
        if not path:
            raise ImageError("expected a photograph and a mask as files, got none")
        size, most = Path(path).stat().st_size, self.settings.max_upload_mb
        if size > most * 1024 * 1024:
            raise ImageError(
                f"expected a file of at most {most} MB, got {size / 1024**2:.1f} MB: shrink it"
            )


def build_api(endpoints: Endpoints) -> None:
    """Add the endpoints to the app that is being built; nothing of them is seen on its pages."""
    with gr.Column(visible=False):
        files = [gr.File(label=name, type="filepath") for name in ("image", "mask", "sketch")]
        variant = gr.Textbox(label="variant")
        seed = gr.Number(0, label="seed")  # with precision=0 a fraction would be rounded
        result = gr.Image(label="result", type="filepath", format="png")
        trigger = gr.Button()
    settings = endpoints.settings
    trigger.click(
        _answered(endpoints.inpaint),
        [files[0], files[1], variant, seed, files[2]],
        result,
        api_name="inpaint",
        concurrency_limit=settings.runs_at_once,
        concurrency_id="models",
    )
    for quick in (endpoints.list_variants, endpoints.leaderboard):
        gr.api(
            _answered(quick),
            api_name=quick.__name__,
            concurrency_limit=_QUICK_AT_ONCE,
            concurrency_id="programs",
        )


def _answered(step: Callable[..., Any]) -> Callable[..., Any]:
    """Return `step` so that an error written for people is the answer."""

    @functools.wraps(step)
    def run(*arguments: Any) -> Any:
        try:
            return step(*arguments)
        except InpaintBenchError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return run


def _check(what: str, name: object, valid: list[str]) -> None:
    """Raise unless `name` is one of the valid ones."""
    if name in valid:
        return
    if not valid:
        raise BenchError(f"expected a {what}, but there is none on this server")
    raise UnknownNameError(
        f"expected a {what} such as {', '.join(valid)}, got {repr(name)[:_LONGEST_NAME]}"
    )


def _number(value: float) -> float | None:
    return None if math.isnan(value) else round(float(value), 6)
