"""The page that remembers what was drawn on it."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from saccade.synth.canvas import Canvas
from saccade.synth.fonts import faces
from saccade.types import Box

FACES = [family[0] for family in faces("heldout")]
CLEAN = 0.0


def finished(canvas: Canvas) -> np.ndarray:
    return canvas.finish(np.random.default_rng(0), CLEAN)[0]


def darkness(canvas: Canvas) -> np.ndarray:
    """How dark the clean picture is, 0..1, [H, W]."""
    return 1 - finished(canvas).astype(np.float64).mean(axis=2) / 255


@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize("face", FACES[:4], ids=lambda face: face.family)
def test_characters_have_their_ink_in_their_boxes(face: object, smooth: bool) -> None:
    canvas = Canvas(60, 240, smooth=smooth)
    font = canvas.font(face, 11)  # type: ignore[arg-type]
    assert canvas.say("Ag: 7.5 €é", 12, 40, font) == 0
    ink = darkness(canvas)
    covered = np.zeros_like(ink, dtype=bool)
    for char in canvas.chars:
        box = (slice(int(char.y0), int(np.ceil(char.y1))), slice(int(char.x0), int(np.ceil(char.x1))))
        assert ink[box].max() > 0.4, char
        covered[max(0, int(char.y0) - 1) : int(char.y1) + 2, max(0, int(char.x0) - 1) : int(char.x1) + 2] = True
    assert ink[~covered].max() < 0.1
    assert [(char.char, char.index) for char in canvas.chars] == [
        (letter, i) for i, letter in enumerate("Ag: 7.5 €é") if letter != " "]  # fmt: skip
    text, line = canvas.lines[0]
    assert text == line.label == "Ag: 7.5 €é"
    assert (line.x0, line.y1) == (min(c.x0 for c in canvas.chars), max(c.y1 for c in canvas.chars))


@pytest.mark.parametrize("smooth", [False, True])
def test_x_is_as_high_as_asked_and_stands_on_its_line(smooth: bool) -> None:
    canvas = Canvas(50, 90, smooth=smooth)
    canvas.say("xx", 10, 30, canvas.font(FACES[0], 12))
    x = canvas.chars[0]
    assert x.y1 == pytest.approx(30, abs=1) and x.y1 - x.y0 == pytest.approx(12, abs=1)


@pytest.mark.parametrize("smooth", [False, True])
def test_text_is_set_by_its_left_its_middle_or_its_right(smooth: bool) -> None:
    canvas = Canvas(80, 200, smooth=smooth)
    font = canvas.font(FACES[0], 10)
    for number, align in enumerate(("left", "middle", "right")):
        assert canvas.say("HHH", 100, 20 + 20 * number, font, align=align) == number
    boxes = [box for _, box in canvas.lines]
    width = canvas.length("HHH", font)
    assert boxes[0].x1 - boxes[0].x0 == pytest.approx(width, abs=4)
    assert boxes[0].x0 == pytest.approx(100, abs=2.5) and boxes[2].x1 == pytest.approx(100, abs=2.5)
    assert (boxes[1].x0 + boxes[1].x1) / 2 == pytest.approx(100, abs=1.5)


def test_both_renderers_put_everything_at_the_same_places() -> None:
    rough, smooth = Canvas(60, 160), Canvas(60, 160, smooth=True)
    for canvas in (rough, smooth):
        canvas.say("Total 12", 20, 30, canvas.font(FACES[1], 9))
        canvas.rectangle(Box(100, 10, 140, 50), fill=(0, 0, 0))
    for one, other in zip(rough.chars, smooth.chars, strict=True):
        assert abs(one.x0 - other.x0) <= 2 and abs(one.y1 - other.y1) <= 1.5
    assert finished(rough).shape == finished(smooth).shape == (60, 160, 3)
    for canvas in (rough, smooth):
        assert darkness(canvas)[15:45, 105:135].min() > 0.99 and darkness(canvas)[:8].max() < 0.01


def test_what_reaches_over_the_edge_is_cut_to_the_picture() -> None:
    canvas = Canvas(20, 30)
    canvas.say("WW", 15, 10, canvas.font(FACES[0], 12))
    for char in canvas.chars:
        assert 0 <= char.x0 <= char.x1 <= 30 and 0 <= char.y0 <= char.y1 <= 20


def test_a_line_of_spaces_has_a_place_but_no_characters() -> None:
    canvas = Canvas(20, 30)
    assert canvas.say("  ", 5, 10, canvas.font(FACES[0], 8)) == 0
    assert not canvas.chars and canvas.lines[0][1].area > 0


def test_several_lines_have_one_box_and_things_are_remembered() -> None:
    canvas = Canvas(80, 120)
    font = canvas.font(FACES[0], 8)
    numbers = [canvas.say(text, 10 + x, y, font) for text, x, y in (("one", 0, 20), ("two three", 5, 40))]
    both = canvas.line_box(numbers, "paragraph")
    first, second = (box for _, box in canvas.lines)
    assert (both.x0, both.y0, both.x1, both.y1) == (first.x0, first.y0, second.x1, second.y1)
    assert both.label == "paragraph"
    canvas.thing("button", Box(1, 2, 3, 4), "red", "small")
    assert [(thing.shape, thing.colour, thing.size_word, thing.box) for thing in canvas.objects] == [
        ("button", "red", "small", Box(1, 2, 3, 4))]  # fmt: skip


@pytest.mark.parametrize("smooth", [False, True])
def test_shapes_are_drawn_where_they_are_asked_for(smooth: bool) -> None:
    canvas = Canvas(60, 120, smooth=smooth)
    canvas.ellipse(Box(5, 5, 25, 25), fill=(0, 0, 0))
    canvas.polygon([(40, 5), (60, 5), (50, 25)], (0, 0, 0))
    canvas.stroke([(5, 45), (55, 45)], (0, 0, 0), width=4)
    canvas.slice(Box(70, 5, 110, 45), 0, 90, (0, 0, 0))
    canvas.paste(Image.new("RGB", (6, 4), (0, 0, 0)), 100, 50)
    ink = darkness(canvas)
    for x, y, dark in (
        (15, 15, True), (6, 6, False), (50, 10, True), (42, 20, False), (30, 45, True), (30, 40, False),
        (97, 32, True), (83, 18, False), (97, 18, False), (103, 52, True), (103, 56, False),
    ):  # fmt: skip
        assert (ink[y, x] > 0.5) == dark, (x, y)


def test_a_see_through_picture_is_laid_over() -> None:
    canvas = Canvas(20, 20, (255, 255, 255))
    stamp = Image.new("RGBA", (10, 10), (0, 0, 0, 0))
    stamp.paste((0, 0, 0, 255), (0, 0, 5, 10))
    canvas.paste(stamp, 5, 5)
    ink = darkness(canvas)
    assert ink[8, 7] > 0.9 and ink[8, 12] < 0.1


def test_damage_is_told_and_grows_with_distortion() -> None:
    def told(distortion: float) -> list[dict[str, object]]:
        return [
            Canvas(40, 40, (200, 200, 200)).finish(np.random.default_rng(seed), distortion)[1] for seed in range(20)
        ]

    assert not any(told(0.0))
    assert sum(map(len, told(1.0))) > sum(map(len, told(0.1)))
