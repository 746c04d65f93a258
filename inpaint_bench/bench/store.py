"""The records of a run as Parquet parts, one a (variant, shard), and the published ones.

    <run>/records/<variant>/<test_set>/<shard>.parquet   one row an item
    <run>/stages/<variant>/<test_set>/<shard>.parquet    one row an item and earlier stage
    <run>/features/<backbone>/<variant>/<test_set>/<shard>.parquet   Fréchet features

Every part states in its schema what it was made from, item by item, so that a run can tell
which rows still hold. What belongs in a row is decided by `compute`; what is missing, by
`survey`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from inpaint_bench.bench.files import write_parquet
from inpaint_bench.errors import BenchError

__all__ = [
    "RECORDS",
    "RESULTS_FOLDER",
    "STAGES",
    "OUTPUTS",
    "TRUTH",
    "FeaturePart",
    "Part",
    "Store",
    "metric_columns",
    "output_stem",
    "published_results",
    "read_published",
]

RESULTS_FOLDER = Path(__file__).resolve().parents[2] / "eval" / "results"
RECORDS, STAGES = "records", "stages"  # folders of parts
OUTPUTS = "outputs"
TRUTH = "_truth"  # the photographs themselves, among the variants that have features

_BEFORE = ("variant", "test_set", "image_id", "mask_id", "hole_ratio", "bucket")
_AFTER = (
    "seconds",
    "device",
    "precision",
    "weights_sha256",
    "metric_versions",
    "code_version",
    "error",
)
_STAGE = "stage"  # name of an earlier stage; records are of the finished picture and have none
_NUMBERS = ("hole_ratio", "seconds")
_NO_METRICS = frozenset({*_BEFORE, _STAGE, *_AFTER})
_KEY = b"inpaint_bench"
_MEASURE_AGAIN = "give the command of the run again, which measures these rows anew"
_PUBLISH_AGAIN = "take it from version control, or publish its run again"

Row = Mapping[str, str | float]


@dataclass(frozen=True)
class Part:
    """Rows of one variant and shard.

    Attributes:
        rows: by the key of their item, in the test set's order.
        ingredients: of the recipe that made them.
        key: of the plan that they were made for (`plan.part_key`).
    """

    rows: Mapping[str, Row]
    ingredients: Mapping[str, str]
    key: str = ""


@dataclass(frozen=True)
class FeaturePart:
    """Features of the pictures of one variant and shard.

    Attributes:
        rows: item key -> vector of D float32.
        images: item key -> id of its photograph.
        buckets: item key -> bucket of its hole.
        ingredients: of the recipe, and the backbone's version.
        made_from: item key -> sha256 of the weights, or of the picture made elsewhere, as in its
            row; of photographs none.
    """

    rows: Mapping[str, np.ndarray]
    images: Mapping[str, str]
    buckets: Mapping[str, str]
    ingredients: Mapping[str, str] = field(default_factory=dict)
    made_from: Mapping[str, str] = field(default_factory=dict)

    def of(self, rows: Mapping[str, Row]) -> dict[str, np.ndarray]:
        """Return the features of what `rows` are of: not of a picture that was there before."""
        return {
            key: vector
            for key, vector in self.rows.items()
            if key in rows and self.made_from.get(key, "") == rows[key].get("weights_sha256", "")
        }


class Store:
    """The parts below one run's folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def record_path(self, variant: str, test_set: str, index: int, kind: str = RECORDS) -> Path:
        """Return where the records of a variant and shard lie, or the rows of its stages."""
        return self.folder / kind / variant / test_set / f"{index:05d}.parquet"

    def feature_path(self, backbone: str, variant: str, test_set: str, index: int) -> Path:
        """Return where the features of a variant and shard lie."""
        below = self.folder / "features" / backbone / variant / test_set
        return below / f"{index:05d}.parquet"

    def output_path(self, variant: str, image_id: str, mask_id: str) -> Path:
        """Return where a kept output lies."""
        return self.folder / OUTPUTS / variant / f"{output_stem(image_id, mask_id)}.png"

    def read_part(
        self, variant: str, test_set: str, index: int, *, kind: str = RECORDS
    ) -> Part | None:
        """Return a part, or None where there is none that can be read."""
        loaded = _load(self.record_path(variant, test_set, index, kind))
        if loaded is None:
            return None
        table, about = loaded
        rows = dict(zip(about["items"], table.to_pylist(), strict=True))
        return Part(rows=rows, ingredients=about["ingredients"], key=about["key"])

    def read_key(self, variant: str, test_set: str, index: int) -> str:
        """Return the key of a part without reading its rows; empty where there is none."""
        path = self.record_path(variant, test_set, index)
        if not path.is_file():
            return ""
        try:
            return str(_about(pq.read_schema(path))["key"])
        except (OSError, pa.ArrowInvalid, BenchError):  # no part of ours: it will be replaced
            return ""

    def write_part(
        self, variant: str, test_set: str, index: int, part: Part, *, kind: str = RECORDS
    ) -> None:
        """Write a part under its name once it is whole; without rows, remove it."""
        path = self.record_path(variant, test_set, index, kind)
        if not part.rows:
            path.unlink(missing_ok=True)
            return
        about = {"key": part.key, "ingredients": dict(part.ingredients), "items": list(part.rows)}
        table = _record_table(list(part.rows.values()))
        write_parquet(path, _with_about(table, about))

    def read_features(
        self, backbone: str, variant: str, test_set: str, index: int
    ) -> FeaturePart | None:
        """Return the features of a shard, or None where there are none that can be read."""
        loaded = _load(self.feature_path(backbone, variant, test_set, index))
        if loaded is None:
            return None
        table, about = loaded
        if "weights_sha256" not in table.column_names:  # of an earlier version: made again
            return None
        vectors = np.asarray(table["feature"].to_pylist(), dtype=np.float32)
        items = list(about["items"])
        return FeaturePart(
            rows=dict(zip(items, vectors, strict=True)),
            images=dict(zip(items, table["image_id"].to_pylist(), strict=True)),
            buckets=dict(zip(items, table["bucket"].to_pylist(), strict=True)),
            ingredients=about["ingredients"],
            made_from=dict(zip(items, table["weights_sha256"].to_pylist(), strict=True)),
        )

    def write_features(
        self, backbone: str, variant: str, test_set: str, index: int, part: FeaturePart
    ) -> None:
        """Write the features of a shard under its name once they are whole."""
        path = self.feature_path(backbone, variant, test_set, index)
        if not part.rows:
            path.unlink(missing_ok=True)
            return
        table = pa.table(
            {
                "image_id": [part.images[item] for item in part.rows],
                "bucket": [part.buckets[item] for item in part.rows],
                "weights_sha256": [part.made_from.get(item, "") for item in part.rows],
                "feature": pa.array(list(part.rows.values()), pa.list_(pa.float32())),
            }
        )
        about = {"key": "", "ingredients": dict(part.ingredients), "items": list(part.rows)}
        write_parquet(path, _with_about(table, about))

    def feature_parts(
        self, backbone: str, variant: str, test_set: str
    ) -> Iterator[tuple[int, FeaturePart]]:
        """Yield index and features of every shard of a variant on a test set, in order."""
        below = self.feature_path(backbone, variant, test_set, 0).parent
        for path in sorted(below.glob("*.parquet")):
            part = self.read_features(backbone, variant, test_set, int(path.stem))
            if part is not None:
                yield int(path.stem), part

    def variants(self, test_set: str) -> list[str]:
        """Return the variants that have records on a test set, sorted."""
        return sorted(path.parent.name for path in (self.folder / "records").glob(f"*/{test_set}"))

    def parts(self, variant: str, test_set: str) -> list[int]:
        """Return the indices of the parts of a variant on a test set, sorted."""
        below = self.record_path(variant, test_set, 0).parent
        return sorted(int(path.stem) for path in below.glob("*.parquet") if path.stem.isdigit())

    def records(self, made_from: Mapping[str, Mapping[str, str]] | None = None) -> pd.DataFrame:
        """Return the records of the run, sorted by test set, variant, image and mask.

        Args:
            made_from: ingredients by variant; parts made from others are left out.

        Raises:
            BenchError: the folder holds no records.
        """
        paths = self._paths(RECORDS, made_from)
        if not paths:
            raise BenchError(f"expected records in {self.folder}, got none: run a benchmark first")
        return _read_frame(paths, _MEASURE_AGAIN)

    def stage_records(
        self, made_from: Mapping[str, Mapping[str, str]] | None = None
    ) -> pd.DataFrame:
        """Return the rows of earlier stages, like `records` with a column `stage`; no rows where
        none were measured."""
        paths = self._paths(STAGES, made_from)
        if not paths:
            return pd.DataFrame(columns=[*_BEFORE, _STAGE])
        return _read_frame(paths, _MEASURE_AGAIN)

    def _paths(self, kind: str, made_from: Mapping[str, Mapping[str, str]] | None) -> list[Path]:
        paths = sorted((self.folder / kind).glob("*/*/*.parquet"))
        if made_from is None:
            return paths
        return [path for path in paths if not _is_stale(path, made_from)]

    def stale_rows(self, made_from: Mapping[str, Mapping[str, str]]) -> dict[tuple[str, str], int]:
        """Return how many rows `records(made_from)` leaves out, by (variant, test set)."""
        found: dict[tuple[str, str], int] = {}
        for path in sorted((self.folder / "records").glob("*/*/*.parquet")):
            if _is_stale(path, made_from):
                place = (path.parts[-3], path.parts[-2])
                found[place] = found.get(place, 0) + _open_part(path).metadata.num_rows
        return found


