"""Where a value stands on the page: its text looked up among the lines that were read there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any

from saccade.processing.parse.dates import date_of
from saccade.processing.parse.numbers import number_of
from saccade.types import Box

_NUMBER = re.compile(r"[-+(]?\d[\d.,'’\u00a0\u202f]*\d|\d")


@dataclass(frozen=True, slots=True)
class Placed:
    """The text as it is printed and the box around it; `several`: it is printed in more than one place."""

    text: str
    box: Box
    several: bool = False


def find_value(value: Any, name: str, lines: Sequence[Box]) -> Placed | None:
    """Where `value` of the field `name` stands among `lines` (boxes labelled with their text), or None.

    A text must stand there as it is but for case and spaces; a number and a date may be written in any way. Of several
    places one in a line that also has a word of the field's name wins, then the first.
    """
    found = [placed for line in lines if (placed := _in_line(value, line)) is not None]
    if not found:
        return _over_two_lines(value, lines)
    words = {word for word in re.split(r"[\W_]+", name.rpartition(".")[2].casefold()) if len(word) > 2}
    named = [one for one in found if words & set(re.split(r"[\W_]+", one.box.attributes["line"].casefold()))]
    best = (named or found)[0]
    box = replace(best.box, label=name, attributes={})
    return Placed(best.text, box, len(found) > 1 and len(named) != 1)


def _in_line(value: Any, line: Box) -> Placed | None:
    span = _span(value, line.label)
    if span is None:
        return None
    box = _stretch(line, *span)
    return Placed(line.label[span[0] : span[1]], replace(box, attributes={"line": line.label}))


def _span(value: Any, text: str) -> tuple[int, int] | None:
    """Begin and end of the value in a text."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        for match in _NUMBER.finditer(text[:1000]):
            number = number_of(match[0])
            if number is not None and abs(number - value) < 1e-9 * max(1.0, abs(value)):
                return match.span()
        return None
    wanted = str(value).strip()
    if not wanted:
        return None
    pattern = r"\s*".join(re.escape(piece) for piece in wanted.split())
    whole = re.search(rf"(?<![^\W_]){pattern}(?![^\W_])", text, re.IGNORECASE)
    if whole is not None:
        return whole.span()
    return _date_span(wanted, text)


def _date_span(wanted: str, text: str) -> tuple[int, int] | None:
    """A date that is written in another way than the value, which is ISO."""
    try:
        day = date.fromisoformat(wanted)
    except ValueError:
        return None
    if date_of(text) != day and date_of(text, day_first=True) != day and date_of(text, day_first=False) != day:
        return None
    digits = list(re.finditer(r"\d+", text[:200]))
    year = next((m for m in digits if int(m[0]) in (day.year, day.year % 100)), None)
    number = next((m for m in digits if int(m[0]) == day.day and m is not year), None)
    if year is None or number is None:
        return None
    return min(year.start(), number.start()), max(year.end(), number.end())


def _over_two_lines(value: Any, lines: Sequence[Box]) -> Placed | None:
    """A text that goes on in the next line: the box around both."""
    wanted = _plain(value) if isinstance(value, str) else ""
    if len(wanted) < 4:
        return None
    for first, second in pairwise(lines):
        if wanted in _plain(f"{first.label} {second.label}"):
            box = Box(
                min(first.x0, second.x0), min(first.y0, second.y0), max(first.x1, second.x1), max(first.y1, second.y1)
            )
            return Placed(str(value), box)
    return None


def _stretch(line: Box, start: int, end: int) -> Box:
    """The part of a line's box that its characters from `start` to `end` take, as if all were equally wide."""
    length = max(1, len(line.label))
    width = line.x1 - line.x0
    left, right = line.x0 + width * start / length, line.x0 + width * end / length
    return Box(max(line.x0, left), line.y0, min(line.x1, right), line.y1)


def _plain(value: Any) -> str:
    return " ".join(str(value).casefold().split())
