"""What a fixture is, how one is read, run and judged; what it is run on is filed by `runner`.

A fixture is a pair NAME.json and NAME.safetensors: which reference it was (repository, file,
constructor), the rule that gives its parameters, an input and the output. What a fixture is run
on is found from its `reference`, not its name, so fixtures of other seeds, sizes and options
need no change here.
"""

from __future__ import annotations

import ast
import json
import math
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

from inpaint_bench.errors import DataMissingError, InpaintBenchError

__all__ = [
    "Fixture",
    "Outcome",
    "Pairs",
    "check_fixtures",
    "fill_tensor",
    "read_fixture",
    "runner",
]

_RELATIVE, _ABSOLUTE = 1e-4, 1e-5  # of the reference's deviation; in its own unit


@dataclass(frozen=True)
class Fixture:
    """One reference implementation, run once.

    Attributes:
        name: of the files.
        source: repository, commit and file of the reference.
        constructor: what was called, "Generator".
        arguments: its positional arguments.
        options: its keyword arguments.
        state: the reference's parameters under its own names.
        tensors: inputs and outputs by name.
    """

    name: str
    source: str
    constructor: str
    arguments: tuple[object, ...]
    options: dict[str, object]
    state: dict[str, Tensor]
    tensors: dict[str, Tensor]


@dataclass(frozen=True)
class Outcome:
    """How one fixture came out.

    Attributes:
        name: of the fixture.
        error: largest absolute difference; NaN where nothing could be compared.
        limit: largest difference allowed for that output.
        reason: why nothing could be compared, empty otherwise.
    """

    name: str
    error: float
    limit: float
    reason: str = ""

    @property
    def ok(self) -> bool:
        """Whether every output agrees."""
        return self.error <= self.limit


Pairs = list[tuple[Tensor, Tensor]]  # ours, theirs
RUNNERS: dict[tuple[str, str], Callable[[Fixture], Pairs]] = {}


def check_fixtures(folder: Path) -> Iterator[Outcome]:
    """Run every fixture of a folder, in the order of their names.

    Raises:
        DataMissingError: the folder holds no fixture.
    """
    names = sorted(p.stem for p in folder.glob("*.json") if p.with_suffix(".safetensors").exists())
    if not names:
        raise DataMissingError(
            f"expected parity fixtures (NAME.json and NAME.safetensors) in {folder}, found none"
        )
    for name in names:
        yield _check(folder, name)


@torch.no_grad()
def _check(folder: Path, name: str) -> Outcome:
    try:
        fixture = read_fixture(folder, name)
        compare = _runner_of(fixture)
        if compare is None:
            return Outcome(name, math.nan, math.nan, "no implementation of this reference yet")
        pairs = compare(fixture)
    except (InpaintBenchError, RuntimeError, KeyError, TypeError) as error:
        return Outcome(name, math.nan, math.nan, f"{type(error).__name__}: {error}".split("\n")[0])
    judged = []
    for ours, theirs in pairs:
        if ours.shape != theirs.shape:
            reason = f"shape {tuple(ours.shape)}, expected {tuple(theirs.shape)}"
            return Outcome(name, math.nan, math.nan, reason)
        deviation = float(theirs.std(correction=0))
        judged.append((float((ours - theirs).abs().max()), _RELATIVE * deviation + _ABSOLUTE))
    return Outcome(name, *max(judged, key=lambda pair: pair[0] / pair[1]))


def read_fixture(folder: Path, name: str) -> Fixture:
    """Read one pair of files and build the reference's parameters."""
    table = json.loads((folder / f"{name}.json").read_text())
    tensors = load_file(folder / f"{name}.safetensors")
    constructed = set(table["constructed"])
    state = {}
    for key, shape in table["shapes"].items():
        if f"param/{key}" in tensors:
            state[key] = tensors[f"param/{key}"]
        elif key not in constructed:
            state[key] = fill_tensor(key, tuple(shape), table["salt"], table["gain"])
    source, constructor, arguments, options = _parse_reference(table["reference"])
    outputs = {k: v for k, v in tensors.items() if not k.startswith("param/")}
    return Fixture(name, source, constructor, arguments, options, state, outputs)


def fill_tensor(name: str, shape: tuple[int, ...], salt: str, gain: float) -> Tensor:
    """Return the parameter that the fixtures' rule gives `name`: a stream seeded by its name."""
    if name.endswith("num_batches_tracked"):
        return torch.zeros(shape, dtype=torch.int64)
    stream = np.random.RandomState(zlib.crc32(f"{salt}{name}".encode()))
    noise = torch.from_numpy(np.asarray(stream.standard_normal(shape), dtype=np.float32))
    if name.endswith("noise_const"):  # MI-GAN's fixture: a picture of noise, no kernel
        return noise
    if len(shape) > 1:
        return noise * (gain * math.sqrt(2.0 / math.prod(shape[1:])))
    if name.endswith("running_var"):
        return 1.0 + 0.1 * noise.abs()
    if name.endswith("weight"):
        return 1.0 + 0.1 * noise
    return 0.1 * noise


def _parse_reference(text: str) -> tuple[str, str, tuple[object, ...], dict[str, object]]:
    """Split "repository @ commit file, Name(arguments)" and evaluate the literal arguments."""
    found = re.match(r"(?P<source>[^,]*), (?P<call>\w+\(.*\))", text)
    if found is None:
        return text, "", (), {}
    try:
        call = ast.parse(found["call"], mode="eval").body
        arguments = tuple(ast.literal_eval(a) for a in call.args)
        options = {k.arg: ast.literal_eval(k.value) for k in call.keywords if k.arg}
    except (SyntaxError, ValueError):
        return found["source"], found["call"].partition("(")[0], (), {}
    return found["source"], call.func.id, arguments, options


def runner(source: str, constructor: str) -> Callable:
    """File a function for references whose source matches the pattern `source`."""

    def add(function: Callable[[Fixture], Pairs]) -> Callable[[Fixture], Pairs]:
        RUNNERS[source, constructor] = function
        return function

    return add


def _runner_of(fixture: Fixture) -> Callable[[Fixture], Pairs] | None:
    for (source, constructor), runner in RUNNERS.items():
        if re.search(source, fixture.source) and constructor == fixture.constructor:
            return runner
    return None
