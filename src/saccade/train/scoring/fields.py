"""Scores of named fields: what is there, as it stands, and null for what is not.

Values are compared after normalisation: texts in one case with white space folded, numbers as numbers whatever their
separators and currency, dates as days. Rows of a list are paired so that most of their fields agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from saccade.errors import BadAnswer
from saccade.processing.parse.json import read_json
from saccade.processing.parse.numbers import number_of
from saccade.train.metrics import best_pairs
from saccade.train.scoring.amounts import Scores, Shown, f1, share
from saccade.train.scoring.text import plain

_EMPTY: tuple[Any, ...] = (None, "", [], {})
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_WORDS = re.compile(
    r"(?:(\d{1,2})(?:st|nd|rd|th)?\.?[\s-]+)?([a-z]{3,9})\.?[\s-]*(?:(\d{1,2})(?:st|nd|rd|th)?,?\s+)?(\d{4})"
)


def score_fields(truth: Mapping[str, Any], answer: str, shown: Shown) -> Scores:
    """truth: {"fields": {name: value, None, or rows of such objects}}. Field F1, share of absent fields that are null,
    share of answers that are a JSON object, and of those without any fault."""
    told = read_object(answer)
    hits, predicted, true, nulls, absent = _compare(truth["fields"], told)
    scores = {
        "field F1": f1(hits, predicted, true),
        "JSON": share(told is not None),
        "all right": share(told is not None and hits == predicted == true and nulls == absent),
    }
    if absent:
        scores["absent -> null"] = share(nulls if told is not None else 0, absent)
    return scores


def read_object(answer: str) -> dict[str, Any] | None:
    """The one JSON object of an answer, also alone in a list; None where there is none."""
    try:
        value = read_json(answer).value
    except BadAnswer:
        return None
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value if isinstance(value, dict) else None


def _compare(wanted: Mapping[str, Any], told: Mapping[str, Any] | None) -> tuple[int, int, int, int, int]:
    """Hits, fields told, fields there; absent fields told as null, absent fields."""
    told = told or {}
    hits = predicted = true = nulls = absent = 0
    for name, value in wanted.items():
        given = told.get(name)
        if value in _EMPTY:
            absent += 1
            nulls += given in _EMPTY
            predicted += sum(1 for _ in leaves(given))
            continue
        true += sum(1 for _ in leaves(value))
        predicted += sum(1 for _ in leaves(given))
        hits += _hits(value, given)
    predicted += sum(1 for name, value in told.items() if name not in wanted for _ in leaves(value))
    return hits, predicted, true, nulls, absent


def leaves(value: Any) -> Iterator[Any]:
    """The values in a value that are neither lists, objects nor empty."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves(inner)
    elif value not in _EMPTY:
        yield value


def _hits(wanted: Any, given: Any) -> int:
    """How many of the values in `wanted` stand at their places in `given`."""
    if isinstance(wanted, Mapping):
        return sum(_hits(value, given.get(name)) for name, value in wanted.items()) if isinstance(given, Mapping) else 0
    if isinstance(wanted, list | tuple):
        if not isinstance(given, list | tuple):
            return 0
        counts = {(i, j): _hits(one, other) for i, one in enumerate(wanted) for j, other in enumerate(given)}
        # Of equally good partners the one in the same place.
        ranked = {(i, j): count - abs(i - j) * 1e-6 for (i, j), count in counts.items() if count}
        return sum(counts[pair] for pair in best_pairs(ranked))
    return int(wanted not in _EMPTY and same_value(wanted, given))


def same_value(wanted: Any, given: Any) -> bool:
    """Whether two values are the same after normalisation; nothing equals nothing."""
    if wanted in _EMPTY or given in _EMPTY:
        return wanted in _EMPTY and given in _EMPTY
    if isinstance(wanted, Mapping | Sequence) and not isinstance(wanted, str):
        total = sum(1 for _ in leaves(wanted))
        return _hits(wanted, given) == total == sum(1 for _ in leaves(given))
    if isinstance(given, Mapping | list | tuple):
        return False
    if isinstance(wanted, bool) or isinstance(given, bool):
        return wanted is given or plain(str(wanted)) == plain(str(given))
    if plain(str(wanted)) == plain(str(given)):
        return True
    numbers = [value if isinstance(value, int | float) else number_of(str(value)) for value in (wanted, given)]
    if numbers[0] is not None and numbers[1] is not None:
        leading_zero = any(isinstance(value, str) and re.match(r"0\d", value) for value in (wanted, given))
        return not leading_zero and abs(numbers[0] - numbers[1]) < 1e-6 * max(1.0, abs(numbers[0]))
    days = [_day(str(value)) for value in (wanted, given)]
    return days[0] is not None and days[0] == days[1]


def _day(text: str) -> date | None:
    """A date whose order is certain: year first, or the month as a word. None for all else."""
    text = plain(text)
    iso = _ISO.fullmatch(text)
    worded = _WORDS.fullmatch(text)
    if iso:
        year, month, day = int(iso[1]), int(iso[2]), int(iso[3])
    elif worded and worded[2][:3] in _MONTHS and (worded[1] or worded[3]):
        year, month, day = int(worded[4]), _MONTHS.index(worded[2][:3]) + 1, int(worded[1] or worded[3])
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None
