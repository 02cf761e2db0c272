"""A JSON schema as a tree of nodes: objects, lists and single values, with `$ref` followed and null set apart.

Only what can be asked of a page is taken: a schema that calls itself, that nothing can meet, or that points outside
itself is a BadSchema that says where.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from saccade.errors import BadSchema
from saccade.tasks.extraction.place import split_place

Kind = Literal["object", "list", "value"]

# Keywords that an answer is held to while it is written; the rest (titles, examples, ...) are told or dropped.
VALUE_KEYWORDS = (
    "type", "enum", "const", "pattern", "format", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "multipleOf", "anyOf",
)  # fmt: skip
FORMATS = ("date", "time", "date-time", "email", "uuid", "uri", "ipv4", "ipv6")
_SCALARS = ("string", "number", "integer", "boolean")
_DEEPEST = 8
_MOST_NODES = 2000


@dataclass(frozen=True, slots=True)
class Node:
    """One place of the schema. `rules` are the keywords that a value must keep; `required`: null is not allowed."""

    kind: Kind
    properties: Mapping[str, Node] = field(default_factory=dict)
    items: Node | None = None
    rules: Mapping[str, Any] = field(default_factory=dict)
    nullable: bool = False
    required: bool = True
    description: str = ""


def read_schema(schema: Any) -> Node:
    """The tree of a JSON schema, whose top must be an object with properties. Raises BadSchema."""
    if not isinstance(schema, Mapping):
        raise BadSchema(f"the schema is {schema!r}; it must be a JSON object with properties")
    root = _Reader(schema).node(schema, "the schema", ())
    if root.kind != "object":
        raise BadSchema("the schema describes no object", hint='its top must be {"type": "object", "properties": ...}')
    return root


def rules_at(node: Node, place: str) -> Mapping[str, Any]:
    """The rules of the single value at a place."""
    for step in split_place(node, place):
        if isinstance(step, str):
            node = node.properties[step]
            if node.kind == "list":
                assert node.items is not None
                node = node.items
    return node.rules


class _Reader:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root
        self.num_nodes = 0

    def node(self, schema: Any, place: str, refs: tuple[str, ...], *, required: bool = True) -> Node:
        self.num_nodes += 1
        if self.num_nodes > _MOST_NODES:
            raise BadSchema(f"the schema has more than {_MOST_NODES} places", hint="ask for less at once")
        if schema is False:
            raise BadSchema(f"the schema cannot be met: {place} allows nothing")
        if schema is True:
            schema = {}
        if not isinstance(schema, Mapping):
            raise BadSchema(f"{place} is {schema!r}; it must be a JSON schema")
        # Told is what is said of this field; what a class says of itself is meant for its readers.
        description = str(schema.get("description") or "") if place != "the schema" else ""
        schema, refs, nullable = self._resolved(schema, place, refs)
        kinds = _types(schema, place)
        if "null" in kinds:
            nullable, kinds = True, [kind for kind in kinds if kind != "null"]
        if "properties" in schema or kinds == ["object"]:
            return self._object(schema, place, refs, nullable, required, description)
        if "items" in schema or "prefixItems" in schema or kinds == ["array"]:
            return self._list(schema, place, refs, nullable, required, description)
        rules = _value_rules(schema, kinds, place)
        return Node("value", rules=rules, nullable=nullable, required=required, description=description)

    def _object(
        self, schema: Mapping[str, Any], place: str, refs: tuple[str, ...], nullable: bool, required: bool, told: str
    ) -> Node:
        properties = schema.get("properties")
        if not isinstance(properties, Mapping) or not properties:
            raise BadSchema(f"{place} is an object without named properties", hint="name the fields that are wanted")
        if len(refs) > _DEEPEST or place.count(".") > _DEEPEST:
            raise BadSchema(f"the schema is nested deeper than {_DEEPEST} objects at {place}")
        if not all(isinstance(name, str) and name.strip() for name in properties):
            raise BadSchema(f"{place} has a property without a name")
        needed = schema.get("required") or ()
        if isinstance(needed, str) or any(name not in properties for name in needed):
            raise BadSchema(f"{place} requires a field that it does not describe: {needed!r}")
        prefix = "" if place == "the schema" else f"{place}."
        nodes = {
            str(name): self.node(inner, f"{prefix}{name}", refs, required=name in needed)
            for name, inner in properties.items()
        }
        return Node("object", nodes, nullable=nullable, required=required, description=told)

    def _list(
        self, schema: Mapping[str, Any], place: str, refs: tuple[str, ...], nullable: bool, required: bool, told: str
    ) -> Node:
        items = schema.get("items", {"type": "string"})
        if "prefixItems" in schema or isinstance(items, list):
            raise BadSchema(f"{place} is a list with a different schema for each place", hint="use an object instead")
        low, high = schema.get("minItems"), schema.get("maxItems")
        _check_range(low, high, "minItems", "maxItems", place)
        rules = {name: value for name, value in (("minItems", low), ("maxItems", high)) if value is not None}
        node = self.node(items, f"{place}[]", refs)
        if node.kind == "list":
            raise BadSchema(f"{place} is a list of lists", hint="use a list of objects")
        return Node("list", items=node, rules=rules, nullable=nullable, required=required, description=told)

    def _resolved(
        self, schema: Mapping[str, Any], place: str, refs: tuple[str, ...]
    ) -> tuple[Mapping[str, Any], tuple[str, ...], bool]:
        """`schema` with `$ref`, single `allOf` and "or null" taken apart; whether null is allowed."""
        nullable = False
        while True:
            if "$ref" in schema:
                target = schema["$ref"]
                if target in refs:
                    raise BadSchema(f"the schema calls itself at {place} ({target})",
                                    hint="a page has no endless depth: write the levels out")  # fmt: skip
                refs = (*refs, target)
                beside = {key: value for key, value in schema.items() if key != "$ref"}
                schema = {**self._target(target, place), **beside}
                continue
            single = schema.get("allOf")
            if isinstance(single, list) and len(single) == 1 and isinstance(single[0], Mapping):
                schema = {**{key: value for key, value in schema.items() if key != "allOf"}, **single[0]}
                continue
            for key in ("anyOf", "oneOf"):
                options = schema.get(key)
                if not isinstance(options, list):
                    continue
                kept = [option for option in options if not (isinstance(option, Mapping) and _is_null(option))]
                nullable = nullable or len(kept) < len(options)
                if not kept:
                    raise BadSchema(f"the schema cannot be met: {place} offers nothing but null")
                rest = {name: value for name, value in schema.items() if name != key}
                if len(kept) == 1:
                    if not isinstance(kept[0], Mapping):
                        raise BadSchema(f"{place} is {kept[0]!r}; it must be a JSON schema")
                    schema = {**rest, **kept[0]}
                    break
                schema = {**rest, "anyOf": [self._scalar(option, place, refs) for option in kept]}
                return schema, refs, nullable
            else:
                return schema, refs, nullable

    def _scalar(self, option: Any, place: str, refs: tuple[str, ...]) -> Mapping[str, Any]:
        node = self.node(option, place, refs)
        if node.kind != "value":
            raise BadSchema(f"{place} may be one of several objects or lists", hint="describe one form of it")
        return node.rules

    def _target(self, reference: Any, place: str) -> Mapping[str, Any]:
        if not isinstance(reference, str) or not reference.startswith("#"):
            raise BadSchema(f"{place} points outside the schema ({reference!r})", hint="put it under $defs")
        found: Any = self.root
        for step in [step for step in reference.lstrip("#").split("/") if step]:
            name = step.replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, Mapping) else None
        if not isinstance(found, Mapping):
            raise BadSchema(f"{place} points at {reference!r}, which is not in the schema")
        return found


def _is_null(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "null" or ("const" in schema and schema["const"] is None)


def _types(schema: Mapping[str, Any], place: str) -> list[str]:
    given = schema.get("type", [])
    kinds = [given] if isinstance(given, str) else list(given) if isinstance(given, list | tuple) else [str(given)]
    unknown = [kind for kind in kinds if kind not in (*_SCALARS, "object", "array", "null")]
    if unknown:
        raise BadSchema(
            f"{place} has the unknown type {unknown[0]!r}", hint=f"use {', '.join(_SCALARS)}, object, array"
        )
    return kinds


def _value_rules(schema: Mapping[str, Any], kinds: list[str], place: str) -> dict[str, Any]:
    rules = {key: schema[key] for key in VALUE_KEYWORDS if key in schema and key != "type"}
    if kinds:
        rules["type"] = kinds[0] if len(kinds) == 1 else kinds
    elif not any(key in rules for key in ("enum", "const", "anyOf")):
        rules["type"] = "string"
    if "enum" in rules:
        words = rules["enum"]
        if not isinstance(words, list) or not [word for word in words if word is not None]:
            raise BadSchema(f"the schema cannot be met: {place} offers no value (enum is {words!r})")
        rules["enum"] = [word for word in words if word is not None]
    if rules.get("format") not in (*FORMATS, None):
        del rules["format"]
    for low, high in (("minLength", "maxLength"), ("minimum", "maximum"), ("exclusiveMinimum", "exclusiveMaximum")):
        _check_range(rules.get(low), rules.get(high), low, high, place)
    return rules


def _check_range(low: Any, high: Any, low_name: str, high_name: str, place: str) -> None:
    for name, value in ((low_name, low), (high_name, high)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
            raise BadSchema(f"{place}: {name} is {value!r}; it must be a number")
    if low is not None and high is not None and low > high:
        raise BadSchema(f"the schema cannot be met: {place} has {low_name} {low} and {high_name} {high}")
