"""Read the JSON in a model's answer: strict where it is strict JSON, tolerant where models slip.

Accepted besides JSON: a fence or prose around it, several values in a row, trailing and missing commas, single and
curly quotes, Python's True / False / None, comments, NaN (read as null), raw line breaks and unescaped quotes in
texts, and an answer cut off at its end. Of a cut-off answer only what is complete is kept: a list loses its unfinished
last item, an object its unfinished last entry. `flags` names every such mercy. Only BadAnswer is ever raised.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import Any

from saccade.errors import BadAnswer
from saccade.processing.parse.lenient import MAX_DEPTH, OPEN, Effort, Found, value_at

_MAX_FAILED_STARTS = 2000  # brackets that turned out not to begin a value
_CHARS_PER_VALUE = 16  # of text that take as long to read as a value

_FENCE = re.compile(r"```[ \t]*([A-Za-z0-9_+-]*)[ \t]*\r?\n?(.*?)(?:```|\Z)", re.DOTALL)
_SPACE_OR_NOTHING = re.compile(r"\s*")
_LONE_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


@dataclass(frozen=True, slots=True)
class ParsedJson:
    """A value and what had to be forgiven: "prose", "fenced", "several", "repaired", "truncated", "nan",
    "duplicate-keys"."""

    value: Any
    flags: tuple[str, ...] = ()


def read_json(text: str) -> ParsedJson:
    """The JSON value in `text`, an answer as the model gave it. Raises BadAnswer (holding `text`) when there is none.

    Text up to the last `</think>` is passed over. Several lists in a row are joined; several objects become a list.
    """
    answer = text.rpartition("</think>")[2].strip().lstrip("\ufeff")
    if not answer:
        raise BadAnswer("the answer is empty where JSON was expected", raw=text)
    strict = _strict(answer)
    if strict is not None:
        return strict
    effort = Effort()
    found = _read_fences(answer, effort) or _read_anywhere(answer, effort)
    if found is None:
        raise BadAnswer("the answer holds no JSON", raw=text)
    return found


def as_list(value: Any) -> list[Any]:
    """`value` as a list of items: a list as it is, an object that only wraps one list as that list, else [value]."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        lists = [entry for entry in value.values() if isinstance(entry, list)]
        holds_items = [entry for entry in lists if entry and all(isinstance(item, dict) for item in entry)]
        if len(lists) == 1 and (holds_items or (len(value) == 1 and not lists[0])):
            return lists[0]
        return [value] if value else []
    return [] if value is None else [value]


def _strict(text: str) -> ParsedJson | None:
    """`text` by the standard library, or None, also for what is nested too deep. NaN is null here too."""
    flags: list[str] = []

    def pairs(entries: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in entries}) < len(entries):
            flags.append("duplicate-keys")
        return dict(entries)

    def constant(_: str) -> Any:
        flags.append("nan")
        return None

    def real(digits: str) -> float | None:
        number = float(digits)
        return number if math.isfinite(number) else constant(digits)

    if _LONE_SURROGATE.search(text):  # the library would hand on half a character; the reader below does not
        return None
    try:
        value = json.loads(text, object_pairs_hook=pairs, parse_constant=constant, parse_float=real)
    except (ValueError, RecursionError):
        return None
    return None if _is_deep(value) else ParsedJson(value, _unique(flags))


def _is_deep(value: Any) -> bool:
    """Whether lists and objects stand more than MAX_DEPTH deep in each other."""
    level = [value]
    for _ in range(MAX_DEPTH + 1):
        inner = [entry for entry in level if isinstance(entry, list | dict)]
        if not inner:
            return False
        level = [entry for outer in inner for entry in (outer.values() if isinstance(outer, dict) else outer)]
    return any(isinstance(entry, list | dict) for entry in level)


def _read_fences(answer: str, effort: Effort) -> ParsedJson | None:
    """The values of all fenced blocks that hold a list or object."""
    found: list[ParsedJson] = []
    position = 0
    while match := _FENCE.search(answer, position):
        position = match.end()
        bracket = _SPACE_OR_NOTHING.match(answer, match.start(2)).end()  # type: ignore[union-attr]  # always matches
        whole = value_at(answer, bracket, effort)
        if whole is not None and (not whole.cut or not match[0].endswith("```")):
            position = max(position, whole.end)  # to the end of the value, in case a text in it holds a fence
            found.append(ParsedJson(whole.value, whole.flags))
            continue
        if whole is not None:  # a text without its end ran over the fence's
            effort.left -= (len(answer) - bracket) // _CHARS_PER_VALUE
        parsed = _read_anywhere(match[2].strip(), effort, inside_fence=True)
        if parsed is not None:
            found.append(parsed)
    if not found:
        return None
    flags = ["fenced", *(flag for parsed in found for flag in parsed.flags)]
    return _joined([parsed.value for parsed in found], flags)


def _read_anywhere(text: str, effort: Effort, inside_fence: bool = False) -> ParsedJson | None:
    """The best value that starts at any bracket of `text`; equally good neighbours belong together."""
    runs: list[tuple[int, list[Found]]] = []  # what each is worth
    position = failed = 0
    while (match := OPEN.search(text, position)) and failed < _MAX_FAILED_STARTS:
        found = value_at(text, match.start(), effort)
        if found is None:
            failed += 1
            position = match.start() + 1
            continue
        worth = _worth(found.value)
        follows = bool(runs) and not text[runs[-1][1][-1].end : found.start].strip(" \t\r\n,;")
        if follows and worth == runs[-1][0]:
            runs[-1][1].append(found)
        else:
            runs.append((worth, [found]))
        position = found.end
    if not runs:
        return None
    _, best = max(runs, key=lambda run: run[0])  # the first of the best
    flags = [flag for found in best for flag in found.flags]
    if not inside_fence and (text[: best[0].start] + text[best[-1].end :]).strip(" \t\r\n,;"):
        flags.insert(0, "prose")
    return _joined([found.value for found in best], flags)


def _joined(values: list[Any], flags: list[str]) -> ParsedJson:
    if len(values) == 1:
        return ParsedJson(values[0], _unique(flags))
    items = [item for value in values for item in (value if isinstance(value, list) else [value])]
    return ParsedJson(items, _unique([*flags, "several"]))


def _worth(value: Any) -> int:
    """How likely a bracketed text is meant as data: objects, then lists of lists or of several, then the rest."""
    if isinstance(value, dict):
        return 3 if value else 1
    if any(isinstance(item, dict) and item for item in value):
        return 3
    return 2 if len(value) > 1 or any(isinstance(item, list) for item in value) else 1


def _unique(flags: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(flags))
