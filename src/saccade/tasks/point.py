"""Point at things in a picture. Prompts are those each family was trained with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from saccade.errors import BadAnswer
from saccade.export.results import Exportable
from saccade.processing.parse.points import ParsedPoints, read_points
from saccade.prompts.scenes import point_prompt, xml_point_prompt
from saccade.tasks.ask import Answerer, engine_of
from saccade.tasks.looking import Look, look, merged_flags
from saccade.tasks.naming import ABSENT, category_names, says_absent
from saccade.types import Point, Size

_XML_FAMILIES = ("qwen2.5-vl",)


@dataclass(frozen=True, slots=True)
class Points(Exportable):
    """Points in pixels of the caller's file of `image_size`, in the model's order; `raw_text` is its own answer."""

    points: tuple[Point, ...]
    image_size: Size
    raw_text: str
    flags: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.points)


def point(answerer: Answerer, image: Any, what: str | Sequence[str], **options: Any) -> Points:
    """Point at every `what` (one name, names with commas, or a list) in `image`, at its middle.

    A thing that is not there gives no point. `options` are those of `ask`. Raises BadMessages for an empty name,
    BadAnswer (holding the raw text) for an answer without points, and what `ask` raises.
    """
    names = category_names(what, "point")
    build = xml_point_prompt if engine_of(answerer).info.family in _XML_FAMILIES else point_prompt
    seen = look(answerer, image, build(names), options)
    parsed = points_of(seen)
    return Points(parsed.points, seen.image_size, seen.reply.text, merged_flags(seen.flags, parsed.flags))


def points_of(seen: Look) -> ParsedPoints:
    """The points of an answer; none, flagged "said-absent", where it says in words that there are none."""
    try:
        return read_points(
            seen.reply.text, source=seen.image_size, resized=seen.resized_size, profile=seen.profile
        )  # fmt: skip
    except BadAnswer as error:
        if says_absent(seen.reply.text):
            return ParsedPoints((), (ABSENT,))
        raise seen.explained(error) from None
