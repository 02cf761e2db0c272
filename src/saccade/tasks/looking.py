"""What the tasks on one picture have in common: ask about it, and know its size and what the model saw of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from saccade.errors import BadMessages
from saccade.families import FamilyProfile, family_profile
from saccade.media.image import read_header
from saccade.processing.parse.boxes import ParsedBoxes, read_boxes
from saccade.processing.resize import pixel_limits, smart_resize
from saccade.settings import Settings
from saccade.tasks.ask import Answerer, ask, engine_of, media_part
from saccade.types import Reply, Size

# Options a task leaves to its caller. What the prompt is and how the answer must look belongs to the task.
_NOT_FOR_TASKS = ("raw", "tools", "continue_final", "schema", "regex", "choices", "grammar")


@dataclass(frozen=True, slots=True)
class Look:
    """A reply about one picture. `image_size` is the caller's, upright; `flags` are the reply's and "truncated"."""

    reply: Reply
    image_size: Size
    resized_size: Size
    profile: FamilyProfile

    @property
    def text(self) -> str:
        return self.reply.text.strip()

    @property
    def flags(self) -> tuple[str, ...]:
        return merged_flags(self.reply.flags, ("truncated",) if self.reply.finish_reason == "length" else ())

    def boxes(self) -> ParsedBoxes:
        """The boxes in the reply, in pixels of the caller's picture. Raises BadAnswer holding the raw text."""
        return read_boxes(
            self.reply.text, source=self.image_size, resized=self.resized_size, profile=self.profile
        )  # fmt: skip


def look(
    answerer: Answerer, image: Any, prompt: str, options: Mapping[str, Any], *, max_tokens: int | None = None
) -> Look:
    """Ask `prompt` about one picture. Greedy, and at most `max_tokens` long, unless `options` say otherwise.

    Raises BadMessages for a video or for an option that a task does not take.
    """
    refused = [name for name in options if name in _NOT_FOR_TASKS]
    if refused:
        raise BadMessages(f"the option {refused[0]!r} does not go with a task", hint="use ask or chat for that")
    part = media_part(image)
    if part.kind != "image":
        raise BadMessages("this task takes a picture, and a video came", hint="use ask, or cut out a frame")
    reply = ask(answerer, part, prompt, **({"max_tokens": max_tokens} | dict(options)))
    profile = family_profile(engine_of(answerer).info.family)
    if reply.media:
        return Look(reply, reply.media[-1].source_size, reply.media[-1].resized_size, profile)
    # An engine that does not say what it saw resizes by the family's rule.
    source = read_header(part.source, Settings()).size
    given = [(choice.get("min_pixels"), choice.get("max_pixels")) for choice in (part.options, options)]
    resized = smart_resize(source.height, source.width, profile.factor, *pixel_limits(profile, *given))
    return Look(reply, source, resized, profile)


def merged_flags(*groups: tuple[str, ...]) -> tuple[str, ...]:
    """All flags once, in the order they came."""
    return tuple(dict.fromkeys(flag for group in groups for flag in group))
