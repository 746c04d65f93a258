"""`run`: measure variants on test sets into a folder; the same command resumes and extends it."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from inpaint_bench.errors import BenchError

if TYPE_CHECKING:
    from inpaint_bench.bench.runner import Options, Preparation
    from inpaint_bench.bench.suites import Names, Suite
    from inpaint_bench.metrics import Setting
    from inpaint_bench.types import TestSet

__all__ = ["register"]

_SIZE = 256  # of the square pictures that --images are made into

# What can be typed, one type an option.
_Out = Annotated[
    Path, typer.Option(metavar="DIR", help="Folder of the run; an old one is resumed.")
]
_Suite = Annotated[
    str | None, typer.Option(metavar="NAME", help="What to measure: a file in eval/suites.")
]
_TestSets = Annotated[
    str | None, typer.Option(metavar="A,B", help="Only these test sets of the suite.")
]
_Images = Annotated[
    str | None, typer.Option(metavar="DIR", help="Photographs of your own, with --masks.")
]
_Masks = Annotated[
    str | None,
    typer.Option(
        metavar="DIR|GENERATOR",
        help="Folder of masks, white = hole (DIR:black if black is), or a generator's name.",
    ),
]
_Models = Annotated[
    str | None,
    typer.Option(metavar="A,B|all", help="Variants; all: those whose weights are here."),
]
_Metrics = Annotated[
    str | None, typer.Option(metavar="A,B|main|all", help="Metrics; by default the suite's.")
]
_Limit = Annotated[
    int | None,
    typer.Option(min=1, metavar="N", help="Only the first N masked photographs of each set."),
]
_Size = Annotated[
    int | None,
    typer.Option(
        min=16, max=4096, metavar="N", help="Side of --images after cropping. [default: 256]"
    ),
]
_ModelFile = Annotated[
    list[Path] | None,
    typer.Option(metavar="FILE.py", help="Python file with a model of your own, run as well."),
]
_DataRoot = Annotated[
    Path | None, typer.Option(metavar="DIR", help="Where data sets lie; or INPAINT_DATA.")
]
_Engine = Annotated[str, typer.Option(metavar="NAME", help="Who does the work.")]
_Threads = Annotated[
    int | None,
    typer.Option(min=1, max=1024, metavar="N", help="Threads a computation may use."),
]
_Batch = Annotated[
    int, typer.Option(min=1, metavar="N", help="Pictures that a network gets at once.")
]
_Precision = Annotated[
    Literal["float32", "float64"],
    typer.Option(
        help="That networks compute in; in float64, several times slower, results do not depend "
        "on machine, batch or threads."
    ),
]
_Stages = Annotated[bool, typer.Option("--stages", help="Measure earlier stages of models too.")]
_Consistency = Annotated[
    str | None,
    typer.Option(
        metavar="MODEL[:METRIC[:K]]",
        help="Measure self-consistency too: known pixels are hidden under K masks and filled "
        "again by this second model. [METRIC: lpips_alex, K: 10]",
    ),
]
_KeepOutputs = Annotated[
    bool, typer.Option("--keep-outputs", help="Write every result below outputs/.")
]
_RetryErrors = Annotated[
    bool, typer.Option("--retry-errors", help="Run models again where they failed.")
]


def register(app: typer.Typer) -> None:
    """Add `run`."""
    app.command("run")(_command)


def _command(
    out: _Out,
    suite: _Suite = None,
    test_sets: _TestSets = None,
    images: _Images = None,
    masks: _Masks = None,
    models: _Models = None,
    metrics: _Metrics = None,
    limit: _Limit = None,
    size: _Size = None,
    model_file: _ModelFile = None,
    data_root: _DataRoot = None,
    engine: _Engine = "local",
    threads: _Threads = None,
    batch: _Batch = 1,
    precision: _Precision = "float32",
    stages: _Stages = False,
    consistency: _Consistency = None,
    keep_outputs: _KeepOutputs = False,
    retry_errors: _RetryErrors = False,
) -> None:
    """Measure variants on masked photographs; stopped at any moment, it goes on from there."""
    from inpaint_bench import list_variants
    from inpaint_bench.bench.consistency import declare
    from inpaint_bench.bench.custom import keep_test_set
    from inpaint_bench.bench.engines import ENGINES
    from inpaint_bench.bench.plan import choose_variants
    from inpaint_bench.bench.run_info import occupied, read_run
    from inpaint_bench.bench.runner import Options, choose_metrics, prepare
    from inpaint_bench.data import data_root as find_root
    from inpaint_bench.plugins import load_model_file

    asked = _Asked(suite, _names(test_sets), images, masks, size)
    chosen = metrics if metrics == "main" else _names(metrics)
    wanted = _extended(_suite(asked, _names(models), chosen), stages, consistency)
    own = [variant.name for path in model_file or [] for variant in load_model_file(path)]
    if models is None and wanted.models != "all":  # "all" has them
        wanted = replace(wanted, models=(*wanted.models, *own))
    variants = choose_variants(wanted.models, list_variants())
    options = Options(
        limit=limit,
        data_root=find_root(data_root),
        keep_outputs=keep_outputs,
        retry_errors=retry_errors,
        threads=threads,
        batch=batch,
        precision=precision,
        command=f"python -m inpaint_bench {shlex.join(sys.argv[1:])}",
    )
    # Whatever is wrong is told before anything is written.
    choose_metrics(wanted.metrics)
    if wanted.consistency is not None:
        declare(wanted.consistency)
    ENGINES[engine]
    read_run(out)
    with occupied(out):
        found, skipped = _test_sets(asked, wanted, out, options)
        preparation = prepare(wanted, found, variants, out, options=options, skipped=skipped)
        if asked.images is not None:
            keep_test_set(out, found[0])
        _introduce(preparation, skipped)
        _work(preparation, engine, out)


@dataclass(frozen=True)
class _Asked:
    """The options that say what to measure: a suite, or a test set of one's own."""

    suite: str | None
    test_sets: Names | None
    images: str | None
    masks: str | None
    size: int | None


