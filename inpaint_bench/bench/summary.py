"""What a run's records amount to on one test set: estimates by metric, variant and bucket, with
everything that a reader has to know beside them. Every format of a report is made from this."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from inpaint_bench.bench.backbones import find_backbones
from inpaint_bench.bench.run_info import Entry, RunInfo
from inpaint_bench.bench.statistics import Estimate
from inpaint_bench.bench.store import TRUTH, Store
from inpaint_bench.bench.tables import ALL_BUCKETS, Cells, bucket_order, mean_by_bucket
from inpaint_bench.errors import BenchError
from inpaint_bench.metrics import SET_METRICS

__all__ = ["SECONDS", "Summary", "set_metric_cells", "summarise"]

SECONDS = "seconds"


@dataclass(frozen=True)
class Summary:
    """Everything that is said about one test set.

    Attributes:
        test_set: its name.
        about: sha256, size, images, masks, items (asked for), total.
        photographs: number of different ones among the rows.
        variants: in order.
        buckets: that occur, ascending.
        metrics: name -> title, unit, direction, definition, reference, version, per_set.
        cells: metric -> estimates by (variant, bucket), `ALL_BUCKETS` included.
        seconds: median seconds of the model's call, by (variant, bucket).
        empty: metric -> why it has no values.
        caveats: of the metrics of a set.
        notes: other lines that a reader needs beside the tables.
    """

    test_set: str
    about: Entry
    photographs: int
    variants: tuple[str, ...]
    buckets: tuple[str, ...]
    metrics: Mapping[str, Entry]
    cells: Mapping[str, Cells]
    seconds: Cells
    empty: Mapping[str, str]
    caveats: tuple[str, ...]
    notes: tuple[str, ...]


def summarise(
    frame: pd.DataFrame,
    test_set: str,
    info: RunInfo,
    *,
    metrics: Sequence[str],
    set_cells: Mapping[str, Cells] | None = None,
    caveats: Sequence[str] = (),
) -> Summary:
    """Return the summary of one test set.

    Args:
        frame: records; those of other test sets are left out.
        test_set: its name.
        info: what the run, or the published file, says.
        metrics: names, in order.
        set_cells: estimates of metrics of a set, by metric.
        caveats: of these.
    """
    frame = frame[frame["test_set"] == test_set]
    present = set(frame["variant"])
    variants = [name for name in info.variants if name in present]
    cells = {name: mean_by_bucket(frame, name) for name in metrics}
    cells.update({name: found for name, found in (set_cells or {}).items() if name in metrics})
    empty: dict[str, str] = {}
    partly: list[str] = []
    for name in metrics:
        without = _without(cells[name], variants)
        why = info.empty.get(name, "no row has a value")
        if without == variants:
            empty[name] = why
        elif without:
            partly.append(f"{info.metrics[name]['title']}: none for {', '.join(without)}; {why}")
    return Summary(
        test_set=test_set,
        about=info.test_sets[test_set],
        photographs=frame["image_id"].nunique(),
        variants=tuple(variants),
        buckets=tuple(bucket_order(frame["bucket"])),
        metrics={name: info.metrics[name] for name in metrics},
        cells=cells,
        seconds=_seconds(frame),
        empty=empty,
        caveats=tuple(caveats),
        notes=(*_uneven(frame, variants), *_failures(frame), *partly, *_code(frame)),
    )


def set_metric_cells(
    store: Store, info: RunInfo, test_set: str, metrics: Sequence[str]
) -> tuple[dict[str, Cells], list[str]]:
    """Return the metrics of a set from the stored features, and what limits them.

    Args:
        store: of the run.
        info: what its folder says.
        test_set: name.
        metrics: names; those of a picture are passed over.
    """
    found: dict[str, Cells] = {}
    caveats: dict[str, None] = {}
    for backbone in find_backbones().values():
        names = [name for name in backbone.metrics if name in metrics]
        truth = _features(store, backbone.name, TRUTH, test_set) if names else None
        for name in names:
            found[name] = {}
        for variant in info.variants if truth is not None else ():
            result = _features(store, backbone.name, variant, test_set)
            if result is None:
                continue
            for name in names:
                cells, said = _set_cells(name, variant, result, truth)
                found[name] = {**found[name], **cells}
                caveats.update(dict.fromkeys(said))
    return found, list(caveats)


@dataclass(frozen=True)
class _Features:
    """Features of one variant on one test set: vectors NxD, with photograph and bucket of each."""

    vectors: np.ndarray
    images: np.ndarray
    buckets: np.ndarray


def _features(store: Store, backbone: str, variant: str, test_set: str) -> _Features | None:
    vectors, images, buckets = [], [], []
    for part in store.feature_parts(backbone, variant, test_set):
        for key, vector in part.rows.items():
            vectors.append(vector)
            images.append(part.images[key])
            buckets.append(part.buckets[key])
    if not vectors:
        return None
    return _Features(np.stack(vectors), np.asarray(images), np.asarray(buckets))


def _set_cells(
    name: str, variant: str, result: _Features, truth: _Features
) -> tuple[dict[tuple[str, str], Estimate], list[str]]:
    """Return the values of one metric for one variant by bucket, and its caveats."""
    metric = SET_METRICS[name]
    cells: dict[tuple[str, str], Estimate] = {}
    said: list[str] = []
    for bucket in (ALL_BUCKETS, *np.unique(result.buckets)):
        mine = (result.buckets == bucket) | (bucket == ALL_BUCKETS)
        theirs = np.isin(truth.images, result.images[mine])
        # A photograph under six masks is one photograph among the real ones.
        once = np.unique(truth.images[theirs], return_index=True)[1]
        try:
            value = metric.compute(result.vectors[mine], truth.vectors[theirs][once])
        except BenchError as error:  # too few pictures for this metric
            said.append(f"{metric.title}: {error}")
            continue
        cells[variant, str(bucket)] = Estimate(value.value, n=int(mine.sum()))
        said += [f"{metric.title}: {text}" for text in (value.settings, value.caveat) if text]
    return cells, said


def _seconds(frame: pd.DataFrame) -> dict[tuple[str, str], Estimate]:
    """Return median seconds: the first call of a network is far slower than the rest."""
    cells: dict[tuple[str, str], Estimate] = {}
    timed = frame[frame[SECONDS].notna()]
    for variant, rows in timed.groupby("variant", sort=False):
        for bucket, some in [(ALL_BUCKETS, rows), *rows.groupby("bucket", sort=False)]:
            cells[str(variant), str(bucket)] = Estimate(float(some[SECONDS].median()), n=len(some))
    return cells


def _without(cells: Cells, variants: Sequence[str]) -> list[str]:
    """Return the variants that have no value at all."""
    missing = Estimate(math.nan)
    return [name for name in variants if math.isnan(cells.get((name, ALL_BUCKETS), missing).mean)]


def _code(frame: pd.DataFrame) -> list[str]:
    versions = sorted(frame["code_version"].unique())
    return [f"Code: {', '.join(versions)}."] if versions else []


def _uneven(frame: pd.DataFrame, variants: Sequence[str]) -> list[str]:
    """Say so where variants were not measured on the same masked photographs."""
    counts = frame.groupby("variant").size()
    most = int(counts.max()) if len(counts) else 0
    fewer = [f"{name} {counts[name]}" for name in variants if counts[name] < most]
    if not fewer:
        return []
    return [
        f"Not every variant has all {most} rows ({', '.join(fewer)}): means over fewer pictures "
        "are means over other pictures and do not compete for the best."
    ]


def _failures(frame: pd.DataFrame) -> list[str]:
    failed = frame[frame["error"] != ""]
    return [
        f"{variant}: {len(rows)} of {int((frame['variant'] == variant).sum())} rows ended with an "
        f"error; the first ({rows['image_id'].iloc[0]}, {rows['mask_id'].iloc[0]}): "
        f"{rows['error'].iloc[0]}"
        for variant, rows in failed.groupby("variant")
    ]
