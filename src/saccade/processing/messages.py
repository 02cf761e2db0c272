"""Messages in any of the common forms, as the frozen `Message` and `Part` of `saccade.types`.

Read alike, also mixed in one message:
    transformers / Qwen   {"type": "image", "image": path | URL | data URI | bytes | PIL | array, "max_pixels": ...}
                          {"type": "video", "video": path | URL | [frames], "fps": ...}, items without "type"
    OpenAI                image_url, video_url (text or {"url", "detail"}), input_text, input_image, output_text
    LangChain             {"type": "image", "url" | "base64" | "path", "mime_type"} and the older
                          {"type": "image", "source_type": "url" | "base64", "url" | "data", "mime_type"}
Nothing is opened here. Everything that does not fit is BadMessages and names the message, the item and the key.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from saccade.errors import BadMessages
from saccade.types import Message, Part, ToolCall

IMAGE_OPTIONS = ("min_pixels", "max_pixels", "resized_height", "resized_width", "detail")
VIDEO_OPTIONS = (
    "min_pixels", "max_pixels", "resized_height", "resized_width", "total_pixels", "fps", "nframes", "min_frames",
    "max_frames", "video_start", "video_end", "sample_fps", "raw_fps", "detail",
)  # fmt: skip

_ROLES = {
    "system": "system", "developer": "system",
    "user": "user", "human": "user",
    "assistant": "assistant", "ai": "assistant",
    "tool": "tool", "function": "tool",
}  # fmt: skip
_KINDS: Mapping[str, Literal["text", "image", "video"]] = {
    "text": "text", "input_text": "text", "output_text": "text",
    "image": "image", "image_url": "image", "input_image": "image",
    "video": "video", "video_url": "video", "input_video": "video",
}  # fmt: skip
_SOURCE_KEYS = {
    "image": ("image", "image_url", "url", "path", "base64", "data"),
    "video": ("video", "video_url", "url", "path", "base64", "data"),
}
_OPTIONS = {"image": IMAGE_OPTIONS, "video": VIDEO_OPTIONS}
_MIME = {"image": "image/png", "video": "video/mp4"}
# Keys that say nothing to the model: identity, cache hints, and how the source is written.
_IGNORED = frozenset({"type", "uuid", "id", "index", "extras", "annotations", "cache_control"})
_SOURCE_NOTES = frozenset({"mime_type", "source_type", "format"})
_MESSAGE_KEYS = ("role", "content", "name", "tool_calls", "reasoning_content", "reasoning", "tool_call_id")
_IGNORED_MESSAGE_KEYS = frozenset({"id", "type", "tool_call_id", "refusal", "audio", "annotations", "function_call"})


def normalise_messages(messages: str | Sequence[Mapping[str, Any] | Message]) -> tuple[Message, ...]:
    """`messages` as a tuple of `Message`; a plain text is one user message.

    Raises BadMessages for unknown roles, keys and types, and for a prompt without any text or media.
    """
    if isinstance(messages, str):
        turns: tuple[Message, ...] = (Message("user", (Part("text", messages),)),)
    elif isinstance(messages, Mapping) or not isinstance(messages, Sequence):
        raise BadMessages(f"messages must be a text or a list of messages, got {type(messages).__name__}")
    else:
        turns = tuple(
            message if isinstance(message, Message) else _message(message, f"message {number}")
            for number, message in enumerate(messages)
        )
    if not any(part.kind != "text" or part.text for message in turns for part in message.parts):
        raise BadMessages("the prompt is empty: no text and no picture or video", hint="give at least one of them")
    return turns


def _message(message: Any, where: str) -> Message:
    if not isinstance(message, Mapping):
        raise BadMessages(f"{where} must be an object with role and content, got {type(message).__name__}")
    unknown = [
        key
        for key, value in message.items()
        if key not in _MESSAGE_KEYS and not (key in _IGNORED_MESSAGE_KEYS or not value)
    ]
    if unknown:
        raise BadMessages(f"{where} has the unknown key {unknown[0]!r}; allowed keys: {', '.join(_MESSAGE_KEYS)}")
    role = message.get("role")
    if not isinstance(role, str) or role not in _ROLES:
        raise BadMessages(f"{where} has the role {role!r}; allowed roles: {', '.join(_ROLES)}")
    role = _ROLES[role]
    calls = [_tool_call(call, where) for call in message.get("tool_calls") or ()]
    reasoning = message.get("reasoning_content") or message.get("reasoning")
    content = message.get("content")
    if content is None and role != "assistant":
        raise BadMessages(f"{where} has no content", hint="give a text or a list of content items")
    parts: list[Part] = []
    for number, item in enumerate(_items(content, where)):
        kind = item.get("type") if isinstance(item, Mapping) else None
        if role == "assistant" and kind == "tool_call":  # LangChain keeps calls and reasoning among the content
            calls.append(_tool_call(item, where))
        elif role == "assistant" and kind == "reasoning":
            reasoning = str(reasoning or "") + str(item.get("reasoning") or "")
        else:
            parts.append(_part(item, f"{where}, item {number}"))
    name = message.get("name")
    if (reasoning is not None and not isinstance(reasoning, str)) or (name is not None and not isinstance(name, str)):
        raise BadMessages(f"{where}: name and reasoning_content must be texts")
    return Message(role, tuple(parts), tuple(calls), reasoning, name)


def _items(content: Any, where: str) -> Sequence[Any]:
    if content is None:
        return ()
    if isinstance(content, str | Mapping):
        return (content,)
    if isinstance(content, Sequence) and not isinstance(content, bytes | bytearray):
        return content
    raise BadMessages(f"{where} has content of type {type(content).__name__}; allowed are a text or a list of items")


def _part(item: Any, where: str) -> Part:
    if isinstance(item, Part):
        return item
    if isinstance(item, str):
        return Part("text", item)
    if not isinstance(item, Mapping):
        raise BadMessages(f"{where} must be a text or an object, got {type(item).__name__}")
    kind = _kind_of(item, where)
    if kind == "text":
        _check_keys(item, ("text",), where, "a text item")
        text = item.get("text")
        if not isinstance(text, str):
            raise BadMessages(f"{where} is a text item whose text is {type(text).__name__}")
        return Part("text", text)
    return _media_part(item, kind, where)


def _kind_of(item: Mapping[str, Any], where: str) -> Literal["text", "image", "video"]:
    if "type" in item:
        kind = item["type"]
        if not isinstance(kind, str) or kind not in _KINDS:
            raise BadMessages(f"{where} has the unknown type {kind!r}; allowed types: {', '.join(_KINDS)}")
        return _KINDS[kind]
    for key in ("image", "image_url", "video", "video_url", "text"):
        if key in item:
            return _KINDS[key]
    raise BadMessages(f"{where} has the unknown keys {', '.join(map(repr, item)) or '(none)'}; "
                      "allowed keys: type, text, image, image_url, video, video_url")  # fmt: skip


def _media_part(item: Mapping[str, Any], kind: Literal["image", "video"], where: str) -> Part:
    sources, options = _SOURCE_KEYS[kind], _OPTIONS[kind]
    _check_keys(item, (*sources, *options), where, f"{'an' if kind == 'image' else 'a'} {kind} item", _SOURCE_NOTES)
    given = [key for key in sources if item.get(key) is not None]
    if len(given) != 1:
        what = f"names {' and '.join(given)}" if given else "has no source"
        raise BadMessages(f"{where} is {kind} media that {what}", hint=f"give exactly one of {', '.join(sources)}")
    value = item[given[0]]
    chosen = {key: item[key] for key in options if item.get(key) is not None}
    if isinstance(value, Mapping):  # {"image_url": {"url": ..., "detail": ...}}
        inner = _media_part({key: entry for key, entry in value.items() if key != "type"}, kind, where)
        return Part(kind, source=inner.source, options={**inner.options, **chosen})
    if given[0] in ("base64", "data") and isinstance(value, str):
        value = f"data:{item.get('mime_type') or _MIME[kind]};base64,{value}"
    if isinstance(value, str) and not value.strip():
        raise BadMessages(f"{where} names an empty {kind} source")
    if isinstance(value, list | tuple):
        if kind == "image":
            raise BadMessages(f"{where} gives a list as one picture", hint="use one item per picture, or a video item")
        value = [_frame(frame, where) for frame in value]
    if isinstance(value, bool | int | float):
        raise BadMessages(f"{where} gives {value!r} as {kind} source",
                          hint="give a path, a URL, a data: URI, bytes or a picture in memory")  # fmt: skip
    return Part(kind, source=value, options=chosen)


def _frame(frame: Any, where: str) -> Any:
    """The source of one picture of a frame list; a frame may be written as an image item too."""
    return _media_part(frame, "image", where).source if isinstance(frame, Mapping) else frame


def _check_keys(
    item: Mapping[str, Any], allowed: tuple[str, ...], where: str, what: str, notes: frozenset[str] = frozenset()
) -> None:
    for key in item:
        if key not in allowed and key not in _IGNORED and key not in notes:
            raise BadMessages(f"{where} has the unknown key {key!r}; allowed keys of {what}: {', '.join(allowed)}")


def _tool_call(call: Any, where: str) -> ToolCall:
    """A call as {"function": {"name", "arguments"}}, flat, or with "args" (LangChain); arguments may be JSON text."""
    if isinstance(call, ToolCall):
        return call
    body = call.get("function", call) if isinstance(call, Mapping) else None
    name = body.get("name") if isinstance(body, Mapping) else None
    if not isinstance(call, Mapping) or not isinstance(body, Mapping) or not isinstance(name, str) or not name:
        raise BadMessages(f"{where} has a tool call without a function name")
    arguments = body.get("arguments", body.get("args"))
    if isinstance(arguments, str):
        try:
            arguments = json.loads(arguments) if arguments.strip() else {}
        except ValueError as error:
            raise BadMessages(f"{where}: the arguments of the tool call {name!r} are not JSON: {error}") from error
    if not isinstance(arguments, Mapping | None):
        raise BadMessages(f"{where}: the arguments of the tool call {name!r} must be an object")
    return ToolCall(name, dict(arguments or {}), str(call.get("id") or ""))
