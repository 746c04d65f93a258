"""What a visitor takes home: results under telling names, and one zip of a whole comparison."""

from __future__ import annotations

import io
import json
import zipfile

from inpaint_bench import __version__
from inpaint_bench.ui.canvas import ratio_of
from inpaint_bench.ui.comparison import Comparison
from inpaint_bench.ui.outbox import encode_png

__all__ = ["describe", "result_name", "results_zip"]


def result_name(comparison: Comparison, variant: str) -> str:
    """Return the file name of one result, without its suffix."""
    return f"{comparison.name}__{variant}"


def results_zip(comparison: Comparison) -> bytes:
    """Return input, hole, finished results and settings as one zip."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:  # PNG is compressed
        archive.writestr("input.png", encode_png(comparison.picture))
        archive.writestr("hole.png", encode_png(comparison.hole))
        for variant, picture in comparison.pictures.items():
            name = result_name(comparison, variant)
            archive.writestr(f"results/{name}.png", encode_png(picture))
        archive.writestr("comparison.json", json.dumps(describe(comparison), indent=2) + "\n")
    return buffer.getvalue()


def describe(comparison: Comparison) -> dict[str, object]:
    """Return everything about a comparison but its pixels, as JSON takes it."""
    ratio, bucket = ratio_of(comparison.hole)
    height, width = comparison.hole.shape
    return {
        "code_version": __version__,
        "photograph": comparison.name,
        "width": width,
        "height": height,
        "hole": "hole.png: white = missing",
        "hole_ratio": ratio,
        "bucket": bucket,
        "seed": comparison.seed,
        "results": {
            name: {"error": outcome.error}
            if outcome.error
            else {"seconds": round(outcome.seconds, 4), **outcome.scores}
            for name, outcome in comparison.outcomes.items()
        },
    }
