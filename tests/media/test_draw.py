"""Overlays: what is drawn is where it should be, readable, and inside the picture."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageChops

from saccade.errors import BadInput
from saccade.media.draw import PALETTE, draw_boxes, ink_on, lay_out
from saccade.media.placing import shared
from saccade.processing.parse.points import Figure
from saccade.types import Box, Point

GROUNDS = {"black": (0, 0, 0), "white": (255, 255, 255), "gray": (127, 127, 127), "box colour": PALETTE[0]}


def drawn(items, *, ground=(127, 127, 127), height=240, width=320, **options) -> np.ndarray:
    return np.asarray(draw_boxes(Image.new("RGB", (width, height), ground), items, **options))


def changed(items, **options) -> tuple[int, int, int, int] | None:
    """The box (left, top, right, bottom) of all pixels that drawing changed."""
    ground = Image.new("RGB", (320, 240), (127, 127, 127))
    return ImageChops.difference(ground, draw_boxes(ground, items, **options)).getbbox()


def test_an_outline_lies_on_the_edges_of_its_box():
    pixels = drawn([Box(40, 60, 200, 180)], width_px=3)
    for y, x in ((60, 120), (180, 120), (120, 40), (120, 200), (62, 120), (120, 198)):
        assert tuple(pixels[y, x]) == PALETTE[0], (y, x)
    assert tuple(pixels[120, 120]) == (127, 127, 127)
    assert changed([Box(40, 60, 200, 180)]) == (39, 59, 202, 182)  # one pixel of rim around


def test_a_point_is_a_disc_around_its_centre():
    pixels = drawn([Point(100, 50)])
    assert tuple(pixels[50, 100]) == PALETTE[0]
    left, top, right, bottom = changed([Point(100, 50)])
    assert (left + right - 1) / 2 == 100 and (top + bottom - 1) / 2 == 50


def test_the_given_picture_is_not_changed_and_any_mode_is_taken():
    for mode in ("RGB", "L", "RGBA", "P"):
        image = Image.new(mode, (64, 48))
        before = image.tobytes()
        result = draw_boxes(image, [Box(5, 5, 40, 40, "x")])
        assert result.mode == "RGB" and result.size == (64, 48)
        assert image.tobytes() == before
    untouched = Image.new("RGB", (64, 48), (1, 2, 3))
    assert draw_boxes(untouched, []).tobytes() == untouched.tobytes()


def test_a_phone_photo_is_drawn_on_upright():
    image = Image.new("RGB", (64, 48))
    image.getexif()[0x0112] = 6
    result = draw_boxes(image, [Box(10, 40, 20, 60)], width_px=1)
    assert result.size == (48, 64)
    assert result.getpixel((15, 60)) == PALETTE[0]


@pytest.mark.parametrize("ground", GROUNDS.values(), ids=GROUNDS.keys())
def test_boxes_and_labels_show_on_any_ground(ground):
    pixels = drawn([Box(40, 60, 200, 180, "receipt total")], ground=ground)
    assert (np.abs(pixels[57:64, 120].astype(int) - ground).sum(1) > 200).any()  # the outline
    label = pixels[42:58, 40:100].astype(int)
    assert (label == PALETTE[0]).all(2).sum() > 300
    assert (label.sum(2) < sum(PALETTE[0]) // 2).sum() > 30  # dark strokes of the letters


def test_letters_contrast_with_every_colour():
    def luminance(colour):
        return sum(weight * (part / 255) ** 2.2 for weight, part in zip((0.2126, 0.7152, 0.0722), colour, strict=True))

    for colour in PALETTE:
        light, dark = sorted((luminance(colour), luminance(ink_on(colour))), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2.1 AA


@pytest.mark.parametrize(
    "box",
    [Box(0, 0, 60, 30, "at the top"), Box(250, 200, 320, 240, "a label in the far corner"), Box(0, 0, 320, 240, "all"),
     Box(310, 0, 320, 240, "at the right edge"), Box(-50, -50, 30, 30, "half outside")],
)  # fmt: skip
def test_a_label_stays_whole_and_inside_the_picture(box):
    middle = np.asarray(draw_boxes(Image.new("RGB", (900, 240)), [Box(300, 150, 302, 152, box.label)], width_px=1))
    rows, columns = np.nonzero((middle == PALETTE[0]).all(2) & (np.arange(240) < 147)[:, None])
    tile = middle[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]  # the label where there is room
    pixels = drawn([box])
    height, width = tile.shape[:2]
    spots = [
        (y, x) for y in range(240 - height + 1) for x in (pixels[y].tobytes().find(tile[0].tobytes()) // 3,) if x >= 0
    ]
    assert any(np.array_equal(pixels[y : y + height, x : x + width], tile) for y, x in spots)


def test_labels_of_boxes_in_one_place_do_not_cover_each_other():
    items = [Box(100, 100, 220, 180, name) for name in ("first", "second", "third")]
    pixels = drawn(items)
    for colour in PALETTE[:3]:
        paper = (pixels == colour).all(2)
        alone = (drawn([items[PALETTE.index(colour)]]) == PALETTE[0]).all(2)
        assert paper.sum() > 100 and alone.any()
    rows = [np.flatnonzero((pixels == colour).all(2).sum(1) > 15) for colour in PALETTE[:3]]
    assert len({(int(found.min()), int(found.max())) for found in rows}) == 3


def test_equal_labels_have_equal_colours_and_others_do_not():
    pixels = drawn(
        [Box(10, 50, 60, 100, "cat"), Box(100, 50, 160, 100, "dog"), Box(200, 50, 260, 100, "cat")], width_px=3
    )
    assert tuple(pixels[75, 10]) == tuple(pixels[75, 200]) == PALETTE[0]
    assert tuple(pixels[75, 100]) == PALETTE[1]


def test_a_label_that_no_font_can_write_becomes_a_number():
    items = [Box(10, 50, 60, 100, "a"), Box(100, 50, 160, 100, "😀")]
    assert np.array_equal(drawn(items), drawn([items[0], Box(100, 50, 160, 100, "#2")]))
    for text in ("猫", "Café Maß", "قطة", "बिल्ली"):
        assert not np.array_equal(drawn([items[0], Box(100, 50, 160, 100, text)]), drawn(items))


def test_labels_can_be_numbers_or_left_out():
    items = [Box(10, 50, 60, 100, "a"), Box(100, 50, 160, 100)]
    bare = drawn(items, labels="none")
    assert (bare[:48] == 127).all() and not (drawn(items)[:48] == 127).all()
    numbered = drawn(items, labels="number")
    assert not np.array_equal(numbered[:49, 100:140], drawn(items)[:49, 100:140])
    with pytest.raises(BadInput, match="unknown kind of labels"):
        drawn(items, labels="big")


def test_a_polygon_is_drawn_along_its_corners_and_tinted_inside():
    corners = ((100.0, 50.0), (200.0, 80.0), (180.0, 160.0), (90.0, 140.0))
    pixels = drawn([Box(90, 50, 200, 160, attributes={"polygon": corners})], width_px=3, fill=0.5)
    assert tuple(pixels[65, 150]) == PALETTE[0]  # the middle of the first side
    tinted = [(ground + part) / 2 for ground, part in zip((127, 127, 127), PALETTE[0], strict=True)]
    assert np.abs(pixels[110, 140] - np.array(tinted)).max() <= 2
    assert tuple(pixels[52, 195]) == (127, 127, 127)  # a corner of the box, outside the polygon
    with pytest.raises(BadInput, match="fill is 2"):
        drawn([], fill=2)


def test_a_figure_has_its_points_and_the_lines_between_them():
    joints = {"neck": Point(100, 50), "hip": Point(100, 150), "left foot": None}
    pixels = drawn([Figure(joints, None, "person")], width_px=3)
    assert tuple(pixels[50, 100]) == tuple(pixels[150, 100]) == tuple(pixels[100, 100]) == PALETTE[0]
    assert changed([Figure({"neck": None}, None, "person")]) is None


def test_labels_in_a_crowd_stand_off_each_other():
    rng = np.random.default_rng(3)
    items = []
    for at in range(40):
        x, y = rng.integers(0, 560), rng.integers(0, 440)
        items.append(Box(x, y, x + 60, y + 30, f"thing {at}"))
    layout = lay_out(640, 480, items, font_px=12)
    spots = [label.spot for label in layout.labels if label is not None]
    assert len(spots) == 40
    assert sum(shared(one, two) for at, one in enumerate(spots) for two in spots[:at]) == 0


def test_a_font_file_that_cannot_be_read_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"font 'none\.ttf'"):
        draw_boxes(Image.new("RGB", (64, 48)), [Point(5, 5, "猫")], font_file=tmp_path / "none.ttf")


def test_what_is_outside_draws_nothing_and_odd_boxes_do_not_fail():
    outside = [Box(400, 10, 500, 20, "gone"), Point(-40, 5, "gone"), Box(-30, -30, -10, -10, "gone")]
    assert changed(outside) is None
    odd = [
        Box(50, 50, 50, 50, "dot"),
        Box(10, 10, 12, 200),
        Box(0, 0, 1, 1, "x" * 500),
        Point(0, 0),
        Point(320, 240, "z"),
    ]
    assert changed(odd) is not None
    assert drawn([Box(0, 0, 3, 3, "tiny")], height=4, width=4).shape == (4, 4, 3)
