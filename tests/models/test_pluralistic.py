"""Pluralistic against the published size, its distribution, and the two paths of training."""

from __future__ import annotations

import math

import pytest
import torch

from inpaint_bench.layers.spectral_norm import fold_spectral_norm
from inpaint_bench.models.pluralistic import Pluralistic, picture_pyramid


def small(**options):
    torch.manual_seed(0)
    return Pluralistic(8, latent=6, **options)


@pytest.fixture(scope="module")
def pictures():
    generator = torch.Generator().manual_seed(3)
    hole = torch.zeros(2, 1, 64, 96)
    hole[0, :, 16:48, 16:64] = 1
    hole[1, :, :, 80:] = 1
    return torch.rand(2, 3, 64, 96, generator=generator), hole


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)


def test_encoder_and_generator_have_the_size_of_the_released_ones():
    with torch.device("meta"):
        model = Pluralistic()
    # The fixtures of the authors' code count 7,208,448 and 4,741,772 parameters with every
    # convolution of a block twice; the norms, attention's query and its two weights once.
    encoder = sum(p.numel() for p in model.encoder.parameters())
    generator = sum(p.numel() for p in model.generator.parameters())
    norms = 2 * (128 + 128 + 128 + 128 + 131 + 128 + 131 + 64 + 67 + 32)
    once = norms + (128 * 32 + 32) + 2
    assert 2 * encoder == 7_208_448
    assert 2 * generator - once == 4_741_772


@torch.no_grad()
def test_features_halve_five_times_and_pictures_double_three_times():
    model = small().eval()
    image, hole, noise = torch.rand(1, 3, 64, 96), torch.zeros(1, 1, 64, 96), torch.zeros(())
    features = model.encoder(image)
    shapes = [tuple(feature.shape[1:]) for feature in features]
    assert shapes == [(8, 32, 48), (16, 16, 24), (32, 8, 12), (32, 4, 6), (32, 2, 3)]
    sizes = [tuple(p.shape[2:]) for p in model.network(image, hole, noise)]
    assert sizes == [(8, 12), (16, 24), (32, 48), (64, 96)]


@torch.no_grad()
def test_a_result_is_a_matter_of_its_seed(pictures):
    model = small().eval()
    first, again, other = (model(*pictures, generator=seeded(s)).image for s in (1, 1, 2))
    assert torch.equal(first, again)
    assert (first - other).abs().max() > 1e-4


@torch.no_grad()
def test_a_draw_is_the_mean_plus_deviations_of_the_prior(pictures):
    model = small().eval()
    image, hole = pictures
    deepest = model.encoder((image * 2 - 1) * (1 - hole))[-1]
    prior = model.encoder.prior_of(deepest)
    assert (prior.deviation > 0).all()
    noise = torch.randn(1, 6, 2, 3, generator=seeded(5))
    assert torch.equal(prior.at(noise), prior.mean + prior.deviation * noise)
    drawn = model.network(image, hole, noise)[-1]
    done = model(image, hole, generator=seeded(5)).image
    torch.testing.assert_close(done, (drawn + 1) / 2, rtol=0, atol=1e-6)


@torch.no_grad()
def test_attention_points_at_known_places(pictures):
    image, hole = pictures
    maps = small().eval()(image, hole, generator=seeded(), explain=True).maps
    places, weights = maps["attention"], maps["attention_weight"]
    assert places.shape == weights.shape == (2, 5, 8, 12)
    assert (weights.diff(dim=1) <= 0).all() and weights.min() >= 0
    hidden = torch.zeros(8, 12, dtype=torch.bool)
    hidden[3:5, 3:7] = True  # well inside the hole of the first picture
    assert not hidden.flatten()[places[0].flatten()].any()


def test_the_two_paths_share_the_known_part_and_differ_in_the_latent_grid(pictures):
    image, hole = pictures
    model = small().train()
    paths = model.network_training(image, hole, generators=[seeded(), seeded()])
    assert [p.shape[2:] for p in paths.drawn] == [p.shape[2:] for p in picture_pyramid(image, 4)]
    assert len(paths.rebuilt) == 4 and paths.rebuilt[-1].shape == image.shape

    other = torch.where(hole.bool(), 1.0 - image, image)  # another truth under the hole
    changed = model.network_training(other, hole, generators=[seeded(), seeded()])
    torch.testing.assert_close(changed.prior.mean, paths.prior.mean)
    torch.testing.assert_close(changed.drawn[-1], paths.drawn[-1])
    assert not torch.allclose(changed.posterior.mean, paths.posterior.mean)
    assert not torch.allclose(changed.rebuilt[-1], paths.rebuilt[-1])


def test_the_assumed_deviation_grows_with_the_hole_as_in_the_authors_code(pictures):
    image, hole = pictures
    paths = small().network_training(image, hole, generators=[seeded(), seeded()])
    assumed = paths.assumed_deviation
    for i in range(2):
        share = (1 - hole[i].mean()).item() - 1e-5
        expected = 1 / (1 + math.exp((share - 0.8) * 8))
        assert assumed[i].item() == pytest.approx(expected, abs=1e-6)
    assert assumed[0] > assumed[1]


def test_a_training_reaches_every_weight(pictures):
    model = small(spectral_norm=True).train()
    with torch.no_grad():  # both start at zero, where the query gets no gradient
        model.generator.attention.gamma.fill_(0.5)
        model.generator.attention.alpha.fill_(0.5)
    paths = model.network_training(*pictures, generators=[seeded(), seeded()])
    loss = sum(p.square().mean() for p in (*paths.rebuilt, *paths.drawn))
    loss.backward()
    assert [name for name, p in model.named_parameters() if p.grad is None] == []


def test_in_training_each_picture_of_a_batch_gets_its_own_noise(pictures):
    image, hole = (x[:1].expand(2, -1, -1, -1) for x in pictures)
    model = small()
    with torch.no_grad():
        shared = model.eval()(image, hole, generator=seeded()).image
        own = model.train()(image, hole, generator=seeded()).image
    torch.testing.assert_close(shared[0], shared[1])
    assert not torch.allclose(own[0], own[1])


@torch.no_grad()
def test_a_trained_network_folds_into_the_plain_one(pictures):
    model = small(spectral_norm=True)
    model(*pictures, generator=seeded())
    model.eval()
    expected = model(*pictures, generator=seeded()).image
    fold_spectral_norm(model)
    plain = small().eval()
    plain.load_state_dict(model.state_dict())
    result = plain(*pictures, generator=seeded()).image
    torch.testing.assert_close(result, expected, rtol=0, atol=1e-5)


def test_the_pyramid_keeps_corner_pixels():
    image = torch.rand(1, 3, 16, 24)
    smallest, half, full = picture_pyramid(image, 3)
    assert (smallest.shape[2:], half.shape[2:]) == ((4, 6), (8, 12))
    assert full is image
    for x in (smallest, half):
        torch.testing.assert_close(x[..., 0, 0], image[..., 0, 0])
        torch.testing.assert_close(x[..., -1, -1], image[..., -1, -1])
