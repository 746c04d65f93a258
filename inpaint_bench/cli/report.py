"""`report`: the tables of a run, on standard output or in a file, in four formats."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add `report`."""
    app.command("report")(_command)


def _command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a run.")],
    by: Annotated[
        str | None,
        typer.Option(metavar="bucket", help="One table a metric, by share of missing pixels."),
    ] = None,
    metric: Annotated[
        str | None, typer.Option(metavar="A,B", help="Only these metrics. [default: all]")
    ] = None,
    form: Annotated[
        str, typer.Option("--format", metavar="md|csv|latex|html", help="Of the text.")
    ] = "md",
    data_root: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Photographs to show beside kept outputs (html)."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it here instead of printing it.")
    ] = None,
) -> None:
    """Print the tables of a run: means with N, direction, convention and test-set hash."""
    from inpaint_bench.bench.files import write_text
    from inpaint_bench.bench.report import report
    from inpaint_bench.data import data_root as find_root

    names = None if metric is None else [name.strip() for name in metric.split(",")]
    text = report(folder, by=by, metrics=names, form=form, data_root=find_root(data_root))
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_text(out, text)
        typer.echo(out)
