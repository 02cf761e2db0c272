"""Translation line by line, by the model or by a function, and the overlay in four scripts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from saccade import tasks
from saccade.errors import BadAnswer, BadInput, BadMessages
from saccade.media.lettering import Lettering
from saccade.session import Model
from saccade.tasks import translate
from tests.tasks.conftest import Scripted
from tests.tasks.recordings import recorded

MENU = ("Soup of the day", "Grilled fish with rice", "€ 12.50")


def menu() -> tuple[Image.Image, str]:
    """A picture of 600 x 300 with three lines, and the answer of a model that reads it without a fault."""
    image = Image.new("RGB", (600, 300), (240, 236, 224))
    draw = ImageDraw.Draw(image)
    boxes = []
    for row, text in enumerate(MENU):
        line = Lettering(30).line(text)
        line.write(draw, 60, 40 + 80 * row, (120, 20, 30))
        boxes.append((60, 40 + 80 * row, 60 + line.width, 40 + 80 * row + line.height))
    items = [
        {"bbox_2d": [x0 / 0.6, y0 / 0.3, x1 / 0.6, y1 / 0.3], "text_content": text}
        for (x0, y0, x1, y1), text in zip(boxes, MENU, strict=True)
    ]
    return image, json.dumps(items)


def lines_answer(lines: list[str]) -> str:
    return json.dumps([{"bbox_2d": [100, 100 * row, 900, 100 * row + 60], "text_content": line}
                       for row, line in enumerate(lines)], ensure_ascii=False)  # fmt: skip


@pytest.mark.parametrize("case", recorded("translate"))
def test_a_recorded_reply(scripted: Scripted, case: Mapping[str, Any]):
    engine = scripted(lines_answer(case["lines"]), *case["replies"])
    expected, image = case["expected"], Image.new("RGB", (400, 400), "white")
    if "error" in expected:
        name, words = expected["error"]
        with pytest.raises(BadAnswer, match=words) as caught:
            translate(engine, image, case["to"], **case["options"])
        assert type(caught.value).__name__ == name
        return
    result = translate(engine, image, case["to"], **case["options"])
    assert [line.text for line in result.lines] == expected["texts"]
    assert list(result.flags) == expected["flags"]
    assert engine.num_left == 0 or case["name"].startswith("a line that is left out twice")


def test_all_lines_go_in_one_request_with_their_numbers(scripted: Scripted):
    image, read = menu()
    engine = scripted(read, '{"1": "Tagessuppe", "2": "Gegrillter Fisch mit Reis"}')
    result = translate(engine, image, to="de", source="English", keep="Acme, Bob")
    prompt, params = engine.requests[1].messages[0].text, engine.requests[1].params
    assert "from English into German" in prompt and "Leave these words as they are: Acme, Bob." in prompt
    assert "\n1. Soup of the day\n2. Grilled fish with rice\n" in prompt and "12.50" not in prompt
    assert isinstance(params.schema, Mapping) and params.schema["required"] == ["1", "2"]
    assert result.text == "Tagessuppe\nGegrillter Fisch mit Reis\n€ 12.50" and result.lines[2].flags == ("kept",)
    assert (result.to, result.source_language, len(engine.requests)) == ("German", "English", 2)
    box = result.boxes[0]
    assert (box.label, box.attributes["source"]) == ("Tagessuppe", "Soup of the day")
    assert (box.x0, box.y0) == pytest.approx((60, 40), abs=1)


def test_a_translator_of_the_caller_is_called_once_with_codes(scripted: Scripted):
    image, read = menu()
    calls: list[tuple[list[str], str | None, str]] = []

    def mt(lines: list[str], source: str | None, target: str) -> list[str | None]:
        calls.append((lines, source, target))
        return ["今日例汤", None]

    engine = scripted(read)
    result = translate(engine, image, to="zh", source="en", mt=mt)
    assert calls == [(["Soup of the day", "Grilled fish with rice"], "en", "zh")] and len(engine.requests) == 1
    assert [line.text for line in result.lines] == ["今日例汤", "Grilled fish with rice", "€ 12.50"]
    assert [line.flags for line in result.lines] == [(), ("missing",), ("kept",)]


@pytest.mark.parametrize("given", ["one text", ["too few"], [1, 2, 3], None])
def test_a_translator_that_gives_something_else_is_said(scripted: Scripted, given: Any):
    image, read = menu()
    with pytest.raises(BadInput, match="the mt function must give back a list of 2 texts"):
        translate(scripted(read), image, mt=lambda lines, source, target: given)


def test_bad_input_is_said_before_anything_is_asked(scripted: Scripted):
    engine = scripted()
    image = Image.new("RGB", (40, 40))
    with pytest.raises(BadMessages, match="unknown language 'Klingon'"):
        translate(engine, image, to="Klingon")
    with pytest.raises(BadMessages, match="keep has an empty word"):
        translate(engine, image, keep=["Acme", " "])
    with pytest.raises(BadMessages, match="the option 'schema' does not go with a task"):
        translate(engine, image, schema={})
    assert not engine.requests


def test_a_picture_without_text_has_no_lines(scripted: Scripted):
    result = translate(scripted("[]"), Image.new("RGB", (40, 40)), overlay=True)
    assert (result.lines, result.flags) == ((), ("no-text",)) and result.picture is not None


TEXTS = {
    "de": ("Tagessuppe", "Gegrillter Fisch mit Reis"),
    "zh": ("今日例汤", "烤鱼配米饭"),
    "ar": ("حساء اليوم", "سمك مشوي مع أرز"),
    "hi": ("आज का सूप", "चावल के साथ मछली"),
}


@pytest.mark.parametrize("language", TEXTS)
def test_the_overlay_changes_nothing_outside_the_boxes_and_something_inside(scripted: Scripted, language: str):
    image, read = menu()
    first, second = TEXTS[language]
    result = translate(scripted(read, json.dumps({"1": first, "2": second})), image, language)
    drawn, before = np.asarray(result.overlay(image)), np.asarray(image)
    outside = np.ones(before.shape[:2], dtype=bool)
    for line in result.lines[:2]:
        box = line.box
        inside = np.s_[int(box.y0) : int(np.ceil(box.y1)), int(box.x0) : int(np.ceil(box.x1))]
        outside[inside] = False
        assert (drawn[inside] != before[inside]).any(axis=2).mean() > 0.03
        # Letters in the colour of the old ones, on the old ground.
        assert (drawn[inside] == (120, 20, 30)).all(axis=2).any() and (drawn[inside] == (240, 236, 224)).all(
            axis=2
        ).any()
    assert (drawn[outside] == before[outside]).all()
    assert result.lines[0].direction == ("rtl" if language == "ar" else "ltr")


def test_draw_and_overlay_give_the_same_picture(scripted: Scripted):
    image, read = menu()
    engine = scripted(read, '{"1": "Tagessuppe", "2": "Fisch"}')
    model = Model(engine)
    result = model.translate(image, "de", overlay=True)
    assert result.picture is not None
    assert (np.asarray(model.draw(image, result)) == np.asarray(result.picture)).all()
    assert (np.asarray(result.overlay(image)) == np.asarray(result.picture)).all()


def test_another_picture_is_refused(scripted: Scripted):
    image, read = menu()
    result = translate(scripted(read, '{"1": "a", "2": "b"}'), image, "de")
    with pytest.raises(BadInput, match="of a picture of 600 x 300 pixels, and this one has 300 x 150"):
        result.overlay(image.resize((300, 150)))


def test_a_line_that_does_not_fit_is_flagged(scripted: Scripted):
    image, read = menu()
    long = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz und noch viel mehr davon " * 3
    result = translate(scripted(read, json.dumps({"1": long, "2": "Fisch"})), image, "de", overlay=True)
    assert {"cut", "small"} <= set(result.lines[0].flags) and "cut" in result.flags
    assert "cut" not in result.lines[1].flags


def test_faces_are_hidden_in_the_overlay_too(scripted: Scripted):
    image, read = menu()
    image.paste((200, 150, 120), (500, 10, 560, 70))
    image.putpixel((530, 30), (0, 0, 0))
    result = translate(
        scripted(read, '{"1": "Suppe", "2": "Fisch"}'), image, "de", overlay=True,
        blur_faces=lambda picture: [(500, 10, 560, 70)],
    )  # fmt: skip
    assert result.picture is not None and result.picture.getpixel((530, 30)) != (0, 0, 0)


def test_it_stands_with_the_other_tasks():
    assert tasks.translate is translate and Model.translate is translate
