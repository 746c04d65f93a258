"""Where weights lie: those of the repository, and those that were fetched."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["WEIGHTS_FOLDER", "cache_folder"]

WEIGHTS_FOLDER = Path(__file__).resolve().parents[2] / "weights"


def cache_folder() -> Path:
    """Return where fetched weights lie: INPAINT_WEIGHTS, or a folder of the user's cache."""
    stated = os.environ.get("INPAINT_WEIGHTS")
    if stated:
        return Path(stated).expanduser()
    if sys.platform == "darwin":
        cache = Path.home() / "Library" / "Caches"
    elif sys.platform == "win32":
        cache = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    else:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "inpaint-bench" / "weights"