def _suite(asked: _Asked, models: Names | None, metrics: Names | None) -> Suite:
    """Return what to measure; `models` and `metrics` win over those of a suite."""
    from inpaint_bench.bench.custom import custom_suite
    from inpaint_bench.bench.suites import ALL, list_suites, read_suite

    if (asked.suite is None) == (asked.images is None):
        raise BenchError(
            f"expected either --suite ({', '.join(list_suites())}) or --images with --masks"
        )
    if asked.suite is None:
        if asked.test_sets is not None:
            raise BenchError("--test-sets belongs to --suite: a folder of photographs is one set")
        if asked.masks is None:
            raise BenchError("--images needs --masks: a folder of masks or a generator's name")
        return custom_suite(
            images=asked.images,
            masks=asked.masks,
            size=asked.size or _SIZE,
            models=models or ALL,
            metrics=metrics or ALL,
        )
    if asked.masks is not None or asked.size is not None:
        raise BenchError("--masks and --size belong to --images: a suite has its own")
    suite = read_suite(asked.suite)
    chosen = suite.test_sets if asked.test_sets in (None, "all") else asked.test_sets
    for name in chosen:
        if name not in suite.test_sets:
            known = ", ".join(suite.test_sets)
            raise BenchError(f"expected test sets of {asked.suite} ({known}), got {name!r}")
    models, metrics = models or suite.models, metrics or suite.metrics
    return replace(suite, test_sets=tuple(chosen), models=models, metrics=metrics)


def _extended(suite: Suite, stages: bool, consistency: str | None) -> Suite:
    """Return a suite with what was asked for on top of it."""
    if consistency is not None:
        suite = replace(suite, consistency=_consistency(consistency))
    return replace(suite, stages=suite.stages or stages)


