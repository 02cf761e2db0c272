"""Parts of pictures, and the way back from them."""

from __future__ import annotations

import pytest
from PIL import Image, ImageDraw

from saccade.tasks.regions import TURNS, Turn, lies_on_its_side, size_of, strip_rows, turned, unturned
from saccade.types import Box, Size


def page() -> Image.Image:
    """Ten lines of writing, 40 px apart, with white between them."""
    image = Image.new("RGB", (400, 420), "white")
    for line in range(10):
        for word in range(8):
            ImageDraw.Draw(image).rectangle((20 + 45 * word, 20 + 40 * line, 55 + 45 * word, 34 + 40 * line), "black")
    return image


def test_strips_cover_the_page_and_cut_no_line():
    rows = strip_rows(page(), 4)
    assert [top for top, _ in rows] == [0, *(bottom for _, bottom in rows[:-1])] and rows[-1][1] == 420
    for cut in [top for top, _ in rows[1:]]:
        assert not any(20 + 40 * line <= cut <= 34 + 40 * line for line in range(10)), cut
    assert strip_rows(page(), 1) == [(0, 420)]
    assert len(strip_rows(Image.new("RGB", (40, 40)), 64)) == 2  # never thinner than a line


@pytest.mark.parametrize("degrees", TURNS)
def test_boxes_of_a_turned_picture_come_back(degrees: Turn):
    image = Image.new("RGB", (60, 40), "white")
    ImageDraw.Draw(image).rectangle((10, 5, 29, 14), "black")
    upright = turned(image, degrees)
    left, top, right, bottom = Image.eval(upright.convert("L"), lambda value: 255 - value).getbbox()
    back = unturned(Box(left, top, right, bottom), size=size_of(upright), degrees=degrees)
    assert (back.x0, back.y0, back.x1, back.y1) == (10, 5, 30, 15)
    assert size_of(upright) == (Size(40, 60) if degrees in (0, 180) else Size(60, 40))


def test_a_page_on_its_side_is_told():
    assert not lies_on_its_side(page())
    assert lies_on_its_side(turned(page(), 90))
