"""From what a person asks for to finished parts: prepare (what is there, what is left), execute.

`prepare` decides everything and writes only `run.json`; `execute` hands the work to an engine.
Both can be stopped at any moment and called again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from inpaint_bench import metrics
from inpaint_bench._files import clear_leftovers
from inpaint_bench._registry import unknown
from inpaint_bench.bench.backbones import find_backbones
from inpaint_bench.bench.compute import WorkerSettings
from inpaint_bench.bench.consistency import CONSISTENCY, declare
from inpaint_bench.bench.custom import CUSTOM_FILE, FROZEN_FOLDER, freeze_for_run
from inpaint_bench.bench.engines import ENGINES
from inpaint_bench.bench.files import write_text
from inpaint_bench.bench.measuring import picture_metric
from inpaint_bench.bench.plan import PRECISIONS, Plan, Recipe, make_recipe, test_set_hash
from inpaint_bench.bench.provenance import code_version, stated_version
from inpaint_bench.bench.resettle import resettle
from inpaint_bench.bench.run_info import (
    RunInfo,
    describe_plan,
    merge,
    note_load,
    read_run,
    write_run,
)
from inpaint_bench.bench.store import OUTPUTS, Store, output_stem
from inpaint_bench.bench.suites import ALL, MAIN, OWN_SUITE, Names, Suite
from inpaint_bench.bench.survey import Work, describe, survey
from inpaint_bench.data.testset import TestSetReader, list_test_sets, load_test_set
from inpaint_bench.errors import BenchError, DataMissingError, UnknownNameError, WeightsError
from inpaint_bench.metrics import METRICS, RAW_METRICS, SET_METRICS
from inpaint_bench.types import TestSet, Variant

__all__ = [
    "Options",
    "Preparation",
    "choose_metrics",
    "execute",
    "load_test_sets",
    "prepare",
]


@dataclass(frozen=True)
class Options:
    """How a run is done, beside what it measures.

    Attributes:
        limit: only the first so many items of each test set.
        data_root: where photographs and masks lie.
        keep_outputs: write every result as a picture.
        retry_errors: compute rows again whose model failed.
        threads: that a computation may use.
        batch: pictures that a network gets at once.
        precision: that networks compute in, of `plan.PRECISIONS`.
        command: as a person would type it, for the record.
    """

    limit: int | None = None
    data_root: Path | None = None
    keep_outputs: bool = False
    retry_errors: bool = False
    threads: int | None = None
    batch: int = 1
    precision: str = PRECISIONS[0]
    command: str = ""


@dataclass(frozen=True)
class Preparation:
    """A run that is ready to be executed.

    Attributes:
        plan: what it measures.
        info: what its folder says from now on.
        works: what is left to do.
        settings: of the workers.
        empty: wanted metrics that cannot be computed -> why.
        lines: what a person should know, one line each.
    """

    plan: Plan
    info: RunInfo
    works: tuple[Work, ...]
    settings: WorkerSettings
    empty: Mapping[str, str]
    lines: tuple[str, ...]

    @property
    def rows(self) -> int:
        """Return the number of rows to compute or add to."""
        return sum(work.rows for work in self.works)


def choose_metrics(names: Names) -> list[str]:
    """Return the metrics called `names`, of a picture and of a set, in the registries' order.

    "all" are those of the composite and of sets, "main" what tables show first; metrics of the
    output before compositing are computed where they are named.

    Raises:
        UnknownNameError: there is no such metric; the message lists the valid ones.
    """
    valid = [*METRICS, *RAW_METRICS, *SET_METRICS]
    if names == ALL:
        return [*METRICS, *SET_METRICS]
    if names == MAIN:
        names = metrics.MAIN
    for name in names:
        if name not in valid:
            raise UnknownNameError(unknown("metric", name, valid))
    return [name for name in valid if name in names]


def load_test_sets(
    suite: Suite, data_root: Path | None, folder: Path | None = None
) -> tuple[list[TestSet], dict[str, str]]:
    """Return the test sets of a suite whose data are here, and why the others are not.

    Args:
        suite: names them, and says how those are frozen that the project cannot publish.
        data_root: where the data lie.
        folder: of the run, which keeps what was frozen for it.

    Raises:
        UnknownNameError: a test set is not among the frozen ones.
        DataMissingError: the data of none of them are here; says what to fetch and to where.
    """
    present: list[TestSet] = []
    skipped: dict[str, str] = {}
    recipes = {recipe.name: recipe for recipe in suite.recipes}
    for name in suite.test_sets:
        try:
            if name in recipes:
                test_set = freeze_for_run(recipes[name], data_root, folder)
            else:
                test_set = load_test_set(name)
            TestSetReader(test_set, data_root)
        except DataMissingError as error:
            skipped[name] = str(error)
        else:
            present.append(test_set)
    if not present:
        raise DataMissingError(next(iter(skipped.values())))
    return present, skipped


def prepare(
    suite: Suite,
    test_sets: Sequence[TestSet],
    variants: Sequence[Variant | Recipe],
    folder: Path,
    *,
    options: Options = Options(),
    skipped: Mapping[str, str] | None = None,
    remarks: Mapping[str, Sequence[str]] | None = None,
) -> Preparation:
    """Compare what is wanted with what the folder holds, and write down the plan.

    Args:
        suite: gives name, title, metrics, seed and whether earlier stages are measured.
        test_sets: whose data are here.
        variants: to run, or recipes of what was made elsewhere.
        folder: of the run; a new one, or one to resume or to extend.
        options: how.
        skipped: test sets that are missing -> why.
        remarks: test set -> lines that a reader of its tables needs.

    Raises:
        BenchError: the folder cannot take this run.
        UnknownNameError: no such metric, precision or second model.
        WeightsError: the weights that self-consistency needs are not here.
    """
    old = read_run(folder)
    empty: dict[str, str] = {}
    plan = _plan(suite, test_sets, variants, options, empty)
    described = describe_plan(
        plan,
        empty=empty,
        skipped=skipped or {},
        command=options.command,
        threads=options.threads,
        remarks=remarks or {},
    )
    info = merge(old, described)
    if options.keep_outputs or (folder / OUTPUTS).is_dir():
        others = [name for name in info.test_sets if name not in suite.test_sets]
        _check_names([*test_sets, *(_of_folder(folder, name) for name in others)])
    store = Store(folder)
    clear_leftovers(folder)
    lines = [_resettle(store, test_set, old) for test_set in test_sets]
    works = survey(
        plan, store, keep_outputs=options.keep_outputs, retry_errors=options.retry_errors
    )
    if old is not None and not works:  # a command that measures nothing leaves no trace
        info = replace(info, commands=old.commands)
    write_run(folder, info)
    if suite.text:
        write_text(folder / OWN_SUITE, suite.text)
    elif old is not None and old.suite != suite.name:
        (folder / OWN_SUITE).unlink(missing_ok=True)
    settings = WorkerSettings(
        folder=folder,
        data_root=options.data_root,
        metrics=plan.metrics,
        empty_metrics=tuple(name for name in empty if name not in SET_METRICS),
        keep_outputs=options.keep_outputs,
        threads=options.threads,
        batch=options.batch,
        code=code_version(),
    )
    said = [line for line in (*lines, *describe(works)) if line]
    return Preparation(plan, info, tuple(works), settings, empty, tuple(said))


def _plan(
    suite: Suite,
    test_sets: Sequence[TestSet],
    variants: Sequence[Variant | Recipe],
    options: Options,
    empty: dict[str, str],
) -> Plan:
    """Return what is measured; tell in `empty` which metrics cannot be, and why."""
    names = choose_metrics(suite.metrics)
    versions = _per_image(names, empty)
    if suite.consistency is not None:
        versions[CONSISTENCY] = declare(suite.consistency)
    set_metrics, backbones = _per_set(names, empty)
    return Plan(
        suite=suite.name,
        title=suite.title,
        test_sets=tuple(test_sets),
        recipes=tuple(
            one
            if isinstance(one, Recipe)
            else make_recipe(one, seed=suite.seed, precision=options.precision)
            for one in variants
        ),
        metrics=versions,
        set_metrics=set_metrics,
        backbones=backbones,
        limit=options.limit,
        seed=suite.seed,
        stages=suite.stages,
    )


def execute(
    preparation: Preparation,
    *,
    engine: str = "local",
    advance: Callable[[str], None] = lambda variant: None,
) -> None:
    """Do the work that is left.

    Args:
        preparation: from `prepare`.
        engine: name of who does it.
        advance: called with the variant's name after each row.

    Raises:
        UnknownNameError: no such engine.
    """
    try:
        ENGINES[engine](preparation.works, preparation.settings, advance)
    finally:
        if preparation.works:
            note_load(preparation.settings.folder)


def _per_image(names: Sequence[str], empty: dict[str, str]) -> dict[str, str]:
    """Return the versions of the metrics that can be computed; tell in `empty` why others not."""
    versions: dict[str, str] = {}
    for name in names:
        if name not in SET_METRICS:
            try:
                metric = picture_metric(name)
                metric.prepare()
                versions[name] = stated_version(metric)
            except WeightsError as error:
                empty[name] = str(error)
    return versions


def _per_set(names: Sequence[str], empty: dict[str, str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the metrics of a set that can be computed, and the versions of their backbones."""
    able: list[str] = []
    versions: dict[str, str] = {}
    for backbone in find_backbones().values():
        wanted = [name for name in backbone.metrics if name in names]
        if not wanted:
            continue
        try:
            backbone.prepare()
        except WeightsError as error:
            empty.update(dict.fromkeys(wanted, str(error)))
            continue
        able += wanted
        versions[backbone.name] = backbone.version
    return tuple(able), versions


