"""Every colour mode and depth of a picture becomes RGB of the same look."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from PIL import Image

from tests.media.pictures import array_of, encode


def half_transparent_gray() -> list[Image.Image]:
    """One picture, value 100 with alpha 128 left and 0 right, in each mode that carries alpha."""
    pixels = np.full((4, 8, 4), (100, 100, 100, 128), np.uint8)
    pixels[:, 4:, 3] = 0
    rgba = Image.fromarray(pixels)
    return [rgba, rgba.convert("RGBa"), rgba.convert("LA"), rgba.convert("LA").convert("La")]


@pytest.mark.parametrize("image", half_transparent_gray(), ids=lambda image: image.mode)
def test_alpha_is_blended_on_white(image):
    pixels = array_of(image).astype(int)
    assert np.abs(pixels[:, :4] - 177).max() <= 1  # 100 * 128/255 + 255 * 127/255
    assert (pixels[:, 4:] == 255).all()


def test_a_palette_with_alpha_is_blended_on_white():
    image = Image.new("P", (8, 4), 0)
    image.putpalette([10, 20, 30, 200, 100, 50])
    image.paste(1, (4, 0, 8, 4))
    as_pa = image.convert("PA")
    as_pa.putalpha(Image.new("L", (8, 4), 0))
    assert (array_of(as_pa) == 255).all()
    for transparency, left in ((bytes([0, 255]), [255, 255, 255]), (0, [255, 255, 255]), (None, [10, 20, 30])):
        options = {} if transparency is None else {"transparency": transparency}
        pixels = array_of(encode(image, "PNG", **options))
        assert pixels[0, 0].tolist() == left
        assert pixels[0, 7].tolist() == [200, 100, 50]


def test_a_transparent_colour_of_gray_and_rgb_is_white():
    gray = Image.fromarray(np.array([[7, 8]], np.uint8))
    assert array_of(encode(gray, "PNG", transparency=7))[0].tolist() == [[255] * 3, [8] * 3]
    rgb = Image.fromarray(np.array([[[1, 2, 3], [4, 5, 6]]], np.uint8))
    assert array_of(encode(rgb, "PNG", transparency=(1, 2, 3)))[0].tolist() == [[255] * 3, [4, 5, 6]]
    deep = Image.fromarray(np.array([[700, 0x4321]], np.uint16))
    assert array_of(encode(deep, "PNG", transparency=700))[0].tolist() == [[255] * 3, [0x43] * 3]


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_and_not_cut_off(form):
    deep = Image.fromarray(np.array([[0, 255, 256, 32768, 65535]], np.uint16))
    assert array_of(encode(deep, form))[0, :, 0].tolist() == [0, 0, 1, 128, 255]


def test_big_endian_sixteen_bits_are_read_the_same_way():
    image = Image.frombytes("I;16B", (2, 1), struct.pack(">HH", 256, 65535))
    assert array_of(image)[0, :, 2].tolist() == [1, 255]


def test_wide_integers_and_floats_follow_their_range():
    assert array_of(Image.fromarray(np.array([[0, 256, 65535, 70000]], np.int32)))[0, :, 0].tolist() == [0, 1, 255, 255]
    assert array_of(Image.fromarray(np.array([[-5, 7, 255]], np.int32)))[0, :, 0].tolist() == [0, 7, 255]
    unit = Image.fromarray(np.array([[np.nan, 0.5, 1.0, -1.0]], np.float32))
    assert array_of(unit)[0, :, 0].tolist() == [0, 128, 255, 0]
    bytes_like = Image.fromarray(np.array([[0.4, 254.6, np.inf]], np.float32))
    assert array_of(bytes_like)[0, :, 0].tolist() == [0, 255, 255]


@pytest.mark.parametrize("mode", ["1", "L", "P", "CMYK", "YCbCr", "HSV", "LAB"])
def test_other_modes_become_rgb_of_the_same_look(mode):
    gray = Image.new("RGB", (8, 6), (255, 255, 255))
    gray.paste((0, 0, 0), (0, 0, 4, 6))
    if mode == "LAB":
        lab = np.zeros((6, 8, 3), np.uint8)
        lab[:, 4:, 0] = 255
        image = Image.frombytes("LAB", (8, 6), lab.tobytes())
    else:
        image = gray.convert(mode)
    assert np.abs(array_of(image).astype(int) - np.asarray(gray).astype(int)).max() <= 2


def test_cmyk_jpeg_is_read():
    data = encode(Image.new("RGB", (16, 16), (200, 40, 40)).convert("CMYK"), "JPEG", quality=95)
    assert np.abs(array_of(data)[8, 8].astype(int) - [200, 40, 40]).max() < 6
