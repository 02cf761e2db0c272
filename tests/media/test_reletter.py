"""Text replaced on pictures: kept pictures in four scripts, and what must hold for every one."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from saccade.media.lettering import can_shape
from saccade.media.reletter import Replacement, reletter
from saccade.types import Box
from tests.media.relettered import GOLDEN, TEXTS, relettered, sign


@pytest.mark.parametrize("script", TEXTS)
def test_the_picture_is_the_one_that_was_looked_at(script: str):
    if script in ("arabic", "devanagari") and not can_shape():
        pytest.skip("Arabic and Devanagari are set otherwise where Pillow has no raqm")
    drawn = np.asarray(relettered(script)[0], dtype=int)
    kept = np.asarray(Image.open(GOLDEN / f"sign-{script}.png").convert("RGB"), dtype=int)
    # Other versions of FreeType shade the rims of letters a little differently.
    different = (np.abs(drawn - kept).max(axis=2) > 96).mean()
    assert drawn.shape == kept.shape and different < 0.004, f"{different:.2%} of the pixels differ"


@pytest.mark.parametrize("script", TEXTS)
@pytest.mark.parametrize("shaped", [None, False])
@pytest.mark.filterwarnings("ignore:this Pillow has no raqm")
def test_pixels_outside_the_boxes_are_the_same_to_the_bit(script: str, shaped: bool | None):
    image, boxes = sign()
    drawn, flags = relettered(script, shaped=shaped)
    outside = np.ones((image.height, image.width), dtype=bool)
    for box in boxes:
        outside[int(box.y0) : int(np.ceil(box.y1)), int(box.x0) : int(np.ceil(box.x1))] = False
    assert (np.asarray(drawn)[outside] == np.asarray(image)[outside]).all()
    expected = ("unshaped",) if shaped is False and script in ("arabic", "devanagari") else ()
    assert set(flags) <= {(), expected}


def test_random_boxes_and_texts_touch_nothing_outside():
    rng = np.random.default_rng(0)
    words = " ".join(text for texts in TEXTS.values() for text in texts).split()
    for _ in range(6):
        pixels = rng.integers(0, 256, (120, 160, 3), dtype=np.uint8)
        changes = []
        for _ in range(4):
            x, y = rng.uniform(-10, 150), rng.uniform(-10, 110)
            text = " ".join(rng.choice(words, size=int(rng.integers(1, 6))))
            changes.append(Replacement(Box(x, y, x + rng.uniform(0, 90), y + rng.uniform(0, 60)), "old text", text))
        drawn, flags = reletter(Image.fromarray(pixels), changes)
        outside = np.ones((120, 160), dtype=bool)
        for change, own in zip(changes, flags, strict=True):
            box = change.box
            if "no-room" not in own:
                rows = slice(max(0, int(np.floor(box.y0))), int(np.ceil(box.y1)))
                outside[rows, max(0, int(np.floor(box.x0))) : int(np.ceil(box.x1))] = False
        assert (np.asarray(drawn)[outside] == pixels[outside]).all()


def test_the_old_letters_are_gone():
    image, boxes = sign()
    blank, _ = reletter(image, [Replacement(box, box.label, ".") for box in boxes[3:5]])
    for box in boxes[3:5]:
        inside = np.asarray(blank)[int(box.y0) : int(box.y1), int(box.x0) : int(box.x1)]
        assert (inside == (235, 230, 220)).all(axis=2).mean() > 0.98


def test_a_text_keeps_the_colours_of_the_one_before():
    image, boxes = sign()
    drawn, _ = reletter(image, [Replacement(boxes[4], boxes[4].label, "Hauswein")])
    inside = np.asarray(drawn)[int(boxes[4].y0) : int(boxes[4].y1), int(boxes[4].x0) : int(boxes[4].x1)]
    assert (inside == (150, 20, 30)).all(axis=2).any()


def test_ink_that_is_hard_to_read_is_made_readable():
    image = Image.new("RGB", (200, 60), "white")
    from PIL import ImageDraw

    from saccade.media.lettering import Lettering

    line = Lettering(30).line("Faint")
    line.write(ImageDraw.Draw(image), 10, 10, (220, 220, 220))
    drawn, _ = reletter(image, [Replacement(Box(10, 10, 10 + line.width, 10 + line.height), "Faint", "Blass")])
    assert np.asarray(drawn).min() < 119  # at least 4.5 to 1 on white


def test_boxes_that_overlap_are_cut_apart_and_both_are_erased():
    image = Image.new("RGB", (200, 100), "white")
    changes = [Replacement(Box(10, 10, 190, 55), "one", "eins"), Replacement(Box(10, 45, 190, 90), "two", "zwei")]
    drawn, flags = reletter(image, changes)
    assert flags == (("overlaps",), ("overlaps",))
    rows = (np.asarray(drawn) < 128).any(axis=(1, 2))
    assert rows[10:50].any() and rows[50:90].any() and not rows[49:51].all()


def test_what_cannot_be_set_keeps_the_old_text_and_is_flagged():
    image, boxes = sign()
    flat = Box(30, 190, 200, 193)
    for box, new, flag in (
        (flat, "Suppe", "no-room"),
        (Box(600, 0, 700, 20), "weg", "no-room"),
        (boxes[3], "", "no-room"),
    ):
        drawn, flags = reletter(image, [Replacement(box, "x", new)])
        assert flag in flags[0] and drawn.tobytes() == image.tobytes()


def test_letters_that_no_font_has_are_flagged():
    image, boxes = sign()
    _, flags = reletter(image, [Replacement(boxes[3], boxes[3].label, "Suppe ᚠᚢ")])
    assert flags == (("letters-lost",),)


def test_lines_of_one_height_get_letters_of_one_size():
    image = Image.new("RGB", (400, 300), "white")
    texts = ("kurz", "auch kurz", "Donaudampfschifffahrtsgesellschaftskapitän", "Ende")
    changes = [
        Replacement(Box(20, 20 + 60 * row, 220, 50 + 60 * row), "Old text of it", text)
        for row, text in enumerate(texts)
    ]
    drawn, _ = reletter(image, changes)
    heights = []
    for row in (0, 3):
        rows = (np.asarray(drawn)[20 + 60 * row : 50 + 60 * row] < 128).any(axis=(1, 2))
        heights.append(int(rows.sum()))
    assert abs(heights[0] - heights[1]) <= 1
