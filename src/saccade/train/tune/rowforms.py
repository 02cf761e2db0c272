"""One row of training data, in any of the common forms, as a conversation.

    Qwen      {"image": "a.png" | [...], "video": ..., "conversations": [{"from": "human", "value": "<image>..."}, ...]}
    ms-swift  {"messages": [{"role", "content"}], "images": [...], "videos": [...], "objects": {...}, "tools": ...}
    OpenAI    {"messages": [...]} whose content is a list of text and media items
A list of rows is one row of several conversations. Nothing is opened here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from saccade.errors import BadMessages
from saccade.processing.messages import normalise_messages
from saccade.types import Message, Part

_MARK = re.compile(r"<(image|video)>")
_OUTSIDE = re.compile(r"(https?|file)://|data:", re.IGNORECASE)
_MEDIA_KEYS = {"image": ("image", "images"), "video": ("video", "videos")}
_ROLES = {
    "human": "user", "gpt": "assistant", "bing": "assistant", "chatgpt": "assistant", "observation": "tool",
    "tool_response": "tool", "function_call": "tool_call",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation; `learn` says for each message whether it is an answer to learn.

    `objects` are ms-swift's boxes and names, which replace <bbox> and <ref-object> once the pictures are known.
    """

    messages: tuple[Message, ...]
    learn: tuple[bool, ...]
    tools: tuple[Mapping[str, Any], ...] | None = None
    objects: Mapping[str, Any] | None = None

    @property
    def media(self) -> tuple[Part, ...]:
        return tuple(part for message in self.messages for part in message.parts if part.kind != "text")


def read_row(row: Any, folder: Path) -> list[Conversation]:
    """The conversations of a parsed row; relative paths count from `folder`. Raises BadMessages with one sentence."""
    if isinstance(row, list):
        if not row:
            raise BadMessages("the row is an empty list")
        return [_conversation(entry, folder) for entry in row]
    return [_conversation(row, folder)]


def _conversation(row: Any, folder: Path) -> Conversation:
    if not isinstance(row, Mapping):
        raise BadMessages(f"a row must be an object, this is a {type(row).__name__}")
    if row.get("audio") or row.get("audios"):
        raise BadMessages("the row has audio, which these models do not hear")
    queue = {kind: _media_items(row, kind) for kind in _MEDIA_KEYS}
    turns = list(_turns(row))
    if not any(turn["role"] == "assistant" for turn in turns):
        raise BadMessages("the row has no answer", hint="at least one turn must be the assistant's (from: gpt)")
    _place_media(turns, queue)
    learn = tuple(turn["role"] == "assistant" and turn.get("loss") not in (False,) for turn in turns)
    if not any(learn):
        raise BadMessages("every answer of the row has loss false, so there is nothing to learn from")
    messages = normalise_messages([{key: value for key, value in turn.items() if key != "loss"} for turn in turns])
    messages = tuple(replace(m, parts=tuple(_resolved(part, folder) for part in m.parts)) for m in messages)
    objects = row.get("objects")
    if objects is not None and not isinstance(objects, Mapping):
        raise BadMessages(f"objects must be an object with ref and bbox, it is a {type(objects).__name__}")
    return Conversation(messages, learn, _tools(row.get("tools")), objects or None)


# --- turns -----------------------------------------------------------------------------------------------------------


