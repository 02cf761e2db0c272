from __future__ import annotations

import json

from saccade.prompts import compare


def test_the_form_shown_is_json_but_for_the_places_of_numbers() -> None:
    shown = compare.VERDICT_FORM.partition(": ")[2].replace("x1, y1, x2, y2", "1, 2, 3, 4")
    form = json.loads(shown)
    assert list(form) == ["evidence", "answer", "reason"]
    assert form["answer"].split("|") == list(compare.VERDICTS)
    assert form["evidence"] == [{"image": 1, "bbox_2d": [1, 2, 3, 4], "text_content": "..."}]


def test_fields_are_joined_into_one_question() -> None:
    assert compare.verify_prompt(["house number"]).startswith("Do the two pictures agree on the house number? ")
    assert "the house number and the name? " in compare.verify_prompt(["house number", "name"])
    assert compare.claim_prompt("A is B.") == f'Check this claim about the pictures: "A is B." {compare.VERDICT_FORM}'


def test_pictures_are_counted_from_one() -> None:
    assert compare.read_field_prompt("name", 1) == "What is the name in picture 1?"
    assert compare.read_field_follow_up(2) == "And in picture 2?"
    assert compare.only_in_prompt(2) == "What is only in picture 2?"
    assert compare.count_in_prompt("red circles", 2) == "How many red circles are there in picture 2?"
