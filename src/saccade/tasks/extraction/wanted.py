"""What a caller wants from a page, in the three forms of `extract`, and how it is asked for and written down.

["company", "total"]                      names: every value as it is printed
{"company": "", "total": 0.0, "date": "YYYY-MM-DD", "items": [{"name": ""}]}    a template, as in the prompts
a JSON schema, or a pydantic class        with types, choices, limits
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from saccade.errors import BadSchema
from saccade.prompts.documents import (
    DATE,
    NUMBER,
    TEXT,
    choices,
    extract_described_prompt,
    extract_names_prompt,
    extract_prompt,
    schema_of,
)
from saccade.tasks.extraction.schema import Node, read_schema

# Days that are in the calendar, 1000 to 2999; times and moments with or without an offset. The grammar of "format"
# alone would let through the 30th of February and the 61st second.
_YEAR, _OFFSET = "[12][0-9]{3}", r"(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?"
_LEAP_YEAR = "(?:[12][0-9](?:0[48]|[2468][048]|[13579][26])|(?:12|16|20|24|28)00)"
_DAY = (
    f"(?:{_YEAR}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    f"|02-(?:0[1-9]|1[0-9]|2[0-8]))|{_LEAP_YEAR}-02-29)"
)
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_MOMENTS = {"date": f"^{_DAY}$", "time": f"^{_CLOCK}{_OFFSET}$", "date-time": f"^{_DAY}T{_CLOCK}{_OFFSET}$"}
_LARGEST = 1e15  # amounts beyond are noise; a bound also keeps numbers from growing without end
_MOST_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for. `build` makes the caller's own object of the data (pydantic), or is None."""

    node: Node
    prompt: str
    build: Callable[[Mapping[str, Any]], Any] | None = None
    rules: tuple[Any, ...] = ()


def read_wanted(want: Any) -> Wanted:
    """From names, a template, a JSON schema (object or text) or a pydantic class. Raises BadSchema."""
    if isinstance(want, str):
        want = _parsed(want)
    if hasattr(want, "model_json_schema") and hasattr(want, "model_validate"):
        schema = _schema_of_class(want)
        node = read_schema(schema)
        return Wanted(node, _prompt(node), want.model_validate, tuple(getattr(want, "rules", ())))
    if isinstance(want, Sequence):
        names = _names(want)
        return Wanted(read_schema(schema_of(dict.fromkeys(names, TEXT))), extract_names_prompt(names))
    if not isinstance(want, Mapping) or not want:
        raise BadSchema(f"extract cannot ask for {want!r}", hint="give field names, a JSON schema or a pydantic class")
    if _is_schema(want):
        node = read_schema(want)
        return Wanted(node, _prompt(node))
    node = read_schema(_schema_of_template(want))
    return Wanted(node, extract_prompt(want))


def decoding_schema(node: Node) -> dict[str, Any]:
    """The schema an answer is held to while it is written: every field in its order, null where it is not there."""
    if node.kind == "object":
        schema: dict[str, Any] = {
            "type": "object",
            "properties": {name: decoding_schema(inner) for name, inner in node.properties.items()},
            "required": list(node.properties),
            "additionalProperties": False,
        }
        return {"anyOf": [schema, {"type": "null"}]} if node.nullable else schema
    if node.kind == "list":
        assert node.items is not None
        items = {name: value for name, value in node.rules.items() if name == "maxItems"}
        schema = {"type": "array", "items": _listed(node.items), **items}
        return {"anyOf": [schema, {"type": "null"}]} if node.nullable else schema
    rules = bounded(node.rules)
    if "enum" in rules and len(rules) == 1:
        return {"enum": [*rules["enum"], None]}
    return {"anyOf": [rules, {"type": "null"}]}


def _listed(node: Node) -> dict[str, Any]:
    """An item of a list: a single value is there or it is no item."""
    return bounded(node.rules) if node.kind == "value" else decoding_schema(node)


