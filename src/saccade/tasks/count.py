"""Count things in a picture: by asking for the number, by finding them one by one, or in all ways at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from saccade.errors import BadAnswer, BadMessages
from saccade.export.results import Exportable
from saccade.processing.parse.absence import read_count
from saccade.prompts.scenes import count_prompt
from saccade.tasks.ask import Answerer
from saccade.tasks.detect import detect
from saccade.tasks.looking import look, merged_flags
from saccade.tasks.naming import ABSENT
from saccade.tasks.point import point
from saccade.types import Box, Point, Size

Method = Literal["direct", "boxes", "points", "all", "ask", "detect"]
WAYS = ("direct", "boxes", "points")
_OLD_NAMES = {"ask": "direct", "detect": "boxes"}
_MAX_TOKENS = 64
DISAGREE, UNREAD = "disagree", "unread"


@dataclass(frozen=True, slots=True)
class Count(Exportable):
    """How many there are. `boxes` and `points` are what was counted, in pixels of the caller's file; none for "direct".

    counts: what each way of counting gave. agreement: the share of ways that gave `count`, 1.0 for a single way.
    Flags besides the usual: "disagree" (not all ways gave the same), "unread" (one way gave nothing readable).
    """

    count: int
    boxes: tuple[Box, ...]
    image_size: Size
    raw_text: str
    flags: tuple[str, ...] = ()
    points: tuple[Point, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    agreement: float = 1.0

    def __int__(self) -> int:
        return self.count


def count(answerer: Answerer, image: Any, what: str, *, method: Method = "direct", **options: Any) -> Count:
    """How many `what` `image` shows: a plural such as "red circles"; to find each one best a singular.

    method "direct" asks for the number; "boxes" and "points" find each one and count; "all" does all three and takes
    the number that most agree on, of three different ones the direct one. `options` are those of `ask`.

    Raises BadAnswer (holding the raw text) when the answer names no number, and what `ask` raises.
    """
    if not what.strip():
        raise BadMessages("count needs to know what to count", hint='for example "red circles"')
    way = _OLD_NAMES.get(method, method)
    if way == "all":
        return _by_all(answerer, image, what, options)
    if way not in WAYS:
        raise BadMessages(f"unknown counting method {method!r}", hint=f"use {', '.join(WAYS)} or all")
    return _WAYS[way](answerer, image, what, options)


def _direct(answerer: Answerer, image: Any, what: str, options: Mapping[str, Any]) -> Count:
    seen = look(answerer, image, count_prompt(" ".join(what.split())), options, max_tokens=_MAX_TOKENS)
    try:
        number, is_absent = read_count(seen.reply.text)
    except BadAnswer as error:
        raise seen.explained(error) from None
    flags = merged_flags(seen.flags, (ABSENT,) if is_absent else ())
    return Count(number, (), seen.image_size, seen.reply.text, flags, (), {"direct": number})


def _by_boxes(answerer: Answerer, image: Any, what: str, options: Mapping[str, Any]) -> Count:
    found = detect(answerer, image, [what], **options)
    number = len(found.boxes)
    return Count(number, found.boxes, found.image_size, found.raw_text, found.flags, (), {"boxes": number})


def _by_points(answerer: Answerer, image: Any, what: str, options: Mapping[str, Any]) -> Count:
    found = point(answerer, image, [what], **options)
    number = len(found.points)
    return Count(number, (), found.image_size, found.raw_text, found.flags, found.points, {"points": number})


_WAYS: Mapping[str, Callable[[Answerer, Any, str, Mapping[str, Any]], Count]] = {
    "direct": _direct, "boxes": _by_boxes, "points": _by_points,
}  # fmt: skip


def _by_all(answerer: Answerer, image: Any, what: str, options: Mapping[str, Any]) -> Count:
    results: list[Count] = []
    failed: BadAnswer | None = None
    for way in WAYS:
        try:
            results.append(_WAYS[way](answerer, image, what, options))
        except BadAnswer as error:
            failed = failed or error
    if not results:
        assert failed is not None
        raise failed
    counts = {way: number for result in results for way, number in result.counts.items()}
    number, votes = Counter(counts.values()).most_common(1)[0]  # of equals the first, that is the direct one
    marks = (*((DISAGREE,) if votes < len(counts) else ()), *((UNREAD,) if failed is not None else ()))
    return Count(
        count=number,
        boxes=next((result.boxes for result in results if result.boxes), ()),
        image_size=results[0].image_size,
        raw_text="\n".join(result.raw_text for result in results),
        flags=merged_flags(*(result.flags for result in results), marks),
        points=next((result.points for result in results if result.points), ()),
        counts=counts,
        agreement=votes / len(WAYS),
    )
