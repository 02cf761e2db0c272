"""The tools that are offered to a model, and whether the calls in its answer keep to them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from saccade.errors import BadMessages
from saccade.processing.parse.fitting import first_fault
from saccade.processing.parse.stops import StopMatcher
from saccade.processing.parse.tools import CALL_MARKS, read_tool_calls
from saccade.types import Reply, ToolCall

UNKNOWN_FUNCTION, INVALID_ARGUMENTS = "unknown-function", "invalid-arguments"
NO_CALL = "no-tool-call"  # a call was required, and none came


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that may be called. `parameters` is the JSON schema of its arguments, `shown` its whole entry."""

    name: str
    parameters: Mapping[str, Any]
    shown: Mapping[str, Any]


def read_tools(tools: Sequence[Mapping[str, Any]] | None) -> tuple[Tool, ...]:
    """Tools as {"type": "function", "function": {"name", "description", "parameters"}}, or the function alone.

    Raises BadMessages for one without a name or with parameters that are no schema, and for a name that comes twice.
    """
    if isinstance(tools, Mapping | str) or not isinstance(tools, Sequence | None):
        raise BadMessages(f"tools is a {type(tools).__name__}; it must be a list of tools")
    found: list[Tool] = []
    for tool in tools or ():
        function = tool.get("function", tool) if isinstance(tool, Mapping) else None
        name = function.get("name") if isinstance(function, Mapping) else None
        if not isinstance(function, Mapping) or not isinstance(name, str) or not name:
            raise BadMessages("a tool has no function name", hint='as in {"type": "function", "function": {...}}')
        parameters = function.get("parameters")
        if not isinstance(parameters, Mapping | None):
            raise BadMessages(f"the parameters of the tool {name!r} are {parameters!r}; they must be a JSON schema")
        if any(name == other.name for other in found):
            raise BadMessages(f"two tools are called {name!r}")
        shown = {"type": "function", "function": dict(function)} if function is tool else dict(tool)
        found.append(Tool(name, parameters or {"type": "object", "properties": {}}, shown))
    return tuple(found)


def callable_tools(tools: Sequence[Tool], choice: str | None) -> tuple[Tool, ...]:
    """The tools that the answer may call under `choice`: all, none, or the one named.

    Raises BadMessages where a call must come and there is no tool for it.
    """
    if choice == "none":
        return ()
    if choice in (None, "auto"):
        return tuple(tools)
    named = tuple(tool for tool in tools if choice in ("required", tool.name))
    if not named:
        names = ", ".join(tool.name for tool in tools)
        raise BadMessages(f"tool_choice is {choice!r}, and {f'the tools are {names}' if names else 'no tools came'}")
    return named


def with_calls(reply: Reply, tools: Sequence[Tool], *, required: bool = False) -> Reply:
    """`reply` with the calls in its text as `tool_calls`, each with an id, and flagged where it is not as offered.

    The text is what stands before the first call. JSON without the marks of a call counts only for a tool that was
    offered. Flags of the reply: those of its calls, of reading them ("truncated", "dropped", ...) and "no-tool-call".
    """
    known = {tool.name: tool for tool in tools}
    calls, text, flags = reply.tool_calls, reply.text, list(reply.flags)
    if not calls:
        parsed = read_tool_calls(reply.text)
        if "no-tokens" not in parsed.flags or all(call.name in known for call in parsed.calls):
            calls, flags = parsed.calls, [*flags, *parsed.flags]
            text = parsed.text if calls else text
    checked = tuple(_checked(call, known.get(call.name), number, reply) for number, call in enumerate(calls))
    flags += [flag for call in checked for flag in call.flags]
    if required and not checked:
        flags.append(NO_CALL)
    reason = "tool_calls" if checked and reply.finish_reason == "stop" else reply.finish_reason
    return replace(
        reply, text=text, tool_calls=checked, finish_reason=reason, flags=tuple(dict.fromkeys(flags))
    )  # fmt: skip


def _checked(call: ToolCall, tool: Tool | None, number: int, reply: Reply) -> ToolCall:
    flags: tuple[str, ...] = ()
    if tool is None:
        flags = (UNKNOWN_FUNCTION,)
    elif first_fault(dict(call.arguments), tool.parameters) is not None:
        flags = (INVALID_ARGUMENTS,)
    return replace(call, id=call.id or _id(number, reply), flags=flags)


def _id(number: int, reply: Reply) -> str:
    """The same for the same answer, another in another turn: the prompt has grown by then."""
    seed = f"{number}|{reply.usage.prompt_tokens}|{reply.text}"
    return f"call_{hashlib.sha256(seed.encode('utf-8', 'replace')).hexdigest()[:24]}"


class CallFilter:
    """Takes the calls, and white space before them, out of a text that comes in pieces."""

    def __init__(self) -> None:
        self._marks = StopMatcher(CALL_MARKS)
        self._spaces = ""
        self._passed = 0

    def push(self, text: str) -> str:
        """The text that is certain to stand before any call."""
        text = self._spaces + self._marks.push(text)
        kept = text.rstrip()
        self._spaces = text[len(kept) :]
        self._passed += len(kept)
        return kept

    def rest(self, reply: Reply) -> str:
        """What of the finished reply's text has not come out yet."""
        return reply.text[self._passed :]
