"""Models from outside the package: a file of one's own, or an installed package.

Both register architectures in `MODELS` as the package's own files do, and may say in `VARIANTS`
which options and weights go with them. A file runs as part of this process, like any program its
user starts: give none that you would not run.

Every variant that comes this way carries the sha256 of its file. It is part of what stands for the
variant's weights in the records (`weights.weights_sha256`), so that results of an edited file are
never taken for those of the old one.
"""

from __future__ import annotations

import dataclasses
import importlib.util
import logging
import sys
from collections.abc import Callable, Iterable
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from inpaint_bench.errors import InpaintBenchError, ModelError
from inpaint_bench.types import Variant

__all__ = ["GROUP", "load_entry_points", "load_model_file", "provide"]

GROUP = "inpaint_bench.models"
_LOG = logging.getLogger(__name__)
_loaded: dict[tuple[str, str], list[Variant]] = {}


def load_model_file(path: Path) -> list[Variant]:
    """Run a Python file that registers architectures, and add its variants to the manifest's.

    The file may hold `VARIANTS`, a list of `inpaint_bench.types.Variant`; without one each
    architecture becomes a variant of its own name, with default options and no weights. A variant
    with `source="file"` has its weights in `file`, a safetensors file beside the model file.

    Args:
        path: of the file; the same file again changes nothing.

    Returns:
        The variants that it brought.

    Raises:
        ModelError: there is no such file, it fails, or what it brings is not what it must be.
    """
    from inpaint_bench.weights import file_sha256

    path = path.expanduser().resolve()
    if path.suffix != ".py" or not path.is_file():
        raise ModelError(f"expected a Python file with a model, got {str(path)!r}")
    digest = file_sha256(path)
    known = (str(path), digest)
    if known not in _loaded:
        name = f"inpaint_bench_model_{path.stem}_{digest[:12]}"
        _loaded[known] = _take(lambda: _run(name, path), f"the model file {path}")
    return _loaded[known]


def load_entry_points() -> None:
    """Load every installed package that offers models in the group `inpaint_bench.models`, once.

    An entry point names a module that does what a model file does. One that fails is left out
    and told in the log; it must not cost anybody the other models.
    """
    for point in entry_points(group=GROUP):
        _load_entry_point(point)


def provide(variant: Variant) -> None:
    """Make sure that a variant's architecture is registered, also in another process.

    Raises:
        ModelError: its file is another one here than where the variant came from.
    """
    from inpaint_bench.models import MODELS

    if variant.architecture in MODELS or not variant.code_file:
        return
    load_entry_points()
    if variant.architecture in MODELS:
        return
    load_model_file(Path(variant.code_file))
    if variant.code_sha256 not in {digest for _, digest in _loaded}:
        raise ModelError(
            f"expected {variant.code_file} of sha256 {variant.code_sha256}, got another content: "
            "it was edited since; start again"
        )


@lru_cache(maxsize=256)
def _load_entry_point(point: EntryPoint) -> None:
    try:
        _take(lambda: _module_of(point), f"the plugin {point.name!r} ({point.value})")
    except ModelError as error:
        _LOG.warning("%s", error)


def _module_of(point: EntryPoint) -> ModuleType:
    point.load()
    return sys.modules[point.module]


def _run(name: str, path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot import {path}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses and pickles look there
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _take(run: Callable[[], ModuleType], what: str) -> list[Variant]:
    """Run what registers models and add its variants; what fails leaves nothing registered."""
    from inpaint_bench.models import MODELS
    from inpaint_bench.weights import add_variants

    before = set(MODELS)
    try:
        module = run()
        added = [name for name in MODELS if name not in before]
        variants = _variants(module, added)
        add_variants({variant.name: variant for variant in variants})
    except (Exception, SystemExit) as error:  # whatever a stranger's program raises is told
        for name in set(MODELS) - before:
            MODELS.remove(name)
        own = isinstance(error, InpaintBenchError)
        reason = str(error) if own else f"{type(error).__name__}: {error}"
        raise ModelError(f"{what} cannot be used: {' '.join(reason.split())}") from error
    return variants


def _variants(module: ModuleType, added: list[str]) -> list[Variant]:
    """Return a module's variants, complete with where they come from."""
    if not added:
        raise ModelError(
            'expected a class with @MODELS.register("name") of inpaint_bench.models, got none'
        )
    stated = getattr(module, "VARIANTS", None)
    variants = [_plain(name) for name in added] if stated is None else list(_checked(stated, added))
    return [_located(variant, Path(str(module.__file__))) for variant in variants]


def _plain(architecture: str) -> Variant:
    from inpaint_bench.models import MODELS, LearnedInpainter

    learned = issubclass(MODELS[architecture], LearnedInpainter)
    provenance = "trained here" if learned else "classical"
    return Variant(architecture, architecture, provenance=provenance, licence="not stated")


def _checked(variants: object, added: list[str]) -> Iterable[Variant]:
    if not isinstance(variants, (list, tuple)) or not variants:
        raise ModelError(f"expected VARIANTS to be a list of Variant, got {variants!r}")
    for variant in variants:
        if not isinstance(variant, Variant):
            raise ModelError(f"expected VARIANTS to be a list of Variant, got {variant!r} in it")
        name, architecture = variant.name, variant.architecture
        if architecture not in added:
            raise ModelError(
                f"expected {name!r} to be of an architecture of its file ({', '.join(added)}), "
                f"got {architecture!r}"
            )
        if name != architecture and not name.startswith(f"{architecture}-"):
            raise ModelError(
                f"expected the name {architecture!r} or '{architecture}-...', got {name!r}"
            )
        yield variant


def _located(variant: Variant, path: Path) -> Variant:
    """Return a variant with its code's hash, and its weights' where they lie beside the code."""
    from inpaint_bench.weights import file_sha256

    origin = {"code_file": str(path), "code_sha256": file_sha256(path)}
    if variant.source != "file":
        return dataclasses.replace(variant, **origin)
    weights = path.parent / variant.file
    if not variant.file or not weights.is_file():
        raise ModelError(f"expected the weights of {variant.name!r} at {weights}, got no such file")
    return dataclasses.replace(
        variant,
        **origin,
        file=str(weights),
        sha256=variant.sha256 or file_sha256(weights),
        size=weights.stat().st_size,
    )
