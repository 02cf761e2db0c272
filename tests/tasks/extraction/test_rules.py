"""Rules that values keep."""

from __future__ import annotations

from typing import Any

import pytest

from saccade.tasks.extraction.rules import (
    Rule,
    adds_up,
    fits,
    in_order,
    is_date,
    is_iban,
    multiplies,
    percent,
    values_at,
)

ROWS = {"items": [{"n": 2, "p": 1.5, "a": 3.0}, {"n": 1, "p": 4.0, "a": 5.0}]}


@pytest.mark.parametrize(
    ("rule", "data", "fields"),
    [
        (adds_up(["a", "b"], "c"), {"a": 1, "b": "2,00", "c": 3}, None),
        (adds_up(["a", "b"], "c"), {"a": 1, "c": 3}, None),
        (adds_up(["a", "b"], "c"), {"a": 1, "b": 1, "c": 3}, ("a", "b", "c")),
        (adds_up("items[].a", "t"), {"t": 1}, None),
        (adds_up("items[].a", "t"), {**ROWS, "t": 9}, ("items[0].a", "items[1].a", "t")),
        (multiplies(["items[].n", "items[].p"], "items[].a"), ROWS, ("items[1].n", "items[1].p", "items[1].a")),
        (percent("n", "r", "t"), {"n": 100, "r": 19, "t": 19.0}, None),
        (percent("n", "r", "t"), {"n": 100, "r": 19, "t": 7}, ("n", "r", "t")),
        (in_order("a", "b"), {"a": "2024-01-02", "b": "2024-01-01"}, ("a", "b")),
        (in_order("a", "b"), {"a": "2024-01-02"}, None),
        (is_date("d"), {"d": "soon"}, ("d",)),
        (is_date("d"), {"d": "1066-10-14"}, ("d",)),
        (is_date("d"), {"d": None}, None),
        (is_iban("i"), {"i": "DE89 3704 0044 0532 0130 00"}, None),
        (is_iban("i"), {"i": "DE88370400440532013000"}, ("i",)),
        (is_iban("i"), {"i": "x"}, ("i",)),
        (fits("m", r"\d+", "a number"), {"m": "x"}, ("m",)),
        (fits("m", r"\d+", "a number"), {"m": "7"}, None),
    ],
)
def test_a_rule_names_what_it_is_about_or_says_nothing(
    rule: Rule, data: dict[str, Any], fields: tuple[str, ...] | None
):
    issue = rule(data)
    assert (None if issue is None else issue.fields) == fields
    if issue is not None:
        assert str(issue) and "\n" not in str(issue)


def test_places_reach_into_objects_and_rows():
    data = {"a": {"b": [{"c": 1}, {"c": None}]}}
    assert values_at(data, "a.b[].c") == [("a.b[0].c", 1), ("a.b[1].c", None)]
    assert values_at(data, "a.b[1].c") == [("a.b[1].c", None)] and values_at(data, "a.b[7].c") == []
    assert values_at(data, "x.y") == [("x.y", None)]
