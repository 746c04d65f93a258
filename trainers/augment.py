"""Augmentation: turn, crop and resize, mirror, change the colours."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

__all__ = ["Augmentation", "random_square"]


@dataclass(frozen=True)
class Augmentation:
    """What is drawn anew for every sample; the UC Davis report uses all of it.

    Attributes:
        flip: chance of mirroring left and right.
        crop: least side of a random square, as a share of the picture's shorter side; a square
            is never smaller than the sample where there are pixels enough. It is then resized.
        rotation: largest turn in degrees, either way; what turns into view is mirrored.
        jitter: largest change of brightness, contrast and saturation, as a share, and of hue, as
            a share of half a turn.
    """

    flip: float = 0.5
    crop: float = 0.0
    rotation: float = 0.0
    jitter: float = 0.0


def random_square(
    picture: np.ndarray, size: int, rng: np.random.Generator, how: Augmentation
) -> np.ndarray:
    """Return a random square of a picture, HxWx3 uint8 to SxSx3 uint8."""
    if how.rotation:
        picture = _turned(picture, rng.uniform(-how.rotation, how.rotation))
    height, width = picture.shape[:2]
    shorter = min(height, width)
    least = max(min(size, shorter), round(how.crop * shorter))
    side = int(rng.integers(least, shorter + 1))
    top = int(rng.integers(0, height - side + 1))
    left = int(rng.integers(0, width - side + 1))
    square = picture[top : top + side, left : left + side]
    if side != size:
        method = cv2.INTER_AREA if side > size else cv2.INTER_CUBIC
        square = cv2.resize(square, (size, size), interpolation=method)
    if rng.random() < how.flip:
        square = square[:, ::-1]
    return _recoloured(square, how.jitter, rng) if how.jitter else square


def _turned(picture: np.ndarray, degrees: float) -> np.ndarray:
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), degrees, 1.0)
    return cv2.warpAffine(
        picture, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101
    )


def _recoloured(picture: np.ndarray, jitter: float, rng: np.random.Generator) -> np.ndarray:
    brightness, contrast, saturation = (1.0 + rng.uniform(-jitter, jitter, 3)).tolist()
    x = picture.astype(np.float32) * (brightness / 255.0)
    x = (x - x.mean()) * contrast + x.mean()  # float32
    hsv = cv2.cvtColor(np.clip(x, 0.0, 1.0), cv2.COLOR_RGB2HSV)  # hue in [0,360)
    hsv[..., 0] = (hsv[..., 0] + 180.0 * rng.uniform(-jitter, jitter)) % 360.0
    hsv[..., 1] = np.clip(hsv[..., 1] * saturation, 0.0, 1.0)
    return np.round(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * 255.0).astype(np.uint8)
