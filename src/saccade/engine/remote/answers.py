"""Chunks of a server's answer to pieces and to a `Reply`. Nothing a server sends may raise anything but our errors."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from saccade.engine.answer import AnswerText
from saccade.engine.loopguard import LoopGuard
from saccade.engine.remote.faults import nonsense
from saccade.errors import BadAnswer
from saccade.processing.parse.json import read_json
from saccade.processing.parse.tools import read_tool_calls
from saccade.types import FinishReason, MediaSeen, Reply, StreamPiece, TokenLogprob, ToolCall, Usage

_WORD = re.compile(r"\s*\w+|\s*[^\w\s]|\s+")  # about what a token is, for the guard against loops
_REASONS: Mapping[str, FinishReason] = {
    "stop": "stop", "length": "length", "tool_calls": "tool_calls", "function_call": "tool_calls", "eos": "stop",
    "eos_token": "stop", "stop_sequence": "stop", "end_turn": "stop", "max_tokens": "length", "content_filter": "stop",
    "abort": "cancelled",
}  # fmt: skip
_THINK = "<think>"
RESIZED_FLAG = "server-resized"


class AnswerReader:
    """Takes the chunks of one answer in order. Once it `looped`, no more need be read."""

    def __init__(
        self,
        where: str,
        *,
        media: Sequence[MediaSeen] = (),
        thinking: bool = False,
        guard: bool = True,
        has_tools: bool = False,
        wants_logprobs: bool = False,
    ) -> None:
        """thinking: the model reasons first, and text before `</think>` is its reasoning. has_tools: text in the
        models' own form of a call becomes one. where: the server's name in errors."""
        self._where, self._media = where, tuple(media)
        self._text = AnswerText(thinking=thinking)
        self._guard = LoopGuard() if guard else None
        self._has_tools, self._wants_logprobs = has_tools, wants_logprobs
        self._reasoning = ""
        self._calls: dict[int, dict[str, str]] = {}
        self._logprobs: list[TokenLogprob] = []
        self._usage: Mapping[str, Any] = {}
        self._reason: str | None = None
        self._head: str | None = ""  # the beginning of the answer, as long as it may be the opening mark
        self.looped = False

    @property
    def ended(self) -> bool:
        """Whether the server has said that the answer is over."""
        return self.looped or self._reason is not None

    def take(self, chunk: Mapping[str, Any]) -> StreamPiece | None:
        """The text that a chunk adds, or None. Raises EngineUnavailable for what is no chunk."""
        if isinstance(chunk.get("usage"), Mapping):
            self._usage = chunk["usage"]
        choices = chunk.get("choices")
        if not isinstance(choices, list):
            raise nonsense(self._where, "it has no choices")
        if not choices:
            return None
        choice = choices[0]
        delta = choice.get("delta") if isinstance(choice, Mapping) else None
        if not isinstance(delta, Mapping | None) or not isinstance(choice, Mapping):
            raise nonsense(self._where, "its choice is no message")
        if isinstance(choice.get("finish_reason"), str):
            self._reason = choice["finish_reason"]
        self._take_logprobs(choice.get("logprobs"))
        if delta is None:
            return None
        self._take_calls(delta.get("tool_calls"))
        return self._piece(_text_of(delta.get("content")), _reasoning_of(delta))

    def flush(self) -> StreamPiece | None:
        """The text that was held back, once the answer has ended."""
        head, self._head = self._head, None
        before = self._text.push(head) if head else ("", "")
        text, reasoning = (one + other for one, other in zip(before, self._text.flush(), strict=True))
        return StreamPiece(text, reasoning) if text or reasoning else None

    def reply(self, flags: Sequence[str] = ()) -> Reply:
        """The whole answer; call `flush` first."""
        text, calls, found = self._text.text, tuple(map(self._call, self._calls.values())), list(flags)
        if not calls and self._has_tools and ("<tool_call>" in text or "<function=" in text or "✿FUNCTION✿" in text):
            parsed = read_tool_calls(text)
            calls = tuple(ToolCall(c.name, c.arguments, c.id or f"call_{n}") for n, c in enumerate(parsed.calls))
            text = parsed.text if calls else text
            found += parsed.flags
        reason: FinishReason = "loop" if self.looped else _REASONS.get(self._reason or "stop", "stop")
        if calls and reason == "stop":
            reason = "tool_calls"
        if self._reason == "content_filter":
            found.append("content-filter")
        if self._wants_logprobs and not self._logprobs:
            found.append("no-logprobs")
        usage = self._counted()
        if 0 < usage.prompt_tokens < usage.media_tokens:
            found.append(RESIZED_FLAG)  # the prompt is shorter than the pictures we sent
        return Reply(
            text, reason, usage, self._media, tuple(self._logprobs), calls,
            self._reasoning or self._text.reasoning, tuple(dict.fromkeys(found)),
        )  # fmt: skip

    def _piece(self, text: str, reasoning: str) -> StreamPiece | None:
        if self._guard is not None:
            for word in _WORD.findall(reasoning + text):
                self.looped = self._guard.push(hash(word), word) or self.looped
        if reasoning:
            self._text.thinking = False  # the server sets the reasoning apart itself
            self._reasoning += reasoning
        text = self._past_opening(text)
        text, more = self._text.push(text) if text else ("", "")
        return StreamPiece(text, reasoning + more) if text or reasoning or more else None

    def _past_opening(self, text: str) -> str:
        """`text` behind the mark that opens the reasoning, where the prompt has left that mark to the model."""
        if self._head is None or not text:
            return text
        self._head += text
        begun = self._head.lstrip()
        if len(begun) < len(_THINK) and _THINK.startswith(begun):
            return ""
        text, self._head = self._head, None
        if begun.startswith(_THINK):
            self._text.thinking, text = True, begun.removeprefix(_THINK)
        return text

    def _take_calls(self, calls: Any) -> None:
        for number, call in enumerate(calls if isinstance(calls, list) else ()):
            function = call.get("function") if isinstance(call, Mapping) else None
            if not isinstance(function, Mapping):
                raise nonsense(self._where, "a tool call in it has no function")
            index = call.get("index")
            entry = self._calls.setdefault(index if isinstance(index, int) else number, {})
            arguments = function.get("arguments")
            if isinstance(arguments, Mapping):  # Ollama's own form
                arguments = json.dumps(dict(arguments))
            for key, value in (("name", function.get("name")), ("id", call.get("id"))):
                if isinstance(value, str) and value:
                    entry[key] = value
            entry["arguments"] = entry.get("arguments", "") + (arguments if isinstance(arguments, str) else "")

    def _call(self, entry: Mapping[str, str]) -> ToolCall:
        written = entry.get("arguments", "").strip()
        try:
            value = read_json(written).value if written else {}
        except BadAnswer:
            value = None
        if not isinstance(value, dict) or not entry.get("name"):
            raise BadAnswer(f"the arguments of the tool call {entry.get('name', '')!r} are no JSON object", raw=written)
        return ToolCall(entry["name"], value, entry.get("id", ""))

    def _take_logprobs(self, logprobs: Any) -> None:
        tokens = logprobs.get("content") if isinstance(logprobs, Mapping) else None
        for token in tokens if isinstance(tokens, list) else ():
            top = token.get("top_logprobs") if isinstance(token, Mapping) else None
            entries = [_logprob(entry) for entry in (top if isinstance(top, list) else ())]
            read = _logprob(token, tuple(entry for entry in entries if entry is not None))
            if read is not None:
                self._logprobs.append(read)

    def _counted(self) -> Usage:
        usage = self._usage
        prompt, answer = _mapping(usage, "prompt_tokens_details"), _mapping(usage, "completion_tokens_details")
        return Usage(
            prompt_tokens=_count(usage, "prompt_tokens"),
            completion_tokens=_count(usage, "completion_tokens"),
            cached_tokens=_count(prompt, "cached_tokens"),
            media_tokens=sum(item.tokens for item in self._media),
            reasoning_tokens=_count(answer, "reasoning_tokens"),
        )


def _text_of(content: Any) -> str:
    """Text as a string or as content items."""
    if isinstance(content, list):
        return "".join(_text_of(item.get("text")) for item in content if isinstance(item, Mapping))
    return content if isinstance(content, str) else ""


def _reasoning_of(delta: Mapping[str, Any]) -> str:
    return _text_of(delta.get("reasoning_content")) or _text_of(delta.get("reasoning"))


def _logprob(entry: Any, top: tuple[TokenLogprob, ...] = ()) -> TokenLogprob | None:
    value = entry.get("logprob") if isinstance(entry, Mapping) else None
    if not isinstance(value, int | float) or isinstance(value, bool) or math.isnan(value):
        return None
    token, data = _text_of(entry.get("token")), entry.get("bytes")
    try:
        raw = bytes(data) if isinstance(data, list) else token.encode("utf-8", "replace")
    except (TypeError, ValueError):
        raw = token.encode("utf-8", "replace")
    return TokenLogprob(token, -1, float(value), raw, top)


def _mapping(values: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = values.get(key)
    return value if isinstance(value, Mapping) else {}


def _count(values: Mapping[str, Any], key: str) -> int:
    value = values.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
