"""MAT: where its randomness comes from, what its masks say, and its one size."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench.errors import ImageError, ModelError
from inpaint_bench.models.mat import MAT


@pytest.fixture(scope="module")
def model():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return MAT(128, width=16, channels=12, latent=16).eval()


@pytest.fixture(scope="module")
def picture():
    generator = torch.Generator().manual_seed(1)
    image, hole = torch.rand(1, 3, 128, 128, generator=generator), torch.zeros(1, 1, 128, 128)
    hole[..., 40:104, 16:80] = 1
    return image, hole


def seeded(seed):
    return torch.Generator().manual_seed(seed)


@torch.no_grad()
def test_a_seed_decides_the_result_and_known_pixels_are_put_in(model, picture):
    image, hole = picture
    first, again, other = (model(image, hole, generator=seeded(s)) for s in (1, 1, 2))
    assert torch.equal(first.image, again.image)
    assert not torch.equal(first.image, other.image)
    known = (1.0 - hole).bool().expand_as(image)
    for result in (first.image, first.stages["coarse"]):
        torch.testing.assert_close(result[known], image[known], rtol=0, atol=1e-6)


@torch.no_grad()
def test_pictures_of_a_batch_share_their_randomness_outside_training(model, picture):
    image, hole = (x.expand(2, -1, -1, -1) for x in picture)
    result = model(image, hole, generator=seeded(1)).image
    torch.testing.assert_close(result[0], result[1], rtol=0, atol=1e-5)


@torch.no_grad()
def test_truncation_of_zero_takes_the_mean_style_whatever_the_vector():
    model = MAT(128, width=8, channels=6, latent=8, truncation=0.0).eval()
    model.mapping.w_avg.normal_(generator=seeded(3))
    a, b = (model.mapping(torch.randn(1, 8), model.truncation) for _ in range(2))
    torch.testing.assert_close(a, model.mapping.w_avg[None])
    assert torch.equal(a, b)


@torch.no_grad()
def test_maps_follow_the_known_tokens_until_all_are_known(model, picture):
    maps = model(*picture, generator=seeded(1), explain=True).maps
    assert list(maps) == [
        "known_stem",
        "known_down_1",
        "known_stage_1_block_1",
        "known_stage_1_block_2",
        "known_stage_1_conv",
        "known_stage_2_resampled",
        "known_stage_2_block_1",
        "known_stage_2_block_2",
        "known_stage_2_block_3",
        "known_stage_2_conv",
    ]
    sides = [x.shape[-1] for x in maps.values()]
    assert sides == [128, 64, 64, 64, 64, 32, 32, 32, 32, 32]
    for x in maps.values():
        assert x.shape[:2] == (1, 1) and set(x.unique().tolist()) <= {0.0, 1.0}
    shares = [float(x.mean()) for x in maps.values()]
    assert 0.7 < shares[0] < 0.8 and shares == sorted(shares) and shares[-1] == 1.0
    assert not any(m._forward_hooks for m in model.modules())


def test_training_gives_gradients_to_both_stages_and_follows_the_mean_style():
    model = MAT(128, width=8, channels=6, latent=8).train()
    image, hole = torch.rand(1, 3, 128, 128), torch.ones(1, 1, 128, 128)
    hole[..., :64] = 0
    done = model(image, hole)
    (done.image.mean() + done.stages["coarse"].mean()).backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in model.parameters())
    assert model.mapping.w_avg.abs().sum() > 0


def test_other_sizes_and_options_are_refused(model):
    assert model.side == 128 and MAT.traits.multiple == 512
    with pytest.raises(ImageError, match="expected a picture of 128x128, got 64x128"):
        model(torch.rand(1, 3, 64, 128), torch.ones(1, 1, 64, 128))
    with pytest.raises(ModelError, match="resolution of 128, 256, 512"):
        MAT(64)
    with pytest.raises(ModelError, match="multiple of 6, got 20"):
        MAT(128, channels=20)
