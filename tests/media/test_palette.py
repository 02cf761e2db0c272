"""Measured palettes: the right colours in the right shares, the same every time."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from saccade.media.colours import distance
from saccade.media.palette import palette, palette_of, subject_palette

STRIPES = {(220, 20, 60): 0.5, (13, 110, 253): 0.3, (255, 255, 255): 0.15, (20, 20, 20): 0.05}


def striped(noise: float = 0.0) -> Image.Image:
    """400 x 200 pixels in four colours, side by side by their shares."""
    pixels = np.zeros((200, 400, 3))
    start = 0
    for colour, share in STRIPES.items():
        end = start + round(400 * share)
        pixels[:, start:end] = colour
        start = end
    pixels += np.random.default_rng(0).normal(0, noise, pixels.shape) if noise else 0
    return Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))


def test_flat_colours_are_exact():
    found = palette(striped())
    assert {one.rgb: one.share for one in found} == STRIPES
    assert [one.name for one in found] == ["crimson", "royalblue", "white", "black"]


def test_noise_moves_neither_colours_nor_shares_much():
    for one, (colour, share) in zip(palette(striped(noise=6)), STRIPES.items(), strict=True):
        assert float(distance(one.rgb, colour)) < 3 and one.share == pytest.approx(share, abs=0.01)


def test_a_part_is_measured_alone_and_most_is_kept_to():
    assert [one.rgb for one in palette(striped(), (0, 0, 180, 200))] == [(220, 20, 60)]
    two = palette(striped(), most=2)
    assert len(two) == 2 and sum(one.share for one in two) == pytest.approx(1)


def test_a_shaded_picture_gives_the_same_few_colours_twice():
    ramp = np.linspace(0, 255, 500).astype(np.uint8)
    image = Image.fromarray(np.stack([np.tile(ramp, (300, 1))] * 3, axis=2))
    first = palette(image)
    assert first == palette(image) and 3 <= len(first) <= 6
    assert sum(one.share for one in first) == pytest.approx(1, abs=0.02)


def test_no_pixels_and_one_pixel():
    assert palette_of(np.zeros((0, 3), dtype=np.uint8)) == ()
    (only,) = palette(Image.new("RGB", (1, 1), (1, 2, 3)))
    assert (only.rgb, only.share) == ((1, 2, 3), 1.0)


@pytest.mark.parametrize("ground", [(255, 255, 255), (20, 20, 20), (90, 140, 90)])
def test_the_subject_is_measured_without_its_ground(ground: tuple[int, int, int]):
    image = Image.new("RGB", (300, 300), ground)
    image.paste((200, 120, 10), (100, 100, 200, 200))
    found, source = subject_palette(image)
    assert ([one.rgb for one in found], source) == ([(200, 120, 10)], "subject")


def test_a_white_thing_on_white_is_measured_in_the_middle():
    found, source = subject_palette(Image.new("RGB", (100, 100), "white"))
    assert ([one.hex for one in found], source) == (["#ffffff"], "centre")


def test_a_box_is_measured_without_a_plain_ground_in_it():
    image = Image.new("RGB", (300, 300), "white")
    image.paste((0, 0, 128), (100, 100, 200, 200))
    found, source = subject_palette(image, (80, 80, 220, 220))
    assert ([one.name for one in found], source) == (["navy"], "box")
