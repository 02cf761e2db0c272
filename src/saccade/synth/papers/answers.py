"""Values of a drawn paper as the parts of an answer, every character tied to the place it was read from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from saccade.prompts import documents
from saccade.synth.canvas import Canvas
from saccade.synth.papers.draft import Place, Printed
from saccade.synth.sample import Part, Said


def printed_parts(one: Printed, escape: bool = True) -> list[Part]:
    """A value as it is printed."""
    parts: list[Part] = []
    for index, place in enumerate(one.places):
        if index:
            parts.append(Said(" "))
        parts.append(Said(place.text, line=place.line, start=place.start, escape="json" if escape else ""))
    return parts


def number_parts(one: Printed) -> list[Part]:
    """An amount as a JSON number: its digits stand where they are printed, separators may differ."""
    printed = [(char, place.line, place.start + index) for place in one.places for index, char in enumerate(place.text)]
    parts: list[Part] = []
    at, joined = 0, False
    for char in str(one.value.number):
        found = next(index for index in range(at, len(printed)) if printed[index][0] in (".," if char == "." else char))
        same, line, start = printed[found]
        last = parts[-1] if parts else None
        if same != char:
            parts.append(Said(char))
        elif joined and found == at and isinstance(last, Said) and last.line == line:
            parts[-1] = Said(last.text + char, line=line, start=last.start)
        else:
            parts.append(Said(char, line=line, start=start))
        at, joined = found + 1, same == char
    return parts


def date_parts(one: Printed, canvas: Canvas) -> list[Part]:
    """A date as YYYY-MM-DD: digits stand where they are printed, or point at the name or number they come from."""
    place = one.places[0]
    parts: list[Part] = []
    for name in ("YYYY", "MM", "DD"):
        digits, start, end = one.value.pieces[name]
        written = place.text[start:end]
        if parts:
            parts.append(Said("-"))
        kept = len(written) if written.isdigit() and digits.endswith(written) else 0
        if kept < len(digits):
            parts.append(Said(digits[: len(digits) - kept], at=_middle(canvas, place, start, end)))
        if kept:
            parts.append(Said(written, line=place.line, start=place.start + start))
    return parts


def _middle(canvas: Canvas, place: Place, start: int, end: int) -> tuple[float, float]:
    first, last = place.start + start, place.start + end
    boxes = [char for char in canvas.chars if char.line == place.line and first <= char.index < last]
    x = (min(char.x0 for char in boxes) + max(char.x1 for char in boxes)) / 2
    return x, (min(char.y0 for char in boxes) + max(char.y1 for char in boxes)) / 2


@dataclass(slots=True)
class Answer:
    """A JSON object being written: its parts, and the same as plain data."""

    parts: list[Part]
    data: dict[str, Any]

    def put(self, key: str, parts: Sequence[Part], value: Any, *, quoted: bool) -> None:
        quote = '"' if quoted else ""
        self.parts.append(Said(f'{", " if self.data else ""}"{key}": {quote}'))
        self.parts += parts
        if quoted:
            self.parts.append(Said('"'))
        self.data[key] = value


def put_field(answer: Answer, key: str, one: Printed | None, wanted: Any, canvas: Canvas) -> None:
    """Add one field in the form that the template's value `wanted` asks for."""
    if one is None:
        answer.put(key, [Said("null")], None, quoted=False)
    elif wanted == documents.NUMBER and not isinstance(wanted, str):
        answer.put(key, number_parts(one), float(str(one.value.number)), quoted=False)
    elif wanted == documents.DATE:
        answer.put(key, date_parts(one, canvas), one.value.iso, quoted=True)
    else:
        answer.put(key, printed_parts(one), one.text, quoted=True)
