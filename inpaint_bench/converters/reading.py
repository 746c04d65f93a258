"""What a published checkpoint holds, read without running anything that it brings along.

- safetensors: numbers only.
- PyTorch's pickles: `torch.load(weights_only=True)`. Other classes that a training left in them
  (callbacks, configurations) become empty stand-ins; theirs are neither imported nor called.
- TorchScript holds programs. It is opened only where the file was found to be the one whose hash
  was published, and even then nothing but its parameters is read: it is never called.
"""

from __future__ import annotations

import pickle
import shutil
import tempfile
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file

from inpaint_bench.errors import WeightsError

__all__ = ["read_checkpoint"]


def read_checkpoint(path: Path, *, member: str = "", trusted: bool = False) -> Mapping:
    """Return what a checkpoint file holds, on the CPU.

    Args:
        path: of safetensors, a PyTorch pickle, TorchScript, or a zip archive of one of these.
        member: path inside the archive; empty where the file is none.
        trusted: the file has a hash that was published; needed for TorchScript.

    Raises:
        WeightsError: it is none of these, or damaged, or not to be trusted.
    """
    try:
        if member:
            return _read_member(path, member, trusted)
        kind = _kind(path)
        if kind == "safetensors":
            return load_file(path)
        content = _read_script(path, trusted) if kind == "script" else _read_pickle(path)
    except WeightsError:
        raise
    except pickle.UnpicklingError as error:
        raise WeightsError(
            f"expected a checkpoint at {path}, got a file that is damaged or holds more than "
            "tensors: get it again, or another one"
        ) from error
    except OSError as error:
        reason = error.strerror or error
        raise WeightsError(f"cannot read {path}, or unpack it in its folder: {reason}") from error
    except Exception as error:  # damaged files make the readers raise nearly anything
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise WeightsError(f"expected a checkpoint at {path}, got: {reason}") from error
    if not isinstance(content, Mapping):
        raise WeightsError(
            f"expected tensors by name in {path}, got {type(content).__name__}: "
            "are these another model's weights?"
        )
    return content


def _kind(path: Path) -> str:
    with path.open("rb") as stream:
        head = stream.read(9)
    if len(head) == 9 and head[8:9] == b"{" and int.from_bytes(head[:8], "little") < 1 << 28:
        return "safetensors"
    if not zipfile.is_zipfile(path):
        return "pickle"
    with zipfile.ZipFile(path) as archive:
        names = [name.partition("/")[2] for name in archive.namelist()]
    if "constants.pkl" in names:
        return "script"
    if "data.pkl" in names:
        return "pickle"
    raise WeightsError(f"expected a checkpoint at {path}, got an archive: name the file inside it")


def _read_member(path: Path, member: str, trusted: bool) -> Mapping:
    """Unpack one file of an archive beside it, read it and throw it away."""
    if not zipfile.is_zipfile(path):
        raise WeightsError(f"expected a zip archive with {member!r} in it, got another: {path}")
    with (
        zipfile.ZipFile(path) as archive,
        tempfile.TemporaryDirectory(dir=path.parent, prefix=".unpacked-") as folder,
    ):
        if member not in archive.namelist():
            held = ", ".join(archive.namelist()[:8])
            raise WeightsError(f"expected {member!r} in the archive {path}, which holds {held}")
        unpacked = Path(folder) / "member"
        with archive.open(member) as source, unpacked.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        return read_checkpoint(unpacked, trusted=trusted)


def _read_script(path: Path, trusted: bool) -> Mapping:
    if not trusted:
        raise WeightsError(
            f"{path} is TorchScript, a program: it is opened only where its hash was published "
            "and is in weights/manifest.toml; give a file of weights alone"
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # on TorchScript's age
        return torch.jit.load(str(path), map_location="cpu").state_dict()


def _read_pickle(path: Path) -> object:
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        names = _strangers(path)
        if not names:
            raise
    with torch.serialization.safe_globals([(_StandIn, name) for name in names]):
        return torch.load(path, map_location="cpu", weights_only=True)


def _strangers(path: Path) -> list[str]:
    """Return the full names of the classes in a checkpoint that are not of tensors."""
    listing = getattr(torch.serialization, "get_unsafe_globals_in_checkpoint", None)
    if listing is None:  # before torch 2.6
        return []
    try:
        return listing(str(path))
    except ValueError:  # torch's oldest format cannot be listed
        return []


class _StandIn:
    """Stands where a checkpoint has an object that is no tensor; holds nothing."""

    def __init__(self, *arguments: object, **options: object) -> None:
        """Take whatever the other class took."""

    def __setstate__(self, state: object) -> None:
        """Forget the other object's state."""
