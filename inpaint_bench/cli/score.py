"""`score`: results made with any other tool become a row beside the models that are run here."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from inpaint_bench.bench.runner import Options
    from inpaint_bench.bench.suites import Names

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add `score`."""
    app.command("score")(_command)


def _command(
    testset: Annotated[
        str, typer.Option(metavar="NAME|FILE", help="Frozen test set that was filled.")
    ],
    outputs: Annotated[
        Path, typer.Option(metavar="DIR", help="Results, as IMAGE__MASK.png or IMAGE.png.")
    ],
    name: Annotated[str, typer.Option(metavar="METHOD", help="What the row is called.")],
    out: Annotated[
        Path, typer.Option(metavar="DIR", help="Folder of a run; an old one gets the row as well.")
    ],
    metrics: Annotated[
        str, typer.Option(metavar="A,B|main|all", help="Metrics to compute.")
    ] = "main",
    rename: Annotated[
        str | None,
        typer.Option(
            metavar="OLD=NEW",
            help="What the results' names have in place of a text of the image's, "
            "such as _raw=_output.",
        ),
    ] = None,
    composite: Annotated[
        bool,
        typer.Option(
            "--composite/--as-they-are", help="Put known pixels back before measuring, or not."
        ),
    ] = True,
    keep_outputs: Annotated[
        bool, typer.Option("--keep-outputs", help="Copy what is measured below outputs/.")
    ] = False,
    data_root: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where data sets lie; or INPAINT_DATA.")
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(min=1, max=1024, metavar="N", help="Threads a computation may use."),
    ] = None,
) -> None:
    """Measure a folder of results on a frozen test set; nothing is resized to fit."""
    from inpaint_bench.bench.runner import Options
    from inpaint_bench.data import data_root as find_root

    options = Options(
        data_root=find_root(data_root),
        keep_outputs=keep_outputs,
        retry_errors=True,  # a picture that was wrong may be another one now
        threads=threads,
        command=f"python -m inpaint_bench {shlex.join(sys.argv[1:])}",
    )
    chosen = metrics
    if metrics not in ("all", "main"):
        chosen = tuple(name.strip() for name in metrics.split(","))
    _score(
        testset,
        outputs,
        name,
        out,
        metrics=chosen,
        rename=_renaming(rename),
        composite=composite,
        options=options,
    )
    typer.echo(f"tables: python -m inpaint_bench report {shlex.quote(str(out))}")


def _score(
    testset: str,
    outputs: Path,
    name: str,
    out: Path,
    *,
    metrics: Names,
    rename: tuple[str, str],
    composite: bool,
    options: Options,
) -> None:
    """Check the pictures, say what was found, and measure them."""
    from inpaint_bench import list_variants
    from inpaint_bench.bench.plan import make_external_recipe
    from inpaint_bench.bench.run_info import occupied, read_run
    from inpaint_bench.bench.runner import execute, prepare
    from inpaint_bench.bench.score import check_name, find_outputs, inspect
    from inpaint_bench.bench.store import OUTPUTS
    from inpaint_bench.bench.suites import Suite
    from inpaint_bench.data import TestSetReader, load_test_set
    from inpaint_bench.errors import BenchError

    check_name(name, [variant.name for variant in list_variants()])
    test_set = load_test_set(testset)
    before = read_run(out)
    reader = TestSetReader(test_set, options.data_root)
    kept = out / OUTPUTS / name
    if outputs.resolve() == kept.resolve():
        raise BenchError(
            f"expected pictures that lie elsewhere, got {outputs}, where this run keeps what it "
            "measured: name another --out"
        )
    found, names = find_outputs(test_set, outputs, rename=rename, composite=composite)
    inspection = inspect(found, names, reader)
    for line in inspection.lines():
        typer.echo(line)
    suite = Suite(
        name="custom" if before is None else before.suite,
        title=f"Results on {test_set.name}" if before is None else before.title,
        test_sets=(test_set.name,),
        models=(name,),
        metrics=metrics,
        seed=0 if before is None else before.seed,
    )
    with occupied(out):
        preparation = prepare(
            suite,
            [test_set],
            [make_external_recipe(name, found)],
            out,
            options=options,
            remarks={test_set.name: [inspection.remark(name)]},
        )
        execute(preparation)
    typer.echo(f"{inspection.usable} of {len(test_set.items)} pictures of {name} are measured")


def _renaming(text: str | None) -> tuple[str, str]:
    if text is None:
        return ("", "")
    old, sign, new = text.partition("=")
    if not sign or not old:
        raise typer.BadParameter(f"expected --rename as OLD=NEW, got {text!r}")
    return (old, new)
