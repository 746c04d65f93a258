"""EdgeConnect against its published size, and the way of edges through its two networks."""

from __future__ import annotations

import pytest
import torch
from skimage import data

from inpaint_bench import inpaint
from inpaint_bench.imaging import to_tensor
from inpaint_bench.layers.canny import canny_edges, luminance
from inpaint_bench.layers.spectral_norm import fold_spectral_norm
from inpaint_bench.models.edge_connect import EdgeConnect


@pytest.fixture(scope="module")
def picture():
    image = to_tensor(data.astronaut()[80:176, 170:298].copy())
    hole = torch.zeros(1, 1, 96, 128)
    hole[..., 30:70, 40:90] = 1
    return image, hole


def small(**options):
    torch.manual_seed(0)
    return EdgeConnect(width=4, blocks=2, **options)


def test_both_networks_have_the_size_of_the_released_ones():
    with torch.device("meta"):
        model = EdgeConnect()
    # the parameters that the fixtures of the authors' code count, each network
    assert sum(p.numel() for p in model.edges.parameters()) == 10_761_089
    assert sum(p.numel() for p in model.picture.parameters()) == 10_774_595


@torch.no_grad()
def test_the_residual_blocks_work_at_a_quarter_of_the_size(picture):
    model = small().eval()
    sizes = []
    hook = model.edges.middle.register_forward_hook(lambda m, i, o: sizes.append(tuple(o.shape)))
    model(*picture)
    hook.remove()
    assert sizes == [(1, 16, 24, 32)]


@torch.no_grad()
def test_the_second_network_sees_known_edges_outside_and_completed_ones_inside(picture):
    image, hole = picture
    done = small().eval()(image, hole, explain=True)
    known = canny_edges(luminance(image), hole)
    assert known.sum() > 100
    assert torch.equal(done.maps["edges_known"], known)
    edges, inside = done.stages["edges"], hole.bool()
    assert torch.equal(edges[~inside], known[~inside])
    assert torch.equal(edges[inside], done.maps["edges_completed"][inside])


@torch.no_grad()
def test_without_compositing_it_sees_the_first_networks_edges_everywhere(picture):
    done = small(composite_edges=False).eval()(*picture, explain=True)
    assert torch.equal(done.stages["edges"], done.maps["edges_completed"])


@torch.no_grad()
def test_strokes_join_the_edges_inside_the_hole_only(picture):
    image, hole = picture
    model = small().eval()
    sketch = torch.zeros_like(hole)
    sketch[..., 45:47, :] = 1
    plain, guided = model(image, hole), model(image, hole, sketch=sketch)
    strokes = (sketch * hole).bool()
    assert (guided.stages["edges"][strokes] == 1).all()
    assert torch.equal(guided.stages["edges"][~strokes], plain.stages["edges"][~strokes])
    assert not torch.equal(
        guided.image[hole.bool().expand_as(image)], plain.image[hole.bool().expand_as(image)]
    )


@torch.no_grad()
def test_edges_of_the_truth_may_be_given_as_they_are(picture):
    image, hole = picture
    model, grey = small().eval(), luminance(picture[0])
    whole = canny_edges(grey)
    assert (whole * hole).any()
    expected = model.network_edges(grey * (1 - hole), hole, whole * (1 - hole))
    assert torch.equal(model.network_edges(grey, hole, whole), expected)


def test_a_training_reaches_every_weight_of_both_networks(picture):
    model = small(spectral_norm=True).train()
    done = model(*picture)
    (done.image.mean() + done.stages["edges"].mean()).backward()
    # a shift before normalisation changes nothing, so it gets no gradient but rounding
    missing = [name for name, p in model.named_parameters() if p.grad is None]
    assert missing == []


@torch.no_grad()
def test_a_trained_edge_network_folds_into_the_plain_one(picture):
    model = small(spectral_norm=True)
    model(*picture)
    model.eval()
    expected = model(*picture)
    fold_spectral_norm(model)
    plain = small().eval()
    plain.load_state_dict(model.state_dict())
    torch.testing.assert_close(plain(*picture).image, expected.image, rtol=0, atol=1e-5)


@pytest.mark.parametrize("size", [(4, 4), (5, 9)])
def test_pictures_of_a_few_pixels_are_taken(size):
    hole = torch.zeros(1, 1, *size)
    hole[..., 1:3, 2] = 1
    assert inpaint(small().eval(), torch.rand(1, 3, *size), hole).shape == (1, 3, *size)
