"""Pictures of every kind in, exact pixels out; Pillow and NumPy are the reference."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from inpaint_bench import imaging
from inpaint_bench.errors import ImageError, MaskError

RNG = np.random.default_rng(0)
PHOTO = RNG.integers(0, 256, (13, 17, 3), dtype=np.uint8)
GREY = PHOTO[..., 0]
# EXIF orientation -> what brings the stored pixels upright (TIFF 6.0, page 36).
UPRIGHT = {
    1: lambda a: a,
    2: lambda a: a[:, ::-1],
    3: lambda a: a[::-1, ::-1],
    4: lambda a: a[::-1],
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: a[::-1, ::-1].swapaxes(0, 1),
    8: lambda a: np.rot90(a, 1),
}


def encoded(picture: Image.Image, kind: str = "PNG", exif: Image.Exif | None = None) -> bytes:
    stream = io.BytesIO()
    options = {} if exif is None else {"exif": exif}
    picture.save(stream, kind, **options)
    return stream.getvalue()


def expect_one_line(error: pytest.ExceptionInfo[Exception]) -> str:
    message = str(error.value)
    assert "\n" not in message
    assert message.startswith("expected")
    return message


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP", "PPM"])
def test_rgb_comes_back_exact_from_every_lossless_format(kind):
    options = {"lossless": True} if kind == "WEBP" else {}
    stream = io.BytesIO()
    Image.fromarray(PHOTO).save(stream, kind, **options)
    np.testing.assert_array_equal(imaging.read_image(stream.getvalue()), PHOTO)


def test_jpeg_reads_as_pillow_reads_it():
    data = encoded(Image.fromarray(PHOTO), "JPEG")
    reference = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    np.testing.assert_array_equal(imaging.read_image(data), reference)


def test_path_bytes_and_open_file_give_the_same(tmp_path):
    path = tmp_path / "photo.png"
    path.write_bytes(encoded(Image.fromarray(PHOTO)))
    np.testing.assert_array_equal(imaging.read_image(path), PHOTO)
    np.testing.assert_array_equal(imaging.read_image(str(path)), PHOTO)
    with path.open("rb") as stream:
        np.testing.assert_array_equal(imaging.read_image(stream), PHOTO)


def test_the_content_decides_the_format_not_the_name(tmp_path):
    path = tmp_path / "photo.jpg"
    path.write_bytes(encoded(Image.fromarray(PHOTO), "PNG"))
    np.testing.assert_array_equal(imaging.read_image(path), PHOTO)


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_exif_orientation_is_applied_to_images_and_masks(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(Image.fromarray(PHOTO), "PNG", exif)
    np.testing.assert_array_equal(imaging.read_image(data), UPRIGHT[orientation](PHOTO))
    mask = encoded(Image.fromarray((GREY > 127).astype(np.uint8) * 255), "PNG", exif)
    np.testing.assert_array_equal(imaging.read_mask(mask), UPRIGHT[orientation](GREY > 127))


def test_grey_becomes_three_equal_channels():
    data = encoded(Image.fromarray(GREY))
    np.testing.assert_array_equal(imaging.read_image(data), np.stack([GREY] * 3, axis=2))


def test_one_bit_becomes_black_and_white():
    bits = GREY > 100
    read = imaging.read_image(encoded(Image.fromarray(bits)))
    np.testing.assert_array_equal(read[..., 1], bits * np.uint8(255))


def test_sixteen_bit_grey_is_scaled_and_not_cut():
    deep = RNG.integers(0, 65536, (9, 11), dtype=np.uint16)
    deep[0, :3] = 0, 65535, 32768
    for kind in ("PNG", "TIFF"):
        read = imaging.read_image(encoded(Image.fromarray(deep), kind))
        expected = np.round(deep / 257.0).astype(np.uint8)
        np.testing.assert_array_equal(read, np.stack([expected] * 3, axis=2))


def test_transparency_is_laid_over_white():
    rgba = np.dstack([PHOTO, RNG.integers(0, 256, GREY.shape, dtype=np.uint8)])
    rgba[0, :2, 3] = 0, 255
    read = imaging.read_image(encoded(Image.fromarray(rgba))).astype(float)
    share = rgba[..., 3:] / 255.0
    np.testing.assert_allclose(read, PHOTO * share + 255.0 * (1 - share), atol=1.0)
    assert read[0, 0].tolist() == [255, 255, 255]
    assert read[0, 1].tolist() == PHOTO[0, 1].tolist()


def test_palette_images_keep_colours_and_transparency():
    palette = Image.fromarray(PHOTO).quantize(16)
    reference = np.asarray(palette.convert("RGB"))
    np.testing.assert_array_equal(imaging.read_image(encoded(palette)), reference)
    palette.info["transparency"] = 3
    stream = io.BytesIO()
    palette.save(stream, "PNG", transparency=3)
    reference = np.where((np.asarray(palette) == 3)[..., None], 255, reference)
    np.testing.assert_array_equal(imaging.read_image(stream.getvalue()), reference)


def test_cmyk_becomes_rgb():
    cmyk = Image.new("CMYK", (8, 8), (255, 0, 0, 0))
    red, green, blue = imaging.read_image(encoded(cmyk, "JPEG"))[4, 4]
    assert red < 10 and green > 245 and blue > 245  # pure cyan


def test_grey_with_alpha_and_animations_give_one_rgb_picture():
    assert imaging.read_image(encoded(Image.new("LA", (5, 4), (10, 255)))).shape == (4, 5, 3)
    stream = io.BytesIO()
    frames = [Image.new("RGB", (5, 4), colour) for colour in ("red", "blue")]
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:])
    assert imaging.read_image(stream.getvalue())[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize(
    "data",
    [b"", b"not an image at all", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"\x89PNG"],
    ids=["nothing", "text", "eps", "signature only"],
)
def test_what_is_no_image_is_told_in_one_line(data):
    with pytest.raises(ImageError) as error:
        imaging.read_image(data)
    assert "photograph" in expect_one_line(error)


def test_a_missing_file_and_a_folder_are_told_by_name(tmp_path):
    for path in (tmp_path / "none.png", tmp_path):
        with pytest.raises(ImageError) as error:
            imaging.read_image(path)
        assert str(path) in expect_one_line(error)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "GIF"])
def test_truncated_files_are_refused(kind):
    whole = encoded(Image.fromarray(RNG.integers(0, 256, (64, 64, 3), dtype=np.uint8)), kind)
    with pytest.raises(ImageError) as error:
        imaging.read_image(whole[: len(whole) // 2])
    expect_one_line(error)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["PNG", "JPEG", "TIFF", "GIF", "BMP", "WEBP"]),
    st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_damaged_bytes_give_a_picture_or_an_image_error_and_nothing_else(kind, damage):
    data = bytearray(encoded(Image.fromarray(PHOTO), kind))
    for place, value in damage:
        data[place % len(data)] = value
    try:
        read = imaging.read_image(bytes(data))
    except ImageError as error:
        assert "\n" not in str(error)
    else:
        assert read.dtype == np.uint8 and read.shape[2] == 3


@pytest.mark.parametrize("size", [(10_000, 10_000), (20_000, 20_000)], ids=["100 MP", "400 MP"])
def test_huge_pictures_are_refused_before_they_are_decoded(size):
    data = encoded(Image.new("1", size))
    assert len(data) < 1_000_000
    for read in (imaging.read_image, imaging.read_mask):
        with pytest.raises(ImageError) as error:
            read(data)
        assert "at most 25 megapixels" in expect_one_line(error)


def test_the_largest_allowed_picture_is_read():
    assert imaging.read_image(encoded(Image.new("1", (5000, 5000)))).shape == (5000, 5000, 3)
    with pytest.raises(ImageError):
        imaging.read_image(encoded(Image.new("1", (5000, 5001))))


def test_values_of_unknown_range_are_refused_not_guessed():
    for array in (np.ones((4, 4), np.float32), np.full((4, 4), 70_000, np.int32)):
        with pytest.raises(ImageError) as error:
            imaging.read_image(encoded(Image.fromarray(array), "TIFF"))
        assert "8-bit" in expect_one_line(error)


def test_mask_polarity_is_as_stated():
    levels = np.array([[0, 127], [128, 255]], np.uint8)
    data = encoded(Image.fromarray(levels))
    white = imaging.read_mask(data, hole="white")
    np.testing.assert_array_equal(white, [[False, False], [True, True]])
    np.testing.assert_array_equal(imaging.read_mask(data, hole="black"), ~white)
    with pytest.raises(MaskError) as error:
        imaging.read_mask(data, hole="grey")
    assert "'grey'" in expect_one_line(error)


@pytest.mark.parametrize(("hole", "stroke"), [("white", 255), ("black", 0)])
def test_transparent_pixels_of_a_mask_are_known(hole, stroke):
    rgba = np.full((6, 6, 4), (stroke, stroke, stroke, 0), np.uint8)
    rgba[2:4, 2:4, 3] = 255
    np.testing.assert_array_equal(
        imaging.read_mask(encoded(Image.fromarray(rgba)), hole=hole), rgba[..., 3] == 255
    )


def test_masks_of_sixteen_bits_and_of_one_bit_threshold_at_half_range():
    deep = np.array([[0, 32_000], [33_000, 65_535]], np.uint16)
    np.testing.assert_array_equal(imaging.read_mask(encoded(Image.fromarray(deep))), deep > 32_767)
    bits = np.array([[True, False]])
    np.testing.assert_array_equal(imaging.read_mask(encoded(Image.fromarray(bits))), bits)


def test_a_label_mask_of_zeros_and_ones_is_explained():
    labels = np.zeros((5, 5), np.uint8)
    labels[2, 2] = 1
    with pytest.raises(MaskError) as error:
        imaging.read_mask(encoded(Image.fromarray(labels)))
    assert "levels 0 to 1 of 255" in expect_one_line(error)


def test_tensors_and_bytes_convert_back_and_forth_exactly():
    every = np.arange(256, dtype=np.uint8).reshape(16, 16)
    image = np.dstack([every, every.T, 255 - every])
    tensor = imaging.to_tensor(image)
    assert tensor.shape == (1, 3, 16, 16) and tensor.dtype == torch.float32
    assert tensor.min() == 0 and tensor.max() == 1
    np.testing.assert_array_equal(imaging.to_uint8(tensor), image)
    np.testing.assert_array_equal(imaging.to_uint8(tensor[0]), image)


def test_to_uint8_clamps_and_rounds_half_up():
    values = torch.tensor([-0.2, 0.0, 0.5 / 255, 1.5 / 255, 1.0, 7.0]).view(1, 1, 6)
    row = imaging.to_uint8(values.repeat(3, 1, 1))[0, :, 0]
    assert row.tolist() == [0, 0, 1, 2, 255, 255]


def test_conversions_refuse_other_shapes_and_types():
    for wrong in (PHOTO[..., 0], PHOTO.astype(np.float32), np.dstack([PHOTO, GREY])):
        with pytest.raises(ImageError) as error:
            imaging.to_tensor(wrong)
        expect_one_line(error)
    with pytest.raises(ImageError):
        imaging.to_uint8(torch.zeros(2, 3, 4, 4))
    with pytest.raises(MaskError):
        imaging.hole_to_tensor(GREY)


def test_written_png_holds_the_same_pixels_and_no_metadata(tmp_path):
    path = tmp_path / "new" / "photo.png"
    imaging.write_png(path, PHOTO)
    with Image.open(path) as picture:
        assert picture.info == {} and picture.format == "PNG"
        np.testing.assert_array_equal(np.asarray(picture), PHOTO)
    imaging.write_png(path, GREY > 99)
    np.testing.assert_array_equal(imaging.read_mask(path), GREY > 99)
    assert [p.name for p in path.parent.iterdir()] == ["photo.png"]


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch):
    path = tmp_path / "photo.png"
    imaging.write_png(path, PHOTO)

    def save_half(picture, target, format):
        target.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(Image.Image, "save", save_half)
    with pytest.raises(ImageError, match="disk full"):
        imaging.write_png(path, 255 - PHOTO)
    assert [p.name for p in tmp_path.iterdir()] == ["photo.png"]
    np.testing.assert_array_equal(imaging.read_image(path), PHOTO)


def test_composite_keeps_known_pixels_bit_exact_and_copies():
    image, result = torch.rand(2, 3, 9, 7), torch.rand(2, 3, 9, 7, dtype=torch.float64)
    hole = (torch.rand(2, 1, 9, 7) > 0.5).float()
    mixed = imaging.composite(result, image, hole)
    missing = hole.bool().expand_as(image)
    assert torch.equal(mixed[~missing], image[~missing])
    assert torch.equal(mixed[missing], result.float()[missing])
    mixed.zero_()
    assert image.any()


@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from([1, 2, 8, 64]))
@settings(max_examples=60, deadline=None)
def test_padding_reaches_the_multiple_and_cropping_undoes_it(height, width, multiple):
    x = torch.rand(2, 3, height, width)
    padded, size = imaging.pad_to_multiple(x, multiple)
    assert padded.shape[-2] % multiple == padded.shape[-1] % multiple == 0
    assert padded.shape[-2] - height < multiple and padded.shape[-1] - width < multiple
    assert torch.equal(imaging.crop_to(padded, size), x)


def test_padding_reflects_like_numpy():
    x = torch.rand(1, 1, 10, 12)
    padded, _ = imaging.pad_to_multiple(x, 8)
    reference = np.pad(x.numpy(), ((0, 0), (0, 0), (0, 6), (0, 4)), mode="reflect")
    np.testing.assert_array_equal(padded.numpy(), reference)


@pytest.mark.parametrize("shape", [(20, 30), (30, 20), (16, 16), (7, 50), (16, 40)])
def test_square_crop_is_a_resize_of_the_short_side_and_a_centre_crop(shape):
    image = RNG.integers(0, 256, (*shape, 3), dtype=np.uint8)
    cropped = imaging.square_crop(image, 16)
    assert cropped.shape == (16, 16, 3) and cropped.dtype == np.uint8
    scale = 16 / min(shape)
    high, wide = round(shape[0] * scale), round(shape[1] * scale)
    method = Image.Resampling.LANCZOS if scale < 1 else Image.Resampling.BICUBIC
    whole = np.asarray(Image.fromarray(image).resize((wide, high), method))
    top, left = (high - 16) // 2, (wide - 16) // 2
    np.testing.assert_array_equal(cropped, whole[top : top + 16, left : left + 16])


def test_square_mask_follows_the_geometry_of_square_crop():
    hole = np.zeros((60, 100), bool)
    hole[20:40, 40:60] = True
    picture = np.stack([hole * np.uint8(255)] * 3, axis=2)
    mask, crop = imaging.square_mask(hole, 30), imaging.square_crop(picture, 30)
    assert mask.dtype == np.bool_ and mask.shape == (30, 30)
    assert (mask == (crop[..., 0] > 127)).mean() > 0.97
    reference = ImageOps.fit(Image.fromarray(hole), (30, 30), Image.Resampling.NEAREST)
    np.testing.assert_array_equal(mask, np.asarray(reference))


def test_a_square_of_the_right_size_is_copied_unchanged():
    image = RNG.integers(0, 256, (16, 16, 3), dtype=np.uint8)
    copy = imaging.square_crop(image, 16)
    np.testing.assert_array_equal(copy, image)
    copy[:] = 0
    assert image.any()


def test_empty_full_and_wrongly_sized_holes_are_refused():
    hole = np.zeros((4, 6), bool)
    with pytest.raises(MaskError, match="empty"):
        imaging.validate_hole(hole)
    with pytest.raises(MaskError, match="whole image"):
        imaging.validate_hole(~hole)
    hole[1, 1] = True
    imaging.validate_hole(hole, (4, 6))
    with pytest.raises(MaskError, match="5x4, got 6x4"):
        imaging.validate_hole(hole, (4, 5))


def test_one_bad_hole_of_a_batch_is_enough():
    holes = torch.zeros(2, 1, 4, 4)
    holes[0, 0, 1, 1] = 1
    with pytest.raises(MaskError, match="empty"):
        imaging.validate_hole(holes)


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.float16, torch.bfloat16])
def test_a_hole_of_a_type_that_numpy_lacks_is_judged_too(dtype):
    hole = torch.zeros(1, 1, 4, 6, dtype=dtype)
    with pytest.raises(MaskError, match="empty"):
        imaging.validate_hole(hole)
    hole[..., 1] = 1
    imaging.validate_hole(hole, (4, 6))
