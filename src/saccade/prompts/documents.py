"""Prompts for invoices, receipts, forms, cards and product cards: named fields out, as one compact JSON object.

A template says what is wanted: names, and under each name how its value is to be written. The one rule, for `extract`
and for `product`, and there is no other:

    ""              the text exactly as it is printed, without its label; lines are joined with one space
    0.0             an amount or a quantity as a JSON number: the printed digits, "." before decimals, nothing else
    "YYYY-MM-DD"    a date in that form
    "a | b | c"     one of these words, also where it is seen and not printed
    [{...}]         a list of such objects, one for each row, in printed order
    and whatever is not on the paper is null (a list: []).

The first wording is that of the key information example in the Qwen3-VL repository.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from saccade.prompts.scenes import NOT_SHOWN as NOT_SHOWN
from saccade.prompts.scenes import short_answer_prompt

TEXT, NUMBER, DATE = "", 0.0, "YYYY-MM-DD"
CHOICE_SEPARATOR = " | "

Template = Mapping[str, Any]


def choices(words: Sequence[str]) -> str:
    """The template value that wants one of `words`."""
    return CHOICE_SEPARATOR.join(words)


def extract_prompt(template: Template) -> str:
    """The question for the fields of `template`; keys come back in its order."""
    return f"Extract the key-value information in the format:{json.dumps(template, ensure_ascii=False)}"


def extract_names_prompt(names: Sequence[str]) -> str:
    """The question for fields by name, every value as printed (`TEXT`)."""
    return f"Extract these fields from the image: {', '.join(names)}. Output in JSON format, null for what is missing."


def extract_schema_prompt(template: Template) -> str:
    """The question for the same fields, told as a JSON schema."""
    return extract_described_prompt(schema_of(template))


def extract_described_prompt(schema: Mapping[str, Any]) -> str:
    """The same question with a schema of the caller's own, which may describe its fields."""
    text = json.dumps(schema, ensure_ascii=False)
    return f"Extract the information from the image as JSON that follows this schema:{text}"


def schema_of(template: Template) -> dict[str, Any]:
    """The JSON schema of a template: what is not on the paper may be null, so only names and types are given."""
    return {"type": "object", "properties": {name: _schema_of_value(value) for name, value in template.items()}}


def _schema_of_value(value: Any) -> dict[str, Any]:
    if isinstance(value, list):
        return {"type": "array", "items": schema_of(value[0])}
    if isinstance(value, int | float):
        return {"type": "number"}
    if value == DATE:
        return {"type": "string", "format": "date"}
    if CHOICE_SEPARATOR in value:
        return {"enum": value.split(CHOICE_SEPARATOR)}
    return {"type": "string"}


def product_prompt(template: Template) -> str:
    """The question for what a product card shows, with the words of the taxonomy as choices."""
    return f"Describe this product in the JSON format:{json.dumps(template, ensure_ascii=False)}"


def category_question(words: Sequence[str]) -> str:
    """The question for one step down a taxonomy that is too large to be shown at once."""
    return short_answer_prompt(f"Which category does the product belong to: {', '.join(words)}?")


def field_question(name: str) -> str:
    """The question for one field, e.g. "invoice number"; the answer is its value as printed, or `NOT_SHOWN`."""
    return short_answer_prompt(f"What is the {name}?")


def field_follow_up(name: str) -> str:
    """A second turn after `field_question`, `cell_question` or `extract_prompt`: the same for another field."""
    return f"And the {name}?"


def colour_question() -> str:
    """The question for the colour of the thing on a product card, printed or not."""
    return short_answer_prompt("What colour is the product?")


def colour_follow_up() -> str:
    """The same as a second turn."""
    return "And what colour is it?"


def cell_question(column: str, row: str) -> str:
    """The question for one cell of the list of items, e.g. the "price" of the row that is named "Green Tea"."""
    return short_answer_prompt(f'What is the {column} of "{row}"?')


def cell_follow_up(row: str) -> str:
    """A second turn after `cell_question`: the same column of another row."""
    return f'And of "{row}"?'


def num_items_question() -> str:
    """The question for the number of rows of the list of items."""
    return short_answer_prompt("How many different items are listed?")
