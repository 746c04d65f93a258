"""Pictures for a report's page: kept outputs and the photographs behind them, small enough to
lie inside the page."""

from __future__ import annotations

import base64
import io
import logging
from pathlib import Path

import numpy as np
from PIL import Image

from inpaint_bench.bench.agreement import Case
from inpaint_bench.bench.custom import CUSTOM_FILE, FROZEN_FOLDER
from inpaint_bench.bench.store import Store
from inpaint_bench.bench.summary import Summary
from inpaint_bench.data.testset import TestSetReader, list_test_sets, load_test_set
from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.imaging import read_image, to_uint8

__all__ = ["Gallery"]

_log = logging.getLogger(__name__)

_SIDE = 144  # pixels in the page
_MOST = 6  # results beside a photograph
_QUALITY = 82
_HOLE = np.array([226, 62, 87], dtype=np.uint8)  # laid over missing pixels


class Gallery:
    """Finds the pictures of cases in a run's folder."""

    def __init__(self, folder: Path, data_root: Path | None = None) -> None:
        """Prepare; nothing is read yet.

        Args:
            folder: of the run.
            data_root: where the photographs lie; without them a page shows results alone.
        """
        self._store = Store(folder)
        self._data_root = data_root
        self._readers: dict[str, TestSetReader | None] = {}

    def strip(self, summary: Summary, case: Case) -> list[tuple[str, str]]:
        """Return (caption, data URI) of the photograph, its hole and kept results of a case.

        The list is empty where no output of the case was kept.
        """
        found = [
            (name, path)
            for name in self._chosen(summary, case)
            if (path := self._store.output_path(name, case.image_id, case.mask_id)).is_file()
        ]
        if not found:
            return []
        pictures = self._photograph(summary.test_set, case)
        for name, path in found[:_MOST]:
            try:
                pictures.append((name, _uri(read_image(path))))
            except InpaintBenchError as error:  # one broken file costs nobody the page
                _log.warning("not shown: %s", error)
        return pictures

    def _chosen(self, summary: Summary, case: Case) -> list[str]:
        """Return the case's own method first, then the others in their order."""
        first = [case.variant] if case.variant else []
        return list(dict.fromkeys([*first, *summary.variants]))

    def _photograph(self, test_set: str, case: Case) -> list[tuple[str, str]]:
        reader = self._reader(test_set)
        if reader is None:
            return []
        for index, item in enumerate(reader.items):
            if (item.image_id, item.mask_id) == (case.image_id, case.mask_id):
                try:
                    image, hole = reader.read(index)
                except InpaintBenchError as error:
                    _log.info("no photograph beside %s: %s", case.image_id, error)
                    return []
                truth = to_uint8(image)
                masked = truth.copy()
                masked[hole[0].numpy() > 0.5] = _HOLE
                return [("photograph", _uri(truth)), ("hole", _uri(masked))]
        return []

    def _reader(self, name: str) -> TestSetReader | None:
        if name not in self._readers:
            self._readers[name] = self._open(name)
        return self._readers[name]

    def _open(self, name: str) -> TestSetReader | None:
        folder = self._store.folder
        own = folder / FROZEN_FOLDER / f"{name}.json"
        frozen = own if own.is_file() else folder / CUSTOM_FILE
        source = name if name in list_test_sets() else frozen
        try:
            return TestSetReader(load_test_set(source), self._data_root)
        except InpaintBenchError as error:  # the page shows the results alone
            _log.info("no photographs of %s: %s", name, error)
            return None


def _uri(pixels: np.ndarray) -> str:
    """Return a picture as a data URI, shrunk to the page."""
    picture = Image.fromarray(pixels)
    picture.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    picture.save(stream, "WEBP", quality=_QUALITY)
    return f"data:image/webp;base64,{base64.b64encode(stream.getvalue()).decode('ascii')}"
