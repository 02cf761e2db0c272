"""Answers that hold JSON in any of the shapes models write."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saccade.errors import BadAnswer
from saccade.processing.parse.json import as_list, read_json

CAT = {"bbox_2d": [1, 2, 3, 4], "label": "cat"}
DOG = {"bbox_2d": [5, 6, 7, 8], "label": "dog"}
BOTH = [CAT, DOG]
PRETTY = json.dumps(BOTH, indent="\t")

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@pytest.mark.parametrize(
    ("text", "value", "flags"),
    [
        (json.dumps(BOTH), BOTH, ()),
        (f"  \n{PRETTY}\n", BOTH, ()),
        (f"```json\n{PRETTY}\n```", BOTH, ("fenced",)),
        (f"```JSON\n{PRETTY}```", BOTH, ("fenced",)),
        (f"```\n{PRETTY}\n```", BOTH, ("fenced",)),
        (f"Here you are:\n```json\n{PRETTY}\n```\nAnything else?", BOTH, ("fenced",)),
        (f"```json\n{json.dumps(CAT)}\n```\nand\n```json\n{json.dumps(DOG)}\n```", BOTH, ("fenced", "several")),
        (f"```json\n[{json.dumps(CAT)}]\n```\n```json\n[{json.dumps(DOG)}]\n```", BOTH, ("fenced", "several")),
        (f"```json\n{PRETTY}", BOTH, ("fenced",)),
        (json.dumps(CAT), CAT, ()),
        (json.dumps(CAT) + "\nThat is the cat.", CAT, ("prose",)),
        (f"I see it: {json.dumps(BOTH)}", BOTH, ("prose",)),
        (f"See [1] and [the list]: {json.dumps(BOTH)} [2]", BOTH, ("prose",)),
        (f"{json.dumps(CAT)}\n{json.dumps(DOG)}", BOTH, ("several",)),
        (f"{json.dumps(CAT)}, {json.dumps(DOG)}", BOTH, ("several",)),
        (f'<think>maybe [{{"a": 1}}]</think>\n{json.dumps(CAT)}', CAT, ()),
        ('{"text": "```python\\nprint()\\n```"}', {"text": "```python\nprint()\n```"}, ()),
        ('```json\n{"text": "```x```", "n": 1}\n```', {"text": "```x```", "n": 1}, ("fenced",)),
        ("42", 42, ()),
        ('"yes"', "yes", ()),
        ("null", None, ()),
        ("[]", [], ()),
        ("```json\n[]\n```", [], ("fenced",)),
        ("The answer is [3].", [3], ("prose",)),
        ("\ufeff[1]", [1], ()),
    ],
)
def test_where_the_value_stands(text: str, value: Any, flags: tuple[str, ...]) -> None:
    parsed = read_json(text)
    assert parsed.value == value
    assert parsed.flags == flags


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1, 2, ]", [1, 2]),
        ('{"a": 1, }', {"a": 1}),
        ("[1,, 2]", [1, 2]),
        ("[, 1]", [1]),
        ("{'a': 'it''s', 'b': \"x\"}", {"a": "it''s", "b": "x"}),
        ("{'a': 'it's', 'b': True, 'c': None, 'd': False}", {"a": "it's", "b": True, "c": None, "d": False}),
        ("{“a”：“b”，“c”：1}", {"a": "b", "c": 1}),
        ("{a: 1, b_2: 2, 3: 4}", {"a": 1, "b_2": 2, "3": 4}),
        ('{"a" = 1}', {"a": 1}),
        ('{"a": 1 /* one */, // rest\n "b": 2} # end', {"a": 1, "b": 2}),
        ("# list\n[1]", [1]),
        ('[{"a": 1} {"b": 2}]', [{"a": 1}, {"b": 2}]),
        ('{"a": 1\n"b": 2}', {"a": 1, "b": 2}),
        ('["x"\n"y"]', ["x", "y"]),
        ('{"t": "a\nb\tc"}', {"t": "a\nb\tc"}),
        ('{"t": "say "hi" now", "n": 1}', {"t": 'say "hi" now', "n": 1}),
        ('{"t": "\\frac{1}{2} \\alpha \\sum", "n": 1,}', {"t": "\x0crac{1}{2} \\alpha \\sum", "n": 1}),
        ('{"t": "\\u00e9\\ud83d\\ude42\\u12", }', {"t": "é🙂\\u12"}),
        ("[+1, .5, 1., 1e3, 1_000, -2]", [1, 0.5, 1.0, 1000.0, 1000, -2]),
        ("[1; 2]", [1, 2]),
        ('{“a": “it”s”}', {"a": "it”s"}),
        ('["say \\"hi\\"", \'it\\\'s\',]', ['say "hi"', "it's"]),
    ],
)
def test_slips_that_are_forgiven(text: str, value: Any) -> None:
    parsed = read_json(text)
    assert parsed.value == value
    assert "repaired" in parsed.flags or "prose" in parsed.flags


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[NaN, 1]", [None, 1]),
        ("[Infinity, -Infinity]", [None, None]),
        ("[nan, 1,]", [None, 1]),
        ("[1e999]", [None]),
        ("[1e999,]", [None]),
        ("[" + "9" * 5000 + "]", [None]),
    ],
)
def test_numbers_that_are_none_become_null(text: str, value: Any) -> None:
    parsed = read_json(text)
    assert parsed.value == value and "nan" in parsed.flags


def test_a_key_that_comes_twice_keeps_its_last_value() -> None:
    for text in ('{"a": 1, "a": 2}', '{"a": 1, "a": 2,}'):
        parsed = read_json(text)
        assert parsed.value == {"a": 2} and "duplicate-keys" in parsed.flags


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('[{"a": 1}, {"a": 2', [{"a": 1}]),
        ('[{"a": 1}, {"a": 2}', [{"a": 1}, {"a": 2}]),
        ('[{"a": 1}, {"a": 2},', [{"a": 1}, {"a": 2}]),
        ('[{"a": 1}, {"a": "tex', [{"a": 1}]),
        ('[{"a": 1}, {"ke', [{"a": 1}]),
        ('[{"a": 1}, {ke', [{"a": 1}]),
        ('[{"a": 1}, {"key"', [{"a": 1}]),
        ('[{"a": 1}, {"key":', [{"a": 1}]),
        ('[{"a": 1}, {"key": tr', [{"a": 1}]),
        ('[{"a": 1}, {"key": -', [{"a": 1}]),
        ('[{"a": 1}, {', [{"a": 1}]),
        ('[{"a": 1}, {"t": "x\\', [{"a": 1}]),
        ('[{"bbox_2d": [1, 2, 3, 4], "label": "a"}, {"bbox_2d": [1, 2', [{"bbox_2d": [1, 2, 3, 4], "label": "a"}]),
        ('```json\n[{"a": 1}, {"a": 2\n```', [{"a": 1}]),
        ('{"a": 1, "b": "cut of', {"a": 1}),
        ('{"a": 1, "b": 12', {"a": 1}),
        ('{"pages": [{"lines": [{"t": "x"}, {"t": "y', {"pages": [{"lines": [{"t": "x"}]}]}),
        ("[1, 2, 3", [1, 2]),
        ("[[1, 2], [3, ", [[1, 2]]),
        ("[", []),
    ],
)
def test_a_cut_answer_keeps_what_is_complete(text: str, value: Any) -> None:
    parsed = read_json(text)
    assert parsed.value == value
    assert "truncated" in parsed.flags


@pytest.mark.parametrize(
    "text",
    ["", "  ", "no boxes here", "<think>[1]</think>", "{placeholder}", "[see below]", "[1 2 }", "```\n```", "{1}"],
)
def test_an_answer_without_json_is_said_with_the_raw_text(text: str) -> None:
    with pytest.raises(BadAnswer) as caught:
        read_json(text)
    assert caught.value.raw == text


def test_objects_inside_a_broken_list_are_saved() -> None:
    text = "[" + ", ".join([json.dumps(CAT)] * 3) + ", oops, " + json.dumps(DOG) + "]"
    assert read_json(text).value == [CAT] * 3


def test_three_hundred_items_one_per_line() -> None:
    assert len(read_json("\n".join([json.dumps(CAT)] * 300)).value) == 300


def test_half_a_surrogate_never_comes_out() -> None:
    assert read_json('["\\ud83d\\u0041 \\udc00 \\ud83dx"]').value == ["\ufffdA \ufffd \ufffdx"]


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 50_000, "[1," * 30_000 + "}", "{" * 3000 + '{"a": 1}' + "x"])
def test_deep_nesting_ends_quickly_and_cleanly(text: str) -> None:
    try:
        read_json(text)
    except BadAnswer as error:
        assert error.raw == text


def test_what_is_nested_too_deep_is_no_answer_and_what_stood_before_it_is() -> None:
    deep = "[" * 66 + "1" + "]" * 66
    assert read_json(deep[1:-1]).flags == ()
    for text in (deep, f"Answer: {deep}", '{"a":' * 500 + "1" + "}" * 500):
        with pytest.raises(BadAnswer, match="holds no JSON"):
            read_json(text)
    assert read_json(f"{json.dumps(BOTH)} {'[' * 5000}").value == BOTH


@pytest.mark.parametrize(
    ("text", "value"),
    [("[1,\n\t2 , -3]", [1, 2, -3]), ("[007, 1]", [7, 1]), ("[1, 2, 3.5, 4]", [1, 2, 3.5, 4]), ("[1 2]", [1, 2]),
     ("[1, 2,]", [1, 2]), ("[1,\x1c2]", [1, 2]), ("[[1, 2], [3, 4", [[1, 2]])],
)  # fmt: skip
def test_rows_of_whole_numbers_are_read_as_any_other(text: str, value: Any) -> None:
    assert read_json(f"{text} is it").value == value or read_json(text).value == value


@given(plain)
def test_strict_json_is_read_exactly(value: Any) -> None:
    assert read_json(json.dumps(value, ensure_ascii=False)).value == value


@given(st.lists(plain), st.booleans())
def test_the_forgiving_reader_agrees_with_the_strict_one(value: list[Any], fenced: bool) -> None:
    text = json.dumps(value, ensure_ascii=False)
    wrapped = f"```json\n{text}\n```" if fenced else f"Answer: {text}"
    if value and not fenced and not any(isinstance(item, dict) and item for item in value):
        return  # a text in a short list may itself hold something that looks more like data
    assert read_json(wrapped).value == value


@given(st.lists(st.fixed_dictionaries({"bbox_2d": st.lists(st.integers(0, 999), min_size=4, max_size=4),
                                       "label": st.text("ab \"'{}[],:\\", max_size=6)}), min_size=1, max_size=4),
       st.data())  # fmt: skip
def test_every_cut_of_an_answer_gives_complete_items_only(items: list[dict[str, Any]], data: st.DataObject) -> None:
    text = json.dumps(items)
    cut = data.draw(st.integers(1, len(text) - 1))
    parsed = read_json(text[:cut])
    assert parsed.value == items[: len(parsed.value)]
    assert "truncated" in parsed.flags


@given(st.text("[]{}\",:0123456789.eE-+nulltrefas \\'`\n#/*“”", max_size=60))
def test_nothing_but_a_bad_answer_is_raised(text: str) -> None:
    with contextlib.suppress(BadAnswer):
        read_json(text)


@pytest.mark.parametrize(
    ("value", "items"),
    [
        ([1, 2], [1, 2]),
        (CAT, [CAT]),
        ({"objects": BOTH}, BOTH),
        ({"objects": BOTH, "count": 2}, BOTH),
        ({"objects": []}, []),
        ({"a": BOTH, "b": BOTH}, [{"a": BOTH, "b": BOTH}]),
        ({}, []),
        (None, []),
        ("x", ["x"]),
    ],
)
def test_a_value_as_a_list_of_items(value: Any, items: list[Any]) -> None:
    assert as_list(value) == items
