"""A JSON schema as a tree, and every way in which it can be none."""

from __future__ import annotations

from typing import Any

import pytest

from saccade.errors import BadSchema
from saccade.tasks.extraction.schema import read_schema


def top(inner: Any, **more: Any) -> dict[str, Any]:
    return {"type": "object", "properties": {"a": inner}, **more}


def test_references_unions_with_null_and_lists_are_taken_apart():
    node = read_schema(
        top(
            {"anyOf": [{"$ref": "#/$defs/Row"}, {"type": "null"}], "description": "the row"},
            required=["a"],
            **{
                "$defs": {
                    "Row": {
                        "type": "object",
                        "description": "A class.",
                        "properties": {
                            "n": {"type": ["number", "null"]},
                            "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 3},
                        },
                    }
                }
            },
        )
    )
    row = node.properties["a"]
    assert (row.kind, row.nullable, row.required, row.description) == ("object", True, True, "the row")
    assert row.properties["n"].rules == {"type": "number"} and row.properties["n"].nullable
    tags = row.properties["tags"]
    assert tags.kind == "list" and tags.items is not None and tags.rules == {"maxItems": 3} and not tags.required


@pytest.mark.parametrize(
    ("schema", "sentence"),
    [
        (7, "must be a JSON object"),
        ({"type": "string"}, "describes no object"),
        (top({"$ref": "#"}), "calls itself at a"),
        (top({"type": "array", "items": {"$ref": "#"}}), r"calls itself at a\[\]"),
        (top({"$ref": "http://x/y"}), "outside the schema"),
        (top({"$ref": "#/$defs/B"}), "not in the schema"),
        (top({"type": "text"}), "unknown type 'text'"),
        (top(False), "a allows nothing"),
        (top({"anyOf": [{"type": "null"}]}), "nothing but null"),
        (top({"enum": [None]}), "offers no value"),
        (top({"minimum": 2, "maximum": 1}), "minimum 2 and maximum 1"),
        (top({"minLength": "x"}), "must be a number"),
        (top({"type": "array", "minItems": 3, "maxItems": 1}), "minItems 3"),
        (top({"type": "object"}), "named properties"),
        (top({"type": "array", "prefixItems": [{}]}), "different schema for each place"),
        (top({"type": "array", "items": {"type": "array"}}), "list of lists"),
        (top({"anyOf": [top({}), {"type": "string"}]}), "one of several objects"),
        (top("x"), "must be a JSON schema"),
        (top({}, required=["b"]), "requires a field"),
        (top({"anyOf": ["x"]}), "must be a JSON schema"),
        ({"type": "object", "properties": {}}, "named properties"),
        ({"type": "object", "properties": {" ": {}}}, "a property without a name"),
    ],
)
def test_what_cannot_be_met_is_one_clear_line(schema: Any, sentence: str):
    with pytest.raises(BadSchema, match=sentence):
        read_schema(schema)


def test_depth_and_size_are_bounded():
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(40):
        deep = top(deep)
    with pytest.raises(BadSchema, match="nested deeper"):
        read_schema(deep)
    with pytest.raises(BadSchema, match="more than 2000"):
        read_schema({"properties": {f"a{n}": {} for n in range(2500)}})
