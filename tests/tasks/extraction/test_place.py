"""Places are read beside what they are places of, so that names may hold points and brackets."""

from __future__ import annotations

from typing import Any

import pytest

from saccade.tasks.extraction.build import put_value
from saccade.tasks.extraction.place import split_place
from saccade.tasks.extraction.rules import values_at
from saccade.tasks.extraction.schema import read_schema, rules_at

DATA: dict[str, Any] = {
    "Invoice No.": 1, "a": {"b": 2, "weight [kg]": 3}, "a.b": 4, "rows": [{"n.": 5, "x[0]": 6}, {"n.": 7, "x[0]": 8}],
    "tags": ["u", "v"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("place", "steps"),
    [
        ("Invoice No.", ("Invoice No.",)), ("a.weight [kg]", ("a", "weight [kg]")), ("a.b", ("a.b",)),
        ("rows[1].n.", ("rows", 1, "n.")), ("rows[].x[0]", ("rows", None, "x[0]")), ("tags[1]", ("tags", 1)),
        ("not.there[2]", ("not", "there", 2)), ("", ()), (".odd", (".odd",)),
    ],
)  # fmt: skip
def test_a_place_is_split_by_the_names_there_are(place: str, steps: tuple[object, ...]):
    assert split_place(DATA, place) == steps


def test_values_are_found_and_put_under_odd_names():
    assert values_at(DATA, "rows[].n.") == [("rows[0].n.", 5), ("rows[1].n.", 7)]
    assert values_at(DATA, "a.weight [kg]") == [("a.weight [kg]", 3)]
    data: dict[str, Any] = {"No.": 1, "rows": [{"x[0]": 2}]}
    put_value(data, "No.", 3)
    put_value(data, "rows[0].x[0]", 4)
    assert data == {"No.": 3, "rows": [{"x[0]": 4}]}


def test_the_rules_of_a_place_are_those_of_its_node():
    row = {"type": "object", "properties": {"n.": {"type": "integer"}}}
    node = read_schema({"properties": {"Invoice No.": {"type": "number"}, "rows": {"type": "array", "items": row}}})
    assert rules_at(node, "Invoice No.")["type"] == "number" and rules_at(node, "rows[3].n.")["type"] == "integer"
