"""Whether a value fits a schema, and what is made of answers of servers that cannot be held to one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saccade.engine.api import SamplingParams
from saccade.engine.remote.constraints import Misfit, fitting_text
from saccade.engine.remote.servers import LLAMA, OLLAMA, OTHER, SGLANG, VLLM, untouched_size
from saccade.families import FAMILIES
from saccade.processing.parse.fitting import first_fault
from saccade.types import Size

LINES = {
    "type": "object",
    "required": ["lines"],
    "properties": {"lines": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/line"}}},
    "$defs": {
        "line": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "price": {"anyOf": [{"type": "number", "minimum": 0}, {"type": "null"}]},
                "kind": {"enum": ["a", "b"]},
            },
        }
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ({"lines": [{"price": 1.5, "kind": "a"}, {"price": None}]}, None),
        ({}, "$: the field 'lines' is missing"),
        ([], "$: [] is no object"),
        ({"lines": []}, "$.lines: 0 items are fewer than 1"),
        ({"lines": [{"price": "12"}]}, '$.lines[0].price: "12" is no number'),
        ({"lines": [{}, {"price": -1}]}, "$.lines[1].price: -1 is not at least 0"),
        ({"lines": [{"kind": "c"}]}, '$.lines[0].kind: "c" is none of "a", "b"'),
        ({"lines": [{"colour": 1}]}, "$.lines[0]: the field 'colour' is not allowed"),
    ],
)
def test_the_first_fault_is_named_with_its_place(value: Any, fault: str | None) -> None:
    found = first_fault(value, LINES)
    assert found == fault or (fault is not None and found is not None and found.startswith(fault.partition(":")[0]))


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"type": "integer"}, [1, 2.0], [1.5, True, "1"]),
        ({"type": ["string", "null"]}, ["", None], [0, False]),
        ({"const": 1}, [1], [True, 2]),
        ({"type": "string", "pattern": "^a+$", "maxLength": 3}, ["aa"], ["b", "aaaa"]),
        ({"exclusiveMinimum": 1, "maximum": 3}, [2, 3, "x"], [1, 4]),
        ({"allOf": [{"minimum": 1}, {"maximum": 2}]}, [1], [0, 3]),
        ({"prefixItems": [{"type": "string"}], "items": {"type": "number"}}, [["a", 1]], [[1], ["a", "b"]]),
        ({"type": "object", "additionalProperties": {"type": "number"}}, [{"a": 1}], [{"a": "1"}]),
        (False, [], [1, None]),
        (True, [1, None], []),
        ({"$ref": "#"}, [], [1]),  # refers to itself for ever: nothing that could be checked
        ({"pattern": "("}, ["anything"], []),  # of a dialect that is not ours
    ],
)
def test_the_keywords_that_describe_data_are_known(schema: Any, good: list[Any], bad: list[Any]) -> None:
    assert [first_fault(value, schema) for value in good] == [None] * len(good)
    assert all(first_fault(value, schema) for value in bad)


@pytest.mark.parametrize(
    ("options", "text", "fitted"),
    [
        ({"schema": {"type": "object"}}, '{"a": 1}', '{"a": 1}'),
        ({"schema": {"type": "object"}}, 'Here: [{"a": 1,}]', '{"a": 1}'),
        ({"choices": ["cat", "dog"]}, "It is a dog.", "dog"),
        ({"choices": ["cat", "dog"]}, '"Cat"', "cat"),
        ({"regex": "[0-9]{2}"}, "\n42 ", "42"),
    ],
)
def test_an_answer_is_mended_where_its_meaning_is_plain(options: dict[str, Any], text: str, fitted: str) -> None:
    found, flags = fitting_text(SamplingParams(**options), text)
    assert found == fitted and flags == (() if found == text else ("repaired",))


@pytest.mark.parametrize(
    ("options", "text"),
    [({"choices": ["cat", "dog"]}, "a cat and a dog"), ({"choices": ["cat", "dog"]}, "a cow"),
     ({"choices": ["cat"]}, "concatenate"), ({"regex": "[0-9]{2}"}, "123"), ({"schema": {"type": "object"}}, "no"),
     ({"schema": {"type": "object"}}, "[]")],
)  # fmt: skip
def test_an_answer_that_could_mean_anything_is_no_fit(options: dict[str, Any], text: str) -> None:
    with pytest.raises(Misfit):
        fitting_text(SamplingParams(**options), text)


@given(st.sampled_from(sorted(FAMILIES)), st.sampled_from([VLLM, SGLANG, LLAMA, OTHER]),
       st.integers(32, 4096), st.floats(1, 20), st.booleans())  # fmt: skip
def test_there_is_a_size_that_the_usual_servers_leave_alone(
    family: str, kind: Any, short: int, ratio: float, tall: bool
) -> None:
    profile, long = FAMILIES[family], round(short * ratio)
    source = Size(long, short) if tall else Size(short, long)
    size, untouched = untouched_size(source, source, profile.factor, kind.limits(profile))
    assert untouched and size.height % profile.factor == size.width % profile.factor == 0


@given(st.sampled_from(sorted(FAMILIES)), st.integers(32, 4096), st.floats(1, 3))
def test_even_the_narrow_limits_of_ollama_have_room(family: str, short: int, ratio: float) -> None:
    profile, source = FAMILIES[family], Size(short, round(short * ratio))
    low, high = OLLAMA.limits(profile)
    size, untouched = untouched_size(source, source, profile.factor, (low, high))
    assert untouched and low <= size.pixels <= high
