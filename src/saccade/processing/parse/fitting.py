"""Whether a JSON value fits a JSON schema (draft 2020-12): the part of the language that describes data.

For answers of servers that cannot be held to a schema, and for arguments of tool calls. Says the first fault in words,
for a model or a person to mend.
Keywords that are not known are passed over, as the standard asks. Standard library only.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_TYPES: Mapping[str, Callable[[Any], bool]] = {
    "null": lambda value: value is None,
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: _is_number(value) and value == int(value),
    "number": lambda value: _is_number(value),
    "string": lambda value: isinstance(value, str),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}
_DEEPEST = 200  # references and values inside one another
_SHOWN = 60


def first_fault(value: Any, schema: Any) -> str | None:
    """What does not fit, as in "$.lines[2].price: "12,5" is no number"; None where all fits."""
    return next(_faults(value, schema, schema, "$", 0), None)


def _faults(value: Any, schema: Any, root: Any, where: str, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        yield f"{where}: too deep to check"
        return
    if schema is False:
        yield f"{where}: nothing is allowed here"
    if not isinstance(schema, Mapping):
        return
    reference = schema.get("$ref")
    if isinstance(reference, str):
        yield from _faults(value, _resolved(reference, root), root, where, depth + 1)
    yield from _own_faults(value, schema, where)
    for part in schema.get("allOf") or ():
        yield from _faults(value, part, root, where, depth + 1)
    for keyword in ("anyOf", "oneOf"):
        parts = schema.get(keyword)
        if parts:
            found = [next(_faults(value, part, root, where, depth + 1), None) for part in parts]
            if None not in found:
                yield min((fault for fault in found if fault), key=lambda fault: -len(fault.partition(":")[0]))
    if isinstance(value, dict):
        yield from _object_faults(value, schema, root, where, depth)
    if isinstance(value, list):
        items, first = schema.get("items"), schema.get("prefixItems") or ()
        for number, entry in enumerate(value):
            part = first[number] if number < len(first) else items
            yield from _faults(entry, part, root, f"{where}[{number}]", depth + 1)


def _own_faults(value: Any, schema: Mapping[str, Any], where: str) -> Iterator[str]:
    """What the value itself shows, whatever is in it."""
    types = schema.get("type")
    names = [types] if isinstance(types, str) else list(types or ())
    if names and not any(_TYPES[name](value) for name in names if name in _TYPES):
        yield f"{where}: {_shown(value)} is no {' or '.join(names)}"
    if "const" in schema and not _same(value, schema["const"]):
        yield f"{where}: {_shown(value)} is not {_shown(schema['const'])}"
    if "enum" in schema and not any(_same(value, entry) for entry in schema["enum"]):
        yield f"{where}: {_shown(value)} is none of {', '.join(_shown(entry) for entry in schema['enum'])}"
    if _is_number(value):
        for keyword, word, fits in _NUMBER_RULES:
            if _is_number(schema.get(keyword)) and not fits(value, schema[keyword]):
                yield f"{where}: {_shown(value)} is not {word} {schema[keyword]}"
    length = len(value) if isinstance(value, str | list | dict) else None
    if length is not None:
        low, high, what = _LENGTHS[type(value)]
        if _is_number(schema.get(low)) and length < schema[low]:
            yield f"{where}: {length} {what} are fewer than {schema[low]}"
        if _is_number(schema.get(high)) and length > schema[high]:
            yield f"{where}: {length} {what} are more than {schema[high]}"
    pattern = schema.get("pattern")
    if isinstance(value, str) and isinstance(pattern, str) and not _matches(pattern, value):
        yield f"{where}: {_shown(value)} does not match {pattern}"


def _object_faults(
    value: Mapping[str, Any], schema: Mapping[str, Any], root: Any, where: str, depth: int
) -> Iterator[str]:
    properties = schema.get("properties")
    properties = properties if isinstance(properties, Mapping) else {}
    for name in schema.get("required") or ():
        if name not in value:
            yield f"{where}: the field {name!r} is missing"
    for name, entry in value.items():
        if name in properties:
            yield from _faults(entry, properties[name], root, f"{where}.{name}", depth + 1)
        elif schema.get("additionalProperties") is False and not schema.get("patternProperties"):
            yield f"{where}: the field {name!r} is not allowed"
        else:
            yield from _faults(entry, schema.get("additionalProperties"), root, f"{where}.{name}", depth + 1)


def _resolved(reference: str, root: Any) -> Any:
    """The schema that "#/$defs/name" names; one that is not there allows everything."""
    found = root
    for name in reference.removeprefix("#").split("/")[1:]:
        name = name.replace("~1", "/").replace("~0", "~")
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value and abs(value) < 1e308


def _same(one: Any, other: Any) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)


def _matches(pattern: str, value: str) -> bool:
    try:
        return re.search(pattern, value) is not None
    except re.error:  # of another dialect than ours
        return True


def _shown(value: Any) -> str:
    text = {True: "true", False: "false", None: "null"}[value] if value is None or isinstance(value, bool) else ""
    text = text or (f'"{value}"' if isinstance(value, str) else str(value))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."


_NUMBER_RULES: tuple[tuple[str, str, Callable[[Any, Any], bool]], ...] = (
    ("minimum", "at least", lambda value, bound: value >= bound),
    ("maximum", "at most", lambda value, bound: value <= bound),
    ("exclusiveMinimum", "above", lambda value, bound: value > bound),
    ("exclusiveMaximum", "below", lambda value, bound: value < bound),
)
_LENGTHS: Mapping[type, tuple[str, str, str]] = {
    str: ("minLength", "maxLength", "characters"),
    list: ("minItems", "maxItems", "items"),
    dict: ("minProperties", "maxProperties", "fields"),
}
