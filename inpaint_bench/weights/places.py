"""Where weights lie: those of the repository, and those that were fetched."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from inpaint_bench.errors import WeightsError

__all__ = ["WEIGHTS_FOLDER", "cache_folder"]

WEIGHTS_FOLDER = Path(__file__).resolve().parents[2] / "weights"


def cache_folder() -> Path:
    """Return where fetched weights lie: INPAINT_WEIGHTS, or a folder of the user's cache.

    Raises:
        WeightsError: INPAINT_WEIGHTS names a file, or the home folder of nobody.
    """
    stated = os.environ.get("INPAINT_WEIGHTS")
    if stated:
        return _stated_folder(stated)
    if sys.platform == "darwin":
        cache = Path.home() / "Library" / "Caches"
    elif sys.platform == "win32":
        cache = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "inpaint-bench" / "weights"


def _stated_folder(stated: str) -> Path:
    wrong = f"expected a folder for weights in INPAINT_WEIGHTS, got {stated!r}"
    try:
        folder = Path(stated).expanduser()
    except RuntimeError as error:  # ~nobody/weights
        raise WeightsError(f"{wrong}, which has no such home folder: name another") from error
    if folder.exists() and not folder.is_dir():
        raise WeightsError(f"{wrong}, which is a file: name another")
    return folder
