"""What a visitor takes home: results under telling names, and one zip of a whole comparison."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Mapping

from inpaint_bench.errors import WeightsError
from inpaint_bench.types import Variant
from inpaint_bench.ui.canvas import ratio_of
from inpaint_bench.ui.catalogue import Entry
from inpaint_bench.ui.comparison import Comparison
from inpaint_bench.ui.outbox import encode_png
from inpaint_bench.ui.runs import read_run

__all__ = ["describe", "result_name", "result_rows", "results_zip"]


def result_name(comparison: Comparison, variant: str) -> str:
    """Return the file name of one result, without its suffix."""
    return f"{comparison.name}__{variant}"


def results_zip(comparison: Comparison, entries: Mapping[str, Entry]) -> bytes:
    """Return input, hole, sketch, finished results and their stages, and settings as one zip.

    Args:
        entries: by name, of every variant in the comparison.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:  # PNG is compressed
        archive.writestr("input.png", encode_png(comparison.picture))
        archive.writestr("hole.png", encode_png(comparison.hole))
        if comparison.sketch is not None:
            archive.writestr("sketch.png", encode_png(comparison.sketch))
        for key, picture in comparison.pictures.items():
            name = result_name(comparison, key)
            archive.writestr(f"results/{name}.png", encode_png(picture))
            for stage, shown in comparison.outcomes[key].stages.items():
                archive.writestr(f"stages/{name}__{stage}.png", encode_png(shown))
        rows = result_rows(comparison, entries)
        archive.writestr("metrics.csv", _csv(rows))
        said = describe(comparison) | {"results": rows}
        archive.writestr("comparison.json", json.dumps(said, indent=2) + "\n")
    return buffer.getvalue()


def describe(comparison: Comparison) -> dict[str, object]:
    """Return what was compared and how, as JSON takes it."""
    from inpaint_bench.bench.provenance import code_version

    ratio, bucket = ratio_of(comparison.hole)
    height, width = comparison.hole.shape
    return {
        "code_version": code_version(),
        "photograph": comparison.name,
        "width": width,
        "height": height,
        "hole": "hole.png: white = missing",
        "sketch": None if comparison.sketch is None else "sketch.png: white = stroke",
        "hole_ratio": ratio,
        "bucket": bucket,
        "seed": comparison.seed,
        "scored_against": "input.png" if comparison.scored else None,
    }


def result_rows(
    comparison: Comparison, entries: Mapping[str, Entry]
) -> list[dict[str, str | int | float | bool]]:
    """Return a row for every run that has ended, failed ones too; names of columns are records'."""
    rows = []
    for key, outcome in comparison.outcomes.items():
        run = read_run(key)
        row = {
            "result": result_name(comparison, key),
            "variant": run.variant,
            "sketch": run.sketch,
            "seed": comparison.seed + run.sample - 1,
            "weights_sha256": _weights(entries[run.variant].variant),
            "error": outcome.error,
        }
        if not outcome.error:
            row |= {"seconds": round(outcome.seconds, 4), **outcome.scores}
        rows.append(row)
    return rows


def _csv(rows: list[dict[str, str | int | float | bool]]) -> str:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _weights(variant: Variant) -> str:
    from inpaint_bench.weights import weights_sha256

    try:
        return weights_sha256(variant)
    except WeightsError:  # not on this machine: its row has the error
        return ""
