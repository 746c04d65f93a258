"""Metrics of a batch of pictures, added to their rows: one call a metric, and one a picture
where that call fails, so that one picture does not cost the others their number."""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from inpaint_bench.bench.consistency import CONSISTENCY, consistency_metric
from inpaint_bench.bench.items import Shown, describe_error
from inpaint_bench.metrics import METRICS, RAW_METRICS, Metric

__all__ = ["measure_batch", "needs_raw", "picture_metric"]

_log = logging.getLogger(__name__)


def picture_metric(name: str, version: str = "") -> Metric:
    """Return a metric of single pictures, of the composite or of the output before it.

    Args:
        name: of a registered metric, or `CONSISTENCY`.
        version: as rows state it; of `CONSISTENCY` the declaration that makes it.
    """
    if name == CONSISTENCY:
        return consistency_metric(version)
    return RAW_METRICS[name] if name in RAW_METRICS else METRICS[name]


def needs_raw(names: Sequence[str]) -> bool:
    """Say whether any of these metrics takes the output before compositing."""
    return any(name in RAW_METRICS for name in names)


def measure_batch(
    rows: Sequence[dict[str, str | float]],
    wanted: Sequence[Sequence[str]],
    pictures: Sequence[Tensor],
    shown: Sequence[Shown],
    versions: Mapping[str, str],
    *,
    raw: Sequence[Tensor | None] = (),
) -> None:
    """Compute metrics and write them into `rows`, with their versions and errors.

    Args:
        rows: one a picture; changed in place.
        wanted: names of the metrics that each row lacks.
        pictures: 1x3xSxS each, of one size.
        shown: truths and holes.
        versions: name -> version, as the rows state it.
        raw: outputs before compositing, where they are needed; None leaves NaN.
    """
    for name in dict.fromkeys(name for names in wanted for name in names):
        lacking = [i for i, names in enumerate(wanted) if name in names]
        source = raw if name in RAW_METRICS else pictures
        able = [i for i in lacking if i < len(source) and source[i] is not None]
        if able:
            _measure(picture_metric(name, versions[name]), able, rows, source, shown)
        for i in lacking:
            has = json.loads(str(rows[i]["metric_versions"]))
            has[name] = versions[name]
            rows[i]["metric_versions"] = json.dumps(has, sort_keys=True)


def _measure(
    metric: Metric,
    lacking: Sequence[int],
    rows: Sequence[dict[str, str | float]],
    pictures: Sequence[Tensor],
    shown: Sequence[Shown],
) -> None:
    result = torch.cat([pictures[i] for i in lacking])  # Bx3xSxS
    truth = torch.cat([shown[i].truth for i in lacking])  # Bx3xSxS
    hole = torch.cat([shown[i].hole for i in lacking])  # Bx1xSxS
    name = metric.name
    try:
        values = metric.compute(result, truth, hole)
    except Exception as error:  # one metric must not cost the others their row
        if len(lacking) > 1:
            for i in lacking:
                _measure(metric, [i], rows, pictures, shown)
            return
        row = rows[lacking[0]]
        _log.info("%s on %s: %s", name, row["image_id"], error)
        row[name] = math.nan
        said = [str(row["error"]), describe_error(f"metric {name}", error)]
        row["error"] = "; ".join(filter(None, said))
        return
    for i, value in zip(lacking, values, strict=True):
        rows[i][name] = float(value)
