from __future__ import annotations

import json

import pytest

from saccade.prompts import documents

TEMPLATE = {"company": "", "total": 0.0, "date": "YYYY-MM-DD", "items": [{"name": "", "amount": 0.0}]}


def test_the_template_stands_in_the_prompt_in_its_own_order() -> None:
    prompt = documents.extract_prompt(TEMPLATE)
    assert prompt.startswith("Extract the key-value information in the format:{")
    told = json.loads(prompt.partition(":")[2])
    assert told == TEMPLATE and list(told) == list(TEMPLATE)


def test_accents_are_not_escaped_in_prompts() -> None:
    assert "prénom" in documents.extract_prompt({"prénom": ""})


def test_a_schema_says_the_same_as_the_template() -> None:
    schema = json.loads(
        documents.extract_schema_prompt({**TEMPLATE, "colour": documents.choices(("red", "blue"))}).partition(":")[2]
    )
    assert schema["properties"] == {
        "company": {"type": "string"},
        "total": {"type": "number"},
        "date": {"type": "string", "format": "date"},
        "items": {"type": "array", "items": {"type": "object", "properties": {
            "name": {"type": "string"}, "amount": {"type": "number"}}}},
        "colour": {"enum": ["red", "blue"]},
    }  # fmt: skip


def test_fields_can_be_asked_for_by_name() -> None:
    prompt = documents.extract_names_prompt(("invoice number", "date"))
    assert "invoice number, date" in prompt and "JSON" in prompt


def test_a_product_is_described_with_the_words_of_the_taxonomy() -> None:
    prompt = documents.product_prompt({"category": documents.choices(("lamps", "mugs")), "price": ""})
    assert json.loads(prompt.partition(":")[2]) == {"category": "lamps | mugs", "price": ""}


@pytest.mark.parametrize(
    "prompt",
    [
        documents.field_question("total"),
        documents.cell_question("price", "Green Tea"),
        documents.num_items_question(),
        documents.colour_question(),
    ],
)
def test_first_questions_want_a_short_answer(prompt: str) -> None:
    assert prompt.endswith("?\nAnswer the question using a single word or phrase.")


def test_second_questions_are_short() -> None:
    assert documents.field_follow_up("date") == "And the date?"
    assert documents.cell_follow_up("Green Tea") == 'And of "Green Tea"?'
    assert documents.colour_follow_up() == "And what colour is it?"
