"""Tool calls in every dialect."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saccade.families import family_profile
from saccade.processing.parse.tools import ParsedCalls, coordinate_of, read_tool_calls
from saccade.types import Size, ToolCall

CLICK = ToolCall("computer_use", {"action": "left_click", "coordinate": [500, 250]})
BODY = '{"name": "computer_use", "arguments": {"action": "left_click", "coordinate": [500, 250]}}'


@pytest.mark.parametrize(
    "text",
    [
        f"<tool_call>\n{BODY}\n</tool_call>",
        f"<tool_call>{BODY}</tool_call><|im_end|>",
        f"<tool_call>\n{BODY}",
        '<tool_call>{"name": "computer_use", "parameters": {"action": "left_click", "coordinate": [500, 250],},}'
        "</tool_call>",
        '<tool_call>{"name": "computer_use", "arguments": "{\\"action\\": \\"left_click\\", '
        '\\"coordinate\\": [500, 250]}"}</tool_call>',
        f'<tool_call>{{"function": {BODY}}}</tool_call>',
        '✿FUNCTION✿: computer_use\n✿ARGS✿: {"action": "left_click", "coordinate": [500, 250]}\n✿RESULT✿:',
        "<tool_call>\n<function=computer_use>\n<parameter=action>\nleft_click\n</parameter>\n<parameter=coordinate>\n"
        "[500, 250]\n</parameter>\n</function>\n</tool_call>",
        BODY,
        f"```json\n{BODY}\n```",
        f"<think><tool_call>{{}}</tool_call></think><tool_call>{BODY}</tool_call>",
    ],
)
def test_a_call_in_every_notation(text: str) -> None:
    parsed = read_tool_calls(text)
    assert parsed.calls == (CLICK,) and parsed.text == ""


def test_thought_and_several_calls() -> None:
    text = (
        f'Thought: click.\n<tool_call>{BODY}</tool_call>\n<tool_call>{{"name": "wait", "arguments": {{}}}}</tool_call>'
    )
    assert read_tool_calls(text) == ParsedCalls((CLICK, ToolCall("wait", {})), "Thought: click.")


def test_no_call_is_text() -> None:
    for text in ("The total is 5.", "", '{"total": 5}', '{"name": "Anna"}', "[1, 2]"):
        assert read_tool_calls(text) == ParsedCalls((), text)
    assert read_tool_calls(f"<think>I could <tool_call>{BODY}</tool_call></think>No.").calls == ()
    assert read_tool_calls(f"<think>I could <tool_call>{BODY}</tool_call>").calls == ()


def test_a_cut_call_counts_only_when_its_json_is_complete() -> None:
    assert read_tool_calls(f"<tool_call>{BODY}").flags == ("truncated",)
    parsed = read_tool_calls(f'<tool_call>{BODY}</tool_call><tool_call>{{"name": "wait", "argu')
    assert parsed == ParsedCalls((CLICK,), "", ("truncated", "dropped"))  # what is cut off may lack an argument
    for cut in (BODY[:-1], BODY[:-9], BODY[:40]):
        assert read_tool_calls(f"<tool_call>{cut}") == ParsedCalls((), "", ("truncated", "dropped"))
    assert read_tool_calls(f"{BODY} {BODY[:-1]}").calls == (CLICK,)
    assert read_tool_calls("<tool_call>\nclick there\n</tool_call>") == ParsedCalls((), "", ("dropped",))


def test_a_forgotten_last_brace_of_a_closed_call_is_forgiven() -> None:
    assert read_tool_calls(f"<tool_call>{BODY[:-1]}</tool_call>") == ParsedCalls((CLICK,), "", ("repaired",))
    assert read_tool_calls(f"<tool_call>{BODY[:-2]}</tool_call>").calls == ()


def test_parameters_are_json_only_where_they_are_all_of_it() -> None:
    written = {"a": "[1]", "b": "see [1]", "c": "NaN"}
    parameters = "".join(f"<parameter={name}>{value}</parameter>" for name, value in written.items())
    (call,) = read_tool_calls(f"<function=f>{parameters}</function>").calls
    assert call.arguments == {"a": [1], "b": "see [1]", "c": "NaN"}


def test_code_follows_its_call() -> None:
    text = '<tool_call>\n{"name": "run", "arguments": {"code": ""}}\n<code>\nprint("a")\n</code>\n</tool_call>'
    assert read_tool_calls(text).calls == (ToolCall("run", {"code": 'print("a")'}),)


def test_bare_json_says_so() -> None:
    assert read_tool_calls(f"I click. {BODY}") == ParsedCalls((CLICK,), "I click.", ("no-tokens",))


@pytest.mark.parametrize(
    "value", [[500, 250], "(500, 250)", ["500", "250"], {"x": 500, "y": 250}, [400, 200, 600, 300]]
)
def test_coordinates_are_pixels_of_the_screenshot(value: object) -> None:
    sizes = {"source": Size(600, 1000), "resized": Size(608, 992)}
    point = coordinate_of({"coordinate": value}, profile=family_profile("qwen3-vl"), **sizes)
    assert point is not None and (point.x, point.y) == (500, 150)
    point = coordinate_of({"coordinate": value}, profile=family_profile("qwen2.5-vl"), **sizes)
    assert point is not None and (point.x, point.y) == pytest.approx((500 * 1000 / 992, 250 * 600 / 608))


@pytest.mark.parametrize("arguments", [{}, {"coordinate": None}, {"coordinate": [1]}, {"coordinate": "there"},
                                       {"coordinate": {"x": 1}}, {"coordinate": [1, 2, 3]}])  # fmt: skip
def test_no_coordinate_is_none(arguments: dict[str, object]) -> None:
    assert coordinate_of(arguments, source=Size(9, 9), resized=Size(9, 9), profile=family_profile("qwen3-vl")) is None


def test_coordinates_outside_the_frame_are_brought_in() -> None:
    point = coordinate_of({"coordinate": [1500, -20]}, source=Size(100, 200), resized=Size(100, 200),
                          profile=family_profile("qwen3-vl"))  # fmt: skip
    assert point is not None and (point.x, point.y, point.flags) == (200, 0, ("clamped",))


@given(st.lists(st.tuples(st.text(min_size=1, max_size=9).map(str.strip).filter(bool), st.dictionaries(
    st.text(max_size=5), st.integers() | st.text(max_size=8) | st.none() | st.booleans(), max_size=3)),
    min_size=1, max_size=3))  # fmt: skip
def test_written_calls_are_read_back(calls: list[tuple[str, dict[str, object]]]) -> None:
    if any(
        "<" in text or "\ud800" <= text <= "\udfff"
        for name, arguments in calls
        for text in (name, *map(str, arguments))
    ):
        return
    blocks = "\n".join(
        f"<tool_call>\n{json.dumps({'name': name, 'arguments': arguments})}\n</tool_call>" for name, arguments in calls
    )
    assert read_tool_calls(blocks).calls == tuple(ToolCall(name, arguments) for name, arguments in calls)


PIECES = st.sampled_from(
    [
        "<tool_call>",
        "</tool_call>",
        "<function=f>",
        "</function>",
        "<parameter=a>",
        "</parameter>",
        '{"name": "f"',
        ', "arguments": {',
        "}",
        "[",
        "✿FUNCTION✿: f",
        "✿ARGS✿:",
        "<think>",
        "</think>",
        "<code>",
        "x",
        '"',
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=60))
def test_any_answer_can_be_read(text: str) -> None:
    assert all(call.name for call in read_tool_calls(text).calls)
