"""Recurrent Sobel and its discriminator, of jwbaik96."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.layers.sobel import sobel_edges
from inpaint_bench.layers.sobel_discriminator import SobelDiscriminator
from inpaint_bench.models.recurrent_sobel import RecurrentSobel
from inpaint_bench.parity._base import Fixture, Pairs, runner

__all__: list[str] = []

_SIDE = 256  # the discriminator judged pictures of this size


@runner("jwbaik96/Image-inpainting", "WrappingModule")
def _recurrent_sobel(fixture: Fixture) -> Pairs:
    width = [*fixture.arguments, fixture.options.get("cnum")][0]
    model = RecurrentSobel(width)
    model.load_state_dict(CONVERTERS["recurrent_sobel-jwbaik96"](fixture.state))
    coarse, refined, _ = model.eval().network(fixture.tensors["image"], fixture.tensors["hole"])
    return [(coarse, fixture.tensors["coarse"]), (refined, fixture.tensors["refined"])]


@runner("jwbaik96/Image-inpainting .*, Discriminator", "")  # named without a call
@runner("jwbaik96/Image-inpainting", "Discriminator")
def _discriminator(fixture: Fixture) -> Pairs:
    model = SobelDiscriminator()
    model.load_state_dict(CONVERTERS["recurrent_sobel_discriminator-jwbaik96"](fixture.state))
    image = F.interpolate(fixture.tensors["image"], size=(_SIDE, _SIDE), mode="bilinear")
    hole = F.interpolate(fixture.tensors["hole"], size=(_SIDE, _SIDE), mode="nearest")
    theirs = fixture.tensors["edge"]
    edge = sobel_edges(image)[:, : theirs.shape[1], : theirs.shape[2], : theirs.shape[3]]
    with torch.no_grad():
        score = model.eval()(image, hole)
    return [(edge, theirs), (score, fixture.tensors["score"])]
