"""Checkpoints: written to a temporary name and renamed, read without unpickling code."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import torch

from inpaint_bench.errors import WeightsError

__all__ = ["read_checkpoint", "write_checkpoint"]


def write_checkpoint(path: Path, state: dict[str, object]) -> None:
    """Write `state` so that a kill at any moment leaves the old or the new file whole."""
    temporary = path.with_suffix(".tmp")
    torch.save(state, temporary)
    os.replace(temporary, path)


def read_checkpoint(path: Path) -> dict[str, object]:
    """Read what `write_checkpoint` wrote.

    Raises:
        WeightsError: there is no checkpoint, or a damaged one.
    """
    if not path.is_file():
        raise WeightsError(f"expected a checkpoint at {path} to resume from; leave --resume out")
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, EOFError, RuntimeError, pickle.UnpicklingError) as error:
        raise WeightsError(
            f"expected a checkpoint at {path}, got a damaged file: train anew, without --resume"
        ) from error