def _test_sets(
    asked: _Asked, suite: Suite, out: Path, options: Options
) -> tuple[list[TestSet], dict[str, str]]:
    """Return the test sets whose data are here, and why the others are missing."""
    from inpaint_bench.bench.custom import custom_test_set
    from inpaint_bench.bench.runner import load_test_sets

    if asked.images is None or asked.masks is None:
        return load_test_sets(suite, options.data_root, out)
    test_set, line = custom_test_set(
        out,
        images=asked.images,
        masks=asked.masks,
        size=asked.size or _SIZE,
        data_root=options.data_root,
    )
    if line:
        typer.echo(line)
    return [test_set], {}


def _introduce(preparation: Preparation, skipped: dict[str, str]) -> None:
    """Say what is measured and what cannot be."""
    plan = preparation.plan
    for test_set in plan.test_sets:
        asked = len(test_set.items) if plan.limit is None else plan.limit
        count = min(asked, len(test_set.items))
        typer.echo(
            f"{test_set.name}: {count} of {len(test_set.items)} masked photographs, "
            f"{len(plan.recipes)} variants"
        )
    for name, why in skipped.items():
        typer.echo(f"{name} is left out: {why}")
    for why, names in _by_reason(preparation.empty).items():
        typer.echo(f"empty for now: {', '.join(names)}; {why}")
    for line in preparation.lines:
        typer.echo(line)


def _work(preparation: Preparation, engine: str, out: Path) -> None:
    """Execute with a progress bar; say how it ended and how to go on."""
    from tqdm import tqdm

    from inpaint_bench.bench.runner import execute

    if not preparation.works:
        typer.echo("nothing to do: every row is there")
        _conclude(preparation, out)
        return
    started = time.monotonic()
    with tqdm(total=preparation.rows, unit="row", dynamic_ncols=True) as bar:

        def advance(variant: str) -> None:
            bar.set_postfix_str(variant, refresh=False)
            bar.update()

        try:
            execute(preparation, engine=engine, advance=advance)
        except KeyboardInterrupt:
            bar.close()
            typer.echo(
                f"{bar.n} of {preparation.rows} rows are stored; the same command goes on there",
                err=True,
            )
            raise
    typer.echo(f"{preparation.rows} rows in {time.monotonic() - started:.1f} s")
    _conclude(preparation, out)


def _conclude(preparation: Preparation, out: Path) -> None:
    """Count the rows that ended with an error, and say how to see the tables."""
    from inpaint_bench.bench.store import Store

    frame = Store(out).records(preparation.info.variants)
    failed = frame[frame["error"] != ""]
    for variant, rows in failed.groupby("variant"):
        typer.echo(f"{variant}: {len(rows)} rows ended with an error; {rows['error'].iloc[0]}")
    if failed["error"].str.startswith("model:").any():
        typer.echo("--retry-errors runs models again where they failed")
    typer.echo(f"tables: python -m inpaint_bench report {shlex.quote(str(out))}")


def _by_reason(empty: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, why in empty.items():
        found.setdefault(why, []).append(name)
    return found


def _consistency(text: str) -> Setting:
    """Return the setting that MODEL, MODEL:METRIC or MODEL:METRIC:K stands for."""
    from inpaint_bench.metrics import Setting

    model, *more = text.split(":")
    if len(more) > 2 or (len(more) == 2 and not more[1].isdecimal()):
        raise typer.BadParameter(f"expected --consistency as MODEL[:METRIC[:K]], got {text!r}")
    setting = Setting(model)
    return Setting(
        model,
        distance=more[0] if more else setting.distance,
        masks=int(more[1]) if len(more) > 1 else setting.masks,
    )


def _names(text: str | None) -> Names | None:
    """Return the names of a list with commas, "all" as it is, None for what was not given."""
    if text is None or text == "all":
        return text
    names = tuple(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise BenchError(f"expected names with commas between them, got {text!r}")
    return names
