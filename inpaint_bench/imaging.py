"""The edge between picture files and tensors: reading, writing, sizes, compositing.

Owns every conversion from and to uint8, EXIF orientation, colour modes and mask polarity.
Inside the project images are RGB float32 in [0,1] and holes are 1 where a pixel is missing.
Colour profiles are not applied: the stored values are what is compared and given back.
"""

from __future__ import annotations

import contextlib
import io
import os
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.nn import functional

from inpaint_bench._files import replace_file
from inpaint_bench.errors import ImageError, MaskError, WriteError

__all__ = [
    "MAX_PIXELS",
    "Source",
    "composite",
    "crop_to",
    "hole_to_tensor",
    "pad_to_multiple",
    "read_image",
    "read_mask",
    "square_crop",
    "square_mask",
    "to_tensor",
    "to_uint8",
    "validate_hole",
    "write_png",
]

MAX_PIXELS = 25_000_000  # phones make 12 and 24 million
_MOST_ENLARGED = 96_000_000
Source = str | os.PathLike[str] | bytes | BinaryIO

# Formats with a signature whose decoders only read pixels; EPS would start Ghostscript. AVIF is
# not in every build of Pillow.
_FORMATS = ("PNG", "JPEG", "MPO", "WEBP", "BMP", "TIFF", "GIF", "PPM", "JPEG2000", "AVIF")
_READABLE = "a photograph (PNG, JPEG, WebP, TIFF, BMP or GIF)"


def read_image(source: Source) -> np.ndarray:
    """Read a photograph as RGB, upright.

    The content decides the format, not the name. EXIF orientation is applied, transparency is
    laid over white, 16-bit values are scaled to 8 bits; of an animation the first frame counts.

    Args:
        source: path, bytes of a file, or an open binary file.

    Returns:
        HxWx3 uint8.

    Raises:
        ImageError: no such file, not an image, damaged, or more than `MAX_PIXELS` pixels.
    """
    return _read_rgb(source, backdrop=255)


def read_mask(source: Source, *, hole: Literal["white", "black"] = "white") -> np.ndarray:
    """Read a mask whose polarity is stated, never guessed.

    Args:
        source: path, bytes of a file, or an open binary file. Grey values from half range
            (128 of 255) up are white; transparent pixels count as known.
        hole: the colour that means missing.

    Returns:
        HxW bool, True = missing.

    Raises:
        ImageError: no such file, not an image, damaged, or more than `MAX_PIXELS` pixels.
        MaskError: `hole` is no polarity, or the picture has levels on one side of half range only.
    """
    if hole not in ("white", "black"):
        raise MaskError(f"expected the colour of the hole to be 'white' or 'black', got {hole!r}")
    backdrop = 0 if hole == "white" else 255
    rgb = _read_rgb(source, backdrop=backdrop)
    grey = np.asarray(Image.fromarray(rgb).convert("L"))
    white = grey >= 128
    low, high = int(grey.min()), int(grey.max())
    if low < high and bool(white.all() or not white.any()):
        raise MaskError(
            f"expected a mask of black and white, got levels {low} to {high} of 255 only in "
            f"{_name(source)}, all on one side of 128: save it with 0 and 255"
        )
    return white if hole == "white" else ~white


def to_tensor(image: np.ndarray) -> Tensor:
    """Return HxWx3 uint8 as 1x3xHxW float32 in [0,1]."""
    _check_array(image)
    channels_first = np.ascontiguousarray(image.transpose(2, 0, 1))
    return torch.from_numpy(channels_first)[None].to(torch.float32) / 255.0


def hole_to_tensor(hole: np.ndarray) -> Tensor:
    """Return HxW bool (True = missing) as 1x1xHxW float32."""
    if not isinstance(hole, np.ndarray) or hole.ndim != 2 or hole.dtype != np.bool_:
        raise MaskError(f"expected a hole of HxW bool, got {_describe(hole)}")
    return torch.from_numpy(hole.astype(np.float32))[None, None]


def to_uint8(image: Tensor) -> np.ndarray:
    """Return 1x3xHxW or 3xHxW as HxWx3 uint8, clamped to [0,1] and rounded half up."""
    if image.ndim == 4 and image.shape[0] == 1:
        image = image[0]
    if image.ndim != 3 or image.shape[0] != 3 or not image.is_floating_point():
        raise ImageError(
            f"expected one image of 3xHxW floating point, got {tuple(image.shape)} {image.dtype}"
        )
    levels = (image.detach().to("cpu", torch.float32).clamp(0.0, 1.0) * 255.0 + 0.5).floor()
    return np.ascontiguousarray(levels.to(torch.uint8).permute(1, 2, 0).numpy())  # HxWx3


