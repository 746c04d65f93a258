"""`weights`: what variants there are, and getting and checking their files."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from inpaint_bench.types import Variant
    from inpaint_bench.weights.download import Progress

__all__ = ["register"]

Names = Annotated[list[str] | None, typer.Argument(metavar="[VARIANT]...")]


def register(app: typer.Typer) -> None:
    """Add `weights list|fetch|verify|import`."""
    group = typer.Typer(
        help="List, fetch and check the weights of every variant. Fetched weights lie in the "
        "user's cache folder, or in the one that INPAINT_WEIGHTS names.",
    )
    group.command("list")(_list)
    group.command("fetch")(_fetch)
    group.command("verify")(_verify)
    group.command("import")(_import)
    app.add_typer(group, name="weights")


def _list(
    as_json: Annotated[
        bool, typer.Option("--json", help="Every field, as a JSON array; checks the files too.")
    ] = False,
) -> None:
    """List every variant: whether its weights are here, size, terms and provenance.

    States: bundled; here (fetched or imported); fetch ("weights fetch" gets it); import (a person
    downloads it from the page that --json and "weights import" name); "-" has no weights.
    """
    from inpaint_bench import list_variants

    variants = list_variants()
    if as_json:
        typer.echo(json.dumps([_row(v) for v in variants], indent=2, ensure_ascii=False))
        return
    header = ("variant", "weights", "size", "trained on", "provenance", "licence")
    rows = [header] + [
        (v.name, _state(v), _size(v.size), v.trained_on or "-", v.provenance, v.licence)
        for v in variants
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(len(header))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())


def _fetch(
    names: Names = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Every variant that can be fetched.")
    ] = False,
) -> None:
    """Download released weights, check them, and convert them; a stopped download goes on."""
    from inpaint_bench.errors import WeightsError
    from inpaint_bench.weights import fetch, find_variant, read_manifest

    if bool(names) == everything:
        raise typer.BadParameter("expected the names of variants, or --all")
    if names:
        wanted = [find_variant(name) for name in names]
    else:
        wanted = [v for v in read_manifest().values() if v.source in ("hub", "url")]
    failed = []
    for variant in wanted:
        try:
            with _bar(variant) as progress:
                new = fetch(variant, progress=progress)
            _check_fit(variant)
        except WeightsError as error:
            if len(wanted) == 1:
                raise
            typer.echo(f"{variant.name}: FAIL {error}")
            failed.append(variant.name)
            continue
        typer.echo(f"{variant.name}: {'fetched and checked' if new else 'here already, checked'}")
    if failed:
        raise WeightsError(f"expected to fetch all, failed for: {', '.join(failed)}")


def _verify(names: Names = None) -> None:
    """Check weight files against what was published or recorded; by default all that are here."""
    from inpaint_bench.errors import WeightsError
    from inpaint_bench.weights import find_variant, read_manifest

    variants = [find_variant(name) for name in names] if names else read_manifest().values()
    passed, failed = 0, []
    for variant in variants:
        state = _state(variant)
        fault = _damage(variant)
        if state in ("-", "fetch", "import") and not fault:
            here = "no weights" if state == "-" else f"not here ({state})"
            typer.echo(f"{variant.name}: {here}")
            continue
        fault = fault or _fault(variant)
        typer.echo(f"{variant.name}: {'FAIL ' + fault if fault else 'ok'}")
        if fault:
            failed.append(variant.name)
        else:
            passed += 1
    typer.echo(f"{passed} passed, {len(failed)} failed")
    if failed:
        raise WeightsError(f"expected unaltered weights, got faults in: {', '.join(failed)}")


def _damage(variant: Variant) -> str:
    """Say what is wrong with the record of fetched files, which then count as not here."""
    from inpaint_bench.errors import WeightsError
    from inpaint_bench.weights import Cached

    try:
        Cached(variant).read_record()
    except WeightsError as error:
        return str(error)
    return ""


def _import(
    name: Annotated[str, typer.Argument(metavar="VARIANT", help="A name from `weights list`.")],
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE...", help="The published file, or all of them, or a zip with them."
        ),
    ] = None,
) -> None:
    """Take weights that you downloaded: check them, copy them to the cache, and convert them.

    Without a file it says where to download them.
    """
    from inpaint_bench.errors import WeightsError
    from inpaint_bench.weights import find_variant, how_to_get, import_files

    variant = find_variant(name)
    if not files:
        if variant.source not in ("hub", "url", "manual"):
            raise WeightsError(f"variant {name!r} takes no file: its source is {variant.source!r}")
        raise WeightsError(f"expected a file to import: {how_to_get(variant)}")
    import_files(variant, files)
    _check_fit(variant)
    typer.echo(f"{variant.name}: imported and checked")


def _check_fit(variant: Variant) -> None:
    """Load the weights into their network once, so that what does not fit is told now."""
    from inpaint_bench._api import build

    build(variant)


@contextmanager
def _bar(variant: Variant) -> Iterator[Progress]:
    """Show on terminals how much of a download is there."""
    from tqdm import tqdm

    with tqdm(
        total=variant.size or None,
        unit="B",
        unit_scale=True,
        unit_divisor=1000,
        desc=variant.name,
        disable=None,
        leave=False,
    ) as bar:

        def advance(there: int, total: int) -> None:
            if total:
                bar.total = total
            bar.update(there - bar.n)

        yield advance


def _row(variant: Variant) -> dict[str, object]:
    from inpaint_bench.models import MODELS
    from inpaint_bench.weights import how_to_get

    state = _state(variant)
    remote = state in ("fetch", "import")
    return {
        **dataclasses.asdict(variant),
        "state": state,
        "ready": not remote and _fault(variant) == "",
        "oversize": MODELS[variant.architecture].traits.oversize,
        "how_to_get": how_to_get(variant) if remote else "",
    }


def _state(variant: Variant) -> str:
    """Return where a variant's weights are, in one word; nothing is checked."""
    from inpaint_bench.weights import is_here

    if variant.source == "none":
        return "-"
    if variant.source in ("bundled", "file"):
        return variant.source
    if is_here(variant):
        return "here"
    return "import" if variant.source == "manual" else "fetch"


def _fault(variant: Variant) -> str:
    """Return why the weights cannot be used here, or an empty string."""
    from inpaint_bench.errors import WeightsError
    from inpaint_bench.weights import Cached, weights_file

    if variant.source == "none":
        return ""
    try:
        if variant.source in ("bundled", "file"):
            weights_file(variant)
        else:
            Cached(variant).verify()
    except WeightsError as error:
        return str(error)
    return ""


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count else "-"
