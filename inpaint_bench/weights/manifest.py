"""`weights/manifest.toml`: what a variant's table must say, checked at every reading."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from inpaint_bench._registry import unknown
from inpaint_bench.errors import UnknownNameError, WeightsError
from inpaint_bench.types import Variant
from inpaint_bench.weights import places

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["add_variants", "find_variant", "read_manifest"]

_SOURCES = ("none", "bundled", "hub", "url", "manual")  # and "file", in model files alone
_PROVENANCES = ("classical", "official", "reimplementation", "converted", "trained here")
# Key in the manifest -> field of Variant and type; only what a person writes is checked here.
_KEYS: dict[str, tuple[str, type]] = {
    "architecture": ("architecture", str),
    "options": ("options", dict),
    "source": ("source", str),
    "file": ("file", str),
    "files": ("files", list),
    "member": ("member", str),
    "entry": ("entry", str),
    "repo": ("repo", str),
    "revision": ("revision", str),
    "url": ("url", str),
    "page": ("page", str),
    "sha256": ("sha256", str),
    "sha256_starts": ("sha256_starts", str),
    "md5": ("md5", str),
    "bytes": ("size", int),
    "licence": ("licence", str),
    "trained_on": ("trained_on", str),
    "resolution": ("resolution", int),
    "provenance": ("provenance", str),
    "converter": ("converter", str),
    "convention": ("convention", str),
    "card": ("card", str),
}
_REQUIRED = ("architecture", "source", "licence", "provenance")
_NEEDED_BY_SOURCE = {
    "none": (),
    "bundled": ("file", "sha256", "bytes"),
    "hub": ("repo", "revision", "file"),
    "url": ("url", "file"),
    "manual": ("page",),
}
_DIGESTS = {"sha256": "{64}", "sha256_starts": "{6,63}", "md5": "{32}"}
_added: dict[str, Variant] = {}


def read_manifest(path: Path | None = None) -> dict[str, Variant]:
    """Read and check every variant of a manifest.

    Args:
        path: the TOML file; by default the project's own `weights/manifest.toml`, and after its
            variants those of model files and plugins (`add_variants`).

    Returns:
        Variants by name, in the file's order.

    Raises:
        WeightsError: the file is missing or is no TOML, or a table lacks a key, has one that is
            unknown, or holds a value that cannot be right; the message names table and key.
    """
    added = _added if path is None else {}
    path = places.WEIGHTS_FOLDER / "manifest.toml" if path is None else path
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WeightsError(f"cannot read the weight manifest {path}: {error.strerror}") from error
    except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError
        raise WeightsError(f"the weight manifest {path} is not valid TOML: {error}") from error
    return {name: _variant(name, table) for name, table in tables.items()} | added


def add_variants(variants: Mapping[str, Variant]) -> None:
    """Let the project's manifest hold further variants for the rest of the process.

    Raises:
        WeightsError: there is another variant of such a name already.
    """
    known = read_manifest()
    for name, variant in variants.items():
        if name in known and known[name] != variant:
            raise WeightsError(
                f"variant {name!r} is there already: give the model of your own another name"
            )
    _added.update(variants)


def find_variant(name: str, path: Path | None = None) -> Variant:
    """Return one variant of a manifest.

    Raises:
        UnknownNameError: the manifest has no variant of this name; lists those it has.
        WeightsError: as `read_manifest`.
    """
    if not isinstance(name, str):
        raise UnknownNameError(
            f"expected the name of a variant, such as 'telea', got {name!r}: list_variants() "
            "lists them"
        )
    variants = read_manifest(path)
    if name not in variants:
        raise UnknownNameError(unknown("variant", name, variants))
    return variants[name]


def _variant(name: str, table: object) -> Variant:
    """Turn one table into a record after checking each of its fields."""
    if not isinstance(table, dict):
        raise _wrong(name, f"expected a table [{name}], got {table!r}")
    for key in _REQUIRED:
        if not table.get(key):
            raise _wrong(name, f"expected a value for {key!r}, got none")
    for key, value in table.items():
        if key not in _KEYS:
            raise _wrong(name, f"unknown key {key!r}. Valid: {', '.join(_KEYS)}")
        kind = _KEYS[key][1]
        if type(value) is not kind:
            raise _wrong(name, f"expected {key!r} to be of type {kind.__name__}, got {value!r}")
    _check_values(name, table)
    fields = {_KEYS[key][0]: value for key, value in table.items()}
    return Variant(name=name, **{**fields, "files": tuple(fields.get("files", ()))})


def _check_values(name: str, table: Mapping[str, object]) -> None:
    source, architecture = str(table["source"]), str(table["architecture"])
    if name != architecture and not name.startswith(f"{architecture}-"):
        raise _wrong(
            name, f"expected the name {architecture!r} or '{architecture}-...', got {name!r}"
        )
    for key, valid in (("source", _SOURCES), ("provenance", _PROVENANCES)):
        if table[key] not in valid:
            raise _wrong(name, f"expected {key!r} to be one of {valid}, got {table[key]!r}")
    for key in _NEEDED_BY_SOURCE[source]:
        if not table.get(key):
            raise _wrong(name, f"expected a value for {key!r}, as its source is {source!r}")
    if source == "manual" and not (table.get("file") or table.get("files")):
        raise _wrong(name, "expected a value for 'file' or 'files', as its source is 'manual'")
    _check_places(name, table)
    for key, count in _DIGESTS.items():
        digest = str(table.get(key, ""))
        if digest and not re.fullmatch(f"[0-9a-f]{count}", digest):
            wanted = count.strip("{}").replace(",", " to ")
            raise _wrong(
                name, f"expected {key!r} to be {wanted} hexadecimal digits, got {digest!r}"
            )
    for key in ("bytes", "resolution"):
        if int(table.get(key, 0)) < 0:
            raise _wrong(name, f"expected {key!r} to be 0 or more, got {table[key]!r}")
    if source in ("none", "bundled") and table.get("converter"):
        raise _wrong(name, f"expected no 'converter', as its source is {source!r}")


def _check_places(name: str, table: Mapping[str, object]) -> None:
    """Check that files stay in their folders, and that addresses are some."""
    files = table.get("files", [])
    if files and (table.get("file") or not all(isinstance(one, str) and one for one in files)):
        raise _wrong(name, f"expected 'files' to be names and no 'file' beside them, got {files!r}")
    named = [(key, table.get(key, "")) for key in ("file", "card", "member")]
    for key, value in [*named, *(("files", one) for one in files)]:
        relative = PurePosixPath(str(value))
        if relative.is_absolute() or ".." in relative.parts:
            raise _wrong(name, f"expected {key!r} to stay in its folder, got {value!r}")
    for key in ("url", "page"):
        if table.get(key) and not re.match(r"https?://\S+$", str(table[key])):
            raise _wrong(name, f"expected {key!r} to be an address, got {table[key]!r}")


def _wrong(name: str, message: str) -> WeightsError:
    return WeightsError(f"weights/manifest.toml, variant {name!r}: {message}")
