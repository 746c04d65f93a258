"""Fetched weights: the published files as they came, and the same tensors under our names.

Each variant has a folder in the cache: its published files, `converted.safetensors`, and
`record.json`, which holds the sha256 of all of them. What nobody published a hash of is recorded
when it first comes and compared from then on. A converted file is made again when its published
file, its converter or the file itself changed.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import logging
import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath

from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from inpaint_bench._files import Result, replace_file
from inpaint_bench.converters import CONVERTERS, check_names
from inpaint_bench.converters.reading import read_checkpoint
from inpaint_bench.errors import WeightsError, WriteError
from inpaint_bench.types import Variant
from inpaint_bench.weights.places import cache_folder

__all__ = [
    "Cached",
    "UnwritableError",
    "file_digest",
    "file_sha256",
    "hub_address",
    "how_to_get",
]

_LOG = logging.getLogger(__name__)
_CONVERTED = "converted.safetensors"
_RECORD = "record.json"
_FORMAT = 1  # raise it when reading, or what a converted file holds, changes for every model


class UnwritableError(WeightsError):
    """The cache cannot be written to; what was to be stored there may be as it should."""


class Cached:
    """The folder of one variant in the cache.

    Args:
        variant: one whose weights are fetched or imported.
        folder: by default the variant's in `places.cache_folder()`.
    """

    def __init__(self, variant: Variant, folder: Path | None = None) -> None:
        self.variant = variant
        self.folder = cache_folder() / variant.name if folder is None else folder

    def path(self, name: str) -> Path:
        """Return where the published file `name` lies, or would lie."""
        return self.folder / PurePosixPath(name).name

    @property
    def is_here(self) -> bool:
        """Whether every published file was stored, or what they were converted to; unchecked.

        Files whose record cannot be read count as not here: that is told in the log.
        """
        names = self.variant.names
        try:
            known = self._known()
        except WeightsError as error:
            _LOG.warning("%s", error)
            return False
        if not names or any(name not in known for name in names):
            return False
        stored = all(self.path(name).is_file() for name in names)
        return stored or (self.folder / _CONVERTED).is_file()

    def hashes(self) -> dict[str, str]:
        """Return the sha256 of the published files, by name, as recorded.

        Raises:
            WeightsError: they are not here, or their record cannot be read.
        """
        known = self._known()
        if not self.is_here:
            raise WeightsError(how_to_get(self.variant))
        return {name: known[name]["sha256"] for name in self.variant.names}

    def check(self, name: str, path: Path) -> str:
        """Return the sha256 of what came for a published file, after comparing it.

        Args:
            name: of the published file.
            path: where it lies now.

        Raises:
            WeightsError: it is not the published one, or not the one recorded at first.
        """
        found = file_sha256(path)
        single = not self.variant.files
        recorded = self._known().get(name, {}).get("sha256", "")
        if single and self.variant.sha256:
            _compare("sha256", self.variant.sha256, found, path)
        elif single and not found.startswith(self.variant.sha256_starts):
            _compare("sha256", f"{self.variant.sha256_starts}...", found, path)
        elif recorded and recorded != found:
            raise WeightsError(
                f"expected sha256 {recorded} of {name}, as when it first came, got {found}: it was "
                f"altered, or another file was published; to take that one, delete {self.folder}"
            )
        if single and self.variant.md5:
            _compare("md5", self.variant.md5, file_digest(path, "md5"), path)
        return found

    def store(self, arrived: Mapping[str, Path], source: str) -> None:
        """Take published files that were checked, convert them, and move them in.

        Args:
            arrived: where each published file lies now, in this folder.
            source: where they came from, for the record.

        Raises:
            WeightsError: the converter refuses them, or there is no room; nothing is kept under a
                final name then.
        """
        hashes = {name: self.check(name, path) for name, path in arrived.items()}
        record = {
            "files": {
                name: {"sha256": hashes[name], "bytes": path.stat().st_size, "from": source}
                for name, path in arrived.items()
            },
            "converted": self._convert(arrived, hashes),
        }
        self._write_record(record)  # first: with the converted file it is all that a load needs
        for name, path in arrived.items():
            os.replace(path, self.path(name))

    def converted(self) -> Path:
        """Return the checked file of our own names, making it where it has to be made.

        Raises:
            WeightsError: the weights are not here, or were altered.
        """
        hashes, path = self.hashes(), self.folder / _CONVERTED
        for name, digest in hashes.items():
            self._compare_published(name, digest)
        made = self.read_record().get("converted", {})
        fresh = made.get("ingredients") == self._ingredients(hashes)
        if fresh and path.is_file() and file_sha256(path) == made.get("sha256"):
            return path
        _LOG.info("converting %s", self.variant.name)
        stored = {name: self.path(name) for name in self.variant.names}
        for name, place in stored.items():
            if not place.is_file():
                raise WeightsError(
                    f"expected {place}, from which {path.name} is made again, but there is no "
                    f"such file: {how_to_get(self.variant)}"
                )
            self.check(name, place)
        record = self.read_record()
        self._write_record({**record, "converted": self._convert(stored, hashes)})
        return path

    def verify(self) -> None:
        """Compare every stored file with what was published or recorded.

        Raises:
            WeightsError: they are not here, or one is not what it was.
        """
        for name in self.hashes():
            if self.path(name).is_file():
                self.check(name, self.path(name))
        self.converted()

    def _compare_published(self, name: str, digest: str) -> None:
        """Raise where the manifest names another file than the one that was recorded."""
        wanted = "" if self.variant.files else self.variant.sha256
        if wanted and digest != wanted:
            _compare("sha256", wanted, digest, self.path(name))

    def _convert(self, paths: Mapping[str, Path], hashes: Mapping[str, str]) -> dict[str, object]:
        """Write the converted file and return what is recorded of it."""
        tensors = _read_and_convert(self.variant, paths)
        apart = {name: t.detach().contiguous().clone() for name, t in tensors.items()}
        digest = _replace(self.folder / _CONVERTED, lambda to: _save(apart, to))
        return {"sha256": digest, "ingredients": self._ingredients(hashes)}

    def _ingredients(self, hashes: Mapping[str, str]) -> dict[str, object]:
        variant = self.variant
        return {
            "format": _FORMAT,
            "files": dict(hashes),
            "member": variant.member,
            "entry": variant.entry,
            "converter": variant.converter,
            "code": _converter_sha256(variant.converter),
        }

    def _known(self) -> dict[str, dict[str, str]]:
        return self.read_record().get("files", {})

    def read_record(self) -> dict:
        """Return what is recorded of the files; an empty dictionary where nothing is.

        Raises:
            WeightsError: the record cannot be read, or is damaged.
        """
        path = self.folder / _RECORD
        try:
            record = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise WeightsError(
                f"cannot read {path}: {error.strerror or error}: make it readable, or name another "
                "folder with INPAINT_WEIGHTS"
            ) from error
        except ValueError as error:  # JSONDecodeError and UnicodeDecodeError
            raise WeightsError(self._damaged(path)) from error
        if not _is_record(record):
            raise WeightsError(self._damaged(path))
        return record

    def _damaged(self, path: Path) -> str:
        return (
            f"expected the record of {self.variant.name!r} in {path}, got a damaged one: delete "
            f"{self.folder} and get the weights again"
        )

    def _write_record(self, record: Mapping[str, object]) -> None:
        text = json.dumps(record, indent=2) + "\n"
        _replace(self.folder / _RECORD, lambda to: to.write_text(text, encoding="utf-8"))


def how_to_get(variant: Variant) -> str:
    """Return the line that says how the weights of a variant come to this machine."""
    command = "python -m inpaint_bench weights"
    size = f" ({variant.size / 1e6:.0f} MB)" if variant.size else ""
    if variant.source == "manual":
        names = " ".join(PurePosixPath(name).name for name in variant.names)
        return (
            f"the weights of {variant.name!r} are not on this machine: download {names}{size} from "
            f"{variant.page}, then {command} import {variant.name} {names}"
        )
    address = hub_address(variant) if variant.source == "hub" else variant.url
    return (
        f"the weights of {variant.name!r} are not on this machine: {command} fetch {variant.name} "
        f"gets them{size} from {address}"
    )


def hub_address(variant: Variant) -> str:
    """Return the address of a file on the Hub; HF_ENDPOINT names a mirror.

    Raises:
        WeightsError: HF_ENDPOINT is no address.
    """
    hub = os.environ.get("HF_ENDPOINT", "").rstrip("/") or "https://huggingface.co"
    if not hub.startswith(("https://", "http://")):
        raise WeightsError(
            f"expected an address such as https://huggingface.co in HF_ENDPOINT, got {hub!r}: "
            "correct it, or unset it"
        )
    return f"{hub}/{variant.repo}/resolve/{variant.revision}/{variant.file}"


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes as 64 hexadecimal digits."""
    return file_digest(path, "sha256")