def write_png(path: str | os.PathLike[str], picture: np.ndarray) -> None:
    """Write a PNG that holds pixels and nothing else, under its name only once it is whole.

    Args:
        path: where to; missing folders are made.
        picture: HxWx3 uint8, or HxW bool, where True becomes white.

    Raises:
        ImageError: another shape or type, or the place cannot be written to.
    """
    if picture.ndim == 2 and picture.dtype == np.bool_:
        encoded = Image.fromarray(picture.astype(np.uint8) * 255)
    else:
        _check_array(picture)
        encoded = Image.fromarray(np.ascontiguousarray(picture))
    try:
        replace_file(Path(path), lambda temporary: encoded.save(temporary, format="PNG"))
    except WriteError as error:
        raise ImageError(str(error)) from error


def composite(result: Tensor, image: Tensor, hole: Tensor) -> Tensor:
    """Return `result` where `hole` is 1 and `image`, bit for bit, elsewhere.

    Args:
        result: Bx3xHxW, moved to the image's device and type.
        image: Bx3xHxW.
        hole: Bx1xHxW, 1 = missing.

    Returns:
        A new Bx3xHxW tensor.
    """
    return torch.where(hole.to(image.device) > 0.5, result.to(image.device, image.dtype), image)


def pad_to_multiple(x: Tensor, multiple: int) -> tuple[Tensor, tuple[int, int]]:
    """Pad at the bottom and the right until both sides are multiples of `multiple`.

    Reflects where the side is longer than the padding, else repeats the border. The hole is
    padded in the same way as the image: were the padding known, reflected pixels from under
    the hole would pass for known ones.

    Args:
        x: BxCxHxW.
        multiple: of both sides, in pixels.

    Returns:
        The padded tensor (`x` itself if nothing is to do) and the size before, for `crop_to`.
    """
    height, width = x.shape[-2:]
    down, right = -height % multiple, -width % multiple
    if right:
        x = functional.pad(x, (0, right, 0, 0), "reflect" if right < width else "replicate")
    if down:
        x = functional.pad(x, (0, 0, 0, down), "reflect" if down < height else "replicate")
    return x, (height, width)


