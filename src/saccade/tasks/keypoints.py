"""Named points of figures in a picture, such as the joints of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from saccade.errors import BadAnswer, BadMessages
from saccade.export.results import Exportable
from saccade.processing.parse.points import Figure, ParsedFigures, read_figures
from saccade.prompts.scenes import JOINTS, keypoints_prompt
from saccade.tasks.ask import Answerer
from saccade.tasks.looking import Look, look, merged_flags
from saccade.tasks.naming import ABSENT, category_names, cleaned, says_absent
from saccade.types import Box, Point, Size


@dataclass(frozen=True, slots=True)
class Keypoints(Exportable):
    """Figures with the points that were asked for, None where one is not to be seen; left and right are the figure's.

    Coordinates are pixels of the caller's file of `image_size`. Flags besides the usual: "other-names" (the answer had
    points that were not asked for; they are left out).
    """

    figures: tuple[Figure, ...]
    image_size: Size
    raw_text: str
    flags: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.figures)

    @property
    def points(self) -> tuple[Point, ...]:
        """All points that are there, each labelled with its name."""
        return tuple(point for figure in self.figures for point in figure.points.values() if point is not None)

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The boxes of figures, where the model gave them."""
        return tuple(figure.box for figure in self.figures if figure.box is not None)


def keypoints(
    answerer: Answerer,
    image: Any,
    subject: str = "person",
    names: str | Sequence[str] = JOINTS,
    **options: Any,
) -> Keypoints:
    """The points `names` (a list, or names with commas) of every `subject` in `image`.

    No such figure gives none. `options` are those of `ask`. Raises BadMessages for an empty or repeated name,
    BadAnswer (holding the raw text) for an answer without points, and what `ask` raises.
    """
    wanted = category_names(names, "keypoints")
    if len({name.casefold() for name in wanted}) < len(wanted):
        raise BadMessages("keypoints was given a name twice", hint="name every point once")
    seen = look(answerer, image, keypoints_prompt(cleaned(subject, "keypoints"), wanted), options)
    parsed = _figures_of(seen)
    figures = tuple(_named(figure, wanted) for figure in parsed.figures)
    known = {name.casefold() for name in wanted}
    others = any(name.casefold() not in known for figure in parsed.figures for name in figure.points)
    flags = merged_flags(seen.flags, parsed.flags, ("other-names",) if others else ())
    return Keypoints(figures, seen.image_size, seen.reply.text, flags)


def _named(figure: Figure, wanted: Sequence[str]) -> Figure:
    """The figure with exactly the wanted points, in their order, each labelled with its name."""
    given: Mapping[str, Point | None] = {name.casefold(): point for name, point in figure.points.items()}
    points: dict[str, Point | None] = {}
    for name in wanted:
        point = given.get(name.casefold())
        points[name] = None if point is None else replace(point, label=name)
    return replace(figure, points=points)


def _figures_of(seen: Look) -> ParsedFigures:
    try:
        return read_figures(
            seen.reply.text, source=seen.image_size, resized=seen.resized_size, profile=seen.profile
        )  # fmt: skip
    except BadAnswer as error:
        if says_absent(seen.reply.text):
            return ParsedFigures((), (ABSENT,))
        raise seen.explained(error) from None
