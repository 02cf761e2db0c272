"""Names in several languages; who a real person is stays untold unless that is asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from PIL import Image

from saccade.errors import BadAnswer, BadMessages
from saccade.prompts.recognition import NO_NAMES, WITH_NAMES
from saccade.session import Model
from saccade.tasks import recognise
from tests.tasks.conftest import Scripted
from tests.tasks.recordings import recorded

IMAGE = Image.new("RGB", (200, 100), "gray")
NAMED = json.dumps([{
    "bbox_2d": [100, 100, 500, 500], "label": "Lionel Messi", "name_en": "Lionel Messi", "name_zh": "梅西",
    "category": "athlete", "real_person": True, "evidence": "Messi, number 10", "confidence": 0.9,
    "nickname": "La Pulga",
}, {
    "bbox_2d": [0, 0, 50, 50], "name_en": "La Pulga scarf", "name_zh": "围巾", "category": "product",
    "real_person": False, "evidence": "says Messi", "confidence": 0.5,
}])  # fmt: skip


@pytest.mark.parametrize("case", recorded("recognise"))
def test_a_recorded_reply(scripted: Scripted, case: Mapping[str, Any]):
    engine, expected = scripted(*case["replies"]), case["expected"]
    if "error" in expected:
        with pytest.raises(BadAnswer, match=expected["error"][1]) as caught:
            recognise(engine, IMAGE, case["what"], **case["options"])
        assert caught.value.raw == ""
        return
    result = recognise(engine, IMAGE, case["what"], **case["options"])
    told = [
        {"names": dict(item.names), "category": item.category, "confidence": item.confidence, "evidence": item.evidence,
         "has_box": item.box is not None, "flags": list(item.flags)}
        for item in result.items
    ]  # fmt: skip
    assert told == expected["items"]
    assert set(result.flags) == set(expected["flags"])
    assert engine.num_left == 0


def test_no_name_of_a_person_is_anywhere_in_the_result(scripted: Scripted):
    result = recognise(scripted(NAMED), IMAGE, "anything")
    everything = repr(result) + str(result.boxes) + result.raw_text
    assert not [name for name in ("Messi", "Lionel", "梅西", "Pulga") if name in everything]
    assert [item.name for item in result.items] == ["person", "person scarf"]
    assert result.flags == ("person-withheld",) and "said-absent" not in result.flags
    assert [box.label for box in result.boxes] == ["person", "person scarf"]


def test_persons_are_named_only_where_that_is_asked_for_and_the_result_says_so(scripted: Scripted):
    engine = scripted(NAMED, NAMED)
    assert recognise(engine, IMAGE, persons=True).items[0].names == {"en": "Lionel Messi", "zh": "梅西"}
    assert "persons-on" in recognise(engine, IMAGE, persons=True).flags
    assert WITH_NAMES in engine.requests[0].messages[0].text and NO_NAMES not in engine.requests[0].messages[0].text


def test_the_model_is_told_not_to_name_persons(scripted: Scripted):
    engine = scripted("[]")
    recognise(engine, IMAGE, "person")
    assert NO_NAMES in engine.requests[0].messages[0].text


def test_own_words_do_not_get_around_it(scripted: Scripted):
    answer = '[{"bbox_2d": [1, 1, 9, 9], "label": "Ada Lovelace"}]'
    result = recognise(scripted(answer, answer), IMAGE, "who is this?")
    assert [item.name for item in result.items] == ["person"] and "person-withheld" in result.flags


def test_boxes_are_pixels_of_the_file(scripted: Scripted):
    box = recognise(scripted(NAMED), IMAGE).boxes[0]
    assert (box.x0, box.y0, box.x1, box.y1) == pytest.approx((20, 10, 100, 50))


def test_names_come_in_the_languages_that_were_asked_for(scripted: Scripted):
    answer = (
        '[{"bbox_2d": [0, 0, 9, 9], "name_de": "Tulpe", "name_hi": "ट्यूलिप", "name_fr": "Tulipe", "category": "plant"}]'
    )
    engine = scripted(answer)
    result = recognise(engine, IMAGE, "plant", languages="German, hi, fr")
    assert result.items[0].names == {"de": "Tulpe", "hi": "ट्यूलिप", "fr": "Tulipe"} and result.items[0].flags == ()
    assert "name in German and Hindi and French" in engine.requests[0].messages[0].text


@pytest.mark.parametrize(("what", "languages", "words"), [
    ("anything", (), "no language"), ("anything", "en, Klingon", "unknown language"), (" ", "en", "empty name"),
])  # fmt: skip
def test_bad_input_is_said_before_anything_is_asked(scripted: Scripted, what: str, languages: Any, words: str):
    engine = scripted()
    with pytest.raises(BadMessages, match=words):
        recognise(engine, IMAGE, what, languages=languages)
    assert not engine.requests


def test_it_is_a_method_of_the_model():
    assert Model.recognise is recognise