def _check_names(test_sets: Sequence[TestSet]) -> None:
    """Raise where two kept outputs would have one name."""
    owner: dict[str, str] = {}
    for test_set in test_sets:
        for item in test_set.items:
            stem = output_stem(item.image_id, item.mask_id)
            mine = f"{item.image_id} under {item.mask_id} of {test_set.name}"
            other = owner.setdefault(stem, mine)
            if other != mine:
                raise BenchError(
                    f"--keep-outputs names files by image and mask, and {stem}.png would be "
                    f"{other} and {mine}: run each into its own folder"
                )


def _of_folder(folder: Path, name: str) -> TestSet:
    """Return a test set that the folder holds rows of: a published one, or one frozen for it."""
    own = [folder / CUSTOM_FILE, folder / FROZEN_FOLDER / f"{name}.json"]
    found = [load_test_set(path) for path in own if path.is_file()]
    if name in list_test_sets():
        found.append(load_test_set(name))
    for test_set in found:
        if test_set.name == name:
            return test_set
    raise BenchError(
        f"{folder} keeps outputs of {name}, a test set that is not here, and theirs might be "
        "taken for others': run into another folder"
    )


def _resettle(store: Store, test_set: TestSet, old: RunInfo | None) -> str:
    """Adapt the store to a test set that has changed; return the line that says so."""
    before = old.test_sets.get(test_set.name) if old else None
    if before is None or before["sha256"] == test_set_hash(test_set):
        return ""
    gone = resettle(store, test_set)
    return f"test set {test_set.name} has changed: {gone} rows of items that it lost are dropped"
