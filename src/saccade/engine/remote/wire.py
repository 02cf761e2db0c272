"""Messages and sampling parameters in the form of the OpenAI chat completions protocol. Opens no media itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from saccade.engine.api import SamplingParams
from saccade.engine.remote.servers import ServerKind
from saccade.processing.chat_templates import TOOLS_HEAD, TOOLS_TAIL
from saccade.types import Message, Part, ToolCall

Content = list[dict[str, Any]]


def chat_messages(
    turns: Sequence[Message], media: Callable[[Part], Sequence[dict[str, Any]]], *, number_media: bool = False
) -> list[dict[str, Any]]:
    """`turns` as the protocol's messages; `media` gives the content items of a picture or video.

    number_media writes "Picture 1: " and so on before each, counted over the whole conversation.
    """
    counts = {"image": 0, "video": 0}
    waiting: list[str] = []  # ids of calls whose results have not come
    messages: list[dict[str, Any]] = []
    for turn in turns:
        content: Content = []
        for part in turn.parts:
            if part.kind == "text":
                content.append({"type": "text", "text": part.text})
                continue
            counts[part.kind] += 1
            if number_media:
                word = "Picture" if part.kind == "image" else "Video"
                content.append({"type": "text", "text": f"{word} {counts[part.kind]}: "})
            content += media(part)
        message: dict[str, Any] = {"role": turn.role, "content": _plain(content)}
        if turn.name is not None:
            message["name"] = turn.name
        if turn.tool_calls:
            calls = [_call(call, number, len(messages)) for number, call in enumerate(turn.tool_calls)]
            waiting = [call["id"] for call in calls]
            message["tool_calls"] = calls
        if turn.role == "tool":
            message["tool_call_id"] = waiting.pop(0) if waiting else "call_0"
        messages.append(message)
    return messages


def add_text(messages: Sequence[Mapping[str, Any]], text: str) -> list[dict[str, Any]]:
    """`messages` with a paragraph more at the end of the last user's turn."""
    result = [dict(message) for message in messages]
    last = next((message for message in reversed(result) if message["role"] == "user"), None)
    if last is None:
        return [*result, {"role": "user", "content": text}]
    content = last["content"]
    if isinstance(content, str):
        last["content"] = f"{content}\n\n{text}"
    else:
        last["content"] = [*content, {"type": "text", "text": f"\n\n{text}"}]
    return result


def write_tools(
    messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]], default_system: str | None
) -> list[dict[str, Any]]:
    """`messages` with the tools in the system text and calls and results as text, as the models were trained."""
    result: list[dict[str, Any]] = []
    for message in messages:
        calls, role, content = message.get("tool_calls"), message["role"], message["content"]
        if calls:
            written = "\n".join(_written_call(call["function"]) for call in calls)
            result.append({"role": role, "content": f"{content or ''}\n{written}".strip()})
        elif role == "tool":
            response = f"<tool_response>\n{_text_of(content)}\n</tool_response>"
            if result and result[-1].get("_results"):
                result[-1]["content"] += f"\n{response}"
            else:
                result.append({"role": "user", "content": response, "_results": True})
        else:
            result.append(dict(message))
    for message in result:
        message.pop("_results", None)
    lines = "".join(f"\n{json.dumps(tool, ensure_ascii=False)}" for tool in tools)
    text = f"{TOOLS_HEAD}{lines}{TOOLS_TAIL}"
    if result and result[0]["role"] == "system":
        result[0]["content"] = f"{_text_of(result[0]['content'])}\n\n{text}"
        return result
    start = f"{default_system}\n\n" if default_system else ""
    return [{"role": "system", "content": f"{start}{text}"}, *result]


def tool_choice_of(choice: Any) -> Any:
    """`choice` in the protocol's form: auto, none, required, or the name of a function."""
    if isinstance(choice, str) and choice not in ("auto", "none", "required"):
        return {"type": "function", "function": {"name": choice}}
    return choice


def sampling_fields(params: SamplingParams, kind: ServerKind) -> dict[str, Any]:
    """The fields of `params` under the server's names; those it has no name for are left to `unsupported`."""
    fields: dict[str, Any] = {"temperature": params.temperature}
    for name in ("max_tokens", "seed"):
        if getattr(params, name) is not None:
            fields[name] = getattr(params, name)
    for name in ("presence_penalty", "frequency_penalty", "ignore_eos"):
        if getattr(params, name):
            fields[name] = getattr(params, name)
    if params.stop:
        fields["stop"] = list(params.stop)
    if params.logprobs is not None:
        fields |= {"logprobs": True, "top_logprobs": params.logprobs}
    for name, neutral in NEUTRAL.items():
        value = getattr(params, name)
        if name in kind.names and (kind.neutral or value != neutral):
            # "all" is 0 with us and with some, -1 with others, and both with none
            fields[kind.names[name]] = -1 if name == "top_k" and value == 0 and kind.name != "llamacpp" else value
    return fields


NEUTRAL: Mapping[str, Any] = {"top_p": 1.0, "top_k": 0, "min_p": 0.0, "repetition_penalty": 1.0}


def unsupported(params: SamplingParams, kind: ServerKind) -> tuple[str, ...]:
    """Flags for the fields that say something and that this kind of server has no name for."""
    return tuple(
        f"ignored-{name}" for name, neutral in NEUTRAL.items()
        if getattr(params, name) != neutral and name not in kind.names
    )  # fmt: skip


def _plain(content: Content) -> str | Content:
    """Text alone as one string, which every server takes for every role."""
    if all(item["type"] == "text" for item in content):
        return "".join(item["text"] for item in content)
    return content


def _text_of(content: Any) -> str:
    return content if isinstance(content, str) else "".join(item.get("text", "") for item in content or ())


def _call(call: ToolCall, number: int, turn: int) -> dict[str, Any]:
    arguments = json.dumps(dict(call.arguments), ensure_ascii=False)
    return {"id": call.id or f"call_{turn}_{number}", "type": "function",
            "function": {"name": call.name, "arguments": arguments}}  # fmt: skip


def _written_call(function: Mapping[str, Any]) -> str:
    name = json.dumps(function["name"], ensure_ascii=False)
    return f'<tool_call>\n{{"name": {name}, "arguments": {function["arguments"]}}}\n</tool_call>'