def file_digest(path: Path, algorithm: str) -> str:
    """Return the hexadecimal digest of a file's bytes by an algorithm of `hashlib`.

    Raises:
        WeightsError: the file cannot be read.
    """
    digest = hashlib.new(algorithm, usedforsecurity=False)
    try:
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise WeightsError(
            f"cannot read {path}: {error.strerror or error}: make it readable, or get it again"
        ) from error
    return digest.hexdigest()


def _replace(path: Path, write: Callable[[Path], Result]) -> Result:
    """Do as `replace_file`, for a person who can choose another place.

    Raises:
        UnwritableError: the disk is full, or the place cannot be written to.
    """
    try:
        return replace_file(path, write)
    except (WriteError, SafetensorError) as error:
        told = " ".join(str(error).split())
        told = told if isinstance(error, WriteError) else f"cannot write {path}: {told}"
        raise UnwritableError(
            f"{told}; make room, or name another folder with INPAINT_WEIGHTS"
        ) from error


def _save(tensors: Mapping[str, Tensor], path: Path) -> str:
    """Write safetensors that are as public as the user's other new files; return the sha256."""
    path.touch()
    mode = path.stat().st_mode
    save_file(tensors, path)
    path.chmod(mode)  # safetensors makes it private
    return file_sha256(path)


