"""Texts by their number in a model's answer: `{"1": "...", "2": "..."}`, or one of the forms models write instead."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from saccade.errors import BadAnswer
from saccade.processing.parse.json import as_list, read_json

_NUMBER_KEYS = ("id", "number", "line", "index", "no")
_TEXT_KEYS = ("translation", "translated", "target", "text", "text_content", "value")
_LEADING = re.compile(r"^\s*(\d{1,6})\s*[.):]\s*(.+)$", re.MULTILINE)


def numbered_schema(numbers: Sequence[int], longest: Mapping[int, int]) -> dict[str, Any]:
    """The JSON schema of an object with a text for every number, each of at most `longest` characters."""
    texts = {str(number): {"type": "string", "maxLength": longest[number]} for number in numbers}
    return {"type": "object", "properties": texts, "required": list(texts), "additionalProperties": False}


def read_numbered(text: str, numbers: Sequence[int]) -> dict[int, str]:
    """The texts of those `numbers` that the answer has, none of them empty.

    Read besides an object by number: an object around one, a list of objects with number and text, a plain list of as
    many texts as there are numbers, and lines such as "1. ...". Raises BadAnswer when there is no text at all.
    """
    try:
        found = _from_value(read_json(text).value, numbers)
    except BadAnswer:
        found = {}
    found = found or _kept({int(match[1]): match[2] for match in _LEADING.finditer(text)}, numbers)
    if not found:
        raise BadAnswer(f"the answer has none of the lines {numbers[0]} to {numbers[-1]} by its number", raw=text)
    return found


def _from_value(value: Any, numbers: Sequence[int]) -> dict[int, str]:
    if isinstance(value, Mapping):
        found = _kept({number: text for key, text in value.items() if (number := _number(key)) is not None}, numbers)
        inner = [entry for entry in value.values() if isinstance(entry, Mapping | list)]
        return found or (_from_value(inner[0], numbers) if len(inner) == 1 else {})
    items = as_list(value)
    if items and all(isinstance(item, str) for item in items):
        return _kept(dict(zip(numbers, items, strict=True)), numbers) if len(items) == len(numbers) else {}
    found = {}
    for item in items:
        if not isinstance(item, Mapping):
            continue
        number = next((_number(item[key]) for key in _NUMBER_KEYS if key in item), None)
        text = next((item[key] for key in _TEXT_KEYS if isinstance(item.get(key), str)), None)
        if number is not None and text is not None:
            found[number] = text
        elif number is None and text is None:
            found.update(_from_value(item, numbers) if len(item) == 1 else {})
    return _kept(found, numbers)


def _kept(found: Mapping[int, Any], numbers: Sequence[int]) -> dict[int, str]:
    texts = {number: " ".join(text.split()) for number, text in found.items() if isinstance(text, str)}
    return {number: texts[number] for number in numbers if texts.get(number)}


def _number(value: Any) -> int | None:
    if isinstance(value, str):
        value = value.strip().removeprefix("line").strip(" .:")
        return int(value) if value.isdecimal() and len(value) < 7 else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
