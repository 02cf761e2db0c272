"""An answer's JSON made to fit what was wanted: names and types put right where that is plain, the rest said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from saccade.processing.parse.dates import date_of
from saccade.processing.parse.numbers import number_of
from saccade.prompts.scenes import NOT_SHOWN
from saccade.tasks.extraction.schema import Node

_EMPTY = ("", "null", "none", "n/a", "-", "unknown", "not available", "not found", "not present", NOT_SHOWN)
_YES, _NO = ("true", "yes", "1", "x", "checked", "ticked"), ("false", "no", "0", "unchecked", "")


@dataclass(slots=True)
class Fitted:
    """`data` has every field that was wanted. `written` is each value as the answer had it, by its place
    ("items[0].price"), None for a list without rows; `problems` is what could not be made to fit, by its place."""

    data: dict[str, Any] = field(default_factory=dict)
    written: dict[str, Any] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    written_any: bool = False  # whether the answer had any of the names at the top
    cut: set[str] = field(default_factory=set)  # places where the answer was at its limit, and after


def fit(value: Any, node: Node) -> Fitted | None:
    """The object `value` in the form of `node`; None where it is no object."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, list) and all(isinstance(item, Mapping) for item in value) and value:
        merged: dict[str, Any] = {}  # one object for each field, as some models write it
        for item in value:
            for name, inner in item.items():
                merged.setdefault(name, inner)
        value = merged
    if not isinstance(value, Mapping):
        return None
    names = {_folded(str(name)) for name in value}
    fitted = Fitted(written_any=any(_folded(name) in names for name in node.properties))
    fitted.data = _object(value, node, "", fitted)
    return fitted


def fit_value(value: Any, rules: Mapping[str, Any]) -> tuple[Any, str]:
    """One value as the rules want it, None where it says that there is none; and what was wanted if it does not fit."""
    if _is_empty(value) and not _means_it(value, rules):
        return None, ""
    return _value(value, rules)


def _object(value: Mapping[str, Any], node: Node, place: str, fitted: Fitted) -> dict[str, Any]:
    loose = {_folded(str(name)): inner for name, inner in value.items()}
    result: dict[str, Any] = {}
    for name, inner in node.properties.items():
        given = value[name] if name in value else loose.get(_folded(name))
        result[name] = _any(given, inner, f"{place}{name}", fitted)
    return result


def _any(value: Any, node: Node, place: str, fitted: Fitted) -> Any:
    if node.kind == "object":
        if isinstance(value, Mapping):
            return _object(value, node, f"{place}.", fitted)
        if not _is_empty(value):
            fitted.problems[place] = f"{place} must be an object, and {_short(value)} came"
        return None if node.nullable else _object({}, node, f"{place}.", fitted)
    if node.kind == "list":
        return _list(value, node, place, fitted)
    fitted.written[place] = value
    result, problem = fit_value(value, node.rules)
    if problem:
        fitted.problems[place] = f"{place} must be {problem}, and {_short(value)} came"
    return result


def _list(value: Any, node: Node, place: str, fitted: Fitted) -> list[Any]:
    assert node.items is not None
    if _is_empty(value):
        fitted.written[place] = None
        return []
    items = value if isinstance(value, list) else [value]
    result: list[Any] = []
    for item in items:
        if _is_empty(item):
            continue
        at = f"{place}[{len(result)}]"
        one = _any(item, node.items, at, fitted)
        if one is None:
            if at in fitted.problems:
                result.append(None)
            continue
        result.append(one)
    most = node.rules.get("maxItems")
    if most is not None and len(result) > most:
        fitted.problems[place] = f"{place} must have at most {most} items, and {len(result)} came"
        result = result[:most]
    return result


def _value(value: Any, rules: Mapping[str, Any]) -> tuple[Any, str]:
    """The value as the rules want it, or None and what was wanted."""
    if "anyOf" in rules:
        problem = ""
        for option in rules["anyOf"]:
            result, problem = _value(value, option)
            if not problem:
                return result, ""
        return None, problem
    if "enum" in rules or "const" in rules:
        words = rules.get("enum", [rules.get("const")])
        for word in words:
            if value == word or _folded(str(value)) == _folded(str(word)):
                return word, ""
        return None, f"one of {', '.join(map(str, words))}"
    kinds = rules.get("type", "string")
    problem = ""
    for kind in [kinds] if isinstance(kinds, str) else kinds:
        result, problem = _typed(value, kind, rules)
        if not problem:
            return result, ""
    return None, problem


def _typed(value: Any, kind: str, rules: Mapping[str, Any]) -> tuple[Any, str]:
    if kind == "boolean":
        if isinstance(value, bool):
            return value, ""
        word = str(value).strip().casefold()
        return (word in _YES, "") if word in (*_YES, *_NO) else (None, "true or false")
    if kind in ("number", "integer"):
        return _number(value, kind, rules)
    if isinstance(value, Mapping | list):
        return None, "a text"
    return _text(value, rules)


def _number(value: Any, kind: str, rules: Mapping[str, Any]) -> tuple[Any, str]:
    name = "a whole number" if kind == "integer" else "a number"
    number = value if isinstance(value, int | float) and not isinstance(value, bool) else number_of(str(value))
    if number is None or number != number or number in (float("inf"), float("-inf")):
        return None, name
    if kind == "integer":
        if float(number) != int(number):
            return None, name
        number = int(number)
    for key, wrong, words in (
        ("minimum", lambda n, limit: n < limit, "at least"), ("maximum", lambda n, limit: n > limit, "at most"),
        ("exclusiveMinimum", lambda n, limit: n <= limit, "above"),
        ("exclusiveMaximum", lambda n, limit: n >= limit, "below"),
    ):  # fmt: skip
        if key in rules and wrong(number, rules[key]):
            return None, f"{name} {words} {rules[key]}"
    return number, ""


def _text(value: Any, rules: Mapping[str, Any]) -> tuple[Any, str]:
    text = str(value) if not isinstance(value, float) or not value.is_integer() else str(int(value))
    if rules.get("format") in ("date", "time", "date-time"):
        return _moment(text, rules["format"])
    if len(text) < rules.get("minLength", 0):
        return None, f"a text of at least {rules['minLength']} characters"
    if "maxLength" in rules and len(text) > rules["maxLength"]:
        return None, f"a text of at most {rules['maxLength']} characters"
    if "pattern" in rules:
        try:
            fits = re.search(rules["pattern"], text[:10_000]) is not None
        except re.error:
            fits = True  # a pattern in another dialect: the engine holds to it
        if not fits:
            return None, f"a text that fits {rules['pattern']!r}"
    return text, ""


def _moment(text: str, kind: str) -> tuple[Any, str]:
    if kind == "date":
        found = date_of(text)
        return (found.isoformat(), "") if found is not None else (None, "a date as YYYY-MM-DD")
    try:
        moment: date | time = time.fromisoformat(text) if kind == "time" else datetime.fromisoformat(text)
    except ValueError:
        return None, "a time as HH:MM:SS" if kind == "time" else "a date and time as YYYY-MM-DDTHH:MM:SS"
    return moment.isoformat(), ""


def _is_empty(value: Any) -> bool:
    """Whether a value says that there is none."""
    if isinstance(value, str):
        return " ".join(value.split()).casefold().strip(" .") in _EMPTY
    return value is None or value == [] or value == {}


def _means_it(value: Any, rules: Mapping[str, Any]) -> bool:
    """Whether a word that else means "nothing" is one of the words to choose from."""
    return isinstance(value, str) and value in rules.get("enum", ())


def _folded(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
