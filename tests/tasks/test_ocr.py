"""Text in pictures, with and without boxes."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from saccade.engine.scripted import ScriptedEngine
from saccade.errors import BadAnswer, BadMessages
from saccade.tasks import ocr
from saccade.types import MediaSeen, Reply, Size, TokenLogprob
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


def test_named_fields_are_read_alone(scripted: Scripted, picture: Path):
    result = ocr(scripted('{"total": "4.50", "date": null}'), picture, fields=["total", "date"])
    assert (dict(result.fields), result.text) == ({"total": "4.50", "date": None}, "total: 4.50")


def written_page() -> Image.Image:
    image = Image.new("RGB", (400, 400), "white")
    for line in range(8):
        for word in range(6):
            ImageDraw.Draw(image).rectangle((20 + 60 * word, 20 + 48 * line, 65 + 60 * word, 34 + 48 * line), "black")
    return image


def test_a_page_is_read_in_strips_with_boxes_of_the_whole(scripted: Scripted):
    answer = '[{"bbox_2d": [0, 0, 1000, 500], "text_content": "x"}]'
    engine = scripted(answer, answer)
    result = ocr(engine, written_page(), boxes=True, tile=2)
    sizes = [request.messages[0].parts[0].source.size for request in engine.requests]
    assert sizes[0][1] + sizes[1][1] == 400 and {width for width, _ in sizes} == {400}
    first, second = result.boxes
    assert (first.y0, second.y0) == (0, sizes[0][1])
    assert second.y1 == pytest.approx(sizes[0][1] + sizes[1][1] / 2)
    assert (result.text, result.image_size, result.flags) == ("x\nx", Size(400, 400), ("tiled",))


def test_a_page_the_model_sees_too_small_is_read_again_in_strips(picture: Path):
    seen = MediaSeen("image", Size(400, 400), Size(160, 160), (1, 10, 10), 25)
    engine = ScriptedEngine([Reply("?", media=(seen,)), *["line"] * 6])
    result = ocr(engine, written_page())
    assert (result.text, engine.num_left) == ("\n".join(["line"] * 6), 0)
    engine = ScriptedEngine([Reply("as it is", media=(seen,))])
    assert ocr(engine, written_page(), tile=False).text == "as it is"


def test_a_turned_page_gives_boxes_of_the_file(scripted: Scripted):
    image = written_page().resize((400, 200)).rotate(-90, expand=True)  # 200 wide, 400 high, lines run down
    engine = scripted('[{"bbox_2d": [0, 0, 1000, 500], "text_content": "x"}]')
    result = ocr(engine, image, boxes=True, rotate=270)
    assert engine.requests[0].messages[0].parts[0].source.size == (400, 200)
    (box,) = result.boxes  # the upper half of the upright page is the right half of the file
    assert (box.x0, box.y0, box.x1, box.y1) == (100, 0, 200, 400)
    assert (result.image_size, result.turn, result.flags) == (Size(400, 200), 270, ("turned",))


def test_the_turn_is_found_by_what_reads_best():
    image = written_page().rotate(-90, expand=True)

    def reading(chance: float) -> Reply:
        return Reply("x", logprobs=(TokenLogprob("x", 0, chance),))

    result = ocr(ScriptedEngine([reading(-2.0), reading(-0.1), "text"]), image, rotate="auto")
    assert (result.turn, result.text, result.flags) == (270, "text", ("turned",))
    result = ocr(ScriptedEngine(["a", "b", "text"]), image, rotate="auto")
    assert result.flags == ("turn-unsure", "turned")


@pytest.mark.parametrize("options", [{"tile": 0}, {"tile": "some"}, {"rotate": 45}, {"continuations": -1}])
def test_options_that_make_no_sense_are_said(scripted: Scripted, picture: Path, options: dict[str, object]):
    with pytest.raises(BadMessages):
        ocr(scripted("x"), picture, **options)  # type: ignore[arg-type]
