"""Point at things in a picture. Prompts are those each family was trained with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from saccade.errors import BadAnswer
from saccade.export.results import Exportable
from saccade.processing.parse.points import ParsedPoints, read_points
from saccade.prompts.scenes import point_prompt, xml_point_prompt
from saccade.tasks.ask import Answerer, engine_of
from saccade.tasks.looking import CLOSED, Look, look, merged_flags
from saccade.tasks.naming import ABSENT, category_names, says_absent
from saccade.tasks.refine import PointRefiner, refined_result
from saccade.tasks.strict import PlacesForm
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


def point(
    answerer: Answerer,
    image: Any,
    what: str | Sequence[str],
    *,
    refine: PointRefiner | None = None,
    strict: bool = False,
    **options: Any,
) -> Points:
    """Point at every `what` (one name, names with commas, or a list) in `image`, at its middle.

    A thing that is not there gives no point. refine: a function from the upright picture and the points to better ones
    (see `saccade.tasks.refine`). strict: the answer is held to JSON while it is written, with numbers inside the
    picture and labels among `what`. `options` are those of `ask`.

    Raises BadMessages for an empty name, BadAnswer (holding the raw text) for an answer without points, BadInput for a
    `refine` whose points cannot be used, and what `ask` raises.
    """
    names = category_names(what, "point")
    writes_xml = engine_of(answerer).info.family in _XML_FAMILIES and not strict
    prompt = xml_point_prompt(names) if writes_xml else point_prompt(names)
    seen = look(answerer, image, prompt, {**options, "strict": strict}, form=PlacesForm("point", "label", names))
    parsed = points_of(seen)
    found = Points(parsed.points, seen.image_size, seen.reply.text, merged_flags(seen.flags, parsed.flags))
    return found if refine is None else refined_result(found, "points", refine, answerer, image)


def points_of(seen: Look) -> ParsedPoints:
    """The points of an answer; none, flagged "said-absent", where it says in words that there are none."""
    try:
        parsed = read_points(
            seen.reply.text, source=seen.image_size, resized=seen.resized_size, profile=seen.profile
        )  # fmt: skip
    except BadAnswer as error:
        if says_absent(seen.reply.text):
            return ParsedPoints((), (ABSENT,))
        raise seen.explained(error) from None
    # Where the engine had to end the answer, the last point is its filling.
    return replace(parsed, points=parsed.points[:-1]) if CLOSED in seen.reply.flags else parsed
