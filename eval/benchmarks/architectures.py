"""Every network beside its publication: parameters, error on the fixtures, multiply-adds.

    python -m eval.benchmarks.architectures [--parity tests/fixtures/parity] [--out FILE]

Writes the table of docs/architectures.md; some minutes, since every network runs once at each size.
"""

from __future__ import annotations

import argparse
import inspect
import sys
from collections.abc import Iterator
from pathlib import Path

import torch
from torch import nn
from tqdm import tqdm

from inpaint_bench.bench.files import write_text
from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.fast.counting import multiply_adds
from inpaint_bench.models import MODELS
from inpaint_bench.models.deepgin import ABLATIONS
from inpaint_bench.parity import check_fixtures

_SIZES = (256, 512)
# What is published of the default options, and where; tests/models/test_*.py check each of them.
_PUBLISHED = {
    "aot_gan": "15,200,835 in the authors' code; LaMa's table 1: 15 M",
    "co_mod_gan": "LaMa's table 1: 109 M, with the discriminator, which here has no place",
    "deepfill_v1": "3,601,542 in daa233's generator",
    "deepfill_v2": "4,052,478 in the authors' weights; LaMa's table 1: 4 M",
    "deepfill_v2_sketch": "as deepfill_v2, one more input channel",
    "edge_connect": "10,761,089 + 10,774,595 in the authors' code; LaMa's table 1: 22 M",
    "global_local": "6,072,131 in GLCIC-PyTorch's completion network",
    "lama, 9 blocks": "LaMa's table 1: 27 M",
    "lama, 18 blocks": "51 M in the paper (Big LaMa)",
    "madf": "LaMa's table 1: 85 M",
    "mat": "released file of 125,280,278 bytes in fp16: 62.6 M with filters and shift masks, "
    "without noise",
    "mi_gan": "6,293,057 in the authors' code, which counts constant filters and noise too",
    "pconv_autoencoder": "none; 33 of 34 layers have the sizes of the presentation's "
    "table, whose row 7 is a slip",
    "pconv_unet": "none; with 7 levels naoto0804's 51,550,757, which counts constant kernels too",
    "pluralistic": "11,950,220 in the authors' code, which counts convolutions of blocks twice",
    "recurrent_sobel": "2,053,999 in the author's code",
    "region_norm": "11,596,591 in the authors' code; LaMa's table 1: 12 M",
    "region_wise": "4,706,054 layer by layer in the authors' code; LaMa's table 1: 47 M (a slip?)",
}
# DeepGIN's table 1, millions.
_DEEPGIN = dict(
    zip(ABLATIONS, (8.168, 40.850, 41.376, 42.892, 42.892, 42.892, 42.930), strict=True)
)
# Rows by the beginning of their fixtures' names, which may begin alike: the longest counts.
_FIXTURES = {
    "lama_fourier": "lama, 9 blocks",
    "lama_big": "lama, 18 blocks",
    "partial_conv": "pconv_unet",
    "contextual_attention": "",
    **{name: name for name in MODELS},
}
_HEAD = """# Architectures

Parameters are those that learn, at default options; "M" are millions as a table prints them. The
error is the largest absolute difference from an output of the published implementation, over all
fixtures of that network, beside the limit for that fixture (1e-4 of the output's deviation + 1e-5).
Multiply-adds are those of convolutions and matrix products for one picture, without Fourier
transforms. A network that takes one size only is built for each of the two.

Written by `python -m eval.benchmarks.architectures --parity DIR --out docs/architectures.md`, where
DIR holds the fixtures of `tests/fixtures/parity` and two that are too large for the repository, of
LaMa with 18 blocks and of MI-GAN. DeepGIN's fixture there is no output of the published code but of
our transcription of its forward pass, and does not count here.

| network | parameters | published | largest error (limit) | 10^9 at 256x256 | 10^9 at 512x512 |
|---|---|---|---|---|---|
"""


def main() -> int:
    """Measure and print, or write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--parity", type=Path, default=Path("tests/fixtures/parity"))
    parser.add_argument("--out", type=Path, help="write it here instead of printing it")
    chosen = parser.parse_args()
    try:
        errors = _errors(chosen.parity)
        lines = [_row(*row, errors) for row in tqdm(list(_rows()), disable=None, leave=False)]
        text = _HEAD + "\n".join(lines) + "\n"
        if chosen.out is None:
            print(text, end="")
        else:
            write_text(chosen.out, text)
    except InpaintBenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _rows() -> Iterator[tuple[str, str, dict[str, object], str]]:
    """Give title, architecture, options and published count of each row."""
    for name in MODELS:
        if not issubclass(MODELS[name], nn.Module):
            continue
        if name == "deepgin":
            for row, options in ABLATIONS.items():
                yield f"deepgin, {row}", name, options, f"table 1: {_DEEPGIN[row]:.3f} M"
        elif name == "lama":
            for blocks in (9, 18):
                title = f"lama, {blocks} blocks"
                yield title, name, {"blocks": blocks}, _PUBLISHED[title]
        else:
            yield name, name, {}, _PUBLISHED[name]


def _row(
    title: str,
    name: str,
    options: dict[str, object],
    published: str,
    errors: dict[str, tuple[float, float]],
) -> str:
    with torch.device("meta"):
        parameters = sum(p.numel() for p in MODELS[name](**options).parameters())
    counts = []
    for size in _SIZES:
        sized = {"resolution": size} if _has_resolution(name) else {}
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            model = MODELS[name](**options, **sized).eval()
        counts.append(f"{multiply_adds(model, size):.1f}")
    error = "{:.1e} ({:.1e})".format(*errors[title]) if title in errors else "no fixture"
    return f"| {title} | {parameters:,} | {published} | {error} | {counts[0]} | {counts[1]} |"


def _has_resolution(name: str) -> bool:
    return "resolution" in inspect.signature(MODELS[name]).parameters


def _errors(folder: Path) -> dict[str, tuple[float, float]]:
    """Return the error that comes nearest to its limit, and that limit, of each row."""
    worst: dict[str, tuple[float, float]] = {}
    for outcome in check_fixtures(folder):
        start = max((s for s in _FIXTURES if outcome.name.startswith(s)), key=len, default="")
        row = _FIXTURES.get(start, "")
        old = worst.get(row, (0.0, 1.0))
        if outcome.error / outcome.limit >= old[0] / old[1]:
            worst[row] = outcome.error, outcome.limit
    return worst


if __name__ == "__main__":
    sys.exit(main())
