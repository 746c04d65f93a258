"""From `weights/manifest.toml` to verified tensors.

Owns what a variant's table must say, the sha256 check at every load, and how a weight file is
read. What an architecture is, and building it, belongs to `models` and `load`.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from inpaint_bench._registry import unknown
from inpaint_bench.errors import UnknownNameError, WeightsError
from inpaint_bench.types import Variant

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = [
    "WEIGHTS_FOLDER",
    "file_sha256",
    "find_variant",
    "fit_state_dict",
    "load_state_dict",
    "read_manifest",
    "weights_file",
]

WEIGHTS_FOLDER = Path(__file__).resolve().parent.parent / "weights"

_SOURCES = ("none", "bundled", "hub", "url")
_PROVENANCES = ("classical", "official", "converted", "trained here")
# Key in the manifest -> field of Variant and type; only what a person writes is checked here.
_KEYS: dict[str, tuple[str, type]] = {
    "architecture": ("architecture", str),
    "options": ("options", dict),
    "source": ("source", str),
    "file": ("file", str),
    "repo": ("repo", str),
    "revision": ("revision", str),
    "url": ("url", str),
    "sha256": ("sha256", str),
    "bytes": ("size", int),
    "licence": ("licence", str),
    "trained_on": ("trained_on", str),
    "resolution": ("resolution", int),
    "provenance": ("provenance", str),
    "converter": ("converter", str),
    "card": ("card", str),
}
_REQUIRED = ("architecture", "source", "licence", "provenance")
_NEEDED_BY_SOURCE = {
    "none": (),
    "bundled": ("file", "sha256", "bytes"),
    "hub": ("repo", "revision", "file"),
    "url": ("url",),
}


def read_manifest(path: Path | None = None) -> dict[str, Variant]:
    """Read and check every variant of a manifest.

    Args:
        path: the TOML file; by default the project's own `weights/manifest.toml`.

    Returns:
        Variants by name, in the file's order.

    Raises:
        WeightsError: the file is missing or is no TOML, or a table lacks a key, has one that is
            unknown, or holds a value that cannot be right; the message names table and key.
    """
    path = WEIGHTS_FOLDER / "manifest.toml" if path is None else path
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise WeightsError(f"cannot read the weight manifest {path}: {error.strerror}") from error
    except ValueError as error:  # TOMLDecodeError and UnicodeDecodeError
        raise WeightsError(f"the weight manifest {path} is not valid TOML: {error}") from error
    return {name: _variant(name, table) for name, table in tables.items()}


def find_variant(name: str, path: Path | None = None) -> Variant:
    """Return one variant of a manifest.

    Raises:
        UnknownNameError: the manifest has no variant of this name; lists those it has.
        WeightsError: as `read_manifest`.
    """
    variants = read_manifest(path)
    if name not in variants:
        raise UnknownNameError(unknown("variant", name, variants))
    return variants[name]


def weights_file(variant: Variant, folder: Path | None = None) -> Path:
    """Return the local file of a variant's weights after checking its sha256.

    Args:
        variant: one whose source is not "none".
        folder: where bundled files lie; by default the project's `weights`.

    Raises:
        WeightsError: there is no such file here, or its content is not what was recorded.
    """
    if variant.source == "none":
        raise WeightsError(f"variant {variant.name!r} has no weights: it learns nothing")
    if variant.source != "bundled":
        raise WeightsError(
            f"expected the weights of {variant.name!r} on this machine, but they are not bundled: "
            f"they are to be fetched from {_address(variant)}"
        )
    path = (WEIGHTS_FOLDER if folder is None else folder) / variant.file
    if not path.is_file():
        raise WeightsError(
            f"expected the weights of {variant.name!r} at {path}, but there is no such file: "
            "restore it from the repository"
        )
    found = file_sha256(path)
    if found != variant.sha256:
        raise WeightsError(
            f"expected sha256 {variant.sha256} of {path}, got {found}: the file is damaged or "
            "was altered; restore it from the repository"
        )
    return path


def load_state_dict(variant: Variant, folder: Path | None = None) -> dict[str, Tensor]:
    """Return the tensors of a variant by name; half-precision files come back as float32.

    Raises:
        WeightsError: as `weights_file`, or the file is not safetensors.
    """
    path = weights_file(variant, folder)
    try:
        tensors = load_file(path)
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"expected a safetensors file at {path}, got: {error}") from error
    half = (torch.float16, torch.bfloat16)
    return {key: t.to(torch.float32) if t.dtype in half else t for key, t in tensors.items()}


def fit_state_dict(module: nn.Module, tensors: Mapping[str, Tensor], name: str) -> None:
    """Load `tensors` into `module`, every name and shape exactly.

    Args:
        module: the network; its own parameters and buffers are overwritten.
        tensors: by the names of `module.state_dict()`.
        name: of the variant, for the message.

    Raises:
        WeightsError: names what is missing, unexpected or of another shape; nothing was loaded.
    """
    own = module.state_dict()
    faults = {
        "missing": [key for key in own if key not in tensors],
        "unexpected": [key for key in tensors if key not in own],
        "of another shape": [
            f"{key} {tuple(tensors[key].shape)} for {tuple(own[key].shape)}"
            for key in own
            if key in tensors and own[key].shape != tensors[key].shape
        ],
    }
    if any(faults.values()):
        listed = "; ".join(f"{what}: {_some(keys)}" for what, keys in faults.items() if keys)
        raise WeightsError(
            f"the weights of {name!r} do not fit its network. {listed}. "
            "Check architecture, options and file in weights/manifest.toml"
        )
    module.load_state_dict(tensors, strict=True)


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes as 64 hexadecimal digits."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


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
    return Variant(name=name, **{_KEYS[key][0]: value for key, value in table.items()})


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
    for key in ("file", "card"):
        relative = PurePosixPath(str(table.get(key, "")))
        if relative.is_absolute() or ".." in relative.parts:
            raise _wrong(name, f"expected {key!r} to stay in its folder, got {table[key]!r}")
    digest = str(table.get("sha256", ""))
    if digest and not re.fullmatch(r"[0-9a-f]{64}", digest):
        raise _wrong(name, f"expected 'sha256' to be 64 hexadecimal digits, got {digest!r}")
    for key in ("bytes", "resolution"):
        if int(table.get(key, 0)) < 0:
            raise _wrong(name, f"expected {key!r} to be 0 or more, got {table[key]!r}")
    if source in ("none", "bundled") and table.get("converter"):
        raise _wrong(name, f"expected no 'converter', as its source is {source!r}")


def _wrong(name: str, message: str) -> WeightsError:
    return WeightsError(f"weights/manifest.toml, variant {name!r}: {message}")


def _address(variant: Variant) -> str:
    if variant.source == "hub":
        return f"https://huggingface.co/{variant.repo}/resolve/{variant.revision}/{variant.file}"
    return variant.url


def _some(keys: list[str], limit: int = 5) -> str:
    more = f" and {len(keys) - limit} more" if len(keys) > limit else ""
    return ", ".join(keys[:limit]) + more