def output_stem(image_id: str, mask_id: str) -> str:
    """Return what a result is called; the colon of a drawn mask becomes an underscore."""
    return f"{image_id}__{mask_id.replace(':', '_')}"


def published_results(folder: Path = RESULTS_FOLDER) -> pd.DataFrame:
    """Return the published records of every test set; no rows where none are published.

    Args:
        folder: holds one Parquet file a test set.

    Raises:
        BenchError: one of them cannot be read.
    """
    paths = sorted(folder.glob("*.parquet"))
    if not paths:
        return pd.DataFrame(columns=[*_BEFORE, *_AFTER])
    return _read_frame(paths, _PUBLISH_AGAIN)


def read_published(path: Path) -> pd.DataFrame:
    """Return the published records in one file.

    Raises:
        BenchError: it cannot be read.
    """
    return _read_frame([path], _PUBLISH_AGAIN)


def metric_columns(frame: pd.DataFrame) -> list[str]:
    """Return the names of the columns of records that are metrics."""
    return [name for name in frame.columns if name not in _NO_METRICS]


def _is_stale(path: Path, made_from: Mapping[str, Mapping[str, str]]) -> bool:
    return _about(_open_part(path).schema_arrow)["ingredients"] != made_from.get(path.parts[-3])


def _open_part(path: Path) -> pq.ParquetFile:
    with _damage_told(path, _MEASURE_AGAIN):
        return pq.ParquetFile(path)


