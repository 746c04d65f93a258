"""`inpaint` around a model: what it checks, hides, pads and gives back."""

from __future__ import annotations

import pytest
import torch

from inpaint_bench import inpaint
from inpaint_bench.errors import ImageError, MaskError, ModelError
from inpaint_bench.models import Inpainter
from inpaint_bench.types import Completion, Traits


class Spy(Inpainter):
    """Gives a constant and keeps what it was called with."""

    traits = Traits(title="Spy", family="test", paper="none", multiple=16, sketch=True)

    def __init__(self, value: float = 0.25) -> None:
        self.value = value

    def complete(self, image, hole, *, sketch=None, generator=None, explain=False):
        self.image, self.hole, self.sketch, self.generator = image, hole, sketch, generator
        return Completion(torch.full_like(image, self.value))


def photograph(height=21, width=30):
    image = torch.rand(2, 3, height, width)
    hole = torch.zeros(2, 1, height, width)
    hole[0, :, 5:9, 4:20] = 1
    hole[1, :, 10:, 20:] = 1
    return image, hole


def test_known_pixels_come_back_bit_exact_and_missing_ones_from_the_model():
    image, hole = photograph()
    result = inpaint(Spy(), image, hole)
    missing = hole.bool().expand_as(image)
    assert torch.equal(result[~missing], image[~missing])
    assert torch.all(result[missing] == 0.25)


def test_double_precision_known_pixels_stay_exact_too():
    image, hole = photograph()
    image = image.double() / 3
    result = inpaint(Spy(), image, hole)
    known = ~hole.bool().expand_as(image)
    assert result.dtype == torch.float64 and torch.equal(result[known], image[known])


def test_the_model_sees_nothing_under_the_hole_and_a_size_it_takes():
    image, hole = photograph()
    spy = Spy()
    inpaint(spy, image, hole)
    assert spy.image.shape == (2, 3, 32, 32) and spy.hole.shape == (2, 1, 32, 32)
    assert torch.all(spy.image[spy.hole.bool().expand_as(spy.image)] == 0)
    assert torch.equal(spy.hole[..., :21, :30], hole)


def test_the_padding_of_a_hole_at_the_border_is_missing_as_well():
    image, hole = photograph()
    spy = Spy()
    inpaint(spy, image, hole)
    assert torch.all(spy.hole[1, 0, 21:31, 20:30] == 1)


def test_sketch_is_kept_to_the_hole_and_the_generator_handed_on():
    image, hole = photograph()
    spy, generator = Spy(), torch.Generator()
    inpaint(spy, image, hole, sketch=torch.ones_like(hole), generator=generator)
    assert torch.equal(spy.sketch, spy.hole) and spy.generator is generator


def test_arguments_are_not_modified_and_the_result_can_be_differentiated_on():
    image, hole = photograph()
    before = image.clone(), hole.clone()
    result = inpaint(Spy(), image, hole)
    result.zero_().requires_grad_().sum().backward()
    assert torch.equal(image, before[0]) and torch.equal(hole, before[1])


def test_values_out_of_range_are_clamped():
    image, hole = photograph()
    assert inpaint(Spy(7.0), image, hole).max() == 1


def test_a_boolean_hole_is_taken():
    image, hole = photograph()
    assert torch.equal(inpaint(Spy(), image, hole.bool()), inpaint(Spy(), image, hole))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_model_that_gives_no_numbers_is_an_error_and_not_a_picture(value):
    with pytest.raises(ModelError, match="finite"):
        inpaint(Spy(value), *photograph())


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda image, hole: (image[0], hole), ImageError),
        (lambda image, hole: (image * 255, hole), ImageError),
        (lambda image, hole: ((image * 255).byte(), hole), ImageError),
        (lambda image, hole: (image * float("nan"), hole), ImageError),
        (lambda image, hole: (image, hole[:1]), MaskError),
        (lambda image, hole: (image, hole[..., 1:]), MaskError),
        (lambda image, hole: (image, hole / 2), MaskError),
        (lambda image, hole: (image, hole * 0), MaskError),
        (lambda image, hole: (image, hole * 0 + 1), MaskError),
    ],
    ids=["unbatched", "bytes as float", "uint8", "nan", "batch", "size", "grey", "empty", "full"],
)
def test_bad_input_is_told_in_one_line(change, error):
    with pytest.raises(error) as raised:
        inpaint(Spy(), *change(*photograph()))
    assert "\n" not in str(raised.value) and "expected" in str(raised.value)
