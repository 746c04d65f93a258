"""A variant's weights on this machine: found, checked at every load, read and put into a network.

Owns what a loaded network may hold. Where files come from is `fetching`'s, what was fetched is
`cache`'s.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from inpaint_bench.errors import WeightsError
from inpaint_bench.types import Variant
from inpaint_bench.weights import places
from inpaint_bench.weights.cache import Cached, file_sha256

__all__ = ["fit_state_dict", "is_here", "load_state_dict", "weights_file", "weights_sha256"]


def is_here(variant: Variant) -> bool:
    """Say whether a variant's weights are meant to be on this machine, without checking them.

    A bundled file that is damaged counts: whoever loads it is told.
    """
    return variant.source in ("none", "bundled", "file") or Cached(variant).is_here


def weights_file(variant: Variant, folder: Path | None = None) -> Path:
    """Return the local file of a variant's weights, under our names, after checking its sha256.

    Fetched weights are converted where that was not done yet.

    Args:
        variant: one whose source is not "none".
        folder: where bundled files lie; by default the project's `weights`.

    Raises:
        WeightsError: there is no such file here, or its content is not what was recorded.
    """
    if variant.source == "none":
        raise WeightsError(f"variant {variant.name!r} has no weights: it learns nothing")
    if variant.source not in ("bundled", "file"):
        return Cached(variant).converted()
    path = (places.WEIGHTS_FOLDER if folder is None else folder) / variant.file
    remedy = "restore it from the repository" if variant.source == "bundled" else "restore it"
    if not path.is_file():
        raise WeightsError(
            f"expected the weights of {variant.name!r} at {path}, but there is no such file: "
            f"{remedy}"
        )
    found = file_sha256(path)
    if found != variant.sha256:
        raise WeightsError(
            f"expected sha256 {variant.sha256} of {path}, got {found}: the file is damaged or "
            f"was altered; {remedy}"
        )
    return path


def weights_sha256(variant: Variant) -> str:
    """Return the sha256 that stands for a variant's weights; empty for what has none.

    Of released weights it is that of the published file, whatever they are converted to. Several
    files, and a model file with its weights, have that of the lines that `sha256sum` prints of
    them; a model file without weights has its own.

    Raises:
        WeightsError: they are not here, so that nothing is known about them.
    """
    known: dict[str, str] = {}
    if variant.code_sha256:
        known[Path(variant.code_file).name] = variant.code_sha256
    if variant.sha256:
        known[Path(variant.file).name] = variant.sha256
    elif variant.source != "none":
        known |= Cached(variant).hashes()
    if len(known) < 2:
        return next(iter(known.values()), "")
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(known.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


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


def _some(keys: list[str], limit: int = 5) -> str:
    more = f" and {len(keys) - limit} more" if len(keys) > limit else ""
    return ", ".join(keys[:limit]) + more
