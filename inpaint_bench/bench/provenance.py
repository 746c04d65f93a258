"""Where a number comes from: the code's version, the machine, and what a model's code says.

The code's version is recorded with every row but does not invalidate it; the fingerprint of a
model or metric does, so that a commit elsewhere recomputes nothing, an edited network its rows,
and an edited metric its column.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import os
import platform
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import inpaint_bench

if TYPE_CHECKING:
    from inpaint_bench.metrics import Metric

__all__ = ["code_fingerprint", "code_version", "machine", "machine_load", "stated_version"]

_ROOT = Path(inpaint_bench.__file__).resolve().parents[1]
# Packages whose code decides what a model or a metric gives; their edges (imaging, types) have
# FORMAT.
_FOLLOWED = ("inpaint_bench.models", "inpaint_bench.layers", "inpaint_bench.metrics")


@lru_cache(maxsize=1)
def code_version() -> str:
    """Return the git commit of this checkout, marked where the code differs from it.

    Outside a git checkout of this project, or before its first commit, it is the package's
    version.
    """
    released = f"v{inpaint_bench.__version__}"
    if not (_ROOT / ".git").exists():
        return released
    commit = _git("rev-parse", "--short=12", "HEAD")
    if not commit:
        return f"{released}-uncommitted"
    changed = _git("status", "--porcelain", "--", "inpaint_bench", "weights", "eval/testsets")
    return f"{commit}-dirty" if changed else commit


def machine(threads: int | None = None) -> dict[str, str | int]:
    """Return what a reader needs to judge the seconds: processor, cores, library versions.

    Args:
        threads: that a computation may use; None for what torch takes by itself.
    """
    import cv2
    import skimage
    import torch

    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count() or 1,
        "threads": threads or torch.get_num_threads(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "opencv": str(cv2.__version__),
        "scikit-image": str(skimage.__version__),
    }


def machine_load() -> float:
    """Return how many processes wanted to run in the last minute; 0 where nobody counts."""
    try:
        return round(os.getloadavg()[0], 1)
    except (AttributeError, OSError):  # not a Unix
        return 0.0


@lru_cache(maxsize=256)
def code_fingerprint(module: str) -> str:
    """Return 16 hexadecimal digits of what a module and the models, layers and metrics it
    imports say.

    Comments, docstrings and layout do not count.

    Args:
        module: full name of an importable module.
    """
    digest = hashlib.sha256()
    for name in sorted(_closure(module)):
        digest.update(f"{name}\n{_essence(name)}\n".encode())
    return digest.hexdigest()[:16]


def stated_version(metric: Metric) -> str:
    """Return a metric's version with a fingerprint of its code, as rows of a run state it."""
    return f"{metric.version}:{code_fingerprint(metric.compute.__module__)}"


def _closure(module: str) -> set[str]:
    """Return `module` and every followed module that it imports, directly or not."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in found or _source(name) is None:
            continue
        found.add(name)
        waiting += [one for one in _imports(name) if one.startswith(_FOLLOWED)]
    return found


def _imports(module: str) -> list[str]:
    names: list[str] = []
    for node in ast.walk(ast.parse(_source(module) or "")):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            # `from package import module` and `from module import name` look the same.
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names


def _essence(module: str) -> str:
    """Return the module's code in one canonical layout, without its docstrings."""
    tree = ast.parse(_source(module) or "")
    for node in ast.walk(tree):
        documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


@lru_cache(maxsize=256)
def _source(module: str) -> str | None:
    """Return the text of a module's file; None for what is no module or has no file."""
    try:
        spec = importlib.util.find_spec(module)
    except ModuleNotFoundError:  # `package.module.name`, where module is no package
        return None
    if spec is None or spec.origin is None or not spec.origin.endswith(".py"):
        return None
    return Path(spec.origin).read_text(encoding="utf-8")


def _git(*arguments: str) -> str:
    command = ["git", "-C", str(_ROOT), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):  # no git here: the caller says so in its way
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        return platform.processor() or "unknown"
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or "unknown"
