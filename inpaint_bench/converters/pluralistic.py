"""Pluralistic weights of lyndonzheng/Pluralistic-Inpainting: an encoder's file, a generator's.

The authors register each convolution of a block twice, under its own name and in a list; PyTorch
writes both and, reading, keeps the later one, so the names of the lists count here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from torch import Tensor

from inpaint_bench.converters._base import CONVERTERS, rename
from inpaint_bench.converters._checkpoint import fold_spectral, pick_file, unwrap
from inpaint_bench.errors import WeightsError

__all__ = ["from_both", "from_encoder", "from_generator"]

# Places in the authors' lists of conv1, conv2 and bypass, by the kind of block.
_FIRST = ("model.0", "model.2", "shortcut.1")
_PLAIN = ("model.1", "model.3", "shortcut.0")
_UP = ("model.2", "model.5", "shortcut.0")
_HEAD = ("model.2",)
_CONVOLUTIONS = ("conv1", "conv2", "bypass")
_LAYERS = 5


class _Names:
    """Their layers and ours, and their second names."""

    def __init__(self) -> None:
        self.ours: dict[str, str] = {}
        self.again: dict[str, str] = {}

    def add(self, theirs: str, ours: str, places: tuple[str, ...]) -> None:
        """File one block, whose convolutions stand at `places`."""
        for name, place in zip(_CONVOLUTIONS, places, strict=False):
            self.again[f"{theirs}.{name}.module"] = f"{theirs}.{place}.module"
            own = ours if places is _HEAD else f"{ours}.{name}"
            self.ours[f"{theirs}.{place}.module"] = own

    def convert(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Drop second names, fold spectral norms and rename."""
        bare = self._once(unwrap(state))
        # the authors' layer takes a step of the power iteration in every pass
        folded = fold_spectral(bare, "weight_bar", dim=lambda layer: 0, iterate=True)
        return rename(folded, self.ours)

    def _once(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Leave out what a first name holds, after a look that either name holds the same."""
        either = self.again | {second: first for first, second in self.again.items()}
        for name in state:
            layer, _, leaf = name.rpartition(".")
            if layer in either and f"{either[layer]}.{leaf}" not in state:
                raise WeightsError(f"these weights lack {f'{either[layer]}.{leaf}'!r}")
        return {n: t for n, t in state.items() if n.rpartition(".")[0] not in self.again}


def _numbers(state: Mapping[str, Tensor], stem: str) -> Iterator[int]:
    """Give the numbers of `stem0`, `stem1`, ... in the names of `state`, without a gap."""
    pattern = re.compile(rf"(?:module\.)?{stem}(\d+)\.")
    yield from range(len({found[1] for name in state if (found := pattern.match(name))}))


@CONVERTERS.register("pluralistic-encoder")
def from_encoder(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert `*_net_E.pth`, for `Pluralistic().encoder`."""
    names = _Names()
    names.add("block0", "first", _FIRST)
    for i in range(_LAYERS - 1):
        names.add(f"encoder{i}", f"down.{i}", _PLAIN)
    for i in _numbers(state, "infer_prior"):
        names.add(f"infer_prior{i}", f"infer.{i}", _PLAIN)
    for part in ("posterior", "prior"):
        names.add(part, part, _PLAIN)
    return names.convert(state)


@CONVERTERS.register("pluralistic-generator")
def from_generator(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert `*_net_G.pth`, for `Pluralistic().generator`."""
    names = _Names()
    names.add("generator", "lift.0", _PLAIN)
    for i in _numbers(state, "generator"):
        names.add(f"generator{i}", f"lift.{i + 1}", _PLAIN)
    for i in range(_LAYERS):
        names.add(f"decoder{i}", f"decoder.{i}", _UP)
        names.ours |= {f"decoder{i}.model.{2 * j + j}": f"decoder.{i}.norm{j + 1}" for j in (0, 1)}
    scales = len(list(_numbers(state, "out")))
    for i in range(scales):
        names.add(f"out{_LAYERS - scales + i}", f"heads.{i}", _HEAD)
    names.ours |= {"attn1": "attention", "attn1.query_conv": "attention.query"}
    names.add("attn1.model", "mix", _PLAIN)
    return names.convert(state)


@CONVERTERS.register("pluralistic-lyndonzheng")
def from_both(files: Mapping[str, Mapping]) -> dict[str, Tensor]:
    """Convert both files of a release, for `Pluralistic()`; its critics' files are left out.

    Args:
        files: what each file holds, by its name: `latest_net_E.pth`, `latest_net_G.pth`.

    Raises:
        WeightsError: a file is missing, or a tensor of one is unexpected or missing.
    """
    encoder = from_encoder(pick_file(files, "net_E"))
    generator = from_generator(pick_file(files, "net_G"))
    return {
        **{f"encoder.{name}": tensor for name, tensor in encoder.items()},
        **{f"generator.{name}": tensor for name, tensor in generator.items()},
    }
