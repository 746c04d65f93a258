"""MADF: the size of its network, and kernels that follow from the hole."""

from __future__ import annotations

import torch
from torch.nn import functional as F

from inpaint_bench.models.madf import MADF, _DynamicConv2d


def seeded(seed=1):
    return torch.Generator().manual_seed(seed)


def small():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return MADF(width=8)


def test_the_published_network_has_the_parameters_of_lamas_table():
    with torch.device("meta"):
        count = sum(p.numel() for p in MADF().parameters())
    # As the authors' code counts, less the encoder's batch norms that it never calls: scale and
    # shift of layers with 16, 32, 64 and four times 128 channels.
    assert count == 85_141_214 - 2 * (16 + 32 + 64 + 4 * 128)
    assert round(count / 1e6) == 85  # LaMa's table 1


@torch.no_grad()
def test_a_dynamic_convolution_is_one_with_a_kernel_of_its_own_at_each_place():
    layer = _DynamicConv2d(5, 4, 3, mask_channels=2)
    x, mask = (torch.randn(2, c, 8, 6, generator=seeded(c)) for c in (5, 2))
    found, features = layer(x, mask)
    torch.testing.assert_close(features, layer.mask(mask).relu())
    parts = layer.kernels.weight.view(17, 4, 5, 3, 3)
    padded = F.pad(x, (1, 1, 1, 1))
    for b, i, j in [(0, 0, 0), (0, 3, 2), (1, 2, 1)]:
        window = padded[b, :, 2 * i : 2 * i + 3, 2 * j : 2 * j + 3]
        kernel = torch.einsum("h,hocyx->ocyx", features[b, :, i, j], parts[:-1]) + parts[-1]
        expected = (kernel * window).sum(dim=(1, 2, 3)).relu()
        torch.testing.assert_close(found[b, :, i, j], expected, rtol=1e-4, atol=1e-5)


@torch.no_grad()
def test_layers_have_the_sizes_of_the_published_code():
    model, sizes = MADF().eval(), {"encoder": [], "recovery": [], "refinements": []}
    layers = {"encoder": model.encoder, "recovery": model.recovery}
    layers["refinements"] = model.refinements[1]
    for name, part in layers.items():
        for layer in part:
            layer.register_forward_hook(
                lambda m, i, o, name=name: sizes[name].append(
                    tuple((o[0] if isinstance(o, tuple) else o).shape[1:])
                )
            )
    model(torch.rand(1, 3, 128, 128), torch.ones(1, 1, 128, 128))
    thin = [16, 32, 64, 128, 128, 128, 128]
    assert sizes["encoder"] == [(c, 64 >> i, 64 >> i) for i, c in enumerate(thin)]
    wide = [512, 512, 512, 256, 128, 64]
    rising = [(c, 2 << i, 2 << i) for i, c in enumerate(wide)]
    assert sizes["recovery"] == [*rising, (3, 128, 128)]
    assert sizes["refinements"] == rising


@torch.no_grad()
def test_the_hole_changes_the_kernels_even_where_no_pixel_changes():
    model = small().eval()
    black = torch.tensor(model.mean.flatten().tolist()).view(1, 3, 1, 1)  # 0 once normalised
    image = black.expand(1, 3, 128, 128).contiguous()
    holes = [torch.zeros(1, 1, 128, 128) for _ in range(2)]
    holes[1][..., 30:60, 30:60] = 1
    first, second = (model(image, hole).image for hole in holes)
    assert not torch.equal(first, second)


def test_training_gives_gradients_to_every_parameter():
    model = small().train()
    image, hole = torch.rand(2, 3, 256, 128, generator=seeded()), torch.zeros(2, 1, 256, 128)
    hole[..., 40:90, 30:80] = 1
    done = model(image, hole)
    assert list(done.stages) == ["coarse", "refined"]
    (done.image.mean() + sum(x.mean() for x in done.stages.values())).backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in model.parameters())