def _is_record(record: object) -> bool:
    """Say whether what was read has the types that `Cached.store` writes."""
    if not isinstance(record, dict):
        return False
    files, made = record.get("files", {}), record.get("converted", {})
    return (
        isinstance(files, dict)
        and isinstance(made, dict)
        and all(isinstance(f, dict) and isinstance(f.get("sha256"), str) for f in files.values())
    )


def _read_and_convert(variant: Variant, paths: Mapping[str, Path]) -> dict[str, Tensor]:
    """Return the tensors of published files under our names."""
    trusted = bool(variant.sha256 or variant.md5)
    contents = {}
    for name, path in paths.items():
        content = read_checkpoint(path, member=variant.member, trusted=trusted)
        state = _entry(content, variant, path)
        check_names(state)
        contents[PurePosixPath(name).name] = state
    given = contents if variant.files else next(iter(contents.values()))
    converted = CONVERTERS[variant.converter](given) if variant.converter else dict(given)
    for name, tensor in converted.items():
        if not isinstance(tensor, Tensor):
            raise WeightsError(
                f"expected tensors in the weights of {variant.name!r}, got "
                f"{type(tensor).__name__} under {name!r}: are these another model's weights?"
            )
    return converted


def _entry(content: Mapping, variant: Variant, path: Path) -> Mapping:
    if not variant.entry:
        return content
    entry = content.get(variant.entry)
    if not isinstance(entry, Mapping):
        raise WeightsError(
            f"expected an entry {variant.entry!r} in {path.name}, got "
            f"{', '.join(map(str, list(content)[:5]))}: are these another model's weights?"
        )
    return entry


@lru_cache(maxsize=64)
def _converter_sha256(name: str) -> str:
    """Return the sha256 of the file that a converter stands in."""
    if not name:
        return ""
    source = inspect.getsourcefile(CONVERTERS[name])
    return file_sha256(Path(source)) if source else ""


def _compare(what: str, expected: str, found: str, path: Path) -> None:
    if expected != found:
        raise WeightsError(
            f"expected {what} {expected} of {path}, got {found}: the file is damaged, was altered, "
            "or is another one"
        )
