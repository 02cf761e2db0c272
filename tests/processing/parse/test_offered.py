"""Tools that are offered, and calls that keep to them or are flagged."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saccade.errors import BadMessages
from saccade.processing.parse.offered import CallFilter, callable_tools, read_tools, with_calls
from saccade.types import Reply, ToolCall, Usage

CLICK = {"name": "click", "parameters": {
    "type": "object", "properties": {"x": {"type": "integer", "minimum": 0}}, "required": ["x"]}}  # fmt: skip
TOOLS = read_tools([{"type": "function", "function": CLICK, "strict": True}, {"name": "wait"}])


def call(name: str, arguments: str) -> str:
    return f'<tool_call>\n{{"name": "{name}", "arguments": {arguments}}}\n</tool_call>'


def test_a_bare_function_gets_its_frame_and_a_framed_one_stays_as_it_is() -> None:
    assert [tool.name for tool in TOOLS] == ["click", "wait"]
    assert TOOLS[0].shown == {"type": "function", "function": CLICK, "strict": True}
    assert TOOLS[1].shown == {"type": "function", "function": {"name": "wait"}}
    assert read_tools(None) == ()


@pytest.mark.parametrize(
    ("tools", "sentence"),
    [
        ([{}], "no function name"), ([{"name": ""}], "no function name"), (["click"], "no function name"),
        ({"name": "f"}, "tools is a dict"), ("f", "tools is a str"), (7, "tools is a int"),
        ([{"name": "f", "parameters": "x"}], "the parameters of the tool 'f'"),
        ([{"name": "f"}, {"name": "f"}], "two tools are called 'f'"),
    ],
)  # fmt: skip
def test_what_is_no_tool_is_said(tools: Any, sentence: str) -> None:
    with pytest.raises(BadMessages, match=sentence):
        read_tools(tools)


def test_the_choice_says_which_tools_may_be_called() -> None:
    assert callable_tools(TOOLS, None) == callable_tools(TOOLS, "auto") == callable_tools(TOOLS, "required") == TOOLS
    assert callable_tools(TOOLS, "none") == callable_tools((), "auto") == ()
    assert callable_tools(TOOLS, "wait") == TOOLS[1:]
    with pytest.raises(BadMessages, match="tool_choice is 'swim', and the tools are click, wait"):
        callable_tools(TOOLS, "swim")
    with pytest.raises(BadMessages, match="tool_choice is 'required', and no tools came"):
        callable_tools((), "required")


def test_calls_are_taken_out_of_the_text_with_ids_of_their_own() -> None:
    text = "\n".join(["I look.", call("click", '{"x": 3}'), call("wait", "{}")])
    reply = with_calls(Reply(text), TOOLS)
    assert (reply.text, reply.finish_reason, reply.flags) == ("I look.", "tool_calls", ())
    assert [(one.name, dict(one.arguments)) for one in reply.tool_calls] == [("click", {"x": 3}), ("wait", {})]
    first, second = (one.id for one in reply.tool_calls)
    assert first != second and first.startswith("call_") and len(first) == 29
    assert with_calls(Reply(text), TOOLS) == reply
    assert with_calls(Reply(text, usage=Usage(9)), TOOLS).tool_calls[0].id != first  # another turn


@pytest.mark.parametrize(
    ("name", "arguments", "flags"),
    [
        ("click", '{"x": 3}', ()), ("click", '{"x": -1}', ("invalid-arguments",)),
        ("click", "{}", ("invalid-arguments",)),
        ("click", '{"x": "3"}', ("invalid-arguments",)), ("swim", "{}", ("unknown-function",)),
    ],
)  # fmt: skip
def test_a_call_that_is_not_as_offered_is_flagged(name: str, arguments: str, flags: tuple[str, ...]) -> None:
    reply = with_calls(Reply(call(name, arguments)), TOOLS)
    assert reply.tool_calls[0].flags == flags == reply.flags and reply.finish_reason == "tool_calls"
    given = Reply("", "tool_calls", tool_calls=(ToolCall(name, reply.tool_calls[0].arguments, "c1"),))
    checked = with_calls(given, TOOLS)  # calls that an engine found itself
    assert (checked.tool_calls[0].flags, checked.tool_calls[0].id) == (flags, "c1")


def test_an_answer_without_calls_stays_as_it_is() -> None:
    for text in ("The total is 5.\n", '{"name": "Anna", "arguments": {}}', "<tool_call>swim</tool_call>"):
        reply = with_calls(Reply(text), TOOLS)
        assert (reply.text, reply.tool_calls, reply.finish_reason) == (text, (), "stop")
    assert with_calls(Reply("No."), TOOLS, required=True).flags == ("no-tool-call",)
    assert with_calls(Reply("<tool_call>swim</tool_call>"), TOOLS).flags == ("dropped",)
    assert with_calls(Reply('{"name": "wait", "arguments": {}}'), TOOLS).flags == ("no-tokens",)


@given(st.sampled_from(["", "I look. ", " \n", "a <tool", "5 < 6\n\n"]), st.sampled_from(["", call("wait", "{}")]),
       st.lists(st.integers(0, 60)))  # fmt: skip
def test_pieces_without_calls_are_the_text_of_the_reply(before: str, calls: str, cuts: list[int]) -> None:
    text, filtered = before + calls, CallFilter()
    edges = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    out = [filtered.push(text[a:b]) for a, b in pairwise(edges)]
    reply = with_calls(Reply(text), TOOLS)
    assert "".join(out) + filtered.rest(reply) == reply.text
