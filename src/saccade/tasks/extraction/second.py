"""A second look at values in doubt: the same field asked for alone, on the part of the page where it stands."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from saccade.prompts.documents import cell_question, field_question
from saccade.tasks.ask import Answerer, engine_of
from saccade.tasks.extraction.fit import fit_value
from saccade.tasks.extraction.place import split_place
from saccade.tasks.extraction.result import Field
from saccade.tasks.extraction.schema import Node, rules_at
from saccade.tasks.faces import hide_in_picture
from saccade.tasks.looking import Question, look_all
from saccade.types import Box

MOST_LOOKS = 8
_MAX_TOKENS = 128
_LINES_AROUND = 3  # a label may stand above its value


@dataclass(frozen=True, slots=True)
class SecondLook:
    """What was read the second time, in the form of the field; None where it is not shown there."""

    place: str
    value: Any
    text: str


def look_again(
    answerer: Answerer,
    node: Node,
    data: Mapping[str, Any],
    fields: Sequence[Field],
    picture_of: Callable[[int], Any],
    options: Mapping[str, Any],
) -> list[SecondLook]:
    """Ask for each of `fields` alone, all at once; on a strip of the page around its box where it has one."""
    questions, asked = [], []
    whole: dict[int, Any] = {}
    for field in fields[:MOST_LOOKS]:
        number = field.page or 1
        if number not in whole:
            whole[number] = hide_in_picture(picture_of(number), options, engine_of(answerer))
        picture, safe_options, _ = whole[number]
        if field.box is not None:
            picture = picture.crop(strip_around(field.box, picture.width, picture.height))
        questions.append(Question((picture,), _question(field.name, data)))
        asked.append(field)
    own = {"logprobs": None}
    looks = look_all(answerer, questions, safe_options, max_tokens=_MAX_TOKENS, own=own) if questions else []
    found = []
    for field, seen in zip(asked, looks, strict=True):
        text = " ".join(seen.text.split())
        value, problem = fit_value(text, rules_at(node, field.name))
        found.append(SecondLook(field.name, None if problem else value, text))
    return found


def strip_around(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right, bottom of the full-width strip that has `box` and some lines above and below."""
    room = _LINES_AROUND * max(8.0, box.y1 - box.y0)
    top, bottom = int(max(0.0, box.y0 - room)), int(min(float(height), box.y1 + room))
    return 0, top, width, max(top + 1, bottom)


def _question(place: str, data: Mapping[str, Any]) -> str:
    steps = split_place(data, place)
    name = next((step for step in reversed(steps) if isinstance(step, str)), place)
    row: Any = data
    for step in steps[:-1]:
        row = row[step]
    if len(steps) > 1 and isinstance(steps[-2], int):
        title = next((value for key, value in row.items() if isinstance(value, str) and key != name), None)
        if title is not None:
            return cell_question(spoken(name), title)
    return field_question(spoken(name))


def spoken(name: str) -> str:
    """A field's name as a person says it: "invoice_number" and "invoiceNumber" are "invoice number"."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    words = re.sub(r"\[\d+\]$", "", words)
    return " ".join(re.split(r"[\s_]+", words.strip())).lower() if words.isascii() else words
