"""`publish`: merge finished runs into the leaderboard under eval/results."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from inpaint_bench.errors import BenchError

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add `publish`."""
    app.command("publish")(_command)


def _command(
    folders: Annotated[
        list[Path] | None, typer.Argument(metavar="DIR...", help="Folders of finished runs.")
    ] = None,
    results: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to. [default: eval/results]")
    ] = None,
    tables: Annotated[
        bool, typer.Option("--tables", help="Write the tables of what is published anew instead.")
    ] = False,
) -> None:
    """Publish finished runs: their variants replace those of the same name."""
    from inpaint_bench.bench.publish import publish, write_tables_again
    from inpaint_bench.bench.store import RESULTS_FOLDER

    results = results or RESULTS_FOLDER
    if tables == bool(folders):
        raise BenchError("expected the folder of a run, or --tables without one")
    for path in write_tables_again(results) if tables else publish(*folders, results=results):
        typer.echo(path)