def crop_to(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Return the top left `size` = (height, width) of BxCxHxW: undoes `pad_to_multiple`."""
    return x[..., : size[0], : size[1]]


def square_crop(image: np.ndarray, size: int) -> np.ndarray:
    """Resize the short side to `size` and crop the centre.

    Lanczos when shrinking, bicubic when growing.

    Args:
        image: HxWx3 uint8.
        size: side of the result in pixels.

    Returns:
        `size` x `size` x 3 uint8, a new array.
    """
    _check_array(image)
    height, width = image.shape[:2]
    shrinks = size < min(height, width)
    method = Image.Resampling.LANCZOS if shrinks else Image.Resampling.BICUBIC
    return _square(Image.fromarray(np.ascontiguousarray(image)), size, method)


def square_mask(hole: np.ndarray, size: int) -> np.ndarray:
    """Do to HxW bool what `square_crop` does to an image, by nearest neighbour."""
    if hole.ndim != 2 or hole.dtype != np.bool_:
        raise MaskError(f"expected a hole of HxW bool, got {_describe(hole)}")
    picture = Image.fromarray(hole.astype(np.uint8))
    return _square(picture, size, Image.Resampling.NEAREST).astype(bool)


def validate_hole(hole: np.ndarray | Tensor, size: tuple[int, int] | None = None) -> None:
    """Raise unless every hole has missing and known pixels.

    Args:
        hole: HxW bool, or BxCxHxW of zeros and ones with 1 = missing.
        size: (height, width) of the image it belongs to, if that is to be checked too.

    Raises:
        MaskError: a hole is empty, or full, or of another size than the image.
    """
    height, width = hole.shape[-2:]
    if size is not None and (height, width) != tuple(size):
        raise MaskError(
            f"expected a mask of the image's size {size[1]}x{size[0]}, got {width}x{height}: "
            "resize or redraw the mask"
        )
    missing = hole > 0.5  # in torch: NumPy has no bfloat16
    missing = missing.detach().cpu().numpy() if isinstance(missing, Tensor) else missing
    for one in missing.reshape(-1, height * width):
        if not one.any():
            raise MaskError(
                "expected some missing pixels, got an empty mask: brush a hole, or state the "
                "other polarity if the hole is black"
            )
        if one.all():
            raise MaskError(
                "expected some known pixels, got a mask that covers the whole image: leave part "
                "of it known, or state the other polarity if the hole is black"
            )


def _read_rgb(source: Source, *, backdrop: int) -> np.ndarray:
    """Decode to HxWx3 uint8 with transparency laid over the grey level `backdrop`."""
    name = _name(source)
    with _open(source, name) as picture:
        width, height = picture.size
        if width * height > MAX_PIXELS:
            megapixels = width * height / 1e6
            raise ImageError(_too_large(name, f"{width}x{height} ({megapixels:.1f} megapixels)"))
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Pillow on EXIF blocks it had to repair
                return _to_rgb(ImageOps.exif_transpose(picture), name, backdrop)
        except ImageError:
            raise
        except Exception as error:  # Pillow's decoders raise nearly anything on damaged files
            raise ImageError(
                f"expected {_READABLE}, got a damaged or unfinished {picture.format} file "
                f"{name}: {_one_line(error)}"
            ) from error


@contextlib.contextmanager
def _open(source: Source, name: str) -> Iterator[Image.Image]:
    """Open by content; no pixel is decoded yet, so that the size can be judged first."""
    stream = io.BytesIO(source) if isinstance(source, bytes) else source
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # sizes are ours to judge, by MAX_PIXELS
            Image.init()
            picture = Image.open(stream, formats=[f for f in _FORMATS if f in Image.OPEN])
    except FileNotFoundError as error:
        raise ImageError(f"expected {_READABLE}, but there is no file {name}") from error
    except Image.DecompressionBombError as error:
        limit = 2 * Image.MAX_IMAGE_PIXELS / 1e6  # Pillow's own, well above ours
        raise ImageError(_too_large(name, f"more than {limit:.0f} megapixels")) from error
    except Image.UnidentifiedImageError as error:
        raise ImageError(f"expected {_READABLE}, but {name} is not one") from error
    except OSError as error:
        reason = error.strerror or _one_line(error)
        raise ImageError(f"expected {_READABLE}, but {name} cannot be read: {reason}") from error
    except Exception as error:  # damaged headers: SyntaxError, ValueError, struct.error, ...
        raise ImageError(
            f"expected {_READABLE}, but {name} has a damaged header: {_one_line(error)}"
        ) from error
    with picture:
        yield picture


def _to_rgb(picture: Image.Image, name: str, backdrop: int) -> np.ndarray:
    if picture.mode.startswith("I"):  # 16 bits a pixel, or 32 that hold 16
        values = np.asarray(picture).astype(np.int64)
        if values.min() < 0 or values.max() > 65535:
            raise ImageError(f"expected 8 or 16 bits a channel, got 32 in {name}: save it as 8-bit")
        grey = ((values + 128) // 257).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)
    if picture.mode == "F":
        raise ImageError(
            f"expected 8 or 16 bits a channel, got floating point of unknown range in {name}: "
            "save it as 8-bit"
        )
    if picture.has_transparency_data:
        rgba = picture.convert("RGBA")
        opaque = Image.new("RGBA", rgba.size, (backdrop, backdrop, backdrop, 255))
        picture = Image.alpha_composite(opaque, rgba)
    return np.array(picture.convert("RGB"))


def _square(picture: Image.Image, size: int, method: Image.Resampling) -> np.ndarray:
    width, height = picture.size
    scale = size / min(width, height)
    wide, high = max(size, round(width * scale)), max(size, round(height * scale))
    if wide * high > _MOST_ENLARGED:
        raise ImageError(f"expected a photograph, got a strip of {width}x{height}: crop it first")
    if (wide, high) != (width, height):
        picture = picture.resize((wide, high), method)
    left, top = (wide - size) // 2, (high - size) // 2
    return np.array(picture.crop((left, top, left + size, top + size)))


def _check_array(image: np.ndarray) -> None:
    shaped = isinstance(image, np.ndarray) and image.ndim == 3 and image.shape[2] == 3
    if not shaped or image.dtype != np.uint8 or 0 in image.shape:
        raise ImageError(f"expected an image of HxWx3 uint8, got {_describe(image)}")


def _describe(array: object) -> str:
    if isinstance(array, np.ndarray):
        return f"{array.shape} {array.dtype}"
    return type(array).__name__


def _name(source: Source) -> str:
    if isinstance(source, (str, os.PathLike)):
        return repr(os.fspath(source))
    return repr(name) if isinstance(name := getattr(source, "name", None), str) else "the upload"


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _too_large(name: str, size: str) -> str:
    return (
        f"expected at most {MAX_PIXELS // 1_000_000} megapixels, got {size} in {name}: "
        "shrink or crop it first"
    )
