"""Text in pictures, with and without boxes."""

from __future__ import annotations

from pathlib import Path

import pytest

from saccade.errors import BadAnswer
from saccade.tasks import ocr
from saccade.types import Size
from tests.tasks.conftest import Scripted

LINES = (
    '[{"bbox_2d": [0, 0, 500, 500], "text_content": "TOTAL"}, '
    '{"bbox_2d": [0, 500, 1000, 1000], "text_content": "4.50"}]'
)


def test_plain_text_is_read_with_the_trained_prompt(scripted: Scripted, picture: Path):
    engine = scripted("TOTAL\n4.50\n")
    result = ocr(engine, picture)
    assert engine.requests[0].messages[0].text == "Read all the text in the image."
    assert (result.text, result.lines, result.boxes) == ("TOTAL\n4.50", ("TOTAL", "4.50"), ())


def test_an_answer_may_be_as_long_as_the_context_unless_told_otherwise(scripted: Scripted, picture: Path):
    engine = scripted("a", "b c d")
    ocr(engine, picture)
    assert ocr(engine, picture, max_tokens=2).flags == ("truncated",)
    assert [request.params.max_tokens for request in engine.requests] == [None, 2]


def test_lines_come_with_boxes_in_pixels_of_the_file(scripted: Scripted, picture: Path):
    engine = scripted(f"```json\n{LINES}\n```")
    result = ocr(engine, picture, boxes=True)
    prompt = "Spotting all the text in the image with line-level, and output in JSON format."
    assert engine.requests[0].messages[0].text == prompt
    first, second = result.boxes
    assert (first.x0, first.y0, first.x1, first.y1, first.label) == (0, 0, 100, 60, "TOTAL")
    assert (second.x0, second.y0, second.x1, second.y1, second.label) == (0, 60, 200, 120, "4.50")
    assert (str(result), result.image_size) == ("TOTAL\n4.50", Size(120, 200))


def test_an_answer_cut_short_keeps_its_complete_lines(scripted: Scripted, picture: Path):
    result = ocr(scripted(LINES[:90]), picture, boxes=True)
    assert result.lines == ("TOTAL",)
    assert "truncated" in result.flags


def test_an_answer_without_boxes_is_bad(scripted: Scripted, picture: Path):
    with pytest.raises(BadAnswer) as caught:
        ocr(scripted("I see no text."), picture, boxes=True)
    assert caught.value.raw == "I see no text."
