"""`speed`: seconds of every network on the plain and on the fast path, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from inpaint_bench.fast.timing import Peak, Timing
    from inpaint_bench.models import Inpainter

__all__ = ["register"]

# Seconds at 256x256 and 512x512 of the published code on four cores of a machine with AVX-512
# that reached 500 GFLOP/s in float32 and 1450 in bfloat16 convolutions.
_PUBLISHED = {
    "deepfill_v2": (0.30, 2.6),
    "deepfill_v1": (0.28, 2.6),
    "edge_connect": (0.38, 1.8),
    "aot_gan": (0.29, 1.4),
    "lama": (0.30, 1.4),
    "global_local": (0.21, 1.2),
    "recurrent_sobel": (0.80, 5.2),
}
_REFERENCE = "four cores with AVX-512 that reached 500 GFLOP/s in float32 and 1450 in bfloat16"
_REFERENCE_PEAK = 500.0
_OPTIONS = {"recurrent_sobel": {"width": 48}}  # the width that was published
_COLUMNS = (
    "model",
    "size",
    "multiply-adds, 10^9",
    "plain, s",
    "fast, s",
    "times faster",
    "precision",
    "GFLOP/s plain",
    "GFLOP/s fast",
    "share of peak",
    "largest difference, 255ths",
    "published code, s",
    "published code at this peak, s",
)


def register(app: typer.Typer) -> None:
    """Add `speed`."""
    app.command("speed")(_command)


def _command(
    models: Annotated[
        str,
        typer.Option(
            metavar="A,B|all",
            help="Architectures, with random weights at their default width, or variants.",
        ),
    ] = "all",
    sizes: Annotated[str, typer.Option(metavar="A,B", help="Sides of the pictures.")] = "256,512",
    threads: Annotated[
        int, typer.Option(min=0, max=1024, help="Processor threads; 0: PyTorch's own.")
    ] = 0,
    rounds: Annotated[int, typer.Option(min=1, help="Timings of each; the least counts.")] = 3,
    csv: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write the table here, row by row.")
    ] = None,
    metrics: Annotated[
        bool, typer.Option("--metrics", help="Time the metrics beside scikit-image instead.")
    ] = False,
) -> None:
    """Print seconds of the plain and the fast path, and how far apart their pictures are.

    Both take turns in one process. Ctrl-C leaves what was measured so far.
    """
    import torch
    from tqdm import tqdm

    from inpaint_bench.bench.files import write_text
    from inpaint_bench.errors import ModelError
    from inpaint_bench.fast.timing import convolution_peak

    sides = _sides(sizes)
    if metrics:
        return _print_metrics(sides, rounds)
    names = _names(models)
    if threads:
        torch.set_num_threads(threads)
    peak = convolution_peak()
    typer.echo(
        f"{torch.get_num_threads()} threads; a large 3x3 convolution reaches {peak.float32:.0f} "
        f"GFLOP/s in float32, {peak.bfloat16:.0f} in bfloat16.\n"
        f"Published code: on {_REFERENCE}; at this peak: scaled by float32.\n"
    )
    typer.echo(_line(_COLUMNS))
    typer.echo("|" + "---|" * len(_COLUMNS))
    table = [",".join(f'"{c}"' if "," in c else c for c in _COLUMNS)]
    for name, side in tqdm([(n, s) for n in names for s in sides], disable=None, leave=False):
        try:
            timing = _time(name, side, rounds)
        except ModelError as error:
            tqdm.write(f"{name}: not timed at {side}x{side}: {error}")
            continue
        cells = _cells(name, timing, peak, _published(name, side))
        tqdm.write(_line(cells))
        table.append(",".join(cells))
        if csv is not None:
            write_text(csv, "\n".join(table) + "\n")


def _names(models: str) -> list[str]:
    from torch import nn

    from inpaint_bench.errors import ModelError
    from inpaint_bench.models import MODELS
    from inpaint_bench.weights import find_variant

    if models == "all":
        return [name for name in MODELS if issubclass(MODELS[name], nn.Module)]
    names = [name.strip() for name in models.split(",")]
    for name in names:
        architecture = name if name in MODELS else find_variant(name).architecture
        if architecture in MODELS and not issubclass(MODELS[architecture], nn.Module):
            raise ModelError(f"expected networks, got the classical method {name!r}: leave it out")
    return names


def _time(name: str, side: int, rounds: int) -> Timing:
    from inpaint_bench.errors import ModelError
    from inpaint_bench.fast.timing import time_paths

    model = _model(name, side)
    if model.side not in (None, side):
        raise ModelError(f"expected {model.side}x{model.side}, the only size that it takes")
    return time_paths(model, side, rounds=rounds)


def _model(name: str, side: int) -> Inpainter:
    import inspect

    import torch

    from inpaint_bench import load
    from inpaint_bench.models import MODELS

    if name not in MODELS:
        return load(name)
    options = dict(_OPTIONS.get(name, {}))
    if "resolution" in inspect.signature(MODELS[name]).parameters:
        options["resolution"] = side
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return MODELS[name](**options).eval()


def _published(name: str, side: int) -> float | None:
    return dict(zip((256, 512), _PUBLISHED.get(name, ()), strict=False)).get(side)


def _cells(name: str, timing: Timing, peak: Peak, published: float | None) -> list[str]:
    best = peak.bfloat16 if timing.rounded else peak.float32
    plain, fast = timing.reached(timing.plain), timing.reached(timing.fast)
    width = "".join(f" ({key} {value})" for key, value in _OPTIONS.get(name, {}).items())
    return [
        name + width,
        str(timing.side),
        f"{timing.multiply_adds:.1f}",
        f"{timing.plain:.3f}",
        f"{timing.fast:.3f}",
        f"{timing.times_faster:.2f}",
        "bfloat16" if timing.rounded else "float32",
        f"{plain:.0f}",
        f"{fast:.0f}",
        f"{fast / best:.0%}",
        f"{timing.difference:.3f}",
        "" if published is None else f"{published:.2f}",
        "" if published is None else f"{published * _REFERENCE_PEAK / peak.float32:.2f}",
    ]


def _line(cells: list[str] | tuple[str, ...]) -> str:
    return f"| {' | '.join(cells)} |"


def _sides(sizes: str) -> list[int]:
    from inpaint_bench.errors import BenchError

    parts = [part.strip() for part in sizes.split(",")]
    if not all(part.isdecimal() and int(part) >= 16 for part in parts):
        raise BenchError(
            f"expected sides of 16 pixels or more, got {sizes!r}: write --sizes 256,512"
        )
    return [int(part) for part in parts]


def _print_metrics(sides: list[int], rounds: int) -> None:
    from inpaint_bench.metrics.cost import NAMES, compare_with_skimage

    columns = ("size", "images at once", "ours, s", "scikit-image, s", "times faster")
    typer.echo(f"{', '.join(NAMES)} together, one picture, one thread each\n")
    typer.echo(_line(columns))
    typer.echo("|" + "---|" * len(columns))
    for side in sides:
        for images in (1, 8):
            cost = compare_with_skimage(side, images, rounds=rounds)
            seconds = f"{cost.ours:.5f}", f"{cost.scikit_image:.5f}"
            typer.echo(_line([str(side), str(images), *seconds, f"{cost.times_faster:.2f}"]))
