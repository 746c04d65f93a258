"""What a host can change about the app, with defaults that are safe for a public CPU Space."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from inpaint_bench.errors import InpaintBenchError

__all__ = ["Settings"]

_ROOT = Path(__file__).resolve().parents[2]
_PREFIX = "INPAINT_BENCH_"


@dataclass(frozen=True)
class Settings:
    """Limits and places of one running app.

    Attributes:
        max_side: photographs whose longer side has more pixels are shrunk to it. The bundled
            networks saw 128x128 and are at their best up to twice that.
        original_side: the same where a visitor asks for the original size, if it is larger.
        canvas_side: of the square canvas in pixels; photographs are scaled to it for brushing,
            and holes back to the photograph.
        max_upload_mb: larger files are refused by the server.
        device: where networks run.
        models_mb: megabytes of parameters that stay loaded; beyond it, the least recently used
            model is released.
        model_seconds: after which a model is given up, loading included.
        most_results: tiles of one comparison: variants times samples, with and without a sketch.
        runs_at_once: comparisons computed at the same time; further ones wait.
        queue_size: events that may wait; beyond it visitors are told that the app is busy.
        sessions: visitors whose photographs are kept; beyond it the oldest are forgotten.
        session_seconds: after this long without a change a photograph is forgotten, and files
            made for downloads are deleted.
        results_dir: published records, one `<test set>.parquet` each.
        cards_dir: model cards, Markdown.
        mcp: serve the named endpoints as tools of the Model Context Protocol too.
        votes_file: SQLite file of the arena's votes.
        votes_per_minute: most votes of one session within a minute.
        votes_repo: data set on the Hugging Face Hub, such as "me/votes", that votes are pushed to
            if HF_TOKEN holds a token that may write there; nothing is pushed without.
    """

    max_side: int = 256
    original_side: int = 1024
    canvas_side: int = 512
    max_upload_mb: int = 20
    device: str = "cpu"
    models_mb: int = 1024
    model_seconds: int = 60
    most_results: int = 48
    runs_at_once: int = 1
    queue_size: int = 32
    sessions: int = 64
    session_seconds: int = 3600
    results_dir: Path = _ROOT / "eval" / "results"
    cards_dir: Path = _ROOT / "weights" / "cards"
    mcp: bool = False
    votes_file: Path = _ROOT / "votes" / "votes.sqlite"
    votes_per_minute: int = 20
    votes_repo: str = ""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if type(value) is int and value < 1:
                raise InpaintBenchError(f"expected {field.name} of 1 or more, got {value}")
        if self.max_side < 64 or self.canvas_side < 64:
            raise InpaintBenchError(
                "expected max_side and canvas_side of 64 pixels or more, "
                f"got {self.max_side} and {self.canvas_side}"
            )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read `INPAINT_BENCH_MAX_SIDE`, `INPAINT_BENCH_RESULTS_DIR` and so on.

        Raises:
            InpaintBenchError: a value is not of the field's kind.
        """
        given: dict[str, bool | int | str | Path] = {}
        for field in fields(cls):
            name = _PREFIX + field.name.upper()
            if name in environment:
                given[field.name] = _convert(name, environment[name], type(field.default))
        return cls(**given)


def _convert(name: str, text: str, kind: type) -> bool | int | str | Path:
    if kind is bool:
        if text not in ("0", "1"):
            raise InpaintBenchError(f"expected 0 or 1 in {name}, got {text!r}")
        return text == "1"
    if kind is int:
        try:
            return int(text)
        except ValueError as error:
            raise InpaintBenchError(f"expected a whole number in {name}, got {text!r}") from error
    return text if kind is str else Path(text)
