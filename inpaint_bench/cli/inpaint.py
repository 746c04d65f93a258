"""`inpaint`: fill the hole of one photograph with one variant."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from torch import Tensor

    from inpaint_bench.types import Variant

__all__ = ["inpaint_file", "register"]


def register(app: typer.Typer) -> None:
    """Add `inpaint`."""
    app.command("inpaint")(_command)


def _command(
    image: Annotated[Path, typer.Option(help="Photograph.")],
    mask: Annotated[Path, typer.Option(help="Mask of the same size.")],
    model: Annotated[str, typer.Option(metavar="VARIANT", help="A name from `weights list`.")],
    out: Annotated[Path, typer.Option(help="Result: a .png file, or a folder.")],
    mask_hole: Annotated[
        str, typer.Option(metavar="white|black", help="Colour of missing pixels in the mask.")
    ] = "white",
    sketch: Annotated[
        Path | None, typer.Option(help="White strokes on black, for models that take a sketch.")
    ] = None,
    seed: Annotated[
        int,
        typer.Option(min=0, max=2**63 - 1, metavar="N", help="For models that draw at random."),
    ] = 0,
    model_file: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE.py", help="Python file with a model of your own."),
    ] = None,
    oversize: Annotated[
        str | None,
        typer.Option(
            metavar="whole|resize|tile|crop|subsample",
            help="How to fill a photograph larger than the model was trained on; by default "
            "the model's own way.",
        ),
    ] = None,
) -> None:
    """Fill the hole of one photograph; every known pixel comes back as it was."""
    from inpaint_bench.plugins import load_entry_points, load_model_file

    load_entry_points()
    for path in model_file or []:
        load_model_file(path)
    written, ratio, seconds = inpaint_file(
        image,
        mask,
        model,
        out,
        mask_hole=mask_hole,
        sketch=sketch,
        seed=seed,
        oversize=oversize,
    )
    typer.echo(f"{written}  hole {ratio:.1%}  {seconds:.2f} s")


def inpaint_file(
    image: Path,
    mask: Path,
    model: str,
    out: Path,
    *,
    mask_hole: Literal["white", "black"] = "white",
    sketch: Path | None = None,
    seed: int = 0,
    oversize: str | None = None,
) -> tuple[Path, float, float]:
    """Read, inpaint and write one photograph.

    Args:
        image: photograph.
        mask: of the same size.
        model: name of a variant.
        out: a .png file that is none of the others, or a folder that gets
            `<image>__<mask>__<variant>.png`; a folder with a dot in its name must exist.
        mask_hole: colour of the missing pixels in the mask.
        sketch: white strokes on black, of the same size.
        seed: for models that draw at random.
        oversize: as in `inpaint_bench.inpaint`.

    Returns:
        The file written, the share of missing pixels, and the seconds the model took.

    Raises:
        InpaintBenchError: anything a person can put right; nothing is written then.
    """
    import time

    import torch

    from inpaint_bench import imaging, load
    from inpaint_bench import inpaint as fill
    from inpaint_bench._files import keep_inputs
    from inpaint_bench.weights import find_variant

    find_variant(model)  # a wrong name is told before anything is read
    target = _target(out, f"{image.stem}__{mask.stem}__{model}.png")
    keep_inputs(target, {"--image": image, "--mask": mask, "--sketch": sketch})
    photograph = imaging.read_image(image)
    hole = imaging.read_mask(mask, hole=mask_hole)
    imaging.validate_hole(hole, photograph.shape[:2])
    strokes = None if sketch is None else _read_sketch(sketch, photograph.shape[:2])
    inpainter = load(model)
    started = time.perf_counter()
    try:
        result = fill(
            inpainter,
            imaging.to_tensor(photograph),
            imaging.hole_to_tensor(hole),
            sketch=strokes,
            generator=torch.Generator().manual_seed(seed),
            oversize=oversize,
        )
    except (Exception, SystemExit) as error:
        _blame(inpainter.variant, error)
        raise
    seconds = time.perf_counter() - started
    imaging.write_png(target, imaging.to_uint8(result))
    return target, float(hole.mean()), seconds


def _target(out: Path, name: str) -> Path:
    """Return the file to write: `out` if it is a .png, else `name` in the folder `out`."""
    from inpaint_bench.errors import ImageError

    if out.is_dir():
        return out / name
    suffix = out.suffix.lower()
    if suffix == ".png":
        return out
    if suffix in (".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"):
        raise ImageError(
            f"expected --out to be a folder or a .png file, got {str(out)!r}: other formats "
            "would change known pixels; name it .png"
        )
    if suffix or out.exists():
        raise ImageError(
            f"expected --out to be a folder or a .png file, got {str(out)!r}: name it .png, or "
            "make a folder of that name first"
        )
    return out / name


def _blame(variant: Variant, error: BaseException) -> None:
    """Raise a `ModelError` for what the code of a model file raised; our own errors are ours."""
    from inpaint_bench.errors import InpaintBenchError, ModelError

    if variant.code_file and not isinstance(error, InpaintBenchError):
        raise ModelError(
            f"{variant.name} of {variant.code_file} failed on this photograph: "
            f"{type(error).__name__}: {error}"
        ) from error


def _read_sketch(path: Path, size: tuple[int, int]) -> Tensor:
    """Return white strokes as 1x1xHxW float32, 1 = stroke."""
    from inpaint_bench import imaging
    from inpaint_bench.errors import ImageError

    strokes = imaging.read_mask(path, hole="white")
    if strokes.shape != tuple(size):
        raise ImageError(
            f"expected a sketch of the image's size {size[1]}x{size[0]}, got "
            f"{strokes.shape[1]}x{strokes.shape[0]}: draw it on the image itself"
        )
    return imaging.hole_to_tensor(strokes)
