"""What is done when an answer goes wrong by itself: it repeats without end, stops at a limit, or is a refusal.

Every step taken is a flag of the reply: "retried" (another drawing after a loop), "continued" (more requests after the
limit), "refused" (the model declined). What could not be mended keeps its own flag, "loop" or "truncated".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from saccade.errors import BadMessages, ContextOverflow
from saccade.processing.messages import normalise_messages
from saccade.tasks.ask import Answerer, Messages, engine_of, prepare_call
from saccade.tasks.faces import BLUR_FACES
from saccade.types import Message, Part, Reply, Usage

RETRIED, CONTINUED, REFUSED, TRUNCATED = "retried", "continued", "refused", "truncated"
# After a loop: draw a little, then draw more and make what was said less likely.
LADDER: tuple[Mapping[str, Any], ...] = (
    {"temperature": 0.3, "top_p": 0.9, "seed": 1},
    {"temperature": 0.7, "top_p": 0.95, "repetition_penalty": 1.1, "seed": 2},
)
_REFUSAL = re.compile(
    r"^\W*(?:i(?:'|’)?m (?:very )?sorry\b|sorry,|i(?:'|’)m (?:unable|not able) to\b|i am (?:unable|not able) to\b|"
    r"i (?:can(?:'|’)?t|cannot|can not|won(?:'|’)t) (?:help|assist|provide|identify|do|comply|process|fulfil|answer)\b|"
    r"as an ai\b|unfortunately,? i (?:can|am)|抱歉|很抱歉|对不起|我无法|我不能)",
    re.IGNORECASE,
)
_REFUSAL_LENGTH = 600  # characters; a longer answer is one, whatever it begins with


def is_refusal(text: str) -> bool:
    """Whether an answer declines instead of answering, by its opening words (English and Chinese)."""
    answer = text.rpartition("</think>")[2].strip()
    return len(answer) <= _REFUSAL_LENGTH and _REFUSAL.match(answer) is not None


def answer_all(
    answerer: Answerer, conversations: Sequence[Messages], options: Mapping[str, Any], *, continuations: int = 0
) -> list[Reply]:
    """The replies to several conversations, asked in one batch, with the fallbacks above.

    A loop is drawn anew up to twice. An answer that stopped at the limit is continued by up to `continuations` further
    requests. Raises what `chat` raises.
    """
    engine = engine_of(answerer)
    calls = [prepare_call(engine, messages, options) for messages in conversations]
    replies = [
        call.finish(reply) for call, reply in zip(calls, engine.generate([c.request for c in calls]), strict=True)
    ]
    if options.get(BLUR_FACES):  # what follows goes on from the pictures that were sent: faces are looked for once
        conversations = [call.request.messages for call in calls]
        options = {name: value for name, value in options.items() if name != "examples"}
    return [
        _settled(answerer, messages, options, reply, continuations)
        for messages, reply in zip(conversations, replies, strict=True)
    ]


def _settled(
    answerer: Answerer, messages: Messages, options: Mapping[str, Any], reply: Reply, continuations: int
) -> Reply:
    if reply.finish_reason == "loop" and options.get("loop_guard", True):
        reply = _retried(answerer, messages, options, reply)
    if reply.finish_reason == "length" and continuations:
        reply = _continued(answerer, messages, options, reply, continuations)
    return replace(reply, flags=(*reply.flags, REFUSED)) if is_refusal(reply.text) else reply


def _retried(answerer: Answerer, messages: Messages, options: Mapping[str, Any], first: Reply) -> Reply:
    engine = engine_of(answerer)
    for step in LADDER:
        call = prepare_call(engine, messages, {**options, **step})
        reply = call.finish(engine.generate([call.request])[0])
        if reply.finish_reason != "loop":
            return replace(reply, flags=(*reply.flags, RETRIED))
    return first


def _continued(
    answerer: Answerer, messages: Messages, options: Mapping[str, Any], reply: Reply, continuations: int
) -> Reply:
    engine, turns = engine_of(answerer), normalise_messages(messages)
    for _ in range(continuations):
        said = Message("assistant", (Part("text", reply.text),))
        try:
            call = prepare_call(engine, [*turns, said], {**options, "continue_final": True})
            more = call.finish(engine.generate([call.request])[0])
        except (ContextOverflow, BadMessages):  # no room left, or a template that cannot go on: it stays cut
            break
        if not more.text:
            break
        reply = _joined(reply, more)
        if reply.finish_reason != "length":
            break
    return reply


def _joined(first: Reply, more: Reply) -> Reply:
    """Both as one; what was shown is told by the first."""
    usage = Usage(
        first.usage.prompt_tokens,
        first.usage.completion_tokens + more.usage.completion_tokens,
        first.usage.cached_tokens,
        first.usage.media_tokens,
        first.usage.reasoning_tokens + more.usage.reasoning_tokens,
    )
    flags = tuple(dict.fromkeys((*first.flags, *more.flags, CONTINUED)))
    return replace(
        first, text=first.text + more.text, finish_reason=more.finish_reason, usage=usage, flags=flags,
        token_ids=first.token_ids + more.token_ids, logprobs=first.logprobs + more.logprobs,
    )  # fmt: skip