@contextmanager
def _damage_told(path: Path, remedy: str) -> Iterator[None]:
    try:
        yield
    except (OSError, pa.ArrowInvalid) as error:
        raise BenchError(f"expected records in {path}, got a damaged file: {remedy}") from error


def _read_frame(paths: Sequence[Path], remedy: str) -> pd.DataFrame:
    # One file at a time: pq.read_table(folder) would read <variant>/<test_set> as partitions.
    tables = []
    for path in paths:
        with _damage_told(path, remedy):
            tables.append(pq.ParquetFile(path).read().replace_schema_metadata(None))
    frame = pa.concat_tables(tables, promote_options="default").to_pandas()
    for name in ("error", "weights_sha256"):
        frame[name] = frame[name].fillna("")
    stage = [_STAGE] if _STAGE in frame.columns else []
    ordered = [*_BEFORE, *stage, *metric_columns(frame), *_AFTER]
    by = ["test_set", "variant", "image_id", "mask_id", *stage]
    return frame[ordered].sort_values(by, kind="stable").reset_index(drop=True)


def _record_table(rows: Sequence[Row]) -> pa.Table:
    metrics = dict.fromkeys(name for row in rows for name in row if name not in _NO_METRICS)
    stage = [_STAGE] if any(_STAGE in row for row in rows) else []
    columns: dict[str, pa.Array] = {}
    for name in (*_BEFORE, *stage, *metrics, *_AFTER):
        if name in metrics or name in _NUMBERS:
            numbers = [float(row.get(name, np.nan)) for row in rows]
            columns[name] = pa.array(numbers, pa.float64(), from_pandas=False)
        else:
            columns[name] = pa.array([str(row[name]) for row in rows], pa.string())
    return pa.table(columns)


def _with_about(table: pa.Table, about: Mapping[str, object]) -> pa.Table:
    return table.replace_schema_metadata({_KEY: json.dumps(about).encode("utf-8")})


def _about(schema: pa.Schema) -> dict:
    text = (schema.metadata or {}).get(_KEY)
    if text is None:
        raise BenchError("expected a part of a run, got another Parquet file")
    return json.loads(text)


def _load(path: Path) -> tuple[pa.Table, dict] | None:
    """Read a part; None where there is none, or a damaged one that has to be made again."""
    if not path.is_file():
        return None
    try:
        table = pq.ParquetFile(path).read()
        return table, _about(table.schema)
    except (OSError, pa.ArrowInvalid, BenchError):  # no part of ours: it will be replaced
        return None
