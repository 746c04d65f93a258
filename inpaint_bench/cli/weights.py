"""`weights`: what variants there are, and whether their files are here and unaltered."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from inpaint_bench.types import Variant

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add `weights list` and `weights verify`."""
    group = typer.Typer(help="List and check the weights of every variant.")
    group.command("list")(_list)
    group.command("verify")(_verify)
    app.add_typer(group, name="weights")


def _list(
    as_json: Annotated[
        bool, typer.Option("--json", help="Every field, as a JSON array.")
    ] = False,
) -> None:
    """List every variant with its source, size, licence and provenance."""
    from inpaint_bench import list_variants

    variants = list_variants()
    if as_json:
        rows = [{**dataclasses.asdict(v), "ready": _fault(v) == ""} for v in variants]
        typer.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    header = ("variant", "source", "size", "trained on", "provenance", "licence")
    rows = [header] + [
        (v.name, v.source, _size(v.size), v.trained_on or "-", v.provenance, v.licence)
        for v in variants
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())


def _verify(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[VARIANT]...", help="By default all.")
    ] = None,
) -> None:
    """Check every bundled weight file against its recorded sha256."""
    from inpaint_bench.errors import WeightsError
    from inpaint_bench.weights import find_variant, read_manifest

    variants = [find_variant(name) for name in names] if names else read_manifest().values()
    checked, failed = 0, []
    for variant in variants:
        if variant.source != "bundled":
            typer.echo(f"{variant.name}: no bundled file (source {variant.source})")
            continue
        checked += 1
        fault = _fault(variant)
        typer.echo(f"{variant.name}: {'FAIL ' + fault if fault else 'ok'}")
        if fault:
            failed.append(variant.name)
    typer.echo(f"{checked - len(failed)} passed, {len(failed)} failed")
    if failed:
        raise WeightsError(f"expected unaltered weights, got faults in: {', '.join(failed)}")


def _fault(variant: Variant) -> str:
    """Return why the weights cannot be used here, or an empty string."""
    from inpaint_bench.errors import WeightsError
    from inpaint_bench.weights import weights_file

    if variant.source == "none":
        return ""
    try:
        weights_file(variant)
    except WeightsError as error:
        return str(error)
    return ""


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count else "-"
