"""Say what is in a picture. Prompts are those the models were trained with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from saccade.errors import BadMessages
from saccade.prompts.scenes import CAPTION_PROMPT, DETAILED_PROMPT, SHORT_PROMPT
from saccade.tasks.ask import Answerer
from saccade.tasks.looking import look
from saccade.types import Size

Style = Literal["sentence", "short", "detailed"]
PROMPTS: Mapping[str, str] = {
    "sentence": CAPTION_PROMPT,
    "short": SHORT_PROMPT,
    "detailed": DETAILED_PROMPT,
}
_MAX_TOKENS = 512


@dataclass(frozen=True, slots=True)
class Caption:
    """What the model says about a picture. `image_size` is that of the caller's file."""

    text: str
    image_size: Size
    raw_text: str
    flags: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text


def caption(answerer: Answerer, image: Any, *, style: Style = "sentence", **options: Any) -> Caption:
    """Describe `image` in one sentence, in short, or in detail. `options` are those of `ask`.

    Raises BadMessages for an unknown style, and what `ask` raises.
    """
    if style not in PROMPTS:
        raise BadMessages(f"unknown caption style {style!r}", hint=f"use one of {', '.join(PROMPTS)}")
    seen = look(answerer, image, PROMPTS[style], options, max_tokens=_MAX_TOKENS)
    return Caption(seen.text, seen.image_size, seen.reply.text, seen.flags)
