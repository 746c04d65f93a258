"""What a run's records amount to on one test set: estimates by metric, variant and bucket, with
everything that a reader has to know beside them. Every format of a report is made from this."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from inpaint_bench.bench.agreement import (
    Agreement,
    Case,
    Correlation,
    Refinement,
    disputed_cases,
    extreme_cases,
    rank_agreement,
    rank_correlations,
    refinement,
)
from inpaint_bench.bench.backbones import find_backbones
from inpaint_bench.bench.consistency import CONSISTENCY
from inpaint_bench.bench.photographs import photograph_ids, with_photographs
from inpaint_bench.bench.ranking import Ranking, rank_methods
from inpaint_bench.bench.run_info import Entry, RunInfo, remarks_on, was_busy
from inpaint_bench.bench.statistics import Estimate
from inpaint_bench.bench.store import TRUTH, Row, Store
from inpaint_bench.bench.survey import FAILED, TRANSIENT
from inpaint_bench.bench.tables import ALL_BUCKETS, Cells, bucket_order, mean_by_bucket
from inpaint_bench.errors import BenchError
from inpaint_bench.metrics import METRICS, SET_METRICS

__all__ = [
    "DISPUTED",
    "SECONDS",
    "Summary",
    "headline_metric",
    "set_metric_cells",
    "summarise",
]

SECONDS = "seconds"
DISPUTED = "Most disputed: the metrics disagree about the methods"
# The error where something was filled in comes first, then what is nearest to it.
_HEADLINE = ("l1_hole", "l1", "psnr", "ssim")


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
        busy: how loaded the machine was already where some of these were measured; empty if it
            was not.
        empty: metric -> why it has no values.
        caveats: of the metrics of a set.
        notes: other lines that a reader needs beside the tables.
        rankings: by (metric of a picture, bucket), `ALL_BUCKETS` included.
        correlations: of the metrics' ranks, by pair of metrics.
        cases: masked photographs worth looking at, by heading.
        refinements: what later stages made of earlier ones.
        consistency: how self-consistency, where it was measured, orders the methods beside each
            metric that knows the truth.
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
    busy: tuple[str, ...] = ()
    rankings: Mapping[tuple[str, str], Ranking] = field(default_factory=dict)
    correlations: Mapping[tuple[str, str], Correlation] = field(default_factory=dict)
    cases: Mapping[str, Sequence[Case]] = field(default_factory=dict)
    refinements: tuple[Refinement, ...] = ()
    consistency: Mapping[str, Agreement] = field(default_factory=dict)


def summarise(
    frame: pd.DataFrame,
    test_set: str,
    info: RunInfo,
    *,
    metrics: Sequence[str],
    set_cells: Mapping[str, Cells] | None = None,
    caveats: Sequence[str] = (),
    stages: pd.DataFrame | None = None,
) -> Summary:
    """Return the summary of one test set.

    Args:
        frame: records; those of other test sets are left out.
        test_set: its name.
        info: what the run, or the published file, says.
        metrics: names, in order.
        set_cells: estimates of metrics of a set, by metric.
        caveats: of these.
        stages: rows of earlier stages; those of other test sets are left out.
    """
    about = info.test_sets[test_set]
    frame = with_photographs(frame[frame["test_set"] == test_set], about)
    present = set(frame["variant"])
    variants = [name for name in info.variants if name in present]
    cells = {name: mean_by_bucket(frame, name) for name in metrics}
    cells.update({name: found for name, found in (set_cells or {}).items() if name in metrics})
    empty, partly = _gaps(cells, variants, info, test_set)
    known = {name: info.metrics[name] for name in metrics}
    return Summary(
        test_set=test_set,
        about=about,
        photographs=len(set(photograph_ids(frame))),
        variants=tuple(variants),
        buckets=tuple(bucket_order(frame["bucket"])),
        metrics=known,
        cells=cells,
        seconds=_seconds(frame),
        empty=empty,
        caveats=tuple(caveats),
        notes=(
            *remarks_on(info, test_set),
            *_uneven(frame, variants, int(about["items"])),
            *_failures(frame),
            *partly,
            *_code(frame),
        ),
        busy=_busy(frame, test_set, info),
        rankings=_rankings(frame, known),
        correlations=rank_correlations(frame, known),
        cases=_cases(frame, known),
        refinements=tuple(_refinements(frame, stages, test_set, known, variants)),
        consistency=_consistency(frame, known),
    )


def headline_metric(metrics: Mapping[str, Entry]) -> str | None:
    """Return the metric of a picture that a reader is shown first; None where there is none."""
    able = [name for name, about in metrics.items() if not about["per_set"]]
    return next((name for name in _HEADLINE if name in able), able[0] if able else None)


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
        truth = _features(store, backbone.name, TRUTH, test_set, None) if names else None
        for name in names:
            found[name] = {}
        for variant in info.variants if truth is not None else ():
            made_from = info.variants[variant]
            result = _features(store, backbone.name, variant, test_set, made_from)
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


def _features(
    store: Store,
    backbone: str,
    variant: str,
    test_set: str,
    made_from: Mapping[str, str] | None,
) -> _Features | None:
    """Return the features that belong to the rows made from `made_from`; None for photographs."""
    vectors, images, buckets = [], [], []
    for index, part in store.feature_parts(backbone, variant, test_set):
        rows: Mapping[str, Row] = dict.fromkeys(part.rows, {})
        if made_from is not None:
            records = store.read_part(variant, test_set, index)
            same = records is not None and records.ingredients == made_from
            of_these = {**made_from, "backbone": part.ingredients["backbone"]} == part.ingredients
            rows = records.rows if same and of_these else {}
        for key, vector in part.of(rows).items():
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
        mine &= np.isin(result.images, truth.images)  # a run that goes on may lack some
        theirs = np.isin(truth.images, result.images[mine])
        # A photograph under six masks is one photograph among the real ones.
        once = np.unique(truth.images[theirs], return_index=True)[1]
        try:
            photographs = truth.vectors[theirs][once]
            if metric.paired:  # row by row, so a photograph counts under each of its masks
                names = truth.images[theirs][once]
                photographs = photographs[np.searchsorted(names, result.images[mine])]
            value = metric.compute(result.vectors[mine], photographs)
        except BenchError as error:  # too few pictures for this metric
            said.append(f"{metric.title}: {error}")
            continue
        cells[variant, str(bucket)] = Estimate(value.value, n=int(mine.sum()))
        deviation = "" if math.isnan(value.deviation) else f"{value.deviation:.2g}"
        if deviation and bucket == ALL_BUCKETS:
            said.append(f"{metric.title} of {variant}: standard deviation {deviation}")
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


def _busy(frame: pd.DataFrame, test_set: str, info: RunInfo) -> tuple[str, ...]:
    """Return the loads of the commands that were begun on a busy machine and gave seconds."""
    timed = set(frame.loc[frame[SECONDS].notna(), "variant"])
    loads = {
        (float(entry["load"]), int(entry["machine"]["cores"]))
        for entry in info.commands
        if test_set in entry["test_sets"] and timed & set(entry["variants"]) and was_busy(entry)
    }
    return tuple(f"load {load:g} on {cores} cores" for load, cores in sorted(loads))


def _rankings(frame: pd.DataFrame, metrics: Mapping[str, Entry]) -> dict[tuple[str, str], Ranking]:
    """Rank the variants by every metric of a picture, in every bucket and over all of them."""
    found = {}
    for name, about in metrics.items():
        if about["per_set"] or not about.get("contest", True):
            continue
        for bucket, some in [(ALL_BUCKETS, frame), *frame.groupby("bucket", sort=False)]:
            ranking = rank_methods(some, name, higher_is_better=bool(about["higher_is_better"]))
            if ranking.order:
                found[name, str(bucket)] = ranking
    return found


def _cases(frame: pd.DataFrame, metrics: Mapping[str, Entry]) -> dict[str, list[Case]]:
    """Return the masked photographs worth looking at, by what is said above them."""
    name = headline_metric({n: about for n, about in metrics.items() if about.get("contest", True)})
    if name is None or name not in frame or frame[name].isna().all():
        return {}
    better = bool(metrics[name]["higher_is_better"])
    best, worst = extreme_cases(frame, name, higher_is_better=better)
    title = metrics[name]["title"]
    disputed = disputed_cases(frame, metrics)
    found = {
        f"Best cases by {title}: the best result on them": best,
        f"Worst cases by {title}: even the best result on them": worst,
    }
    return {**found, DISPUTED: disputed} if disputed else found


def _consistency(frame: pd.DataFrame, metrics: Mapping[str, Entry]) -> dict[str, Agreement]:
    """Hold self-consistency against the metrics that need the truth."""
    if CONSISTENCY not in metrics:
        return {}
    blind = {name for name in METRICS if not METRICS[name].needs_truth}
    known = {name: about for name, about in metrics.items() if name not in blind}
    return rank_agreement(frame, known, CONSISTENCY)


def _refinements(
    frame: pd.DataFrame,
    stages: pd.DataFrame | None,
    test_set: str,
    metrics: Mapping[str, Entry],
    variants: Sequence[str],
) -> list[Refinement]:
    if stages is None or stages.empty:
        return []
    found = refinement(frame, stages[stages["test_set"] == test_set], metrics)
    return sorted(found, key=lambda one: variants.index(one.variant))  # each one's stay in order


def _gaps(
    cells: Mapping[str, Cells], variants: Sequence[str], info: RunInfo, test_set: str
) -> tuple[dict[str, str], list[str]]:
    """Return the metrics without any value and why, and lines on those that lack some."""
    empty: dict[str, str] = {}
    partly: list[str] = []
    for name, found in cells.items():
        without = _without(found, variants)
        why = info.empty.get(name) or _why_empty(name, info.test_sets[test_set]["size"])
        if without == variants:
            empty[name] = why
        elif without:
            partly.append(f"{info.metrics[name]['title']}: none for {', '.join(without)}; {why}")
    return empty, partly


def _why_empty(metric: str, size: int) -> str:
    smallest = METRICS[metric].smallest if metric in METRICS else 0
    if not 0 < size < smallest:  # 0: photographs of any size
        return "no row has a value"
    return f"these pictures are {size}x{size}, it needs at least {smallest}x{smallest}"


def _without(cells: Cells, variants: Sequence[str]) -> list[str]:
    """Return the variants that have no value at all."""
    missing = Estimate(math.nan)
    return [name for name in variants if math.isnan(cells.get((name, ALL_BUCKETS), missing).mean)]


def _code(frame: pd.DataFrame) -> list[str]:
    versions = sorted(frame["code_version"].unique())
    return [f"Code: {', '.join(versions)}."] if versions else []


def _uneven(frame: pd.DataFrame, variants: Sequence[str], items: int) -> list[str]:
    """Say so where variants were not measured on all, or not on the same masked photographs."""
    measured = frame[~frame["error"].str.startswith((*TRANSIENT, *FAILED))]
    counts = measured.groupby("variant").size().reindex(variants, fill_value=0)
    most = int(counts.max()) if len(counts) else 0
    lines = []
    if most < items:
        lines.append(f"At most {most} of {items} masked photographs are measured.")
    fewer = [f"{name} {counts[name]}" for name in variants if counts[name] < most]
    if fewer:
        lines.append(
            f"Not every variant has all {most} rows ({', '.join(fewer)}): means over fewer "
            "pictures are means over other pictures and do not compete for the best."
        )
    return lines


def _failures(frame: pd.DataFrame) -> list[str]:
    failed = frame[frame["error"] != ""]
    return [
        f"{variant}: {len(rows)} of {int((frame['variant'] == variant).sum())} rows ended with an "
        f"error; the first ({rows['image_id'].iloc[0]}, {rows['mask_id'].iloc[0]}): "
        f"{rows['error'].iloc[0]}"
        for variant, rows in failed.groupby("variant")
    ]
