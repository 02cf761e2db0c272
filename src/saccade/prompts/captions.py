"""Prompts for captions: the trained ones as they are, and requests that go behind them in so many words.

A request that was not trained (a language, a length, the words in the picture) stands after the trained question, so
that a model that does not follow it still answers the question.
"""

from __future__ import annotations

from collections.abc import Mapping

from saccade.prompts.scenes import CAPTION_PROMPT, DETAILED_PROMPT, SHORT_PROMPT

STYLES: Mapping[str, str] = {
    "sentence": CAPTION_PROMPT,
    "short": SHORT_PROMPT,
    "detailed": DETAILED_PROMPT,
    "alt": f"{CAPTION_PROMPT} It is the alternative text for someone who cannot see the image: "
    'say what matters in it, without an opening such as "Image of".',
    "creative": f"{SHORT_PROMPT} Write it as a creative caption.",
}


def caption_prompt(style: str, *, language: str = "", max_words: int | None = None, read_text: bool = False) -> str:
    """The question for a caption in `style`, one of STYLES; `language` is an English name such as "German"."""
    wishes = [STYLES[style]]
    if read_text:
        wishes.append("Quote the text that can be read in it.")
    if max_words is not None:
        wishes.append(f"Use at most {max_words} words.")
    if language:
        wishes.append(f"Answer in {language}.")
    return " ".join(wishes)