def _turns(row: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The turns as {"role", "content", ...}, with calls of tools joined to the answer before them."""
    strip = "conversations" in row
    key = "conversations" if strip else "messages"
    entries = row.get(key)
    if not isinstance(entries, Sequence) or isinstance(entries, str) or not entries:
        raise BadMessages("the row has neither messages nor conversations", hint=f"its keys are {', '.join(row)}")
    if isinstance(row.get("system"), str) and row["system"]:
        yield {"role": "system", "content": row["system"]}
    waiting: dict[str, Any] | None = None
    for number, entry in enumerate(entries):
        turn = _turn(entry, f"turn {number}", strip)
        if turn["role"] == "tool_call":
            if waiting is None or waiting["role"] != "assistant":
                if waiting is not None:
                    yield waiting
                waiting = {"role": "assistant", "content": ""}
            waiting.setdefault("tool_calls", []).append(_call(turn["content"], f"turn {number}"))
            continue
        if waiting is not None:
            yield waiting
        waiting = turn
    if waiting is not None:
        yield waiting


def _turn(entry: Any, where: str, qwen: bool) -> dict[str, Any]:
    if not isinstance(entry, Mapping):
        raise BadMessages(f"{where} must be an object, it is a {type(entry).__name__}")
    turn = dict(entry)
    for old, new in (("from", "role"), ("value", "content")):
        if new not in turn and old in turn:
            turn[new] = turn.pop(old)
    role, content = turn.get("role"), turn.get("content")
    if not isinstance(role, str):
        raise BadMessages(f"{where} does not say who speaks", hint="give from: human or gpt, or role: user, assistant")
    turn["role"] = role = _ROLES.get(role, role)
    if content is None and role != "assistant":
        raise BadMessages(f"{where} has no text")
    if role == "assistant" and isinstance(content, str):
        turn["content"] = [{"type": "text", "text": content}]  # a mark in an answer is text that is to be learnt
    elif isinstance(content, str) and role != "tool_call":
        turn["content"] = _marked(content, strip=qwen)
    return turn


def _marked(text: str, *, strip: bool) -> list[dict[str, Any]]:
    """Text cut at <image> and <video>; `strip` drops white space around the marks, as the reader of that form does."""
    items: list[dict[str, Any]] = []
    pieces = _MARK.split(text)
    for number, piece in enumerate(pieces):
        if number % 2:
            items.append({"type": piece})
            continue
        piece = piece.strip() if strip and len(pieces) > 1 else piece
        if piece:
            items.append({"type": "text", "text": piece})
    return items or [{"type": "text", "text": ""}]


def _call(content: Any, where: str) -> dict[str, Any]:
    """A tool_call turn: JSON text or object with name and arguments."""
    try:
        call = json.loads(content) if isinstance(content, str) else content
    except ValueError as error:
        raise BadMessages(f"{where} is a tool call that is not JSON: {error}") from error
    if not isinstance(call, Mapping):
        raise BadMessages(f"{where} is a tool call without name and arguments")
    return dict(call)


def _tools(given: Any) -> tuple[Mapping[str, Any], ...] | None:
    try:
        tools = json.loads(given) if isinstance(given, str) and given.strip() else given
    except ValueError as error:
        raise BadMessages(f"tools is not JSON: {error}") from error
    if not tools:
        return None
    if not isinstance(tools, list) or not all(isinstance(tool, Mapping) for tool in tools):
        raise BadMessages("tools must be a list of objects")
    return tuple(tools)


# --- media -----------------------------------------------------------------------------------------------------------


def _media_items(row: Mapping[str, Any], kind: str) -> list[dict[str, Any]]:
    """The row's own list of pictures or videos as message items."""
    given = [row[key] for key in _MEDIA_KEYS[kind] if row.get(key)]
    if len(given) > 1:
        raise BadMessages(f"the row has both {' and '.join(_MEDIA_KEYS[kind])}", hint="keep one of them")
    values = given[0] if given and isinstance(given[0], list) else given
    return [_media_item(value, kind) for value in values]


def _media_item(value: Any, kind: str) -> dict[str, Any]:
    if isinstance(value, Mapping):  # {"path": ...} with options such as max_pixels, or {"bytes": null, "path": ...}
        return {"type": kind, **{key: entry for key, entry in value.items() if entry is not None}}
    return {"type": kind, kind: value}


def _place_media(turns: list[dict[str, Any]], queue: Mapping[str, list[dict[str, Any]]]) -> None:
    """Put the row's pictures and videos where the marks are, in order; without any mark before the first question."""
    waiting = {kind: iter(items) for kind, items in queue.items()}
    marks = dict.fromkeys(queue, 0)
    for turn in turns:
        content = turn.get("content")
        if not isinstance(content, list):
            continue
        for number, item in enumerate(content):
            kind = item.get("type") if isinstance(item, Mapping) and set(item) == {"type"} else None
            if kind in marks:
                marks[kind] += 1
                content[number] = next(waiting[kind], item)
    for kind, items in queue.items():
        if marks[kind] != len(items) and (marks[kind] or not items):
            raise BadMessages(f"the row has {len(items)} {kind}(s) but {marks[kind]} <{kind}> mark(s) in its questions")
    left = [item for kind, items in queue.items() if not marks[kind] for item in items]
    if left:
        first = next((turn for turn in turns if turn["role"] == "user"), None)
        if first is None:
            raise BadMessages("the row has pictures but no question that they could stand in")
        content = first["content"]
        first["content"] = left + (list(content) if isinstance(content, list) else [content])


def _resolved(part: Part, folder: Path) -> Part:
    """`part` with a relative path counted from `folder`."""
    if part.kind == "text":
        return part
    if isinstance(part.source, list | tuple):
        return replace(part, source=[_path(frame, folder) for frame in part.source])
    return replace(part, source=_path(part.source, folder))


def _path(source: Any, folder: Path) -> Any:
    if not isinstance(source, str) or _OUTSIDE.match(source):
        return source
    path = Path(source).expanduser()
    return str(path if path.is_absolute() else folder / path)
