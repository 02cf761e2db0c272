"""Count things in a picture: by asking for the number, or by finding them one by one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from saccade.errors import BadMessages
from saccade.processing.parse.numbers import read_number
from saccade.prompts.scenes import count_prompt
from saccade.tasks.ask import Answerer
from saccade.tasks.detect import detect
from saccade.tasks.looking import look
from saccade.types import Box, Size

_MAX_TOKENS = 64


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are. `boxes` is what was counted, in pixels of the caller's file; empty for method "ask"."""

    count: int
    boxes: tuple[Box, ...]
    image_size: Size
    raw_text: str
    flags: tuple[str, ...] = ()

    def __int__(self) -> int:
        return self.count


def count(
    answerer: Answerer, image: Any, what: str, *, method: Literal["ask", "detect"] = "ask", **options: Any
) -> Count:
    """How many `what` `image` shows: a plural such as "red circles"; for method "detect" best a singular.

    method "ask" asks for the number; "detect" finds each one and counts the boxes. `options` are those of `ask`.
    Raises BadAnswer (holding the raw text) when the answer names no number, and what `ask` raises.
    """
    if not what.strip():
        raise BadMessages("count needs to know what to count", hint='for example "red circles"')
    if method == "detect":
        found = detect(answerer, image, [what], **options)
        return Count(len(found.boxes), found.boxes, found.image_size, found.raw_text, found.flags)
    if method != "ask":
        raise BadMessages(f"unknown counting method {method!r}", hint="use ask or detect")
    seen = look(answerer, image, count_prompt(" ".join(what.split())), options, max_tokens=_MAX_TOKENS)
    return Count(read_number(seen.reply.text), (), seen.image_size, seen.reply.text, seen.flags)
