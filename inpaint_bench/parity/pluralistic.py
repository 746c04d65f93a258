"""Pluralistic's encoder and generator, each alone.

Their constructors' options are read from the shapes of the parameters: the fixtures write some
of them as bare words.
"""

from __future__ import annotations

from inpaint_bench.converters import CONVERTERS
from inpaint_bench.models.pluralistic import PluralisticEncoder, PluralisticGenerator
from inpaint_bench.parity._base import Fixture, Pairs, runner

__all__: list[str] = []

_SOURCE = r"Pluralistic-Inpainting.* model/network\.py"


def _count(state: dict, stem: str) -> int:
    return len({name.split(".")[1] for name in state if name.startswith(f"{stem}.")})


@runner(_SOURCE, "define_e")
def _encoder(fixture: Fixture) -> Pairs:
    state = CONVERTERS["pluralistic-encoder"](fixture.state)
    encoder = PluralisticEncoder(
        len(state["first.conv1.bias"]),
        widest=len(state["prior.conv1.bias"]),
        latent=len(state["prior.conv2.bias"]) // 2,
        refinements=_count(state, "infer"),
    )
    encoder.load_state_dict(state)
    tensors = fixture.tensors
    features = encoder.eval()((tensors["image"] * 2.0 - 1.0) * (1.0 - tensors["hole"]))
    prior = encoder.prior_of(features[-1])
    return [
        (features[2], tensors["feature_2"]),
        (features[-1], tensors["feature_last"]),
        (prior.mean, tensors["mu"]),
        (prior.deviation, tensors["sigma"]),
    ]


@runner(_SOURCE, "define_g")
def _generator(fixture: Fixture) -> Pairs:
    state = CONVERTERS["pluralistic-generator"](fixture.state)
    generator = PluralisticGenerator(
        len(state["decoder.4.conv1.bias"]),
        widest=len(state["decoder.0.conv1.bias"]),
        latent=state["lift.0.conv1.weight"].shape[1],
        scales=_count(state, "heads"),
        refinements=_count(state, "lift") - 1,
    )
    generator.load_state_dict(state)
    tensors = fixture.tensors
    pictures = generator.eval()(
        tensors["z"], tensors["feature_m"], tensors["feature_e"], tensors["known_small"]
    )
    return [(picture, tensors[f"output_{i}"]) for i, picture in enumerate(pictures)]
