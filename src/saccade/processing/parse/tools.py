"""Tool calls in a model's answer, as `ToolCall` values.

The form of Qwen2.5-VL and Qwen3-VL alike: `<tool_call>` with `{"name": ..., "arguments": {...}}` inside, several blocks
for several calls, text before the first block being the visible thought; a code argument may follow in `<code>`. Also
read: the older lines `✿FUNCTION✿: name` / `✿ARGS✿: {...}`, the newer `<function=name><parameter=key>`, and the bare
JSON of a call where the marks were stripped. Calls inside `<think>` are not calls. Only BadAnswer is ever raised.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saccade.errors import BadAnswer
from saccade.families import FamilyProfile
from saccade.processing.coordinates import to_source
from saccade.processing.parse.boxes import numbers_of
from saccade.processing.parse.json import ParsedJson, read_json
from saccade.types import Point, Size, ToolCall

CALL_START, CALL_END = "<tool_call>", "</tool_call>"
CALL_MARKS = (CALL_START, "<function=", "✿FUNCTION✿")  # where the text of an answer ends and its calls begin
_BLOCK = re.compile(r"<tool_call>(.*?)(?:</tool_call>|(?=<tool_call>)|\Z)", re.DOTALL)
_CODE = re.compile(r"<code>\n?(.*?)\n?(?:</code>|\Z)", re.DOTALL)
_FUNCTION = re.compile(r"<function=([^<>\s]{1,200})>(.*?)(?:</function>|\Z)", re.DOTALL)
_PARAMETER = re.compile(r"<parameter=([^<>\s]{1,200})>\n?(.*?)\n?(?:</parameter>|(?=<parameter=)|\Z)", re.DOTALL)
_FLOWER = re.compile(r"✿FUNCTION✿\s{0,9}[:：]\s{0,9}([^\n✿]{1,200})\s{0,9}✿ARGS✿\s{0,9}[:：](.*?)(?=✿|\Z)", re.DOTALL)
_NAME_KEYS = ("name", "function", "tool", "tool_name")
_ARGUMENT_KEYS = ("arguments", "parameters", "args", "input")


@dataclass(frozen=True, slots=True)
class ParsedCalls:
    """Calls in order (without ids) and the text before them. `flags`: "truncated", "repaired", "dropped" (a block
    that holds no call), "no-tokens" (the JSON stood without its marks)."""

    calls: tuple[ToolCall, ...]
    text: str = ""
    flags: tuple[str, ...] = ()


def read_tool_calls(text: str) -> ParsedCalls:
    """The calls in the answer `text`; an answer without any is text alone. Raises nothing but what memory does."""
    answer = text.rpartition("</think>")[2]
    if "<think>" in answer:  # reasoning that never ended
        answer = answer.partition("<think>")[0]
    flags: list[str] = []
    calls: list[ToolCall] = []
    for pattern, read in ((_BLOCK, _from_block), (_FUNCTION, _from_function), (_FLOWER, _from_flower)):
        first = pattern.search(answer)
        if first is None:
            continue
        for match in pattern.finditer(answer):
            found = read(match, flags)
            if pattern is _BLOCK and not match[0].endswith("</tool_call>") and match.end() == len(answer):
                flags.append("truncated")
            calls += found
            if not found:
                flags.append("dropped")
        return ParsedCalls(tuple(calls), answer[: first.start()].rstrip(), tuple(dict.fromkeys(flags)))
    bare = _from_json(answer, flags, strict=True)
    if bare:
        start = min(at for at in (answer.find("{"), answer.find("[")) if at >= 0)
        before = re.sub(r"```(?:json)?\s*\Z", "", answer[:start]).strip()
        return ParsedCalls(tuple(bare), before, tuple(dict.fromkeys((*flags, "no-tokens"))))
    return ParsedCalls((), answer.strip())


def coordinate_of(
    arguments: Mapping[str, Any],
    *,
    source: Size,
    resized: Size,
    profile: FamilyProfile,
    key: str = "coordinate",
) -> Point | None:
    """The place a computer_use or mobile_use call names, in pixels of the screenshot of size `source`.

    `[x, y]`, "(x, y)" or {"x": .., "y": ..}; four numbers are a box and give its middle. None where there is none.
    """
    value = arguments.get(key)
    if isinstance(value, Mapping):
        value = [value.get("x"), value.get("y")]
    numbers = numbers_of(value)
    if numbers is not None and len(numbers) == 4:
        numbers = [(numbers[0] + numbers[2]) / 2, (numbers[1] + numbers[3]) / 2]
    if numbers is None or len(numbers) != 2:
        return None
    return to_source(numbers, "point", source=source, resized=resized, profile=profile)


def _from_block(match: re.Match[str], flags: list[str]) -> list[ToolCall]:
    body = match[1]
    function = _FUNCTION.search(body)
    if function is not None:
        return _from_function(function, flags)
    code = _CODE.search(body)
    calls = _from_json(body[: code.start()] if code else body, flags, closed=match[0].endswith("</tool_call>"))
    if code and calls:
        last = calls[-1]
        calls[-1] = ToolCall(last.name, {**last.arguments, "code": code[1]}, last.id)
    return calls


def _from_json(text: str, flags: list[str], strict: bool = False, closed: bool = False) -> list[ToolCall]:
    """Calls written as JSON. With `strict` only an object with both a name and an object of arguments is one.

    A call that is cut off is none, since what it lacks may be an argument; but in a `closed` block the last brace may
    have been forgotten.
    """
    try:
        parsed = read_json(text)
        if "truncated" in parsed.flags and closed:
            parsed = read_json(text + "}")
            flags.append("repaired")
    except BadAnswer:
        return []
    items = parsed.value if isinstance(parsed.value, list) else [parsed.value]
    if "truncated" in parsed.flags:
        flags.append("truncated")
        items = items[:-1]
    calls = [call for call in (_call_of(item, strict) for item in items) if call is not None]
    if calls:
        flags += [flag for flag in parsed.flags if flag == "repaired"]
    return calls


def _call_of(item: Any, strict: bool) -> ToolCall | None:
    if not isinstance(item, Mapping):
        return None
    if isinstance(item.get("function"), Mapping):  # the OpenAI form
        item = item["function"]
    name = next((item[key] for key in _NAME_KEYS if isinstance(item.get(key), str) and item[key].strip()), None)
    arguments = next((item[key] for key in _ARGUMENT_KEYS if item.get(key) is not None), None)
    if isinstance(arguments, str):
        try:
            arguments = read_json(arguments).value
        except BadAnswer:
            arguments = None if arguments.strip() else {}
    if arguments is None and not strict:
        arguments = {}
    if name is None or not isinstance(arguments, Mapping):
        return None
    return ToolCall(name.strip(), {str(key): value for key, value in arguments.items()})


def _from_function(match: re.Match[str], flags: list[str]) -> list[ToolCall]:
    arguments = {}
    for parameter in _PARAMETER.finditer(match[2]):
        written: Any = parameter[2]
        try:
            parsed = read_json(written)
        except BadAnswer:
            parsed = ParsedJson(written)
        arguments[parameter[1]] = written if parsed.flags else parsed.value
    return [ToolCall(match[1], arguments)]


def _from_flower(match: re.Match[str], flags: list[str]) -> list[ToolCall]:
    body = match[2].strip()
    call = _call_of({"name": match[1], "arguments": body or {}}, strict=True)
    return [] if call is None else [call]
