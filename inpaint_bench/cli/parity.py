"""`parity FIXTURE_DIR`: our networks against the outputs of published implementations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add `parity`."""
    app.command("parity")(_parity)


def _parity(
    fixtures: Annotated[
        Path, typer.Argument(metavar="FIXTURE_DIR", help="Folder of NAME.json + NAME.safetensors.")
    ],
) -> None:
    """Check every fixture of a folder: name, largest error, ok or FAIL; exit 1 if any failed."""
    from inpaint_bench.parity import check_fixtures

    passed = failed = 0
    for outcome in check_fixtures(fixtures):
        figures = outcome.reason or f"error {outcome.error:.2e}, limit {outcome.limit:.2e}"
        typer.echo(f"{outcome.name}: {figures}: {'ok' if outcome.ok else 'FAIL'}")
        passed, failed = passed + outcome.ok, failed + (not outcome.ok)
    typer.echo(f"{passed} passed, {failed} failed")
    if failed:
        raise typer.Exit(1)
