"""Bringing released weights to this machine: over the network, or from a file a person has.

Whatever comes is checked and converted before it gets its final name; a file that is refused
leaves nothing behind.
"""

from __future__ import annotations

import logging
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from filelock import FileLock, Timeout

from inpaint_bench.errors import WeightsError
from inpaint_bench.types import Variant
from inpaint_bench.weights.cache import Cached, UnwritableError, how_to_get, hub_address
from inpaint_bench.weights.download import Patience, Progress, download

__all__ = ["fetch", "import_files"]

_LOG = logging.getLogger(__name__)


def fetch(
    variant: Variant,
    *,
    progress: Progress | None = None,
    patience: Patience | None = None,
) -> bool:
    """Download the weights of a variant, check them, and convert them.

    Args:
        variant: one with a source "hub" or "url".
        progress: called with the bytes there and in all, as they come.
        patience: how long to wait for the network.

    Returns:
        False if they were here already.

    Raises:
        WeightsError: there is nothing to fetch, or it cannot be had, or it is not what was
            published or recorded.
    """
    if variant.source not in ("hub", "url"):
        raise WeightsError(_nothing_to_fetch(variant))
    cached = Cached(variant)
    with _alone(cached):
        cached.read_record()  # a damaged one is told before anything comes
        if _is_fine(cached):
            return False
        part = _part(cached, variant.file)
        _check_space(cached.folder, variant, part)
        address = hub_address(variant) if variant.source == "hub" else variant.url
        try:
            download(address, part, progress=progress, patience=patience)
        except WeightsError as error:
            raise WeightsError(
                f"{error}; fetch {variant.file} yourself"
                f"{f' ({variant.page} says more)' if variant.page else ''}, then "
                f"python -m inpaint_bench weights import {variant.name} FILE"
            ) from error
        _take(cached, {variant.file: part}, address)
    return True


def import_files(variant: Variant, paths: Sequence[Path]) -> None:
    """Take published files that a person fetched: check them, copy them, convert them.

    Args:
        variant: one whose weights are not bundled.
        paths: the file, or all files, or a zip archive that holds them.

    Raises:
        WeightsError: a file is missing, or is not what was published, or does not fit.
    """
    if variant.source not in ("hub", "url", "manual"):
        raise WeightsError(
            f"variant {variant.name!r} takes no file: its source is {variant.source!r}"
        )
    for path in paths:
        if not path.is_file():
            raise WeightsError(f"expected weights at {path}, but there is no such file")
    cached = Cached(variant)
    with _alone(cached):
        arrived = {}
        try:
            for name, copy in _matched(variant, paths).items():
                # not `.part`: that is a download, which may go on where this file is refused
                arrived[name] = cached.folder / f"{PurePosixPath(name).name}.imported"
                copy(arrived[name])
            cached.store(arrived, "a file that was imported")
            for name in arrived:
                _part(cached, name).unlink(missing_ok=True)
        except OSError as error:
            raise WeightsError(f"cannot copy to {cached.folder}: {error}") from error
        finally:
            for path in arrived.values():
                path.unlink(missing_ok=True)


def _part(cached: Cached, name: str) -> Path:
    """Return where the download of a published file lies before it is whole."""
    return cached.folder / f"{PurePosixPath(name).name}.part"


def _is_fine(cached: Cached) -> bool:
    """Say whether the published file is here as it was; one that was altered is thrown away."""
    path = cached.path(cached.variant.file)
    if not (cached.is_here and path.is_file()):
        return False
    try:
        cached.verify()
    except UnwritableError:  # the file is as it was
        raise
    except WeightsError as error:
        _LOG.warning("%s is fetched again: %s", cached.variant.name, error)
        path.unlink()
        return False
    return True


def _take(cached: Cached, arrived: Mapping[str, Path], source: str) -> None:
    """Store what came; throw it away where it is not what it should be."""
    try:
        cached.store(arrived, source)
    except WeightsError as error:
        for part in arrived.values():
            part.unlink(missing_ok=True)
        raise WeightsError(f"{error}; it came from {source} and was thrown away") from error


def _matched(variant: Variant, paths: Sequence[Path]) -> dict[str, Callable[[Path], object]]:
    """Return, for every published file, what copies it to a place."""
    names = variant.names
    if len(names) == 1 and len(paths) == 1:
        return {names[0]: _copier(paths[0])}
    by_name = {path.name.lower(): _copier(path) for path in paths}
    if len(paths) == 1 and zipfile.is_zipfile(paths[0]):
        by_name = dict(_members(paths[0]))
    wanted = {name: PurePosixPath(name).name.lower() for name in names}
    missing = [name for name, base in wanted.items() if base not in by_name]
    if missing:
        raise WeightsError(
            f"expected {', '.join(names)} for {variant.name!r}, got "
            f"{', '.join(path.name for path in paths)}: {', '.join(missing)} is missing"
        )
    return {name: by_name[base] for name, base in wanted.items()}


def _copier(path: Path) -> Callable[[Path], object]:
    return lambda target: shutil.copyfile(path, target)


@contextmanager
def _opened(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except OSError:
        raise
    except Exception as error:  # damage and encryption make zipfile raise nearly anything
        reason = " ".join(str(error).split()) or type(error).__name__
        raise WeightsError(
            f"expected a zip archive of weights at {path}, got one that is damaged or encrypted: "
            f"{reason}: unpack it yourself and give its files, or get it again"
        ) from error


def _members(path: Path) -> Iterator[tuple[str, Callable[[Path], object]]]:
    with _opened(path) as archive:
        names = archive.namelist()

    def copier(member: str) -> Callable[[Path], object]:
        def copy(target: Path) -> None:
            with (
                _opened(path) as archive,
                archive.open(member) as source,
                target.open("wb") as stream,
            ):
                shutil.copyfileobj(source, stream, 1 << 20)

        return copy

    for name in names:
        yield PurePosixPath(name).name.lower(), copier(name)


@contextmanager
def _alone(cached: Cached) -> Iterator[None]:
    """Let no other process fetch the same variant meanwhile."""
    try:
        cached.folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(cached.folder / ".lock")
        lock.acquire(timeout=0)
    except Timeout:
        raise WeightsError(
            f"another process is fetching {cached.variant.name!r}: wait for it"
        ) from None
    except OSError as error:
        raise WeightsError(
            f"cannot write to {cached.folder}: {error.strerror or error}; INPAINT_WEIGHTS names "
            "another folder"
        ) from error
    try:
        yield
    finally:
        lock.release()


def _check_space(folder: Path, variant: Variant, part: Path) -> None:
    """Raise where a file of known size would not fit on the disk, converted too."""
    there = part.stat().st_size if part.is_file() else 0
    free = shutil.disk_usage(folder).free
    if 2 * variant.size - there > free:
        raise WeightsError(
            f"expected {2 * variant.size / 1e6:.0f} MB free in {folder} for {variant.name!r}, got "
            f"{free / 1e6:.0f} MB: make room, or name another folder with INPAINT_WEIGHTS"
        )


def _nothing_to_fetch(variant: Variant) -> str:
    if variant.source == "manual":
        return how_to_get(variant)
    return f"variant {variant.name!r} has nothing to fetch: its source is {variant.source!r}"
