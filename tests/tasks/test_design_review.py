"""Findings of the model, and a palette, contrasts and an alignment that no model has touched."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from PIL import Image, ImageDraw

from saccade.errors import BadAnswer, BadInput
from saccade.media.lettering import Lettering
from saccade.session import Model
from saccade.tasks import design_review
from saccade.types import Box
from tests.tasks.conftest import Scripted
from tests.tasks.recordings import recorded

NOTHING = '{"style": "", "hierarchy": [], "findings": []}'
INKS = ((0, 0, 0), (119, 119, 119), (200, 200, 200))  # on white 21:1, 4.48:1 (the well-known #777) and 1.67:1


def page() -> tuple[Image.Image, tuple[Box, ...]]:
    """White, a blue bar on a fifth of it, and three lines of 20 px letters, left-aligned."""
    image = Image.new("RGB", (400, 300), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 399, 59), fill=(13, 110, 253))
    boxes = []
    for row, ink in enumerate(INKS):
        line = Lettering(20).line(f"Line number {row + 1}{' and more' * row}")
        line.write(draw, 40, 100 + 50 * row, ink)
        boxes.append(Box(40, 100 + 50 * row, 40 + line.width, 100 + 50 * row + line.height, f"line {row + 1}"))
    return image, tuple(boxes)


@pytest.mark.parametrize("case", recorded("design_review"))
def test_a_recorded_reply(scripted: Scripted, case: Mapping[str, Any]):
    engine, expected = scripted(*case["replies"]), case["expected"]
    if "error" in expected:
        with pytest.raises(BadAnswer, match=expected["error"][1]):
            design_review(engine, page()[0], texts=())
        return
    result = design_review(engine, page()[0], texts=())
    told = [{"area": one.area, "severity": one.severity, "finding": one.finding, "suggestion": one.suggestion,
             "has_box": one.box is not None} for one in result.findings]  # fmt: skip
    assert told == expected["findings"]
    assert (result.style, list(result.hierarchy)) == (expected["style"], expected["hierarchy"])
    assert set(result.flags) == set(expected["flags"])
    assert engine.num_left == 0 and all(one.source == "model" for one in result.findings)


def test_contrasts_are_measured_and_the_failing_ones_are_findings(scripted: Scripted):
    image, boxes = page()
    result = design_review(scripted(NOTHING), image, texts=boxes)
    assert [one.ink for one in result.contrasts] == ["#000000", "#777777", "#c8c8c8"]
    assert [one.ground for one in result.contrasts] == ["#ffffff"] * 3
    assert [one.ratio for one in result.contrasts] == pytest.approx([21.0, 4.48, 1.67], abs=0.01)
    assert [one.aa for one in result.contrasts] == [True, False, False]
    assert [(one.area, one.severity, one.source) for one in result.findings] == [
        ("accessibility", "high", "measured"), ("accessibility", "medium", "measured"),
    ]  # fmt: skip
    assert result.findings[1].finding == 'contrast 4.48:1 of #777777 on #ffffff in "line 2"'
    assert "at least 4.5:1 (WCAG 2.2, 1.4.3)" in result.findings[1].suggestion
    assert result.findings[0].box == boxes[2]


def test_large_text_has_lower_limits_in_css_pixels(scripted: Scripted):
    image, boxes = page()
    large = [Box(box.x0, box.y0 - 5, box.x1, box.y1 + 5, box.label) for box in boxes]
    result = design_review(scripted(NOTHING), image, texts=large)
    assert all(one.large for one in result.contrasts) and result.contrasts[1].aa
    phone = design_review(scripted(NOTHING), image, texts=large, pixel_ratio=2)
    assert not any(one.large for one in phone.contrasts) and not phone.contrasts[1].aa


def test_the_palette_and_the_alignment_are_computed(scripted: Scripted):
    image, boxes = page()
    result = design_review(scripted(NOTHING), image, texts=boxes)
    shares = {one.hex: one.share for one in result.palette}
    assert shares["#0d6efd"] == pytest.approx(0.2, abs=0.001) and shares["#ffffff"] == pytest.approx(0.78, abs=0.03)
    assert (result.alignment.side, result.alignment.position_px, result.alignment.share) == ("left", 40, 1.0)


def test_what_the_model_says_of_numbers_changes_none_of_them(scripted: Scripted):
    image, boxes = page()
    wild = json.dumps({"style": "x", "hierarchy": [], "palette": ["#123456"], "contrasts": [99], "findings": [
        {"area": "colour", "severity": "low", "finding": "The palette is #123456, contrast 99:1"}]})  # fmt: skip
    calm, loud = (design_review(scripted(answer), image, texts=boxes) for answer in (NOTHING, wild))
    assert (calm.palette, calm.contrasts, calm.alignment) == (loud.palette, loud.contrasts, loud.alignment)


def test_text_is_read_where_no_boxes_are_given(scripted: Scripted):
    image, _ = page()
    read = '[{"bbox_2d": [100, 330, 450, 410], "text_content": "Line number 1"}]'
    engine = scripted(NOTHING, read)
    result = design_review(engine, image)
    assert len(engine.requests) == 2 and [one.text for one in result.contrasts] == ["Line number 1"]


def test_a_reading_without_boxes_costs_only_the_contrasts(scripted: Scripted):
    result = design_review(scripted(NOTHING, "I see some text."), page()[0])
    assert result.contrasts == () and result.flags == ("no-text-boxes",) and result.palette


def test_boxes_without_ink_have_no_contrast(scripted: Scripted):
    image, _ = page()
    result = design_review(scripted(NOTHING), image, texts=[Box(300, 70, 390, 90), Box(900, 900, 990, 990)])
    assert result.contrasts == ()


@pytest.mark.parametrize(("options", "words"), [
    ({"pixel_ratio": 0}, "pixel_ratio is 0"), ({"num_colours": 99}, "num_colours is 99"),
    ({"texts": ["a"]}, "texts must be a list of Box"),
])  # fmt: skip
def test_bad_input_is_said_before_anything_is_asked(scripted: Scripted, options: dict[str, Any], words: str):
    engine = scripted()
    with pytest.raises(BadInput, match=words):
        design_review(engine, page()[0], **options)
    assert not engine.requests


def test_it_is_a_method_of_the_model():
    assert Model.design_review is design_review
