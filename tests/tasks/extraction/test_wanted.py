"""The forms in which fields are asked for, and the schema an answer is held to."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Literal

import pytest
from pydantic import BaseModel, Field

from saccade.errors import BadSchema
from saccade.prompts.documents import extract_prompt
from saccade.tasks.extraction.wanted import bounded, decoding_schema, read_wanted


class Row(BaseModel):
    """Rows."""

    name: str
    price: float | None = None


class Paper(BaseModel):
    """Papers."""

    kind: Literal["bill", "note"]
    paid: bool | None = None
    rows: list[Row] = []


def test_a_class_without_descriptions_is_asked_for_as_a_template():
    expected = {"kind": "bill | note", "paid": "true | false", "rows": [{"name": "", "price": 0.0}]}
    assert read_wanted(Paper).prompt == extract_prompt(expected)


def test_descriptions_are_told_to_the_model():
    class Told(BaseModel):
        total: float = Field(description="with tax")

    prompt = read_wanted(Told).prompt
    assert prompt.startswith("Extract the information from the image as JSON that follows this schema:")
    assert '"description": "with tax"' in prompt


def test_names_may_come_as_one_text_and_schemas_as_json_text():
    assert read_wanted("company, total").prompt == read_wanted(["company", "total"]).prompt
    assert list(read_wanted('{"properties": {"a": {}}}').node.properties) == ["a"]


def test_a_field_may_be_called_type_in_a_template():
    assert list(read_wanted({"type": "", "format": ""}).node.properties) == ["type", "format"]


def test_the_decoding_schema_has_every_field_in_order_and_null_for_the_missing():
    schema = decoding_schema(read_wanted(Paper).node)
    assert schema["required"] == ["kind", "paid", "rows"] and schema["additionalProperties"] is False
    assert schema["properties"]["kind"] == {"enum": ["bill", "note", None]}
    price = schema["properties"]["rows"]["items"]["properties"]["price"]
    assert price == {"anyOf": [{"type": "number", "minimum": -1e15, "maximum": 1e15}, {"type": "null"}]}


def test_a_class_without_a_schema_is_said():
    class Odd(BaseModel):
        call: Callable[[int], int]

    with pytest.raises(BadSchema, match="Odd has no JSON schema"):
        read_wanted(Odd)


def test_only_days_of_the_calendar_and_times_of_the_clock_can_be_written():
    def fits(kind: str, text: str) -> bool:
        (rules,) = (bounded({"type": "string", "format": kind}),)
        return re.search(rules["pattern"], text) is not None

    years = (1000, 1600, 1900, 1996, 2000, 2023, 2024, 2100, 2400, 2999)
    for year in years:
        for month in range(14):
            for day in range(33):
                text = f"{year}-{month:02}-{day:02}"
                try:
                    date.fromisoformat(text)
                except ValueError:
                    assert not fits("date", text), text
                else:
                    assert fits("date", text) and fits("date-time", f"{text}T23:59:59Z"), text
    assert fits("time", "00:00:00") and fits("time", "12:30:59+02:00")
    assert not any(fits("time", text) for text in ("24:00:00", "12:60:00", "12:00:60", "12:00", "1:00:00"))
    assert not fits("date-time", "2023-02-29T00:00:00") and not fits("date", "2024-01-01T00:00:00")


def test_values_of_several_types_are_bounded_each():
    rules = bounded({"type": ["integer", "string"]})
    assert (rules["minimum"], rules["maximum"], rules["maxLength"]) == (-(10**15), 10**15, 2000)
