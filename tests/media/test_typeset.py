"""Texts set into rectangles: as large as they go, never beyond."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from saccade.media.typeset import SMALLEST_PX, Align, pieces_of, set_text

TEXTS = (
    "Vorsicht Stufe, bitte nicht stolpern", "小心台阶，请不要绊倒。", "انتبه إلى الدرجة رقم 12 من فضلك",
    "सीढ़ी पर सावधान रहें", "fjord fyllig Ärger", "סכנה מדרגה",
)  # fmt: skip


def ink(text: str, width: int, height: int, align: Align = "left") -> tuple[np.ndarray, int]:
    """The pixels of a rectangle of `width` x `height`, with 40 px of room around, and the size of the letters."""
    setting = set_text(text, width, height, align=align)
    assert setting is not None and not setting.is_cut
    image = Image.new("L", (width + 80, height + 80), 0)
    mask = image.convert("RGB")
    setting.write(ImageDraw.Draw(mask), 40, 40, (255, 255, 255))
    return np.asarray(mask)[..., 0] > 0, setting.size_px


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize(("width", "height"), [(300, 40), (160, 160), (90, 300), (500, 24)])
@pytest.mark.parametrize("align", ["left", "centre", "right"])
def test_no_ink_leaves_the_rectangle(text: str, width: int, height: int, align: Align):
    mask, size = ink(text, width, height, align)
    outside = mask.copy()
    outside[40 : 40 + height, 40 : 40 + width] = False
    assert mask.any() and not outside.any() and size >= SMALLEST_PX


def test_the_size_is_the_largest_that_fits():
    setting = set_text("Vorsicht Stufe", 200, 60)
    assert setting is not None
    larger = set_text("Vorsicht Stufe", 200, 60, smallest_px=setting.size_px + 1)
    assert larger is None or larger.is_cut


def test_a_tall_rectangle_gets_several_lines_and_a_flat_one_gets_one():
    tall, flat = set_text("one two three four", 80, 160), set_text("one two three four", 300, 20)
    assert tall is not None and flat is not None and len(tall.lines) > 1 and len(flat.lines) == 1
    assert tall.size_px > flat.size_px


def test_a_largest_size_is_kept_to():
    setting = set_text("Exit", 400, 200, largest_px=24)
    assert setting is not None and setting.size_px == 24


def test_sides():
    left, centre, right = (set_text("Exit", 400, 30, align=align) for align in ("left", "centre", "right"))
    assert left is not None and centre is not None and right is not None
    starts = [setting.places[0][0] for setting in (left, centre, right)]
    assert starts[0] <= 1 and starts[2] > 300 and abs(2 * starts[1] - starts[2]) <= 2
    several = set_text("one two three four", 80, 160, align="left", block_align="right")
    assert several is not None and several.places[0][0] > 0


def test_a_word_that_is_too_long_is_broken_and_what_has_no_room_is_cut():
    long = "Rindfleischetikettierungsüberwachung"
    broken = set_text(long, 60, 60)
    assert broken is not None and not broken.is_cut and len(broken.lines) > 1
    cut = set_text(long * 9, 60, 24)
    assert cut is not None and cut.is_cut and cut.size_px == SMALLEST_PX


@pytest.mark.parametrize(("width", "height"), [(60, 4), (2, 60), (1, 1)])
def test_where_no_letter_has_room_there_is_nothing(width: int, height: int):
    assert set_text("Exit", width, height) is None


def test_nothing_to_write_is_nothing():
    assert set_text("", 100, 100) is None and set_text("  ", 100, 100) is None


def test_lines_break_between_signs_but_not_before_marks_that_close():
    assert pieces_of("小心，阶") == [("小", ""), ("心，", ""), ("阶", "")]
    assert pieces_of("（红）酒") == [("（红）", ""), ("酒", "")]
    assert pieces_of("Mind the gap") == [("Mind", ""), ("the", " "), ("gap", " ")]
    assert pieces_of("コーヒー") == [("コー", ""), ("ヒー", "")]
    assert pieces_of("हिन्दी में") == [("हिन्दी", ""), ("में", " ")]