def bounded(rules: Mapping[str, Any]) -> dict[str, Any]:
    """The rules of a value with bounds where the caller set none."""
    rules = dict(rules)
    if "anyOf" in rules:
        rules["anyOf"] = [bounded(option) for option in rules["anyOf"]]
        return rules
    if "enum" in rules or "const" in rules:
        return {key: rules[key] for key in ("enum", "const") if key in rules}
    given = rules.get("type", ())
    kinds = (given,) if isinstance(given, str) else tuple(given)
    if "number" in kinds or "integer" in kinds:
        whole = "number" not in kinds
        if not {"minimum", "exclusiveMinimum"} & set(rules):
            rules["minimum"] = -int(_LARGEST) if whole else -_LARGEST
        if not {"maximum", "exclusiveMaximum"} & set(rules):
            rules["maximum"] = int(_LARGEST) if whole else _LARGEST
    if rules.get("format") in _MOMENTS and "pattern" not in rules:
        rules["pattern"] = _MOMENTS[rules.pop("format")]
    elif "string" in kinds and not {"pattern", "format", "maxLength"} & set(rules):
        rules["maxLength"] = max(_MOST_CHARACTERS, int(rules.get("minLength", 0)))
    return rules


def _prompt(node: Node) -> str:
    """The trained question; with descriptions the schema is shown, without them the template."""
    if _described(node):
        return extract_described_prompt(_shown(node))
    return extract_prompt(_template(node))


def _described(node: Node) -> bool:
    inner = [*node.properties.values(), *([node.items] if node.items is not None else [])]
    return bool(node.description) or any(map(_described, inner))


def _template(node: Node) -> Any:
    if node.kind == "object":
        return {name: _template(inner) for name, inner in node.properties.items()}
    if node.kind == "list":
        assert node.items is not None
        return [_template(node.items)]
    return _template_value(node.rules)


def _template_value(rules: Mapping[str, Any]) -> Any:
    if "anyOf" in rules:
        values = [_template_value(option) for option in rules["anyOf"]]
        return NUMBER if NUMBER in values else values[0]
    if "enum" in rules or "const" in rules:
        return choices([str(word) for word in rules.get("enum", [rules.get("const")])])
    kind = rules.get("type")
    if kind in ("number", "integer"):
        return NUMBER
    if kind == "boolean":
        return choices(("true", "false"))
    return DATE if rules.get("format") == "date" else TEXT


def _shown(node: Node) -> dict[str, Any]:
    """The schema as it is shown to the model: names, types, choices and descriptions."""
    told = {"description": node.description} if node.description else {}
    if node.kind == "object":
        return {
            "type": "object",
            "properties": {name: _shown(inner) for name, inner in node.properties.items()},
            **told,
        }
    if node.kind == "list":
        assert node.items is not None
        return {"type": "array", "items": _shown(node.items), **told}
    kept = {key: node.rules[key] for key in ("type", "format", "enum", "const", "anyOf") if key in node.rules}
    return {**kept, **told}


def _schema_of_class(model: Any) -> Mapping[str, Any]:
    try:
        return model.model_json_schema()
    except Exception as error:  # pydantic raises many kinds for types that JSON has no word for
        name = getattr(model, "__name__", "the class")
        raise BadSchema(f"{name} has no JSON schema: {' '.join(str(error).split())[:200]}") from None


def _parsed(text: str) -> Any:
    try:
        value = json.loads(text)
    except ValueError:
        value = [name.strip() for name in text.split(",")]  # "company, total"
    if isinstance(value, Mapping | list):
        return value
    return [text.strip()]


def _names(names: Sequence[Any]) -> list[str]:
    if not names:
        raise BadSchema("extract was given no field", hint='give names such as "company, date, total"')
    cleaned = [" ".join(name.split()) if isinstance(name, str) else "" for name in names]
    if not all(cleaned):
        raise BadSchema(f"field names must be texts that are not empty, and {names!r} came")
    twice = [name for name in cleaned if cleaned.count(name) > 1]
    if twice:
        raise BadSchema(f"the field {twice[0]!r} was named twice")
    return cleaned


def _is_schema(want: Mapping[str, Any]) -> bool:
    return any(
        (key in want and isinstance(want[key], kind))
        for key, kind in (("properties", Mapping), ("$ref", str), ("$defs", Mapping), ("anyOf", list), ("allOf", list))
    ) or want.get("type") in ("object", "array")


def _schema_of_template(template: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {str(name): _of_value(value, str(name)) for name, value in template.items()},
    }


def _of_value(value: Any, place: str) -> dict[str, Any]:
    if isinstance(value, Mapping) and value:
        return _schema_of_template(value)
    if isinstance(value, list) and len(value) == 1:
        return {"type": "array", "items": _of_value(value[0], f"{place}[]")}
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise BadSchema(f"{place} is {value!r} in the template", hint='use "", 0.0, "YYYY-MM-DD", "a | b" or [{...}]')
    return dict(schema_of({"value": value})["properties"]["value"])
