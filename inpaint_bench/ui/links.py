"""A link that brings back what a visitor had set up: the query of an address, written and read.

It holds choices, never pictures: example photographs by name, a random hole by its generator,
ratio and seed, models by name. Keys of other pages, and of Gradio, are left alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from urllib.parse import quote, urlencode

from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.masks import MASKS, bucket_labels
from inpaint_bench.ui import steps
from inpaint_bench.ui.runs import MOST_SAMPLES

__all__ = ["FAST", "ORIGINAL", "SIZES", "Setup", "read_link", "write_link"]

FAST, ORIGINAL = "fast", "original"
SIZES = (FAST, ORIGINAL)
_ANY = steps.ANY_RATIO
_MOST_DIGITS = 10


@dataclass(frozen=True)
class Setup:
    """What a link brings back; None where it says nothing.

    Attributes:
        photo: name of an example photograph.
        mask: name of a mask generator; with it a random hole is drawn.
        ratio: label of a bucket, or "any".
        mask_seed: of the random hole.
        models: names of variants.
        seed: of stochastic models.
        samples: of each stochastic model.
        size: one of `SIZES`.
    """

    photo: str | None = None
    mask: str | None = None
    ratio: str | None = None
    mask_seed: int | None = None
    models: tuple[str, ...] | None = None
    seed: int | None = None
    samples: int | None = None
    size: str | None = None


def write_link(setup: Setup) -> str:
    """Return a setup as a query, "?photo=coffee&models=telea,patchmatch"; empty for nothing."""
    said = {}
    for field in fields(setup):
        value = getattr(setup, field.name)
        if value is not None:
            said[field.name] = ",".join(value) if isinstance(value, tuple) else str(value)
    if "ratio" in said:
        said["ratio"] = said["ratio"].removesuffix(" %")
    return "?" + urlencode(said, safe=",", quote_via=quote) if said else ""


def read_link(query: Mapping[str, str], known: Collection[str]) -> tuple[Setup, list[str]]:
    """Return the setup of a query, and what in it is not known.

    Args:
        query: keys and values of an address.
        known: names of the variants that can be ticked.
    """
    found: dict[str, object] = {}
    unknown = []
    for key in (field.name for field in fields(Setup)):
        if key not in query:
            continue
        try:
            found[key] = _read(key, query[key], known)
        except InpaintBenchError:
            unknown.append(f"{key}={_short(query[key])}")
    if "models" in found:
        asked = [name for name in query["models"].split(",") if name]
        unknown += [f"models={_short(name)}" for name in asked if name not in known]
    return Setup(**found), unknown


def _read(key: str, text: str, known: Collection[str]) -> object:
    if key == "models":
        return tuple(dict.fromkeys(name for name in text.split(",") if name in known))
    if key in ("mask_seed", "seed", "samples"):
        plain = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
        number = steps.check_seed(int(text) if plain else None)
        if key == "samples" and number not in range(1, MOST_SAMPLES + 1):
            raise InpaintBenchError(f"expected 1 to {MOST_SAMPLES} samples, got {number}")
        return number
    allowed = {
        "photo": [name for name, _ in steps.sample_choices()],
        "mask": list(MASKS),
        "ratio": [_ANY, *bucket_labels()],
        "size": list(SIZES),
    }[key]
    value = f"{text} %" if key == "ratio" and text != _ANY else text
    if value not in allowed:
        raise InpaintBenchError(f"expected {key} to be one of {', '.join(allowed)}, got {text!r}")
    return value


def _short(text: str, most: int = 40) -> str:
    return text if len(text) <= most else text[:most] + "…"
