"""Say what is in a picture. Prompts are those the models were trained with; wishes stand behind them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal, get_args

from saccade.errors import BadMessages
from saccade.processing.parse.sentences import cut_at_words, without_markdown
from saccade.prompts.captions import caption_prompt
from saccade.tasks.ask import Answerer
from saccade.tasks.languages import language_name, written_in
from saccade.tasks.looking import look, merged_flags
from saccade.types import Size

Style = Literal["sentence", "short", "detailed", "alt", "creative"]
STYLES: tuple[str, ...] = get_args(Style)
ALT_WORDS = 25  # what is asked for; what counts is the length
ALT_CHARACTERS = 125  # beyond, screen readers break an alternative text into pieces
_MAX_TOKENS = 512
# What a screen reader has said already: "The image shows", "A photo of", "In this picture, ", and so on.
_PICTURE = r"(?:image|picture|photo(?:graph)?)"
_OPENING = re.compile(
    rf"^(?:(?:this|the|an?) )?(?:close-up |black-and-white |colou?r )?{_PICTURE}(?: is)?"
    r" (?:of|shows|showing|that shows|depicts|depicting|displays|features|captures|contains) |"
    rf"^in (?:this|the) {_PICTURE},? (?:there (?:is|are) |we (?:can )?see |you (?:can )?see )?|^there (?:is|are) |"
    r"^(?:das |dieses |ein )?(?:bild|foto)(?: zeigt| von) |^auf dem (?:bild|foto) (?:ist|sind|sieht man) |"
    r"^(?:cette |l['’]|une )?(?:image|photo) (?:montre |de |d['’])|^(?:la |una |esta )?(?:imagen|foto) (?:muestra|de) |"
    r"^(?:这张|这是一张)?(?:图片|照片|图像|图)(?:中|里)?(?:显示了?|展示了?|是|有)?[，,]?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Caption:
    """What the model says about a picture. `image_size` is that of the caller's file.

    Flags besides the usual: "too-long" (more than the words asked for), "shortened" (of an alternative text: what is
    beyond 125 characters is in `raw_text` only), "other-language" (not the script of the language asked for).
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

    An alternative text is at most 125 characters long, cut behind a sentence, else behind a word, and has no opening
    such as "Image of". language: an English name or a code such as "de"; None leaves it to the model. max_words: how
    many are asked for, for "alt" 25 by default. read_text: text in the picture is to be quoted. `options` are those of
    `ask`. Raises BadMessages for an unknown style or language, and what `ask` raises.
    """
    if style not in STYLES:
        raise BadMessages(f"unknown caption style {style!r}", hint=f"use one of {', '.join(STYLES)}")
    if max_words is not None and (isinstance(max_words, bool) or not isinstance(max_words, int) or max_words < 1):
        raise BadMessages(f"max_words is {max_words!r}; it must be a whole number from 1")
    spoken = "" if language is None else language_name(language)
    most = ALT_WORDS if max_words is None and style == "alt" else max_words
    prompt = caption_prompt(style, language=spoken, max_words=most, read_text=read_text)
    seen = look(answerer, image, prompt, options, max_tokens=_MAX_TOKENS)
    text, flags = seen.text.rpartition("</think>")[2].strip(), []
    if style == "alt":
        whole = without_opening(text)
        text = cut_at_words(whole, ALT_CHARACTERS)
        flags += ["shortened"] if text != whole else []
    if max_words is not None and len(text.split()) > max_words:
        flags.append("too-long")
    if spoken and not written_in(text, spoken):
        flags.append("other-language")
    return Caption(text, seen.image_size, seen.reply.text, merged_flags(seen.flags, tuple(flags)), spoken)


def without_opening(text: str) -> str:
    """An alternative text on one line without "Image of": a screen reader has said that already."""
    text = " ".join(without_markdown(text).split()).strip('"“”')
    text = re.sub(r"^alt(?:ernative)?[ -]?text\s*[:：]\s*", "", text, flags=re.IGNORECASE).strip('"“”')
    rest = _OPENING.sub("", text, count=1).strip()
    return rest[0].upper() + rest[1:] if rest else text
