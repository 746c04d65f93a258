"""The arrows of the design: who may import whom, and what importing may not do."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "inpaint_bench"

# Each unit imports units of lower numbers and itself, plus what BESIDE names.
LEVEL = {
    "types": 0,
    "errors": 0,
    "_files": 1,
    "_registry": 1,
    "web": 1,
    "imaging": 2,
    "tiling": 2,
    "weights": 3,
    "converters": 3,
    "layers": 3,
    "models": 4,
    "masks": 4,
    "metrics": 4,
    "data": 4,
    "plugins": 5,
    "_api": 5,
    "fast": 5,
    "parity": 5,
    "": 6,  # `from inpaint_bench import load`
    "explain": 7,
    "bench": 8,
    "ui": 9,
    "cli": 10,
    "__main__": 11,
}
BESIDE = {
    ("data", "masks"),  # frozen test sets draw their holes
    ("weights", "converters"),
    ("_api", "plugins"),  # a variant may bring its architecture from elsewhere
    ("converters", "layers"),  # constants that a file stores are checked against ours
}
TRAINING_STRANGERS = (
    "gradio",
    "gradio_client",
    "lpips",
    "torch_fidelity",
    "pandas",
    "pyarrow",
    "plotly",
    "typer",
    "ray",
    "tensorboard",
    "pooch",
    "pytest",
    "hypothesis",
    "playwright",
)


def sources(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """Give (line, dotted name) of every import of a file, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno} imports relatively"
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def unit(name: str) -> str:
    """Give the part of the package a dotted name belongs to; "" is the package itself."""
    part = (name.split(".") + [""])[1]
    place = ROOT / PACKAGE / part
    return part if part and (place.is_dir() or place.with_suffix(".py").is_file()) else ""


def unit_of_file(path: Path) -> str:
    part = path.relative_to(ROOT / PACKAGE).parts[0].removesuffix(".py")
    return "" if part == "__init__" else part


def arrows(folder: str) -> Iterator[tuple[Path, int, str]]:
    """Give every import of our own package in a folder as (file, line, unit imported)."""
    for path in sources(folder):
        for line, name in imported(path):
            # The version is a constant that anyone may read.
            if name.split(".")[0] == PACKAGE and name != f"{PACKAGE}.__version__":
                yield path, line, unit(name)


def test_every_file_of_the_package_has_a_place_in_the_order():
    assert {unit_of_file(path) for path in sources(PACKAGE)} <= set(LEVEL)


def test_imports_inside_the_package_point_one_way():
    broken = []
    for path, line, target in arrows(PACKAGE):
        own = unit_of_file(path)
        lower = LEVEL[target] < LEVEL[own]
        if not (lower or own == target or (own, target) in BESIDE):
            broken.append(f"{path.relative_to(ROOT)}:{line} {own!r} imports {target!r}")
    assert broken == []


@pytest.mark.parametrize("name", ["types", "errors"])
def test_types_and_errors_import_nothing_local(name):
    names = [name for _, name in imported(ROOT / PACKAGE / f"{name}.py")]
    assert not [name for name in names if name.startswith(PACKAGE)]


def test_trainers_import_inward_only():
    broken = [
        f"{path.relative_to(ROOT)}:{line} imports {target!r}"
        for path, line, target in arrows("trainers")
        if target in ("bench", "ui", "cli", "explain", "__main__")
    ]
    assert broken == []


def test_the_package_never_imports_trainers_or_the_app():
    for path in sources(PACKAGE):
        for line, name in imported(path):
            assert name.split(".")[0] not in ("trainers", "app"), f"{path}:{line}"


def test_only_the_ui_imports_gradio():
    files = [*sources(PACKAGE), *sources("trainers"), ROOT / "app.py"]
    found = {
        path.relative_to(ROOT).parts[:2]
        for path in files
        for _, name in imported(path)
        if name.split(".")[0] in ("gradio", "gradio_client")
    }
    assert found <= {(PACKAGE, "ui")}


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    """Run code in a new interpreter at the root of the project."""
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=300
    )


def test_importing_the_package_is_light():
    code = (
        "import sys, inpaint_bench\n"
        "heavy = {'torch', 'numpy', 'gradio', 'pandas', 'cv2'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = run_python(code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_importing_every_module_prints_nothing_and_opens_no_connection():
    code = (
        "import importlib, pkgutil, socket, inpaint_bench\n"
        "def refuse(*args): raise AssertionError('network at import')\n"
        "socket.socket.connect = refuse\n"
        "for m in pkgutil.walk_packages(inpaint_bench.__path__, 'inpaint_bench.'):\n"
        "    if not m.name.endswith('__main__'): importlib.import_module(m.name)"
    )
    done = run_python(code)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_training_imports_without_what_a_gpu_machine_does_not_have():
    modules = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sources("trainers")
        if path.name != "__main__.py"
    ]
    code = (
        "import importlib, sys\n"
        f"strangers = {TRAINING_STRANGERS!r}\n"
        "class Without:\n"
        "    def __init__(self, finder): self.finder = finder\n"
        "    def __getattr__(self, name): return getattr(self.finder, name)\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        absent = name.split('.')[0] in strangers\n"
        "        return None if absent else self.finder.find_spec(name, path, target)\n"
        "sys.meta_path[:] = [Without(finder) for finder in sys.meta_path]\n"
        f"for name in {modules!r}: importlib.import_module(name)"
    )
    done = run_python(code)
    assert done.returncode == 0, done.stderr
