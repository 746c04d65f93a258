"""`publish`: merge a finished run into the leaderboard under eval/results."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add `publish`."""
    app.command("publish")(_command)


def _command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a finished run.")],
    results: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to. [default: eval/results]")
    ] = None,
) -> None:
    """Publish a finished run: its variants replace those of the same name."""
    from inpaint_bench.bench.publish import publish
    from inpaint_bench.bench.store import RESULTS_FOLDER

    for path in publish(folder, results=results or RESULTS_FOLDER):
        typer.echo(path)
