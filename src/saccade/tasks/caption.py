"""Say what is in a picture. Prompts are those the models were trained with; wishes stand behind them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from saccade.errors import BadMessages
from saccade.prompts.captions import caption_prompt
from saccade.tasks.ask import Answerer
from saccade.tasks.languages import language_name, written_in
from saccade.tasks.looking import look, merged_flags
from saccade.types import Size

Style = Literal["sentence", "short", "detailed", "alt", "creative"]
STYLES: tuple[str, ...] = get_args(Style)
ALT_WORDS = 25  # screen readers are held to about 125 characters
_MAX_TOKENS = 512


@dataclass(frozen=True, slots=True)
class Caption:
    """What the model says about a picture. `image_size` is that of the caller's file.

    Flags besides the usual: "too-long" (more than the words asked for), "other-language" (not the script of the
    language asked for).
    """

    text: str
    image_size: Size
    raw_text: str
    flags: tuple[str, ...] = ()
    language: str = ""

    def __str__(self) -> str:
        return self.text


def caption(
    answerer: Answerer,
    image: Any,
    *,
    style: Style = "sentence",
    language: str | None = None,
    max_words: int | None = None,
    read_text: bool = False,
    **options: Any,
) -> Caption:
    """Describe `image`: in one sentence, in short, in detail, as an alternative text ("alt"), or creatively.

    language: an English name or a code such as "de"; None leaves it to the model. max_words: how many are asked for,
    for "alt" 25 by default. read_text: text in the picture is to be quoted. `options` are those of `ask`. Raises
    BadMessages for an unknown style or language, and what `ask` raises.
    """
    if style not in STYLES:
        raise BadMessages(f"unknown caption style {style!r}", hint=f"use one of {', '.join(STYLES)}")
    if max_words is not None and (isinstance(max_words, bool) or not isinstance(max_words, int) or max_words < 1):
        raise BadMessages(f"max_words is {max_words!r}; it must be a whole number from 1")
    spoken = "" if language is None else language_name(language)
    most = ALT_WORDS if max_words is None and style == "alt" else max_words
    prompt = caption_prompt(style, language=spoken, max_words=most, read_text=read_text)
    seen = look(answerer, image, prompt, options, max_tokens=_MAX_TOKENS)
    text = without_opening(seen.text) if style == "alt" else seen.text
    flags = []
    if most is not None and len(text.split()) > most:
        flags.append("too-long")
    if spoken and not written_in(text, spoken):
        flags.append("other-language")
    return Caption(text, seen.image_size, seen.reply.text, merged_flags(seen.flags, tuple(flags)), spoken)


def without_opening(text: str) -> str:
    """An alternative text on one line without "Image of": a screen reader has said that already."""
    text = " ".join(text.split())
    for opening in ("The image shows ", "This image shows ", "The picture shows ", "An image of ", "Image of ",
                    "A picture of ", "Picture of ", "A photo of ", "Photo of "):  # fmt: skip
        if text.lower().startswith(opening.lower()) and len(text) > len(opening):
            rest = text[len(opening) :]
            return rest[0].upper() + rest[1:]
    return text
