"""A visitor's own results: a zip of pictures, unpacked with care and measured as `score` does.

The rows belong to the visitor who brought the pictures; neither these nor the rows are kept.
"""

from __future__ import annotations

import re
import stat
import tempfile
import threading
import time
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path, PurePosixPath

from inpaint_bench.data.folder import SUFFIXES
from inpaint_bench.errors import BenchError, InpaintBenchError
from inpaint_bench.ui.leaderboard_cases import open_set
from inpaint_bench.ui.published import Own, Published

__all__ = ["Limits", "Progress", "measure_zip", "unpack"]

_PLAIN = re.compile(r"[^\x00-\x1f\x7f:*?\"<>|]{1,200}")
_CHUNK = 1 << 20
_POLL = 0.3  # seconds between two looks at the work


@dataclass(frozen=True)
class Limits:
    """What a zip may hold.

    Attributes:
        file_mb: of one unpacked picture.
        total_mb: of all of them.
        seconds: for everything.
    """

    file_mb: int = 8
    total_mb: int = 256
    seconds: float = 600.0


@dataclass(frozen=True)
class Progress:
    """How far the work is, and what has been found so far."""

    done: int
    total: int
    lines: tuple[str, ...] = ()


def unpack(archive: Path, folder: Path, *, most: int, limits: Limits = Limits()) -> int:
    """Write the pictures of a zip into one flat folder, and return how many there were.

    Nothing is believed of what the zip says about itself: sizes are counted while reading.
    Folders inside it do not matter; other files than pictures are left out.

    Args:
        archive: what was uploaded.
        folder: an empty one.
        most: pictures that it may hold.
        limits: see there.

    Raises:
        BenchError: it is no zip, or holds more than it may, or something that no plain zip of
            pictures holds.
    """
    try:
        with zipfile.ZipFile(archive) as bundle:
            members = [one for one in bundle.infolist() if _is_picture(one)]
            _check(members, most, limits)
            left = limits.total_mb * 1_000_000
            for member in members:
                path = folder / PurePosixPath(member.filename.replace("\\", "/")).name
                left -= _write(bundle, member, path, min(left, limits.file_mb * 1_000_000))
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
        # RuntimeError: a password is wanted; NotImplementedError, which is one, another packing
        raise BenchError(
            "expected a zip of pictures, and this file is none or is damaged: zip them again"
        ) from error
    return len(members)


def measure_zip(
    archive: Path, name: str, results: Published, *, limits: Limits = Limits()
) -> Iterator[Progress | Own]:
    """Measure a zip of results on a published test set, in a thread; give `Progress` while it
    works, and the finished rows at the end.

    Whoever stops listening stops the work.

    Args:
        archive: what was uploaded.
        name: what the row is called.
        results: of the test set that was filled.
        limits: see there.

    Raises:
        InpaintBenchError: the zip, the name or the pictures cannot be used, the photographs are
            not on this machine, or it took too long.
    """
    job = _Job(archive, name, results, limits)
    thread = threading.Thread(target=job.run, name="submission", daemon=True)
    thread.start()
    started = time.monotonic()
    try:
        while thread.is_alive():
            yield Progress(job.done, job.total, tuple(job.lines))
            thread.join(_POLL)
            if time.monotonic() - started > limits.seconds:
                raise BenchError(
                    f"expected to be done within {limits.seconds:.0f} s, and {job.done} of "
                    f"{job.total} pictures are: use the score command on your own machine"
                )
    finally:
        job.stop.set()
    yield job.result()


class _Stopped(Exception):
    """Nobody waits for the result any more."""


