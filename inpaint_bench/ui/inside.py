"""What the Inside page shows, without a page: which networks can be looked into, what came of
looking, and the pictures of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import torch

from inpaint_bench.errors import InpaintBenchError
from inpaint_bench.explain import (
    Inside,
    flow_picture,
    heat_picture,
    known_picture,
    look_inside,
    sources_picture,
)
from inpaint_bench.explain.rules import fill_by_averaging
from inpaint_bench.imaging import hole_to_tensor, to_tensor, to_uint8, validate_hole
from inpaint_bench.ui.catalogue import Entry
from inpaint_bench.ui.session import Photograph
from inpaint_bench.ui.workshop import Models, run_bounded

if TYPE_CHECKING:
    from inpaint_bench.models import Inpainter

__all__ = ["EDGES", "GATED", "PARTIAL", "STEPS", "Look", "look", "networks"]

PARTIAL, GATED = ("pconv_unet",), ("deepfill_v2", "deepfill_v2_sketch")
EDGES = ("recurrent_sobel", "edge_connect")
STEPS = 12  # of the slider through the layers: the masks of a PConv of depth 6


@dataclass(frozen=True, eq=False)
class Look:
    """One photograph and hole as two networks saw them.

    Attributes:
        picture: HxWx3 uint8.
        hole: HxW bool, True = missing.
        partial, gated, edges: what came of each network; None where there is none.
    """

    picture: np.ndarray
    hole: np.ndarray
    partial: Inside | None
    gated: Inside | None
    edges: Inside | None = None

    @property
    def layers(self) -> list[str]:
        """Names of the masks of partial convolution, first layer first."""
        return [] if self.partial is None else list(self.partial.maps)

    @property
    def gates(self) -> list[str]:
        """Names of the gates of the coarse stage, first layer first."""
        maps = {} if self.gated is None else self.gated.maps
        return [name for name in maps if name.startswith("gate_coarse")]

    def known(self, step: int) -> tuple[np.ndarray, str]:
        """Return the mask at one of `STEPS` steps through the layers, and what it is."""
        if self.partial is None:
            raise InpaintBenchError("expected a PConv network to look into, got none: choose one")
        name = _at(step, self.layers)
        mask = self.partial.maps[name]
        part, number = name.removeprefix("known_").split("_")
        which = {"enc": "encoder", "dec": "decoder"}[part]
        height, width = mask.shape[2:]
        text = (
            f"{which} layer {number}, {width} × {height}: "
            f"{100.0 * float(mask.mean()):.0f} % of the places count as known"
        )
        return known_picture(mask, self.hole.shape, self.partial.padded), text

    def gate(self, step: int) -> tuple[np.ndarray, str]:
        """Return the mean gate at the same share of the way through the coarse stage."""
        if self.gated is None:
            raise InpaintBenchError("expected a DeepFill v2 network, got none: choose one")
        name = _at(step, self.gates)
        values = self.gated.maps[name]
        hole = torch.nn.functional.interpolate(
            hole_to_tensor(self.hole), size=values.shape[2:], mode="nearest"
        )
        inside, outside = _mean(values, hole), _mean(values, 1.0 - hole)
        height, width = values.shape[2:]
        text = (
            f"layer {self.gates.index(name) + 1} of {len(self.gates)}, {width} × {height}: "
            f"mean gate {inside:.2f} in the hole, {outside:.2f} outside"
        )
        return heat_picture(values, self.hole.shape, self.gated.padded), text

    def flow(self) -> np.ndarray:
        """Return the hole coloured by where its patches copy from."""
        gated = self._attended()
        return flow_picture(self.picture, gated.maps["attention"], self.hole, gated.padded)

    def sources(self, place: tuple[int, int] | None) -> np.ndarray:
        """Return the result with the sources of one pixel; by default of the hole's middle."""
        gated = self._attended()
        row, column = place or self._middle()
        return sources_picture(
            to_uint8(gated.image),
            gated.maps["attention"],
            gated.maps["attention_weight"],
            (row, column),
            gated.padded,
        )

    def stages(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the coarse and the refined result, both composited."""
        gated = self._attended()
        coarse = to_uint8(gated.stages["coarse"].clamp(0.0, 1.0))
        pasted = np.where(self.hole[..., None], coarse, self.picture)
        return pasted, to_uint8(gated.image)

    def edge_pictures(self) -> list[tuple[np.ndarray, str]]:
        """Return every map of the network that works on edges, with its name."""
        if self.edges is None:
            return []
        found = {**self.edges.stages, **self.edges.maps}
        return [
            (heat_picture(x.mean(1, keepdim=True), self.hole.shape, self.edges.padded), name)
            for name, x in found.items()
        ]

    def averages(self, rounds: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the photograph after `rounds` of vanilla and of partial averaging."""
        return fill_by_averaging(self.picture, self.hole, rounds)

    def _attended(self) -> Inside:
        if self.gated is None:
            raise InpaintBenchError("expected a DeepFill v2 network, got none: choose one")
        return self.gated

    def _middle(self) -> tuple[int, int]:
        """Return the missing pixel that is nearest to the hole's centre of mass."""
        places = np.argwhere(self.hole)
        nearest = np.abs(places - places.mean(axis=0)).sum(axis=1).argmin()
        return int(places[nearest][0]), int(places[nearest][1])


def networks(entries: Sequence[Entry], architectures: Sequence[str]) -> list[tuple[str, str]]:
    """Return (title, name) of the variants of some architectures, those with weights here first."""
    found = [e for e in entries if e.variant.architecture in architectures]
    found.sort(key=lambda e: e.variant.source != "bundled")
    return [(e.title, e.name) for e in found]


def look(
    photo: Photograph | None,
    hole: np.ndarray,
    models: Models,
    chosen: Mapping[str, str | None],
) -> Look:
    """Run the chosen networks on a photograph.

    Args:
        photo: the visitor's.
        hole: HxW bool of its working size.
        chosen: "partial", "gated", "edges" -> variant or None.

    Raises:
        InpaintBenchError: there is no photograph or no hole, or a network cannot be run, or takes
            too long.
    """
    if photo is None:
        raise InpaintBenchError("expected a photograph, got none: choose one on the Inpaint page")
    validate_hole(hole)
    image, missing = to_tensor(photo.working), hole_to_tensor(hole)

    def run(name: str | None) -> Inside | None:
        return run_bounded(models, name, partial(_run, image, missing)) if name else None

    return Look(
        picture=photo.working,
        hole=hole,
        partial=run(chosen.get("partial")),
        gated=run(chosen.get("gated")),
        edges=run(chosen.get("edges")),
    )


def _run(image: torch.Tensor, hole: torch.Tensor, model: Inpainter) -> Inside:
    return look_inside(model, image, hole, generator=torch.Generator().manual_seed(0))


def _at(step: int, names: Sequence[str]) -> str:
    """Return the name at a step, the same share of the way through for every network."""
    return names[round((step - 1) / (STEPS - 1) * (len(names) - 1))]


def _mean(values: torch.Tensor, where: torch.Tensor) -> float:
    return float((values * where).sum() / where.sum().clamp(min=1.0))
