"""A story, or a report, over several pictures: every passage knows the pictures it speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from saccade.errors import BadAnswer, BadMessages
from saccade.processing.parse.passages import read_passages
from saccade.prompts.writing import story_prompt
from saccade.tasks.ask import Answerer
from saccade.tasks.compare import pictures_of
from saccade.tasks.languages import language_name, written_in
from saccade.tasks.looking import Look, Question, answered, look_and_read, merged_flags
from saccade.types import Size

StoryStyle = Literal["story", "report", "diary", "children"]
StoryLength = Literal["short", "medium", "long"]
_MAX_TOKENS = 2048


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph or sentence. `pictures` are the numbers, from 1, of those it speaks of; () where it names none."""

    text: str
    pictures: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """A text over pictures, passage by passage; `left_out` are the pictures that no passage speaks of.

    Flags besides the usual: "left-out", "unassigned" (some passage names no picture), "assigned-by-order" (no passage
    named one, and there are as many passages as pictures), "unknown-number" (a picture was named that was not shown),
    "other-language".
    """

    title: str
    passages: tuple[Passage, ...]
    left_out: tuple[int, ...]
    image_sizes: tuple[Size, ...]
    raw_text: str
    language: str = ""
    flags: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The whole of it without marks, a passage on each line."""
        return "\n".join(passage.text for passage in self.passages)

    def of_picture(self, number: int) -> tuple[Passage, ...]:
        """The passages that speak of a picture, counted from 1."""
        return tuple(passage for passage in self.passages if number in passage.pictures)

    def __str__(self) -> str:
        return self.text


def story(
    answerer: Answerer,
    images: Sequence[Any],
    *,
    style: StoryStyle = "story",
    length: StoryLength = "medium",
    language: str | None = None,
    **options: Any,
) -> Story:
    """Tell what two or more pictures show together, in their order.

    style: "story", "report" (nothing but what can be seen), "diary" or "children". length: "short" (a sentence for each
    picture), "medium", "long". language: an English name or a code such as "de". `options` are those of `ask`. Raises
    BadMessages for fewer than two pictures, an unknown style, length or language, BadAnswer for an answer without text.
    """
    pictures = pictures_of(images, "story")
    for name, value, allowed in (("style", style, get_args(StoryStyle)), ("length", length, get_args(StoryLength))):
        if value not in allowed:
            raise BadMessages(f"unknown {name} {value!r} of a story", hint=f"use one of {', '.join(allowed)}")
    spoken = "" if language is None else language_name(language)
    numbers = range(1, len(pictures) + 1)
    asked = Question(pictures, story_prompt(style, length, len(pictures), spoken))

    def read(seen: Look) -> Story:
        answered(seen)
        parsed = read_passages(seen.reply.text, numbers)
        passages = tuple(Passage(one.text, one.numbers) for one in parsed.passages)
        told = {number for passage in passages for number in passage.pictures}
        left_out = tuple(number for number in numbers if number not in told)
        text = " ".join(passage.text for passage in passages)
        own = {
            "left-out": bool(left_out),
            "unassigned": any(not passage.pictures for passage in passages),
            "other-language": bool(spoken) and not written_in(text, spoken),
        }
        flags = merged_flags(seen.flags, parsed.flags, tuple(name for name, holds in own.items() if holds))
        sizes = tuple(source for source, _ in seen.sizes)
        return Story(parsed.title, passages, left_out, sizes, seen.reply.text, spoken, flags)

    given = {"add_vision_id": True} | options
    ((_, found),) = look_and_read(answerer, [asked], given, read, max_tokens=_MAX_TOKENS)
    if isinstance(found, BadAnswer):
        raise found
    return found
