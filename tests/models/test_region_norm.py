"""RegionNorm: the size of its paper's network, and regions that do not see each other."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench.models import region_norm
from inpaint_bench.models.region_norm import RegionNorm


def seeded(seed=1):
    return torch.Generator().manual_seed(seed)


def small(**options):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return RegionNorm(width=4, blocks=2, **options)


def test_the_published_network_has_the_parameters_of_lamas_table():
    with torch.device("meta"):
        count = sum(p.numel() for p in RegionNorm().parameters())
    assert count == 11_596_591  # as the authors' code counts
    assert round(count / 1e6) == 12  # LaMa's table 1


def test_layers_have_the_sizes_of_the_published_code():
    model, sizes = RegionNorm(blocks=1).eval(), []
    layers = [*model.encoder, *model.middle, *model.decoder, model.head]
    for layer in layers:
        layer.register_forward_hook(lambda m, i, o: sizes.append(tuple(o.shape[1:])))
    with torch.no_grad():
        model(torch.rand(1, 3, 32, 16), torch.ones(1, 1, 32, 16))
    down = [(64, 32, 16), (128, 16, 8), (256, 8, 4)]
    assert sizes == [*down, (256, 8, 4), (128, 16, 8), (64, 32, 16), (3, 32, 16)]


@pytest.mark.parametrize("pooled", [True, False])
def test_regions_are_those_of_batch_norm_over_each_region_filled_with_its_mean(pooled):
    # The definition: fill the other region with this one's mean, normalise everything, and
    # multiply by the root of the region's share (section 3.1 of the paper and its code).
    x = torch.randn(3, 5, 9, 7, generator=seeded(), dtype=torch.float64) * 3 + 2
    inside = torch.rand(3, 1, 9, 7, generator=seeded(2)) > 0.7
    inside[1] = False  # a picture without one of the regions
    batches = [(x, inside)] if pooled else list(zip(x.split(1), inside.split(1), strict=True))
    expected = []
    for values, chosen in batches:
        total = torch.zeros_like(values)
        for region in (chosen.expand_as(values), ~chosen.expand_as(values)):
            if not region.any():
                continue
            count = region[:, 0].sum()
            mean = (values * region).sum((0, 2, 3), keepdim=True) / count
            filled = torch.where(region, values, mean)
            normed = torch.nn.functional.batch_norm(filled, None, None, training=True)
            total += (
                torch.where(region, normed, 0.0) * (count.double() / region[:, 0].numel()).sqrt()
            )
        expected.append(total)
    found = region_norm._normalise_regions(x, inside, pooled=pooled)
    torch.testing.assert_close(found, torch.cat(expected), rtol=1e-9, atol=1e-9)


@torch.no_grad()
def test_missing_places_do_not_move_the_statistics_of_known_ones():
    norm = region_norm._BasicNorm(4).eval()
    hole = torch.zeros(1, 1, 16, 16)
    hole[..., 4:12, 4:12] = 1
    x = torch.randn(1, 4, 8, 8, generator=seeded())
    small_hole = hole[..., ::2, ::2].bool().expand_as(x)
    other = torch.where(small_hole, 50.0 * x - 7.0, x)
    assert torch.equal(norm(x, hole)[~small_hole], norm(other, hole)[~small_hole])
    torch.testing.assert_close(norm(x, hole), norm(other, hole), rtol=0, atol=1e-4)


@torch.no_grad()
def test_both_shifts_are_added_everywhere_as_in_the_released_code():
    norm = region_norm._BasicNorm(2).eval()
    norm.hole_shift.fill_(0.25)
    norm.known_shift.fill_(0.5)
    hole = torch.zeros(1, 1, 8, 8)
    hole[..., :4] = 1
    x = torch.randn(1, 2, 8, 8, generator=seeded())
    y = norm(x, hole)
    for half in (y[..., :4], y[..., 4:]):
        torch.testing.assert_close(half.mean(dim=(2, 3)), torch.full((1, 2), 0.75))


@torch.no_grad()
def test_maps_are_the_regions_above_the_threshold():
    image, hole = torch.rand(2, 3, 32, 32, generator=seeded()), torch.zeros(2, 1, 32, 32)
    hole[..., 8:20, 8:20] = 1
    model = small(threshold=0.5).eval()
    maps = model(image, hole, explain=True).maps
    names = ["block_1_1", "block_1_2", "block_2_1", "block_2_2", "up_1", "up_2"]
    assert list(maps) == [f"region_{name}" for name in names]
    assert [x.shape[-1] for x in maps.values()] == [8, 8, 8, 8, 16, 32]
    for x in maps.values():
        assert x.shape[:2] == (2, 1) and set(x.unique().tolist()) <= {0.0, 1.0}
    assert maps["region_block_1_1"].any()
    never = small(threshold=1.1).eval()(image, hole, explain=True).maps
    assert not any(never[f"region_block_{i}_{j}"].any() for i in (1, 2) for j in (1, 2))
    assert not any(m._forward_hooks for m in model.modules())


def test_training_gives_gradients_to_every_parameter_under_autocast():
    model = small().train()
    image, hole = torch.rand(2, 3, 32, 32, generator=seeded()), torch.zeros(2, 1, 32, 32)
    hole[..., 8:20, 8:20] = 1
    with torch.autocast("cpu", dtype=torch.bfloat16):
        done = model(image, hole)
    done.image.square().mean().backward()
    assert done.image.dtype == torch.float32
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in model.parameters())
