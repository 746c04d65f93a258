"""Checkpoints: written to a temporary name and renamed, read without unpickling code."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from inpaint_bench.errors import WeightsError, WriteError

__all__ = ["read_checkpoint", "write_checkpoint"]

_KEYS = {  # those of `Trainer.save` that all its versions wrote
    "average",
    "average_steps",
    "began_with",
    "held_out",
    "loop",
    "machine",
    "minibatch",
    "model",
    "optimiser",
    "options",
    "samples",
    "seconds",
    "settings",
}


def write_checkpoint(path: Path, state: dict[str, object]) -> None:
    """Write `state` so that a kill at any moment leaves the old or the new file whole.

    Raises:
        WriteError: the disk is full, or the folder cannot be written to.
    """
    temporary = path.with_suffix(".tmp")
    try:
        torch.save(state, temporary)
        os.replace(temporary, path)
    except (OSError, RuntimeError) as error:  # torch's own writer has no OSError
        temporary.unlink(missing_ok=True)
        raise WriteError(f"cannot write {path}, the last one stays: {error}") from error


def read_checkpoint(path: Path, advice: str = "name the --out of a training") -> dict[str, object]:
    """Read what `write_checkpoint` wrote of a training.

    Args:
        path: the file.
        advice: what to do where it is none, for the error.

    Raises:
        WeightsError: there is no checkpoint, a damaged one, or a file of another kind.
    """
    if not path.is_file():
        raise WeightsError(f"expected a checkpoint at {path}, found none: {advice}")
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # whatever the bytes of a damaged file lead the reader to
        raise WeightsError(
            f"expected a checkpoint at {path}, got a damaged file: {advice}"
        ) from error
    if not isinstance(state, dict) or not state.keys() >= _KEYS:
        raise WeightsError(
            f"expected a checkpoint of a training at {path}, got a file with other content: "
            f"{advice}"
        )
    return state
