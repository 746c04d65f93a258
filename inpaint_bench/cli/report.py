"""`report`: the tables of a run, of votes or of both, on standard output or in a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["register"]

_RUNS = (".json", ".recipe", ".parquet", ".png")  # of the files that a run writes
_STUDY = "user_study"  # the suite that has what papers report of theirs


def register(app: typer.Typer) -> None:
    """Add `report`."""
    app.command("report")(_command)


def _command(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", help="Folder of a run; none for --votes alone."),
    ] = None,
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
    votes: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Votes of people: the arena's file, or the CSV that it saves (md, csv); "
            "without DIR also from INPAINT_BENCH_VOTES_FILE.",
        ),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write it here instead of printing it.")
    ] = None,
) -> None:
    """Print the tables of a run: means with N, direction, convention and test-set hash.

    With --votes also what people prefer, beside what papers report of their own studies.
    """
    from inpaint_bench._files import keep_inputs
    from inpaint_bench.bench.files import write_text
    from inpaint_bench.bench.report import report, report_votes
    from inpaint_bench.bench.suites import read_suite
    from inpaint_bench.data import data_root as find_root
    from inpaint_bench.errors import BenchError

    names = None if metric is None else [name.strip() for name in metric.split(",")]
    if folder is not None:
        root = find_root(data_root)
        text = report(folder, by=by, metrics=names, form=form, data_root=root, votes=votes)
    else:
        votes = votes or Path(os.environ.get("INPAINT_BENCH_VOTES_FILE", ""))
        if votes == Path():
            raise BenchError("expected the folder of a run, or --votes FILE for what people prefer")
        text = report_votes(read_suite(_STUDY), votes, form=form)
    if out is None:
        typer.echo(text, nl=False)
    else:
        inside = [] if folder is None else [one for one in folder.rglob("*") if one.suffix in _RUNS]
        keep_inputs(out, {"--votes": votes, **{str(one): one for one in inside}})
        write_text(out, text)
        typer.echo(out)
