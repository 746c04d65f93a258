"""The strategies for large photographs, by networks so simple that the right result is known."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from torch.nn import functional

from inpaint_bench import inpaint, load
from inpaint_bench._api import choose_strategy
from inpaint_bench.errors import ModelError
from inpaint_bench.models import MODELS, Inpainter
from inpaint_bench.tiling import STRATEGIES
from inpaint_bench.types import Completion, Traits, Variant

ROOT = Path(__file__).resolve().parents[2]
LARGE = [name for name in STRATEGIES if name != "whole"]


class Fake(Inpainter):
    """Gives what `rule` says and keeps the sizes it was shown; trained on 64x64."""

    traits = Traits(title="Fake", family="test", paper="none", sketch=True)

    def __init__(self, rule=None, side=None, resolution=64):
        self.rule = rule or (lambda image, hole, sketch: torch.full_like(image, 0.25))
        self.only, self.seen = side, []
        self.variant = Variant(name="fake", architecture="fake", resolution=resolution)

    @property
    def side(self):
        return self.only

    def complete(self, image, hole, *, sketch=None, generator=None, explain=False):
        assert not image[hole.bool().expand_as(image)].any(), "the hole can be peeked under"
        self.seen.append(tuple(image.shape[-2:]))
        return Completion(self.rule(image, hole, sketch))


def known_mean(image, hole, sketch, radius=3):
    """Fill each pixel with the mean of the known ones within `radius`: a local model."""
    size = 2 * radius + 1
    near = [functional.avg_pool2d(x, size, 1, radius) for x in (image, 1 - hole)]
    return near[0] / near[1].clamp(min=1e-6)


def photograph(height=200, width=330, batch=2):
    """Give smooth photographs with a wide, a small, a thin and a border hole."""
    rows = torch.linspace(0, 3, height).view(1, 1, -1, 1)
    columns = torch.linspace(0, 4, width).view(1, 1, 1, -1)
    phase = torch.arange(batch * 3).view(batch, 3, 1, 1)
    image = 0.5 + 0.4 * torch.sin(rows + columns + phase)
    hole = torch.zeros(batch, 1, height, width)
    hole[0, :, 40:140, 50:150] = 1
    hole[0, :, 180:185, 300:304] = 1
    hole[-1, :, 20:22, 10:320] = 1
    hole[-1, :, 150:, 310:] = 1
    return image, hole


@pytest.mark.parametrize("side", [None, 64])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_known_pixels_stay_exact_and_missing_ones_come_from_the_model(strategy, side):
    image, hole = photograph()
    before = image.clone(), hole.clone()
    result = inpaint(Fake(side=side), image, hole, oversize=strategy)
    missing = hole.bool().expand_as(image)
    assert torch.equal(result[~missing], image[~missing])
    inner = result[0, :, 60:120, 70:130]  # far from what is known, whatever it was shrunk to
    torch.testing.assert_close(inner, torch.full_like(inner, 0.25), rtol=0, atol=1e-6)
    assert torch.equal(image, before[0]) and torch.equal(hole, before[1])


@pytest.mark.parametrize("strategy", ["tile", "subsample"])
def test_a_pointwise_model_gives_what_it_gives_on_the_whole(strategy):
    image, hole = photograph()
    sketch = (torch.rand(hole.shape, generator=torch.Generator().manual_seed(2)) > 0.5).float()

    def rule(image, hole, sketch):
        return (0.3 + 0.5 * sketch).expand_as(image)

    hole[0, :, 40:140, 50:150] = (torch.arange(100) % 2).float()  # leaves no window without known
    whole = inpaint(Fake(rule), image, hole, sketch=sketch, oversize="whole")
    other = inpaint(Fake(rule), image, hole, sketch=sketch, oversize=strategy)
    torch.testing.assert_close(other, whole, rtol=0, atol=1e-6)


def test_tiles_of_a_local_model_show_no_seam_at_all():
    image, hole = photograph()
    hole[0] = (torch.rand(hole[0].shape, generator=torch.Generator().manual_seed(3)) > 0.6).float()
    whole = inpaint(Fake(known_mean), image, hole, oversize="whole")
    tiled = inpaint(Fake(known_mean), image, hole, oversize="tile")
    torch.testing.assert_close(tiled, whole, rtol=0, atol=1e-6)


def test_tiles_of_a_model_that_differs_from_window_to_window_are_blended_without_steps():
    shades = iter(torch.linspace(0, 1, 100))

    def rule(image, hole, sketch):
        return torch.full_like(image, float(next(shades)))

    image = torch.full((1, 3, 64, 300), 0.5)
    hole = torch.zeros(1, 1, 64, 300)
    hole[..., 30, 5:295] = 1
    line = inpaint(Fake(rule), image, hole, oversize="tile")[0, 0, 30, 5:295]
    assert line.max() > line.min()
    assert line.diff().abs().max() <= (1 / 99) / 8 + 1e-6  # one shade over an eighth of a window


def test_tile_runs_once_on_each_window_that_holds_missing_pixels():
    fake = Fake()
    image, hole = torch.full((1, 3, 208, 208), 0.5), torch.zeros(1, 1, 208, 208)
    hole[..., 100:104, 20:24] = 1
    inpaint(fake, image, hole, oversize="tile")
    assert fake.seen == [(64, 64)] * 2  # windows start at 0, 48, 96, 144: rows 100 are in two


@pytest.mark.parametrize("strategy", LARGE)
@pytest.mark.parametrize("side", [None, 64])
def test_no_strategy_shows_more_than_the_trained_number_of_pixels(strategy, side):
    fake = Fake(side=side)
    inpaint(fake, *photograph(), oversize=strategy)
    assert max(height * width for height, width in fake.seen) <= 64 * 64 * 1.05
    if side:
        assert set(fake.seen) == {(64, 64)}


@pytest.mark.parametrize("size", [(64, 64), (40, 50), (20, 300), (300, 20), (130, 90), (7, 9)])
@pytest.mark.parametrize("strategy", [*STRATEGIES, None])
def test_a_model_of_one_size_always_gets_it(strategy, size):
    fake = Fake(side=64)
    image, hole = torch.rand(2, 3, *size), torch.zeros(2, 1, *size)
    hole[..., 2:5, 3:6] = 1
    result = inpaint(fake, image, hole, oversize=strategy)
    assert set(fake.seen) == {(64, 64)}
    known = ~hole.bool().expand_as(image)
    assert torch.equal(result[known], image[known])


def test_crop_fills_a_small_hole_at_full_resolution_and_a_large_one_shrunk_to_the_trained_size():
    fake = Fake(known_mean)
    image, hole = (x[:1] for x in photograph())
    inpaint(fake, image, hole, oversize="crop")
    assert fake.seen == [(64, 64), (64, 64)]
    small = hole.clone()
    small[..., 40:140, 50:150] = 0
    torch.testing.assert_close(
        inpaint(Fake(known_mean), image, small, oversize="crop"),
        inpaint(Fake(known_mean), image, small, oversize="whole"),
    )


def test_crop_keeps_the_resolution_of_long_thin_strokes():
    image, hole = photograph()
    image, hole = image[1:], hole[1:].clone()
    hole[..., 150:, :] = 0
    fake = Fake(known_mean)
    cropped = inpaint(fake, image, hole, oversize="crop")
    whole = inpaint(Fake(known_mean), image, hole, oversize="whole")
    torch.testing.assert_close(cropped, whole, rtol=0, atol=1e-6)
    assert set(fake.seen) == {(64, 64)} and len(fake.seen) <= 8


def test_what_is_enlarged_lies_where_it_belongs():
    image, hole = (x[:1] for x in photograph())

    def rule(shown, hole, sketch):  # the right answer, at the size that is asked for
        size = shown.shape[-2:]
        return functional.interpolate(image, size, mode="bilinear", antialias=True)

    result = inpaint(Fake(rule), image, hole, oversize="resize")
    assert (result - image).abs().max() < 0.02
    hole[..., 180:, :] = 0
    window = image[..., 0:200, 0:200]  # twice the hole, moved into the photograph

    def in_crop(shown, hole, sketch):
        return functional.interpolate(window, shown.shape[-2:], mode="bilinear", antialias=True)

    result = inpaint(Fake(in_crop), image, hole, oversize="crop")
    assert (result - image).abs().max() < 0.02


def test_subsample_shows_every_s_th_pixel_as_shi_et_al_do():
    image, hole = photograph(128, 128, batch=1)
    hole[:] = 0
    hole[..., 0, 0] = hole[..., 1, 0] = 1
    shown = []

    def rule(seen, hole, sketch):
        shown.append(seen.clone())
        return seen

    inpaint(Fake(rule), image, hole, oversize="subsample")
    phases = functional.pixel_unshuffle(image * (1 - hole), 2).view(1, 3, 4, 64, 64)
    assert len(shown) == 2
    assert torch.equal(shown[0], phases[:, :, 0]) and torch.equal(shown[1], phases[:, :, 2])


@pytest.mark.parametrize("strategy", LARGE)
def test_a_hole_that_leaves_hardly_anything_known_is_filled_too(strategy):
    image = torch.full((1, 3, 200, 150), 0.5)
    hole = torch.ones(1, 1, 200, 150)
    hole[..., 100:103, 70:75] = 0
    result = inpaint(Fake(known_mean), image, hole, oversize=strategy)
    assert torch.isfinite(result).all()


@pytest.mark.parametrize("strategy", LARGE)
def test_scattered_pixels_are_filled(strategy):
    image = torch.full((1, 3, 200, 150), 0.5)
    hole = (torch.rand(1, 1, 200, 150, generator=torch.Generator().manual_seed(0)) > 0.9).float()
    result = inpaint(Fake(known_mean), image, hole, oversize=strategy)
    torch.testing.assert_close(result, image)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((64, 64), "whole"), ((128, 128), "whole"), ((100, 160), "whole"), ((128, 129), "crop")],
)
def test_by_default_a_model_sees_the_whole_up_to_twice_its_trained_side(size, expected):
    assert choose_strategy(Fake(), size)[0] == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("mean_colour", "whole"),
        ("telea", "whole"),
        ("navier_stokes", "whole"),
        ("patchmatch", "whole"),
        ("biharmonic", "crop"),  # its equations of a large hole would fill the memory
        ("pconv_unet-scenes128", "crop"),
        ("deepfill_v2-scenes128", "crop"),
    ],
)
def test_the_default_for_twelve_megapixels_is_bounded_for_every_bundled_method(name, expected):
    assert choose_strategy(load(name), (3000, 4000))[0] == expected


@pytest.mark.parametrize("trained", [256, 512])
def test_a_network_whose_default_is_whole_is_cropped_to_a_bearable_size(trained):
    fake = Fake(resolution=trained)
    fake.traits = dataclasses.replace(Fake.traits, oversize="whole")
    assert choose_strategy(fake, (1024, 1024))[0] == "whole"
    strategy, frame = choose_strategy(fake, (3000, 4000))
    assert strategy == "crop" and frame.side == 1024


def test_whole_means_whole_at_any_size_and_an_unknown_strategy_is_told():
    assert choose_strategy(Fake(), (3000, 4000), "whole")[0] == "whole"
    assert choose_strategy(Fake(side=64), (3000, 4000), "whole")[0] == "resize"
    with pytest.raises(ModelError, match="'crop'.*'tiles'"):
        inpaint(Fake(), *photograph(), oversize="tiles")


@pytest.mark.parametrize("name", list(MODELS))
def test_every_architecture_declares_a_strategy(name):
    assert MODELS[name].traits.oversize in STRATEGIES


def test_twelve_megapixels_take_no_more_memory_than_the_result_and_a_map():
    code = (
        "import resource, sys, torch\n"
        "torch.set_num_threads(1)\n"
        "sys.path[:0] = ['.', 'tests/tiling']\n"
        "from inpaint_bench import inpaint\n"
        "from test_tiling import Fake\n"
        "image, hole = torch.rand(1, 3, 3000, 4000), torch.zeros(1, 1, 3000, 4000)\n"
        "hole[..., 100:1500, 200:1700] = 1\n"
        "hole[..., 2500:2504, 10:3990] = 1\n"
        "corner = image[..., :512, :512], hole[..., :512, :512]\n"
        "inpaint(Fake(resolution=256), *corner)\n"
        "for strategy in ('tile', 'crop', 'subsample'):\n"
        "    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "    fake = Fake(resolution=256)\n"
        "    result = inpaint(fake, image, hole, oversize=strategy)\n"
        "    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "    print(strategy, (after - before) * 1024, result.numel() * 4, len(fake.seen))\n"
        "    del result\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert len(lines) == 3
    for strategy, more, size, runs in lines:  # the peak only grows: each may add to the last
        assert int(more) < int(size) + 130e6, (strategy, more)
        assert int(runs) > 1


def test_a_benchmark_shows_every_model_its_test_set_s_own_size():
    source = "".join(path.read_text() for path in (ROOT / "inpaint_bench/bench").glob("*.py"))
    calls = re.findall(r"[^\w.]inpaint\(.*?\)", source, flags=re.DOTALL)
    assert calls and all('oversize="whole"' in call for call in calls)