@dataclass(eq=False)
class _Job:
    """One zip being measured."""

    archive: Path
    name: str
    results: Published
    limits: Limits
    done: int = 0
    total: int = 0
    lines: list[str] = field(default_factory=list)
    stop: threading.Event = field(default_factory=threading.Event)
    _own: Own | None = None
    _error: Exception | None = None

    def run(self) -> None:
        """Do the work; what comes of it is told by `result`."""
        with tempfile.TemporaryDirectory(prefix="submission-") as folder:
            try:
                self._own = self._measure(Path(folder))
            except _Stopped:
                return
            except InpaintBenchError as error:
                self._error = BenchError(_without_place(str(error), Path(folder)))
            except Exception as error:  # handed to whoever waits
                self._error = error

    def result(self) -> Own:
        """Return the rows, or raise what went wrong."""
        if self._error is not None:
            raise self._error
        if self._own is None:
            raise BenchError("expected measured pictures, and the work was stopped: try again")
        return self._own

    def advance(self, _variant: str) -> None:
        """Count one measured picture; end the work if nobody waits for it."""
        self.done += 1
        if self.stop.is_set():
            raise _Stopped

    def _measure(self, folder: Path) -> Own:
        from inpaint_bench.bench.plan import make_external_recipe
        from inpaint_bench.bench.runner import Options, execute, prepare
        from inpaint_bench.bench.score import find_outputs, inspect
        from inpaint_bench.bench.store import Store
        from inpaint_bench.bench.suites import Suite
        from inpaint_bench.data import data_root

        _check_name(self.name, self.results)
        reader = open_set(self.results)
        test_set = reader.test_set
        pictures, run = folder / "pictures", folder / "run"
        pictures.mkdir()
        unpack(self.archive, pictures, most=len(test_set.items), limits=self.limits)
        outputs, names = find_outputs(test_set, pictures)
        inspection = inspect(outputs, names, reader)
        self.lines += [_without_place(line, folder) for line in inspection.lines()]
        self.total = len(test_set.items)
        recipe = make_external_recipe(self.name, outputs)
        suite = Suite(
            name="custom",
            title=f"Results on {test_set.name}",
            test_sets=(test_set.name,),
            models=(self.name,),
            metrics=tuple(_metrics(self.results)),
        )
        options = Options(data_root=data_root())
        preparation = prepare(suite, [test_set], [recipe], run, options=options)
        execute(preparation, advance=self.advance)
        frame = Store(run).records()
        frame["error"] = [_without_place(text, folder) for text in frame["error"]]
        command = (
            f"python -m inpaint_bench score --testset {test_set.name} --outputs DIR "
            f"--name {self.name} --out runs/{self.name}"
        )
        measured = {
            "command": command,
            "date": datetime.now(timezone.utc).date().isoformat(),
            "code_version": str(frame["code_version"].iloc[0]),
        }
        origin = {"made_from": recipe.ingredients(), "measured": measured}
        remark = _without_place(inspection.remark(self.name), folder)
        return Own(self.name, test_set.name, frame, origin, remark)


def _is_picture(member: zipfile.ZipInfo) -> bool:
    path = PurePosixPath(member.filename.replace("\\", "/"))
    hidden = path.name.startswith(".") or "__MACOSX" in path.parts  # left by file managers
    return not member.is_dir() and not hidden and path.suffix.lower() in SUFFIXES


def _check(members: list[zipfile.ZipInfo], most: int, limits: Limits) -> None:
    """Raise unless these are plain pictures, not too many, and not too large by their own word."""
    if not members:
        raise BenchError(f"expected pictures ({', '.join(sorted(SUFFIXES))}) in the zip, got none")
    if len(members) > most:
        raise BenchError(
            f"expected at most {most} pictures, one a masked photograph of the test set, got "
            f"{len(members)}"
        )
    seen: set[str] = set()
    for member in members:
        path = PurePosixPath(member.filename.replace("\\", "/"))
        kind = stat.S_IFMT(member.external_attr >> 16)
        tricky = path.is_absolute() or ".." in path.parts or not _PLAIN.fullmatch(path.name)
        if tricky or kind not in (0, stat.S_IFREG) or re.match(r"[A-Za-z]:", member.filename):
            raise BenchError(
                "expected plain files in the zip, got a link or a name that leads elsewhere: zip "
                "the pictures themselves"
            )
        if member.flag_bits & 1:
            raise BenchError("expected a zip without a password: zip the pictures without one")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise BenchError("expected a zip packed the usual way (deflate): zip it again")
        if path.stem in seen:
            raise BenchError(f"expected every name once, got {path.stem!r} twice")
        seen.add(path.stem)
    if sum(member.file_size for member in members) > limits.total_mb * 1_000_000:
        raise BenchError(f"expected at most {limits.total_mb} MB of pictures when unpacked")


def _write(bundle: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, most: int) -> int:
    """Write one picture; raise as soon as it is larger than allowed."""
    written = 0
    with bundle.open(member) as source, path.open("xb") as target:
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            if written > most:
                raise BenchError(
                    f"expected pictures of a few megabytes, got {path.name} beyond what is "
                    "allowed: save results at the test set's size"
                )
            target.write(chunk)
    return written


def _check_name(name: str, results: Published) -> None:
    from inpaint_bench import list_variants
    from inpaint_bench.bench.score import check_name

    known = [variant.name for variant in list_variants()]
    try:
        check_name(name, [*known, *results.variants])
    except BenchError as error:  # it speaks of the command line's option
        raise BenchError(str(error).replace("--name", "name")) from error


def _metrics(results: Published) -> list[str]:
    """Return the metrics of a picture that the published rows have too."""
    from inpaint_bench.metrics import METRICS

    return [
        name
        for name, measure in results.measures.items()
        if name in METRICS and not measure.per_set and results.has_values(name)
    ]


def _without_place(text: str, folder: Path) -> str:
    """Return a text that does not tell where the server put the pictures."""
    for place in (folder / "pictures", folder.resolve() / "pictures", folder, folder.resolve()):
        text = text.replace(f"{place}/", "").replace(str(place), "the zip")
    return text
