"""RegionWise: the size of its network, and layers that see known and missing places apart."""

from __future__ import annotations

import torch

from inpaint_bench.models.region_wise import RegionWise, _aligned, _RegionConv


def seeded(seed=1):
    return torch.Generator().manual_seed(seed)


def test_the_published_network_has_the_parameters_of_lamas_table_to_a_decimal_point():
    with torch.device("meta"):
        count = sum(p.numel() for p in RegionWise().parameters())
    assert count == 2_830_083 + 1_875_971  # layer by layer in the published code
    assert round(count / 1e5) == 47  # LaMa's table 1 says 47 million; the digits are those of 4.7


@torch.no_grad()
def test_layers_have_the_sizes_of_the_published_code():
    model, sizes = RegionWise().eval(), {}
    for name in ("inference", "perception"):
        part = getattr(model, name)
        sizes[name] = []
        for layer in [*part.encoder.down, *part.encoder.dilated, *part.encoder.join, *part.up]:
            layer.register_forward_hook(
                lambda m, i, o, into=sizes[name]: into.append((o.shape[1], o.shape[3]))
            )
    model(torch.rand(1, 3, 64, 64), torch.ones(1, 1, 64, 64))
    encoder = [(32, 64), (64, 32), (64, 32)] + [(128, 16)] * 9
    assert sizes["inference"] == [*encoder, (128, 32), (128, 32), (128, 64)]
    assert sizes["perception"] == [*encoder, (64, 32), (64, 32), (32, 64), (16, 64)]


@torch.no_grad()
def test_the_encoder_is_seen_only_where_pixels_are_known():
    layer = _RegionConv(2 * 4 + 3, 4)
    own, skip = (torch.randn(1, c, 8, 8, generator=seeded(c)) for c in (4, 3))
    known = torch.ones(1, 1, 8, 8)
    known[..., 4:] = 0
    changed = skip.clone()
    changed[..., 4:] += 100.0
    assert torch.equal(layer(own, skip, known), layer(own, changed, known))
    # and the other weights are for missing places: without any, they do nothing
    before = layer(own, skip, torch.ones_like(known))
    layer.conv.weight[:, 7:] = 5.0
    assert torch.equal(before, layer(own, skip, torch.ones_like(known)))


def test_masks_shrink_from_the_first_pixel_to_the_last():
    row = torch.arange(8.0).view(1, 1, 1, 8)
    # 7/3 apart: 0, 2.33, 4.67, 7, each to the nearest
    assert _aligned(row, 1, 4).flatten().tolist() == [0.0, 2.0, 5.0, 7.0]


def test_training_gives_gradients_to_every_parameter_under_autocast():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        model = RegionWise(width=4).train()
    image, hole = torch.rand(2, 3, 32, 32, generator=seeded()), torch.zeros(2, 1, 32, 32)
    hole[..., 8:20, 8:20] = 1
    with torch.autocast("cpu", dtype=torch.bfloat16):
        done = model(image, hole)
    assert done.image.dtype == torch.float32 and list(done.stages) == ["coarse"]
    (done.image.square().mean() + done.stages["coarse"].mean()).backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in model.parameters())
