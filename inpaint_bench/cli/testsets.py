"""`testsets`: list, freeze and check the frozen test sets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from inpaint_bench.types import TestSet

__all__ = ["register"]

_SIZE = 256

DataRoot = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Folder with the data sets; default: INPAINT_DATA, ./data."),
]


def register(app: typer.Typer) -> None:
    """Add `testsets list|freeze|check`."""
    testsets = typer.Typer(
        help="List, freeze and check test sets: frozen lists of photographs and masks.",
        no_args_is_help=True,
    )
    testsets.command("list")(_list)
    testsets.command("freeze")(_freeze)
    testsets.command("check")(_check)
    app.add_typer(testsets, name="testsets")


def _list(data_root: DataRoot = None) -> None:
    """List the published test sets and say which of them can be read here."""
    from inpaint_bench.data import TestSetReader, list_test_sets, load_test_set
    from inpaint_bench.errors import DataMissingError, InpaintBenchError

    for name in list_test_sets():
        test_set = load_test_set(name)
        try:
            TestSetReader(test_set, data_root)
            state = "here"
        except DataMissingError:
            state = f"not here; {test_set.how_to_get}"
        except InpaintBenchError as error:
            state = f"cannot be read; {error}"
        typer.echo(f"{_describe(test_set)}  {state}")


def _freeze(
    name: Annotated[str, typer.Argument(help="Of the test set; a published one needs no options.")],
    images: Annotated[
        str | None,
        typer.Option(metavar="DIR", help='Photographs: a folder, or "skimage".'),
    ] = None,
    masks: Annotated[
        str | None,
        typer.Option(
            metavar="DIR|GENERATOR",
            help="Masks: a folder (DIR:black if black means missing), or a generator's name.",
        ),
    ] = None,
    pairs: Annotated[
        str | None,
        typer.Option(
            metavar="A:B",
            help="Each photograph has its own mask, told by the name: endings of the two stems, "
            'such as _raw:_mask, or ":" where the stems are equal.',
        ),
    ] = None,
    size: Annotated[
        int | None, typer.Option(metavar="PIXELS", help="Side of the squares. [default: 256]")
    ] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="N", help="Decides the pairing. [default: 0]")
    ] = None,
    per_image: Annotated[
        int | None,
        typer.Option(metavar="N", help="Masks for each photograph, one of a bucket. [default: 6]"),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(metavar="N", help="Only the first N photographs.")
    ] = None,
    data_root: DataRoot = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="JSON to write; default: eval/testsets/NAME.json."),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a test set that would change.")
    ] = False,
) -> None:
    """Pair photographs with masks once and write down which."""
    from inpaint_bench.data import freeze, load_test_set, save_test_set
    from inpaint_bench.data.standard import freeze_standard
    from inpaint_bench.data.testset import TEST_SETS
    from inpaint_bench.errors import BenchError

    dealing = {"seed": seed, "per_image": per_image, "limit": limit}
    if images is None and masks is None:
        _refuse({"pairs": pairs, "size": size, **dealing}, f"{name} has its own")
        test_set = freeze_standard(name, data_root)
    elif images is None or masks is None:
        raise typer.BadParameter("expected both --images and --masks, got one of them")
    elif pairs is not None:
        _refuse(dealing, "--pairs leaves nothing to choose")
        side = _SIZE if size is None else size
        test_set = _paired(name, images, masks, pairs, side, data_root)
    else:
        test_set = freeze(
            name,
            images=_place(images),
            masks=_place(masks),
            size=_SIZE if size is None else size,
            root=data_root,
            **{"seed": 0, **{key: value for key, value in dealing.items() if value is not None}},
        )
    path = out or TEST_SETS / f"{name}.json"
    if path.is_file() and not overwrite and load_test_set(path) != test_set:
        raise BenchError(
            f"{path} is frozen and would change, and results on it with it: give --out or another "
            "name, or --overwrite if that is meant"
        )
    save_test_set(test_set, path)
    typer.echo(f"{_describe(test_set)}  {path}")


def _refuse(given: Mapping[str, object], why: str) -> None:
    """Raise for an option that would be passed over in silence."""
    for name, value in given.items():
        if value is not None:
            raise typer.BadParameter(f"--{name.replace('_', '-')} does not go here: {why}")


def _paired(
    name: str, images: str, masks: str, pairs: str, size: int, data_root: Path | None
) -> TestSet:
    """Freeze photographs that have a mask of their own, told by the endings in `pairs`."""
    from inpaint_bench.data import freeze_pairs

    image_ending, colon, mask_ending = pairs.partition(":")
    if not colon:
        raise typer.BadParameter(f"expected --pairs as A:B, such as _raw:_mask, got {pairs!r}")
    return freeze_pairs(
        name,
        images=_place(images),
        masks=_place(masks),
        size=size,
        image_ending=image_ending,
        mask_ending=mask_ending,
        root=data_root,
    )


def _check(
    names: Annotated[
        list[str] | None, typer.Argument(help="Names or JSON files; default: all published.")
    ] = None,
    data_root: DataRoot = None,
) -> None:
    """Read every item of test sets and compare it with what was frozen."""
    from inpaint_bench.data import list_test_sets, load_test_set
    from inpaint_bench.errors import BenchError, DataMissingError, InpaintBenchError

    failed = []
    for name in names or list_test_sets():
        test_set = load_test_set(name)
        try:
            wrong = list(_wrong_items(test_set, data_root))
        except DataMissingError as error:
            if names:
                raise
            typer.echo(f"{_describe(test_set)}  not here; {error}")
            continue
        except InpaintBenchError as error:  # of its folders; those of items are lines
            wrong = [str(error)]
        for line in wrong:
            typer.echo(f"  {line}")
        typer.echo(f"{_describe(test_set)}  {f'FAIL in {len(wrong)}' if wrong else 'ok'}")
        if wrong:
            failed.append(test_set.name)
    if failed:
        raise BenchError(
            f"expected the frozen photographs and masks, got others in: {', '.join(failed)}"
        )


def _wrong_items(test_set: TestSet, data_root: Path | None) -> Iterator[str]:
    """Yield a line for every item that cannot be read as frozen."""
    from tqdm import tqdm

    from inpaint_bench.data import TestSetReader
    from inpaint_bench.errors import InpaintBenchError

    reader = TestSetReader(test_set, data_root)
    for index in tqdm(range(len(reader)), desc=test_set.name, disable=None, leave=False):
        try:
            reader.read(index)
        except InpaintBenchError as error:
            yield f"item {index}: {error}"


def _place(name: str) -> str:
    """Return a folder that exists as an absolute path, anything else as it is."""
    from inpaint_bench.data.sources import BLACK

    folder = name.removesuffix(BLACK)
    path = Path(folder)
    return f"{path.resolve()}{name[len(folder) :]}" if path.is_dir() else name


def _describe(test_set: TestSet) -> str:
    photographs = len({item.image_id for item in test_set.items})
    return (
        f"{test_set.name}: {len(test_set.items)} items, {photographs} photographs "
        f"({test_set.images}) at {test_set.size}, masks {test_set.masks}"
    )
