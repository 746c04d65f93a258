"""CoModGAN: the size of its network, where its randomness comes from, and its one size."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench.errors import ImageError, ModelError
from inpaint_bench.models.co_mod_gan import CoModGAN


def small(**options):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return CoModGAN(32, width=16, latent=8, **options)


def seeded(seed=1):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def picture():
    image, hole = torch.rand(1, 3, 32, 32, generator=seeded()), torch.zeros(1, 1, 32, 32)
    hole[..., 8:24, 4:20] = 1
    return image, hole


def test_with_its_discriminator_it_has_the_parameters_of_lamas_table():
    with torch.device("meta"):
        generator = sum(p.numel() for p in CoModGAN().parameters())
    # The discriminator of the authors' code, which LaMa's table counts with the generator:
    # convolutions of 3x3 and, as skips, 1x1; the last one sees a deviation beside 512 channels.
    widths = [64, 128, 256, 512, 512, 512, 512, 512]  # at 512, 256, ..., 4
    critic = 4 * 64 + 64
    for i, o in zip(widths, widths[1:], strict=False):
        critic += 9 * i * i + i + 9 * i * o + o + i * o
    critic += 9 * 513 * 512 + 512 + 16 * 512 * 512 + 512 + 512 + 1
    assert generator == 79_792_231
    assert round((generator + critic) / 1e6) == 109  # LaMa's table 1


@torch.no_grad()
def test_a_seed_decides_the_result_and_known_pixels_are_put_in(picture):
    image, hole = picture
    model = small().eval()
    first, again, other = (model(image, hole, generator=seeded(s)).image for s in (1, 1, 2))
    assert torch.equal(first, again) and not torch.equal(first, other)
    known = (1.0 - hole).bool().expand_as(image)
    torch.testing.assert_close(first[known], image[known], rtol=0, atol=1e-6)


@torch.no_grad()
def test_pictures_of_a_batch_share_their_randomness_outside_training(picture):
    image, hole = (x.expand(2, -1, -1, -1) for x in picture)
    result = small().eval()(image, hole, generator=seeded()).image
    torch.testing.assert_close(result[0], result[1], rtol=0, atol=1e-5)


@torch.no_grad()
def test_dropout_may_be_left_to_training(picture):
    model = small().eval()
    model.mapping[-1].weight.zero_()  # so that the random vector says nothing
    both = [model.network(*picture, generator=seeded(s)) for s in (1, 2)]
    assert not torch.equal(*both)
    model.dropout = False
    both = [model.network(*picture, generator=seeded(s)) for s in (1, 2)]
    assert torch.equal(*both)
    model.start_styled.noise_strength.fill_(1.0)
    both = [model.network(*picture, generator=seeded(s)) for s in (1, 2)]
    assert not torch.equal(*both)


@torch.no_grad()
def test_layers_have_the_sizes_of_the_published_network():
    model, sizes = CoModGAN(128).eval(), []
    for part in (*model.encoder.keep, *model.blocks):
        part.register_forward_hook(
            lambda m, i, o: sizes.append(tuple((o[0] if isinstance(o, tuple) else o).shape[1:]))
        )
    model(torch.rand(1, 3, 128, 128), torch.ones(1, 1, 128, 128))
    down = [(256, 128, 128)] + [(512, s, s) for s in (64, 32, 16, 8, 4)]
    assert sizes == down + down[-2::-1]
    assert model.encoder.whole.weight.shape == (1024, 512 * 16)
    assert model.start_styled.conv.affine.weight.shape == (512, 512 + 1024)


def test_training_draws_for_each_picture_and_reaches_every_parameter(picture):
    model = small().train()
    image, hole = (x.expand(2, -1, -1, -1) for x in picture)
    done = model(image, hole)
    assert not torch.equal(done.image[0], done.image[1])
    done.image.square().mean().backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in model.parameters())


def test_other_sizes_are_refused(picture):
    assert CoModGAN.traits.multiple == 512
    with pytest.raises(ImageError, match="expected a picture of 64x64, got 32x32"):
        CoModGAN(64, width=8, latent=8)(*picture)
    for resolution in (4, 96):
        with pytest.raises(ModelError, match="resolution of 8, 16, 32"):
            CoModGAN(resolution)
