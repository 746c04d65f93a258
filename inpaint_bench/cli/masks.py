"""`masks`: list the generators, draw masks into a folder, count those of a folder by bucket."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    import numpy as np

    from inpaint_bench.masks import MaskFolder

__all__ = ["register"]

_ALL = "all"
_MOST_ON_SHEET = 256
_MOST_IN_ROW = 8  # on the sheet of all generators
_LARGEST = 4096

# (id, hole ratio, bucket)
Row = tuple[str, float, str]


def register(app: typer.Typer) -> None:
    """Add `masks list|draw|bucket`."""
    masks = typer.Typer(
        help="List the generators; draw masks from one or all; count those of a folder by ratio.",
        no_args_is_help=True,
    )
    masks.command("list")(_list)
    masks.command("draw")(_draw)
    masks.command("bucket")(_bucket)
    app.add_typer(masks, name="masks")


def _list(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="[default: all]")
    ] = None,
) -> None:
    """Print the generators with their source and every parameter."""
    from inpaint_bench.masks import MASKS

    for name in names or list(MASKS):
        generator = MASKS[name]
        typer.echo(f"{name}  {generator.title}")
        typer.echo(f"    source: {generator.source}")
        for key, value in generator.parameters.items():
            typer.echo(f"    {key}: {value}")
        if generator.smallest > 8:
            typer.echo(f"    masks of at least {generator.smallest}x{generator.smallest}")


def _draw(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the masks.")],
    generator: Annotated[
        str,
        typer.Option(metavar="NAME", help="One that `masks list` prints, or all for one row each."),
    ] = "free_form",
    size: Annotated[
        int, typer.Option(min=8, max=_LARGEST, metavar="PIXELS", help="Side of the masks.")
    ] = 256,
    count: Annotated[
        int,
        typer.Option(min=1, max=100_000, metavar="N", help="How many of each generator."),
    ] = 16,
    seed: Annotated[
        int, typer.Option(min=0, metavar="N", help="Of the first mask; each next is one more.")
    ] = 0,
    ratio: Annotated[
        str | None,
        typer.Option(metavar="LOW,HIGH", help="Share of missing pixels, such as 0.2,0.3."),
    ] = None,
) -> None:
    """Write masks as PNG, white = hole, named NAME_SEED.png, and a contact sheet sheet.png."""
    from inpaint_bench.errors import MaskError
    from inpaint_bench.imaging import write_png
    from inpaint_bench.masks import MASKS
    from inpaint_bench.masks.folder import CONTACT_SHEET
    from inpaint_bench.masks.sheet import draw_sheet

    limits = None if ratio is None else _numbers(ratio, "--ratio", count=2)
    every = generator == _ALL
    most = min(count, _MOST_IN_ROW) if every else _MOST_ON_SHEET
    rows: list[Row] = []
    holes: list[np.ndarray] = []
    labels: list[tuple[str, str]] = []
    for name in MASKS if every else [generator]:
        try:
            drawn = _draw_into(out, name, size, range(seed, seed + count), limits)
        except MaskError as error:
            if not every:
                raise
            typer.echo(f"{name} is left out: {error}")
            continue
        rows += [row for row, _ in drawn]
        holes += [hole for _, hole in drawn[:most]]
        labels += [(row[0], f"{row[1]:.1%}: {row[2]}") for row, _ in drawn[:most]]
    if not rows:
        raise MaskError(f"expected a ratio that some generator draws at {size}, got {ratio}")
    write_png(out / CONTACT_SHEET, draw_sheet(holes, labels, columns=most if every else None))
    typer.echo(f"{len(rows)} masks, mean hole {_mean(rows):.1%}  {out}")


def _draw_into(
    out: Path, name: str, size: int, seeds: range, limits: tuple[float, ...] | None
) -> list[tuple[Row, np.ndarray]]:
    """Write the masks of one generator and return their rows and what the sheet may show."""
    from tqdm import tqdm

    from inpaint_bench.imaging import write_png
    from inpaint_bench.masks import bucket_label, draw_mask, hole_ratio

    drawn = []
    for number in tqdm(seeds, desc=name, disable=None, leave=False):
        hole = draw_mask(name, size, size, seed=number, ratio=limits)
        share = hole_ratio(hole)
        write_png(out / f"{name}_{number}.png", hole)
        shown = hole if len(drawn) < _MOST_ON_SHEET else hole[:0]  # the sheet holds no more
        drawn.append(((f"{name}_{number}", share, bucket_label(share)), shown))
    return drawn


def _bucket(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of masks.")],
    edges: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,...", help="Edges as shares. [default: 0.01,0.1,0.2,0.3,0.4,0.5,0.6]"
        ),
    ] = None,
    hole: Annotated[
        str, typer.Option(metavar="white|black", help="Colour of missing pixels in the masks.")
    ] = "white",
    csv: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Also write a row a mask: mask_id,hole_ratio,bucket."),
    ] = None,
) -> None:
    """Print how many masks of a folder fall in each bucket of the hole ratio."""
    from inpaint_bench.errors import MaskError
    from inpaint_bench.masks import EDGES, MaskFolder
    from inpaint_bench.masks.ratio import check_edges

    limits = EDGES if edges is None else _numbers(edges, "--edges")
    check_edges(limits)
    rows, failed = _measure(MaskFolder(folder, hole=hole), limits)
    for line in _table(rows, limits):
        typer.echo(line)
    if csv is not None:
        _write_csv(csv, rows)
        typer.echo(csv)
    if failed:
        raise MaskError(f"expected masks, {len(failed)} files are none, first: {failed[0]}")


def _measure(masks: MaskFolder, edges: Sequence[float]) -> tuple[list[Row], list[str]]:
    """Return a row for every mask that can be read, and what is wrong with the others."""
    from tqdm import tqdm

    from inpaint_bench.errors import InpaintBenchError
    from inpaint_bench.masks import bucket_label, hole_ratio

    rows, failed = [], []
    for mask_id in tqdm(masks.ids, desc="masks", disable=None, leave=False):
        try:
            ratio = hole_ratio(masks.read_whole(mask_id))
        except InpaintBenchError as error:
            failed.append(str(error))
        else:
            rows.append((mask_id, ratio, bucket_label(ratio, edges)))
    return rows, failed


def _table(rows: Sequence[Row], edges: Sequence[float]) -> list[str]:
    """Return the lines of the table: every bucket, then what lies outside if anything does."""
    from inpaint_bench.masks import bucket_labels

    inside = bucket_labels(edges)
    below = sorted({bucket for _, _, bucket in rows if bucket.startswith("<")})
    above = sorted({bucket for _, _, bucket in rows if bucket.startswith(">")})
    lines = [f"{'bucket':<12}{'masks':>8}{'mean hole':>12}"]
    for label in [*below, *inside, *above]:
        of_bucket = [row for row in rows if row[2] == label]
        mean = f"{_mean(of_bucket):.1%}" if of_bucket else "-"
        lines.append(f"{label:<12}{len(of_bucket):>8}{mean:>12}")
    total = f"{_mean(rows):.1%}" if rows else "-"
    return [*lines, f"{'all':<12}{len(rows):>8}{total:>12}"]


def _write_csv(path: Path, rows: Sequence[Row]) -> None:
    import csv
    import io

    from inpaint_bench.bench.files import write_text

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["mask_id", "hole_ratio", "bucket"])
    writer.writerows((name, f"{ratio:.6f}", bucket) for name, ratio, bucket in rows)
    write_text(path, text.getvalue())


def _numbers(text: str, option: str, *, count: int | None = None) -> tuple[float, ...]:
    """Read numbers separated by commas.

    Raises:
        MaskError: something else than numbers, or not `count` of them.
    """
    from inpaint_bench.errors import MaskError

    try:
        numbers = tuple(float(part) for part in text.split(","))
    except ValueError as error:
        raise MaskError(f"expected {option} as numbers such as 0.2,0.3, got {text!r}") from error
    if count is not None and len(numbers) != count:
        raise MaskError(f"expected {option} as {count} numbers such as 0.2,0.3, got {text!r}")
    return numbers


def _mean(rows: Sequence[Row]) -> float:
    return sum(ratio for _, ratio, _ in rows) / len(rows)
